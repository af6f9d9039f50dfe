"""``hvnet i18n extract``, ``update`` and ``compile-check``: the message catalogues, with Babel alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import PoFileError, read_po, write_po

from checks.i18n import DEFAULT, LANGUAGES, Message, Verbatim, _, catalogue_path
from checks.paths import LOCALES, PACKAGE
from checks.site.gates.breach import Breach, relative
from checks.site.gates.messages import extracted, fits, texts

PROJECT, OWNER = "hvnet", "The hvnet authors"


def template_path(locales: Path = LOCALES) -> Path:
    """The template, without translations."""
    return locales / "hvnet.pot"


def template(package: Path = PACKAGE) -> Catalog:
    """Every message of the package, as new catalogues begin."""
    found = Catalog(project=PROJECT, copyright_holder=OWNER, charset="utf-8")
    for entry in extracted(package):
        if entry.id:
            found.add(entry.id, context=entry.context)
    return found


def extract(locales: Path = LOCALES, package: Path = PACKAGE) -> bool:
    """Write the template where its messages have changed."""
    made, path = template(package), template_path(locales)
    if path.exists() and _ids(_load(path)) == _ids(made):
        return False
    save(path, made)
    return True


def update(locales: Path = LOCALES, package: Path = PACKAGE) -> list[Path]:
    """Bring new messages into the template and all catalogues and take away those that are gone; what was written."""
    made = template(package)
    written = [template_path(locales)] if extract(locales, package) else []
    for language in LANGUAGES:
        path = catalogue_path(language, locales)
        if language == DEFAULT or (path.exists() and _ids(_load(path)) == _ids(made)):
            continue
        catalogue = _load(path, language) if path.exists() else begin(language)
        catalogue.update(made, no_fuzzy_matching=True)
        save(path, catalogue)
        written.append(path)
    return written


def begin(language: str) -> Catalog:
    """A catalogue without messages, with the plural rule of its language."""
    return Catalog(
        locale=language.replace("-", "_"),
        project=PROJECT,
        copyright_holder=OWNER,
        charset="utf-8",
        fuzzy=False,
        last_translator=OWNER,
    )


def save(path: Path, catalogue: Catalog) -> None:
    """Write a catalogue as translators' tools leave it alone: sorted, one line per line, without places."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        write_po(target, without_percent(catalogue), width=0, no_location=True, sort_output=True, ignore_obsolete=True)


def without_percent(catalogue: Catalog) -> Catalog:
    """Our placeholders are in braces, but Babel takes each ``50% of`` for a placeholder too."""
    for entry in catalogue:
        entry.flags.discard("python-format")
    return catalogue


def problems(language: str, locales: Path = LOCALES) -> Iterator[Breach]:
    """What `msgfmt --check` would not let through, and placeholders or plural forms that do not fit."""
    path = catalogue_path(language, locales)
    try:
        catalogue = without_percent(_load(path, language))
    except (OSError, PoFileError, UnicodeDecodeError, ValueError) as error:
        message = _("the catalogue cannot be read: {error}", error=Verbatim(error))
        yield Breach(relative(path), getattr(error, "lineno", None) or 1, None, message)
        return
    for entry in catalogue:
        if not entry.id or entry.fuzzy or not any(texts(entry.string)):
            continue
        for message in _of(entry, catalogue):
            yield Breach(relative(path), entry.lineno or 1, None, message)


def _of(entry: Entry, catalogue: Catalog) -> Iterator[Message]:
    text = Verbatim(" ".join(texts(entry.id)[0].split())[:60])
    for error in entry.check(catalogue):
        yield Message("{text}: {error}", {"text": text, "error": Verbatim(error)})
    forms = texts(entry.string)
    if not all(forms) or (not isinstance(entry.id, str) and len(forms) != catalogue.num_plurals):
        yield _("not every plural form is there: {text}", text=text)
    elif not fits(entry, entry):
        yield _("other placeholders than in English: {text}", text=text)
    english = texts(entry.id)[0]
    if any(_edges(form) != _edges(english) for form in forms if form):
        yield _("a line break at the start or the end is not as in English: {text}", text=text)


def _edges(text: str) -> tuple[bool, bool]:
    return text.startswith("\n"), text.endswith("\n")


def _load(path: Path, language: str | None = None) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=language and language.replace("-", "_"), abort_invalid=True)


def _ids(catalogue: Catalog) -> set[object]:
    return {entry.id if isinstance(entry.id, str) else tuple(entry.id) for entry in catalogue if entry.id}
