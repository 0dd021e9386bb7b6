"""The JSON Schema of what the `extract` pipeline takes."""

from typing import Any

from app.services import pictures
from app.services.chunks import LEAST, MOST
from providers.capabilities import TASKS
from providers.privacy.detectors import KINDS
from providers.privacy.presidio import NAMED

MODEL_SPEC: dict[str, Any] = {
    "description": "provider/model, or a list of them: the next is tried when one fails for good",
    "oneOf": [
        {"type": "string", "minLength": 1, "maxLength": 200},
        {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 200},
            "minItems": 1,
            "maxItems": 8,
        },
    ],
}
ROUTING: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "description": "who may serve the job, and how to choose among several",
    "properties": {
        "strategy": {
            "enum": ["least_busy", "lowest_cost", "lowest_latency", "highest_quality"],
            "description": "default: the group's own",
        },
        "providers": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 63},
            "minItems": 1,
            "maxItems": 100,
            "description": "only these",
        },
        "region": {
            "type": "string",
            "minLength": 1,
            "maxLength": 63,
            "description": "only there: eu takes eu and eu-central-1, eu-central-1 itself alone",
        },
        "no_training": {"type": "boolean", "description": "true: only who learns nothing from it"},
        "structured": {
            "type": "boolean",
            "description": "true: only models whose vendor enforces the schema",
        },
        "task": {
            "enum": list(TASKS),
            "description": "whose score highest_quality goes by; default: extraction, and with"
            " images vision",
        },
    },
}
CHUNKING: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "description": "a document that is too long for a model is split; its chunks are asked about"
    " one by one, each for what it says, and the answers are put together",
    "properties": {
        "strategy": {
            "enum": ["auto", "always"],
            "description": "auto, the default: only when the document does not fit the first"
            " model's context; always: when it is longer than max_tokens",
        },
        "max_tokens": {
            "type": "integer",
            "minimum": LEAST,
            "maximum": MOST,
            "description": "of a chunk, four characters each; default: what the models' context"
            " leaves beside the prompt, the schema and the answer",
        },
        "overlap_tokens": {
            "type": "integer",
            "minimum": 0,
            "maximum": MOST // 3,
            "description": "that a chunk shares with the one before it, at most a third of"
            " max_tokens; default: a twentieth",
        },
        "on_error": {
            "enum": ["fail", "skip"],
            "description": "fail, the default: the job fails when a chunk does; skip: the answer is"
            " of the other chunks, and the report says what is missing",
        },
    },
}
IMAGES: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "maxItems": pictures.MOST,
    "description": "to be looked at beside the document, or instead of one;"
    f" {pictures.MOST_TOGETHER} bytes together",
    "items": {
        "type": "object",
        "required": ["media_type", "data"],
        "additionalProperties": False,
        "properties": {
            "media_type": {"enum": list(pictures.MEDIA_TYPES)},
            "data": {
                "type": "string",
                "description": f"base64 of 1 to {pictures.MOST_BYTES} bytes, which begin as their"
                " media type does",
            },
        },
    },
}
EXTRACT_INPUT: dict[str, Any] = {
    "type": "object",
    "required": ["prompt", "schema"],
    "additionalProperties": False,
    "properties": {
        "prompt": {"type": "string", "minLength": 1, "maxLength": 100_000},
        "document": {"type": "string", "maxLength": 4_000_000},
        "images": IMAGES,
        "schema": {"type": "object", "description": "JSON Schema (2020-12) of the answer"},
        "chunking": CHUNKING,
        "model": MODEL_SPEC,
        "mode": {
            "type": "string",
            "minLength": 1,
            "maxLength": 63,
            "description": "flash, think or ultra-think: a group of models and an effort",
        },
        "effort": {
            "enum": ["minimal", "low", "medium", "high"],
            "description": "of reasoning, for models that reason",
        },
        "routing": ROUTING,
        "cache": {
            "type": "object",
            "additionalProperties": False,
            "description": "how far an answer that was given before may be used",
            "properties": {
                "ttl": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 86_400,
                    "description": "seconds that the answer is kept; default: the server's",
                },
                "bypass": {"type": "boolean", "description": "true: neither look nor keep"},
                "refresh": {"type": "boolean", "description": "true: ask anew, and keep that"},
                "semantic": {
                    "type": "boolean",
                    "description": "false: no answer of a question that was only nearly the same",
                },
            },
        },
        "redact": {
            "description": "personal data that the provider must not see: true for all kinds, or"
            " some; placeholders are sent, and the answer gets the values back",
            "oneOf": [
                {"type": "boolean"},
                {
                    "type": "array",
                    "items": {"enum": [*KINDS, *NAMED]},
                    "minItems": 1,
                    "maxItems": 20,
                },
            ],
        },
        "provenance": {
            "type": "boolean",
            "description": "true: the report says where in the document each value stands",
        },
        "max_cost": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 1_000_000,
            "description": "dollars: refused when the estimate is above, stopped when spent",
        },
        "max_tokens": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1_000_000_000,
            "description": "of all calls together, in and out: stopped when spent",
        },
        "temperature": {
            "type": "number",
            "minimum": 0,
            "maximum": 2,
            "description": "for models that take one; an answer above 0 is kept only when"
            " cache.ttl asks for it",
        },
        "max_attempts": {
            "type": "integer",
            "minimum": 1,
            "maximum": 10,
            "description": "answers asked of one model before it counts as failed",
        },
        "max_output_tokens": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
    },
}
EXTRACT_ITEM: dict[str, Any] = {
    "type": "object",
    "description": "has a document, images or both",
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 200},
        "document": {"type": "string", "minLength": 1, "maxLength": 4_000_000},
        "images": IMAGES,
        "prompt": {"type": "string", "minLength": 1, "maxLength": 100_000},
    },
}
