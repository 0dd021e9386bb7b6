"""Embeddings and lists of models of the servers that speak OpenAI's format, as each says them."""

from typing import Any

from tests.contract.vendor import Json
from tests.contract.vendors_compatible import LLAMACPP, OLLAMA, VLLM

_COUNTS = {"prompt_tokens": 9, "total_tokens": 9}


def _rows(model: str, more: Json, *rows: tuple[int | None, list[float]], **usage: Any) -> Json:
    data = [{"object": "embedding", "index": place, "embedding": v} for place, v in rows]
    return {"object": "list", "model": model, "data": data, "usage": {**_COUNTS, **usage}, **more}


_VECTORS = ((0, [0.5, -0.5]), (1, [1.0, 0.0]))
EMBEDDINGS: dict[str, Json] = {
    "vllm": _rows(
        VLLM.model,
        {"id": "embd-1", "created": 1763700000},
        *_VECTORS,
        completion_tokens=0,
        prompt_tokens_details=None,
    ),
    "ollama": _rows(OLLAMA.model, {}, *_VECTORS),
    "llamacpp": _rows(LLAMACPP.model, {}, *reversed(_VECTORS)),
}
COUNTS: list[tuple[str, str, str, Json]] = [  # kind, path, the count's name, what comes with it
    ("vllm", "/tokenize", "count", {"max_model_len": 40960, "tokens": [1] * 17}),
    (
        "llamacpp",
        "/v1/chat/completions/input_tokens",
        "input_tokens",
        {"object": "response.input_tokens"},
    ),
]
_MADE = {"object": "model", "created": 1763700000}
MODELS: dict[str, Json] = {
    "huggingface": {**_MADE, "owned_by": "x", "providers": [{"provider": "together"}]},
    "vllm": {**_MADE, "owned_by": "vllm", "root": "r", "parent": None, "max_model_len": 40960},
    "ollama": {**_MADE, "owned_by": "library"},
    "llamacpp": {**_MADE, "owned_by": "llamacpp", "meta": {"n_ctx_train": 40960}},
}


def listed(kind: str) -> Json:
    """A list of the models `one` and `two`."""
    row = MODELS[kind]
    more = {"models": [{"name": "one", "model": "one"}]} if kind == LLAMACPP.kind else {}
    return {"object": "list", "data": [{"id": name, **row} for name in ("one", "two")], **more}
