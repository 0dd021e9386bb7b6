"""Errors that come inside a stream: their HTTP status was 200 long before."""

STATUSES = {
    "invalid_request_error": 400,
    "context_length_exceeded": 400,
    "content_policy_violation": 400,
    "content_filter": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "billing_error": 402,
    "permission_error": 403,
    "model_not_found": 404,
    "not_found_error": 404,
    "request_too_large": 413,
    "insufficient_quota": 429,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "requests": 429,
    "tokens": 429,
    "server_error": 500,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


def status_of(codes: str) -> int | None:
    """The status that an error with these words (space-separated) has outside of a stream."""
    return next((STATUSES[word] for word in codes.split() if word in STATUSES), None)
