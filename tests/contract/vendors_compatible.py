"""How the servers that speak OpenAI's format say it: each in its own shapes.

Read in November 2026: vLLM's entrypoints, Ollama's `openai` and `middleware` packages, llama.cpp's
`tools/server`, and what users report of Hugging Face's router.
"""

from collections.abc import Callable
from typing import Any

from providers.types import Usage
from tests.contract.vendor import Json, Vendor

COUNTED = Usage(input_tokens=100, output_tokens=50)
CACHED = Usage(input_tokens=70, cache_read_tokens=30, output_tokens=50)
_COUNTS = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}


def _body(model: str, message: Json, choice: Json, usage: Json, **more: Any) -> Json:
    choice = {"index": 0, "message": {"role": "assistant", **message}, **choice}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1763700000, "model": model}
    return {**head, "choices": [choice], "usage": {**_COUNTS, **usage}, **more}


def _huggingface_answer(text: str, finish: str | None = "stop", **message: Any) -> Json:
    said = {"content": text, "reasoning": "hm", "tool_calls": None, **message}
    details = {"prompt_tokens_details": None, "completion_tokens_details": None}
    return _body(HUGGINGFACE_MODEL, said, {"finish_reason": finish, "logprobs": None}, details)


def _vllm_answer(text: str, finish: str | None = "stop", **message: Any) -> Json:
    empty = {"refusal": None, "annotations": None, "audio": None, "function_call": None}
    said = {"content": text, **empty, "tool_calls": [], "reasoning": "hm", **message}
    choice = {"logprobs": None, "finish_reason": finish, "stop_reason": None, "token_ids": None}
    counts = {"prompt_tokens_details": {"cached_tokens": 30}}
    more = {"service_tier": None, "system_fingerprint": None, "kv_transfer_params": None}
    return _body(VLLM_MODEL, said, choice, counts, prompt_logprobs=None, **more)


def _ollama_answer(text: str, finish: str | None = "stop", **message: Any) -> Json:
    said = {"content": text, "reasoning": "hm", **message}
    more = {"system_fingerprint": "fp_ollama"}
    return _body(OLLAMA_MODEL, said, {"finish_reason": finish}, {}, **more)


def _llamacpp_answer(text: str, finish: str | None = "stop", **message: Any) -> Json:
    said = {"content": text, "reasoning_content": "hm", **message}
    counts = {"prompt_tokens_details": {"cached_tokens": 30}}
    times = {"cache_n": 30, "prompt_n": 70, "predicted_n": 50, "predicted_ms": 81.5}
    more = {"system_fingerprint": "b7000-4bcfb50b", "timings": times}
    return _body(LLAMACPP_MODEL, said, {"finish_reason": finish}, counts, **more)


HUGGINGFACE_MODEL = "meta-llama/Llama-3.1-8B-Instruct"
VLLM_MODEL = "Qwen/Qwen2.5-7B-Instruct"
OLLAMA_MODEL = "llama3.2:1b"
LLAMACPP_MODEL = "Qwen3-8B-Q4_K_M.gguf"


def _huggingface_error(status: int, code: str, message: str) -> Json:
    """A flat string, but where the router itself looks for a model."""
    if not code:
        return {"error": message}
    fault = {"message": message, "type": "invalid_request_error", "param": "model", "code": code}
    return {"error": fault}


def _vllm_error(status: int, code: str, message: str) -> Json:
    """`code` is the HTTP status; its guard of keys does not know the shape."""
    if status == 401:
        return {"error": message}
    return {
        "error": {"message": message, "type": code or "SomeError", "param": None, "code": status}
    }


def _ollama_error(status: int, code: str, message: str) -> Json:
    return {"error": {"message": message, "type": code or "api_error", "param": None, "code": None}}


def _llamacpp_error(status: int, code: str, message: str) -> Json:
    more = {"n_prompt_tokens": 4390, "n_ctx": 4096} if "context" in code else {}
    return {"error": {"code": status, "message": message, "type": code or "server_error", **more}}


def _vendor(
    kind: str,
    model: str,
    answer: Callable[..., Json],
    error: Callable[[int, str, str], Json],
    errors: list[tuple[int, str, str, str]],
    usage: Usage,
    finishes: dict[str, str],
) -> Vendor:
    whole = answer("x")
    return Vendor(
        kind=kind,
        prefix="",  # a bare host: the preset knows the path
        path="/v1/chat/completions",
        model=model,
        key_header="authorization",
        request_id_header="x-request-id",
        answer=answer,
        finishes=finishes,
        refusals=[answer("", "content_filter"), answer("", refusal="I can't.")],
        unfinished=[{**whole, "choices": []}, {**whole, "choices": None}, answer("x", None)],
        usage=usage,
        error=error,
        errors=errors,
        schema_of=lambda body: body["response_format"]["json_schema"]["schema"],
        system_of=lambda body: body["messages"][0]["content"],
        limit_of=lambda body: body["max_tokens"],
    )


HUGGINGFACE = _vendor(
    "huggingface",
    HUGGINGFACE_MODEL,
    _huggingface_answer,
    _huggingface_error,
    [
        (
            400,
            "model_not_supported",
            f"The requested model '{HUGGINGFACE_MODEL}' is not supported by any provider you have "
            "enabled.",
            "provider_model_not_found",
        ),
        (
            400,
            "model_not_found",
            "The requested model 'x' does not exist",
            "provider_model_not_found",
        ),
        (400, "", "Model not supported by provider together", "provider_model_not_found"),
        (401, "", "Invalid username or password.", "provider_authentication_failed"),
        (402, "", "You have depleted your monthly included credits.", "provider_quota_exhausted"),
        (404, "", "Not Found", "provider_invalid_request"),
    ],
    COUNTED,
    {"stop": "stop", "length": "length", "eos_token": "other"},
)
VLLM = _vendor(
    "vllm",
    VLLM_MODEL,
    _vllm_answer,
    _vllm_error,
    [
        (
            404,
            "NotFoundError",
            f"The model `{VLLM_MODEL}` does not exist.",
            "provider_model_not_found",
        ),
        (
            400,
            "BadRequestError",
            "This model's maximum context length is 8192 tokens. However, you requested 9000 "
            "tokens (8000 in the messages, 1000 in the completion).",
            "provider_context_too_long",
        ),
        (
            400,
            "BadRequestError",
            "You passed 1015 input tokens and requested 10 output tokens. However, the model's "
            "context length is only 1024 tokens, resulting in a maximum input length of 1014.",
            "provider_context_too_long",
        ),
        (400, "BadRequestError", "Grammar error: too many states", "provider_schema_refused"),
        (
            400,
            "BadRequestError",
            "The provided JSON schema contains features not supported by xgrammar.",
            "provider_schema_refused",
        ),
        (401, "", "Unauthorized", "provider_authentication_failed"),
        (500, "InternalServerError", "EngineCore encountered an issue.", "provider_unavailable"),
    ],
    CACHED,
    {"stop": "stop", "length": "length", "abort": "other"},
)
OLLAMA = _vendor(
    "ollama",
    OLLAMA_MODEL,
    _ollama_answer,
    _ollama_error,
    [
        (
            404,
            "not_found_error",
            f'model "{OLLAMA_MODEL}" not found, try pulling it first',
            "provider_model_not_found",
        ),
        (
            404,
            "api_error",  # of older ones, for everything
            f'model "{OLLAMA_MODEL}" not found, try pulling it first',
            "provider_model_not_found",
        ),
        (
            400,
            "invalid_request_error",
            'invalid format: "x"; expected "json" or a JSON schema',
            "provider_schema_refused",
        ),
        (400, "invalid_request_error", "invalid image input", "provider_invalid_request"),
        (
            400,
            "invalid_request_error",
            "the input length exceeds the context length",
            "provider_context_too_long",
        ),
        (
            429,
            "api_error",
            "you have reached your weekly usage limit, upgrade for higher limits",
            "provider_quota_exhausted",
        ),
        (
            503,
            "api_error",
            "server busy, please try again.  maximum pending requests exceeded",
            "provider_unavailable",
        ),
    ],
    COUNTED,
    {"stop": "stop", "length": "length", "load": "other"},
)
LLAMACPP = _vendor(
    "llamacpp",
    LLAMACPP_MODEL,
    _llamacpp_answer,
    _llamacpp_error,
    [
        (
            400,
            "exceed_context_size_error",
            "request (4390 tokens) exceeds the available context size (4096 tokens), try "
            "increasing it",
            "provider_context_too_long",
        ),
        (
            400,
            "invalid_request_error",  # of older ones
            "the request exceeds the available context size. try increasing the context size or "
            "enable context shift",
            "provider_context_too_long",
        ),
        (400, "invalid_request_error", "Failed to parse grammar", "provider_schema_refused"),
        (
            400,
            "invalid_request_error",
            "JSON schema conversion failed:\nUnrecognized schema: 5",
            "provider_schema_refused",
        ),
        (400, "invalid_request_error", "model 'x.gguf' not found", "provider_model_not_found"),
        (401, "authentication_error", "Invalid API Key", "provider_authentication_failed"),
        (501, "not_supported_error", "This server does not support it", "provider_invalid_request"),
        (503, "unavailable_error", "Loading model", "provider_unavailable"),
    ],
    CACHED,
    {"stop": "stop", "length": "length"},
)
SERVERS = [HUGGINGFACE, VLLM, OLLAMA, LLAMACPP]
