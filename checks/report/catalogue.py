"""The guidelines themselves in a terminal: the list, and one page."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from checks.i18n import _
from checks.model import AREAS, Guideline


def as_json(guidelines: Sequence[Guideline], language: str) -> str:
    """The list for machines."""
    rows = [
        {
            "code": each.code,
            "slug": each.slug,
            "title": each.title.render(language),
            "area": each.area,
            "severity": each.severity.value,
            "windows": list(each.versions),
            "sources": [{"title": s.title, "url": s.url, "read": s.read.isoformat()} for s in each.sources],
        }
        for each in guidelines
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def show(guidelines: Sequence[Guideline], language: str, console: Console) -> None:
    """The list as a table."""
    table = Table()
    for heading in (_("Code"), _("Guideline"), _("Area"), _("Severity"), _("Since")):
        table.add_column(heading.render(language), no_wrap=heading.text in ("Code", "Since"))
    for each in guidelines:
        table.add_row(
            each.code,
            each.title.render(language),
            AREAS[each.area].render(language),
            each.severity.label.render(language),
            each.since,
        )
    console.print(table)
