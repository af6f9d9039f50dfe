"""Calls that speak about all guidelines or all lab hosts: the index, the traceability table, the lab's hosts."""

from __future__ import annotations

from typing import Any

from babel import Locale

from checks.i18n import DEFAULT, LANGUAGES, REQUIRED, Percent, babel_locale
from checks.lab.recordings import all_recordings
from checks.model import AREAS, VERSIONS, Guideline, Severity
from checks.site import tracefiles
from checks.site.place import Place, Site, page_of
from checks.site.render import part
from checks.site.results import Outcome, State
from checks.site.trace import ordered, trace


def traceability(place: Place) -> str:
    """``{{ traceability() }}``: one row per guideline, what has lost its guideline, and the same as files."""
    site = place.site
    found = trace(site.guidelines, site.results, site.mutation)
    return part(
        "traceability.html.j2",
        place,
        trace=found,
        states=State,
        state_choices=[(state, state.label) for state in State],
        outcomes=Outcome,
        languages=REQUIRED,
        percent=lambda share: Percent(share, 1),
        files={name: place.file(name) for name in tracefiles.NAMES},
        **_choices([row.guideline for row in found.rows]),
    )


def guideline_index(place: Place) -> str:
    """``{{ guideline_index() }}``: all guidelines, with a filter where the browser runs scripts."""
    found = ordered(place.site.guidelines)
    return part(
        "guideline_index.html.j2",
        place,
        guidelines=found,
        versions=[(version, version) for version in VERSIONS],
        page_of=page_of,
        **_choices(found),
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


def _choices(guidelines: list[Guideline]) -> dict[str, Any]:
    """What filters offer: the areas and severities that occur."""
    return {
        "areas": {each.area: AREAS[each.area] for each in guidelines},
        "severities": [(s, s.label) for s in reversed(Severity) if any(each.severity is s for each in guidelines)],
    }


def _language_name(tag: str, place: Place) -> str:
    """The name of a host's language in the page's language."""
    name = Locale.parse(tag, sep="-").get_display_name(babel_locale(place.language)) or tag
    return name[:1].upper() + name[1:]
