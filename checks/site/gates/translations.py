"""Translations that a language must have are made from the English that the pages show today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from checks.i18n import Verbatim, _, lock_path
from checks.paths import LOCALES
from checks.site import lock
from checks.site.gates.breach import Breach, relative
from checks.site.lock import State


def breaches(docs: Path, languages: Sequence[str], locales: Path = LOCALES) -> Iterator[Breach]:
    """Sections that are stale, or that nobody has recorded; what is missing is told by the gate of the pages."""
    for language in languages[1:]:
        for entry in lock.states(docs, lock.read(lock_path(language, locales)), language):
            if entry.state in (State.STALE, State.UNRECORDED):
                yield _breach(entry, language)


def _breach(entry: lock.Entry, language: str) -> Breach:
    name = Verbatim(entry.name)
    if entry.state is State.STALE:
        message = _(
            "{section}: the English text has changed since it was translated; `hvnet i18n diff {section}` shows what, "
            "and `hvnet i18n sync {section}` records that the translation is right",
            section=name,
        )
    else:
        message = _(
            "{section}: nobody has recorded which English text this translates; `hvnet i18n sync {section}` does",
            section=name,
        )
    return Breach(relative(entry.path), entry.line, None, message)
