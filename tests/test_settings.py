"""Settings: every value is checked, every misspelling is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.guidelines import all_guidelines
from checks.model import Severity
from checks.settings import Settings, SettingsError, find, load


def write(tmp_path: Path, text: str, name: str = "hvnet.yml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    text = """
select: [LM, NIC]
ignore: NIC002
fail_on: critical
severities: {LM002: info}
thresholds: {NIC001: {discard_share: 0.01}}
waivers: exceptions.yml
"""
    settings = load(write(tmp_path, text))
    assert settings.select == ("LM", "NIC")
    assert settings.ignore == ("NIC002",)
    assert settings.fail_on is Severity.CRITICAL
    assert settings.severities == {"LM002": Severity.INFO}
    assert settings.waivers == tmp_path / "exceptions.yml"
    by_code = {guideline.code: guideline for guideline in all_guidelines()}
    assert settings.limits(by_code["NIC001"]) == {"discard_share": 0.01}
    assert settings.limits(by_code["NIC002"]) == {}


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert load(write(tmp_path, "")) == Settings()


def test_toml_has_the_same_keys(tmp_path: Path) -> None:
    path = write(tmp_path, '[tool.hvnet]\nfail_on = "info"\n', "pyproject.toml")
    assert find(tmp_path) == path
    assert load(path).fail_on is Severity.INFO


def test_a_project_file_without_our_table_is_not_taken(tmp_path: Path) -> None:
    write(tmp_path, '[tool.other]\nx = "y"\n', "pyproject.toml")
    assert find(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("selct: LM", "did you mean select?"),
        ("zebra: 1", "known are select"),
        ("thresholds: {NIC001: {discard_shar: 1}}", "did you mean discard_share?"),
        ("thresholds: {NIC01: {discard_share: 1}}", "did you mean NIC001?"),
        ("thresholds: {NIC001: {discard_share: much}}", "thresholds.NIC001.discard_share"),
        ("thresholds: {NIC001: {discard_share: -1}}", "thresholds.NIC001.discard_share"),
        ("thresholds: {NIC001: {discard_share: true}}", "thresholds.NIC001.discard_share"),
        ("severities: {LM002: loud}", "known are info, warning, critical"),
        ("severities: [LM002]", "severities has a value"),
        ("fail_on: never", "fail_on is never"),
        ("select: [1]", "select has a value"),
        ("- a", "has a value that does not fit"),
        ("a: [", "cannot be understood"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError) as failure:
        load(write(tmp_path, text))
    assert says in str(failure.value)
    assert "hvnet.yml" in str(failure.value)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.yml"):
        load(tmp_path / "nowhere.yml")
