"""What a page says in words: without code, links' targets, titles of other sites, HTML, calls and attribute lists.

Everything that is left out becomes spaces, so that lines and columns stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.site.source import PageSource

_LEFT_OUT = re.compile(
    r"""
    \[[^\[\]]*\](?=\(https?:)                   # the title of another site's page
    | (`+)(?!`).*?(?<!`)\1(?!`)                # code
    | <!--.*?-->
    | ^\s*(?:!!!|\?\?\?\+?)\s+\w+                  # the kind of an admonition
    | \{\{.*?\}\}|\{%.*?%\}                    # calls
    | <https?://[^>\s]+> | https?://[^\s)>\]]+ | \b[\w.+-]+@[\w-]+\.[\w.]+
    | </?[a-zA-Z][^<>]*>                       # HTML
    | (?<=\])\([^()\s]*(?:\([^()]*\))?[^()]*\) # a link's target
    | \{:?\s*[#.][^{}]*\}                      # attributes
    | \{\w+\}                                  # a message's placeholder
    | &\#?\w+;
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"\n]*\"|^>.*$", re.MULTILINE)
_SET_APART = re.compile(r"(?<![*\w])(\*{1,2})(?![*\s])[^*\n]+\1(?![*\w])|“[^”\n]*”|\"[^\"\n]*\"")
_DESCRIPTION = re.compile(r"^(?:description|title):")


def prose(page: PageSource) -> str:
    """The words of a page, line for line; the description of its front matter is among them."""
    kept = dict(page.prose)
    front = page.text.splitlines()[: next(iter(kept), 1) - 1]
    kept |= {number: _DESCRIPTION.sub("", line) for number, line in enumerate(front, 1) if _DESCRIPTION.match(line)}
    last = max(kept, default=0)
    return plain("\n".join(kept.get(number, "") for number in range(1, last + 1)))


def plain(text: str) -> str:
    """A text without what is not words."""
    return _LEFT_OUT.sub(_blank, text)


def own_words(text: str) -> str:
    """A text without quotations: what stands there is not ours to choose."""
    return _QUOTED.sub(_blank, text)


def set_apart(text: str) -> Iterator[re.Match[str]]:
    """What is in italics, bold or quotation marks: words of another language, labels, emphasis."""
    return _SET_APART.finditer(text)


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])
