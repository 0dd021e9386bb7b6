"""How each vendor says the same things on the wire."""

import importlib.util
from dataclasses import replace
from typing import Any

from providers.types import Usage
from tests.contract.vendor import Json, Vendor
from tests.contract.vendors_bedrock import BEDROCK
from tests.contract.vendors_compatible import SERVERS


def _openai_answer(text: str, finish: str = "stop", **message: Any) -> Json:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "gpt-5-mini-2025-08-07",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 30, "cache_write_tokens": 20},
            "completion_tokens_details": {"reasoning_tokens": 40},
        },
    }


def _openai_error(status: int, code: str, message: str) -> Json:
    return {"error": {"message": message, "type": "invalid_request_error", "code": code or None}}


OPENAI = Vendor(
    kind="openai",
    prefix="/v1",
    path="/v1/chat/completions",
    model="gpt-5-mini",
    key_header="authorization",
    request_id_header="x-request-id",
    answer=_openai_answer,
    finishes={"stop": "stop", "length": "length", "tool_calls": "stop"},
    refusals=[_openai_answer("", refusal="I can't."), _openai_answer("", "content_filter")],
    unfinished=[
        {**_openai_answer("x"), "choices": []},
        {**_openai_answer("x"), "choices": None},
        _openai_answer("x", None),  # type: ignore[arg-type]
        {**_openai_answer("x"), "choices": [{"index": 0, "finish_reason": "stop"}]},
    ],
    usage=Usage(
        input_tokens=50,
        cache_read_tokens=30,
        cache_write_tokens=20,
        output_tokens=10,
        reasoning_tokens=40,
    ),
    error=_openai_error,
    errors=[
        (429, "insufficient_quota", "You exceeded your current quota", "provider_quota_exhausted"),
        (429, "billing_hard_limit_reached", "limit", "provider_quota_exhausted"),
        (429, "rate_limit_exceeded", "Rate limit reached for gpt-5-mini", "provider_rate_limited"),
        (404, "model_not_found", "The model `x` does not exist", "provider_model_not_found"),
        (400, "context_length_exceeded", "too long", "provider_context_too_long"),
        (
            400,
            "",
            "Invalid schema for response_format 'answer': 'a' is required",
            "provider_schema_refused",
        ),
        (400, "content_policy_violation", "no", "provider_content_refused"),
    ],
    schema_of=lambda body: body["response_format"]["json_schema"]["schema"],
    system_of=lambda body: body["messages"][0]["content"],
    limit_of=lambda body: body["max_completion_tokens"],
)

COMPATIBLE = Vendor(
    **{
        **OPENAI.__dict__,
        "kind": "openai_compatible",
        "prefix": "/some/api",
        "path": "/some/api/chat/completions",
        "limit_of": lambda body: body["max_tokens"],
    }
)


def _openrouter_answer(text: str, finish: str = "stop", **message: Any) -> Json:
    body = _openai_answer(text, finish, **message)
    return {**body, "usage": {**body["usage"], "cost": 0.00042, "is_byok": False}}


OPENROUTER = Vendor(
    **{
        **COMPATIBLE.__dict__,
        "kind": "openrouter",
        "prefix": "/api/v1",
        "path": "/api/v1/chat/completions",
        "answer": _openrouter_answer,
        "usage": replace(OPENAI.usage, cost_micros=420),
        "errors": [
            *OPENAI.errors,
            (
                404,
                "",
                "No endpoints found that can handle the requested parameters.",
                "provider_schema_refused",
            ),
            (
                403,
                "",
                "Your chosen model requires moderation and your input was flagged",
                "provider_content_refused",
            ),
        ],
    }
)

AZURE = Vendor(
    **{
        **OPENAI.__dict__,
        "kind": "azure_openai",
        "prefix": "/",
        "path": "/openai/v1/chat/completions",
        "key_header": "api-key",
        "errors": [
            *OPENAI.errors,
            (
                404,
                "DeploymentNotFound",
                "The API deployment for this resource does not exist.",
                "provider_model_not_found",
            ),
            (400, "content_filter", "The response was filtered", "provider_content_refused"),
        ],
    }
)


def _anthropic_answer(text: str, finish: str | None = "end_turn") -> Json:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5-20251001",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "s"},
            {"type": "text", "text": text},
        ],
        "stop_reason": finish,
        "usage": {
            "input_tokens": 50,
            "cache_read_input_tokens": 30,
            "cache_creation_input_tokens": 20,
            "output_tokens": 50,
            "output_tokens_details": {"thinking_tokens": 40},
        },
    }


def _anthropic_error(status: int, code: str, message: str) -> Json:
    return {"type": "error", "error": {"type": code or "some_error", "message": message}}


ANTHROPIC = Vendor(
    kind="anthropic",
    prefix="/anthropic",
    path="/anthropic/v1/messages",
    model="claude-haiku-4-5",
    key_header="authorization",
    request_id_header="request-id",
    answer=_anthropic_answer,
    finishes={
        "end_turn": "stop",
        "stop_sequence": "stop",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "pause_turn": "other",
    },
    refusals=[_anthropic_answer("", "refusal")],
    unfinished=[_anthropic_answer("x", None), {"type": "message"}],
    usage=OPENAI.usage,
    error=_anthropic_error,
    errors=[
        (404, "not_found_error", "model: claude-x", "provider_model_not_found"),
        (
            400,
            "invalid_request_error",
            "prompt is too long: 210000 tokens > 200000 maximum",
            "provider_context_too_long",
        ),
        (
            400,
            "invalid_request_error",
            "Your credit balance is too low to access the API",
            "provider_quota_exhausted",
        ),
        (402, "billing_error", "pay", "provider_quota_exhausted"),
        (
            400,
            "invalid_request_error",
            "You have reached your specified API usage limits.",
            "provider_quota_exhausted",
        ),
        (
            429,
            "rate_limit_error",
            "This request would exceed the rate limit of 50,000 input tokens per minute",
            "provider_rate_limited",
        ),
        (
            400,
            "invalid_request_error",
            "output_config.format.schema: unsupported keyword",
            "provider_schema_refused",
        ),
    ],
    schema_of=lambda body: body["output_config"]["format"]["schema"],
    system_of=lambda body: body["system"],
    limit_of=lambda body: body["max_tokens"],
)


def _gemini_answer(text: str, finish: str = "STOP") -> Json:
    return {
        "candidates": [
            {
                "content": {
                    "role": "model",
                    "parts": [{"text": "hm", "thought": True}, {"text": text}],
                },
                "finishReason": finish,
                "index": 0,
            }
        ],
        "usageMetadata": {
            "promptTokenCount": 70,
            "cachedContentTokenCount": 30,
            "toolUsePromptTokenCount": 10,
            "candidatesTokenCount": 10,
            "thoughtsTokenCount": 40,
            "totalTokenCount": 130,
        },
        "modelVersion": "gemini-2.5-flash",
    }


def _gemini_error(status: int, code: str, message: str) -> Json:
    details: list[Json] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": code}]
    if code.startswith("Generate"):
        details = [{"violations": [{"quotaId": code}]}]
    return {"error": {"code": status, "message": message, "status": "SOME", "details": details}}


GEMINI = Vendor(
    kind="gemini",
    prefix="/gemini",
    path="/gemini/v1beta/models/gemini-2.5-flash:generateContent",
    model="gemini-2.5-flash",
    key_header="x-goog-api-key",
    request_id_header="x-request-id",
    answer=_gemini_answer,
    finishes={"STOP": "stop", "MAX_TOKENS": "length", "OTHER": "other", "NEW_WORD": "other"},
    refusals=[
        _gemini_answer("", "SAFETY"),
        _gemini_answer("", "RECITATION"),
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
    ],
    unfinished=[
        {"candidates": []},
        {},
        _gemini_answer("x", None),  # type: ignore[arg-type]
        _gemini_answer("x", "FINISH_REASON_UNSPECIFIED"),
    ],
    usage=Usage(input_tokens=50, cache_read_tokens=30, output_tokens=10, reasoning_tokens=40),
    error=_gemini_error,
    errors=[
        (400, "API_KEY_INVALID", "API key not valid.", "provider_authentication_failed"),
        (
            404,
            "",
            "models/gemini-x is not found for API version v1beta",
            "provider_model_not_found",
        ),
        (
            400,
            "",
            "The input token count (2000000) exceeds the maximum number of tokens allowed",
            "provider_context_too_long",
        ),
        (
            429,
            "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
            "You exceeded your current quota",
            "provider_quota_exhausted",
        ),
        (
            429,
            "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
            "You exceeded your current quota",
            "provider_rate_limited",
        ),
        (
            400,
            "",
            "Invalid JSON payload received. generation_config.response_json_schema: bad",
            "provider_schema_refused",
        ),
    ],
    schema_of=lambda body: body["generationConfig"]["responseJsonSchema"],
    system_of=lambda body: body["systemInstruction"]["parts"][0]["text"],
    limit_of=lambda body: body["generationConfig"]["maxOutputTokens"],
)


VENDORS = [OPENAI, ANTHROPIC, GEMINI, COMPATIBLE, OPENROUTER, AZURE, *SERVERS]
if importlib.util.find_spec("boto3"):  # an extra; test_bedrock.py says so when it is skipped
    VENDORS.append(BEDROCK)
