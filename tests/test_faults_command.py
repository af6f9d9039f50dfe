"""The command under faults: what it costs, what it keeps in memory, Ctrl-C, and a disk that is full."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from faulty import Faulty, never_ends, prints_50_mb, recording

from checks import snapshot
from checks.lab.recordings import all_recordings
from checks.lab.replay import RecordedHost
from checks.lab.server import Lab

CANARY = "C4nary-Pa55word"
MEASURED = """
import atexit, sys
from pathlib import Path
status = Path(sys.argv.pop(1))
atexit.register(lambda: status.write_text(Path("/proc/self/status").read_text()))
from checks.cli import main
main()
"""
Done = subprocess.CompletedProcess[str]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")


@contextmanager
def lab(*hosts: Faulty | RecordedHost) -> Iterator[Lab]:
    with Lab(hosts, password=CANARY, http_port=0, https_port=0) as running:
        yield running


def arguments(running: Lab, *more: object, http: bool = False) -> list[str]:
    """``check`` and the lab's hosts."""
    way = ["--http"] if http else ["--ca-bundle", running.ca_bundle]
    hosts = [f"{each.address}:{each.http_port if http else each.https_port}" for each in running.endpoints]
    return ["check", *hosts, *way, *map(str, more)]


def environment(**more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("HVNET_")}
    return own | {"LC_ALL": "C.UTF-8", "HVNET_USER": "Administrator", "HVNET_PASSWORD": CANARY} | more


def run(folder: Path, *command: object, **options: object) -> Done:
    return subprocess.run(
        [sys.executable, *map(str, command)],
        text=True, encoding="utf-8", stdin=subprocess.DEVNULL, capture_output=True, check=False,
        cwd=folder, env=environment(), timeout=60, **options,  # type: ignore[call-overload]
    )  # fmt: skip


def hvnet(folder: Path, *command: object, **options: object) -> Done:
    return run(folder, "-m", "checks", *command, **options)


# What a host costs


@pytest.mark.parametrize(("http", "requests"), [(True, 9), (False, 8)])
def test_one_host_costs_one_connection_one_shell_one_process(tmp_path: Path, http: bool, requests: int) -> None:
    with lab(RecordedHost(recording("HV16"))) as running:
        done = hvnet(tmp_path, *arguments(running, "--format", "json", http=http))
        stats = running.stats("HV16")
    assert json.loads(done.stdout)["hosts"][0]["error"] is None
    assert (stats.connections, stats.shells_created, stats.processes) == (1, 1, 1)
    assert stats.requests <= requests, "NTLM included"
    assert stats.shells_open == 0


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from Linux")
def test_50_mb_of_output_do_not_fill_the_memory(tmp_path: Path) -> None:
    status = tmp_path / "status"
    healthy = [RecordedHost(each) for each in all_recordings()]
    with lab(*healthy, Faulty("huge", output=prints_50_mb)) as running:
        done = run(tmp_path, "-c", MEASURED, status, *arguments(running, "--format", "json"))
        shells = {each.name: running.stats(each.name).shells_open for each in running.endpoints}
    report = json.loads(done.stdout)
    assert [each["error"]["kind"] for each in report["hosts"] if each["error"]] == ["protocol"]
    assert set(shells.values()) == {0}
    peak = int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) / 1024
    print(f"peak: {peak:.0f} MB")
    assert peak < 300


# Ctrl-C


def test_ctrl_c_keeps_what_came_in_and_leaves_no_shell(tmp_path: Path) -> None:
    files = {kind: tmp_path / f"report.{kind}" for kind in ("html", "json", "csv", "jsonl")}
    reports = [part for kind, path in files.items() for part in ("--report", f"{kind}={path}")]
    names = ("HV16", "HV25")
    with lab(*(RecordedHost(recording(each)) for each in names), Faulty("hangs", output=never_ends)) as running:
        process = subprocess.Popen(
            [sys.executable, "-m", "checks", *arguments(running, *reports)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), cwd=tmp_path,
        )  # fmt: skip
        with process:
            wait_for(files["jsonl"], lines=len(names))
            while not running.stats("hangs").processes:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            began = time.monotonic()
            out, err = process.communicate(timeout=60)
            seconds = time.monotonic() - began
        shells = {each.name: running.stats(each.name).shells_open for each in running.endpoints}
    assert process.returncode == 130
    assert seconds < 15
    assert shells == {"HV16": 0, "HV25": 0, "hangs": 0}
    assert "the audit was stopped before this host answered" in out
    assert "LM002" in out
    report = json.loads(files["json"].read_text("utf-8"))
    assert [each["error"] and each["error"]["kind"] for each in report["hosts"]] == [None, None, "interrupted"]
    assert "the audit was stopped before this host answered" in files["html"].read_text("utf-8")
    assert files["csv"].read_text("utf-8").count("\n") > len(names)
    assert "Traceback" not in err
    assert CANARY not in out + err


def wait_for(path: Path, lines: int) -> None:
    deadline = time.monotonic() + 120
    while not (path.exists() and path.read_text("utf-8").count("\n") >= lines):
        assert time.monotonic() < deadline, f"{path} did not get {lines} lines"
        time.sleep(0.02)


# A full disk


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "HV16.json"
    path.write_text(snapshot.dump(recording("HV16").snapshot), encoding="utf-8")
    return path


def small_files() -> None:
    """Let no file of the process grow beyond 2,000 bytes: writing then fails as on a full disk."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))


def test_reports_that_do_not_fit_cost_no_others_and_no_old_ones(tmp_path: Path, saved: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    old = {name: f"the {name} of yesterday" for name in ("a.html", "a.json")}
    for name, text in old.items():
        (folder / name).write_text(text)
    reports = [f"--report={kind}={folder / f'a.{kind}'}" for kind in ("html", "json", "csv", "markdown")]
    # Of two guidelines the table and the lines fit, and the page and the document do not.
    chosen = ["--snapshot", saved, "--select", "LM001,LM002"]
    done = hvnet(tmp_path, "check", *chosen, *reports, preexec_fn=small_files)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert [line.startswith(f"hvnet: could not write {folder}") for line in lines] == [True, True]
    assert all("File too large" in line for line in lines)
    assert {name: (folder / name).read_text() for name in old} == old
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "a.html", "a.json", "a.markdown"]
    assert "LM002" in (folder / "a.csv").read_text("utf-8")
    assert "LM002" in (folder / "a.markdown").read_text("utf-8")
    assert "LM002" in done.stdout


full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")


@full
def test_lines_for_a_full_disk_cost_no_other_report(tmp_path: Path, saved: Path) -> None:
    (tmp_path / "full.jsonl").symlink_to("/dev/full")
    good = tmp_path / "good.json"
    done = hvnet(tmp_path, "check", "--snapshot", saved, "--report=jsonl=full.jsonl", f"--report=json={good}")
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["hvnet: could not write full.jsonl: the disk is full"]
    assert json.loads(good.read_text("utf-8"))["hosts"]


@full
@pytest.mark.parametrize("format", ["table", "json", "jsonl"])
def test_standard_output_on_a_full_disk(tmp_path: Path, saved: Path, format: str) -> None:
    with Path("/dev/full").open("w") as device:
        done = subprocess.run(
            [sys.executable, "-m", "checks", "check", "--snapshot", saved, "--format", format],
            stdout=device, stderr=subprocess.PIPE, text=True, env=environment(), cwd=tmp_path, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["hvnet: the output could not be written: the disk is full"]
