"""PowerShell's values and their conversions, for the part of the language that the lab answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import translate
from typing import Any

from checks.lab.powershell.syntax import Node


@dataclass(frozen=True)
class ErrorRecord:
    """An error: its name, which Windows does not translate, and its text."""

    id: str
    message: str
    command: str = ""


class Failure(Exception):  # noqa: N818 - PowerShell's errors are values that pass through ``catch``
    """An error that ends a statement."""

    def __init__(self, record: ErrorRecord) -> None:
        super().__init__(record.message)
        self.record = record


class Row(dict[str, Any]):
    """An object with properties.

    ``computed`` maps the text of an expression to the property that was recorded for it.
    """

    def __init__(self, properties: Mapping[str, Any], computed: Mapping[str, str] | None = None) -> None:
        super().__init__(properties)
        self.computed = dict(computed or {})


class Table(dict[str, Any]):
    """A hash table; it keeps the order in which it was written."""


class Label(int):
    """A value of a .NET enumeration: a number in JSON, a name as text."""

    name: str

    def __new__(cls, number: int, name: str) -> Label:
        label = super().__new__(cls, number)
        label.name = name
        return label


class Char(str):
    """A single character: as a number it is its code."""


class Formatted(str):
    """Text that a ``Format-`` cmdlet has laid out."""


@dataclass(frozen=True)
class ScriptBlock:
    """``{ … }``, not run yet."""

    body: Node | None
    text: str

    @property
    def canonical(self) -> str:
        """Its text, with blanks and case that do not matter taken out."""
        return " ".join(self.text.split()).lower()


def collapse(values: list[Any]) -> Any:
    """What a pipeline is worth: nothing, its one value, or an array."""
    if not values:
        return None
    return values[0] if len(values) == 1 else values


def each(value: Any) -> list[Any]:
    """What a pipeline gets from a value: an array's elements, or the value itself."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def truth(value: Any) -> bool:
    """Whether a condition holds."""
    if isinstance(value, list):
        return truth(value[0]) if len(value) == 1 else bool(value)
    if isinstance(value, Row | Table):
        return True
    return bool(value)


def to_text(value: Any) -> str:
    """A value inside a string."""
    if value is None:
        return ""
    if isinstance(value, Label):
        return value.name
    if isinstance(value, list):
        return " ".join(to_text(item) for item in value)
    if isinstance(value, Row):
        return "@{" + "; ".join(f"{name}={to_text(item)}" for name, item in value.items()) + "}"
    if isinstance(value, Table):
        return "System.Collections.Hashtable"
    if isinstance(value, ErrorRecord):
        return value.message
    if isinstance(value, ScriptBlock):
        return value.text
    if isinstance(value, datetime):
        return value.strftime("%m/%d/%Y %H:%M:%S")
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def to_number(value: Any) -> int | float:
    """A value as a number.

    Raises:
        Failure: it is none.
    """
    if isinstance(value, Char):
        return ord(value)
    if isinstance(value, bool | int | float):
        return value if isinstance(value, float) else int(value)
    text = to_text(value).strip()
    try:
        return int(text, 16) if text.lower().startswith("0x") else int(text or "0")
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        message = (
            f'Cannot convert value "{text}" to type "System.Int32". Error: "Input string was not in a correct format."'
        )
        raise Failure(ErrorRecord("InvalidCastFromStringToInteger", message)) from None


def find_name(properties: Mapping[str, Any], name: str) -> str | None:
    """The property's own spelling of *name*; PowerShell does not mind case."""
    if name in properties:
        return name
    lower = name.lower()
    return next((own for own in properties if own.lower() == lower), None)


def member(value: Any, name: str) -> Any:
    """A property of a value, or of each element of an array; null where there is none."""
    lower = name.lower()
    if isinstance(value, Row | Table):
        own = find_name(value, name)
        return value[own] if own is not None else _counted(1, lower)
    if isinstance(value, list):
        return len(value) if lower in ("count", "length") else collapse(_of_each(value, name))
    if isinstance(value, ErrorRecord):
        fields = {"fullyqualifiederrorid": value.id, "exception": Row({"Message": value.message})}
        return fields.get(lower)
    if isinstance(value, str) and lower == "length":
        return len(value)
    return None if value is None else _counted(1, lower)


def equal(left: Any, right: Any) -> bool:
    """``-eq``: the right side is converted to the type of the left, case does not matter."""
    if isinstance(left, Label) and isinstance(right, str):
        return left.name.lower() == right.lower()
    if left is None or right is None:
        return left is right
    if isinstance(left, bool):
        return left == truth(right)
    if isinstance(left, int | float):
        try:
            return left == to_number(right)
        except Failure:
            return False
    return to_text(left).lower() == to_text(right).lower()


def like(text: Any, pattern: Any) -> bool:
    """``-like``: ``*`` and ``?``, case does not matter."""
    return re.fullmatch(translate(to_text(pattern).lower()), to_text(text).lower()) is not None


def utf16(text: str) -> str:
    """*text* with one character per UTF-16 code unit, as .NET counts them."""
    data = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(data[i] | data[i + 1] << 8) for i in range(0, len(data), 2))


def unicode(text: str) -> str:
    """*text* with its surrogates joined again."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _counted(count: int, name: str) -> int | None:
    return count if name in ("count", "length") else None


def _of_each(values: Iterable[Any], name: str) -> list[Any]:
    found: list[Any] = []
    for value in values:
        found += each(member(value, name))
    return found
