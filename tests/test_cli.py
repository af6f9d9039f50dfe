"""The command as a person uses it: what it prints, in both languages, and how it exits."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from checks import cases, snapshot
from checks.console import Exit
from checks.guidelines import all_guidelines
from checks.model import Guideline, Verdict
from tests.running import Run, runner


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("HVNET_LANG", "HVNET_USER", "HVNET_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return runner(capsys)


@pytest.fixture
def host(tmp_path: Path) -> Callable[[str, Verdict], Path]:
    """A snapshot file of the first case of a guideline with a verdict."""

    def write(code: str, verdict: Verdict) -> Path:
        guideline = _guideline(code)
        found = next(c for c in cases.load(cases.case_path(guideline)) if c.verdict is verdict and not c.nodes)
        path = tmp_path / f"{code}-{verdict}.json"
        path.write_text(snapshot.dump(cases.snapshot(found)), encoding="utf-8")
        return path

    return write


def _guideline(code: str) -> Guideline:
    return next(g for g in all_guidelines() if g.code == code)


@pytest.mark.parametrize(
    ("verdict", "code"), [(Verdict.PASS, Exit.OK), (Verdict.FAIL, Exit.FAILED), (Verdict.UNKNOWN, Exit.UNDECIDED)]
)
def test_exit_code_tells_the_verdict(run: Run, host: Callable[..., Path], verdict: Verdict, code: Exit) -> None:
    assert run("check", "--snapshot", host("LM002", verdict), "--select", "LM002")[0] == code


def test_not_applicable_is_no_failure(run: Run, host: Callable[..., Path]) -> None:
    assert run("check", "--snapshot", host("LM002", Verdict.NOT_APPLICABLE), "--select", "LM002")[0] == Exit.OK


def test_table_speaks_the_language_asked_for(run: Run, host: Callable[..., Path]) -> None:
    path = host("LM002", Verdict.FAIL)
    english = run("check", "--snapshot", path, "--select", "LM002")[1]
    portuguese = run("check", "--snapshot", path, "--select", "LM002", "--lang", "pt-BR")[1]
    assert "live migration copies memory over plain TCP/IP" in english
    assert "Set-VMHost -VirtualMachineMigrationPerformanceOption" in portuguese
    assert "live migration copies memory" not in portuguese
    assert "não aplicável" in portuguese


def test_environment_chooses_the_language(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HVNET_LANG", "pt_BR")
    assert "Mantenha a migração ao vivo em uma rede dedicada" in run("list")[1]
    assert "Keep live migration on a dedicated network" in run("list", "--lang", "en")[1]


def test_locale_chooses_the_language(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "pt_BR.UTF-8")
    assert "Mantenha a migração ao vivo" in run("list")[1]


def test_json_has_schema_hosts_and_untranslated_keys(run: Run, host: Callable[..., Path]) -> None:
    path = host("LM002", Verdict.FAIL)
    code, out, _err = run("check", "--snapshot", path, "--select", "LM001,LM002", "--format", "json", "--lang", "pt-BR")
    report = json.loads(out)
    assert code == Exit.FAILED
    assert report["schema"] == 1
    assert report["language"] == "pt-BR"
    assert [each["name"] for each in report["hosts"]] == [path.stem]
    by_code = {result["guideline"]: result for result in report["hosts"][0]["results"]}
    assert set(by_code) == {"LM001", "LM002"}
    assert by_code["LM002"]["verdict"] == "fail"
    finding = by_code["LM002"]["findings"][0]
    assert finding["message_id"]["text"] == "live migration copies memory over plain TCP/IP"
    assert finding["message"] != finding["message_id"]["text"]
    assert finding["fix"]["script"].splitlines()[-1].startswith("Set-VMHost ")
    # What the snapshot does not hold is unknown, and says so.
    assert by_code["LM001"]["verdict"] in {"unknown", "pass", "fail", "not_applicable"}
    assert sum(report["summary"].values()) == 2


def test_reports_are_written_beside_the_output(run: Run, host: Callable[..., Path], tmp_path: Path) -> None:
    page, data, text = tmp_path / "out" / "report.html", tmp_path / "report.json", tmp_path / "report.txt"
    arguments = ("--report", f"html={page}", "--report", f"json={data}", "--report", f"table={text}")
    run("check", "--snapshot", host("LM002", Verdict.FAIL), "--select", "LM002", *arguments)
    assert "<!doctype html>" in page.read_text("utf-8")
    assert json.loads(data.read_text("utf-8"))["schema"] == 1
    assert "LM002" in text.read_text("utf-8")
    assert not list(tmp_path.glob(".report*")), "a temporary file was left behind"


def test_a_report_that_cannot_be_written_does_not_cost_the_others(
    run: Run, host: Callable[..., Path], tmp_path: Path
) -> None:
    good = tmp_path / "good.json"
    (tmp_path / "file").write_text("")
    bad = tmp_path / "file" / "report.html"
    code, out, err = run(
        "check", "--snapshot", host("LM002", Verdict.PASS), "--select", "LM002", "--report", f"html={bad}",
        "--report", f"json={good}",
    )  # fmt: skip
    assert code == Exit.WRONG_USE
    assert "LM002" in out
    assert str(bad) in err
    assert good.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check"], "name at least one host"),
        (["check", "hv01"], "--user"),
        (["check", "hv01", "-u", "x"], "HVNET_PASSWORD"),
        (["check", "hv01", "--port", "70000", "-u", "x"], "--port"),
        (["check", "--snapshot", "nowhere.json"], "nowhere.json"),
        (["check", "--snapshot", "x.json", "--format", "xml"], "there is no format xml"),
        (["check", "--snapshot", "x.json", "--report", "report.html"], "FORMAT=FILE"),
        (["check", "--snapshot", "x.json", "--report", "pdf=x"], "there is no format pdf"),
        (["check", "--select", "ZZ9", "--snapshot", "x.json"], "there is no guideline ZZ9"),
        (["explain", "LM999"], "there is no guideline LM999"),
        (["check", "--nope"], "--nope"),
        (["list", "--lang", "fr"], "does not speak fr"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_use_is_one_line_and_exits_2(run: Run, arguments: list[str], says: str) -> None:
    code, _out, err = run(*arguments)
    assert code == Exit.WRONG_USE
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_wrong_use_speaks_portuguese(run: Run) -> None:
    _code, _out, err = run("explain", "LM999", "--lang", "pt-BR")
    assert "não existe" in err or "Não existe" in err or "não há" in err.lower()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"not json", "valid JSON"),
        (b"[]", "no facts"),
        (b'{"schema": 99, "facts": {}}', "99"),
        (b'{"schema": 1, "facts": {"VMHost": "x"}}', "facts.VMHost"),
        (b"HVNET-BEGIN\n{", "cut off"),
        (b"\xff\xfe\x00", "not text"),
        (b"\x80\x81", "not text"),
        (b"", "valid JSON"),
    ],
)
def test_a_broken_snapshot_says_what_and_where(run: Run, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    code, _out, err = run("check", "--snapshot", path)
    assert code == Exit.WRONG_USE
    assert str(path) in err
    assert says in err


def test_collector_output_is_read_as_windows_redirects_it(run: Run, host: Callable[..., Path], tmp_path: Path) -> None:
    text = host("LM002", Verdict.PASS).read_text("utf-8")
    path = tmp_path / "utf16.json"
    path.write_bytes(f"HVNET-BEGIN\r\n{text}\r\nHVNET-END\r\n".encode("utf-16"))
    assert run("check", "--snapshot", path, "--select", "LM002")[0] == Exit.OK


def test_snapshots_of_the_same_name_are_both_judged(run: Run, host: Callable[..., Path], tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "hv.json", tmp_path / "b" / "hv.json"
    for path in (one, other):
        path.parent.mkdir()
        path.write_text(host("LM002", Verdict.PASS).read_text("utf-8"), encoding="utf-8")
    report = json.loads(run("check", "--snapshot", one, "--snapshot", other, "--format", "json")[1])
    assert {each["name"] for each in report["hosts"]} == {str(one), str(other)}


def test_an_unreachable_host_is_a_row_with_a_reason(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setenv("HVNET_PASSWORD", "canary-7f3a")
    code, out, err = run("check", f"127.0.0.1:{port}", "-u", "auditor", "--format", "json", "--timeout", "5")
    host = json.loads(out)["hosts"][0]
    assert code == Exit.UNDECIDED
    assert host["error"]["kind"] == "unreachable"
    assert {result["verdict"] for result in host["results"]} == {"unknown"}
    assert "canary-7f3a" not in out + err


def test_all_unknown_is_said_loudly(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "empty.json"
    path.write_text('{"schema": 1, "facts": {}}')
    code, out, _err = run("check", "--snapshot", path)
    assert code == Exit.UNDECIDED
    assert "Nothing could be told" in out


def test_a_hostile_name_does_not_steer_the_terminal(run: Run, host: Callable[..., Path]) -> None:
    path = host("LM002", Verdict.FAIL)
    data = json.loads(path.read_text("utf-8"))
    data["facts"]["VMHost"][0]["Name"] = "hv\u001b[2Jx\u202e"
    path.write_text(json.dumps(data), encoding="utf-8")
    out = run("check", "--snapshot", path, "--select", "LM002")[1]
    assert "\u001b[2J" not in out
    assert "\u202e" not in out


def test_help_lists_every_command(run: Run) -> None:
    code, out, _err = run("--help")
    assert code == Exit.OK
    for command in ("check", "collect", "collector", "list", "explain", "lab", "demo", "verify"):
        assert command in out


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["demo", "--help"], ["i18n", "--help"]])
def test_help_is_translated(run: Run, arguments: list[str]) -> None:
    out = run(*arguments, "--lang", "pt-BR")[1] if arguments[0] != "--help" else run("--lang", "pt-BR", "--help")[1]
    assert "Mostrar" in out or "Exibir" in out
    assert "Show this message" not in out


def test_explain_shows_the_page(run: Run) -> None:
    assert "Set-VMHost" in run("explain", "lm002")[1]
    assert "Use compactação ou SMB" in run("explain", "live-migration/transport", "--lang", "pt-BR")[1]


def test_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m checks list | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert not done.stderr
