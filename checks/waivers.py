"""Accepted exceptions: a finding that somebody answers for, until a day. It is shown as waived, never hidden."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from checks.audit import Report
from checks.files import syntax, why
from checks.guidelines import all_guidelines
from checks.i18n import Message, Verbatim, _
from checks.judge import Result
from checks.model import Finding, Verdict

KEYS = ("guideline", "host", "subject", "reason", "owner", "expires")
"""What a waiver says; all of it is required."""


class WaiverError(Exception):
    """A waiver file that cannot be used: one sentence with file and line. It stops the run."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True)
class Waiver:
    """One exception: patterns with ``*`` and ``?`` for the host and for what the finding is about.

    ``expires`` is the last day on which it holds, in UTC.
    """

    guideline: str
    host: str
    subject: str
    reason: str
    owner: str
    expires: date
    path: Path
    line: int

    def covers(self, host: str, result: Result, finding: Finding) -> bool:
        """Whether it is about this finding; upper and lower case do not matter."""
        names = (host, finding.node or host)
        return (
            self.guideline == result.guideline.code
            and any(_like(name, self.host) for name in names)
            and _like(finding.subject, self.subject)
        )


def load(path: Path) -> list[Waiver]:
    """The waivers in a YAML file: a list of mappings.

    Raises:
        WaiverError: the file cannot be read, or a waiver lacks something or has what does not fit.
    """
    try:
        node = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise WaiverError(_("could not read {path}: {error}", path=str(path), error=why(error))) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise WaiverError(_("{path} cannot be understood: {problem}", path=str(path), problem=syntax(error))) from None
    if node is None:
        return []
    if not isinstance(node, yaml.SequenceNode):
        raise WaiverError(_("{path} is not a list of waivers", path=str(path)))
    return [_waiver(path, item) for item in node.value]


def apply(report: Report, waivers: Sequence[Waiver], today: date) -> Report:
    """The report with what the waivers cover shown as waived, and remarks on waivers that expired or cover nothing."""
    used: set[Waiver] = set()
    active = [waiver for waiver in waivers if waiver.expires >= today]

    def waived(name: str, result: Result) -> Result:
        covered = []
        for finding in result.findings:
            waiver = next((w for w in active if w.covers(name, result, finding)), None)
            if waiver is not None:
                used.add(waiver)
                covered.append((finding, waiver))
        return _without(result, covered)

    hosts = [_each(host, waived) for host in report.hosts]
    clusters = [_each(cluster, waived) for cluster in report.clusters]
    remarks = [*report.remarks, *(_expired(w) for w in waivers if w.expires < today)]
    judged = {result.guideline.code for result in report.results}
    remarks += [_unused(w) for w in active if w not in used and w.guideline in judged]
    return dataclasses.replace(report, hosts=tuple(hosts), clusters=tuple(clusters), remarks=tuple(remarks))


def _each(part: Any, waived: Any) -> Any:
    return dataclasses.replace(part, results=tuple(waived(part.name, result) for result in part.results))


def _without(result: Result, covered: Sequence[tuple[Finding, Waiver]]) -> Result:
    if not covered:
        return result
    gone = [finding for finding, _waiver in covered]
    left = tuple(finding for finding in result.findings if not any(finding is each for each in gone))
    verdict = Verdict.FAIL if left else Verdict.UNKNOWN if result.is_partial else Verdict.WAIVED
    notes = tuple((finding, _waived_by(waiver)) for finding, waiver in covered)
    return dataclasses.replace(
        result, findings=left, verdict=verdict, waived=notes, is_partial=bool(left) and result.is_partial
    )


def _waived_by(waiver: Waiver) -> Message:
    return _(
        "waived until {day} by {owner}: {reason}",
        day=waiver.expires,
        owner=Verbatim(waiver.owner),
        reason=Verbatim(waiver.reason),
    )


def _expired(waiver: Waiver) -> Message:
    return _(
        "{path}, line {line}: the waiver of {guideline} expired on {day}; {owner} answers for it",
        path=str(waiver.path),
        line=Verbatim(waiver.line),
        guideline=waiver.guideline,
        day=waiver.expires,
        owner=Verbatim(waiver.owner),
    )


def _unused(waiver: Waiver) -> Message:
    return _(
        "{path}, line {line}: the waiver of {guideline} covers no finding of this run",
        path=str(waiver.path),
        line=Verbatim(waiver.line),
        guideline=waiver.guideline,
    )


def _waiver(path: Path, node: yaml.Node) -> Waiver:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise _broken(path, line, _("a waiver is a mapping"))
    try:
        values: dict[Any, Any] = yaml.constructor.SafeConstructor().construct_mapping(node, deep=True)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _broken(path, line, syntax(error)) from None
    for key in values:
        if key not in KEYS:
            raise _broken(path, line, _("nobody knows {key}; known are {known}", key=str(key), known=", ".join(KEYS)))
    for key in KEYS:
        if not str(values.get(key) or "").strip():
            raise _broken(path, line, _("{key} is missing", key=key))
    if values["guideline"] not in {guideline.code for guideline in all_guidelines()}:
        raise _broken(path, line, _("there is no guideline {name}", name=Verbatim(values["guideline"])))
    if not isinstance(values["expires"], date):
        raise _broken(path, line, _("expires is a day such as 2027-03-31"))
    texts = {key: str(values[key]) for key in KEYS if key != "expires"}
    day = values["expires"]
    return Waiver(**texts, expires=date(day.year, day.month, day.day), path=path, line=line)


def _broken(path: Path, line: int, problem: Message) -> WaiverError:
    return WaiverError(_("{path}, line {line}: {problem}", path=str(path), line=Verbatim(line), problem=problem))


def _like(text: str, pattern: str) -> bool:
    return fnmatchcase(text.lower(), pattern.lower())
