"""Wrong use and bad input: one line that says what and where, in the user's language, and exit code 2."""

from __future__ import annotations

import csv
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks import cases, snapshot
from checks.console import Exit
from checks.files import write_private
from checks.guidelines import all_guidelines
from checks.model import Verdict
from tests.running import Run, runner

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="shells and terminals of POSIX")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("HVNET_LANG", raising=False)
    monkeypatch.setenv("HVNET_USER", "auditor")
    monkeypatch.setenv("HVNET_PASSWORD", "canary-1c3d")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return runner(capsys)


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """A snapshot that LM002 finds fault with."""
    guideline = next(each for each in all_guidelines() if each.code == "LM002")
    case = next(each for each in cases.load(cases.case_path(guideline)) if each.verdict is Verdict.FAIL)
    path = tmp_path / "host.json"
    path.write_text(snapshot.dump(cases.snapshot(case)), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("arguments", "english", "portuguese"),
    [
        (
            ["chek"],
            "there is no command chek; did you mean check?",
            "não existe o comando chek; você quis dizer check?",
        ),
        (["zzz"], "there is no command zzz; --help lists them", "não existe o comando zzz; --help mostra todos"),
        (["list", "a", "b"], "too many arguments: a b; --help tells more", "argumentos demais: a b; --help explica"),
        (["lab", "--http-port", "99999"], "--http-port must be a number from 0 to 65535", "--http-port precisa ser"),
        (["check", "h", "--timeout", "inf"], "--timeout must be a number from 1 to 86400", "--timeout precisa ser"),
        (["check", "h", "--port", "x"], "--port must be a number from 1 to 65535", "--port precisa ser"),
        (["check", "HV1", "hv1"], "hv1 is named twice", "hv1"),
        (["check", "a b"], "a b is not a host", "a b não é um host"),
        (["check", "https://hv1/wsman"], "https://hv1/wsman is not a host", "não é um host"),
        (["check", ""], "is not a host", "não é um host"),
        (["check", "[::1]x"], "the port must be a number", "a porta"),
        (["check", "fe80::1%lo"], "is not a host", "não é um host"),
    ],
)
def test_one_line_in_both_languages(run: Run, arguments: list[str], english: str, portuguese: str) -> None:
    for language, expected in (("en", english), ("pt-BR", portuguese)):
        code, out, err = run(*arguments, "--lang", language)
        assert code == Exit.WRONG_USE
        assert not out
        assert expected in err
        assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["check", "admin:hunter2@hv1:5986"], ["check", "hv1", "--user", "admin:hunter2"]]
)
def test_a_password_in_the_wrong_place_is_not_repeated(run: Run, arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert code == Exit.WRONG_USE
    assert "hunter2" not in out + err


@pytest.mark.parametrize(
    ("written", "place"),
    [("::1", "[::1]:5986"), ("[2001:db8::5]", "[2001:db8::5]:5986"), ("[2001:db8::5]:443", "[2001:db8::5]:443")],
)
def test_an_ipv6_address_is_a_host(written: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from checks.hosts import Access, targets

    monkeypatch.setenv("HVNET_PASSWORD", "x")
    (target,) = targets([written], Access(user="auditor"))
    assert target.endpoint == f"https://{place}/wsman"
    assert target.name == written


@pytest.mark.parametrize("schema", ['"1"', "0", "true", "-5"])
def test_a_schema_that_is_none(run: Run, tmp_path: Path, schema: str) -> None:
    (tmp_path / "host.json").write_text(f'{{"schema": {schema}, "facts": {{}}}}')
    code, _out, err = run("check", "--snapshot", tmp_path / "host.json", "--lang", "pt-BR")
    assert code == Exit.WRONG_USE
    assert "host.json não é um instantâneo: não informa o esquema" in err


def test_what_does_not_belong_there_is_named_in_the_language(run: Run, tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"schema": 1, "facts": {"VMHost": "x"}}')
    err = run("check", "--snapshot", tmp_path / "host.json", "--lang", "pt-BR")[2]
    assert "facts.VMHost não contém o que deveria" in err
    assert "Input should be" not in err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all:\n  hosts:\n    h1:\n    h1:\n", "line 4: h1 is there twice"),
        ("all: &a\n  children:\n    x: *a\n", "a group is among its own children"),
        ("all:\n  hosts: [a\n b: {", "line 3"),
        (b"\xff\xfe\x00\x81", "it is not text"),
    ],
)
def test_an_inventory_that_cannot_be_used(run: Run, tmp_path: Path, text: str | bytes, expected: str) -> None:
    path = tmp_path / "hosts.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, _out, err = run("inventory", path)
    assert code == Exit.WRONG_USE
    assert expected in err
    assert err.count("\n") == 1


def test_merged_variables_are_no_doubles(run: Run, tmp_path: Path) -> None:
    """A mapping that overrides what it merges, and is merged again itself."""
    path = tmp_path / "hosts.yml"
    path.write_text(
        "x-b: &b {ansible_port: 1}\nall:\n  vars: &a {<<: *b, ansible_port: 2}\n"
        "  hosts: {h1: {<<: *a, ansible_port: 3}}\n"
    )
    assert "h1" in run("inventory", path)[1]


def test_a_waiver_with_a_key_that_is_no_text(run: Run, failing: Path, tmp_path: Path) -> None:
    (tmp_path / "waivers.yml").write_text("- ? [a]\n  : b\n")
    code, _out, err = run("check", "--snapshot", failing, "--waivers", tmp_path / "waivers.yml")
    assert code == Exit.WRONG_USE
    assert "waivers.yml, line 1" in err


def test_two_reports_in_one_file_are_refused(run: Run, failing: Path, tmp_path: Path) -> None:
    both = [f"--report={kind}={tmp_path / 'r'}" for kind in ("html", "json")]
    code, _out, err = run("check", "--snapshot", failing, *both)
    assert code == Exit.WRONG_USE
    assert "two reports would be written to" in err


def test_a_file_that_cannot_be_written_does_not_cost_the_others(
    run: Run, failing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str) -> None:
        if "host" in path.name:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write_private(path, text)

    monkeypatch.setattr("checks.cli.write_private", full)
    other = failing.rename(tmp_path / "host.json").with_name("other.json")
    other.write_bytes((tmp_path / "host.json").read_bytes())
    code, out, err = run("fix", "--snapshot", tmp_path / "host.json", "--snapshot", other, "-o", tmp_path / "fixes")
    assert code == Exit.WRONG_USE
    assert out == f"{tmp_path / 'fixes' / 'fix-other.ps1'}\n"
    assert err == f"hvnet: could not write {tmp_path / 'fixes' / 'fix-host.ps1'}: the disk is full\n"


def _names(text: str) -> list[str]:
    return [row["name"] for row in csv.DictReader(text.splitlines(keepends=True))]


def test_a_folder_of_snapshots_is_judged(run: Run, failing: Path, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_bytes(failing.read_bytes())
    (tmp_path / "notes.txt").write_text("")
    code, out, _err = run("check", "--snapshot", tmp_path, "--select", "LM002", "--format", "csv")
    assert code == Exit.FAILED
    assert _names(out) == ["host", "other"]
    (tmp_path / "empty").mkdir()
    code, _out, err = run("check", "--snapshot", tmp_path / "empty")
    assert code == Exit.WRONG_USE
    assert "holds no snapshot" in err


def test_files_that_a_shell_put_among_the_hosts(run: Run, failing: Path) -> None:
    code, _out, err = run("check", "--snapshot", failing, failing)
    assert code == Exit.WRONG_USE
    assert f"{failing} is a file: write --snapshot before each of them, or name their folder" in err


def test_a_snapshot_does_not_take_the_place_of_a_host(run: Run, failing: Path) -> None:
    out = run(
        "check", "host", "--port", "9", "--timeout", "5", "--snapshot", failing, "--select", "LM002", "-f", "csv"
    )[1]
    assert _names(out) == [str(failing), "host"]


def test_a_bundle_that_is_none_is_found_before_the_password_is_asked_for(run: Run, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    code, _out, err = run("check", "hv1", "--ca-bundle", tmp_path / "ca.pem")
    assert code == Exit.WRONG_USE
    assert "ca.pem cannot be read as a PEM file" in err


def test_a_defect_of_our_own_does_not_exit_like_a_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("checks.cli._select", fail)
    code, _out, err = run("list")
    assert code == Exit.WRONG_USE
    assert err.endswith("hvnet: hvnet itself failed: RuntimeError: broken\n")


def test_too_little_memory_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise MemoryError

    monkeypatch.setattr("checks.cli._select", fail)
    assert run("list") == (Exit.WRONG_USE, "", "hvnet: there is not enough memory for this\n")


def test_help_shows_no_python(run: Run) -> None:
    for command in ("check", "explain", "inventory", "new", "case"):
        code, out, _err = run(command, "--help")
        assert code == Exit.OK
        assert "<" not in out
        assert "{" not in out
    assert "HOST  Host names or addresses." in run("check", "--help")[1]
    assert "..." not in run("--help")[1].partition("Commands:")[2]


# ---------------------------------------------------------------------------------------------------------------------
# In a process of its own
# ---------------------------------------------------------------------------------------------------------------------


def _shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    line = command.replace("hvnet", f"{sys.executable} -m checks")
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=False, timeout=120, env=os.environ | environment
    )


@POSIX
def test_a_reader_that_goes_away_does_not_change_the_verdict(failing: Path) -> None:
    snapshots = " ".join(f"--snapshot {failing}" for _number in range(2))
    done = _shell(f"hvnet check {snapshots} --format json | (exec <&-; sleep 5); echo ${{PIPESTATUS[0]}}")
    assert done.stdout == "1\n"
    assert not done.stderr


@POSIX
def test_closed_streams_are_no_error(failing: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = _shell(f"hvnet check --snapshot {failing} --select LM002 --report json={report} >&- 2>&- <&-")
    assert done.returncode == Exit.FAILED
    assert report.is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_below_the_output_is_named() -> None:
    done = _shell("hvnet list --lang pt-BR > /dev/full")
    assert done.returncode == Exit.WRONG_USE
    assert done.stderr == "hvnet: não foi possível gravar a saída: o disco está cheio\n"


@POSIX
def test_a_folder_that_is_gone(failing: Path, tmp_path: Path) -> None:
    root = Path(__file__).parents[1]
    gone = tmp_path / "gone"
    command = f"mkdir {gone} && cd {gone} && rmdir {gone} && hvnet check --snapshot {failing} --select LM002"
    assert _shell(command, PYTHONPATH=str(root)).returncode == Exit.FAILED


def _on_a_terminal(arguments: list[str], keys: bytes, **environment: str) -> tuple[int, str]:
    """Run on a terminal, and type *keys* when something stands there."""
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(environment)
        os.execv(sys.executable, [sys.executable, "-m", "checks", *arguments])  # noqa: S606 - no shell is needed
    seen = b""
    try:
        while piece := os.read(terminal, 65_536):
            seen += piece
            if keys and b":" in seen:
                os.write(terminal, keys)
                keys = b""
    except OSError:
        pass
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen.decode("utf-8", "replace")


@POSIX
@pytest.mark.parametrize("keys", [b"\x04", b"\r"])
def test_no_password_at_the_prompt(keys: bytes) -> None:
    arguments = ["check", "127.0.0.1:9", "--user", "auditor", "--lang", "pt-BR"]
    code, seen = _on_a_terminal(arguments, keys, HVNET_PASSWORD="", TERM="dumb")
    assert code == Exit.WRONG_USE
    assert "nenhuma senha foi informada para auditor" in seen
    assert "Traceback" not in seen


@POSIX
def test_ctrl_c_at_the_prompt_says_so() -> None:
    arguments = ["check", "127.0.0.1:9", "--user", "auditor"]
    code, seen = _on_a_terminal(arguments, b"\x03", HVNET_PASSWORD="", TERM="dumb")
    assert code == Exit.INTERRUPTED
    assert "hvnet: stopped" in seen


@POSIX
def test_a_terminal_of_few_characters_never_shows_a_pass_as_a_question_mark(failing: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TERM": "dumb", "COLUMNS": "100"}
    arguments = ["check", "--snapshot", str(failing), "--select", "LM002,LM005", "--lang", "pt-BR"]
    code, seen = _on_a_terminal(arguments, b"", **plain)
    assert code == Exit.FAILED
    assert "+ aprovada" in seen
    assert "- nao aplicavel" in seen
    assert "x aviso" in seen
    assert seen.isascii()
