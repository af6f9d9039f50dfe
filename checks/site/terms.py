"""The glossary as a page."""

from __future__ import annotations

import unicodedata

from checks.glossary import load
from checks.site.place import Place
from checks.site.render import part


def glossary(place: Place) -> str:
    """``{{ glossary() }}``: the terms that have a definition, then the other words in both languages."""
    terms = sorted(load().terms, key=lambda term: _order(term.name(place.language)))
    return part(
        "glossary.html.j2",
        place,
        defined=[term for term in terms if term.definition],
        others=[term for term in terms if not term.definition],
        language=place.language,
        portuguese=place.language == "pt-BR",
        also=lambda term: ", ".join(term.also(place.language)),
    )


def _order(text: str) -> str:
    """Alphabetical without regard to capitals and accents."""
    return "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
