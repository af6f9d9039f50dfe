"""The style sheets of a page as one: a phone on a slow line waits once before it paints instead of four times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

TOGETHER = "assets/stylesheets/together.css"
_LINK = re.compile(r'[ \t]*<link rel="stylesheet" href="(?P<root>[^"]*?)(?P<path>assets/[^"]+\.css)">\n?')
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACE = re.compile(r"\s*\n\s*")
_SWITCHING = re.compile(r"\[data-md-color-switching\][^{}]*\{[^{}]*\}")
"""The theme sets this attribute for a moment with every page, and each time the browser computes all styles anew.
Without a rule it costs nothing; where the reader changes the colours, links and buttons fade to them."""


def sheets(html: str) -> list[str]:
    """The style sheets of a page by their paths from the site's root, in their order."""
    return [each["path"] for each in _LINK.finditer(html)]


def with_one_sheet(html: str) -> str:
    """The page with one style sheet in the place of its first."""
    found = list(_LINK.finditer(html))
    if not found:
        return html
    link = f'<link rel="stylesheet" href="{found[0]["root"]}{TOGETHER}">\n'
    start = found[0].start()
    return html[:start] + link + _LINK.sub("", html[start:])


def write_together(site: Path, paths: Sequence[str]) -> None:
    """Write the one sheet of a built site; the others stay where they are."""
    if paths:
        texts = [(site / path).read_text(encoding="utf-8") for path in paths]
        (site / TOGETHER).write_text("\n".join(map(smaller, texts)) + "\n", encoding="utf-8")


def smaller(css: str) -> str:
    """A sheet without comments, indentation, and the rule that costs a page its time."""
    return _SWITCHING.sub("", _SPACE.sub("\n", _COMMENT.sub("", css))).strip()
