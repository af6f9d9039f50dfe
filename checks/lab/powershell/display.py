"""What a console shows of objects: ``Format-List``, ``Format-Table`` and the default of both."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from checks.lab.powershell.values import ErrorRecord, Formatted, Label, Row, Table, find_name, to_text, unicode

_TABLE_COLUMNS = 4
_LIST_LIMIT = 4  # elements of an array that a column shows, as $FormatEnumerationLimit has it


def show(values: Sequence[Any]) -> str:
    """The lines that values leave on the console."""
    text = ""
    for shape, group in groupby(values, _shape):
        objects = list(group)
        text += "".join(_line(value) for value in objects) if shape is None else _rows(objects, shape)
    return unicode(text)


def as_list(rows: Sequence[Any], wanted: Sequence[str] = ()) -> Formatted:
    """``Format-List``: a property per line."""
    blocks = []
    for row in rows:
        names = _names(row, wanted)
        width = max((len(name) for name in names), default=0)
        blocks.append("".join(f"{name:<{width}} : {_cell(value)}\r\n" for name, value in names.items()))
    return Formatted("\r\n\r\n" + "\r\n".join(blocks) + "\r\n\r\n\r\n" if blocks else "")


def as_table(rows: Sequence[Any], wanted: Sequence[str] = ()) -> Formatted:
    """``Format-Table -AutoSize``: a row per line, numbers to the right."""
    shown = [_names(row, wanted) for row in rows]
    if not shown:
        return Formatted("")
    names = list(shown[0])
    cells = [[_cell(row.get(name)) for name in names] for row in shown]
    right = [all(_is_number(row.get(name)) for row in shown) for name in names]
    widths = [max(len(name), *(len(row[i]) for row in cells)) for i, name in enumerate(names)]
    table = [names, ["-" * len(name) for name in names], *cells]
    lines = [
        " ".join(cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(line, widths, right, strict=True))
        for line in table
    ]
    return Formatted("\r\n" + "".join(f"{line.rstrip()}\r\n" for line in lines) + "\r\n\r\n")


def _shape(value: Any) -> tuple[str, ...] | None:
    """The properties of an object; None for a value that is its own text."""
    return tuple(value) if isinstance(value, Row) else None


def _rows(rows: list[Any], shape: tuple[str, ...]) -> str:
    return as_table(rows) if len(shape) <= _TABLE_COLUMNS else as_list(rows)


def _line(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Formatted):
        return value
    if isinstance(value, Table):
        return as_table([Row({"Name": name, "Value": item}) for name, item in value.items()])
    if isinstance(value, ErrorRecord):
        return f"{value.message}\r\n"
    return f"{to_text(value)}\r\n"


def _names(row: Any, wanted: Sequence[str]) -> dict[str, Any]:
    if not isinstance(row, Row):
        return {"Value": row}
    if not wanted or "*" in wanted:
        return dict(row)
    found = {name: find_name(row, name) for name in wanted}
    return {own or name: row.get(own) if own else None for name, own in found.items()}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool | Label)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        shown = [to_text(item) for item in value[:_LIST_LIMIT]] + (["..."] if len(value) > _LIST_LIMIT else [])
        return "{" + ", ".join(shown) + "}"
    return to_text(value)
