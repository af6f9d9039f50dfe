"""Traceability for machines and for spreadsheets: JSON with its schema, and CSV. They are the same in every language.

``python -m checks.site.tracefiles`` writes the schema anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from checks import spreadsheet
from checks.i18n import REQUIRED
from checks.model import Severity, WindowsVersion
from checks.site.results import Outcome, State
from checks.site.trace import Row, Trace

SCHEMA_FILE = Path(__file__).with_name("traceability.schema.json")
NAMES = ("traceability.json", "traceability.csv", "traceability.schema.json")
"""The published files, at the root of the site."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class TestResult(_Strict):
    """A test, made of one case, and how it last ended."""

    __test__ = False  # no test class, whatever its name

    name: str
    outcome: Outcome


class Measured(_Strict):
    """How many changes of the check the cases noticed."""

    killed: int
    survived: int
    score: float = Field(ge=0, le=1)


class ReadSource(_Strict):
    """What the guideline rests on, and the day it was read."""

    title: str
    url: str
    read: date


class Traced(_Strict):
    """A guideline with all that belongs to it; paths are from the repository's root."""

    code: str
    slug: str
    title: dict[str, str] = Field(description="By language.")
    area: str
    severity: Severity
    since: WindowsVersion
    state: State = Field(description="A guideline with a test that has not run is never covered.")
    pages: dict[str, str] = Field(description="By language.")
    check: str
    cases: str
    tests: list[TestResult]
    mutation: Measured | None = Field(description="null where nothing was measured.")
    sources: list[ReadSource]


class Document(_Strict):
    """Which guideline has which pages, check, cases and tests, and how these last ended."""

    model_config = ConfigDict(title="hvnet traceability, schema 1")

    schema_version: Literal[1] = Field(default=1, alias="schema")
    tested: datetime | None = Field(description="When the tests last ran; null where they have not.")
    measured: date | None = Field(description="The day of the mutation scores; null without any.")
    states: dict[State, int]
    guidelines: list[Traced]
    orphans: list[str] = Field(description="Case files and results whose guideline or test is gone.")


COLUMNS = (
    "code", "slug", *(f"title_{language}" for language in REQUIRED), "area", "severity", "since", "state",
    *(outcome.value for outcome in Outcome), "mutation_score", "mutation_date", "check", "cases",
    *(f"page_{language}" for language in REQUIRED), "sources",
)  # fmt: skip


def as_json(trace: Trace) -> str:
    """The document as JSON text."""
    data = _document(trace).model_dump(mode="json", by_alias=True)
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def as_csv(trace: Trace) -> str:
    """A row per guideline, and one per orphan, as CSV text."""
    return spreadsheet.document(COLUMNS, _cells(trace))


def schema() -> dict[str, Any]:
    """The JSON schema of the document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Document.model_json_schema(by_alias=True, mode="serialization"),
    }


def schema_text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def publish(trace: Trace, folder: Path) -> None:
    """Write the files of :data:`NAMES` into a folder."""
    texts = (as_json(trace), as_csv(trace), schema_text())
    for name, text in zip(NAMES, texts, strict=True):
        (folder / name).write_text(text, encoding="utf-8", newline="")


def _document(trace: Trace) -> Document:
    return Document(
        schema=1,
        tested=trace.results.finished,
        measured=trace.mutation.measured,
        states={state: trace.count(state) for state in State},
        guidelines=[_traced(row) for row in trace.rows],
        orphans=list(trace.orphans),
    )


def _traced(row: Row) -> Traced:
    each = row.guideline
    return Traced(
        code=each.code,
        slug=each.slug,
        title={language: each.title.render(language) for language in REQUIRED},
        area=each.area,
        severity=each.severity,
        since=each.since,
        state=row.tally.state,
        pages=row.pages,
        check=row.check,
        cases=row.cases,
        tests=[TestResult(name=name, outcome=outcome) for name, outcome in row.tally.outcomes.items()],
        mutation=Measured(**row.score.model_dump()) if row.score else None,
        sources=[ReadSource(title=s.title, url=s.url, read=s.read) for s in each.sources],
    )


def _cells(trace: Trace) -> Iterator[dict[str, str]]:
    day = trace.mutation.measured.isoformat() if trace.mutation.measured else ""
    for row in trace.rows:
        each = row.guideline
        yield {
            "code": each.code,
            "slug": each.slug,
            **{f"title_{language}": each.title.render(language) for language in REQUIRED},
            "area": each.area,
            "severity": each.severity.value,
            "since": each.since,
            "state": row.tally.state.value,
            **{outcome.value: str(row.tally.count(outcome)) for outcome in Outcome},
            "mutation_score": str(row.score.score) if row.score else "",
            "mutation_date": day if row.score else "",
            "check": row.check,
            "cases": row.cases,
            **{f"page_{language}": path for language, path in row.pages.items()},
            "sources": " | ".join(f"{s.title} ({s.read.isoformat()}) {s.url}" for s in each.sources),
        }
    for name in trace.orphans:
        yield {"slug": name, "state": State.ORPHAN.value}


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
