"""Values that cross the provider layer. Frozen and keyword-only; no tenant, no SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

TOOL = "Give the answer, whole, by calling this tool once."  # its description, in tool modes
Role = Literal["system", "user", "assistant", "tool"]
SchemaMode = Literal["native", "strict_tool", "tool"]
Effort = Literal["minimal", "low", "medium", "high"]
Finish = Literal["stop", "length", "tool_calls", "refusal", "other"]
ToolChoice = Literal["auto", "none", "required"]


@dataclass(frozen=True, kw_only=True)
class RateLimits:
    """What may be asked in any minute; 0: no limit."""

    requests_per_minute: int = 0
    tokens_per_minute: int = 0  # in and out together


@dataclass(frozen=True, kw_only=True)
class Credential(RateLimits):
    """One of a provider's keys."""

    name: str  # "" when the provider has a single one
    secret: str = field(repr=False, default="")
    weight: int = 1  # share of the calls; 0: only when no other may be used
    limits: Mapping[str, RateLimits] = field(default_factory=dict, hash=False)  # by model


@dataclass(frozen=True, kw_only=True)
class ProviderConfig(RateLimits):
    """One provider table of the settings: where a vendor is and how hard it may be used."""

    name: str  # the table's name; also its lane and queue
    kind: str  # one of providers.registry.KINDS
    base_url: str | None = None  # None: the vendor's public address
    api_key: str = field(repr=False, default="")
    keys: tuple[Credential, ...] = ()  # instead of api_key, when there are several
    models: tuple[str, ...] = ()  # first is the default
    concurrency: int = 64  # calls in flight in one worker
    max_in_flight: int = 0  # jobs at the provider at once, over all workers; 0: no cap
    timeout_seconds: float = 120.0  # wall-clock limit of one call
    weight: int = 1  # share among deployments of the same model
    simulated: bool = False  # answers come from the simulator
    region: str | None = None  # where the vendor works on the data, such as "eu"
    no_training: bool = False  # the vendor does not learn from the data
    limits: Mapping[str, RateLimits] = field(default_factory=dict, hash=False)  # by model

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """At least one."""
        return self.keys or (Credential(name="", secret=self.api_key),)


@dataclass(frozen=True, kw_only=True)
class Message:
    """One turn of the conversation."""

    role: Role
    content: str | tuple["Part", ...] = ""
    tool_calls: tuple["ToolCall", ...] = ()  # of an assistant's turn
    tool_call_id: str = ""  # of a tool's turn: whose result the content is

    @property
    def text(self) -> str:
        """The content without its images."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content if isinstance(part, TextPart))


@dataclass(frozen=True, kw_only=True)
class TextPart:
    """A piece of a message's text."""

    text: str


@dataclass(frozen=True, kw_only=True)
class ImagePart:
    """A picture to look at: its bytes, or a public address that the vendor fetches itself."""

    media_type: str = "image/png"  # image/png | image/jpeg | image/webp | image/gif
    data: bytes = field(repr=False, default=b"")
    url: str = ""


Part = TextPart | ImagePart


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A function that the model may ask to have called."""

    name: str
    parameters: Mapping[str, Any]  # JSON Schema, in the vendor's dialect
    description: str = ""
    strict: bool = False  # the vendor holds the arguments to the schema


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """What the model wants called."""

    id: str
    name: str
    arguments: str  # JSON text, as the vendor gave it
    signature: str = field(repr=False, default="")  # the vendor's own, to be sent back with it


@dataclass(frozen=True, kw_only=True)
class CompletionRequest:
    """What to ask of a model."""

    model: str  # the vendor's own model name
    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None  # in the vendor's dialect; None: free text
    schema_name: str = "answer"
    schema_mode: SchemaMode = "native"  # in tool modes the schema is a tool's parameters
    max_output_tokens: int | None = None
    effort: Effort | None = None  # of reasoning; only for models that take one
    tools: tuple[Tool, ...] = ()  # not together with a schema in a tool mode
    tool_choice: ToolChoice = "auto"
    forced_tool: str = ""  # the name of one of `tools` that has to be called
    stop: tuple[str, ...] = ()
    temperature: float | None = None  # left out for vendors and models that refuse it


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens of one call, in parts that do not overlap; their sum is what was billed."""

    input_tokens: int = 0  # neither read from nor written to a cache
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0  # visible output, without reasoning
    reasoning_tokens: int = 0
    cost_micros: int | None = None  # micro-dollars charged, when the vendor says so itself

    @property
    def total(self) -> int:
        read = self.input_tokens + self.cache_read_tokens + self.cache_write_tokens
        return read + self.output_tokens + self.reasoning_tokens


@dataclass(frozen=True, kw_only=True)
class Completion:
    """A whole answer: the vendor's terminal marker was seen."""

    text: str
    model: str  # as the vendor reports it
    finish: Finish
    usage: Usage
    request_id: str | None = None
    latency_ms: int = 0
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TextDelta:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, kw_only=True)
class ReasoningDelta:
    """The next piece of what the model shows of its reasoning."""

    text: str


@dataclass(frozen=True, kw_only=True)
class ToolCallDelta:
    """The next piece of a tool call; `id` and `name` come with the first piece of an `index`."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The end of a stream: the terminal marker was seen. The whole answer, with its usage."""

    completion: Completion


Delta = TextDelta | ReasoningDelta | ToolCallDelta | Finished


@dataclass(frozen=True, kw_only=True)
class EmbeddingRequest:
    """Texts to turn into vectors."""

    model: str
    texts: tuple[str, ...]  # at least one
    dimensions: int | None = None  # for models that can shorten


@dataclass(frozen=True, kw_only=True)
class Embeddings:
    """One vector a text, in the texts' order."""

    vectors: tuple[tuple[float, ...], ...] = field(repr=False)
    model: str
    usage: Usage
    request_id: str | None = None
    latency_ms: int = 0


@dataclass(frozen=True, kw_only=True)
class Health:
    """Whether a provider answers, and takes the key: asked without spending a token."""

    ok: bool
    detail: str  # one line for an operator
    latency_ms: int = 0
    models: tuple[str, ...] = ()  # that the vendor lists, at most 100


@dataclass(frozen=True, kw_only=True)
class Price:
    """The cost of a call in integer micro-dollars; None when the model is unpriced."""

    cost_micros: int | None
    source: str  # e.g. "genai-prices 0.2.3" or "unpriced"
