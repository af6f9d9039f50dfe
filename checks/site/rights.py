"""What an account needs for each fact, and what cannot be told without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checks.collector import plan
from checks.facts.base import Fact
from checks.facts.rights import Right
from checks.model import Guideline
from checks.site.place import Place, page_of
from checks.site.render import part


@dataclass(frozen=True)
class Row:
    """A right, the facts that need it, and the guidelines that can be unknown without it."""

    right: Right
    facts: tuple[type[Fact], ...]
    guidelines: tuple[Guideline, ...]


def rights(place: Place) -> str:
    """``{{ rights() }}``: one row per right."""
    return part("rights.html.j2", place, rows=rows(place.site.guidelines), page_of=page_of)


def rows(guidelines: Sequence[Guideline]) -> list[Row]:
    """The rights that the facts of guidelines need: those without which most is unknown first."""
    facts = plan(guidelines).ordered
    reads = {guideline.code: set(plan([guideline]).facts) for guideline in guidelines}
    found = []
    for right in dict.fromkeys(fact.rights for fact in facts):
        mine = tuple(sorted((fact for fact in facts if fact.rights is right), key=lambda fact: fact.__name__))
        found.append(Row(right, mine, tuple(g for g in guidelines if reads[g.code].intersection(mine))))
    return sorted(found, key=lambda row: (row.right.given_by is None, -len(row.guidelines), -len(row.facts)))
