"""The nouns: what a fix prints must be PowerShell that nothing from a host can break out of."""

from __future__ import annotations

import re
from datetime import date

import pytest

from checks.guidelines import all_guidelines
from checks.i18n import _
from checks.model import Command, Fix, Severity, SideEffect, Source, Verdict, literal, quote

HOSTILE = [
    "O'Brien",
    "SRV\u2019; Remove-Item C:\\ -Recurse; \u2018",
    "\u201aSET\u201b",
    '"; Stop-Computer; "',
    "$(Stop-Computer)",
    "`$env:x`n",
    "a\nStop-Computer",
    "a\r\n# b",
    "-Confirm:$false",
    "Equipe 1 – Aplicação",
    "",
]


def read(literal: str) -> str:
    """What Windows PowerShell reads: a single-quoted string, or a sum of such strings and of ``[char]0x…``.

    A quoted string ends at any of the five apostrophes unless that stands twice.
    """
    string = r"'(?:[^'\u2018-\u201b]|(?P<q>['\u2018-\u201b])(?P=q))*'"
    character = r"\[char\]0x[0-9A-F]+"
    if re.fullmatch(string, literal):
        parts = [literal]
    else:
        assert literal[0] + literal[-1] == "()", literal
        parts = literal[1:-1].split(" + ")
        assert parts[0].startswith("'"), literal
    assert all(re.fullmatch(string, part) or re.fullmatch(character, part) for part in parts), literal
    return "".join(
        re.sub(r"(['\u2018-\u201b])\1", r"\1", part[1:-1]) if part[0] == "'" else chr(int(part[6:], 16))
        for part in parts
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_quoted_name_reads_as_itself_and_stays_on_its_line(name: str) -> None:
    assert read(quote(name)) == name
    assert len(quote(name).splitlines()) == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_a_fix_stays_one_command_whatever_the_adapter_is_called(name: str) -> None:
    fix = Fix("Set-NetAdapterAdvancedProperty", Name=name, RegistryValue="1024")
    assert fix.script == f"Set-NetAdapterAdvancedProperty -Name {quote(name)} -RegistryValue '1024'"


@pytest.mark.parametrize(
    "former", ["a\nStop-Computer", "a\r\nStop-Computer", "a\u2028Stop-Computer", "x\x0bStop-Computer"]
)
def test_a_former_value_stays_in_its_comment(former: str) -> None:
    comment, command = Fix("Enable-VMMigration", before={"Path": former}).script.splitlines()
    assert comment.startswith("# Path: ")
    assert comment.endswith("Stop-Computer")
    assert command == "Enable-VMMigration"


def test_a_former_value_with_a_name_that_breaks_lines() -> None:
    script = Fix("Enable-VMMigration", before={"Ethernet\nStop-Computer": 512}).script
    assert script.splitlines() == ["# Ethernet Stop-Computer: 512", "Enable-VMMigration"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "$null"),
        (True, "$true"),
        (False, "$false"),
        (4096, "4096"),
        (0.5, "0.5"),
        ("512", "'512'"),
        (["a", "b'c"], "'a', 'b''c'"),
        ((1, True), "1, $true"),
        (
            Command("Get-ClusterResourceType", {"Name": "Virtual Machine"}),
            "(Get-ClusterResourceType -Name 'Virtual Machine')",
        ),
    ],
)
def test_literals(value: object, written: str) -> None:
    assert literal(value) == written


def test_a_switch_never_becomes_a_positional_argument() -> None:
    assert (
        str(Command("Set-VMHost", {"UseAnyNetworkForMigration": False}))
        == "Set-VMHost -UseAnyNetworkForMigration:$false"
    )


def test_then_appends_and_leaves_the_first_fix_alone() -> None:
    note = _("x")
    first = Fix("Add-VMMigrationNetwork", Subnet="10.0.20.0/24", effect=SideEffect.REBOOTS, before={"a": 1}, note=note)
    both = first.then("Set-VMHost", UseAnyNetworkForMigration=False)
    assert [command.cmdlet for command in first.commands] == ["Add-VMMigrationNetwork"]
    assert [command.cmdlet for command in both.commands] == ["Add-VMMigrationNetwork", "Set-VMHost"]
    assert (both.effect, both.before, both.note) == (SideEffect.REBOOTS, {"a": 1}, note)
    assert both.script.splitlines() == [
        "# a: 1",
        "Add-VMMigrationNetwork -Subnet '10.0.20.0/24'",
        "Set-VMHost -UseAnyNetworkForMigration:$false",
    ]


def test_severities_compare_by_rank_and_every_word_has_a_label() -> None:
    assert [s.rank for s in (Severity.INFO, Severity.WARNING, Severity.CRITICAL)] == [0, 1, 2]
    for words in (Verdict, Severity, SideEffect):
        assert all(str(word.label) for word in words)


def test_the_address_of_a_source() -> None:
    page = Source(
        "Set-VMHost", "MicrosoftDocs/windows-powershell-docs: docset/Hyper-V/Set-VMHost.md", date(2026, 11, 23)
    )
    assert page.url == "https://github.com/MicrosoftDocs/windows-powershell-docs/blob/HEAD/docset/Hyper-V/Set-VMHost.md"
    assert Source("x", "https://learn.microsoft.com/x", date(2026, 11, 23)).url == "https://learn.microsoft.com/x"


def test_guidelines_have_codes_of_their_own_and_hold_for_the_newest_windows() -> None:
    guidelines = all_guidelines()
    assert len({g.code for g in guidelines}) == len({g.slug for g in guidelines}) == len(guidelines)
    assert all(g.versions[-1] == "2025" and g.versions[0] == g.since for g in guidelines)
