"""What several formats share: the parts of a report, one-line text, and JSON text that no terminal obeys."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from checks.audit import ClusterReport, HostReport, Report
from checks.i18n import Message, clean
from checks.judge import Result
from checks.model import Finding, Severity, Verdict

Part = HostReport | ClusterReport
"""What has results of its own."""


def parts(report: Report) -> list[Part]:
    """Hosts, then clusters."""
    return [*report.hosts, *report.clusters]


def worst_first(result: Result) -> list[Finding]:
    """The findings of a result, the most severe first."""
    return sorted(result.findings, key=lambda finding: -result.severity_of(finding).rank)


def severest_first(part: Part) -> list[tuple[Result, Finding]]:
    """All findings of a part, the most severe first; guidelines keep their order among equals."""
    found = [(result, finding) for result in part.results for finding in result.findings]
    return sorted(found, key=lambda each: -each[0].severity_of(each[1]).rank)


def doubts(part: Part, language: str) -> list[tuple[list[str], str]]:
    """What could not be told, with the guidelines that it is the reason of: one refusal often stops several."""
    found: dict[str, list[str]] = {}
    for result in part.results:
        if is_doubtful(result):
            found.setdefault(say(result.reason, language), []).append(result.guideline.code)
    return [(codes, reason) for reason, codes in found.items()]


def is_advice(result: Result) -> bool:
    """Whether there are findings, and all of them are advice."""
    return result.severity is Severity.INFO


def is_doubtful(result: Result) -> bool:
    """Whether something could not be told."""
    return result.verdict is Verdict.UNKNOWN or result.is_partial


def say(message: Message | None, language: str) -> str:
    """A message on one line, without control characters; nothing where there is none."""
    return line(message.render(language)) if message else ""


def line(text: object) -> str:
    """Text on one line, without control characters: what a machine calls itself may hold anything."""
    return " ".join(clean(str(text)).split())


def advice(finding: Finding, language: str) -> Iterator[str]:
    """What to do about a finding, in words: what its fix disturbs and leaves undone, or its hint."""
    messages: Sequence[Message | None] = (finding.hint,)
    if finding.fix:
        messages = (finding.fix.effect.label, finding.fix.note, finding.hint)
    for message in messages:
        if message:
            yield say(message, language)


def json_text(data: Any, indent: int | None = None) -> str:
    """JSON on as many lines as *indent* asks for, without a line break at its end.

    Control characters and direction marks are escaped, so nothing is lost and nothing steers a terminal; half of a
    surrogate pair, which no file can hold, becomes a replacement character.
    """
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return re.sub(r"[^\n -~]", _escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp"):
        return character
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
