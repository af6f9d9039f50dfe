"""A breach: one thing that the gates do not let through, with the place to mend."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path

from checks.i18n import DEFAULT, Message
from checks.model import Guideline
from checks.paths import ROOT


@dataclass(frozen=True)
class Breach:
    """What is wrong, and where. ``code`` is the guideline's, where it is about one."""

    path: str
    line: int
    code: str | None
    message: Message

    def render(self, language: str = DEFAULT) -> str:
        """One line: file, line, guideline, what is wrong."""
        about = f"{self.code}: " if self.code else ""
        return f"{self.path}:{self.line}: {about}{self.message.render(language)}"

    def __str__(self) -> str:
        return self.render()


def relative(path: Path) -> str:
    """A path from the repository's root, as a breach names it."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()


def at_check(guideline: Guideline, message: Message) -> Breach:
    """A breach that is shown at a guideline's check."""
    function = inspect.unwrap(guideline.check)
    path = Path(inspect.getsourcefile(function) or "")
    return Breach(relative(path), inspect.getsourcelines(function)[1], guideline.code, message)
