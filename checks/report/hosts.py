"""The hosts of an inventory, as they were understood: as a table and for machines. Nothing secret is among them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checks.i18n import _
from checks.inventory import Entry
from checks.report.text import json_text, line


def as_json(entries: Sequence[Entry]) -> str:
    """The hosts for machines."""
    rows = [
        {
            "name": each.name,
            "address": each.address,
            "port": each.port,
            "https": each.https,
            "groups": list(each.groups),
            "variables": dict(each.variables),
        }
        for each in entries
    ]
    return json_text(rows, indent=1) + "\n"


def show(entries: Sequence[Entry], language: str, console: Console) -> None:
    """The hosts as a table."""
    table = Table()
    for heading in (_("Host"), _("Address"), _("Port"), _("Account"), _("Sign-in"), _("Groups")):
        table.add_column(heading.render(language))
    for each in entries:
        cells = (
            each.name,
            each.address,
            f"{each.port} ({'https' if each.https else 'http'})",
            each.variables.get("ansible_user", ""),
            each.auth,
            ", ".join(each.groups),
        )
        table.add_row(*(Text(line(cell)) for cell in cells))
    console.print(table)
