"""Which properties a check reads, noticed while it judges its cases: a page asks a person for these alone."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from checks import cases
from checks.facts.base import Fact
from checks.model import Check, Guideline

Reads = Mapping[type[Fact], frozenset[str]]
"""Attributes by the fact that they are of."""


def reads_of(guideline: Guideline) -> Reads:
    """What the guideline's check reads in any of its cases; empty where it has no cases that load."""
    path = cases.case_path(guideline)
    try:
        return _noticed(guideline.check, path, path.stat().st_mtime_ns)
    except (OSError, cases.CaseError):
        return {}


@functools.cache
def _noticed(check: Check, path: Path, _changed: int) -> Reads:
    guideline: Guideline = check.guideline  # type: ignore[attr-defined]
    with _noticing() as seen:
        for case in cases.load(path):
            cases.judge(guideline, case)
    return {fact: frozenset(names) for fact, names in seen.items()}


@contextmanager
def _noticing() -> Iterator[dict[type[Fact], set[str]]]:
    """Note every attribute of a fact that is looked at meanwhile."""
    seen: dict[type[Fact], set[str]] = {}

    def look(self: Fact, name: str) -> Any:
        kind = type(self)
        if name in kind.model_fields:
            seen.setdefault(kind, set()).add(name)
        return object.__getattribute__(self, name)

    Fact.__getattribute__ = look  # type: ignore[method-assign,assignment]
    try:
        yield seen
    finally:
        del Fact.__getattribute__
