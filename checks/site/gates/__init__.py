"""The gates: what must hold between guidelines, pages, cases, tests and languages. One line per breach.

They know nothing of MkDocs: the site's build and ``hvnet verify`` ask the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from checks.guidelines import all_guidelines
from checks.i18n import REQUIRED, _
from checks.model import Guideline
from checks.paths import CASES, DOCS, LOCALES
from checks.site import results
from checks.site.gates import answers, cases, chain, codes, messages, pages, terms, translations, unwritten, windows
from checks.site.gates.breach import Breach

__all__ = ["GATES", "Breach", "breaches"]

GATES = (chain, unwritten, codes, cases, answers, windows, pages, translations, messages, terms)
"""Every gate; :func:`breaches` asks each."""


def breaches(
    *,
    docs: Path = DOCS,
    case_folder: Path = CASES,
    guidelines: Sequence[Guideline] | None = None,
    collected: Iterable[str] | None = None,
    languages: Sequence[str] = REQUIRED,
    locales: Path = LOCALES,
) -> list[Breach]:
    """Everything that is not as it must be, by file and line.

    Args:
        docs: the folder that holds one folder of pages per language.
        case_folder: the folder of the case files.
        guidelines: what to look at instead of what discovery finds.
        collected: node IDs of the collected tests; pytest is asked where they are not given.
        languages: the first one is the source that the others follow.
        locales: the folder of the locks.
    """
    try:
        known = all_guidelines() if guidelines is None else guidelines
    except LookupError:
        known = ()
    found: list[Breach] = []
    if not known:
        found.append(Breach("checks/guidelines", 1, None, _("the search for guidelines found none")))
    with ThreadPoolExecutor(max_workers=1) as pool:
        # pytest collects in a process of its own, while the other gates work.
        nodes = pool.submit(lambda: list(results.collect() if collected is None else collected))
        found += unwritten.breaches(known, docs, case_folder, languages)
        found += codes.breaches(known)
        found += codes.mentions(known, docs)
        found += cases.breaches(known, case_folder)
        found += answers.breaches(known, case_folder)
        found += windows.breaches(known, docs, case_folder)
        found += pages.breaches(docs, languages)
        found += translations.breaches(docs, languages, locales)
        found += messages.breaches(languages)
        found += terms.breaches(docs, languages)
        found += _chain(known, docs, case_folder, nodes, languages)
    return sorted(found, key=lambda each: (each.path, each.line, each.code or "", str(each.message)))


def _chain(
    known: Sequence[Guideline], docs: Path, case_folder: Path, nodes: Future[list[str]], languages: Sequence[str]
) -> Iterator[Breach]:
    """The links between guidelines, pages, cases and the tests that pytest found."""
    found: list[str] = []
    try:
        found = nodes.result()
    except results.CollectionError as error:
        yield Breach(results.FOLDER, 1, None, _("pytest does not collect the cases: {error}", error=str(error)))
    yield from chain.breaches(known, docs, case_folder, found, languages)
