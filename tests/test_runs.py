"""Hosts from an inventory: which are chosen, how they are shown, and that they are audited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checks.console import Exit, UserError
from checks.lab.recordings import all_recordings
from checks.lab.replay import RecordedHost
from checks.lab.server import Lab
from checks.runs import entries
from tests.lab_inventory import write_inventory
from tests.running import Run, runner

INVENTORY = """
hyperv:
  children:
    cluster_a: {hosts: {"hv[01:02].corp": null}}
    edge: {hosts: {edge1: {ansible_host: 10.0.0.9, ansible_port: 5985, ansible_user: 'x\\x1b[2J'}}}
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HVNET_LANG", "en")
    monkeypatch.setenv("HVNET_PASSWORD", "canary-7f3a")
    return runner(capsys)


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    path = tmp_path / "hosts.yml"
    path.write_text(INVENTORY.replace("'x\\x1b[2J'", '"x\\x1b[2J"'), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        ([], ["edge1", "hv01.corp", "hv02.corp"]),
        (["cluster_a"], ["hv01.corp", "hv02.corp"]),
        (["HV*.corp"], ["hv01.corp", "hv02.corp"]),
        (["edge1", "hv02.corp"], ["edge1", "hv02.corp"]),
        (["hyperv"], ["edge1", "hv01.corp", "hv02.corp"]),
    ],
)
def test_hosts_are_chosen_by_name_group_or_pattern(inventory: Path, patterns: list[str], names: list[str]) -> None:
    assert [each.name for each in entries(inventory, patterns)] == names


def test_a_name_that_is_not_there_is_an_error(inventory: Path) -> None:
    with pytest.raises(UserError, match="no host or group hv99"):
        entries(inventory, ["hv01.corp", "hv99"])


def test_inventory_shows_what_was_understood(run: Run, inventory: Path) -> None:
    code, out, _err = run("inventory", inventory)
    assert code == Exit.OK
    assert "5985 (http)" in out
    assert "cluster_a" in out
    assert "negotiate" in out, "the way to sign in is named, the default too"
    assert "\x1b" not in out
    rows = json.loads(run("inventory", inventory, "--format", "json")[1])
    assert [row["name"] for row in rows] == ["edge1", "hv01.corp", "hv02.corp"]
    assert rows[0] | {"variables": {}} == {
        "name": "edge1", "address": "10.0.0.9", "port": 5985, "https": False,
        "groups": ["hyperv", "edge"], "variables": {},
    }  # fmt: skip
    assert run("inventory", "nowhere.yml")[0] == Exit.WRONG_USE


def test_an_inventory_is_audited(run: Run, tmp_path: Path) -> None:
    machines = [RecordedHost(each) for each in all_recordings() if each.name in ("HV19-A", "HV19-B")]
    with Lab(machines, http_port=0, https_port=0, password="canary-7f3a") as lab:
        write_inventory(lab, tmp_path / "hosts.yml")
        code, out, err = run("check", "-i", "hosts.yml", "--select", "XN,LM002", "--format", "json")
        assert code == Exit.OK, err
        assert [host["name"] for host in json.loads(out)["hosts"]] == ["HV19-A", "HV19-B"]
        assert [cluster["name"] for cluster in json.loads(out)["clusters"]] == ["HVCLU19"]
        (tmp_path / "hvnet.yml").write_text("inventory: hosts.yml\nselect: LM002\n")
        assert len(json.loads(run("check", "--format", "json")[1])["hosts"]) == 2
        one = json.loads(run("check", "-i", "hosts.yml", "hv19-a", "--format", "json")[1])
        assert [host["name"] for host in one["hosts"]] == ["HV19-A"]
        assert run("collect", "-i", "hosts.yml", "-o", "snapshots")[0] == Exit.OK
    assert sorted(path.name for path in (tmp_path / "snapshots").iterdir()) == ["HV19-A.json", "HV19-B.json"]
