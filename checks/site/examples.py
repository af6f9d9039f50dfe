"""Cases that a page shows: their facts as they stand in the case file, and what the check says of them today."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from checks import cases
from checks.cases import Case
from checks.judge import Result
from checks.model import Check, Finding, Fix, Guideline, Verdict
from checks.site.escape import fence
from checks.site.place import Place, cases_of
from checks.site.powershell import named_facts
from checks.site.render import CallError, part
from checks.yamltext import compact

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""A safe loader, in C where PyYAML was built with it."""

SHORT = 8
"""Rows of a fact up to which a page shows it although it comes from the base of several cases."""


@dataclass(frozen=True)
class Example:
    """A shown case, the facts that decide it, and the check's answer."""

    number: int
    case: Case
    own: Mapping[str, Any]
    result: Result

    @property
    def yaml(self) -> str:
        """What decides the case, as case files write it."""
        return compact(self.own)


@dataclass(frozen=True)
class Mending:
    """A finding of a shown case with what mends it."""

    example: Example
    finding: Finding
    fix: Fix


def shown(guideline: Guideline, language: str) -> list[Example]:
    """The cases with ``show: true``, judged now.

    Raises:
        CallError: there is none, one gives another verdict than it must, or one has no title in the language.
    """
    path = cases.case_path(guideline)
    try:
        found = _judged(guideline.check, path, path.stat().st_mtime_ns)
    except (OSError, cases.CaseError) as error:
        raise CallError(str(error)) from error
    if not found:
        raise CallError(f"{path.name} has no case with show: true")
    for example in found:
        if language not in example.case.title:
            raise CallError(f"{example.case.name} has no title in {language}")
    return found


def examples(place: Place) -> str:
    """``{{ examples() }}``: each shown case with its facts and the check's answer in the page's language."""
    guideline = required(place)
    blocks = []
    for example in shown(guideline, place.language):
        head = part("example_head.html.j2", place, example=example, verdict=example.result.verdict)
        output = part("example_output.html.j2", place, example=example, result=example.result)
        blocks.append(f"{head}\n\n{fence(example.yaml, 'yaml')}\n\n{output}")
    link = place.site.repository.file(cases_of(guideline))
    return "\n\n".join([*blocks, part("example_foot.html.j2", place, link=link, file=cases_of(guideline))])


def fix(place: Place) -> str:
    """``{{ fix() }}``: what mends the findings of the shown cases, with its side effect and the former value."""
    guideline = required(place)
    found = list(_distinct(shown(guideline, place.language)))
    if not found:
        raise CallError("no shown case has a finding with a fix")
    blocks = []
    for mending in found:
        head = part("fix_head.html.j2", place, mending=mending, alone=len(found) == 1)
        foot = part("fix_foot.html.j2", place, fix=mending.fix)
        blocks.append(f"{head}\n\n{fence(mending.fix.script, 'powershell')}\n\n{foot}")
    return "\n\n".join(blocks)


def required(place: Place) -> Guideline:
    """The guideline of a page.

    Raises:
        CallError: the page belongs to none.
    """
    if place.guideline is None:
        raise CallError("this page belongs to no guideline")
    return place.guideline


@functools.lru_cache(maxsize=256)
def _judged(check: Check, path: Path, _changed: int) -> list[Example]:
    """The shown cases of a file. Every language and every call shows the same ones: they are judged once."""
    guideline: Guideline = check.guideline  # type: ignore[attr-defined]
    own = {each["name"]: each for each in yaml.load(path.read_text(encoding="utf-8"), _LOADER)["cases"]}  # noqa: S506
    chosen = [case for case in cases.load(path) if case.show]
    return [_example(guideline, number, case, own[case.name]) for number, case in enumerate(chosen, 1)]


def _example(guideline: Guideline, number: int, case: Case, raw: Mapping[str, Any]) -> Example:
    result = cases.judge(guideline, case)
    if result.verdict is not case.verdict:
        raise CallError(f"{case.name}: the check says {result.verdict}, the case {case.verdict}")
    named = {fact.__name__ for fact in named_facts(guideline)}
    own = _deciding(case.facts, raw.get("facts", {}), named)
    if case.nodes:
        # Between nodes, the difference is what counts; only a node without one shows what it has.
        rows = {name: raw["nodes"][name] or {} for name in case.nodes}
        own["nodes"] = {name: mine or _deciding(case.nodes[name], {}, named) for name, mine in rows.items()}
    return Example(number, case, own | {key: raw[key] for key in ("missing", "errors") if raw.get(key)}, result)


def _deciding(facts: Mapping[str, Any], own: Mapping[str, Any], named: set[str]) -> dict[str, Any]:
    """The facts that a case gives itself, and of its base those that the check names, where they are short."""
    short = {name for name, rows in facts.items() if not isinstance(rows, list) or len(rows) <= SHORT}
    return {name: rows for name, rows in facts.items() if name in own or name in named & short}


def _distinct(found: list[Example]) -> Iterator[Mending]:
    """One fix of each kind: the same commands for another adapter teach nothing new."""
    seen = set()
    for example in found:
        if example.result.verdict is not Verdict.FAIL:
            continue
        for finding in example.result.findings:
            if finding.fix is None:
                continue
            kind = (tuple(_shape(command) for command in finding.fix.commands), finding.fix.note)
            if str(kind) not in seen:
                seen.add(str(kind))
                yield Mending(example, finding, finding.fix)


def _shape(command: Any) -> tuple[str, ...]:
    return (command.cmdlet, *command.parameters)
