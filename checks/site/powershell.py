"""The PowerShell that a person can paste to read what a check reads."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from checks.collector import Plan
from checks.facts.base import Fact
from checks.facts.needs import Cluster, Derived, wanted
from checks.guidelines import parameters
from checks.model import Guideline
from checks.site.reads import Reads

WIDTH = 100


def plan_of(guideline: Guideline) -> Plan:
    """The facts that a guideline's check reads."""
    plan = Plan()
    for annotation in parameters(guideline).values():
        plan.add(annotation)
    return plan


def named_facts(guideline: Guideline) -> list[type[Fact]]:
    """The facts that a check names itself, without those behind the conclusions that it shares with others."""
    found = [fact for annotation in parameters(guideline).values() for fact in _named(annotation)]
    return list(dict.fromkeys(found))


def pasteable(fact: type[Fact], keys: tuple[str, ...] = (), attributes: Collection[str] | None = None) -> str:
    """The same PowerShell as the collector's question, on lines that a page can hold; *attributes* narrows it."""
    body = f"{fact.question(keys)} |\n{textwrap.indent(_wrapped(fact.select(attributes)), '    ')}"
    if fact.only_if:
        body = f"if ({fact.only_if.question()}) {{\n{textwrap.indent(body, '    ')}\n}}"
    if fact.samples > 1:
        pause = f"if ($i -gt 1) {{ Start-Sleep -Seconds {fact.interval} }}"
        body = f"foreach ($i in 1..{fact.samples}) {{\n    {pause}\n{textwrap.indent(body, '    ')}\n}}"
    return body


def script(plan: Plan, facts: list[type[Fact]], reads: Reads) -> str:
    """The questions for what is read of several facts, each under its name."""
    return "\n\n".join(f"# {fact.__name__}\n{pasteable(fact, plan.keys(fact), reads.get(fact, ()))}" for fact in facts)


def _named(annotation: Any) -> Iterator[type[Fact]]:
    if get_origin(annotation) is Cluster:
        inner = get_args(annotation)[0]
        hints = get_type_hints(inner, include_extras=True) if _is_derived(inner) else {"": inner}
        for hint in hints.values():
            yield from _named(hint)
    elif get_origin(annotation) is Annotated or get_args(annotation):
        for each in get_args(annotation):
            yield from _named(each)
    elif isinstance(annotation, type) and issubclass(annotation, Fact):
        yield from (fact for fact, _only in wanted(annotation))


def _is_derived(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Derived)


def _wrapped(select: str) -> str:
    """A ``Select-Object`` on several lines, broken after commas outside of brackets."""
    verb, _space, columns = select.partition(" ")
    lines, line = [], f"{verb} "
    for column in _columns(columns):
        if len(line) + len(column) > WIDTH and line.strip():
            lines.append(line.rstrip())
            line = "    "
        line += f"{column}, "
    return "\n".join([*lines, line.removesuffix(", ")])


def _columns(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for found in re.finditer(r"[{}()]|, ", text):
        if found[0] == ", " and depth == 0:
            yield text[start : found.start()]
            start = found.end()
        elif found[0] != ", ":
            depth += 1 if found[0] in "{(" else -1
    yield text[start:]
