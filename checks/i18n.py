"""Languages: messages that are translated when shown, and the choice of the user's language.

A message is written once, in English, as ``_("…")``. It stays data until somebody reads it, so one audit can be
shown in every language. Catalogues are gettext PO files; they are read as they are, so there is no compiled copy
that could go stale.
"""

from __future__ import annotations

import functools
import io
import locale
import os
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

import yaml
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from checks.paths import LOCALES


@dataclass(frozen=True)
class Language:
    """A language of ``locales/languages.yaml``.

    ``required`` languages must be complete and up to date. ``site`` holds what the site says besides its pages.
    """

    tag: str
    name: str
    required: bool = False
    site: Mapping[str, Any] = field(default_factory=dict)


def read_languages(locales: Path = LOCALES) -> tuple[Language, ...]:
    """The languages, as they are listed; the first is the source language."""
    rows = yaml.safe_load((locales / "languages.yaml").read_text(encoding="utf-8"))
    return tuple(Language(**row) for row in rows)


KNOWN = read_languages()
LANGUAGES: tuple[str, ...] = tuple(language.tag for language in KNOWN)
"""Languages that hvnet speaks, as in ``<html lang>``; the first is the source language."""
REQUIRED: tuple[str, ...] = tuple(language.tag for language in KNOWN if language.required)
"""Those of them whose pages and messages must be complete; in the others English fills the gaps."""
DEFAULT = LANGUAGES[0]


@dataclass(frozen=True)
class Message:
    """A sentence in English with named values, translated when it is shown.

    ``plural`` and ``count`` choose between two forms; ``{count}`` is then among the values.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    plural: str | None = None

    def __str__(self) -> str:
        return self.render(DEFAULT)

    def render(self, language: str) -> str:
        """The sentence in *language*, numbers and units written as that language writes them."""
        catalogue = translations(language)
        if self.plural is None:
            sentence = catalogue.gettext(self.text) if self.text else ""
        else:
            sentence = catalogue.ngettext(self.text, self.plural, self.values["count"])
        if not self.values:
            return sentence
        return sentence.format(**{name: show(value, language) for name, value in self.values.items()})

    def as_json(self) -> dict[str, Any]:
        """Text and values for machines: the English text never changes with the language."""
        return {"text": self.text, "values": {k: plain(v) for k, v in self.values.items()}}


def _(text: str, /, **values: Any) -> Message:
    """Mark a sentence for translation; values are put in for ``{name}`` when it is shown."""
    return Message(text, values)


def _n(singular: str, plural: str, count: int, /, **values: Any) -> Message:
    """Mark a sentence with two forms; ``{count}`` is the number that chooses."""
    return Message(singular, {"count": count, **values}, plural)


@dataclass(frozen=True)
class BitRate:
    """A speed in bit/s, shown in the largest unit that leaves a number of at least one."""

    bits_per_second: float

    def render(self, language: str) -> str:
        for factor, unit in ((1e9, "Gbps"), (1e6, "Mbps"), (1e3, "kbps")):
            if self.bits_per_second >= factor:
                return f"{number(self.bits_per_second / factor, language, '#,##0.##')}\N{NO-BREAK SPACE}{unit}"
        return f"{number(self.bits_per_second, language, '#,##0')}\N{NO-BREAK SPACE}bit/s"


@dataclass(frozen=True)
class Percent:
    """A share from 0 to 1, shown in per cent with up to *digits* decimals."""

    share: float
    digits: int = 2

    def render(self, language: str) -> str:
        return number(self.share * 100, language, "#,##0." + "#" * self.digits) + "%"


@dataclass(frozen=True)
class Verbatim:
    """A number or a name that must stay as the machine wrote it: a VLAN, a port, a registry value."""

    value: Any

    def render(self, language: str) -> str:
        return clean(str(self.value))


def number(value: float, language: str, pattern: str = "#,##0.###") -> str:
    """A number as *language* writes it."""
    return format_decimal(value, format=pattern, locale=babel_locale(language))


def day(value: date, language: str) -> str:
    """A date as *language* writes it; a date with a time keeps its time and says its zone."""
    locale = babel_locale(language)
    if not isinstance(value, datetime):
        return format_date(value, format="long", locale=locale)
    shown = format_datetime(value, format="long", locale=locale)
    return str(shown).replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")


def clean(text: str) -> str:
    """Text without control characters and direction marks: a host's name must not steer a terminal or hide in one.

    Line breaks and tabs stay.
    """
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_control(c) else c for c in text)


def _is_control(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cf", "Cs")


def show(value: Any, language: str) -> str:
    """One value of a message as text in *language*."""
    if hasattr(value, "render"):
        return str(value.render(language))
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return number(value, language)
    if isinstance(value, date):
        return day(value, language)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(show(item, language) for item in value)
    return clean(str(value))


def written(value: Any, language: str) -> str:
    """A value that was read from a host: as PowerShell shows it, but where there is none, in words.

    The rows of a list of lists are told apart by semicolons.
    """
    if value is None or value in ("", [], ()):
        return NOTHING.render(language)
    if isinstance(value, list | tuple):
        comma = "; " if any(isinstance(item, list | tuple) for item in value) else ", "
        return comma.join(written(item, language) for item in value)
    return clean(str(plain(value)))


NOTHING = _("(nothing)")


def plain(value: Any) -> Any:
    """One value of a message for JSON: numbers and strings, in base units."""
    if isinstance(value, BitRate):
        return value.bits_per_second
    if isinstance(value, Percent):
        return value.share
    if isinstance(value, Verbatim):
        return plain(value.value)
    if isinstance(value, Message):
        return value.as_json()
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def babel_locale(language: str) -> Locale:
    """Babel's locale of a language tag such as ``pt-BR``."""
    return Locale.parse(language, sep="-")


def catalogue_path(language: str, locales: Path = LOCALES) -> Path:
    """The PO file of *language*: ``locales/pt_BR/LC_MESSAGES/hvnet.po``."""
    return locales / language.replace("-", "_") / "LC_MESSAGES" / "hvnet.po"


def lock_path(language: str, locales: Path = LOCALES) -> Path:
    """What the pages of *language* were translated from: ``locales/pt-BR.lock.yaml``."""
    return locales / f"{language}.lock.yaml"


@functools.cache
def translations(language: str) -> NullTranslations:
    """gettext's view of a language's PO file; the source language needs none.

    Fuzzy entries are left out, as gettext's own tools do.
    """
    path = catalogue_path(language)
    if language == DEFAULT or not path.exists():
        return NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language.replace("-", "_"))
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def match(tag: str | None) -> str | None:
    """The language of ours that a tag such as ``pt_BR.UTF-8``, ``pt`` or ``Portuguese_Brazil.1252`` asks for."""
    if not tag:
        return None
    name = tag.partition(".")[0].partition("@")[0].replace("_", "-")
    try:
        wanted = Locale.parse(name, sep="-").language
    except (UnknownLocaleError, ValueError):
        # Windows names its locales in English words.
        wanted = {"portuguese": "pt", "english": "en"}.get(name.partition("-")[0].lower(), "")
    for ours in LANGUAGES:
        if ours.lower() == name.lower():
            return ours
    return next((ours for ours in LANGUAGES if ours.partition("-")[0] == wanted), None)


def choose(asked: str | None = None) -> str:
    """The language to speak: what was asked for, then ``HVNET_LANG``, then the system's locale, then English."""
    environment = (os.environ.get(name) for name in ("HVNET_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    system = locale.getlocale()[0] if sys.platform == "win32" else None
    found = (match(tag) for tag in (asked, *environment, system))
    return next((language for language in found if language), DEFAULT)
