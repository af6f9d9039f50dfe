"""The report in a terminal of any width: the worst first, nothing cut off, and commands that can be copied."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from checks.audit import Collected, Report, audit, select
from checks.i18n import LANGUAGES, written
from checks.lab.recordings import all_recordings
from checks.model import Fix, Verdict
from checks.report import markdown, table


def _report(*names: str, codes: tuple[str, ...] = ()) -> Report:
    snapshots = {each.name: each.snapshot for each in all_recordings() if not names or each.name in names}
    return audit(Collected(snapshots), select(codes))


def _shown(report: Report, width: int, language: str = "en") -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False)
    table.render(report, language, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return str(text)


@pytest.fixture(scope="module")
def everything() -> Report:
    return _report()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 140])
def test_no_number_is_cut_off(everything: Report, width: int, language: str) -> None:
    text = _shown(everything, width, language)
    assert "\u2026" not in text
    words = text.split()
    for host in everything.hosts:
        assert host.name in words
    unknown = Verdict.UNKNOWN.label.render(language)
    assert unknown in text


@pytest.mark.parametrize("width", [40, 80, 140])
def test_commands_are_never_wrapped(everything: Report, width: int) -> None:
    lines = _shown(everything, width).splitlines()
    scripts = [f.fix.script for r in everything.results for f in r.findings if f.fix]
    assert scripts
    for command in {line for script in scripts for line in script.splitlines()}:
        assert f"     {command}" in lines


def test_sentences_fit_and_no_line_ends_in_blanks(everything: Report) -> None:
    lines = _shown(everything, 60).splitlines()
    commands = {f"     {c}" for r in everything.results for f in r.findings if f.fix for c in f.fix.script.splitlines()}
    assert all(len(line) <= 60 for line in lines if line not in commands)
    assert not [line for line in lines if line.endswith(" ") and line not in commands]


def test_the_worst_comes_first() -> None:
    report = _report("HVPOA-C")
    order = {"\u2717\u2717": 0, "\u2717": 1, "i": 2, "?": 3}
    text = _shown(report, 140).partition("\nHVPOA-C\n")[2].partition("\n\n")[0]
    signs = [order[line.split()[0]] for line in text.splitlines() if line[2:3] != " "]
    assert signs == sorted(signs)
    assert {0, 1, 2, 3} == set(signs)
    bullets = [line for line in markdown.render(report, "en").splitlines() if line.startswith("- ")]
    assert "DCB001" in bullets[0]


def test_one_doubt_of_several_guidelines_is_said_once() -> None:
    report = _report("HV-SAOPAULO")
    denied = "could not read Get-SmbClientNetworkInterface: Acesso negado."
    assert _shown(report, 140).count(denied) == 1
    assert f"?  LM002, MC002, MC003, MC004, RD002 {denied}" in _shown(report, 140)
    assert markdown.render(report, "en").count("Acesso negado") == 1


def test_one_guideline_is_counted_in_good_english() -> None:
    assert "1 host, guidelines: 1" in _shown(_report("HV16", codes=("LM001",)), 140)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "(nada)"),
        ("", "(nada)"),
        ([], "(nada)"),
        (False, "False"),
        (0, "0"),
        ([1, 2], "1, 2"),
        (["PCI", None], "PCI, (nada)"),
        ([[0, 1], [4]], "0, 1; 4"),
        ("a\x1b[31m\u202eb", "a\ufffd[31m\ufffdb"),
    ],
)
def test_values_are_shown_as_an_administrator_knows_them(value: object, expected: str) -> None:
    assert written(value, "pt-BR") == expected


def test_former_values_are_powershell() -> None:
    from checks.facts.cluster import NetworkRole

    before = {"A": None, "B": "", "C": [1, "x"], "D": NetworkRole.CLUSTER_AND_CLIENT, "E": True}
    fix = Fix("Set-Thing", before=before)
    assert fix.script.splitlines() == [
        "# A: $null",
        "# B: ''",
        "# C: 1, x",
        "# D: ClusterAndClient (3)",
        "# E: True",
        "Set-Thing",
    ]
