"""Everything that is sent to Windows parses, has known names and only reads; every fix has known names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from checks import cases
from checks.collector import plan, question, script
from checks.facts.base import Expression, Fact
from checks.guidelines import all_guidelines
from checks.model import VERSIONS, Guideline
from checks.powershell import review, unknown_properties

FACTS = list(plan(all_guidelines()).facts)


def _subclasses(of: type) -> list[type]:
    return [each for direct in of.__subclasses__() for each in (direct, *_subclasses(direct))]


def test_the_collectors_script_parses_reads_only_and_is_ascii() -> None:
    text = script(plan(all_guidelines()))
    assert text.isascii()
    assert not [p for p in review(text, ("2025",), only_reads=True) if "is not in" not in str(p.message)]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_query_uses_what_every_version_knows(fact: type[Fact]) -> None:
    text = f"{fact.question()} | {fact.select()}".replace("$i", "1")
    versions = ("2025",) if fact.only_if else VERSIONS
    assert not review(text, versions, only_reads=True)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_query_reads_properties_that_its_type_has(fact: type[Fact]) -> None:
    assert not unknown_properties(fact)


def test_every_fact_is_read_by_a_guideline_or_by_every_audit() -> None:
    assert {fact for fact in _subclasses(Fact) if fact.__module__.startswith("checks.")} == set(FACTS)


@pytest.mark.parametrize("guideline", all_guidelines(), ids=lambda guideline: guideline.code)
def test_fixes_use_what_their_versions_know(guideline: Guideline) -> None:
    found = [f for case in cases.load(cases.case_path(guideline)) for f in cases.judge(guideline, case).findings]
    assert all(finding.fix or finding.hint for finding in found), "a finding says neither how nor what to do"
    for fix in (finding.fix for finding in found if finding.fix):
        assert not review(fix.script, guideline.versions, only_reads=False), fix.script


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Get-VMHost | Select-Object Name, {", "does not parse"),
        ("Get-VMHots", "no Windows Server version knows Get-VMHots"),
        ("Get-VMHost -Nmae x", "has no parameter -Nmae"),
        ("Set-VMHost -MaximumStorageMigrations 2", "could change something"),
        ("Get-NetIntent", "is not in Windows Server"),
        ("Get-VM | % { $_.Name }", "no Windows Server version knows %"),
        ("Remove-Item C:\\x -Recurse", "could change something"),
    ],
)
def test_what_must_not_be_sent_is_found(text: str, complaint: str) -> None:
    assert any(complaint in str(problem.message) for problem in review(text, VERSIONS, only_reads=True))


def test_a_problem_names_its_line() -> None:
    assert review("Get-VMHost\nGet-VM\nGet-Nonsense", VERSIONS, only_reads=True)[0].line == 3


def test_a_property_that_the_type_lacks_is_found() -> None:
    class Wrong(Fact):
        query = "Get-VMHost"
        name: str
        favourite_colour: str

    assert unknown_properties(Wrong) == ["FavouriteColour"]


def test_every_list_property_is_read_by_an_expression_or_comes_flat() -> None:
    assert all(isinstance(e, Expression | None) for fact in FACTS for e in fact.properties().values())


def test_the_question_of_a_guarded_fact_stands_behind_its_guard() -> None:
    guarded = [fact for fact in FACTS if fact.only_if]
    assert guarded
    for fact in guarded:
        assert question(fact).startswith(f"if ({fact.only_if.question()})")


def test_collector_prints_the_script() -> None:
    printed = subprocess.run([sys.executable, "-m", "checks", "collector"], capture_output=True, text=True, check=True)
    assert printed.stdout == script(plan(all_guidelines()))
