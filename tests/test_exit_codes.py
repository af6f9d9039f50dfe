"""Each exit code, one by one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer.main

from checks import cases, console, snapshot
from checks.cli import app
from checks.guidelines import all_guidelines
from checks.lab.machine import ProcessResult, Stdin
from checks.lab.recordings import all_recordings
from checks.lab.replay import RecordedHost
from checks.lab.server import Lab
from checks.model import Severity, Verdict
from tests.fake_machine import FakeMachine

OK, FAILED, WRONG_USE, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130
Done = subprocess.CompletedProcess[str]
Case = Callable[..., Path]
Run = Callable[..., Done]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and paths of POSIX")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exit")


@pytest.fixture(scope="module")
def case(folder: Path) -> Case:
    """A snapshot file of the first case of LM002 with this verdict and severity."""
    guideline = next(each for each in all_guidelines() if each.code == "LM002")
    known = [each for each in cases.load(cases.case_path(guideline)) if not each.nodes]

    def write(verdict: Verdict, severity: Severity | None = None) -> Path:
        found = next(
            each for each in known if each.verdict is verdict and cases.judge(guideline, each).severity is severity
        )
        path = folder / f"{verdict}-{severity}.json"
        path.write_text(snapshot.dump(cases.snapshot(found)), encoding="utf-8")
        return path

    return write


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``hvnet check`` in a folder, without the environment's choices."""
    for name in [name for name in os.environ if name.startswith("HVNET_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def call(folder: Path, *arguments: object) -> Done:
        monkeypatch.chdir(folder)
        words = ["check", *(str(each) for each in arguments)]
        code = console.run(typer.main.get_command(app), words)
        return subprocess.CompletedProcess(words, code, *capsys.readouterr())

    return call


def judged(folder: Path, *snapshots: Path) -> list[object]:
    return ["--select", "LM002", *(part for path in snapshots for part in ("--snapshot", path))]


def test_0_where_nothing_failed(run: Run, folder: Path, case: Case) -> None:
    assert run(folder, *judged(folder, case(Verdict.PASS))).returncode == OK


def test_0_where_there_is_only_advice(run: Run, folder: Path, case: Case) -> None:
    done = run(folder, *judged(folder, case(Verdict.FAIL, Severity.INFO)))
    assert done.returncode == OK
    assert "info: 1" in done.stdout


def test_1_for_advice_with_fail_on_info(run: Run, folder: Path, case: Case) -> None:
    advice = case(Verdict.FAIL, Severity.INFO)
    assert run(folder, *judged(folder, advice), "--fail-on", "info").returncode == FAILED


def test_1_for_a_warning(run: Run, folder: Path, case: Case) -> None:
    assert run(folder, *judged(folder, case(Verdict.FAIL, Severity.WARNING))).returncode == FAILED


def test_0_for_a_warning_with_fail_on_critical(run: Run, folder: Path, case: Case) -> None:
    warning = case(Verdict.FAIL, Severity.WARNING)
    assert run(folder, *judged(folder, warning), "--fail-on", "critical").returncode == OK


def test_settings_give_the_default_and_the_option_wins(run: Run, folder: Path, case: Case, tmp_path: Path) -> None:
    (tmp_path / "hvnet.yml").write_text("fail_on: critical\nselect: [LM002]\n")
    warning = case(Verdict.FAIL, Severity.WARNING)
    found = run(tmp_path, "--snapshot", warning)
    assert (found.returncode, "guidelines: 1" in found.stdout) == (OK, True), found.stdout
    assert run(tmp_path, "--snapshot", warning, "--fail-on", "warning").returncode == FAILED
    elsewhere = run(folder, "--snapshot", warning, "--config", tmp_path / "hvnet.yml")
    assert elsewhere.returncode == OK


def test_0_where_the_finding_is_waived(run: Run, folder: Path, case: Case, tmp_path: Path) -> None:
    waivers = tmp_path / "waivers.yml"
    waivers.write_text("- {guideline: LM002, host: '*', subject: '*', reason: r, owner: ana, expires: 9999-12-31}\n")
    done = run(folder, *judged(folder, case(Verdict.FAIL, Severity.WARNING)), "--waivers", waivers)
    assert done.returncode == OK
    assert "waived until December 31, 9999 by ana: r" in done.stdout


def test_3_where_something_is_unknown(run: Run, folder: Path, case: Case) -> None:
    assert run(folder, *judged(folder, case(Verdict.UNKNOWN))).returncode == UNDECIDED


def test_1_where_something_is_unknown_and_something_failed(run: Run, folder: Path, case: Case) -> None:
    both = judged(folder, case(Verdict.UNKNOWN), case(Verdict.FAIL, Severity.WARNING))
    assert run(folder, *both).returncode == FAILED


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name at least one host"),
        (["--fail-on", "red"], "--fail-on red: known are critical, warning, info"),
        (["--config", "nowhere.yml"], "nowhere.yml"),
        (["--waivers", "nowhere.yml"], "nowhere.yml"),
        (["--format", "html"], "there is no format html"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_2_for_wrong_use(run: Run, folder: Path, arguments: list[str], says: str) -> None:
    done = run(folder, *arguments)
    assert done.returncode == WRONG_USE
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("option", "text", "says"),
    [
        ("--waivers", "- {guideline: LM002}\n", "broken.yml, line 1: host is missing"),
        ("--config", "fail-on: info\n", "did you mean fail_on"),
    ],
)
def test_2_for_a_broken_file(
    run: Run, folder: Path, case: Case, tmp_path: Path, option: str, text: str, says: str
) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(text)
    done = run(folder, *judged(folder, case(Verdict.PASS)), option, broken)
    assert done.returncode == WRONG_USE
    assert says in done.stderr
    assert not done.stdout, "nothing is judged with half of the choices"


@pytest.mark.parametrize(
    ("verdict", "severity", "code"),
    [
        (Verdict.PASS, None, OK),
        (Verdict.FAIL, Severity.WARNING, FAILED),
        (Verdict.UNKNOWN, None, UNDECIDED),
    ],
)
def test_the_process_ends_with_the_code(
    folder: Path, case: Case, verdict: Verdict, severity: Severity | None, code: int
) -> None:
    words = [sys.executable, "-m", "checks", "check", *(str(each) for each in judged(folder, case(verdict, severity)))]
    assert subprocess.run(words, capture_output=True, check=False, cwd=folder).returncode == code


def never_ends(_line: str, stdin: Stdin) -> ProcessResult:
    stdin.terminated.wait(30)
    return ProcessResult()


@pytest.fixture
def lab() -> Iterator[Lab]:
    answers = RecordedHost(next(each for each in all_recordings() if each.name == "HV16"))
    with Lab([answers, FakeMachine("hangs", never_ends)], http_port=0, https_port=0, password="canary-7f3a") as running:
        yield running


def test_130_after_ctrl_c_and_what_was_collected_is_reported(lab: Lab, tmp_path: Path) -> None:
    lines = tmp_path / "report.jsonl"
    hosts = [f"{each.address}:{each.https_port}" for each in lab.endpoints]
    environment = os.environ | {"HVNET_PASSWORD": "canary-7f3a", "HVNET_USER": lab.user, "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, "-m", "checks", "check", *hosts, "--ca-bundle", lab.ca_bundle, "--format", "json",
         "--report", f"jsonl={lines}"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=tmp_path,
    )  # fmt: skip
    with process:
        deadline = time.monotonic() + 120
        while not (lines.exists() and lines.read_text("utf-8").endswith("\n")):
            assert time.monotonic() < deadline, "no line was written while the other host was still being asked"
            time.sleep(0.05)
        early = lines.read_text("utf-8").splitlines()
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        out, err = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert time.monotonic() - started < 15, "the host that hangs is not waited for"
    report = json.loads(out)
    assert report["interrupted"] is True
    kinds = {host["name"]: host["error"] and host["error"]["kind"] for host in report["hosts"]}
    assert kinds == {hosts[0]: None, hosts[1]: "interrupted"}
    assert [json.loads(line)["name"] for line in early] == [hosts[0]]
    late = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    assert [line["kind"] for line in late] == ["host", "host", "summary"]
    assert "Traceback" not in err
    assert "canary-7f3a" not in out + err
