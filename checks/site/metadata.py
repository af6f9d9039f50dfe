"""What other programs read of a page: its title, description, language, and date, as structured data and previews."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from babel.core import get_global

from checks.paths import DOCS
from checks.site.place import Place

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_IN_SCRIPT = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


@dataclass(frozen=True)
class About:
    """A page as others see it; addresses are absolute."""

    title: str
    description: str
    language: str
    url: str
    site: str
    home: str
    author: str
    others: Sequence[str] = ()
    """Tags of the languages that the page is also in."""
    modified: date | None = None


def with_metadata(html: str, about: About) -> str:
    """The page with structured data for search engines, and with what a link to it shows elsewhere."""
    return html.replace("</head>", f"{_previews(about)}{_structured(about)}</head>", 1)


def changed(folder: Path = DOCS) -> dict[str, date]:
    """The day of each page's last commit, by its path inside *folder*; nothing outside of a repository."""
    command = ["git", "log", "--format=%cs", "--name-only", "--relative", "--", "."]
    try:
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603 - fixed
    except (OSError, subprocess.CalledProcessError):
        return {}
    days: dict[str, date] = {}
    day = date.min
    for line in filter(None, run.stdout.splitlines()):
        if _DAY.fullmatch(line):
            day = date.fromisoformat(line)
        else:
            days.setdefault(line, day)
    return days


def modified(place: Place, days: Mapping[str, date]) -> date | None:
    """When a page was last changed; of a guideline's new page, when its sources were last read."""
    if day := days.get(f"{place.language}/{place.page}"):
        return day
    return max((each.read for each in place.guideline.sources), default=None) if place.guideline else None


def locale_of(language: str) -> str:
    """A language tag with the country that previews want: ``en_US`` for ``en``."""
    name = language.replace("-", "_")
    parts = get_global("likely_subtags").get(name, name).split("_")
    return name if "_" in name else f"{parts[0]}_{parts[-1]}"


def _previews(about: About) -> str:
    properties = [
        ("og:type", "article"),
        ("og:site_name", about.site),
        ("og:title", about.title),
        ("og:description", about.description),
        ("og:url", about.url),
        ("og:locale", locale_of(about.language)),
        *(("og:locale:alternate", locale_of(each)) for each in about.others),
    ]
    names = [
        ("twitter:card", "summary"),
        ("twitter:title", about.title),
        ("twitter:description", about.description),
    ]
    tags = [("property", *each) for each in properties] + [("name", *each) for each in names]
    return "".join(f'<meta {kind}="{name}" content="{escape(text)}">\n' for kind, name, text in tags)


def _structured(about: About) -> str:
    """JSON-LD: data and not a script, so no content security policy has to allow it."""
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "TechArticle",
        "headline": about.title,
        "description": about.description,
        "inLanguage": about.language,
        "url": about.url,
        "isPartOf": {"@type": "WebSite", "name": about.site, "url": about.home},
        "author": {"@type": "Organization", "name": about.site, "url": about.author},
    }
    if about.modified:
        said["dateModified"] = about.modified.isoformat()
    text = json.dumps(said, ensure_ascii=False).translate(_IN_SCRIPT)
    return f'<script type="application/ld+json">{text}</script>\n'
