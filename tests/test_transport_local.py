"""Scripts on this machine, with a small stand-in for PowerShell on PATH."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from checks.transports import Output, TransportError
from checks.transports.local import Local
from checks.transports.powershell import ARGUMENTS


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH; tests put their PowerShell there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "powershell"


def install(path: Path, body: str) -> None:
    path.write_text(f"#!{sys.executable}\nimport sys, time\n{body}\n")
    path.chmod(0o755)


def test_the_script_comes_through_standard_input(program: Path) -> None:
    install(program, "print(sys.argv[1:]); print(sys.stdin.read(), end=''); sys.exit(3)")
    assert Local().run("Get-VMHost\n'x'") == Output(f"{list(ARGUMENTS)}\nGet-VMHost\n'x'\n", "", 3)


def test_a_script_longer_than_a_pipe(program: Path) -> None:
    install(program, "print('start', flush=True); print(len(sys.stdin.read()))")
    assert Local().run("x" * 500_000).stdout == "start\n500001\n"


def test_bytes_that_are_not_utf8_and_progress(program: Path) -> None:
    install(program, "sys.stdout.buffer.write(b'a\\x87'); sys.stderr.write('#< CLIXML\\r\\n<Objs></Objs>')")
    assert Local().run("x") == Output("a\ufffd")


def test_a_program_that_does_not_read_its_input(program: Path) -> None:
    install(program, "print('deaf')")
    assert Local().run("x" * 500_000).stdout == "deaf\n"


def test_pwsh_is_used_only_where_it_is_the_only_one(program: Path) -> None:
    install(program.with_name("pwsh"), "print('seven')")
    assert Local().run("x").stdout == "seven\n"
    install(program, "print('windows')")
    assert Local().run("x").stdout == "windows\n"


def test_without_powershell(program: Path) -> None:
    with pytest.raises(TransportError, match="There is no PowerShell on this machine") as failure:
        Local().run("x")
    assert failure.value.kind == "unreachable"


def test_a_program_that_cannot_be_started(program: Path) -> None:
    program.write_text("#!/nonexistent/interpreter\n")
    program.chmod(0o755)
    with pytest.raises(TransportError, match="cannot be started") as failure:
        Local().run("x")
    assert failure.value.kind == "unreachable"


def test_a_script_that_takes_too_long_is_ended(program: Path) -> None:
    install(program, "time.sleep(30)")
    start = time.monotonic()
    with pytest.raises(TransportError, match=r"did not finish within 0\.3 s") as failure:
        Local(timeout=0.3).run("x")
    assert failure.value.kind == "timeout"
    assert time.monotonic() - start < 5


def test_a_script_beyond_ascii_is_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        Local().run("'ação'")
