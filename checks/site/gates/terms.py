"""Terms: pages and catalogues say what the glossary says.

Where a page has to name a wrong word, its line says so: ``<!-- glossary: allow o VMQ -->``; a message's translation
has the comment ``# glossary: allow o VMQ`` above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Message as Entry
from babel.messages.pofile import read_po

from checks.glossary import Glossary, load, word_pattern
from checks.i18n import DEFAULT, Message, Verbatim, _, catalogue_path
from checks.site.gates.breach import Breach, relative
from checks.site.prose import own_words, plain, prose
from checks.site.source import PageSource

_ALLOWED = re.compile(r"glossary: allow (.+?)\s*(?:-->|$)")


class Finding(NamedTuple):
    """A wrong word, where it stands in a text, and what is said about it."""

    start: int
    said: str
    message: Message


def breaches(docs: Path, languages: Sequence[str], glossary: Glossary | None = None) -> Iterator[Breach]:
    """Wrong words on pages and in catalogues, by file and line."""
    known = glossary or load()
    for language in languages:
        for path in sorted((docs / language).rglob("*.md")):
            yield from page_breaches(PageSource.read(path), language, known)
    for language in languages[1:]:
        if catalogue_path(language).exists():
            yield from catalogue_breaches(catalogue_path(language), language, known)


def page_breaches(page: PageSource, language: str, glossary: Glossary) -> Iterator[Breach]:
    """Wrong words on a page, and exceptions that nothing needs."""
    lines = page.text.splitlines()
    text = own_words(prose(page))
    needed = set()
    for finding in findings(text, language, glossary):
        number = text.count("\n", 0, finding.start) + 1
        if finding.said.lower() in _allowed(lines[number - 1]):
            needed.add((number, finding.said.lower()))
        else:
            yield Breach(relative(page.path), number, None, finding.message)
    for number, line in enumerate(lines, 1):
        for word in _allowed(line):
            if (number, word) not in needed:
                message = _("nothing on this line needs the exception for “{word}”", word=Verbatim(word))
                yield Breach(relative(page.path), number, None, message)


def catalogue_breaches(path: Path, language: str, glossary: Glossary) -> Iterator[Breach]:
    """Wrong words in messages and in their translations."""
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language.replace("-", "_"))
    for entry in catalogue:
        if not entry.id:
            continue
        allowed = {word for comment in entry.user_comments for word in _allowed(comment)}
        for text, its_language in (*_texts(entry.id, DEFAULT), *_texts(entry.string, language)):
            for finding in findings(own_words(plain(text)), its_language, glossary):
                if finding.said.lower() not in allowed:
                    yield Breach(relative(path), _line(entry), None, finding.message)


def findings(text: str, language: str, glossary: Glossary) -> list[Finding]:
    """Wrong words in a text without code, in their order."""
    found = [*_words(text, language, glossary), *_repeated(text, language, glossary)]
    if language == "pt-BR":
        found += _genders(text, glossary)
    return sorted(found)


def _words(text: str, language: str, glossary: Glossary) -> Iterator[Finding]:
    flat = " ".join(text.lower().split())
    for word, use in glossary.forbidden(language):
        if word.lower() in flat:
            for match in word_pattern(word).finditer(text):
                yield _finding(match, _("not “{said}” but {use}", said=_said(match), use=Verbatim(use)))


def _repeated(text: str, language: str, glossary: Glossary) -> Iterator[Finding]:
    by_term: dict[str, list[re.Match[str]]] = {}
    for word, use in glossary.once(language):
        by_term.setdefault(use, []).extend(word_pattern(word).finditer(text))
    for use, matches in by_term.items():
        for match in sorted(matches, key=lambda each: each.start())[1:]:
            message = _("“{said}” only at the first mention, then {use}", said=_said(match), use=Verbatim(use))
            yield _finding(match, message)


def _genders(text: str, glossary: Glossary) -> Iterator[Finding]:
    for acronym, (gender, articles) in glossary.genders().items():
        if acronym not in text:
            continue
        # “o NIC Teaming” is the name of something else.
        pattern = rf"(?<![\w-])(?i:{'|'.join(articles)})\s+{re.escape(acronym)}s?(?![\w-]|\s+[A-Z]\w)"
        for match in re.finditer(pattern, text):
            right = Verbatim(f"{'a' if gender == 'f' else 'o'} {acronym}")
            yield _finding(match, _("not “{said}”: it is {right}", said=_said(match), right=right))


def _finding(match: re.Match[str], message: Message) -> Finding:
    return Finding(match.start(), " ".join(match[0].split()), message)


def _said(match: re.Match[str]) -> Verbatim:
    return Verbatim(" ".join(match[0].split()))


def _allowed(line: str) -> set[str]:
    return {word.lower() for word in _ALLOWED.findall(line)}


def _texts(value: str | Sequence[str] | None, language: str) -> list[tuple[str, str]]:
    return [(text, language) for text in ([value] if isinstance(value, str) else value or ())]


def _line(entry: Entry) -> int:
    return entry.lineno or 1
