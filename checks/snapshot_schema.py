"""The JSON schema of a snapshot, made from the facts: what may stand in a file, under the names that PowerShell gives.

``python -m checks.snapshot_schema`` writes it anew.
"""

from __future__ import annotations

import json
from enum import IntEnum
from pathlib import Path
from typing import Any, get_args, get_origin

from checks.collector import plan
from checks.facts.base import Fact
from checks.guidelines import all_guidelines
from checks.snapshot import SCHEMA

SCHEMA_FILE = Path(__file__).with_name("snapshot.schema.json")

_TEXT = {"type": "string"}


def document() -> dict[str, Any]:
    """The schema as plain data. Properties may be missing: an older Windows does not have them all."""
    facts = sorted(plan(all_guidelines()).facts, key=lambda fact: fact.__name__)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"hvnet snapshot, schema {SCHEMA}",
        "description": "The facts of one Hyper-V host at one moment.",
        "type": "object",
        "required": ["schema", "facts"],
        "properties": {
            "schema": {"const": SCHEMA},
            "collected": {
                "type": "string",
                "description": "When, in UTC.",
                "pattern": r"^(\d{4}-\d\d-\d\dT[\d:]{8}Z)?$",
            },
            "hvnet": {"type": "string", "description": "The version that made the script."},
            "session": {
                "type": "object",
                "description": "The PowerShell that collected.",
                "properties": {"powershell": _TEXT, "language_mode": _TEXT, "culture": _TEXT},
            },
            "facts": {
                "type": "object",
                "properties": {fact.__name__: _fact(fact) for fact in facts},
                "additionalProperties": {"type": "array", "items": {"type": "object"}},
            },
            "errors": {
                "type": "object",
                "description": "Why facts could not be read, in the host's own words.",
                "additionalProperties": {"type": "object", "properties": {"id": _TEXT, "message": _TEXT}},
            },
            "keys": {
                "type": "object",
                "description": "The keys to which facts were narrowed.",
                "additionalProperties": {"type": "array", "items": _TEXT},
            },
        },
    }


def text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def publish() -> None:
    """Write the file anew."""
    SCHEMA_FILE.write_text(text(), encoding="utf-8")


def _fact(fact: type[Fact]) -> dict[str, Any]:
    properties = {
        fact.property_name(name): _described(_written(info.annotation), info.annotation)
        for name, info in fact.model_fields.items()
    }
    return {
        "type": "array",
        "description": (fact.__doc__ or "").partition("\n")[0],
        "items": {"type": "object", "properties": properties},
    }


def _written(annotation: Any) -> dict[str, Any]:
    """What PowerShell writes for a property: a list of one as its element, some numbers as text, nothing as null."""
    parts = [part for part in get_args(annotation) if part is not type(None)]
    if get_origin(annotation) is tuple:
        inner = _written(parts[0])
        return {"anyOf": [{"type": "array", "items": inner}, inner]}
    if parts and not isinstance(annotation, type):
        return _written(parts[0])
    if annotation is bool:
        return {"type": ["boolean", "null"]}
    if isinstance(annotation, type) and issubclass(annotation, int):
        return {"type": ["integer", "string", "null"]}
    if annotation is float:
        return {"type": ["number", "string", "null"]}
    return {"type": ["string", "null"]}


def _described(written: dict[str, Any], annotation: Any) -> dict[str, Any]:
    members = next((each for each in (annotation, *get_args(annotation)) if _is_enum(each)), None)
    if members is None:
        return written
    return {**written, "description": ", ".join(f"{member.value}: {member.powershell}" for member in members)}


def _is_enum(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, IntEnum)


if __name__ == "__main__":
    publish()
