"""The vendors' formats of embeddings."""

from dataclasses import dataclass, replace
from typing import Any

from providers.simulator import wire_bedrock, wire_gemini, wire_openai
from providers.simulator.bad_call import BadCall
from providers.simulator.prompt import Asked, part, text_of
from providers.simulator.vectors import vector
from providers.simulator.wire import Answer, Body

OPENAI_DIMENSIONS = 1536
GEMINI_DIMENSIONS = 3072
MOST_DIMENSIONS = 4096
BEDROCK_DIMENSIONS = 1024
MOST_TEXTS = {"openai": 2048, "gemini": 100, "bedrock": 96}


@dataclass(frozen=True, kw_only=True)
class Embedded(Asked):
    """Texts to turn into vectors."""

    texts: tuple[str, ...]
    dimensions: int


def read_openai(body: Body, _: str) -> Embedded:
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if body.get("encoding_format") not in (None, "float"):
        raise BadCall("the simulator gives vectors as numbers only")
    return _embedded("openai", body.get("model"), texts, body.get("dimensions"), OPENAI_DIMENSIONS)


def read_gemini(body: Body, model: str) -> Embedded:
    requests = body.get("requests")
    if not isinstance(requests, list):
        raise BadCall("requests are missing")
    texts = [text_of(part(request, "content", "parts")) for request in requests]
    asked = {part(request, "outputDimensionality") for request in requests} or {None}
    if len(asked) > 1:
        raise BadCall("the requests differ in outputDimensionality")
    return _embedded("gemini", model, texts, asked.pop(), GEMINI_DIMENSIONS)


def read_bedrock(body: Body, model: str) -> Embedded:
    """Titan's format has one text, Cohere's several."""
    texts = [body["inputText"]] if "inputText" in body else body.get("texts")
    size = body.get("dimensions") or body.get("output_dimension")
    return _embedded("bedrock", model, texts, size, BEDROCK_DIMENSIONS)


def _embedded(vendor: str, model: Any, texts: Any, dimensions: Any, usual: int) -> Embedded:
    if not isinstance(model, str) or not model:
        raise BadCall("model is missing")
    if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):
        raise BadCall("the input must be a text, or a list of them, none empty")
    if not 1 <= len(texts) <= MOST_TEXTS[vendor]:
        raise BadCall(f"from 1 to {MOST_TEXTS[vendor]} texts, not {len(texts)}")
    if dimensions is None:
        dimensions = usual
    if type(dimensions) is not int or not 1 <= dimensions <= MOST_DIMENSIONS:
        raise BadCall(f"dimensions must be a number from 1 to {MOST_DIMENSIONS}")
    prompt = "\n".join(texts)
    return Embedded(
        model=model,
        prompt=prompt,
        document="",
        schema=None,
        texts=tuple(texts),
        dimensions=dimensions,
    )


def write_openai(call: Asked, answer: Answer) -> Body:
    return {
        "object": "list",
        "model": call.model,
        "data": [
            {"object": "embedding", "index": index, "embedding": values}
            for index, values in enumerate(_vectors(call))
        ],
        "usage": {"prompt_tokens": answer.input_tokens, "total_tokens": answer.input_tokens},
    }


def write_gemini(call: Asked, answer: Answer) -> Body:
    return {
        "embeddings": [{"values": values} for values in _vectors(call)],
        "usageMetadata": {"promptTokenCount": answer.input_tokens},
    }


def write_bedrock(call: Asked, answer: Answer) -> Body:
    if "titan" in call.model:
        return {"embedding": _vectors(call)[0], "inputTextTokenCount": answer.input_tokens}
    return {"embeddings": {"float": _vectors(call)}, "response_type": "embeddings_by_type"}


def _vectors(call: Asked) -> list[list[float]]:
    assert isinstance(call, Embedded)
    return [vector(text, call.dimensions) for text in call.texts]


OPENAI = replace(wire_openai.WIRE, read=read_openai, write=write_openai)
GEMINI = replace(wire_gemini.WIRE, read=read_gemini, write=write_gemini)
BEDROCK = replace(wire_bedrock.WIRE, read=read_bedrock, write=write_bedrock)
