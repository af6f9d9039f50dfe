"""The gates: what must hold between guidelines, pages, cases, tests and languages. One line per breach.

They know nothing of MkDocs: the site's build and ``hvnet verify`` ask the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    try:
        nodes = list(results.collect() if collected is None else collected)
    except results.CollectionError as error:
        nodes = []
        found.append(Breach(results.FOLDER, 1, None, _("pytest does not collect the cases: {error}", error=str(error))))
    found += chain.breaches(known, docs, case_folder, nodes, languages)
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
    return sorted(found, key=lambda each: (each.path, each.line, each.code or "", str(each.message)))
