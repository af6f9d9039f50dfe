"""The gates for what is sent: Constrained Language Mode, and Windows PowerShell 4.0."""

from __future__ import annotations

import pytest

from checks.collector import plan, question, script
from checks.constrained import constrained, floor, review
from checks.facts.base import Fact
from checks.guidelines import all_guidelines
from checks.transports.powershell import BOOTSTRAP

PLAN = plan(all_guidelines())


def test_the_collectors_script_passes_both_gates() -> None:
    assert review(script(PLAN)) == []


def test_the_bootstrap_passes_both_gates() -> None:
    assert review(BOOTSTRAP) == []


@pytest.mark.parametrize("fact", PLAN.ordered, ids=lambda fact: fact.__name__)
def test_every_query_passes_both_gates(fact: type[Fact]) -> None:
    assert review(question(fact, PLAN.keys(fact))) == []


BEFORE = "$facts = @{}\n# [Console]\n'[Console]::Beep(); New-Object'\n"
"""Three lines in which nothing is wrong."""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[Console]::OutputEncoding = 1", "the type [Console]"),
        ("[System.Text.Encoding]::UTF8", "the type [System.Text.Encoding]"),
        ("[scriptblock]::Create('1')", "the type [scriptblock]"),
        ("$x = [Net.WebClient]$y", "the type [Net.WebClient]"),
        ("$x -as [Math]", "the type [Math]"),
        ("$x = [Collections.Generic.List[string]]$y", "the type [Collections.Generic.List[string]]"),
        ("param([Diagnostics.Process]$p)", "the type [Diagnostics.Process]"),
        ("[Action]{ 1 }", "the type [Action]"),
        ("$x = Get-Process\n$x.Kill()", "the method Kill"),
        ("(Get-VMHost).Refresh()", "the method Refresh"),
        ("$ExecutionContext.InvokeCommand.InvokeScript('1')", "the method InvokeScript"),
        ("$PSCmdlet.ShouldProcess('x')", "the method ShouldProcess"),
        ("Get-VM | ForEach-Object { $_.Stop() }", "the method Stop"),
        ('"$($x.Kill())"', "the method Kill"),
        ("$x = 'a'\n$x = Get-Process\n$x.Trim()", "the method Trim"),
        ("$host.UI.RawUI.WindowTitle = 'x'", "the property $host.UI.RawUI.WindowTitle"),
        ("$x.Count++", "the property $x.Count"),
        ("(Get-VMHost).Name = 'x'", "the property (Get-VMHost).Name"),
        ("New-Object Net.WebClient", "New-Object"),
        ("new-object -ComObject WScript.Shell", "new-object"),
        ("Add-Type -TypeDefinition 'x'", "Add-Type"),
        ("[regex]::Replace('a', 'b', { 'c' })", "a script block is handed to the method Replace"),
        ("$b = { 'c' }\n[regex]::Replace('a', 'b', $b)", "a script block is handed to the method Replace"),
        (". .\\x.ps1", "dot-sourcing"),
        (". { 1 }", "dot-sourcing"),
        ("class A { [int]$x }", "no new types"),
        ("enum A { b }", "no new types"),
    ],
)
def test_what_constrained_language_mode_refuses_is_found_with_its_line(text: str, says: str) -> None:
    problems = constrained(BEFORE + text)
    assert [problem.line for problem in problems] == [4 + text.count("\n")]
    assert says in str(problems[0].message)


@pytest.mark.parametrize(
    "text",
    [
        "'{0:x4}' -f [int][char]$c",
        "(Get-Date).ToUniversalTime().ToString('s') + 'Z'",
        "$end = (Get-Date).AddSeconds(5)\n$end.AddDays(1).ToLocalTime()",
        "[regex]::Matches($json, '[^a]') | Select-Object -ExpandProperty Value -Unique",
        "$json = ConvertTo-Json -InputObject $x\nforeach ($c in $d) { $json = $json.Replace($c, ('a' -f $c)) }",
        "$answer = @{ a = 1 }\n$answer.b = 2\n$answer.Remove('a')\n$answer['c'] = 3",
        "$x.ToString()",
        "[string[]]$a = @('b')",
        "[pscustomobject]@{ a = 1 }",
        "[guid]::NewGuid()",
        "$x | Where-Object { $_.Name -eq 'a' } | Sort-Object { $_.Name }",
        "& { Get-VM }",
        "function f {\n    param([string]$s)\n    $s.Trim()\n}",
        "$ErrorActionPreference = 'Stop'",
        'try { Get-VM } catch { "$($_.FullyQualifiedErrorId)" }',
        "$env:COMPUTERNAME",
    ],
)
def test_what_it_allows_passes(text: str) -> None:
    assert review(BEFORE + text) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("$x = $a ? 1 : 2", "?"),
        ("$x = $a ?? 1", "??"),
        ("$a ??= 1", "??="),
        ("${a}?.b", "?."),
        ("${a}?[0]", "?["),
        ("Get-VM && Get-VMHost", "&&"),
        ("Get-VM || Get-VMHost", "||"),
        ("class A { [int]$x }", "class"),
        ("enum A { b }", "enum"),
        ("using namespace System", "using"),
        ("[guid]::new('x')", "::new()"),
        ("Get-VM | ForEach-Object -Parallel { 1 }", "ForEach-Object -Parallel"),
        ("foreach -parallel ($a in $b) { 1 }", "-parallel"),
        ("function f { clean { 1 } }", "clean"),
        ("$x | ConvertTo-Json -EnumsAsStrings", "ConvertTo-Json -EnumsAsStrings"),
        ("$x | ConvertTo-Json -AsArray", "ConvertTo-Json -AsArray"),
        ("$x | Select-Object -CaseInsensitive -Unique", "Select-Object -CaseInsensitive"),
        ("$x | Select-Object -SkipLast 1", "Select-Object -SkipLast"),
        ("$x | Sort-Object -Stable", "Sort-Object -Stable"),
        ("Get-VM -InformationAction Ignore", "Get-VM -InformationAction"),
        ("Get-ComputerInfo", "Get-ComputerInfo"),
        ("[semver]'1.0'", "[semver]"),
        ("[ushort]1", "[ushort]"),
    ],
)
def test_what_windows_powershell_4_lacks_is_found_with_its_line(text: str, says: str) -> None:
    problems = floor(BEFORE + text)
    assert [problem.line for problem in problems] == [4]
    assert str(problems[0].message) == f"{says} came after Windows PowerShell 4.0"


def test_what_is_no_powershell_is_a_problem_too() -> None:
    assert [problem.line for problem in floor("Get-VM\nGet-VM | {")] == [2]


def test_get_ciminstance_shallow_is_of_version_4() -> None:
    """MicrosoftDocs/PowerShell-Docs: reference/4.0/CimCmdlets/Get-CimInstance.md has it."""
    assert floor("Get-CimInstance -ClassName Win32_Service -Shallow") == []


def test_a_question_mark_in_a_text_is_no_operator() -> None:
    assert [str(p.message) for p in floor("Get-VM | {\n'why ? a : b ?? c'")] == ["this does not parse: Get-VM |"]


def test_windows_line_ends_do_not_move_the_lines() -> None:
    assert [problem.line for problem in constrained("Get-VM\r\nGet-VM\r\n[Console]::Beep()\r\n")] == [3]
