"""Values from hosts, cases and catalogues made harmless: in HTML, and in Markdown around it."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

_LINE_BREAK = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+\s*")
_ACTIVE = re.compile(r"[&<>\"'`|*_\[\]{}~\\$#!^=]")


def escape(value: Any) -> Markup:
    """*value* on one line, with every character that HTML or Markdown would act on as a character reference.

    Markup is passed on as it is: it was made by a template of ours.
    """
    if isinstance(value, Markup):
        return value
    text = _LINE_BREAK.sub(" ", str(value))
    return Markup(_ACTIVE.sub(lambda found: f"&#{ord(found[0])};", text))  # noqa: S704 - escaped right here


def fence(code: str, language: str = "") -> str:
    """A fenced code block that *code* cannot break out of."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}{language}\n{code.rstrip()}\n{marks}"


def indented(text: str, by: int = 4) -> str:
    """*text* with its lines moved to the right, as the content of a tab or an admonition."""
    return "\n".join(" " * by + line if line else line for line in text.splitlines())
