"""A guideline's published page, as far as a report needs it: its address, and what it says first."""

from __future__ import annotations

import os
import re

from checks.i18n import DEFAULT
from checks.model import Guideline
from checks.paths import DOCS

SITE = "https://hvnet.example/"
"""Where the site is published, unless ``HVNET_SITE_URL`` says otherwise; mkdocs.yml has the same."""


def address(guideline: Guideline, language: str) -> str:
    """The address of the page in a language."""
    site = os.environ.get("HVNET_SITE_URL", SITE).rstrip("/")
    folder = "" if language == DEFAULT else f"{language}/"
    return f"{site}/{folder}guidelines/{guideline.slug}/"


def lead(guideline: Guideline, language: str) -> str:
    """The page's first paragraphs as Markdown without links; the title where there is no page."""
    path = DOCS / language / "guidelines" / f"{guideline.slug}.md"
    title = guideline.title.render(language)
    if not path.is_file():
        return title
    text = re.sub(r"\A---\n.*?\n---\n", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    _heading, _newline, body = text.lstrip().partition("\n")
    body = re.split(r"^## ", body, maxsplit=1, flags=re.MULTILINE)[0]
    body = re.sub(r"\{\{.*?\}\}|\{ ?[#.:][^}]*\}", "", body, flags=re.DOTALL)
    return re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", body).strip() or title


def plain(markdown: str) -> str:
    """Markdown without its marks, on one line a paragraph."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n{2,}", markdown))
    return "\n\n".join(re.sub(r"[*`]", "", paragraph) for paragraph in paragraphs)
