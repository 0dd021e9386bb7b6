"""A request in the words of OpenAI's `responses`, in which alone it can be counted."""

from providers.llm.openai_counting import arguments
from providers.types import CompletionRequest
from tests.contract.extra_calls import CONVERSATION, SCHEMA, TOOL, WITH_A_PICTURE


def test_turns_pictures_and_tools() -> None:
    found = arguments(CompletionRequest(model="m", messages=WITH_A_PICTURE, tools=(TOOL,)))
    look, call, result, seen, now = found["input"]
    assert [part["type"] for part in look["content"]] == ["input_text", "input_image"]
    assert look["content"][1]["image_url"].startswith("data:image/png;base64,")
    assert (call["type"], call["call_id"]) == ("function_call", "call_7")
    assert result == {
        "type": "function_call_output",
        "call_id": "call_7",
        "output": "it is sunny",
    }
    assert seen == {"role": "assistant", "content": [{"type": "output_text", "text": "I see."}]}
    assert now == {"role": "user", "content": "And now?"}
    assert [tool["name"] for tool in found["tools"]] == ["look_up"]


def test_schemas() -> None:
    def asked(**more: object) -> dict[str, object]:
        request = CompletionRequest(model="m", messages=CONVERSATION, schema=SCHEMA, **more)  # type: ignore[arg-type]
        return arguments(request)

    assert asked()["text"] == {
        "format": {"type": "json_schema", "schema": SCHEMA, "name": "answer", "strict": True}
    }
    (tool,) = asked(schema_mode="tool")["tools"]  # type: ignore[misc]
    assert (tool["parameters"], tool["strict"]) == (SCHEMA, False)
    assert asked(effort="low")["reasoning"] == {"effort": "low"}
    assert "tools" not in asked()
