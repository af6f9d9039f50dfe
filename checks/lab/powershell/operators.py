"""Operators, casts and the methods of strings and dates that the lab knows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from checks.lab.powershell.values import (
    Char,
    ErrorRecord,
    Failure,
    Row,
    Table,
    each,
    equal,
    like,
    to_number,
    to_text,
    truth,
    utf16,
)

BINARY = frozenset(
    f"{kind}{argument}_expression"
    for kind in ("logical", "bitwise", "comparison", "additive", "multiplicative", "format", "range")
    for argument in ("", "_argument")
)
"""The grammar's names of expressions with two sides."""

_LONGEST_RANGE = 100_000
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{(\d+)(?:,(-?\d+))?(?::([^}]*))?\}")


def apply(word: str, left: Any, right: Any) -> Any:
    """A binary operator; comparisons filter an array on the left.

    Raises:
        Failure: the operator is not known, or its sides do not fit.
    """
    compare = _COMPARISONS.get(word.removeprefix("-i")) or _COMPARISONS.get(word.removeprefix("-"))
    if word.startswith("-") and compare is not None:
        return [item for item in left if compare(item, right)] if isinstance(left, list) else compare(left, right)
    operate = _OPERATORS.get(word)
    if operate is None:
        raise _unknown(f"the operator {word}")
    return operate(left, right)


def add(left: Any, right: Any) -> Any:
    """``+``: numbers are added, text is joined, an array grows."""
    if isinstance(left, list):
        return left + each(right)
    if isinstance(left, str):
        return left + to_text(right)
    if left is None:
        return right
    return to_number(left) + to_number(right)


def span(first: int, last: int) -> list[Any]:
    """``1..4``."""
    if abs(last - first) > _LONGEST_RANGE:
        raise _unknown("a range this long")
    return list(range(first, last + 1) if first <= last else range(first, last - 1, -1))


def cast(kind: str, value: Any) -> Any:
    """``[type]value``."""
    if kind in ("int", "int32", "int64", "long", "uint64", "uint32"):
        number = to_number(value)
        return round(number) if isinstance(number, float) else number
    if kind in ("string", "guid"):
        return to_text(value)
    if kind == "char":
        return Char(chr(value) if isinstance(value, int) else to_text(value))
    if kind in ("bool", "boolean"):
        return truth(value)
    if kind == "double":
        return float(to_number(value))
    if kind in ("pscustomobject", "management.automation.pscustomobject") and isinstance(value, Table):
        return Row(value)
    raise _unknown(f"[{kind}]")


def static(kind: str, name: str, values: list[Any]) -> Any:
    """A static method; the lab knows ``[regex]::Matches``."""
    if (kind, name) == ("regex", "matches") and len(values) == 2:
        found = _pattern(values[1]).finditer(utf16(to_text(values[0])))
        return [Row({"Value": match[0], "Index": match.start()}) for match in found]
    raise _unknown(f"[{kind}]::{name}")


def method(owner: Any, name: str, values: list[Any]) -> Any:
    """A method of a date or a string.

    Raises:
        Failure: the method is not known.
    """
    if isinstance(owner, datetime):
        return _of_date(owner, name, values)
    if name == "tostring" and not values:
        return to_text(owner)
    known = _OF_STRING.get((name, len(values)))
    if isinstance(owner, str) and known is not None:
        return known(utf16(owner), *(utf16(to_text(value)) for value in values))
    raise _unknown(f"the method {name}")


def format_text(pattern: Any, values: Any) -> str:
    """``-f``: ``{0}``, ``{0,-10}``, ``{0:x4}``."""
    arguments = values if isinstance(values, list) else [values]

    def filled(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        if int(match[1]) >= len(arguments):
            raise Failure(ErrorRecord("FormatError", "Index (zero based) must be less than the size of the list."))
        text = _formatted(arguments[int(match[1])], match[3] or "")
        width = int(match[2] or 0)
        return text.rjust(width) if width >= 0 else text.ljust(-width)

    return _PLACEHOLDER.sub(filled, to_text(pattern))


def _formatted(value: Any, style: str) -> str:
    if not style:
        return to_text(value)
    kind, digits = style[0], style[1:]
    if kind in "xXdD" and (digits.isdigit() or not digits):
        return f"{int(to_number(value)):0{digits or 1}{kind if kind in 'xX' else 'd'}}"
    if kind in "nNfF" and (digits.isdigit() or not digits):
        return f"{float(to_number(value)):{',' if kind in 'nN' else ''}.{digits or 2}f}"
    raise _unknown(f"the format {style}")


def _of_date(owner: datetime, name: str, values: list[Any]) -> Any:
    if name == "touniversaltime":
        return owner.astimezone(UTC)
    if name == "tostring" and values in (["s"], ["o"]):
        return owner.strftime("%Y-%m-%dT%H:%M:%S") if values == ["s"] else owner.isoformat()
    raise _unknown(f"the method {name} of a date")


def _ordered(left: Any, right: Any) -> int:
    """-1, 0 or 1: numbers by size, text by its letters."""
    a: Any
    b: Any
    if isinstance(left, str):
        a, b = left.lower(), to_text(right).lower()
    else:
        a, b = to_number(left), to_number(right)
    return int(a > b) - int(a < b)


def _matches(left: Any, right: Any) -> bool:
    return _pattern(right, re.IGNORECASE).search(to_text(left)) is not None


def _pattern(text: Any, flags: int = 0) -> re.Pattern[str]:
    """A regular expression; .NET's and Python's are the same in what the lab needs."""
    try:
        return re.compile(utf16(to_text(text)), flags)
    except re.error:
        raise Failure(ErrorRecord("ArgumentException", f'parsing "{to_text(text)}" failed.')) from None


def _replaced(left: Any, right: Any) -> str:
    pattern, *by = each(right)
    return _pattern(pattern, re.IGNORECASE).sub(lambda _: to_text(by[0]) if by else "", to_text(left))


def _contains(left: Any, right: Any) -> bool:
    return any(equal(item, right) for item in each(left))


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": equal,
    "ne": lambda left, right: not equal(left, right),
    "gt": lambda left, right: _ordered(left, right) > 0,
    "ge": lambda left, right: _ordered(left, right) >= 0,
    "lt": lambda left, right: _ordered(left, right) < 0,
    "le": lambda left, right: _ordered(left, right) <= 0,
    "like": like,
    "notlike": lambda left, right: not like(left, right),
    "match": _matches,
    "notmatch": lambda left, right: not _matches(left, right),
}

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": add,
    "-": lambda left, right: to_number(left) - to_number(right),
    "*": lambda left, right: to_number(left) * to_number(right),
    "..": lambda left, right: span(int(to_number(left)), int(to_number(right))),
    "-f": format_text,
    "-contains": _contains,
    "-notcontains": lambda left, right: not _contains(left, right),
    "-in": lambda left, right: _contains(right, left),
    "-notin": lambda left, right: not _contains(right, left),
    "-join": lambda left, right: to_text(right).join(to_text(item) for item in each(left)),
    "-replace": _replaced,
}

_OF_STRING: dict[tuple[str, int], Callable[..., Any]] = {
    ("replace", 2): str.replace,
    ("tolower", 0): str.lower,
    ("toupper", 0): str.upper,
    ("trim", 0): str.strip,
    ("trim", 1): str.strip,
    ("split", 1): str.split,
    ("startswith", 1): str.startswith,
    ("endswith", 1): str.endswith,
    ("contains", 1): str.__contains__,
}


def _unknown(what: str) -> Failure:
    return Failure(ErrorRecord("NotSupportedByLab", f"The lab replays recorded facts and does not know {what}."))
