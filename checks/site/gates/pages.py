"""Pages: the same in every language but for the words, and no link that leads nowhere."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from checks.i18n import Message, Verbatim, _
from checks.site.gates.breach import Breach, relative
from checks.site.source import PageSource, Piece

Pages = dict[str, PageSource]


def breaches(docs: Path, languages: Sequence[str]) -> Iterator[Breach]:
    """What differs between languages, and links that lead nowhere."""
    pages = {language: _read(docs / language) for language in languages}
    source, *others = languages
    for language in others:
        for name in sorted(set(pages[source]) | set(pages[language])):
            yield from _parallel(name, pages[source].get(name), pages[language].get(name), docs, (source, language))
    for language in languages:
        for name, page in pages[language].items():
            if page.front is None:
                yield Breach(
                    relative(page.path), 2, None, _("the front matter is not YAML; text with a colon is quoted")
                )
            yield from _links(docs / language, name, page, pages[language])


def _read(folder: Path) -> Pages:
    return {path.relative_to(folder).as_posix(): PageSource.read(path) for path in sorted(folder.rglob("*.md"))}


def _parallel(
    name: str, source: PageSource | None, other: PageSource | None, docs: Path, languages: tuple[str, str]
) -> Iterator[Breach]:
    if source is None or other is None:
        have, lack = (languages[1], languages[0]) if source is None else languages
        message = _("there is no such page in {language}", language=lack)
        yield Breach(relative(docs / have / name), 1, None, message)
        return
    aspects: list[tuple[Callable[[PageSource], list[Piece]], Callable[..., Message]]] = [
        (_headings, lambda text: _("the heading with id {text} has no counterpart", text=text)),
        (lambda page: page.blocks, lambda text: _("the code block has no equal: {text}", text=text)),
        (lambda page: page.links, lambda text: _("the link to {text} has no counterpart", text=text)),
        (lambda page: page.calls, lambda text: _("the call {text} has no counterpart", text=text)),
    ]
    for pieces, message_of in aspects:
        yield from _differences(pieces(source), pieces(other), source, languages[1], message_of)
        yield from _differences(pieces(other), pieces(source), other, languages[0], message_of)
    if [h.id for h in source.headings[1:]] != [h.id for h in other.headings[1:]] and not (
        Counter(_ids(source)) - Counter(_ids(other)) or Counter(_ids(other)) - Counter(_ids(source))
    ):
        yield Breach(
            relative(other.path),
            1,
            None,
            _("the headings are in another order than in {language}", language=languages[0]),
        )


def _ids(page: PageSource) -> list[str]:
    return [piece.text for piece in _headings(page)]


def _headings(page: PageSource) -> list[Piece]:
    """Headings by id and level. The title is left out: its id follows from its words, and nothing links to it."""
    return [Piece(h.line, f"{'#' * h.level} {h.id}") for h in page.headings if h is not page.title]


def _differences(
    mine: Sequence[Piece],
    theirs: Sequence[Piece],
    page: PageSource,
    language: str,
    message_of: Callable[..., Message],
) -> Iterator[Breach]:
    """What is on a page and not, or not as often, on its counterpart."""
    left = Counter(piece.text for piece in theirs)
    for piece in mine:
        if left[piece.text] > 0:
            left[piece.text] -= 1
        else:
            what = message_of(Verbatim(" ".join(piece.text.split())[:60]))
            message = _("{what} in {language}", what=what, language=language)
            yield Breach(relative(page.path), piece.line, None, message)


def _links(folder: Path, name: str, page: PageSource, pages: Pages) -> Iterator[Breach]:
    for link in page.links:
        target, _hash, anchor = link.text.partition("#")
        if "://" in target or target.startswith("mailto:") or "{{" in link.text:
            continue
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), target)) if target else name
        if path not in pages and not (target and not target.endswith(".md") and _asset(folder, path)):
            yield Breach(relative(page.path), link.line, None, _("the link to {to} leads nowhere", to=link.text))
        elif anchor and path in pages and anchor not in pages[path].anchors:
            message = _("{page} has no heading with the id {anchor}", page=Verbatim(path), anchor=Verbatim(anchor))
            yield Breach(relative(page.path), link.line, None, message)


def _asset(folder: Path, path: str) -> bool:
    return (folder / path).is_file() or (folder.parent / path).is_file()
