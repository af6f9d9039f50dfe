"""Reports: one result model, one module per format."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from checks.audit import Report
from checks.files import write_private
from checks.report import csv, html, json, jsonl, junit, markdown, sarif, table

_TEXT: dict[str, Callable[[Report, str], str]] = {
    "json": json.render,
    "jsonl": jsonl.render,
    "html": html.render,
    "junit": junit.render,
    "sarif": sarif.render,
    "code-scanning": sarif.render_alerts,
    "csv": csv.render,
    "markdown": markdown.render,
}

FORMATS = ("table", *_TEXT)
PRINTED = tuple(kind for kind in FORMATS if kind != "html")
"""Formats that make sense on standard output."""


def write(report: Report, kind: str, language: str, path: Path | None) -> None:
    """Write a report to a file, or print it where *path* is None.

    Raises:
        OSError: the file cannot be written; a file that was there before is then still whole.
    """
    if path is None:
        _print(report, kind, language)
    else:
        write_private(path, _as_text(report, kind, language))


def _print(report: Report, kind: str, language: str) -> None:
    if kind == "table":
        console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
        table.render(report, language, console)
        return
    # CSV brings its own line ends; Windows would double them.
    with suppress(AttributeError):
        sys.stdout.reconfigure(newline="\n")  # type: ignore[union-attr]
    sys.stdout.write(_as_text(report, kind, language))


def _as_text(report: Report, kind: str, language: str) -> str:
    if kind in _TEXT:
        return _TEXT[kind](report, language)
    console = Console(highlight=False, width=140, color_system=None, record=True, file=io.StringIO())
    table.render(report, language, console)
    return console.export_text()
