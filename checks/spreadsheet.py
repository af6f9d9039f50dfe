"""CSV (RFC 4180) that spreadsheets read as it is meant: with a byte order mark, and without formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from checks.i18n import clean

_FORMULA = re.compile(r"(^|[;\t\r\n])(\s*)(?=[-=+@\uff0d\uff1d\uff0b\uff20])")
"""Where a spreadsheet could begin a formula: at the start of a cell, and after what another country's spreadsheet
takes for the end of one."""


def document(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """A table as CSV text. It begins with a byte order mark, so that Excel reads it as UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row.get(column, "")) for column in columns])
    return "\N{BYTE ORDER MARK}" + text.getvalue()


def cell(text: str) -> str:
    """Text that a spreadsheet takes for text: an apostrophe goes before what would begin a formula."""
    return _FORMULA.sub(r"\1\2'", clean(text))
