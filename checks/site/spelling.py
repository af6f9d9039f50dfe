"""Spelling: pages and the Portuguese catalogue against hunspell's dictionaries and the project's own lists.

The lists in ``locales/spelling`` hold what is right and in no dictionary: names, acronyms, terms of the trade. Code,
links' targets, HTML and calls are not looked at. Names, and what a page sets apart by italics, bold or quotation marks,
may be of the other language, too; so may the words that a translation takes over from its message.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from babel.messages.pofile import read_po

from checks.glossary import load
from checks.i18n import Verbatim, _, catalogue_path
from checks.paths import DOCS, LOCALES
from checks.site.gates.breach import Breach, relative
from checks.site.prose import plain, prose, set_apart
from checks.site.source import PageSource

LISTS = LOCALES / "spelling"
DICTIONARIES = {"en": "en_US", "pt-BR": "pt_BR"}
"""Language -> the name of its dictionary."""

_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_PART = re.compile(r"[-’']")
_NOT_WORDS = re.compile(
    r"""
    \b\w*(?:\d\w*[^\W\d_]|[^\W\d_]\w*\d)\w*\b         # with digits: 2012R2, hv01
    | [\w.-]+\\[\w.-]+ | [\w.-]+@[\w.-]+ | \S*://\S*  # accounts, addresses
    | (?<![\w-])--?[a-z][\w-]*                          # options
    | \*\w+ | [\w-]+\.(?:md|py|ya?ml|json|ps1|html|csv|com|org|example|pem|cer|txt|svg)\b
    | \b\w+(?:\.\w+)*\(\)
    | \b[A-Z]+_[A-Z_]+ | \bhvnet\s+fix\b             # variables; the command
    """,
    re.VERBOSE,
)


class Word(NamedTuple):
    """A word, and where it stands."""

    path: Path
    line: int
    text: str


def available() -> bool:
    """Whether hunspell is there with all its dictionaries."""
    if not shutil.which("hunspell"):
        return False
    found = subprocess.run(["hunspell", "-D"], capture_output=True, text=True, input="", check=False)  # noqa: S607
    return all(f"/{name}\n" in found.stdout + found.stderr for name in DICTIONARIES.values())


def breaches(docs: Path = DOCS, lists: Path = LISTS) -> list[Breach]:
    """Words that neither a dictionary nor a list of the project knows, by file and line."""
    found: list[Breach] = []
    for language in DICTIONARIES:
        own, foreign = words_of(docs, language)
        known = [lists / f"{each}.txt" for each in DICTIONARIES]
        found += _unknown(own, [DICTIONARIES[language]], [lists / f"{language}.txt"])
        found += _unknown(foreign, list(DICTIONARIES.values()), known)
    return sorted(found, key=lambda each: (each.path, each.line, str(each.message)))


def words_of(docs: Path, language: str) -> tuple[list[Word], list[Word]]:
    """The words of a language's pages and catalogue, and those that may be of another language."""
    own: list[Word] = []
    foreign: list[Word] = []
    for path in sorted((docs / language).rglob("*.md")):
        text = prose(PageSource.read(path))
        for found in set_apart(text):
            foreign += _words(path, text.count("\n", 0, found.start()) + 1, found[0].strip("*"))
            text = text[: found.start()] + " " * len(found[0]) + text[found.end() :]
        for number, line in enumerate(text.splitlines(), 1):
            own += _words(path, number, line)
    for word, taken_over in _catalogue(language):
        (foreign if taken_over else own).append(word)
    names = [word for word in own if word.text != word.text.lower()]
    return [word for word in own if word.text == word.text.lower()], foreign + names


def _catalogue(language: str) -> Iterator[tuple[Word, bool]]:
    """The words of translations, and whether their messages have them."""
    path = catalogue_path(language)
    if not path.exists():
        return
    with path.open("rb") as source:
        for entry in read_po(source, locale=language.replace("-", "_")):
            texts = [entry.string] if isinstance(entry.string, str) else entry.string or ()
            # The first entry is the catalogue's own head.
            source_words = set(_WORD.findall(" ".join([entry.id] if isinstance(entry.id, str) else entry.id)))
            for text in texts if entry.id else ():
                for word in _words(path, entry.lineno or 1, plain(text)):
                    yield word, word.text in source_words


def glossary_words() -> set[str]:
    """What the glossary says is right in any language."""
    kept = [word for term in load().terms for word in _WORD.findall(term.en if term.keep_english else term.pt_br)]
    short = [term.acronym for term in load().terms if term.acronym]
    return {form for word in (*kept, *short) for form in (word, word.capitalize(), f"{word}s")}


def _words(path: Path, line: int, text: str) -> Iterator[Word]:
    for found in _WORD.finditer(_NOT_WORDS.sub(" ", text)):
        yield Word(path, line, found[0].replace("’", "'"))


def _unknown(words: Iterable[Word], dictionaries: Sequence[str], lists: Sequence[Path]) -> Iterator[Breach]:
    places: dict[str, list[Word]] = defaultdict(list)
    for word in words:
        places[word.text].append(word)
    wrong = misspelled(places, dictionaries, lists)
    # A compound is right where its parts are.
    parts = {part for word in wrong for part in _PART.split(word) if len(part) > 1}
    bad = misspelled(parts, dictionaries, lists)
    for text in wrong:
        pieces = [part for part in _PART.split(text) if len(part) > 1]
        if len(pieces) > 1 and not bad.intersection(pieces):
            continue
        for word in places[text]:
            yield Breach(
                relative(word.path), word.line, None, _("the dictionaries do not know “{word}”", word=Verbatim(text))
            )


def misspelled(words: Iterable[str], dictionaries: Sequence[str], lists: Sequence[Path]) -> set[str]:
    """The words that hunspell does not know."""
    asked = "\n".join(sorted(set(words)))
    if not asked:
        return set()
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as personal:
        personal.write("".join(each.read_text(encoding="utf-8") for each in lists if each.exists()))
        personal.write("\n".join(sorted(glossary_words())))
        personal.flush()
        command = ["hunspell", "-i", "utf-8", "-d", ",".join(dictionaries), "-p", personal.name, "-l"]
        run = subprocess.run(command, input=asked, capture_output=True, encoding="utf-8", check=True)  # noqa: S603
    return set(run.stdout.split("\n")) & set(asked.split("\n")) - {""}
