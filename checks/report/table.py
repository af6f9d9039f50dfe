"""The report in a terminal: a table of hosts by guidelines, then every finding and every doubt in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from checks.audit import ClusterReport, HostReport, Report
from checks.i18n import Message, _, _n, clean
from checks.judge import Result
from checks.model import Finding, Severity, Verdict
from checks.report.text import Part, advice, doubts, is_doubtful, parts, severest_first

WIDEST_MATRIX = 12
"""Guidelines up to which each has a column; above it, the columns are counts."""

_INDENT = 5
_NARROWEST = 20
_UNLIMITED = 10_000

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
    _overview(report, language, console)
    _wrapped(console, _legend(report, language), 0, 0)
    for part in parts(report):
        _details(part, language, console)
    console.print()
    for line in _summary(report, language).split("\n"):
        _wrapped(console, line, 0, 0)
    for remark in report.remarks:
        _wrapped(console, Text.assemble(("! ", "yellow"), remark.render(language)), 0, 2)


def _overview(report: Report, language: str, console: Console) -> None:
    """The widest form that fits: a cut-off number would be another number."""
    tables = [_matrix] if len(report.guidelines) <= WIDEST_MATRIX else []
    for form in (*tables, _counts):
        table = form(report, language)
        if Measurement.get(console, console.options.update(max_width=_UNLIMITED), table).minimum <= console.width:
            console.print(table)
            return
    console.print(Text(headline(report).render(language), "italic"))
    for name, windows, results in _rows(report):
        counts = _count_by_verdict(results)
        shown = ", ".join(f"{verdict.label.render(language)}: {count}" for verdict, count in counts if count)
        _wrapped(console, Text.assemble((clean(name), "bold"), f" ({clean(windows)}) ", shown))


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
        counts = (str(count) for _verdict, count in _count_by_verdict(results))
        table.add_row(Text(clean(name)), Text(clean(windows)), *counts)
    return table


def _count_by_verdict(results: Sequence[Result]) -> list[tuple[Verdict, int]]:
    return [(verdict, sum(result.verdict is verdict for result in results)) for verdict in Verdict]


def _table(report: Report, language: str) -> Table:
    table = Table(title=headline(report).render(language), title_justify="left")
    table.add_column(_("Host").render(language), no_wrap=True)
    table.add_column("Windows", no_wrap=True)
    return table


def headline(report: Report) -> Message:
    """How much was audited."""
    return _n(
        "{count} host, guidelines: {guidelines}",
        "{count} hosts, guidelines: {guidelines}",
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
    text.rstrip()
    return text


def _details(part: Part, language: str, console: Console) -> None:
    """What there is to say of a host or a cluster, the most severe first; nothing where all is well."""
    error = part.error if isinstance(part, HostReport) else None
    if not (error or any(result.findings or result.waived or is_doubtful(result) for result in part.results)):
        return
    console.print(Text("\n" + clean(_heading(part)), "bold"))
    if error:
        _wrapped(console, Text.assemble(("? ", "magenta"), error.render(language)))
        return
    for result, finding in severest_first(part):
        _finding(result, finding, language, console)
    for result in part.results:
        for finding, note in result.waived:
            _headed(_MARKS[Verdict.WAIVED], result.guideline.code, finding.message.render(language), console)
            _wrapped(console, Text(note.render(language), "bright_black"), _INDENT)
    for codes, reason in doubts(part, language):
        _headed(_MARKS[Verdict.UNKNOWN], ", ".join(codes), reason, console)


def _heading(part: HostReport | ClusterReport) -> str:
    if isinstance(part, ClusterReport):
        return f"{part.name} ({', '.join((*part.nodes, *part.missing))})"
    return part.name


def _finding(result: Result, finding: Finding, language: str, console: Console) -> None:
    sign = _FAIL_MARKS[result.severity_of(finding)]
    _headed(sign, result.guideline.code, finding.message.render(language), console)
    for command in clean(finding.fix.script).splitlines() if finding.fix else ():
        # Never wrapped: a command that is copied must stay one line.
        console.print(Text(" " * _INDENT + command, "cyan"), soft_wrap=True)
    for sentence in advice(finding, language):
        _wrapped(console, Text(sentence, "bright_black"), _INDENT)


def _headed(sign: tuple[str, str], code: str, text: str, console: Console) -> None:
    character, style = sign
    _wrapped(console, Text.assemble((f"{character:<2}", style), (f" {code} ", "bold"), text))


def _wrapped(console: Console, text: Text, first: int = 2, rest: int = _INDENT) -> None:
    """Print text in lines that fit, without blanks at their ends, with an indent for the first and for the others."""
    for number, line in enumerate(text.wrap(console, max(console.width - max(first, rest), _NARROWEST))):
        line.rstrip()
        console.print(Text(" " * (rest if number else first)) + line, soft_wrap=True)


def _severities(report: Report, language: str) -> str:
    """How many of the failed checks are of each severity, so that advice is not taken for trouble."""
    worst = [result.severity for result in report.results]
    return ", ".join(f"{severity.label.render(language)}: {worst.count(severity)}" for severity in reversed(Severity))


def _summary(report: Report, language: str) -> Text:
    text = Text()
    for verdict, count in report.counts.items():
        text.append(f"{verdict.label.render(language)}: {count}")
        if verdict is Verdict.FAIL and count:
            text.append(f" ({_severities(report, language)})")
        text.append("   ")
    text.rstrip()
    if report.results and all(result.verdict is Verdict.UNKNOWN for result in report.results):
        nothing = _("Nothing could be told: no host gave an answer that can be judged.")
        text.append("\n" + nothing.render(language), "bold red")
    if report.was_interrupted:
        stopped = _("The audit was stopped; what had been collected is above.")
        text.append("\n" + stopped.render(language), "bold yellow")
    return text
