"""The report as one HTML file that needs nothing else: it works from disk, in both colour schemes, and on paper."""

from __future__ import annotations

from dataclasses import dataclass

from babel.dates import format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from checks.audit import ClusterReport, HostReport, Report
from checks.i18n import Message, babel_locale, clean, show, translations, written
from checks.judge import Result
from checks.model import AREAS, Severity, Verdict
from checks.report.table import WIDEST_MATRIX, windows_of


@dataclass(frozen=True)
class Part:
    """A host or a cluster as the page shows it."""

    name: str
    windows: str
    details: str
    results: tuple[Result, ...]
    error: Message | None
    is_cluster: bool = False

    @property
    def by_code(self) -> dict[str, Result]:
        """The results by the code of their guideline."""
        return {result.guideline.code: result for result in self.results}

    @property
    def worst_first(self) -> list[Result]:
        """The results in the order in which they matter: what failed, what could not be told, the rest."""
        return sorted(self.results, key=lambda result: (_ORDER[result.verdict], -_rank(result)))


_ORDER = {
    Verdict.FAIL: 0,
    Verdict.UNKNOWN: 1,
    Verdict.WAIVED: 2,
    Verdict.PASS: 3,
    Verdict.NOT_APPLICABLE: 4,
}


def _rank(result: Result) -> int:
    return result.severity.rank if result.severity else -1


def render(report: Report, language: str) -> str:
    """The report as HTML; everything that came from a host is escaped."""
    environment = Environment(
        loader=PackageLoader("checks.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalogue = translations(language)
    environment.globals.update(
        _=lambda text, **values: catalogue.gettext(text).format(**values),
        say=lambda message: message.render(language) if message else "",
        show=lambda value: show(value, language),
        raw=lambda value: written(value, language),
        css_class=_css_class,
    )
    environment.filters["clean"] = clean
    template = environment.get_template("report.html.j2")
    return template.render(
        language=language,
        report=report,
        parts=[*map(_part, report.hosts), *map(_part, report.clusters)],
        widest_matrix=WIDEST_MATRIX,
        areas={guideline.area: AREAS[guideline.area] for guideline in report.guidelines},
        when=format_datetime(report.finished, "long", locale=babel_locale(language)),
        Verdict=Verdict,
        style=Markup(environment.get_template("report.css").render()),  # noqa: S704 - our own file
        script=Markup(environment.get_template("report.js").render()),  # noqa: S704 - our own file
    )


def _part(part: HostReport | ClusterReport) -> Part:
    if isinstance(part, ClusterReport):
        nodes = ", ".join((*part.nodes, *part.missing))
        return Part(part.name, "", nodes, part.results, None, is_cluster=True)
    caption = part.system.reported("caption") if part.system else None
    return Part(part.name, windows_of(part), str(caption or ""), part.results, part.error)


def _css_class(result: Result, severity: Severity | None = None) -> str:
    """What colours a result: its verdict, or how severe its findings are."""
    if result.verdict is Verdict.FAIL:
        return (severity or result.severity or result.guideline.severity).value
    return result.verdict.value.replace("_", "-")
