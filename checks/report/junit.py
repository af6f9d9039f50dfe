"""The report as JUnit XML, valid for Jenkins and GitLab: a suite per host and cluster, a test case per guideline.

What could not be told is an error, never a pass. Advice does not fail a test case: it is in its output.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from checks.audit import HostReport, Report
from checks.i18n import Message, _, clean
from checks.judge import Result
from checks.model import Finding, Verdict
from checks.report.text import Part, advice, is_advice, is_doubtful, parts, say, worst_first

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""


def render(report: Report, language: str) -> str:
    """The report as XML text."""
    suites = [_suite(report, part, language) for part in parts(report)]
    root = _element("testsuites", name="hvnet", time=_seconds(report), **_totals(suites, "tests", "failures", "errors"))
    root.extend(suites)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def outcome(result: Result) -> str:
    """The element that tells a test runner how a result counts; empty for a pass."""
    if result.verdict in (Verdict.NOT_APPLICABLE, Verdict.WAIVED):
        return "skipped"
    if result.verdict is Verdict.FAIL and not is_advice(result):
        return "failure"
    return "error" if is_doubtful(result) else ""


def _suite(report: Report, part: Part, language: str) -> ElementTree.Element:
    cases = [_case(part, result, language) for result in part.results]
    suite = _element(
        "testsuite",
        name=part.name,
        package="hosts" if isinstance(part, HostReport) else "clusters",
        tests=str(len(cases)),
        failures=_count(cases, "failure"),
        errors=_count(cases, "error"),
        skipped=_count(cases, "skipped"),
        timestamp=report.finished.isoformat(timespec="seconds"),
    )
    properties = _element("properties")
    properties.extend(_element("property", name=name, value=value) for name, value in _facts(report, part, language))
    suite.append(properties)
    suite.extend(cases)
    return suite


def _facts(report: Report, part: Part, language: str) -> Iterator[tuple[str, str]]:
    yield "hvnet", report.hvnet
    yield "language", language
    if not isinstance(part, HostReport):
        yield "nodes", ", ".join(part.nodes)
        yield "missing", ", ".join(part.missing)
        return
    system = part.system
    for name, value in (
        ("windows", system.reported("caption") if system else None),
        ("build", system.reported("build_number") if system else None),
        ("cluster", part.cluster),
        ("collected", part.snapshot.collected if part.snapshot else None),
        ("error", part.error_kind),
    ):
        if value:
            yield name, str(value)


def _case(part: Part, result: Result, language: str) -> ElementTree.Element:
    # GitLab tells test cases apart by class name and name alone, so the host is in the name.
    name = f"{result.guideline.code} {result.guideline.slug} [{part.name}]"
    case = _element("testcase", classname=result.guideline.area, name=name)
    text = "\n".join([say(result.guideline.title, language), *_lines(result, language)])
    found = outcome(result)
    if found:
        kind = {"failure": result.severity or "", "error": Verdict.UNKNOWN, "skipped": result.verdict}[found]
        case.append(_element(found, text, type=str(kind), message=_headline(result, found, language)))
    else:
        case.append(_element("system-out", text))
    return case


def _headline(result: Result, found: str, language: str) -> str:
    if found == "failure":
        return "; ".join(say(finding.message, language) for finding in worst_first(result))
    if result.verdict is Verdict.WAIVED:
        return "; ".join(f"{say(finding.message, language)} ({say(note, language)})" for finding, note in result.waived)
    return say(result.reason, language)


def _lines(result: Result, language: str) -> Iterator[str]:
    for finding in worst_first(result):
        yield from _finding(result, finding, language)
    for finding, note in result.waived:
        yield f"- {say(Verdict.WAIVED.label, language)}: {say(finding.message, language)} ({say(note, language)})"
    if result.reason:
        doubt = _("could not be told: {reason}", reason=result.reason) if is_doubtful(result) else result.reason
        yield f"- {say(doubt, language)}"


def _finding(result: Result, finding: Finding, language: str) -> Iterator[str]:
    severity: Message = result.severity_of(finding).label
    yield f"- {say(severity, language)}: {say(finding.message, language)}"
    if finding.fix:
        yield from (f"    {command}" for command in clean(finding.fix.script).splitlines())
    yield from (f"    {sentence}" for sentence in advice(finding, language))


def _element(tag: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    element = ElementTree.Element(tag, {name: _legal(value) for name, value in attributes.items()})
    element.text = _legal(text) if text else None
    return element


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", clean(text))


def _count(cases: Sequence[ElementTree.Element], tag: str) -> str:
    return str(sum(case.find(tag) is not None for case in cases))


def _totals(suites: Sequence[ElementTree.Element], *names: str) -> dict[str, str]:
    return {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in names}


def _seconds(report: Report) -> str:
    return f"{(report.finished - report.started).total_seconds():.3f}"
