"""The report in GitHub's Markdown: for a job's summary or a pull request.

Nothing from a host is markup there: no link, no HTML, no mention of a person, no reference to an issue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checks.audit import HostReport, Report
from checks.i18n import Message, _, clean
from checks.model import Finding, Severity, Verdict
from checks.report.table import headline, windows_of
from checks.report.text import Part, advice, doubts, line, parts, say, severest_first

_MARKUP = re.compile(r"[\\`*_\[\]<>|~&#$^{}]")
_ACTIVE = re.compile(r"[@#](?=\w)|\bGH-(?=\d)|:(?=//)|\bw(?=ww\.)", re.IGNORECASE)
"""After these, GitHub makes links of what follows: mentions, issues, addresses."""
_SIGNS = {
    Verdict.PASS: "\u2705",
    Verdict.FAIL: "\u274c",
    Verdict.NOT_APPLICABLE: "\u2796",
    Verdict.UNKNOWN: "\u2753",
    Verdict.WAIVED: "\U0001f4dd",
}
_SEVERITY_SIGNS = {Severity.INFO: "\u2139\ufe0f", Severity.WARNING: "\u26a0\ufe0f", Severity.CRITICAL: "\u274c"}


def render(report: Report, language: str) -> str:
    """The report as Markdown text."""
    title = _("Hyper-V network audit")
    blocks = [f"## {say(title, language)}", _overview(report, language)]
    blocks += [block for part in parts(report) for block in _part(part, language)]
    notes = [_("The audit was stopped; what had been collected is here.")] if report.was_interrupted else []
    blocks += ["\n".join(f"> {_text(note, language)}" for note in [*notes, *report.remarks])]
    blocks += [f"{say(headline(report), language)} · hvnet {escape(report.hvnet)}"]
    return "\n\n".join(block for block in blocks if block) + "\n"


def escape(text: str) -> str:
    """Text as text: on one line, every sign of Markdown escaped, and nothing that GitHub would turn into a link."""
    # An invisible space after the sign, and nothing is recognised.
    return _ACTIVE.sub(r"\g<0>&#8203;", _MARKUP.sub(r"\\\g<0>", line(text)))


def code(text: str, *, in_table: bool = False) -> str:
    """Text in code style: backticks inside need a longer fence; in a table, a bar would end the cell even there."""
    content = line(text).replace("|", "\\|") if in_table else line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", content)), default=0))
    blank = " " if content[:1] == "`" or content[-1:] == "`" else ""
    return f"{fence}{blank}{content}{blank}{fence}" if content else ""


def _overview(report: Report, language: str) -> str:
    headings = [_("Host"), Message("Windows"), *(verdict.label for verdict in Verdict)]
    rows = [
        [code(part.name, in_table=True), escape(_windows(part)), *(str(_count(part, verdict)) for verdict in Verdict)]
        for part in parts(report)
    ]
    marks = ["", "", *(f"{_SIGNS[verdict]} " for verdict in Verdict)]
    titles = [mark + say(heading, language) for mark, heading in zip(marks, headings, strict=True)]
    sum_of_all = _("Total")
    total = [f"**{say(sum_of_all, language)}**", "", *(f"**{count}**" for count in report.counts.values())]
    lines = [titles, ["---", "---", *("--:" for _verdict in Verdict)], *rows, total]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _windows(part: Part) -> str:
    return windows_of(part) if isinstance(part, HostReport) else f"\u00d7{len(part.nodes)}"


def _count(part: Part, verdict: Verdict) -> int:
    return sum(result.verdict is verdict for result in part.results)


def _part(part: Part, language: str) -> Iterator[str]:
    """A host or a cluster, where there is something to say of it."""
    lines = list(_lines(part, language))
    if isinstance(part, HostReport) and part.error:
        lines = [f"- {_SIGNS[Verdict.UNKNOWN]} {_text(part.error, language)}"]
    if lines:
        yield f"### {code(part.name)}"
        yield "\n".join(lines)


def _lines(part: Part, language: str) -> Iterator[str]:
    for result, finding in severest_first(part):
        sign = _SEVERITY_SIGNS[result.severity_of(finding)]
        yield f"- {sign} **{result.guideline.code}** {_text(finding.message, language)}"
        yield from _fix(finding, language)
    for result in part.results:
        for finding, note in result.waived:
            name = f"{_SIGNS[Verdict.WAIVED]} **{result.guideline.code}**"
            yield f"- {name} {_text(finding.message, language)} ({_text(note, language)})"
    for codes, reason in doubts(part, language):
        yield f"- {_SIGNS[Verdict.UNKNOWN]} **{', '.join(codes)}** {escape(reason)}"


def _fix(finding: Finding, language: str) -> Iterator[str]:
    sentences = " ".join(escape(sentence) for sentence in advice(finding, language))
    if not finding.fix:
        yield from [f"  {sentences}"] if sentences else []
        return
    script = clean(finding.fix.script).splitlines()
    fence = "`" * max(3, 1 + max((len(run) for each in script for run in re.findall("`+", each)), default=0))
    summary = say(_("Fix"), language)
    content: Sequence[str] = [f"{fence}powershell", *script, fence, "", sentences, "</details>"]
    yield f"  <details><summary>{summary}</summary>"
    yield ""
    yield from (f"  {each}" if each else "" for each in content)


def _text(message: Message | None, language: str) -> str:
    return escape(message.render(language)) if message else ""
