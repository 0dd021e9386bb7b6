"""What each kind of provider offers beside the chat, on the wire: a row a call."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from providers.base import LLMProvider
from providers.types import (
    CompletionRequest,
    EmbeddingRequest,
    ImagePart,
    Message,
    TextPart,
    Tool,
    ToolCall,
    Usage,
)
from tests.contract import extra_compatible

Json = dict[str, Any]
TEXTS = ("first text", "second text")
SCHEMA: Json = {"type": "object", "properties": {"weight": {"type": "number"}}}
TOOL = Tool(name="look_up", description="finds", parameters={"type": "object"})
CONVERSATION = (
    Message(role="system", content="Be exact."),
    Message(role="user", content="Read this."),
)
PICTURE = b"\x89PNG not really"
WITH_A_PICTURE = (
    Message(role="user", content=(TextPart(text="Look."), ImagePart(data=PICTURE))),
    Message(role="assistant", tool_calls=(ToolCall(id="call_7", name="look_up", arguments="{}"),)),
    Message(role="tool", tool_call_id="call_7", content="it is sunny"),
    Message(role="assistant", content=(TextPart(text="I see."),)),
    Message(role="user", content="And now?"),
)


@dataclass(frozen=True, kw_only=True)
class Extra:
    kind: str
    call: Literal["embed", "count", "models"]
    prefix: str
    path: str  # that the call must reach
    model: str
    good: Json
    wrong: list[Json] = field(default_factory=list)  # 200s that make no sense
    result: Any = None  # what `good` means
    dimensions: str = "'dimensions': 2"  # how it asks for two
    sent: Callable[[Any], Any] = field(default=lambda body: None)
    expected: Any = None  # of `sent`

    def __str__(self) -> str:
        return f"{self.kind}-{self.call}"

    def work(self, provider: LLMProvider, timeout: float, **more: Any) -> Any:
        """The coroutine of the call."""
        if self.call == "embed":
            wanted = EmbeddingRequest(model=self.model, **{"texts": TEXTS, **more})
            return provider.embed(wanted, timeout)
        if self.call == "count":
            asked = CompletionRequest(model=self.model, **{"messages": CONVERSATION, **more})
            return provider.count_tokens(asked, timeout)
        return provider.health(timeout)


def _rows(*rows: tuple[int | None, list[float]]) -> Json:
    data = [{"object": "embedding", "index": index, "embedding": v} for index, v in rows]
    usage = {"prompt_tokens": 9, "total_tokens": 9}
    return {"object": "list", "model": "text-embedding-3-small", "data": data, "usage": usage}


VECTORS = ((0.5, -0.5), (1.0, 0.0))
WRONG_VECTORS: list[list[Any]] = [
    [],
    [[0.5, -0.5]],
    [[0.5, -0.5]] * 3,
    [[0.5], [1.0, 0.0]],
    [[], []],
]
OPENAI_EMBED = Extra(
    kind="openai",
    call="embed",
    prefix="/v1",
    path="/v1/embeddings",
    model="text-embedding-3-small",
    good=_rows((1, [1, 0.0]), (0, [0.5, -0.5])),  # by their index, not as they come
    wrong=[
        *(_rows(*enumerate(vectors)) for vectors in WRONG_VECTORS),
        _rows((0, [1.0]), (0, [1.0])),
        _rows((1, [1.0]), (2, [1.0])),
        _rows((0, [1.0]), (None, [1.0])),
        _rows((0, ["1"]), (1, [1.0])),  # type: ignore[list-item]
        _rows((0, [True]), (1, [1.0])),
        _rows((0, "AACAPwAAAAA="), (1, [1.0])),  # type: ignore[arg-type]
        {"data": None},
    ],
    result=Usage(input_tokens=9),
    sent=lambda body: body,
    expected={"model": "text-embedding-3-small", "input": list(TEXTS)},
)
COMPATIBLE_EMBED = Extra(
    **{
        **OPENAI_EMBED.__dict__,
        "kind": "openai_compatible",
        "prefix": "/some/api",
        "path": "/some/api/embeddings",
        "good": _rows((None, [0.5, -0.5]), (None, [1.0, 0.0])),  # some servers number nothing
    }
)


def _gemini(*vectors: list[Any], **more: Any) -> Json:
    return {"embeddings": [{"values": values} for values in vectors], **more}


GEMINI_EMBED = Extra(
    kind="gemini",
    call="embed",
    prefix="/gemini",
    path="/gemini/v1beta/models/gemini-embedding-2:batchEmbedContents",
    model="gemini-embedding-2",
    good=_gemini([0.5, -0.5], [1, 0], usageMetadata={"promptTokenCount": 9}),
    wrong=[*(_gemini(*vectors) for vectors in WRONG_VECTORS), _gemini(["x"], [1])],
    result=Usage(input_tokens=9),
    dimensions="'outputDimensionality': 2",
    sent=lambda body: [r["content"]["parts"] for r in body["requests"]],
    expected=[[{"text": text}] for text in TEXTS],
)
OPENAI_COUNT = Extra(
    kind="openai",
    call="count",
    prefix="/v1",
    path="/v1/responses/input_tokens",
    model="gpt-5-mini",
    good={"object": "response.input_tokens", "input_tokens": 17},
    wrong=[{"input_tokens": 0}, {"input_tokens": "17"}, {"input_tokens": True}],
    result=17,
    sent=lambda body: [(item["role"], item["content"]) for item in body["input"]],
    expected=[("system", "Be exact."), ("user", "Read this.")],
)
ANTHROPIC_COUNT = Extra(
    kind="anthropic",
    call="count",
    prefix="/anthropic",
    path="/anthropic/v1/messages/count_tokens",
    model="claude-haiku-4-5",
    good={"input_tokens": 17},
    wrong=[{"input_tokens": 0}, {"input_tokens": "17"}],
    result=17,
    sent=lambda body: (body["system"], [m["role"] for m in body["messages"]], len(body)),
    expected=("Be exact.", ["user"], 3),
)
GEMINI_COUNT = Extra(
    kind="gemini",
    call="count",
    prefix="/gemini",
    path="/gemini/v1beta/models/gemini-2.5-flash:countTokens",
    model="gemini-2.5-flash",
    good={"totalTokens": 17, "promptTokensDetails": []},
    wrong=[{"totalTokens": 0}, {"totalTokens": "many"}],
    result=17,
    sent=lambda body: (
        body["generateContentRequest"]["systemInstruction"]["parts"][0]["text"],
        body["generateContentRequest"]["contents"][0]["parts"][0]["text"],
        body["generateContentRequest"]["model"],
    ),
    expected=("Be exact.", "Read this.", "models/gemini-2.5-flash"),
)
_LISTED: Json = {"object": "list", "data": [{"id": "one"}, {"id": "two"}, {"other": 1}, 3]}
OPENAI_MODELS = Extra(
    kind="openai",
    call="models",
    prefix="/v1",
    path="/v1/models",
    model="",
    good=_LISTED,
    wrong=[{"data": 3}],
    result=("one", "two"),
)
COMPATIBLE_MODELS = Extra(
    **{
        **OPENAI_MODELS.__dict__,
        "kind": "openai_compatible",
        "prefix": "/some/api",
        "path": "/some/api/models",
    }
)
ANTHROPIC_MODELS = Extra(
    **{
        **OPENAI_MODELS.__dict__,
        "kind": "anthropic",
        "prefix": "/anthropic",
        "path": "/anthropic/v1/models?limit=1000",
        "good": {"data": [{"id": "one"}, {"id": "two"}], "has_more": False},
    }
)
GEMINI_MODELS = Extra(
    **{
        **OPENAI_MODELS.__dict__,
        "kind": "gemini",
        "prefix": "/gemini",
        "path": "/gemini/v1beta/models?pageSize=1000",
        "good": {"models": [{"name": "models/one", "brandNew": 1}, {"name": "models/two"}]},
        "wrong": [{"models": 3}],
    }
)
_COHERE = "cohere.embed-v4:0"


def _cohere(*vectors: list[Any]) -> Json:
    return {"embeddings": {"float": list(vectors)}, "response_type": "embeddings_by_type"}


BEDROCK_EMBED = Extra(
    kind="bedrock",
    call="embed",
    prefix="/bedrock",
    path="/bedrock/model/cohere.embed-v4%3A0/invoke",
    model=_COHERE,
    good=_cohere([0.5, -0.5], [1, 0]),
    wrong=[*(_cohere(*vectors) for vectors in WRONG_VECTORS), {"embeddings": {"int8": [[1]]}}],
    result=Usage(),  # what was billed stands in a header
    dimensions="'output_dimension': 2",
    sent=lambda body: (body["texts"], body["embedding_types"]),
    expected=(list(TEXTS), ["float"]),
)
BEDROCK_COUNT = Extra(
    kind="bedrock",
    call="count",
    prefix="/bedrock",
    path="/bedrock/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/count-tokens",
    model="eu.anthropic.claude-haiku-4-5-20251001-v1:0",
    good={"inputTokens": 17},
    wrong=[{"inputTokens": 0}, {"inputTokens": "17"}],
    result=17,
    sent=lambda body: body["input"]["converse"],
    expected={
        "messages": [{"role": "user", "content": [{"text": "Read this."}]}],
        "system": [{"text": "Be exact."}],
    },
)
BEDROCK_MODELS = Extra(
    kind="bedrock",
    call="models",
    prefix="/bedrock",
    path="/bedrock/foundation-models?byOutputModality=TEXT",
    model="",
    good={"modelSummaries": [{"modelId": "one"}, {"modelId": "two"}, {"other": 1}, 3]},
    wrong=[{"modelSummaries": 3}],
    result=("one", "two"),
)
OPENROUTER_MODELS = Extra(
    **{**OPENAI_MODELS.__dict__, "kind": "openrouter", "prefix": "/api/v1", "path": ""}
)
SERVER_EMBEDS = [
    Extra(
        **{
            **OPENAI_EMBED.__dict__,
            "kind": kind,
            "prefix": "",
            "model": good["model"],
            "good": good,
            "expected": {"model": good["model"], "input": list(TEXTS)},
        }
    )
    for kind, good in extra_compatible.EMBEDDINGS.items()
]
SERVER_MODELS = [
    Extra(
        **{
            **OPENAI_MODELS.__dict__,
            "kind": kind,
            "prefix": "",
            "good": extra_compatible.listed(kind),
        }
    )
    for kind in extra_compatible.MODELS
]
SERVER_COUNTS = [
    Extra(
        kind=kind,
        call="count",
        prefix="/v1",
        path=path,
        model="m",
        good={field: 17, **more},
        wrong=[{field: 0}, {field: "17"}, {field: True}],
        result=17,
        sent=lambda body: (body["model"], [m["content"] for m in body["messages"]]),
        expected=("m", ["Be exact.", "Read this."]),
    )
    for kind, path, field, more in extra_compatible.COUNTS
]
EXTRAS = [
    *SERVER_COUNTS,
    *(*SERVER_EMBEDS, *SERVER_MODELS),
    *(OPENAI_EMBED, COMPATIBLE_EMBED, GEMINI_EMBED),
    *(OPENAI_COUNT, ANTHROPIC_COUNT, GEMINI_COUNT),
    *(OPENAI_MODELS, COMPATIBLE_MODELS, ANTHROPIC_MODELS, GEMINI_MODELS),
]
if importlib.util.find_spec("boto3"):
    EXTRAS += [BEDROCK_EMBED, BEDROCK_COUNT, BEDROCK_MODELS]
# What a vendor does not have: said at once, and nobody is asked.
ABSENT = [
    Extra(kind="anthropic", call="embed", prefix="/anthropic", path="", model="m", good={}),
    *(
        Extra(kind=kind, call="count", prefix="/v1", path="", model="m", good={})
        for kind in ("openai_compatible", "openrouter", "azure_openai", "huggingface", "ollama")
    ),
]
