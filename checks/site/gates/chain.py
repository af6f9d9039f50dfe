"""Guideline, page in each language, check, case file, collected tests: none is without the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from checks.i18n import DEFAULT, Verbatim, _
from checks.model import Guideline
from checks.site.gates.breach import Breach, at_check, relative
from checks.site.place import page_of
from checks.site.results import FOLDER
from checks.site.source import PageSource

SECTIONS = ("why", "check", "result", "fix", "undo", "exceptions", "references")
"""Ids of the sections that each guideline's page has, in every language."""


def breaches(
    guidelines: Sequence[Guideline], docs: Path, cases: Path, nodes: Sequence[str], languages: Sequence[str]
) -> Iterator[Breach]:
    """What is missing, and what belongs to nothing."""
    yield from _codes(guidelines)
    for each in guidelines:
        for language in languages:
            yield from _page(each, docs, language)
        yield from _tests(each, cases, nodes)
    pages = {page_of(each) for each in guidelines}
    for language in languages:
        folder = docs / language
        for path in sorted(folder.glob("guidelines/*/**/*.md")):
            if path.relative_to(folder).as_posix() not in pages:
                yield Breach(relative(path), 1, None, _("this page belongs to no guideline"))
    files = {_case_file(each) for each in guidelines}
    for path in sorted(cases.rglob("*.yaml")):
        if path.relative_to(cases).as_posix() not in files:
            yield Breach(relative(path), 1, None, _("these cases belong to no guideline"))


def _codes(guidelines: Sequence[Guideline]) -> Iterator[Breach]:
    counts = Counter(each.code for each in guidelines)
    for each in guidelines:
        if counts[each.code] > 1:
            yield at_check(each, _("another guideline has this code too"))


def _page(guideline: Guideline, docs: Path, language: str) -> Iterator[Breach]:
    path = docs / language / page_of(guideline)
    title = guideline.title.render(language)
    if language != DEFAULT and title == guideline.title.text:
        yield at_check(guideline, _("the title is not translated into {language}", language=language))
    if not path.exists():
        yield at_check(guideline, _("there is no page {page}", page=Verbatim(relative(path))))
        return
    page = PageSource.read(path)
    line, heading = (page.title.line, page.title.text) if page.title else (1, "")
    if heading != title:
        message = _("the title is “{found}”, but the guideline's is “{title}”", found=heading, title=title)
        yield Breach(relative(path), line, guideline.code, message)
    for section in SECTIONS:
        if section not in {each.id for each in page.headings}:
            message = _("there is no section {section}", section=Verbatim(f"#{section}"))
            yield Breach(relative(path), line, guideline.code, message)


def _tests(guideline: Guideline, cases: Path, nodes: Sequence[str]) -> Iterator[Breach]:
    name = _case_file(guideline)
    if not (cases / name).exists():
        yield at_check(guideline, _("there is no case file {file}", file=Verbatim(relative(cases / name))))
    elif not any(node.startswith(f"{FOLDER}/{name}::") for node in nodes):
        yield Breach(relative(cases / name), 1, guideline.code, _("pytest collects no test from these cases"))


def _case_file(guideline: Guideline) -> str:
    return guideline.slug.replace("-", "_") + ".yaml"
