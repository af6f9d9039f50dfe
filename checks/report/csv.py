"""The report as CSV (RFC 4180): a row per finding, or per result without one. Only the last column is translated.

It begins with a byte order mark, so that Excel reads it as UTF-8, and no cell is a formula to a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.audit import HostReport, Report
from checks.judge import Result
from checks.model import Finding, Verdict
from checks.report.table import windows_of
from checks.report.text import Part, parts, say, worst_first
from checks.spreadsheet import document

COLUMNS = (
    "kind",
    "name",
    "windows",
    "cluster",
    "guideline",
    "slug",
    "verdict",
    "severity",
    "partial",
    "subject",
    "node",
    "effect",
    "fix",
    "message",
)


def render(report: Report, language: str) -> str:
    """The report as CSV text."""
    found = (row for part in parts(report) for result in part.results for row in _rows(part, result, language))
    return document(COLUMNS, found)


def _rows(part: Part, result: Result, language: str) -> Iterator[dict[str, str]]:
    common = {
        **_target(part),
        "guideline": result.guideline.code,
        "slug": result.guideline.slug,
        "verdict": result.verdict.value,
        "partial": str(result.is_partial).lower(),
    }
    for finding in worst_first(result):
        yield common | _finding(result, finding) | {"message": say(finding.message, language)}
    for finding, note in result.waived:
        message = f"{say(finding.message, language)} ({say(note, language)})"
        yield common | _finding(result, finding) | {"verdict": Verdict.WAIVED.value, "message": message}
    if result.is_partial:
        yield common | {"verdict": Verdict.UNKNOWN.value, "message": say(result.reason, language)}
    elif not result.findings and (not result.waived or result.verdict is Verdict.UNKNOWN):
        yield common | {"message": say(result.reason, language)}


def _target(part: Part) -> dict[str, str]:
    if isinstance(part, HostReport):
        return {"kind": "host", "name": part.name, "windows": windows_of(part), "cluster": part.cluster or ""}
    return {"kind": "cluster", "name": part.name, "cluster": part.name}


def _finding(result: Result, finding: Finding) -> dict[str, str]:
    return {
        "severity": result.severity_of(finding).value,
        "subject": finding.subject,
        "node": finding.node or "",
        "effect": finding.fix.effect.value if finding.fix else "",
        "fix": finding.fix.script if finding.fix else "",
    }
