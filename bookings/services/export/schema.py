"""The JSON Schema of data.json, made from the kinds (docs/data.schema.json is a copy of it)."""

from django.db import models

from bookings.services.export.kinds import Kind, field_at
from bookings.services.export.registry import KINDS

VERSION = 1
# The first that fits; a subclass stands before what it is made from.
TYPES = (
    (models.JSONField, {}),
    (models.DateTimeField, {"type": "string", "format": "date-time"}),
    (models.DateField, {"type": "string", "format": "date"}),
    (models.TimeField, {"type": "string", "format": "time"}),
    (models.BooleanField, {"type": "boolean"}),
    ((models.IntegerField, models.ForeignKey), {"type": "integer"}),
    (models.FileField, {"type": ["string", "null"]}),  # where it lies in the ZIP
    ((models.CharField, models.TextField), {"type": "string"}),
)


def schema() -> dict:
    head = {
        "format": {"const": "pawsitters-export"},
        "version": {"const": VERSION},
        "made_at": {"type": "string", "format": "date-time"},
        "site": {"type": "string", "format": "uri"},
    }
    lists = {kind.name: _list_of(kind) for kind in KINDS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Everything that PawSitters keeps about one person",
        "type": "object",
        "required": [*head, *lists],
        "additionalProperties": False,
        "properties": {**head, **lists},
    }


def _list_of(kind: Kind) -> dict:
    columns = {name: _type_at(kind, lookup) for name, lookup in kind.lookups.items()}
    columns |= kind.made
    return {
        "type": "array",
        "description": kind.about,
        "items": {
            "type": "object",
            "required": [*columns],
            "additionalProperties": False,
            "properties": columns,
        },
    }


def _type_at(kind: Kind, lookup: str) -> dict:
    leaf, is_nullable = field_at(kind.model, lookup)
    found = next(found for types, found in TYPES if isinstance(leaf, types))
    if is_nullable and isinstance(found.get("type"), str):
        return {**found, "type": [found["type"], "null"]}
    return dict(found)
