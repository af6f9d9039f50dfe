"""How many changes of a check its cases notice: the last result of ``make mutation``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from checks.paths import ROOT

FILE = ROOT / "benchmarks" / "mutation.json"
"""Where the last result is looked for."""

FLOOR = 0.80
"""Share of changes that a guideline's cases have to notice; ``tools/mutation.py`` fails below it."""


class Score(BaseModel):
    """The changes of a guideline's check that its cases noticed, and those that they did not."""

    killed: int
    survived: int
    score: float

    @property
    def is_enough(self) -> bool:
        """Whether the cases notice as much as they have to."""
        return self.score >= FLOOR


class Mutation(BaseModel):
    """The result for all guidelines. Without a file, nothing is measured, and nothing counts as good."""

    measured: date | None = Field(default=None, alias="date")
    overall: float | None = None
    guidelines: Mapping[str, Score] = {}


class MutationError(Exception):
    """The file is there and is not a result; the text says what is wrong."""


def load(path: Path = FILE) -> Mutation:
    """The last result, or one in which nothing was measured.

    Raises:
        MutationError: the file is not a result of ``make mutation``.
    """
    if not path.exists():
        return Mutation()
    try:
        return Mutation.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        raise MutationError(f"{path}: {'.'.join(map(str, first['loc']))} {first['msg']}") from None
