"""What a page is made of, read from its source: headings, code blocks, links, calls."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})(.*)$")
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)(?:\s*\{\s*#([\w-]+)[^}]*\})?\s*$")
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s+(\S+)|<(https?://[^>\s]+)>")
_CALL = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}|\{%-?\s*(.*?)\s*-?%\}", re.DOTALL)
_RAW = re.compile(r"\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}", re.DOTALL)
_INLINE_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")


class Heading(NamedTuple):
    """A heading; ``id`` is what addresses end in."""

    line: int
    level: int
    text: str
    id: str


class Piece(NamedTuple):
    """A code block, a link's target or a call, and where it stands."""

    line: int
    text: str


@dataclass(frozen=True)
class PageSource:
    """One page in one language."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> PageSource:
        """The page in a file."""
        return cls(path, path.read_text(encoding="utf-8"))

    @cached_property
    def front(self) -> dict[str, Any] | None:
        """The front matter; empty where there is none, and nothing where it cannot be read."""
        lines = self.text.splitlines()
        if lines[:1] != ["---"] or "---" not in lines[1:]:
            return {}
        try:
            found = yaml.safe_load("\n".join(lines[1 : lines.index("---", 1)]))
        except yaml.YAMLError:
            return None
        return found if isinstance(found, dict) else None

    @cached_property
    def title(self) -> Heading | None:
        """The first heading of the first level."""
        return next((heading for heading in self.headings if heading.level == 1), None)

    @cached_property
    def headings(self) -> list[Heading]:
        """All headings, with their own id or the one that their text gives."""
        found = []
        for number, line in self.prose:
            if match := _HEADING.match(line):
                found.append(Heading(number, len(match[1]), match[2], match[3] or slug(match[2])))
        return found

    @cached_property
    def anchors(self) -> set[str]:
        """What a link to this page may end in."""
        own = re.findall(r"\bid=\"([\w-]+)\"|\{\s*#([\w-]+)", self.text)
        return {heading.id for heading in self.headings} | {a or b for a, b in own}

    @cached_property
    def blocks(self) -> list[Piece]:
        """Fenced code, each with its language."""
        found: list[Piece] = []
        for number, line, fence in self.classified:
            if fence == "open":
                found.append(Piece(number, line.strip()))
            elif fence == "in":
                found[-1] = found[-1]._replace(text=f"{found[-1].text}\n{line}")
        return found

    @cached_property
    def links(self) -> list[Piece]:
        """Targets of links, as they are written."""
        return [
            Piece(number, match[1] or match[2] or match[3])
            for number, line in self.prose
            for match in _LINK.finditer(_INLINE_CODE.sub("", line))
        ]

    @cached_property
    def calls(self) -> list[Piece]:
        """What Jinja2 acts on, without what the page keeps from it."""
        text = _RAW.sub(lambda found: "\n" * found[0].count("\n"), self.text)
        return [Piece(text.count("\n", 0, m.start()) + 1, m[1] or m[2]) for m in _CALL.finditer(text)]

    @cached_property
    def prose(self) -> list[tuple[int, str]]:
        """Number and text of each line outside of code blocks and front matter."""
        return [(number, line) for number, line, fence in self.classified if not fence]

    @cached_property
    def classified(self) -> list[tuple[int, str, str]]:
        """Each line behind the front matter: number, text, and what it is to a code block."""
        return list(self._classified())

    def _classified(self) -> Iterator[tuple[int, str, str]]:
        """Line number, line, and what it is to a code block: ``open``, ``in``, ``close``, or nothing."""
        lines = self.text.splitlines()
        skipped = lines.index("---", 1) + 1 if lines[:1] == ["---"] and "---" in lines[1:] else 0
        marks = ""
        for number, line in enumerate(lines[skipped:], skipped + 1):
            fence = _FENCE.match(line)
            if not marks and fence:
                marks = fence[1]
                yield number, line, "open"
            elif marks and fence and fence[1].startswith(marks) and not fence[2].strip():
                marks = ""
                yield number, line, "close"
            else:
                yield number, line, "in" if marks else ""


def slug(heading: str) -> str:
    """The id that Markdown gives a heading without one of its own."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())
