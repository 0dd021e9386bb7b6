"""OpenAI's responses."""

from collections.abc import Iterator

from providers.simulator import wire_openai
from providers.simulator.prompt import Asked, Turn, asked, part, text_of, turns_of
from providers.simulator.wire import CREATED, Answer, Body, Wire, event, pieces


def read(body: Body, _: str) -> Asked:
    form = part(body, "text", "format")
    turns = turns_of(body.get("input"))
    if instructions := text_of(body.get("instructions")):
        turns.insert(0, Turn("system", instructions))
    return asked(
        body.get("model"),
        turns,
        part(form, "schema"),
        json_mode=part(form, "type") == "json_object",
        stream=body.get("stream"),
        limit=body.get("max_output_tokens"),
    )


def write(call: Asked, answer: Answer) -> Body:
    ended = "incomplete" if answer.finish == "length" else "completed"
    response = _open(call, answer) | {
        "status": ended,
        "output": [_message(answer, _part(answer, answer.text), ended)],
        "usage": _usage(answer),
    }
    if ended == "incomplete":
        response["incomplete_details"] = {"reason": "max_output_tokens"}
    return response


def events(call: Asked, answer: Answer) -> Iterator[bytes]:
    for number, (name, data) in enumerate(_steps(call, answer)):
        yield event({"type": name, "sequence_number": number, **data}, name)


def _steps(call: Asked, answer: Answer) -> Iterator[tuple[str, Body]]:
    whole = write(call, answer)
    done = whole["output"][0]
    refused = answer.finish == "refusal"
    kind, said = ("refusal", "refusal") if refused else ("output_text", "text")
    place = {"output_index": 0, "item_id": done["id"]}
    inner = {**place, "content_index": 0}
    extra: Body = {} if refused else {"logprobs": []}
    yield "response.created", {"response": _open(call, answer)}
    yield "response.in_progress", {"response": _open(call, answer)}
    started = {**done, "content": [], "status": "in_progress"}
    yield "response.output_item.added", {"output_index": 0, "item": started}
    yield "response.content_part.added", {**inner, "part": _part(answer, "")}
    for piece in pieces(answer.text):
        yield f"response.{kind}.delta", {**inner, **extra, "delta": piece}
    yield f"response.{kind}.done", {**inner, **extra, said: answer.text}
    yield "response.content_part.done", {**inner, "part": _part(answer, answer.text)}
    yield "response.output_item.done", {"output_index": 0, "item": done}
    yield f"response.{whole['status']}", {"response": whole}


def _open(call: Asked, answer: Answer) -> Body:
    return {
        "id": f"resp_{answer.request_id}",
        "object": "response",
        "created_at": CREATED,
        "status": "in_progress",
        "model": call.model,
        "output": [],
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": None,
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "usage": None,
    }


def _message(answer: Answer, content: Body, status: str) -> Body:
    return {
        "id": f"msg_{answer.request_id}",
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": [content],
    }


def _part(answer: Answer, text: str) -> Body:
    if answer.finish == "refusal":
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(answer: Answer) -> Body:
    return {
        "input_tokens": answer.input_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": answer.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": answer.input_tokens + answer.output_tokens,
    }


WIRE = Wire(
    vendor="openai",
    id_header="x-request-id",
    read=read,
    write=write,
    events=events,
    error=wire_openai.error,
)
