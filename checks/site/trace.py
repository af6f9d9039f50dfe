"""Traceability: what belongs to each guideline, and what has lost its guideline. For the site and for the command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checks.i18n import REQUIRED
from checks.model import AREAS, Guideline
from checks.site.mutation import Mutation, Score
from checks.site.place import cases_of, check_of, page_of
from checks.site.results import Results, State, Tally


@dataclass(frozen=True)
class Row:
    """A guideline with all that belongs to it. Paths are those of the repository; ``page`` is inside a language."""

    guideline: Guideline
    page: str
    check: str
    cases: str
    tally: Tally
    score: Score | None
    """None where nothing was measured."""

    @property
    def pages(self) -> dict[str, str]:
        """The page's file in each language."""
        return {language: f"docs/{language}/{self.page}" for language in REQUIRED}


@dataclass(frozen=True)
class Trace:
    """All guidelines with what belongs to them, and what belongs to none."""

    rows: Sequence[Row]
    orphans: Sequence[str]
    """Case files and results whose guideline or test is gone."""
    results: Results
    mutation: Mutation

    def count(self, state: State) -> int:
        """How many rows are in a state; for orphans, those without a guideline too."""
        extra = len(self.orphans) if state is State.ORPHAN else 0
        return sum(row.tally.state is state for row in self.rows) + extra


def trace(guidelines: Sequence[Guideline], results: Results, mutation: Mutation | None = None) -> Trace:
    """What belongs to each guideline, in the order of areas and codes."""
    measured = mutation or Mutation()
    rows = [_row(each, results, measured) for each in ordered(guidelines)]
    known = {row.cases for row in rows}
    orphans = [*(file for file in results.files if file not in known), *results.stale]
    return Trace(rows, orphans, results, measured)


def ordered(guidelines: Sequence[Guideline]) -> list[Guideline]:
    """Guidelines by area, as the areas are ordered, then by code."""
    areas = list(AREAS)
    return sorted(guidelines, key=lambda each: (areas.index(each.area), each.code))


def _row(guideline: Guideline, results: Results, mutation: Mutation) -> Row:
    cases = cases_of(guideline)
    score = mutation.guidelines.get(guideline.code)
    return Row(guideline, page_of(guideline), check_of(guideline), cases, results.tally(cases), score)
