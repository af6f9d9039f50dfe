"""The entries of the guidelines in the navigation: one section per area, in the areas' order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks.model import AREAS, Guideline
from checks.site.place import page_of
from checks.site.trace import ordered

INDEX = "guidelines/index.md"


def with_guidelines(nav: Sequence[Any], guidelines: Sequence[Guideline], language: str) -> list[Any]:
    """The navigation with the guidelines of each area behind the page that lists them all."""
    return [_filled(entry, guidelines, language) for entry in nav]


def _filled(entry: Any, guidelines: Sequence[Guideline], language: str) -> Any:
    if not isinstance(entry, dict):
        return entry
    return {
        title: [*children, *_areas(guidelines, language)]
        if isinstance(children, list) and INDEX in children
        else children
        for title, children in entry.items()
    }


def _areas(guidelines: Sequence[Guideline], language: str) -> list[dict[str, Any]]:
    sections: dict[str, list[dict[str, str]]] = {}
    for each in ordered(guidelines):
        title = f"{each.code} {each.title.render(language)}"
        sections.setdefault(each.area, []).append({title: page_of(each)})
    return [{AREAS[area].render(language): pages} for area, pages in sections.items()]
