"""``hvnet i18n new``: a further language, ready for its first translated sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from babel import Locale, UnknownLocaleError

from checks import catalogues
from checks.console import UserError
from checks.i18n import Verbatim, _, babel_locale, catalogue_path, lock_path, read_languages
from checks.site import lock

_TAG = re.compile(r"[a-z]{2}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
"""The tags that mkdocs-static-i18n takes for folders of a language."""


def start(root: Path, tag: str) -> list[Path]:
    """Write what a language needs; the files that were written.

    Raises:
        UserError: there is no such language, or it is there already.
    """
    locales = root / "locales"
    locale = _locale(tag)
    if tag in {language.tag for language in read_languages(locales)}:
        raise UserError(_("hvnet speaks {language} already", language=Verbatim(tag)))
    entry, messages, locked = locales / "languages.yaml", catalogue_path(tag, locales), lock_path(tag, locales)
    folder = root / "docs" / tag
    with entry.open("a", encoding="utf-8", newline="\n") as target:
        target.write("\n".join(_entry(tag, locale)) + "\n")
    catalogue = catalogues.begin(tag)
    catalogue.update(catalogues.template(), no_fuzzy_matching=True)
    catalogues.save(messages, catalogue)
    lock.write(locked, {})
    folder.mkdir(parents=True, exist_ok=True)
    # Git keeps no empty folder.
    (folder / ".gitkeep").touch()
    return [entry, messages, locked, folder]


def _locale(tag: str) -> Locale:
    if not _TAG.fullmatch(tag):
        raise UserError(_("{tag} is no language tag; write it as in es, pt-PT or zh-Hans", tag=Verbatim(tag)))
    try:
        return babel_locale(tag)
    except (UnknownLocaleError, ValueError):
        raise UserError(_("no language with the tag {tag} is known", tag=Verbatim(tag))) from None


def _entry(tag: str, locale: Locale) -> Iterator[str]:
    """The lines of ``languages.yaml``."""
    name = locale.get_display_name(locale) or tag
    yield from (f"- tag: {tag}", f'  name: "{name[:1].upper()}{name[1:]}"', "  required: false")
    if not _theme_speaks(tag):
        yield from ("  site:", "    theme: {language: en}  # the theme has no words in this language")


def _theme_speaks(tag: str) -> bool:
    theme = find_spec("material")
    folders = (theme.submodule_search_locations or ()) if theme else ()
    files = [Path(each, "templates", "partials", "languages", f"{tag}.html") for each in folders]
    return not files or any(file.exists() for file in files)
