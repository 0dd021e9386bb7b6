"""The answer to a call."""

from providers.simulator.answers import answer
from providers.simulator.faults import Effect
from providers.simulator.prompt import Asked
from providers.simulator.wire import Answer


def made_up(call: Asked, effect: Effect, request_id: str) -> Answer:
    """The answer, spoilt if a fault says so. A token is four characters."""
    finish = "stop"
    if effect.refuse:
        text, finish = "(simulated) I cannot help with that.", "refusal"
    elif effect.text is not None:
        text = effect.text
    elif effect.invalid_json:
        text = '{"unfinished": "simul'
    elif effect.invalid_data:
        text = '{"__simulated_wrong__": []}'
    elif call.schema is None and call.said is not None:
        text = call.said
    else:
        text = answer(call.schema, call.document)
    if call.limit is not None and len(text) > 4 * call.limit:
        text, finish = text[: 4 * call.limit], "length"
    return Answer(
        text=text,
        input_tokens=len(call.prompt) // 4 + 1,
        output_tokens=len(text) // 4 + 1 if finish != "length" else call.limit or 1,
        request_id=request_id,
        finish=finish,
    )
