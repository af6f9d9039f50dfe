"""A guideline's page for the terminal: the same Markdown, with the calls answered in plain text."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

from checks import cases
from checks.i18n import DEFAULT, Message, Verbatim, _, clean
from checks.judge import compares_nodes
from checks.model import AREAS, Guideline
from checks.paths import DOCS
from checks.site.place import Place, Repository, Site, page_of
from checks.site.powershell import named_facts, pasteable
from checks.site.reads import reads_of
from checks.site.render import render_page
from checks.site.results import Results


def page(guideline: Guideline, language: str) -> str:
    """The page as Markdown without HTML.

    Raises:
        OSError: the page is not there.
    """
    place = Place(Site(Repository(""), (guideline,), Results()), language, page_of(guideline))
    path = DOCS / language / place.page
    source = (path if path.exists() else DOCS / DEFAULT / place.page).read_text(encoding="utf-8")
    body = re.sub(r"\A---\n.*?\n---\n", "", source, flags=re.DOTALL)
    return _plain(_card(place, guideline, render_page(body, place, _CALLS)))


def _card(place: Place, guideline: Guideline, text: str) -> str:
    facts: list[Message | Verbatim] = [
        Verbatim(guideline.code),
        AREAS[guideline.area],
        guideline.severity.label,
        Verbatim(f"Windows Server {guideline.since}+"),
    ]
    line = " · ".join(place.say(each) if isinstance(each, Message) else str(each.value) for each in facts)
    title, _newline, rest = text.lstrip().partition("\n")
    return f"{title}\n\n*{line}*\n{rest}"


def _plain(text: str) -> str:
    """Markdown that a terminal can show: no attribute lists, no HTML, admonitions as quotations."""
    text = re.sub(r"\s*\{ ?[#.:][^}]*\}", "", text)
    text = re.sub(r'^!!! \w+(?: "([^"]*)")?\n((?:(?: {4}.*)?\n)+)', _quotation, text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text)


def _quotation(match: re.Match[str]) -> str:
    title = [f"**{match[1]}**", ""] if match[1] else []
    body = textwrap.dedent(match[2]).strip().splitlines()
    return "".join(f"> {line}\n" for line in [*title, *body]) + "\n"


def _check(place: Place) -> str:
    guideline = _guideline(place)
    hosts = "HOST1 HOST2" if compares_nodes(guideline) else "HOST"
    reads = reads_of(guideline)
    queries = "\n\n".join(pasteable(fact, attributes=reads.get(fact, ())) for fact in named_facts(guideline))
    return f"```\nhvnet check {hosts} --select {guideline.code}\n```\n\n```powershell\n{queries}\n```"


def _examples(place: Place) -> str:
    guideline = _guideline(place)
    lines = []
    for case in cases.load(cases.case_path(guideline)) if cases.case_path(guideline).exists() else ():
        if not case.show:
            continue
        result = cases.judge(guideline, case)
        said = [finding.message for finding in result.findings] or [result.reason or _("no finding")]
        verdict = place.say(result.verdict.label)
        lines += [f"- {case.title.get(place.language, case.name)}: **{verdict}**"]
        lines += [f"    - {clean(place.say(message))}" for message in said]
    return "\n".join(lines)


def _fix(place: Place) -> str:
    guideline = _guideline(place)
    for case in cases.load(cases.case_path(guideline)) if cases.case_path(guideline).exists() else ():
        for finding in cases.judge(guideline, case).findings if case.show else ():
            if finding.fix:
                note = f"\n\n{place.say(finding.fix.note)}" if finding.fix.note else ""
                effect = place.say(finding.fix.effect.label)
                return f"```powershell\n{clean(finding.fix.script)}\n```\n\n{effect}{note}"
    return ""


def _sources(place: Place) -> str:
    return "\n".join(f"- {s.title} ({place.date(s.read)}): {s.location}" for s in _guideline(place).sources)


def _thresholds(place: Place) -> str:
    return "\n".join(f"- `{t.name}` = {t.default:g}: {place.say(t.reason)}" for t in _guideline(place).thresholds)


def _guideline(place: Place) -> Guideline:
    return place.site.guidelines[0]


def _nothing(_place: Place, *_arguments: str) -> str:
    return ""


_CALLS: dict[str, Callable[..., str]] = {
    "check": _check,
    "diagram": _nothing,
    "examples": _examples,
    "fix": _fix,
    "sources": _sources,
    "thresholds": _thresholds,
}
