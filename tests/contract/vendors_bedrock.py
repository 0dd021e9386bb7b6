"""How Bedrock says it."""

import json

from providers.types import Usage
from tests.contract.vendor import Json, Vendor


def _bedrock_answer(text: str, finish: str | None = "end_turn") -> Json:
    thought = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}}
    return {
        "output": {"message": {"role": "assistant", "content": [thought, {"text": text}]}},
        "stopReason": finish,
        "usage": {
            "inputTokens": 50,
            "outputTokens": 50,
            "totalTokens": 150,
            "cacheReadInputTokens": 30,
            "cacheWriteInputTokens": 20,
        },
        "metrics": {"latencyMs": 7},
    }


def _bedrock_error(status: int, code: str, message: str) -> Json:
    return {"__type": code or "SomeException", "message": message}


BEDROCK = Vendor(
    kind="bedrock",
    prefix="/bedrock",
    path="/bedrock/model/eu.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse",
    model="eu.anthropic.claude-haiku-4-5-20251001-v1:0",
    key_header="authorization",
    request_id_header="x-amzn-requestid",
    answer=_bedrock_answer,
    finishes={
        "end_turn": "stop",
        "stop_sequence": "stop",
        "tool_use": "stop",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "malformed_model_output": "other",
    },
    refusals=[
        _bedrock_answer("", "guardrail_intervened"),
        _bedrock_answer("", "content_filtered"),
    ],
    unfinished=[_bedrock_answer("x", None), {}],
    usage=Usage(input_tokens=50, cache_read_tokens=30, cache_write_tokens=20, output_tokens=50),
    error=_bedrock_error,
    errors=[
        (429, "ThrottlingException", "Too many requests", "provider_rate_limited"),
        (
            429,
            "ThrottlingException",
            "Too many tokens per day, please wait before trying again.",
            "provider_quota_exhausted",
        ),
        (400, "ServiceQuotaExceededException", "over", "provider_quota_exhausted"),
        (429, "ModelNotReadyException", "not ready", "provider_rate_limited"),
        (408, "ModelTimeoutException", "too long", "provider_timeout"),
        (424, "ModelErrorException", "it broke", "provider_unavailable"),
        (424, "ModelStreamErrorException", "it broke", "provider_unavailable"),
        (500, "InternalServerException", "oops", "provider_unavailable"),
        (503, "ServiceUnavailableException", "busy", "provider_unavailable"),
        (
            403,
            "AccessDeniedException",
            "You don't have access to the model with the specified model ID.",
            "provider_authentication_failed",
        ),
        (
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "provider_authentication_failed",
        ),
        (404, "ResourceNotFoundException", "no such thing", "provider_model_not_found"),
        (
            400,
            "ValidationException",
            "The provided model identifier is invalid.",
            "provider_model_not_found",
        ),
        (
            400,
            "ValidationException",
            "Invocation of model ID x with on-demand throughput isn't supported.",
            "provider_model_not_found",
        ),
        (
            400,
            "ValidationException",
            "Input is too long for requested model.",
            "provider_context_too_long",
        ),
        (
            400,
            "ValidationException",
            "This model doesn't support the outputConfig.textFormat field.",
            "provider_schema_refused",
        ),
    ],
    schema_of=lambda body: json.loads(
        body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"]
    ),
    system_of=lambda body: body["system"][0]["text"],
    limit_of=lambda body: body["inferenceConfig"]["maxTokens"],
)
