"""The report in a terminal: a table of hosts by guidelines, then every finding and every doubt in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checks.audit import ClusterReport, HostReport, Report
from checks.i18n import Message, _, _n, clean
from checks.judge import Result
from checks.model import Severity, Verdict

WIDEST_MATRIX = 12
"""Guidelines up to which each has a column; above it, the columns are counts."""

_MARKS = {
    Verdict.PASS: ("\u2713", "green"),
    Verdict.NOT_APPLICABLE: ("\u2013", "bright_black"),
    Verdict.UNKNOWN: ("?", "magenta"),
    Verdict.WAIVED: ("w", "cyan"),
}
_FAIL_MARKS = {
    Severity.INFO: ("i", "blue"),
    Severity.WARNING: ("\u2717", "yellow"),
    Severity.CRITICAL: ("\u2717\u2717", "bold red"),
}


def render(report: Report, language: str, console: Console) -> None:
    """Print the report."""
    console.print(_matrix(report, language) if len(report.guidelines) <= WIDEST_MATRIX else _counts(report, language))
    console.print(_legend(report, language))
    for part in _details(report, language):
        console.print(part)
    console.print(_summary(report, language))
    for remark in report.remarks:
        console.print(Text.assemble(("! ", "yellow"), remark.render(language)))


def mark(result: Result) -> tuple[str, str]:
    """A result as a sign of one or two characters, and its style."""
    if result.verdict is Verdict.FAIL:
        sign, style = _FAIL_MARKS[result.severity or result.guideline.severity]
        return (f"{sign}?" if result.is_partial else sign), style
    return _MARKS[result.verdict]


def _matrix(report: Report, language: str) -> Table:
    table = _table(report, language)
    for guideline in report.guidelines:
        table.add_column(guideline.code, justify="center", no_wrap=True)
    for name, windows, results in _rows(report):
        by_code = {result.guideline.code: result for result in results}
        signs = [_sign(by_code.get(guideline.code)) for guideline in report.guidelines]
        table.add_row(Text(clean(name)), Text(clean(windows)), *signs)
    return table


def _counts(report: Report, language: str) -> Table:
    table = _table(report, language)
    for verdict in Verdict:
        table.add_column(verdict.label.render(language), justify="right")
    for name, windows, results in _rows(report):
        counts = (sum(result.verdict is verdict for result in results) for verdict in Verdict)
        table.add_row(Text(clean(name)), Text(clean(windows)), *(str(count) for count in counts))
    return table


def _table(report: Report, language: str) -> Table:
    table = Table(title=headline(report).render(language), title_justify="left")
    table.add_column(_("Host").render(language), no_wrap=True)
    table.add_column("Windows", no_wrap=True)
    return table


def headline(report: Report) -> Message:
    """How much was audited."""
    return _n(
        "{count} host, {guidelines} guidelines",
        "{count} hosts, {guidelines} guidelines",
        len(report.hosts),
        guidelines=len(report.guidelines),
    )


def _rows(report: Report) -> Iterator[tuple[str, str, Sequence[Result]]]:
    for host in report.hosts:
        yield host.name, windows_of(host), host.results
    for cluster in report.clusters:
        yield cluster.name, f"\u00d7{len(cluster.nodes)}", cluster.results


def windows_of(host: HostReport) -> str:
    """The Windows Server version of a host in short, such as ``2019``; a question mark where it is not known."""
    if host.system is None:
        return "?"
    return host.system.reported("windows") or str(host.system.reported("build_number") or "?")


def _sign(result: Result | None) -> Text:
    return Text(*mark(result)) if result else Text("\u00b7", "bright_black")


def _legend(report: Report, language: str) -> Text:
    shown = [Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.UNKNOWN]
    shown += [Verdict.WAIVED] if report.counts[Verdict.WAIVED] else []
    parts = [(*_MARKS[verdict], verdict.label) for verdict in shown]
    parts += [(*_FAIL_MARKS[severity], severity.label) for severity in reversed(Severity)]
    text = Text()
    for sign, style, label in parts:
        text.append(sign, style).append(f" {label.render(language)}   ")
    return text


def _details(report: Report, language: str) -> Iterator[RenderableType]:
    parts: list[HostReport | ClusterReport] = [*report.hosts, *report.clusters]
    for part in parts:
        lines = [line for result in part.results for line in _result(result, language)]
        if isinstance(part, HostReport) and part.error:
            lines = [Text.assemble(("? ", "magenta"), part.error.render(language))]
        if lines:
            yield Group(Text(""), Text(clean(_heading(part)), "bold"), *(Padding(line, (0, 0, 0, 2)) for line in lines))


def _heading(part: HostReport | ClusterReport) -> str:
    if isinstance(part, ClusterReport):
        return f"{part.name} ({', '.join((*part.nodes, *part.missing))})"
    return part.name


def _result(result: Result, language: str) -> Iterator[RenderableType]:
    code = result.guideline.code
    for finding in sorted(result.findings, key=lambda f: -result.severity_of(f).rank):
        sign, style = _FAIL_MARKS[result.severity_of(finding)]
        yield Text.assemble((f"{sign:<2}", style), (f" {code} ", "bold"), finding.message.render(language))
        if finding.fix:
            yield Padding(Text(clean(finding.fix.script), "cyan", no_wrap=False), (0, 0, 0, 5))
            for message in (finding.fix.effect.label, finding.fix.note):
                if message:
                    yield Padding(Text(message.render(language), "bright_black"), (0, 0, 0, 5))
        elif finding.hint:
            yield Padding(Text(finding.hint.render(language), "bright_black"), (0, 0, 0, 5))
    for finding, note in result.waived:
        sign, style = _MARKS[Verdict.WAIVED]
        yield Text.assemble((f"{sign:<2}", style), (f" {code} ", "bold"), finding.message.render(language))
        yield Padding(Text(note.render(language), "bright_black"), (0, 0, 0, 5))
    if result.verdict is Verdict.UNKNOWN or result.is_partial:
        reason = result.reason.render(language) if result.reason else ""
        yield Text.assemble(("? ", "magenta"), (f" {code} ", "bold"), reason)


def _severities(report: Report, language: str) -> str:
    """How many of the failed checks are of each severity, so that advice is not taken for trouble."""
    worst = [result.severity for result in report.results]
    return ", ".join(f"{severity.label.render(language)}: {worst.count(severity)}" for severity in reversed(Severity))


def _summary(report: Report, language: str) -> Text:
    text = Text("\n")
    for verdict, count in report.counts.items():
        text.append(f"{verdict.label.render(language)}: {count}")
        if verdict is Verdict.FAIL and count:
            text.append(f" ({_severities(report, language)})")
        text.append("   ")
    if report.results and all(result.verdict is Verdict.UNKNOWN for result in report.results):
        nothing = _("Nothing could be told: no host gave an answer that can be judged.")
        text.append("\n" + nothing.render(language), "bold red")
    if report.was_interrupted:
        stopped = _("The audit was stopped; what had been collected is above.")
        text.append("\n" + stopped.render(language), "bold yellow")
    return text
