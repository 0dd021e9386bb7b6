"""The vendors' calls that cost nothing: counts of tokens, lists of models."""

from collections.abc import Callable
from dataclasses import replace

from providers.simulator import wire_anthropic, wire_bedrock, wire_gemini, wire_responses
from providers.simulator.prompt import Asked, part
from providers.simulator.wire import Answer, Body, Wire

Read = Callable[[Body, str], Asked]
Write = Callable[[Asked, Answer], Body]


def read_gemini(body: Body, model: str) -> Asked:
    return wire_gemini.read(part(body, "generateContentRequest") or body, model)


def read_bedrock(body: Body, model: str) -> Asked:
    return wire_bedrock.read(part(body, "input", "converse") or body, model)


def listing(wire: Wire, models: Body) -> Wire:
    """A format that answers with a list of models, under the name `vendor/models`."""

    def read(body: Body, model: str) -> Asked:
        return Asked(model="models", prompt="", document="", schema=None)

    def write(call: Asked, answer: Answer) -> Body:
        return models

    return replace(wire, read=read, write=write, free=True)


def _counting(wire: Wire, write: Write, read: Read | None = None) -> Wire:
    """The same conversation read, none of it answered."""
    whole = read or wire.read

    def counted(body: Body, model: str) -> Asked:
        return replace(whole(body, model), stream=False, schema=None, document="")

    return replace(wire, read=counted, write=write, free=True)


OPENAI_COUNT = _counting(
    wire_responses.WIRE,
    lambda call, answer: {"object": "response.input_tokens", "input_tokens": answer.input_tokens},
)
ANTHROPIC_COUNT = _counting(
    wire_anthropic.WIRE, lambda call, answer: {"input_tokens": answer.input_tokens}
)
GEMINI_COUNT = _counting(
    wire_gemini.WIRE, lambda call, answer: {"totalTokens": answer.input_tokens}, read=read_gemini
)
BEDROCK_COUNT = _counting(
    wire_bedrock.WIRE, lambda call, answer: {"inputTokens": answer.input_tokens}, read=read_bedrock
)
