"""The pytest plugin, in pytest processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from checks import snapshot
from checks.guidelines import all_guidelines
from checks.lab.recordings import all_recordings
from checks.lab.replay import RecordedHost
from checks.lab.server import Lab
from checks.model import Severity
from tests.lab_inventory import write_inventory

Run = Callable[..., subprocess.CompletedProcess[str]]
HOSTS = ("HV16", "HV22-A", "HV22-B", "HV-SAOPAULO")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "HVNET_"))}
    environment["LC_ALL"] = "C.UTF-8"

    def call(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *(str(each) for each in arguments)]
        return subprocess.run(
            words, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment | variables, timeout=60
        )

    return call


@pytest.fixture
def hosts(tmp_path: Path) -> list[str]:
    words = []
    for each in all_recordings():
        if each.name in HOSTS:
            (tmp_path / f"{each.name}.json").write_text(snapshot.dump(each.snapshot), encoding="utf-8")
            words += ["--hvnet-snapshot", f"{each.name}.json"]
    return words


def outcomes(path: Path) -> dict[str, tuple[str, str]]:
    """From pytest's JUnit file: node id to outcome and message."""
    found = {}
    for case in ElementTree.parse(path).iter("testcase"):  # noqa: S314 - made by this test
        told = next((child for child in case if child.tag in ("failure", "error", "skipped")), None)
        outcome = ("passed", "") if told is None else (told.tag, told.get("message", ""))
        found[f"{case.get('classname')}::{case.get('name')}".replace("hvnet.", "hvnet::", 1)] = outcome
    return found


def test_every_verdict_is_the_outcome_it_should_be(run: Run, hosts: list[str], tmp_path: Path) -> None:
    done = run(*hosts, "--junitxml", "junit.xml", "-ra")
    found = outcomes(tmp_path / "junit.xml")
    assert done.returncode == 1
    assert found["hvnet::HV22-A::LM001"] == ("passed", "")
    outcome, message = found["hvnet::HV16::LM002"]
    assert outcome == "failure"
    assert "live migration copies memory over plain TCP/IP" in message
    assert "Set-VMHost -VirtualMachineMigrationPerformanceOption 'Compression'" in message
    assert found["hvnet::HV16::XN001"][0] == "skipped"
    assert "the host is not a node of a failover cluster" in found["hvnet::HV16::XN001"][1]
    outcome, message = found["hvnet::HV-SAOPAULO::LM002"]
    assert outcome == "error", "unknown is never a pass and never a failure"
    assert "Acesso negado" in message
    assert found["hvnet::HV22-B::LM002"] == ("passed", ""), "advice passes"
    assert "HV22-B LM002: info: live migration compresses" in done.stdout, "and is a warning"
    assert found["hvnet::HVCLU22::XN001"][0] == "failure", "a cluster is tested as a whole"
    assert "Traceback" not in done.stdout
    assert "pytest_hosts.py:" not in done.stdout.replace("SKIPPED", "").split("short test summary")[0]


def codes(area: str, severity: Severity | None = None) -> set[str]:
    return {each.code for each in all_guidelines() if each.area == area and severity in (None, each.severity)}


def test_workers_of_xdist_run_the_same_tests(run: Run, hosts: list[str], tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    run(*hosts, "--junitxml", "one.xml")
    done = run(*hosts, "--junitxml", "two.xml", "-n", "2")
    assert outcomes(tmp_path / "one.xml") == outcomes(tmp_path / "two.xml")
    assert "different tests were collected" not in done.stdout


@pytest.mark.parametrize(
    ("chosen", "nodes"),
    [
        (["-m", "live_migration and warning", "--strict-markers"], codes("live-migration", Severity.WARNING)),
        (["-m", "cross_node", "--strict-markers"], codes("cross-node")),
        (["-k", "HV16 and LM001"], {"LM001"}),
        (["hvnet::HV16::LM001"], {"LM001"}),
    ],
)
def test_tests_are_chosen_as_others_are(run: Run, hosts: list[str], chosen: list[str], nodes: set[str]) -> None:
    done = run(*hosts, *chosen, "--collect-only", "-q")
    ids = [line for line in done.stdout.splitlines() if line.startswith("hvnet::")]
    assert {each.split("::")[2] for each in ids} == nodes
    if chosen[0] != "-m":
        assert ids == ["hvnet::HV16::LM001"]


def test_own_tests_run_beside(run: Run, hosts: list[str], tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_it(): pass\n")
    assert "test_own.py::test_it" in run(*hosts, "--collect-only", "-q").stdout
    assert "test_own.py" not in run(*hosts, "--collect-only", "-q", "hvnet::HV16").stdout


def test_hosts_of_an_inventory_are_read_once_for_all_workers(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    machines = [RecordedHost(each) for each in all_recordings() if each.name in ("HV22-A", "HV22-B")]
    with Lab(machines, http_port=0, https_port=0, password="canary-7f3a") as lab:
        write_inventory(lab, tmp_path / "hosts.yml", dead=True)
        (tmp_path / "tmp").mkdir()
        done = run("--hvnet-inventory", "hosts.yml", "-n", "2", "--junitxml", "junit.xml", HVNET_PASSWORD="canary-7f3a",
                   TMPDIR=str(tmp_path / "tmp"))  # fmt: skip
        assert [lab.stats(each.name).processes for each in lab.endpoints] == [1, 1]
    found = outcomes(tmp_path / "junit.xml")
    assert found["hvnet::HVCLU22::XN001"][0] == "failure", done.stdout + done.stderr
    assert {outcome for node, (outcome, _m) in found.items() if "::dead::" in node} == {"error"}
    assert "canary-7f3a" not in done.stdout + done.stderr
    assert not list((tmp_path / "tmp").glob("hvnet-*")), "what the workers were given is removed"


def test_waived_is_skipped_and_settings_hold(run: Run, hosts: list[str], tmp_path: Path) -> None:
    (tmp_path / "hvnet.yml").write_text("select: [LM001, LM002]\nfail_on: critical\nwaivers: waivers.yml\n")
    (tmp_path / "waivers.yml").write_text(
        "- {guideline: LM002, host: HV16, subject: '*', reason: refresh, owner: ana, expires: 9999-12-31}\n"
    )
    run(*hosts, "--junitxml", "junit.xml")
    found = outcomes(tmp_path / "junit.xml")
    assert found["hvnet::HV16::LM002"][0] == "skipped"
    assert "waived until December 31, 9999 by ana: refresh" in found["hvnet::HV16::LM002"][1]
    assert {node.split("::")[2] for node in found} == {"LM001", "LM002"}


def test_messages_speak_the_language_asked_for(run: Run, hosts: list[str]) -> None:
    assert "copia a memória por TCP/IP puro" in run(*hosts, "--hvnet-lang", "pt-BR", "-k", "HV16 and LM002").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--hvnet-snapshot", "nowhere.json"], "nowhere.json"),
        (["--hvnet-snapshot", "HV16.json", "--hvnet-waivers", "nowhere.yml"], "nowhere.yml"),
        (["--hvnet-snapshot", "HV16.json", "--hvnet-config", "nowhere.yml"], "nowhere.yml"),
        (["--hvnet-inventory", "nowhere.yml"], "nowhere.yml"),
    ],
)
def test_wrong_use_ends_at_once(run: Run, hosts: list[str], arguments: list[str], says: str) -> None:
    done = run(*arguments)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert says in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_without_its_options_nothing_of_hvnet_is_loaded(run: Run, tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(
        "import sys, json\n"
        "def test_it():\n"
        "    names = [n for n in sys.modules if n == 'pydantic' or n == 'checks' or n.startswith('checks.')]\n"
        "    open('loaded.json', 'w').write(json.dumps(names))\n"
    )
    done = run("--strict-markers")
    assert done.returncode == 0
    assert set(json.loads((tmp_path / "loaded.json").read_text())) == {"checks", "checks.pytest_plugin"}


def test_loading_it_takes_no_time() -> None:
    code = (
        "import pytest, time; start = time.perf_counter(); import checks.pytest_plugin; "
        "print(time.perf_counter() - start)"
    )
    times = [float(subprocess.check_output([sys.executable, "-c", code])) for _attempt in range(3)]
    assert min(times) < 0.030
