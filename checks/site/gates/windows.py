"""What runs on Windows: queries and fixes have names that the claimed versions know, and so has what pages show.

Queries only read, and keep to Constrained Language Mode. No fact is read through a property that Windows translates.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path

from checks import cases, constrained
from checks.collector import plan, script
from checks.facts.base import Fact
from checks.i18n import LANGUAGES, Message, Verbatim, _
from checks.model import VERSIONS, Assignment, Guideline, WindowsVersion
from checks.powershell import Problem, lacks_property, read_properties, review, unknown_properties
from checks.site.gates.breach import Breach, relative
from checks.site.place import page_of
from checks.site.source import PageSource

TRANSLATED = {
    "description", "displaygroup", "displayname", "displayvalue", "elementname", "owner", "statusdescription",
    "statusdescriptions", "validdisplayvalues",
}  # fmt: skip
"""Properties whose values Windows or a vendor words in the language of the host."""

TRANSLATED_OF_ADAPTERS = {"linkspeed", "mediaconnectionstate", "mediatype", "physicalmediatype", "status"}
"""Properties that are numbers elsewhere, and words where Get-NetAdapter shows them."""


def breaches(guidelines: Sequence[Guideline], docs: Path, folder: Path) -> Iterator[Breach]:
    """What would not run, would change something, or would only work on English Windows."""
    for fact in plan(guidelines).facts:
        yield from _query(fact)
    yield from _collector(guidelines)
    for each in guidelines:
        yield from _fixes(each, folder)
    for language in LANGUAGES:
        for path in sorted((docs / language).rglob("*.md")):
            yield from _page(path, docs / language, guidelines)


def _query(fact: type[Fact]) -> Iterator[Breach]:
    path, line = Path(inspect.getsourcefile(fact) or ""), inspect.getsourcelines(fact)[1]
    # What is asked for only where another fact is there need not be in every version.
    versions = VERSIONS[-1:] if fact.only_if else VERSIONS
    text = f"{fact.question()} | {fact.select()}".replace("$i", "1")
    messages = [problem.message for problem in review(text, versions, only_reads=True)]
    messages += [_("the objects of this query have no property {name}", name=n) for n in unknown_properties(fact)]
    messages += [
        _("Windows translates {name}: nothing may be read from it", name=name)
        for name in fact.properties()
        if name.lower() in TRANSLATED or ("NetAdapter" in fact.called() and name.lower() in TRANSLATED_OF_ADAPTERS)
    ]
    for message in messages:
        yield Breach(relative(path), line, None, _("{fact}: {problem}", fact=fact.__name__, problem=message))


def _collector(guidelines: Sequence[Guideline]) -> Iterator[Breach]:
    text = script(plan(guidelines))
    for problem in constrained.review(text):
        message = _("line {line} of the script: {problem}", line=problem.line, problem=problem.message)
        yield Breach("checks/collector.py", 1, None, message)


def _fixes(guideline: Guideline, folder: Path) -> Iterator[Breach]:
    path = folder / (guideline.slug.replace("-", "_") + ".yaml")
    try:
        found = cases.load(path)
    except cases.CaseError:
        return
    fixes = {f.fix.script: f.fix for case in found for f in cases.judge(guideline, case).findings if f.fix}
    told: set[str] = set()
    for text in fixes:
        for problem in review(text, guideline.versions, only_reads=False):
            if str(problem.message) not in told:
                told.add(str(problem.message))
                yield Breach(relative(path), 1, guideline.code, _("a fix: {problem}", problem=problem.message))
    for command in {str(c): c for fix in fixes.values() for c in fix.commands if isinstance(c, Assignment)}.values():
        if lacks_property(command.cmdlet, command.name):
            unknown = _("{cmdlet} has no property {name}", cmdlet=Verbatim(command.cmdlet), name=Verbatim(command.name))
            yield Breach(relative(path), 1, guideline.code, _("a fix: {problem}", problem=unknown))


def _page(path: Path, root: Path, guidelines: Sequence[Guideline]) -> Iterator[Breach]:
    page = PageSource.read(path)
    mine = next((g for g in guidelines if page_of(g) == path.relative_to(root).as_posix()), None)
    for block in page.blocks:
        head, _newline, body = block.text.partition("\n")
        if "powershell" not in head.lower():
            continue
        for problem in _block(body, mine.versions if mine else VERSIONS[-1:]):
            yield Breach(relative(path), block.line + problem.line, mine.code if mine else None, problem.message)


def _block(body: str, versions: Sequence[WindowsVersion]) -> list[Problem]:
    """What is wrong with PowerShell on a page that speaks about these Windows Server versions."""
    text = "\n".join(line for line in body.splitlines() if not line.startswith("```"))
    # Commands of a console are known to nobody; cmdlets are.
    names = [problem for problem in review(text, versions, only_reads=False) if not _is_program(problem.message)]
    return [*names, *read_properties(text)]


def _is_program(message: Message) -> bool:
    name = str(getattr(message.values.get("cmdlet"), "value", ""))
    return message.text.startswith("no Windows Server version knows") and "-" not in name
