"""What a tenant sets for itself. Whether its names are known is for the service to say."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from schemas.flags import Flag
from schemas.named import Named
from schemas.numbers import Amount, Count

STRATEGIES = ("least_busy", "lowest_cost", "lowest_latency", "highest_quality")
KINDS = ("email", "iban", "card", "national_id", "phone", "ip")
NAME = validate.Regexp(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\Z", error="Must have letters, digits, - and _ only."
)
MODEL = validate.Length(min=1, max=200)
MOST = 200  # names in one object
TOKENS = validate.Range(min=1, max=1_000_000_000)
MICROS = validate.Range(min=0, max=10**12)
SCORE = validate.Range(min=1, max=100)
MICROS_TOLD = {"description": "micro-dollars a million tokens"}


def few(value: dict[str, Any]) -> None:
    """Not a validate.Length, which OpenAPI's rules for texts would be made of."""
    if len(value) > MOST:
        raise ValidationError(f"May have {MOST} names.")


class Kinds(fields.Field[Any]):
    """True for all kinds of personal data, false for none, or a list of some."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool):
            return value
        if not isinstance(value, list) or not value:
            raise ValidationError("Must be true, false or a list of kinds.")
        wrong = {
            index: [f"Must be one of: {', '.join(KINDS)}."]
            for index, kind in enumerate(value)
            if kind not in KINDS
        }
        if wrong:
            raise ValidationError(wrong)
        return sorted(set(value), key=KINDS.index)


class OwnGroupSchema(Schema):
    class Meta:
        unknown = RAISE

    models = fields.List(
        fields.String(validate=MODEL),
        required=True,
        validate=validate.Length(min=1, max=50),
        metadata={"description": "provider/model, a provider, or a model that providers list"},
    )
    strategy = fields.String(load_default="least_busy", validate=validate.OneOf(STRATEGIES))


class TasksSchema(Schema):
    """Scores of 100, where a model is better or worse at a task than its quality says."""

    class Meta:
        unknown = RAISE

    extraction = Count(validate=SCORE)
    reasoning = Count(validate=SCORE)
    code = Count(validate=SCORE)
    vision = Count(validate=SCORE)


class OwnCapabilitiesSchema(Schema):
    """What is known better of a model; what is not named stays."""

    class Meta:
        unknown = RAISE

    context = Count(validate=TOKENS, metadata={"description": "tokens of input and output"})
    output = Count(validate=TOKENS, metadata={"description": "tokens of one answer"})
    vision = Flag()
    tools = Flag()
    forced_tool = Flag(metadata={"description": "a tool may be named that it has to call"})
    structured = Flag(metadata={"description": "the vendor enforces a schema"})
    streaming = Flag(metadata={"description": "an answer may come piece by piece"})
    reasoning = Flag(metadata={"description": "takes a reasoning effort"})
    tier = fields.String(validate=validate.OneOf(("fast", "smart")))
    quality = Count(validate=SCORE)
    tasks = fields.Nested(TasksSchema)
    price_provider = fields.String(
        validate=validate.Length(min=1, max=63),
        metadata={"description": "the vendor's id in the price list: openai, google, aws ..."},
    )


class OwnPricesSchema(Schema):
    class Meta:
        unknown = RAISE

    input = Count(required=True, validate=MICROS, metadata=MICROS_TOLD)
    output = Count(required=True, validate=MICROS, metadata=MICROS_TOLD)
    cache_read = Count(validate=MICROS, metadata={"description": "default: as input"})
    cache_write = Count(validate=MICROS, metadata={"description": "default: as input"})


class PrivacySchema(Schema):
    class Meta:
        unknown = RAISE

    redact = Kinds(
        load_default=False,
        metadata={
            "description": "of every job that does not say: true, false or a list of kinds",
            "oneOf": [
                {"type": "boolean"},
                {"type": "array", "items": {"enum": list(KINDS)}, "minItems": 1},
            ],
        },
    )
    required = Flag(
        load_default=False, metadata={"description": "true: a job may only take out more"}
    )


class OwnRoutingSchema(Schema):
    """What every job obeys; one may narrow it and not widen it."""

    class Meta:
        unknown = RAISE

    providers = fields.List(
        fields.String(validate=validate.Length(min=1, max=63)),
        validate=validate.Length(min=1, max=100),
        metadata={"description": "only these"},
    )
    region = fields.String(
        validate=validate.Length(min=1, max=63),
        metadata={"description": "eu takes eu and eu-central-1, eu-central-1 itself alone"},
    )
    no_training = Flag(metadata={"description": "true: only who learns nothing from the data"})


class TenantSettingsSchema(Schema):
    """A whole document: what is left out has its default."""

    class Meta:
        unknown = RAISE

    groups = Named(
        keys=fields.String(validate=NAME),
        values=fields.Nested(OwnGroupSchema),
        load_default=dict,
        validate=few,
        metadata={
            "maxProperties": MOST,
            "description": "names that a job's `model` may have; they hide the server's",
        },
    )
    capabilities = Named(
        keys=fields.String(validate=MODEL),
        values=fields.Nested(OwnCapabilitiesSchema),
        load_default=dict,
        validate=few,
        metadata={"maxProperties": MOST, "description": "by provider/model"},
    )
    prices = Named(
        keys=fields.String(validate=MODEL),
        values=fields.Nested(OwnPricesSchema),
        load_default=dict,
        validate=few,
        metadata={
            "maxProperties": MOST,
            "description": "by provider/model, for estimates and for what calls cost",
        },
    )
    privacy = fields.Nested(PrivacySchema, load_default=lambda: PrivacySchema().load({}))
    policy = fields.String(
        load_default="default",
        validate=validate.OneOf(("default", "strict")),
        metadata={"description": "strict: a cooldown of 5 seconds, unless it is set"},
    )
    cooldown_seconds = Amount(
        allow_none=True,
        load_default=None,
        validate=validate.Range(min=0, max=3600),
        metadata={
            "description": "a job that is submitted again within it is answered with the first"
            " one; null: by the policy"
        },
    )
    routing = fields.Nested(OwnRoutingSchema, load_default=dict)


class StoredTenantSettingsSchema(TenantSettingsSchema):
    class Meta:
        unknown = RAISE

    version = fields.Integer(
        required=True, dump_only=True, metadata={"description": "0: nothing was ever set; the ETag"}
    )
    updated_at = fields.AwareDateTime(required=True, allow_none=True, dump_only=True)
