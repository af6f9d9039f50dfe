"""Gates that judge: each is shown to fail on something that is broken on purpose."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

from checks import collector
from checks.facts.base import Fact
from checks.facts.hyperv import VMHost
from checks.guidelines import all_guidelines
from checks.i18n import _
from checks.lab import cmdlets
from checks.model import Assignment, Finding, Fix, Guideline, Source
from checks.paths import CASES, DOCS
from checks.site.gates import answers, codes, windows
from checks.site.gates.breach import Breach

Change = Callable[[list[dict[str, Any]]], None]


def guideline(code: str) -> Guideline:
    return next(each for each in all_guidelines() if each.code == code)


def texts(breaches: object) -> list[str]:
    return [breach.render() for breach in breaches]  # type: ignore[attr-defined]


@pytest.fixture
def spoiled(tmp_path: Path) -> Callable[[str, Change], list[str]]:
    """What the gate says of a guideline's cases after a change of their file."""

    def change_and_ask(code: str, change: Change) -> list[str]:
        shutil.copytree(CASES, tmp_path / "cases")
        each = guideline(code)
        path = tmp_path / "cases" / (each.slug.replace("-", "_") + ".yaml")
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(data["cases"])
        path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return texts(answers.breaches([each], tmp_path / "cases"))

    return change_and_ask


def test_the_project_passes() -> None:
    known = all_guidelines()
    assert not texts(answers.breaches(known, CASES))
    assert not texts(windows.breaches(known, DOCS, CASES))
    assert not texts(codes.breaches(known))


def test_a_case_with_another_verdict_is_told(spoiled: Callable[[str, Change], list[str]]) -> None:
    def change(cases: list[dict[str, Any]]) -> None:
        next(case for case in cases if case["name"] == "plain TCP/IP")["verdict"] = "pass"

    assert any("LM002: the case is not as it says: gives fail, not pass" in text for text in spoiled("LM002", change))


def test_a_message_that_no_case_brings_up_is_told(spoiled: Callable[[str, Change], list[str]]) -> None:
    def change(cases: list[dict[str, Any]]) -> None:
        cases[:] = [case for case in cases if case["verdict"] != "not_applicable"]

    said = spoiled("LM002", change)
    assert any("transport.py:" in text and "live migration is off on this host" in text for text in said)


def test_a_fix_that_does_not_mend_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cmdlets._CMDLETS, "Set-VMHost", lambda _facts, _parameters: None)
    said = texts(answers.breaches([guideline("LM002")], CASES))
    assert any("after its fix it still says: live migration copies memory" in text for text in said)


def test_a_fix_that_the_lab_does_not_know_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(cmdlets._CMDLETS, "Set-VMHost")
    said = texts(answers.breaches([guideline("LM002")], CASES))
    assert any("the lab does not know Set-VMHost" in text for text in said)


class Wrong(Fact):
    """A fact that breaks every rule."""

    query: ClassVar[str] = "Get-NetAdapter -Nmae x | Set-NetAdapter"
    name: str
    display_name: str
    link_speed: str


def test_a_query_that_breaks_rules_is_told() -> None:
    said = " ".join(texts(windows._query(Wrong)))
    for problem in (
        "Get-NetAdapter has no parameter -Nmae",
        "Set-NetAdapter could change something",
        "no property Name",
        "Windows translates DisplayName",
    ):
        assert problem in said
    assert "tests/test_gates.py:" in said


def test_what_is_translated_for_adapters_is_told() -> None:
    class Speed(Fact):
        query: ClassVar[str] = "Get-CimInstance -Namespace root/StandardCimv2 -ClassName MSFT_NetAdapter"
        link_speed: str

    assert any("Windows translates LinkSpeed" in text for text in texts(windows._query(Speed)))


def test_a_property_that_no_object_has_is_told_where_a_fix_sets_it() -> None:
    def check(host: VMHost) -> Iterator[Finding]:
        yield Finding(_("x"), subject=host.name, fix=Fix.of(Assignment("Get-Cluster", name="SameSubnet", value=1)))

    said = texts(windows._fixes(dataclasses.replace(guideline("LM002"), check=check, thresholds=()), CASES))
    assert any("Get-Cluster has no property SameSubnet" in text for text in said)


def test_a_script_that_constrained_language_forbids_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forbidden(Fact):
        query: ClassVar[str] = "Get-VMHost"
        name: str

    monkeypatch.setattr(Forbidden, "select", lambda: "Select-Object @{n='Name';e={[Console]::Title}}")
    monkeypatch.setattr(windows, "plan", lambda _known: collector.Plan({Forbidden: set()}))
    assert any("checks/collector.py" in text for text in texts(windows._collector(())))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("Get-VMHots", "no Windows Server version knows Get-VMHots"),
        ("Get-VMHost -Nmae x", "Get-VMHost has no parameter -Nmae"),
        ("Get-VMHost | Select-Object {", "does not parse"),
        ("Get-VMHost | Where-Object { $_.Name } | Select-Object Name, Colour", "Get-VMHost has no property Colour"),
        ("Get-VMNetworkAdapter -ManagementOS | Format-Table -AutoSize Name, IovWeight", "has no property IovWeight"),
        (
            "Get-CimInstance -Namespace root/StandardCimv2 -ClassName MSFT_NetAdapter | Format-List Sped",
            "property Sped",
        ),
    ],
)
def test_powershell_on_a_page_is_looked_at(tmp_path: Path, body: str, says: str) -> None:
    page = tmp_path / "x.md"
    page.write_text(f"# T\n\n```powershell\n# a comment\n{body}\n```\n", encoding="utf-8")
    breach = next(iter(windows._page(page, tmp_path, ())))
    assert says in breach.render()
    assert breach.line >= 4 or "parse" in says


@pytest.mark.parametrize(
    "body",
    [
        "Get-VMNetworkAdapter -VMName * | Select-Object VMName, IovWeight, @{n='x';e={$_.Odd}}",
        "Get-VM | ForEach-Object { $_.Name } | Select-Object Anything",
        "Get-VMHost | Select-Object -First 1 -Property Name",
        "$known | Where-Object { $_ } | Select-Object Whatever",
    ],
)
def test_properties_that_are_known_or_cannot_be_known_are_let_through(tmp_path: Path, body: str) -> None:
    page = tmp_path / "x.md"
    page.write_text(f"# T\n\n```powershell\n{body}\n```\n", encoding="utf-8")
    assert not texts(windows._page(page, tmp_path, ()))


def test_programs_on_a_page_are_not_cmdlets(tmp_path: Path) -> None:
    page = tmp_path / "x.md"
    page.write_text("# T\n\n```powershell\nhvnet check hv01\nGet-VMHost\n```\n", encoding="utf-8")
    assert not list(windows._page(page, tmp_path, ()))


def changed(each: Guideline, **values: Any) -> list[str]:
    return texts(codes.breaches([dataclasses.replace(each, **values)]))


def test_a_code_of_another_area_is_told() -> None:
    assert "the code does not fit the area; it is like LM001" in changed(guideline("LM002"), code="NIC900")[0]
    assert "does not fit" in changed(guideline("LM002"), code="LM2")[0]


def test_a_code_that_was_retired_is_told(tmp_path: Path) -> None:
    retired = tmp_path / "retired.yaml"
    retired.write_text("- {code: LM002, slug: live-migration/old, retired: 2026-01-01}\n")
    assert "it is not used again" in texts(codes.breaches([guideline("LM002")], retired))[0]


def test_a_code_that_pages_name_and_nobody_has_is_told(tmp_path: Path) -> None:
    renamed = [
        dataclasses.replace(each, code="LM020" if each.code == "LM002" else each.code) for each in all_guidelines()
    ]
    said = texts(codes.mentions(renamed, DOCS))
    assert any("network-io-performance.md" in text and "LM002: no guideline has this code" in text for text in said)
    assert not texts(codes.mentions(all_guidelines(), DOCS))


def test_sources_are_needed_and_were_read_before_today() -> None:
    assert "names no source" in changed(guideline("LM002"), sources=())[0]
    source = Source("A page", "https://example.org", read=date(2099, 1, 1))
    assert "was read in the future" in changed(guideline("LM002"), sources=(source,))[0]


def test_a_long_function_is_told(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("def check():\n" + "    pass\n" * codes.LONGEST)
    found: list[Breach] = list(codes.breaches([], folder=tmp_path))
    assert "check has 41 lines" in found[0].render()
    assert found[0].line == 1
