"""The manual is true: files are those of the examples, settings load, scripts are what the command writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checks import inventory, report, settings, waivers
from checks.audit import Collected, audit
from checks.console import Exit
from checks.fixplan import plans
from checks.fixscript import render
from checks.guidelines import all_guidelines
from checks.i18n import LANGUAGES
from checks.lab.recordings import all_recordings
from checks.paths import ROOT
from checks.site.source import PageSource
from checks.transports import AUTHS

languages = pytest.mark.parametrize("language", LANGUAGES)


def page(language: str, name: str) -> PageSource:
    return PageSource.read(ROOT / "docs" / language / f"{name}.md")


def blocks(language: str, name: str, marker: str) -> list[str]:
    """The code blocks in a language of code, without their fences."""
    found = (block.text.partition("\n") for block in page(language, name).blocks)
    return [body for head, _newline, body in found if head == f"```{marker}"]


def cells(language: str, name: str) -> set[str]:
    """Words in code font that stand in the first column of a table."""
    rows = [line for line in page(language, name).text.splitlines() if line.startswith("| ")]
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[1])}


@languages
@pytest.mark.parametrize("file", ["github-actions.yml", "gitlab-ci.yml"])
def test_the_examples_for_ci_are_on_the_page(language: str, file: str) -> None:
    text = (ROOT / "examples" / file).read_text("utf-8").rstrip("\n")
    assert text in blocks(language, "fleets-and-ci", "yaml")


@languages
def test_the_files_on_the_page_load(language: str, tmp_path: Path) -> None:
    names = ("hosts.yml", "hvnet.yml", "waivers.yml")
    for name, text in zip(names, blocks(language, "fleets-and-ci", "yaml"), strict=False):
        (tmp_path / name).write_text(text, encoding="utf-8")
    hosts = inventory.load(tmp_path / "hosts.yml")
    assert [each.name for each in hosts][:2] == ["hv-recife", "hv01.contoso.com"]
    found = settings.load(tmp_path / "hvnet.yml")
    assert (found.waivers, found.inventory) == (tmp_path / "waivers.yml", tmp_path / "hosts.yml")
    assert found.thresholds
    assert len(waivers.load(tmp_path / "waivers.yml")) == 1


@languages
def test_the_tables_have_every_key(language: str) -> None:
    shown = cells(language, "fleets-and-ci")
    example = blocks(language, "fleets-and-ci", "yaml")[1]
    assert set(settings.KEYS) <= shown
    assert set(settings.KEYS) == set(re.findall(r"^(\w+):", example, re.MULTILINE))
    assert set(inventory.READ) <= shown
    assert set(report.FORMATS) <= shown
    assert set(AUTHS) <= cells(language, "signing-in")


@languages
@pytest.mark.parametrize("name", ["using-hvnet", "fleets-and-ci"])
def test_the_tables_have_every_exit_code(language: str, name: str) -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", page(language, name).text, re.MULTILINE)}
    assert codes == set(Exit)


@languages
@pytest.mark.parametrize(("marker", "host"), [("powershell", "HV16"), ("text", "HV-SAOPAULO")])
def test_the_shortened_scripts_are_what_the_command_writes(language: str, marker: str, host: str) -> None:
    snapshots = {each.name: each.snapshot for each in all_recordings() if each.name == host}
    (plan,) = plans(audit(Collected(snapshots=snapshots), all_guidelines()))
    left = iter(render(plan, "en").lstrip("\ufeff").split("\r\n"))
    (shown,) = blocks(language, "fix-plans", marker)
    for line in shown.splitlines():
        # "# …" stands for lines that the page leaves out; all others come in this order.
        assert line == "# …" or line in left, line
