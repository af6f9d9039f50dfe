"""A password is nowhere but on its way to the host: not in output, reports, snapshots, logs or tracebacks."""

from __future__ import annotations

import base64
import logging
import os
import socket
import sys
import traceback
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer.main
from fake_machine import http_answer, read_request, tcp_server

from checks import console
from checks.cli import app
from checks.lab.recordings import all_recordings
from checks.lab.replay import RecordedHost
from checks.lab.server import Lab
from checks.lab.soap import FaultError
from checks.lab.wsman import Service
from checks.report import FORMATS
from checks.transports import Target
from checks.transports.winrm import WinRM

CANARY = "C4nary-Pa55wörd"
USER = "Administrator"
LIBRARIES = ("urllib3", "requests", "winrm", "spnego", "gssapi", "krb5", "keyring", "asyncio")


def forms(secret: str) -> list[str]:
    """A secret as it might be written: in plain, in Base64, in a URL, as Basic has it, escaped."""
    pair = f"{USER}:{secret}".encode()
    inside = base64.b64encode(secret.encode()).decode().rstrip("=")
    encodings = (secret.encode("utf-16-le").hex(), secret.encode().hex(), repr(secret.encode())[2:-1])
    escaped = secret.encode("ascii", "backslashreplace").decode()
    return [secret, inside, base64.b64encode(pair).decode(), urllib.parse.quote(secret), escaped, *encodings]


class Logged(logging.Handler):
    """Everything that is logged, tracebacks with their local variables included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{record.name} {record.getMessage()} {record.args!r} {vars(record)!r}\n"
        if record.exc_info and record.exc_info[1] is not None:
            self.text += with_locals(record.exc_info[1])


def with_locals(error: BaseException) -> str:
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


@pytest.fixture
def logged() -> Iterator[Logged]:
    handler = Logged()
    loggers = [logging.getLogger(name) for name in ("", *LIBRARIES)]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    loggers[0].addHandler(handler)
    yield handler
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    machine = RecordedHost(all_recordings()[0])
    ways = ("negotiate", "credssp", "basic")
    with Lab([machine], user=USER, password=CANARY, http_port=0, https_port=0, methods=ways) as running:
        yield running


@pytest.fixture
def leaks(
    lab: Lab, logged: Logged, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[str]]:
    """Run the command with a password; where it then is. The first finding is what the run said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def run(password: str, *arguments: str) -> list[str]:
        monkeypatch.setenv("HVNET_PASSWORD", password)
        reports = [part for kind in FORMATS for part in ("--report", f"{kind}={tmp_path / f'report.{kind}'}")]
        for command in (["check", *reports], ["collect"]):
            console.run(typer.main.get_command(app), [*command, *arguments, "-u", USER, "--timeout", "5"])
        printed = capfd.readouterr()
        places = {"stdout": printed.out, "stderr": printed.err, "log": logged.text, "argv": repr(sys.argv)}
        for path in tmp_path.rglob("*"):
            if path.is_file():
                places[str(path)] = path.read_text("utf-8", "replace") + path.name
        found = [place for place, text in places.items() if any(form in text for form in forms(password))]
        return [printed.out + printed.err, *found]

    return run


def test_the_search_would_find_it(leaks: Callable[..., list[str]], tmp_path: Path) -> None:
    for number, form in enumerate(forms(CANARY)):
        (tmp_path / f"{number}.txt").write_text(f"<{form}>", "utf-8")
    logging.getLogger("urllib3").debug("the password is %s", CANARY)
    print(CANARY)
    _said, *found = leaks(CANARY, "127.0.0.1:1")
    assert {"stdout", "log"} < set(found)
    assert len(found) == 2 + len(forms(CANARY))


def secure(lab: Lab) -> list[str]:
    endpoint = lab.endpoints[0]
    return [f"{endpoint.address}:{endpoint.https_port}", "--ca-bundle", lab.ca_bundle]


def plain(lab: Lab) -> list[str]:
    return [f"{lab.endpoints[0].address}:{lab.endpoints[0].http_port}", "--http"]


@pytest.mark.parametrize("auth", ["negotiate", "ntlm", "credssp", "basic"])
def test_a_run_that_goes_well(lab: Lab, leaks: Callable[..., list[str]], auth: str, logged: Logged) -> None:
    said, *found = leaks(CANARY, *secure(lab), "--auth", auth)
    assert "urllib3.connectionpool" in logged.text
    assert "LM002" in said
    assert not found


@pytest.mark.parametrize("auth", ["ntlm", "credssp"])
def test_a_run_over_http(lab: Lab, leaks: Callable[..., list[str]], auth: str) -> None:
    said, *found = leaks(CANARY, *plain(lab), "--auth", auth)
    assert "LM002" in said
    assert not found


@pytest.mark.parametrize("auth", ["negotiate", "credssp", "basic"])
def test_a_wrong_password(lab: Lab, leaks: Callable[..., list[str]], auth: str) -> None:
    said, *found = leaks("Wr0ng-C4nary", *secure(lab), "--auth", auth)
    assert "refused the user name or the password" in " ".join(said.split())
    assert not found


@pytest.mark.parametrize("more", [[], ["--pin", "0" * 64], ["--insecure"]])
def test_certificates(lab: Lab, leaks: Callable[..., list[str]], more: list[str]) -> None:
    said, *found = leaks(CANARY, secure(lab)[0], *more)
    assert ("not verified" in " ".join(said.split())) == (more == ["--insecure"])
    assert not found


def test_basic_over_http(lab: Lab, leaks: Callable[..., list[str]]) -> None:
    said, *found = leaks(CANARY, *plain(lab), "--auth", "basic")
    assert "in clear text" in said
    assert not found


def test_an_unreachable_host(leaks: Callable[..., list[str]]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        _said, *found = leaks(CANARY, f"127.0.0.1:{closed.getsockname()[1]}")
    assert not found


@pytest.mark.parametrize("auth", ["ntlm", "basic", "credssp"])
def test_a_fault(lab: Lab, leaks: Callable[..., list[str]], auth: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Service, request: object, size: int) -> str:
        raise FaultError(5, "Access is denied. ", "w:AccessDenied")

    monkeypatch.setattr(Service, "_act", refuse)
    said, *found = leaks(CANARY, *secure(lab), "--auth", auth)
    assert "denied access" in " ".join(said.split())
    assert not found


def test_a_server_that_answers_garbage(leaks: Callable[..., list[str]]) -> None:
    def garbage(client: socket.socket) -> None:
        while read_request(client):
            client.sendall(http_answer("401 No", b"", "WWW-Authenticate: Negotiate TlRMTVNTUAACAAAA"))

    with tcp_server(garbage) as port:
        _said, *found = leaks(CANARY, f"127.0.0.1:{port}", "--http")
    assert not found


def test_a_crash_shows_no_password_even_with_local_variables(
    lab: Lab, leaks: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug of ours, with a traceback that shows every variable of every frame on the way."""
    crashes = []

    def crash(self: WinRM, *_arguments: object) -> None:
        try:
            raise RuntimeError("a bug")
        except RuntimeError as error:
            crashes.append(with_locals(error))
            raise

    monkeypatch.setattr(WinRM, "_refusal", crash)
    said, *found = leaks(CANARY, *secure(lab))
    assert "a bug" in said
    assert crashes
    assert not found
    assert not [form for form in forms(CANARY) if form in "".join(crashes)]


@pytest.mark.parametrize("auth", ["ntlm", "credssp"])
def test_frames_inside_the_libraries_show_no_password(
    lab: Lab, auth: str, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    """The password goes through pyspnego's frames as an object that does not show itself."""
    seen = []

    def explain(error: Exception, *_arguments: object) -> Exception:
        seen.append(with_locals(error))
        return RuntimeError("seen")

    def broken(*_arguments: object, **_more: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr("checks.transports.winrm.explain", explain)
    monkeypatch.setattr("spnego._ntlm.NTLMProxy.step", broken)
    endpoint = lab.endpoints[0]
    target = Target("hv01", endpoint.address, endpoint.http_port, False, USER, CANARY, timeout=5, auth=auth)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="seen"):
        WinRM(target).run("x")
    assert seen
    assert not [form for form in forms(CANARY) if form in seen[0] + logged.text + repr(target)]


def test_the_environment_is_the_only_place_that_a_child_could_read(lab: Lab) -> None:
    assert CANARY not in " ".join(sys.argv)
    assert CANARY not in "".join(f"{name}={value}" for name, value in os.environ.items() if name != "HVNET_PASSWORD")
