"""From the facts that are wanted to one PowerShell script, and from its output to a snapshot.

The script only reads, keeps to what Constrained Language Mode allows and to Windows PowerShell 4.0, holds each
statement on one line, and prints ASCII: no code page can break an accent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from checks import __version__
from checks.facts.base import Fact
from checks.facts.cluster import ClusterNode, ClusterSettings
from checks.facts.needs import wanted
from checks.facts.system import OperatingSystem
from checks.guidelines import parameters
from checks.model import Guideline
from checks.snapshot import BEGIN, END, SCHEMA, Snapshot, parse

ALWAYS: tuple[type[Fact], ...] = (OperatingSystem, ClusterSettings, ClusterNode)
"""Asked of every host: what it is, and which cluster it belongs to."""


@dataclass
class Plan:
    """The facts to ask for, and the keys to which some of them are narrowed."""

    facts: dict[type[Fact], set[str]] = field(default_factory=dict)

    def add(self, annotation: object) -> None:
        """Add the facts behind an annotation."""
        for fact, only in wanted(annotation):
            self.facts.setdefault(fact, set()).update(only.keys if only else ())

    @property
    def ordered(self) -> list[type[Fact]]:
        """The facts in the order in which they are asked: those that are read several times last."""
        return sorted(self.facts, key=lambda fact: (fact.samples > 1, fact.__module__, fact.__name__))

    def keys(self, fact: type[Fact]) -> tuple[str, ...]:
        """The keys to which a fact is narrowed, in a stable order; none means all rows."""
        return tuple(sorted(self.facts[fact]))


def plan(guidelines: Iterable[Guideline], also: Iterable[type[Any]] = ()) -> Plan:
    """The union of what the checks of *guidelines* and *also* need; each fact is asked for once."""
    result = Plan()
    for annotation in (*ALWAYS, *also):
        result.add(annotation)
    for each in guidelines:
        for annotation in parameters(each).values():
            result.add(annotation)
    return result


def question(fact: type[Fact], keys: tuple[str, ...] = ()) -> str:
    """The PowerShell that reads one fact: a person can paste it."""
    asked = f"{fact.question(keys)} | {fact.select()}"
    return f"if ({fact.only_if.question()}) {{ {asked} }}" if fact.only_if else asked


def script(wanted_facts: Plan) -> str:
    """The script that reads the facts and prints them as JSON between marker lines."""
    facts = wanted_facts.ordered
    lines = [
        f"# hvnet {__version__}: reads the facts below and prints them as JSON. It changes nothing.",
        "Set-StrictMode -Off",
        "$ErrorActionPreference = 'Stop'",
        "$ProgressPreference = 'SilentlyContinue'",
        "$WarningPreference = 'SilentlyContinue'",
    ]
    for number, fact in enumerate(facts, start=1):
        lines += _reading(number, fact, wanted_facts.keys(fact))
    return "\n".join([*lines, *_answer(wanted_facts), ""])


def _reading(number: int, fact: type[Fact], keys: tuple[str, ...]) -> list[str]:
    asked = question(fact, keys)
    if fact.samples > 1:
        pause = f"if ($i -gt 1) {{ Start-Sleep -Seconds {fact.interval} }}"
        turns = ", ".join(str(turn) for turn in range(1, fact.samples + 1))
        asked = f"foreach ($i in @({turns})) {{ {pause}; {asked} }}"
    failed = f'$e{number} = @{{ id = "$($_.FullyQualifiedErrorId)"; message = "$_" }}'
    return [
        f"$v{number} = @()",
        f"$e{number} = $null",
        f"try {{ $v{number} = @({asked}) }} catch {{ {failed} }}",
    ]


def _answer(wanted_facts: Plan) -> list[str]:
    facts = wanted_facts.ordered
    values = "; ".join(f"{fact.__name__} = $v{number}" for number, fact in enumerate(facts, start=1))
    errors = "; ".join(f"{fact.__name__} = $e{number}" for number, fact in enumerate(facts, start=1))
    keys = "; ".join(
        f"{fact.__name__} = @({', '.join(repr(key) for key in wanted_facts.keys(fact))})"
        for fact in facts
        if wanted_facts.keys(fact)
    )
    session = (
        'powershell = "$($PSVersionTable.PSVersion)"; '
        'language_mode = "$($ExecutionContext.SessionState.LanguageMode)"; '
        'culture = "$((Get-UICulture).Name)"'
    )
    escape = "'\\u{0:x4}' -f [int][char]$c"
    return [
        f"$facts = @{{ {values} }}",
        f"$errors = @{{ {errors} }}",
        f"$keys = @{{ {keys} }}",
        f"$session = @{{ {session} }}",
        "$now = (Get-Date).ToUniversalTime().ToString('s') + 'Z'",
        f"$answer = @{{ schema = {SCHEMA}; hvnet = '{__version__}'; collected = $now; session = $session; "
        "facts = $facts; errors = $errors; keys = $keys }",
        "$json = ConvertTo-Json -InputObject $answer -Depth 6 -Compress",
        "$beyond = @([regex]::Matches($json, '[^\\x00-\\x7F]') | Select-Object -ExpandProperty Value -Unique)",
        f"foreach ($c in $beyond) {{ $json = $json.Replace($c, ({escape})) }}",
        f"'{BEGIN}'",
        "$json",
        f"'{END}'",
    ]


def read(output: str, host: str) -> Snapshot:
    """The snapshot in a script's output.

    Raises:
        SnapshotError: the output was cut off, or is not what the script prints.
    """
    return parse(output, host)
