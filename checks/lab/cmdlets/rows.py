"""Finding and changing rows of recorded facts."""

from __future__ import annotations

from typing import Any

from checks.facts.base import normalise_guid

Facts = dict[str, list[dict[str, Any]]]


def found(facts: Facts, fact: str, **values: Any) -> dict[str, Any]:
    """The row of a fact that has these values.

    Raises:
        LookupError: there is none.
    """
    for row in facts.get(fact, []):
        if all(row.get(name) == value for name, value in values.items()):
            return row
    raise LookupError(f"no {fact} with {values}")


def of_adapter(facts: Facts, fact: str, name: str, **values: Any) -> dict[str, Any]:
    """The row of a fact whose ``InstanceID`` begins with the GUID of the adapter of this name.

    Raises:
        LookupError: there is no such adapter, or it has no such row.
    """
    owner = normalise_guid(found(facts, "NetAdapter", Name=name)["InterfaceGuid"])
    for row in facts.get(fact, []):
        mine = normalise_guid(row["InstanceID"].partition("::")[0]) == owner
        if mine and all(str(row.get(key)).lower() == str(value).lower() for key, value in values.items()):
            return row
    raise LookupError(f"{name} has no {fact} with {values}")


def many(value: Any) -> list[Any]:
    """A parameter's values, be they one or several."""
    return list(value) if isinstance(value, list | tuple) else [value]
