"""Translations that a language must have are made from the English that the site shows today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from checks.i18n import Verbatim, _, lock_path, read_languages
from checks.paths import LOCALES
from checks.site import lock
from checks.site.gates.breach import Breach, relative
from checks.site.lock import State


def breaches(docs: Path, languages: Sequence[str], locales: Path = LOCALES) -> Iterator[Breach]:
    """Sections that are stale, or that nobody has recorded; what is missing is told by the gate of the pages."""
    yield from _navigation(docs.parent / "mkdocs.yml", languages, locales)
    for language in languages[1:]:
        for entry in lock.states(docs, lock.read(lock_path(language, locales)), language):
            if entry.state in (State.STALE, State.UNRECORDED):
                yield _breach(entry, language)
            elif entry.state is State.ORPHAN:
                yield _orphan(entry, lock_path(language, locales))


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


def _orphan(entry: lock.Entry, path: Path) -> Breach:
    message = _(
        "{section}: recorded, but on no page any more; `hvnet i18n sync --all` takes it out",
        section=Verbatim(entry.name),
    )
    return Breach(relative(path), 1, None, message)


def _navigation(settings: Path, languages: Sequence[str], locales: Path) -> Iterator[Breach]:
    """Titles that the navigation gives, and their translations in ``locales/languages.yaml``."""
    if not settings.exists():
        return
    text = settings.read_text(encoding="utf-8")
    titles = list(_titles(yaml.load(text, _Settings).get("nav") or []))  # noqa: S506 - a safe loader
    for language in read_languages(locales):
        if language.tag not in languages[1:]:
            continue
        translated = language.site.get("nav_translations") or {}
        for title in titles:
            if not translated.get(title):
                message = _("not translated into {language}: {text}", language=language.tag, text=Verbatim(title))
                yield Breach(relative(settings), _line(text, title), None, message)
        path = locales / "languages.yaml"
        for title in sorted(translated.keys() - set(titles)):
            message = _("the navigation has no title “{title}”", title=Verbatim(title))
            yield Breach(relative(path), _line(path.read_text(encoding="utf-8"), title), None, message)


class _Settings(yaml.SafeLoader):
    """Reads mkdocs.yml without what only MkDocs knows, such as ``!ENV``."""


_Settings.add_multi_constructor("", lambda _loader, _tag, _node: None)


def _titles(entries: Sequence[Any]) -> Iterator[str]:
    for entry in entries:
        for title, child in entry.items() if isinstance(entry, dict) else ():
            yield title
            if isinstance(child, list):
                yield from _titles(child)


def _line(text: str, title: str) -> int:
    """The line that begins with a title, but for white space and a list's mark."""
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if line.strip().lstrip("- ").startswith(f"{title}:")), 1)
