"""The examples for CI work as they are printed: their own lines, against the lab."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import xmlschema
import yaml

from checks.lab.recordings import all_recordings
from checks.lab.replay import RecordedHost
from checks.lab.server import Lab
from checks.paths import ROOT
from tests.lab_inventory import write_inventory

SCHEMAS = Path(__file__).parent / "schemas"
GITHUB = ROOT / "examples" / "github-actions.yml"
GITLAB = ROOT / "examples" / "gitlab-ci.yml"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the lines are for bash")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    machines = [RecordedHost(each) for each in all_recordings() if each.name in ("HV16", "HV19-A", "HV19-B")]
    with Lab(machines, http_port=0, https_port=0, password="canary-7f3a") as running:
        yield running


@pytest.fixture
def folder(lab: Lab, tmp_path: Path) -> Path:
    write_inventory(lab, tmp_path / "hosts.yml")
    return tmp_path


def run(line: str, folder: Path, lab: Lab, variables: Mapping[str, str] | None = None) -> tuple[int, str]:
    """One line as a runner runs it; its exit code and all that it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HVNET_")}
    environment |= {"HVNET_USER": lab.user, "HVNET_PASSWORD": "canary-7f3a", "LC_ALL": "C.UTF-8", **(variables or {})}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return loaded


def test_github_actions(folder: Path, lab: Lab) -> None:
    workflow = load(GITHUB)
    steps = {step["name"]: step for step in workflow["jobs"]["audit"]["steps"] if "name" in step}
    code, printed = run(steps["Audit"]["run"], folder, lab)
    assert code == 1, printed
    assert "canary-7f3a" not in printed
    summary = {"GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    assert run(steps["Summary"]["run"], folder, lab, summary)[0] == 0
    assert "| `HV16` | 2016 |" in (folder / "summary.md").read_text("utf-8")
    found = json.loads((folder / steps["Alerts"]["with"]["sarif_file"]).read_text("utf-8"))
    jsonschema.validate(found, json.loads((SCHEMAS / "sarif-schema-2.1.0.json").read_text("utf-8")))
    assert found["runs"][0]["results"]
    assert workflow["permissions"]["security-events"] == "write"


def test_the_summary_is_no_error_where_the_audit_did_not_start(folder: Path, lab: Lab) -> None:
    step = next(step for step in load(GITHUB)["jobs"]["audit"]["steps"] if step.get("name") == "Summary")
    assert run(step["run"], folder, lab, {"GITHUB_STEP_SUMMARY": str(folder / "summary.md")})[0] == 0
    assert not (folder / "summary.md").exists()


def test_gitlab(folder: Path, lab: Lab) -> None:
    job = load(GITLAB)["hyper-v-network-audit"]
    (line,) = job["script"]
    code, printed = run(line, folder, lab)
    assert code == 1, printed
    assert code != job["allow_failure"]["exit_codes"]
    xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd").validate(folder / job["artifacts"]["reports"]["junit"])
    assert "<!doctype html>" in (folder / job["artifacts"]["paths"][0]).read_text("utf-8")


@pytest.mark.parametrize("path", [GITHUB, GITLAB])
def test_no_secret_is_written_down(path: Path) -> None:
    assert not re.search(r"(?i)password\s*[:=]\s*(?!\$\{\{)\S", path.read_text("utf-8").split("\n", 2)[2])
