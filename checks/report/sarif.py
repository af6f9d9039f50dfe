"""The report as SARIF 2.1.0: guidelines are rules, findings are results, each with its ``kind``.

GitHub's code scanning takes every result for an open alert, whatever its kind, and passes over suppressions. So there
are two forms: ``render`` has everything, ``render_alerts`` only what is to be an alert: findings, and what could not be
told.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from checks.audit import HostReport, Report
from checks.i18n import Message, Verbatim, _, clean, plain
from checks.judge import Result
from checks.model import Finding, Guideline, Severity, Verdict
from checks.report import page
from checks.report.text import Part, advice, is_doubtful, json_text, parts, say, worst_first

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.INFO: "note", Severity.WARNING: "warning", Severity.CRITICAL: "error"}
_PROBLEMS = {Severity.INFO: "recommendation", Severity.WARNING: "warning", Severity.CRITICAL: "error"}
_LONGEST_DESCRIPTION = 1024
"""Characters that code scanning takes for a rule's description."""


def render(report: Report, language: str) -> str:
    """Everything, as SARIF text: passes and what was waived too."""
    return _text(report, language, _results(report, language))


def render_alerts(report: Report, language: str) -> str:
    """What code scanning is to show as alerts, as SARIF text."""
    alerts = (each for each in _results(report, language) if "suppressions" not in each)
    return _text(report, language, [each for each in alerts if each["kind"] in ("fail", "open")])


def _text(report: Report, language: str, results: Sequence[dict[str, Any]]) -> str:
    run = {
        "tool": {"driver": _driver(report, language)},
        "invocations": [_invocation(report, language)],
        "automationDetails": {"id": "hvnet/"},
        "language": language,
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _driver(report: Report, language: str) -> dict[str, Any]:
    unread = _("A host could not be read, or something on it could not be told.")
    return {
        "name": "hvnet",
        "version": report.hvnet,
        "semanticVersion": report.hvnet,
        "informationUri": page.SITE,
        "language": language,
        "rules": [_rule(guideline, language) for guideline in report.guidelines],
        "notifications": [
            {"id": kind, "shortDescription": {"text": say(unread, language)}} for kind in ("unread-host", "unknown")
        ],
    }


def _rule(guideline: Guideline, language: str) -> dict[str, Any]:
    lead, address = page.lead(guideline, language), page.address(guideline, language)
    sources = [f"{source.title}: {source.url}" for source in guideline.sources]
    links = [f"[{source.title}]({source.url})" for source in guideline.sources]
    heading = say(_("Sources"), language)
    return {
        "id": guideline.code,
        "name": guideline.slug,
        "shortDescription": {"text": _literal(guideline.title.render(language))},
        "fullDescription": {"text": _shortened(_literal(page.plain(lead)))},
        "helpUri": address,
        "help": {
            "text": _literal("\n".join([page.plain(lead), "", address, "", f"{heading}:", *sources])),
            "markdown": _braces(
                "\n".join([lead, "", f"<{address}>", "", f"{heading}:", "", *(f"- {x}" for x in links)])
            ),
        },
        "defaultConfiguration": {"level": _LEVELS[guideline.severity]},
        "properties": {
            "tags": [
                guideline.area,
                *(f"windows-server-{version}".replace(" ", "-") for version in guideline.versions),
            ],
            "precision": "high",
            "problem.severity": _PROBLEMS[guideline.severity],
        },
    }


def _results(report: Report, language: str) -> list[dict[str, Any]]:
    """Every result, each with a fingerprint that is the same in every run and language."""
    seen: Counter[str] = Counter()
    found = []
    positions = {guideline.code: position for position, guideline in enumerate(report.guidelines)}
    for part in parts(report):
        for result in part.results:
            for identity, each in _of_result(part, result, language):
                mark = hashlib.sha256("\0".join(identity).encode("utf-8", "replace")).hexdigest()[:16]
                seen[mark] += 1
                # The name is GitHub's: it looks at no other fingerprint.
                each["partialFingerprints"] = {"primaryLocationLineHash": f"{mark}:{seen[mark]}"}
                found.append({"ruleIndex": positions[result.guideline.code], **each})
    return found


def _of_result(part: Part, result: Result, language: str) -> Iterator[tuple[list[str], dict[str, Any]]]:
    kind = "host" if isinstance(part, HostReport) else "cluster"
    base = [result.guideline.code, kind, part.name.lower()]
    for finding in worst_first(result):
        yield _identity(base, finding), _finding(part, result, finding, language)
    for finding, note in result.waived:
        suppression = {"kind": "external", "status": "accepted", "justification": say(note, language)}
        yield _identity(base, finding), {**_finding(part, result, finding, language), "suppressions": [suppression]}
    if is_doubtful(result):
        doubt = _("could not be told: {reason}", reason=result.reason or Verbatim("?"))
        yield [*base, "unknown"], _without_finding(part, result, "open", doubt, language)
    elif result.verdict is Verdict.PASS:
        yield [*base, "pass"], _without_finding(part, result, "pass", Verdict.PASS.label, language)
    elif result.verdict is Verdict.NOT_APPLICABLE:
        reason = result.reason or Verdict.NOT_APPLICABLE.label
        yield [*base, "not applicable"], _without_finding(part, result, "notApplicable", reason, language)


def _identity(base: Iterable[str], finding: Finding) -> list[str]:
    """What makes a finding the same finding tomorrow: not its numbers, which change."""
    return [*base, (finding.node or "").lower(), finding.subject.lower(), finding.message.text]


def _finding(part: Part, result: Result, finding: Finding, language: str) -> dict[str, Any]:
    texts = [finding.message.render(language), *advice(finding, language)]
    evidence = {name: plain(value) for name, value in finding.evidence.items()}
    script = {"fix": clean(finding.fix.script), "effect": finding.fix.effect.value} if finding.fix else {}
    return {
        "ruleId": result.guideline.code,
        "kind": "fail",
        "level": _LEVELS[result.severity_of(finding)],
        "message": {"text": _literal(_sentences(texts))},
        "locations": [_location(part, finding.node, finding.subject)],
        "properties": {"messageId": finding.message.as_json(), "evidence": evidence, **script},
    }


def _without_finding(part: Part, result: Result, kind: str, message: Message, language: str) -> dict[str, Any]:
    text = f"{result.guideline.title.render(language)}: {message.render(language)}"
    return {
        "ruleId": result.guideline.code,
        "kind": kind,
        "message": {"text": _literal(text)},
        "locations": [_location(part)],
    }


def _location(part: Part, node: str | None = None, subject: str = "") -> dict[str, Any]:
    """A place as code scanning wants it: a relative path with a region. There is no file; a host takes its place."""
    logical = {"name": clean(subject or part.name), "kind": "resource"}
    logical["fullyQualifiedName"] = clean("/".join(name for name in (part.name, node, subject) if name))
    region = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    return {
        "physicalLocation": {"artifactLocation": {"uri": _uri(part)}, "region": region},
        "logicalLocations": [logical],
    }


def _uri(part: Part) -> str:
    folder = "hosts" if isinstance(part, HostReport) else "clusters"
    name = quote(part.name.encode("utf-8", "replace"), safe="")
    return f"{folder}/{name if name.strip('.') else f'_{name}'}"


def _invocation(report: Report, language: str) -> dict[str, Any]:
    notifications = [each for part in parts(report) for each in _notifications(part, language)]
    remarks = [{"level": "warning", "message": {"text": _literal(each.render(language))}} for each in report.remarks]
    return {
        "executionSuccessful": not report.was_interrupted and not any(host.error for host in report.hosts),
        "startTimeUtc": _time(report.started.isoformat(timespec="seconds")),
        "endTimeUtc": _time(report.finished.isoformat(timespec="seconds")),
        "toolExecutionNotifications": notifications,
        "toolConfigurationNotifications": remarks,
    }


def _notifications(part: Part, language: str) -> Iterator[dict[str, Any]]:
    if isinstance(part, HostReport) and part.error:
        yield _notification(part, "unread-host", "error", part.error, language)
        return
    for result in part.results:
        if is_doubtful(result):
            rule = {"id": result.guideline.code}
            reason = result.reason or Verdict.UNKNOWN.label
            yield {**_notification(part, "unknown", "warning", reason, language), "associatedRule": rule}


def _notification(part: Part, kind: str, level: str, message: Message, language: str) -> dict[str, Any]:
    return {
        "descriptor": {"id": kind},
        "level": level,
        "message": {"text": _literal(f"{part.name}: {message.render(language)}")},
        "locations": [_location(part)],
    }


def _sentences(texts: Sequence[str]) -> str:
    """One text of several: the first alone is shown where room is short, so it ends as a sentence."""
    return " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in texts)


def _literal(text: str) -> str:
    """Text in which nothing is a placeholder or a link: braces are doubled (3.11.5), brackets escaped (3.11.6)."""
    text = _braces(clean(text))
    return re.sub(r"[\\\[\]]", r"\\\g<0>", text) if "](" in text else text


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_DESCRIPTION else f"{text[: _LONGEST_DESCRIPTION - 1]}\u2026"


def _time(moment: str) -> str:
    return moment.replace("+00:00", "Z")
