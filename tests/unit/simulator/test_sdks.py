"""The vendors' own SDKs understand the simulator: answers, streams, refusals, errors."""

import json
from typing import Any

import anthropic
import openai
import pytest
from google import genai
from google.genai import errors as gemini_errors
from google.genai import types as gemini_types

from tests.unit.simulator.conftest import Running

DOCUMENT = "<document>\nInvoice number: NT-17\nTotal: 99.50 EUR\nDate: 3 May 2026\n</document>"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "invoice_number": {"type": "string"},
        "total": {"type": "number"},
        "date": {"type": "string", "format": "date"},
    },
    "required": ["invoice_number", "total", "date"],
    "additionalProperties": False,
}
WANTED = {"invoice_number": "NT-17", "total": 99.5, "date": "2026-05-03"}
FORMAT = {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA, "strict": True}}
MESSAGES: Any = [{"role": "user", "content": DOCUMENT}]


@pytest.fixture
def openai_client(simulator: Running) -> openai.OpenAI:
    return openai.OpenAI(api_key="none", base_url=f"{simulator.url}/openai/v1", max_retries=0)


@pytest.fixture
def anthropic_client(simulator: Running) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key="none", base_url=f"{simulator.url}/anthropic", max_retries=0)


@pytest.fixture
def gemini_client(simulator: Running) -> genai.Client:
    options = gemini_types.HttpOptions(
        base_url=f"{simulator.url}/gemini",
        retry_options=gemini_types.HttpRetryOptions(attempts=1),
    )
    return genai.Client(api_key="none", http_options=options)


def anthropic_arguments() -> dict[str, Any]:
    form = {"format": {"type": "json_schema", "schema": SCHEMA}}
    tools = [{"name": "t", "description": "ignored", "input_schema": {"type": "object"}}]
    return {
        "model": "claude-haiku-4-5",
        "max_tokens": 500,
        "messages": MESSAGES,
        "output_config": form,
        "tools": tools,
    }


def gemini_config(**more: Any) -> gemini_types.GenerateContentConfig:
    return gemini_types.GenerateContentConfig(
        response_mime_type="application/json", response_json_schema=SCHEMA, **more
    )


def test_openai_chat(openai_client: openai.OpenAI) -> None:
    raw = openai_client.chat.completions.with_raw_response.create(
        model="gpt-5-mini", messages=MESSAGES, response_format=FORMAT
    )
    answer = raw.parse()
    assert json.loads(answer.choices[0].message.content or "") == WANTED
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert raw.headers["x-request-id"].startswith("sim_")
    assert raw.headers["x-penstock-simulator"] == "1"


def test_openai_chat_streams(openai_client: openai.OpenAI) -> None:
    wanted: Any = {"model": "gpt-5", "messages": MESSAGES, "response_format": FORMAT}
    uncounted = list(openai_client.chat.completions.create(**wanted, stream=True))
    assert not [chunk for chunk in uncounted if chunk.usage]
    chunks = list(
        openai_client.chat.completions.create(
            **wanted, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert json.loads(text) == WANTED
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage


def test_openai_responses(openai_client: openai.OpenAI) -> None:
    form: Any = {"format": {"type": "json_schema", "name": "a", "schema": SCHEMA, "strict": True}}
    answer = openai_client.responses.create(model="gpt-5", input=DOCUMENT, text=form)
    assert answer.status == "completed"
    assert json.loads(answer.output_text) == WANTED
    assert answer.usage
    assert answer.usage.input_tokens > 0


def test_openai_responses_stream(openai_client: openai.OpenAI) -> None:
    with openai_client.responses.stream(model="gpt-5", input=DOCUMENT) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert final.output_text.startswith("(simulated)")


def test_openai_models(openai_client: openai.OpenAI) -> None:
    assert "gpt-5-mini" in [model.id for model in openai_client.models.list()]


def test_anthropic(anthropic_client: anthropic.Anthropic) -> None:
    answer = anthropic_client.messages.create(**anthropic_arguments())
    assert json.loads(answer.content[0].text) == WANTED
    assert answer.stop_reason == "end_turn"
    assert (answer._request_id or "").startswith("sim_")
    assert answer.usage.input_tokens > 0


def test_anthropic_streams(anthropic_client: anthropic.Anthropic) -> None:
    with anthropic_client.messages.stream(**anthropic_arguments()) as stream:
        final = stream.get_final_message()
    assert json.loads(final.content[0].text) == WANTED
    assert final.stop_reason == "end_turn"
    assert final.usage.output_tokens > 1


def test_anthropic_models(anthropic_client: anthropic.Anthropic) -> None:
    assert "claude-haiku-4-5" in [model.id for model in anthropic_client.models.list()]


def test_gemini(gemini_client: genai.Client) -> None:
    answer = gemini_client.models.generate_content(
        model="gemini-2.5-flash", contents=DOCUMENT, config=gemini_config()
    )
    assert json.loads(answer.text or "") == WANTED
    assert answer.candidates
    assert answer.candidates[0].finish_reason == gemini_types.FinishReason.STOP
    assert answer.usage_metadata
    assert (answer.response_id or "").startswith("sim_")


def test_gemini_reads_an_openapi_schema(gemini_client: genai.Client) -> None:
    schema = {"type": "OBJECT", "properties": {"total": {"type": "NUMBER", "nullable": True}}}
    config = gemini_types.GenerateContentConfig(
        response_mime_type="application/json", response_schema=schema
    )
    answer = gemini_client.models.generate_content(
        model="gemini-2.5-flash", contents=DOCUMENT, config=config
    )
    assert json.loads(answer.text or "") == {"total": 99.5}


def test_gemini_streams(gemini_client: genai.Client) -> None:
    stream = gemini_client.models.generate_content_stream(
        model="gemini-2.5-pro", contents=DOCUMENT, config=gemini_config()
    )
    chunks = list(stream)
    assert json.loads("".join(chunk.text or "" for chunk in chunks)) == WANTED
    assert chunks[-1].candidates
    assert chunks[-1].candidates[0].finish_reason == gemini_types.FinishReason.STOP


def test_gemini_models(gemini_client: genai.Client) -> None:
    assert "models/gemini-2.5-flash" in [model.name for model in gemini_client.models.list()]


def test_a_schema_in_the_prompt_is_found(openai_client: openai.OpenAI) -> None:
    told = f"Answer as JSON Schema {json.dumps(SCHEMA)} says. Thank you, {{friend}}.\n{DOCUMENT}"
    answer = openai_client.chat.completions.create(
        model="gpt-5", messages=[{"role": "user", "content": told}]
    )
    assert json.loads(answer.choices[0].message.content or "") == WANTED


def test_refusals(
    simulator: Running,
    openai_client: openai.OpenAI,
    anthropic_client: anthropic.Anthropic,
    gemini_client: genai.Client,
) -> None:
    simulator.fault(refuse=True)
    said = openai_client.chat.completions.create(model="gpt-5", messages=MESSAGES)
    assert said.choices[0].message.refusal
    assert anthropic_client.messages.create(**anthropic_arguments()).stop_reason == "refusal"
    blocked = gemini_client.models.generate_content(model="gemini-2.5-pro", contents=DOCUMENT)
    assert blocked.candidates
    assert blocked.candidates[0].finish_reason == gemini_types.FinishReason.SAFETY


def test_a_limit_cuts_the_answer_short(
    openai_client: openai.OpenAI,
    anthropic_client: anthropic.Anthropic,
    gemini_client: genai.Client,
) -> None:
    said = openai_client.chat.completions.create(
        model="gpt-5", messages=MESSAGES, max_completion_tokens=3
    )
    assert said.choices[0].finish_reason == "length"
    arguments = anthropic_arguments() | {"max_tokens": 3}
    assert anthropic_client.messages.create(**arguments).stop_reason == "max_tokens"
    short = gemini_client.models.generate_content(
        model="gemini-2.5-pro", contents=DOCUMENT, config=gemini_config(max_output_tokens=3)
    )
    assert short.candidates
    assert short.candidates[0].finish_reason == gemini_types.FinishReason.MAX_TOKENS


def test_errors(
    simulator: Running,
    openai_client: openai.OpenAI,
    anthropic_client: anthropic.Anthropic,
    gemini_client: genai.Client,
) -> None:
    simulator.fault(rate_limit={"times": 3, "retry_after": 2})
    with pytest.raises(openai.RateLimitError) as limited:
        openai_client.chat.completions.create(model="gpt-5", messages=MESSAGES)
    assert limited.value.response.headers["retry-after"] == "2"
    with pytest.raises(anthropic.RateLimitError):
        anthropic_client.messages.create(**anthropic_arguments())
    with pytest.raises(gemini_errors.ClientError) as refused:
        gemini_client.models.generate_content(model="gemini-2.5-pro", contents=DOCUMENT)
    assert refused.value.status == "RESOURCE_EXHAUSTED"
    simulator.fault(error_status=429, error_code="insufficient_quota", times=1)
    with pytest.raises(openai.RateLimitError) as broke:
        openai_client.chat.completions.create(model="gpt-5", messages=MESSAGES)
    assert broke.value.code == "insufficient_quota"
    assert openai_client.chat.completions.create(model="gpt-5", messages=MESSAGES)


def test_a_cut_stream_has_no_end(simulator: Running, openai_client: openai.OpenAI) -> None:
    simulator.fault(cut=True)
    finishes = []
    with pytest.raises(Exception, match=r"(?i)peer closed|incomplete|connection"):
        finishes += [
            chunk.choices[0].finish_reason
            for chunk in openai_client.chat.completions.create(
                model="gpt-5", messages=MESSAGES, stream=True
            )
        ]
    assert "stop" not in finishes
    assert simulator.calls()["by_outcome"] == {"cut": 1}
