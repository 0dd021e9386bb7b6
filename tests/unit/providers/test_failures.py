"""Sentences that vendors are known to answer with, and the errors that they have to become."""

import pytest

from providers import errors
from providers.errors import ProviderError
from providers.failures import Failure, classify

PAY = "https://platform.openai.com/account/billing"
MINUTE = f"Rate limit reached on requests per min (RPM): Limit 3, Used 3. You can pay at {PAY}."
GROQ = (
    "Rate limit reached on tokens per minute (TPM). Upgrade at https://groq.test/settings/billing"
)
DAY = "Rate limit reached on requests per day (RPD): Limit 200, Used 200. Try again in 7m12s."
LONG = "input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000"
VLLM = "The decoder prompt (length 5000) is longer than the maximum model length of 4096."
TGI = "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096."
NOVA = "Input Tokens Exceeded: Number of input tokens exceeds maximum length."
FLAGGED = "Invalid prompt: your prompt was flagged as potentially violating our usage policy."
GONE = "The model `llama3-70b` has been decommissioned and is no longer supported."
UNTAKEN = "Unsupported parameter: 'max_tokens' is not supported with this model."


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (429, "rate_limit_exceeded requests", MINUTE, errors.RateLimited),
        (429, "rate_limit_exceeded tokens", GROQ, errors.RateLimited),
        (429, "", "Too many tokens, please wait.", errors.RateLimited),
        (429, "", "Rate limit exceeded: free-models-per-min.", errors.RateLimited),
        (429, "", "Rate limit exceeded: free-models-per-day.", errors.QuotaExhausted),
        (429, "rate_limit_exceeded requests", DAY, errors.QuotaExhausted),
        (429, "", "billing is not set up", errors.QuotaExhausted),
        (403, "403", "Key limit exceeded (total limit).", errors.QuotaExhausted),
        (403, "", "You may not use this.", errors.AuthenticationFailed),
        (400, "", LONG, errors.ContextTooLong),
        (400, "BadRequestError", VLLM, errors.ContextTooLong),
        (422, "validation", TGI, errors.ContextTooLong),
        (422, "", "`inputs` must have less than 4095 tokens. Given: 5200", errors.ContextTooLong),
        (400, "ValidationException", NOVA, errors.ContextTooLong),
        (400, "", "Output blocked by content filtering policy", errors.ContentRefused),
        (400, "invalid_prompt", FLAGGED, errors.ContentRefused),
        (400, "model_decommissioned", GONE, errors.ModelNotFound),
        (400, "unsupported_parameter max_tokens", UNTAKEN, errors.InvalidRequest),
        (400, "", "This model does not support image input", errors.InvalidRequest),
    ],
)
def test_a_vendors_sentence(
    status: int, code: str, message: str, kind: type[ProviderError]
) -> None:
    failure = Failure(status=status, code=code, message=message)
    found = classify(failure, with_schema=True)
    assert type(found) is kind
    assert found.message == message, "an operator sees the vendor's own words, address and all"
