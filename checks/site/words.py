"""Words of code stay in one piece.

A browser breaks a line after a hyphen. In ``--report`` and ``Set-VMHost -Name`` that leaves dashes at the end of a
line, where they read as something else.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"<pre\b.*?</pre>|<code[^>]*>[^<]*-[^<]*</code>", re.DOTALL)
_WORD = re.compile(r"(?<![^\s>])[^\s/<>]+(?![^\s<])")
"""A path may break: it is long, and nobody types it."""
_HYPHEN = re.compile(r"[^\s&;<>-]?-+[^\s&<>-]")
_SHORT = 24
"""Letters that every line has room for. Of a longer word only the hyphens keep their neighbours."""


def with_whole_words(html: str) -> str:
    """The content of a page where no word of inline code breaks after its hyphen; blocks of code do not wrap anyway."""
    return _CODE.sub(lambda code: code[0] if code[0].startswith("<pre") else _WORD.sub(_whole, code[0]), html)


def _whole(word: re.Match[str]) -> str:
    if not _HYPHEN.search(word[0]):
        return word[0]
    whole = re.compile(".+") if len(word[0]) <= _SHORT else _HYPHEN
    return whole.sub(lambda part: f'<span class="hv-word">{part[0]}</span>', word[0])
