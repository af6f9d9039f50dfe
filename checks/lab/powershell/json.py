"""``ConvertTo-Json`` as Windows PowerShell 5.1 writes it.

Enumerations are integers; ``'``, ``<``, ``>`` and ``&`` are escaped; without ``-Compress``, two blanks follow each
colon and the parts of a value stand below its bracket.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from checks.lab.powershell.values import Row, Table, to_text

_ESCAPED = re.compile("[\x00-\x1f\"\\\\'<>&\x85\u2028\u2029]")
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def convert(value: Any, *, depth: int = 2, compress: bool = False) -> str:
    """The JSON of a value; what lies deeper than *depth* becomes text."""
    return _compact(value, depth) if compress else _pretty(value, depth, 0)


def _compact(value: Any, depth: int) -> str:
    if depth >= 0 and isinstance(value, Row | Table):
        return "{" + ",".join(f"{_string(name)}:{_compact(item, depth - 1)}" for name, item in value.items()) + "}"
    if depth >= 0 and isinstance(value, list):
        return "[" + ",".join(_compact(item, depth - 1) for item in value) + "]"
    return _scalar(value)


def _pretty(value: Any, depth: int, column: int) -> str:
    inner = " " * (column + 4)
    if depth >= 0 and isinstance(value, Row | Table):
        parts = []
        for name, item in value.items():
            key = f"{_string(name)}:  "
            parts.append(inner + key + _pretty(item, depth - 1, column + 4 + len(key)))
        return _enclosed("{", parts, "}", column)
    if depth >= 0 and isinstance(value, list):
        return _enclosed("[", [inner + _pretty(item, depth - 1, column + 4) for item in value], "]", column)
    return _scalar(value)


def _enclosed(opening: str, parts: list[str], closing: str, column: int) -> str:
    return opening + "\r\n" + ",\r\n".join(parts) + "\r\n" + " " * column + closing


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return f'"\\/Date({int(moment.timestamp() * 1000)})\\/"'
    return _string(to_text(value))


def _string(text: str) -> str:
    return '"' + _ESCAPED.sub(lambda match: _SHORT.get(match[0], f"\\u{ord(match[0]):04x}"), text) + '"'
