"""The catalogues: every message of the product is translated, with the same placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from checks.i18n import Verbatim, _, catalogue_path
from checks.paths import PACKAGE
from checks.site.gates.breach import Breach, relative

KEYWORDS = {"_": None, "_n": (1, 2), "mark": None}
"""The functions that mark a message, as Babel takes them."""

METHODS = [
    ("**/templates/**.j2", "jinja2"),
    ("**/templates/**.html", "jinja2"),
    ("scaffold/**.md.j2", "jinja2"),
    ("**.py", "python"),
]

_PLACEHOLDER = re.compile(r"\{(\w+)")


def extracted(package: Path = PACKAGE) -> Catalog:
    """Every message that the package can show, with where it stands."""
    catalogue = Catalog()
    found = extract_from_dir(package, method_map=METHODS, keywords=KEYWORDS)
    for file, line, message, _comments, context in found:
        catalogue.add(message, locations=[(f"{package.name}/{file}", line)], context=context)
    return catalogue


def breaches(languages: Sequence[str], package: Path = PACKAGE) -> Iterator[Breach]:
    """Messages without translation or with other placeholders, in every language but the source."""
    wanted = [entry for entry in extracted(package) if entry.id]
    for language in languages[1:]:
        yield from _language(language, wanted)


def _language(language: str, wanted: Sequence[Entry]) -> Iterator[Breach]:
    path = catalogue_path(language)
    if not path.exists():
        yield Breach(relative(path), 1, None, _("there is no catalogue for {language}", language=language))
        return
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language.replace("-", "_"))
    for entry in wanted:
        place, line = entry.locations[0]
        translated = catalogue.get(entry.id)
        text = Verbatim(" ".join(texts(entry.id)[0].split())[:60])
        if translated is None or translated.fuzzy or not all(texts(translated.string)):
            message = _("not translated into {language}: {text}", language=language, text=text)
            yield Breach(place, line or 1, None, message)
        elif not fits(entry, translated):
            message = _("other placeholders than in English: {text}", text=text)
            yield Breach(relative(path), translated.lineno or 1, None, message)


def fits(entry: Entry, translated: Entry) -> bool:
    """Whether a translation has the placeholders of its source; a form for one may leave out the number."""
    wanted = {name for text in texts(entry.id) for name in _PLACEHOLDER.findall(text)}
    forms = [set(_PLACEHOLDER.findall(text)) for text in texts(translated.string)]
    if isinstance(entry.id, str):
        return forms == [wanted]
    return all(form <= wanted and wanted - form <= {"count"} for form in forms)


def texts(value: str | Sequence[str] | None) -> list[str]:
    return [value or ""] if isinstance(value, str | None) else list(value)
