"""How the servers that speak OpenAI's format stream: each in its own shapes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.contract.vendor import Json, Vendor
from tests.contract.vendors_compatible import HUGGINGFACE, LLAMACPP, OLLAMA, VLLM


@dataclass(frozen=True, kw_only=True)
class Server:
    """Events of one server; the functions are those of streams.Streamed."""

    vendor: Vendor
    thought: str  # its word for reasoning
    roles: bool = False  # every piece says whose it is
    whole_calls: bool = False  # arguments come in one piece
    errors: Sequence[tuple[bytes, str]] = ()

    def text(self, pieces: Sequence[str], finish: str | None = None) -> list[bytes]:
        begun = self._chunk({"role": "assistant", "content": ""}, None)
        thought = self._chunk({"content": "", self.thought: "hm"}, None)
        said = [self._chunk({"content": piece}, None) for piece in pieces]
        return [begun, thought, *said, self._chunk({}, finish or "stop"), *self._end()]

    def calls(self, told: Sequence[tuple[str, str, Sequence[str]]]) -> list[bytes]:
        events = [self._chunk({"role": "assistant", "content": ""}, None)]
        for index, (number, name, pieces) in enumerate(told):
            first = "".join(pieces) if self.whole_calls else ""
            begun = {"id": number, "type": "function", "function": _function(name, first)}
            events.append(self._chunk({"tool_calls": [{"index": index, **begun}]}, None))
            for piece in () if self.whole_calls else pieces:
                more = {"index": index, "function": {"arguments": piece}}
                events.append(self._chunk({"tool_calls": [more]}, None))
        return [*events, self._chunk({}, "tool_calls"), *self._end()]

    @property
    def refusals(self) -> list[list[bytes]]:
        return [self.text(["Well"], "content_filter")]

    @property
    def unfinished(self) -> list[list[bytes]]:
        """The third is Ollama's, whose failing model leaves a piece that says nothing."""
        begun, _, said, *_ = self.text(["x"])
        nothing = _event({"id": "chatcmpl-1", "model": "", "choices": [{"index": 0, "delta": {}}]})
        return [[begun, said, *self._end()], [_event("[DONE]")], [begun, said, nothing]]

    def _chunk(self, delta: Json, finish: str | None) -> bytes:
        role = {"role": "assistant"} if self.roles else {}
        choice = {"index": 0, "delta": {**role, **delta}, "finish_reason": finish}
        return _event({**self._head(), "choices": [choice]})

    def _end(self) -> list[bytes]:
        whole = self.vendor.answer("", "stop")
        more = {name: whole[name] for name in ("usage", "timings") if name in whole}
        return [_event({**self._head(), "choices": [], **more}), _event("[DONE]")]

    def _head(self) -> Json:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1763700000}
        return {**head, "model": self.vendor.model}


def _function(name: str, arguments: str) -> Json:
    return {"name": name, "arguments": arguments}


def _event(data: Any) -> bytes:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def _said(vendor: Vendor, status: int, code: str, message: str) -> bytes:
    return _event(vendor.error(status, code, message))


STREAMING_SERVERS = [
    Server(
        vendor=HUGGINGFACE,
        thought="reasoning",
        errors=[
            (_said(HUGGINGFACE, 500, "", "the vendor went away"), "provider_unavailable"),
            (
                _said(HUGGINGFACE, 400, "model_not_supported", "no such model"),
                "provider_model_not_found",
            ),
        ],
    ),
    Server(
        vendor=VLLM,
        thought="reasoning",
        errors=[
            (_said(VLLM, 500, "InternalServerError", "it broke"), "provider_unavailable"),
            (_said(VLLM, 400, "BadRequestError", "what?"), "provider_invalid_request"),
            (_said(VLLM, 404, "NotFoundError", "no `Q2.5`"), "provider_model_not_found"),
        ],
    ),
    Server(vendor=OLLAMA, thought="reasoning", roles=True, whole_calls=True),
    Server(
        vendor=LLAMACPP,
        thought="reasoning_content",
        errors=[
            (
                _said(LLAMACPP, 500, "server_error", "Context size has been exceeded."),
                "provider_unavailable",
            ),
            (
                _said(LLAMACPP, 400, "exceed_context_size_error", "too long"),
                "provider_context_too_long",
            ),
            (_said(LLAMACPP, 501, "not_supported_error", "no"), "provider_invalid_request"),
        ],
    ),
]
