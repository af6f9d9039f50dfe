"""Translations: which English section each translated section was made from, and whether that section is still so.

The lock of a language holds one digest per section. A digest is of words, links and code alone: line breaks, list
markers and emphasis markers may change, and dates and commits do not count.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import yaml

from checks.i18n import DEFAULT, Message, _
from checks.site.source import PageSource

LEAD = "_lead"
"""The section before the first heading with an id; the description in the front matter belongs to it."""

HEADER = "# The English that each section was translated from, as digests. `hvnet i18n sync` writes this file.\n"

Digests = dict[str, str]
"""Section -> digest."""
Lock = dict[str, Digests]
"""Page, such as ``lab.md`` -> its sections."""

_ID = re.compile(r"^#{2,6}\s.*\{[^}]*#([\w-]+)[^}]*\}\s*$")
_ATTRIBUTES = re.compile(r"\s*\{\s*#[\w-]+\s*\}\s*$")
_BULLET = re.compile(r"^\s*[-*+]\s+")
_NUMBER = re.compile(r"^\s*\d+[.)]\s+")
_DIVIDER = re.compile(r"^[\s|:-]*-{3,}[\s|:-]*$")
_CODE = re.compile(r"(`+)(?!`)(.*?)(?<!`)\1(?!`)")
_UNDERSCORES = re.compile(r"(?<!\w)_+|_+(?!\w)")
_FRONT = re.compile(r"\A---\n(.*?)\n---(?:\n|\Z)", re.DOTALL)


class State(StrEnum):
    """What a section of a translation is to its English section."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"
    UNRECORDED = "unrecorded"
    ORPHAN = "orphan"
    EXTRA = "extra"

    @property
    def label(self) -> Message:
        """The state in words."""
        return _LABELS[self]

    @property
    def is_wrong(self) -> bool:
        """Whether a translation is not complete and fresh with it, or its lock not that of the pages."""
        return self in (State.STALE, State.MISSING, State.UNRECORDED, State.ORPHAN)


_LABELS = {
    State.FRESH: _("fresh"),
    State.STALE: _("stale"),
    State.MISSING: _("not translated"),
    State.UNRECORDED: _("never recorded"),
    State.ORPHAN: _("in the lock only"),
    State.EXTRA: _("in the translation only"),
}


@dataclass(frozen=True)
class Section:
    """A part of a page: from a heading with an id to the next one."""

    id: str
    line: int
    text: str

    @property
    def digest(self) -> str:
        """What changes when the section says something else."""
        return hashlib.sha256(normalised(self.text).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Entry:
    """The state of one section, and where its translation is, or should be."""

    page: str
    section: str
    state: State
    path: Path
    line: int

    @property
    def name(self) -> str:
        """The section as the commands take it."""
        return f"{self.page}#{self.section}"


def sections(page: PageSource) -> dict[str, Section]:
    """The sections of a page, in order; the lead is always there."""
    lines = page.text.splitlines()
    code = {number for number, _line, fence in page.classified if fence}
    starts = [
        (number, match[1])
        for number, line in enumerate(lines, 1)
        if number not in code and (match := _ID.match(line.rstrip()))
    ]
    bounds = [(1, LEAD), *starts, (len(lines) + 1, "")]
    return {
        name: Section(name, line, "\n".join(lines[line - 1 : end - 1]))
        for (line, name), (end, _next) in pairwise(bounds)
    }


def digests(page: PageSource) -> Digests:
    """The digest of each section."""
    return {name: section.digest for name, section in sections(page).items()}


def normalised(text: str) -> str:
    """Words, links and code of a section, without what only its form is."""
    body = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    front = _FRONT.match(body)
    parts = [_description(front[1])] if front else []
    page = PageSource(Path(), body[front.end() :] if front else body)
    for is_code, lines in groupby(page.classified, key=lambda each: bool(each[2])):
        texts = [line for _number, line, _fence in lines]
        parts += [_block(texts)] if is_code else _prose(texts)
    return " ".join(part for part in parts if part)


def read(path: Path) -> Lock:
    """A language's lock; empty where there is none."""
    found: Any = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    return {str(page): dict(parts) for page, parts in (found or {}).items()}


def write(path: Path, lock: Mapping[str, Mapping[str, str]]) -> None:
    """Write a lock: pages by name, sections as they stand on the page, one line each."""
    lines = [HEADER.rstrip()]
    for page in sorted(lock):
        if lock[page]:
            lines += [f"{page}:", *(f'  {section}: "{digest}"' for section, digest in lock[page].items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def names(folder: Path) -> list[str]:
    """The pages below a language's folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))


def states(docs: Path, lock: Lock, language: str) -> list[Entry]:
    """The state of every section of every page, in the pages' order."""
    found: list[Entry] = []
    for page in sorted({*names(docs / DEFAULT), *names(docs / language), *lock}):
        found += _page(docs, page, lock.get(page, {}), language)
    return found


def _page(docs: Path, page: str, locked: Digests, language: str) -> Iterator[Entry]:
    path = docs / language / page
    english, translated = _sections(docs / DEFAULT / page), _sections(path)
    for name in dict.fromkeys([*english, *translated, *locked]):
        state = _state(english.get(name), name in translated, locked.get(name))
        yield Entry(page, name, state, path, translated[name].line if name in translated else 1)


def _state(english: Section | None, is_translated: bool, locked: str | None) -> State:
    if english is None:
        return State.EXTRA if is_translated else State.ORPHAN
    if not is_translated:
        return State.MISSING
    if locked is None:
        return State.UNRECORDED
    return State.FRESH if locked == english.digest else State.STALE


def _sections(path: Path) -> dict[str, Section]:
    return sections(PageSource.read(path)) if path.exists() else {}


def _description(front: str) -> str:
    try:
        data = yaml.safe_load(front)
    except yaml.YAMLError:
        return " ".join(front.split())
    return " ".join(str(data.get("description", "")).split()) if isinstance(data, dict) else ""


def _block(lines: list[str]) -> str:
    """Code as it is, but for its indentation as a whole and spaces at ends of lines."""
    return textwrap.dedent("\n".join(line.expandtabs(4).rstrip() for line in lines))


def _prose(lines: Iterable[str]) -> Iterator[str]:
    """One text per paragraph, list, or table."""
    for is_blank, block in groupby(lines, key=lambda line: not line.strip()):
        if not is_blank:
            yield _paragraph(list(block))


def _paragraph(lines: list[str]) -> str:
    is_list = any(pattern.match(lines[0]) for pattern in (_BULLET, _NUMBER))
    text = " ".join(" ".join(_line(line, is_list) for line in lines).split())
    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [_UNDERSCORES.sub(_stars, text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, _UNDERSCORES.sub(_stars, text[end:])])


def _line(line: str, is_list: bool) -> str:
    if line.lstrip().startswith("#"):
        return _ATTRIBUTES.sub("", line)
    if line.lstrip().startswith("|"):
        return "| --- |" if _DIVIDER.match(line) else line.replace("|", " | ")
    if is_list:
        return _NUMBER.sub("1. ", _BULLET.sub("- ", line))
    return line


def _stars(match: re.Match[str]) -> str:
    return "*" * len(match[0])
