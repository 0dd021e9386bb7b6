"""A page of a list."""

from marshmallow import Schema, fields


class PageSchema(Schema):
    """What every page tells; its `data` is a subclass's."""

    has_more = fields.Boolean(required=True)
    next_cursor = fields.String(required=True, allow_none=True)
