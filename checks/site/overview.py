"""Calls that speak about all guidelines or all lab hosts: the index, the traceability table, the lab's hosts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from babel import Locale

from checks.i18n import DEFAULT, LANGUAGES, babel_locale
from checks.lab.recordings import all_recordings
from checks.model import AREAS, VERSIONS, Guideline, Severity
from checks.site.place import Place, Site, cases_of, check_of, page_of
from checks.site.render import part
from checks.site.results import Results, State, Tally


@dataclass(frozen=True)
class Row:
    """A guideline with all that belongs to it."""

    guideline: Guideline
    page: str
    check: str
    cases: str
    tally: Tally


@dataclass(frozen=True)
class Trace:
    """All guidelines with what belongs to them, and what belongs to none."""

    rows: Sequence[Row]
    orphans: Sequence[str]
    """Case files and results whose guideline or test is gone."""

    def count(self, state: State) -> int:
        """How many rows are in a state; for orphans, those without a guideline too."""
        extra = len(self.orphans) if state is State.ORPHAN else 0
        return sum(row.tally.state is state for row in self.rows) + extra


def trace(guidelines: Sequence[Guideline], results: Results) -> Trace:
    """What belongs to each guideline, in the order of areas and codes."""
    rows = [
        Row(each, page_of(each), check_of(each), cases_of(each), results.tally(cases_of(each)))
        for each in ordered(guidelines)
    ]
    known = {row.cases for row in rows}
    return Trace(rows, [*(file for file in results.files if file not in known), *results.stale])


def ordered(guidelines: Sequence[Guideline]) -> list[Guideline]:
    """Guidelines by area, as the areas are ordered, then by code."""
    areas = list(AREAS)
    return sorted(guidelines, key=lambda each: (areas.index(each.area), each.code))


def traceability(place: Place) -> str:
    """``{{ traceability() }}``: one row per guideline, and what has lost its guideline."""
    found = trace(place.site.guidelines, place.site.results)
    languages = [(tag, _language(tag)) for tag in LANGUAGES]
    return part("traceability.html.j2", place, trace=found, states=State, languages=languages)


def guideline_index(place: Place) -> str:
    """``{{ guideline_index() }}``: all guidelines, with a filter where the browser runs scripts."""
    found = ordered(place.site.guidelines)
    return part(
        "guideline_index.html.j2",
        place,
        guidelines=found,
        areas={each.area: AREAS[each.area] for each in found},
        severities=[s for s in reversed(Severity) if any(each.severity is s for each in found)],
        versions=VERSIONS,
        page_of=page_of,
    )


def lab_hosts(place: Place) -> str:
    """``{{ lab_hosts() }}``: the recorded hosts.

    Raises:
        LookupError: there is none.
    """
    hosts = [(host, host.about[place.language], _language_name(host.language, place)) for host in all_recordings()]
    return part("lab_hosts.html.j2", place, hosts=hosts)


def not_found(site: Site, base: str) -> str:
    """The content of the page for addresses that do not exist, in every language.

    ``base`` is the path of the site's root: the page is shown at any depth, so its links cannot be relative.
    """
    roots = {tag: base if tag == DEFAULT else f"{base}{tag}/" for tag in LANGUAGES}
    texts = [part("not_found.html.j2", Place(site, tag, "index.md"), language=tag, root=roots[tag]) for tag in roots]
    return "\n".join(texts)


def _language(tag: str) -> str:
    """A language's own name for itself."""
    locale = babel_locale(tag)
    name = locale.get_display_name(locale) or tag
    return name[:1].upper() + name[1:]


def _language_name(tag: str, place: Place) -> str:
    """The name of a host's language in the page's language."""
    name = Locale.parse(tag, sep="-").get_display_name(babel_locale(place.language)) or tag
    return name[:1].upper() + name[1:]
