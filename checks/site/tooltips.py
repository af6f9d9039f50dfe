"""Tooltips: the first mention of a term on a page says what it means.

Only the first, and not in headings, links, code or generated parts: a page stays calm, for eyes and for screen
readers. The mark can be reached by keyboard, and the theme shows its text on focus and on touch as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape

from checks.glossary import Tooltip

_TOKEN = re.compile(r"(<!--.*?-->|<[^>]*>)", re.DOTALL)
_NAME = re.compile(r"</?([a-zA-Z][\w-]*)")
_VOID = re.compile("area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr")
_SILENT = re.compile("a|abbr|button|caption|code|dt|h[1-6]|kbd|pre|script|style|summary|svg|th")
_GENERATED = re.compile(r"class=\"[^\"]*\bhv-")


def with_tooltips(html: str, tooltips: Mapping[str, Tooltip]) -> str:
    """The content of a page with an ``abbr`` around the first mention of each term."""
    if not tooltips:
        return html
    words = sorted(tooltips, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(_spelling(word) for word in words)})(?![\w-])")
    marker = _Marker(tooltips)
    made, silent = [], [False]
    for token in _TOKEN.split(html):
        if token.startswith("<"):
            _follow(token, silent)
            made.append(token)
        else:
            made.append(token if silent[-1] else pattern.sub(marker, token))
    return "".join(made)


class _Marker:
    """Marks what it is shown first."""

    def __init__(self, tooltips: Mapping[str, Tooltip]) -> None:
        self._tooltips = tooltips
        self._seen: set[str] = set()

    def __call__(self, found: re.Match[str]) -> str:
        said = unescape(found[0])
        tooltip = self._tooltips.get(said) or self._tooltips[said.lower()]
        if tooltip.term in self._seen:
            return found[0]
        self._seen.add(tooltip.term)
        return f'<abbr title="{escape(tooltip.text)}" tabindex="0">{found[0]}</abbr>'


def _spelling(word: str) -> str:
    """A word as a page has it: with a capital at the start of a sentence, too, unless it has capitals of its own."""
    pattern = re.escape(escape(word))
    return f"[{word[0]}{word[0].upper()}]{pattern[1:]}" if word == word.lower() and word[0].isalpha() else pattern


def _follow(tag: str, silent: list[bool]) -> None:
    """Keep track of what is open, and whether it is to stay as it is."""
    name = _NAME.match(tag)
    if name is None or _VOID.fullmatch(name[1]) or tag.endswith("/>"):
        return
    if tag.startswith("</"):
        if len(silent) > 1:
            silent.pop()
    else:
        silent.append(silent[-1] or bool(_SILENT.fullmatch(name[1])) or bool(_GENERATED.search(tag)))
