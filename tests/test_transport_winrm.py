"""The way to a host over WinRM: what it costs, what it brings back, and what it says when it fails."""

from __future__ import annotations

import base64
import contextlib
import socket
import struct
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from fake_machine import FakeMachine, echo, http_answer, read_request, tcp_server

from checks.lab import certificate as certificates
from checks.lab.machine import ProcessResult, Stdin
from checks.lab.server import Lab
from checks.lab.soap import FaultError
from checks.lab.wsman import Service
from checks.transports import Output, Target, TransportError, powershell
from checks.transports.winrm import WinRM

CANARY = "C4nary-Pa55word"


class Host:
    """A lab of one machine, and how it is reached."""

    def __init__(self, lab: Lab, machine: FakeMachine, scheme: str) -> None:
        self.lab = lab
        self.machine = machine
        self.https = scheme == "https"

    @property
    def target(self) -> Target:
        endpoint = self.lab.endpoints[0]
        port = endpoint.https_port if self.https else endpoint.http_port
        return Target("hv01", endpoint.address, port, self.https, self.lab.user, CANARY, self.lab.ca_bundle, timeout=10)

    def run(self, script: str = "Get-VMHost", **changes: object) -> Output:
        return WinRM(replace(self.target, **changes)).run(script)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Lab, FakeMachine]]:
    machine = FakeMachine()
    with Lab([machine], password=CANARY, http_port=0, https_port=0) as lab:
        yield lab, machine


@pytest.fixture(params=["http", "https"])
def host(request: pytest.FixtureRequest, running: tuple[Lab, FakeMachine]) -> Host:
    lab, machine = running
    machine.answer = echo
    machine.lines.clear()
    return Host(lab, machine, request.param)


def fails(run: Callable[[], object]) -> TransportError:
    """The failure of *run*, once it is known to give away no password."""
    with pytest.raises(TransportError) as failure:
        run()
    error = failure.value
    text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert CANARY not in text.replace("CANARY", "")
    assert CANARY not in repr(error) + str(error) + repr(error.reason) + repr(error.reason.as_json())
    assert error.__context__ is None
    assert error.__cause__ is None
    return error


def target(port: int, *, https: bool = False, address: str = "127.0.0.1", timeout: float = 5.0) -> Target:
    return Target("hv01", address, port, https, "Administrator", CANARY, timeout=timeout)


# What it costs and what it brings back


def test_a_script_comes_through_standard_input(host: Host) -> None:
    assert host.run("Get-VMHost\n'end'") == Output("Get-VMHost\n'end'\n")
    (line,) = host.machine.lines
    program, *options, encoded = line.split(" ")
    assert program == "powershell.exe"
    assert options == ["-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand"]
    assert base64.b64decode(encoded).decode("utf-16-le") == "$input | Out-String | Invoke-Expression"


def test_one_connection_one_shell_one_process_and_at_most_nine_requests(host: Host) -> None:
    before = host.lab.stats("hv01")
    host.run("x" * 50_000)
    after = host.lab.stats("hv01")
    assert after.connections - before.connections == 1
    assert after.shells_created - before.shells_created == 1
    assert after.processes - before.processes == 1
    assert after.requests - before.requests == (8 if host.https else 9)
    assert after.shells_open == 0


def test_a_script_larger_than_an_envelope(host: Host) -> None:
    script = "\n".join(f"'line {number}'" for number in range(40_000))
    assert host.run(script).stdout == script + "\n"


def test_an_answer_larger_than_an_envelope(host: Host) -> None:
    host.machine.answer = lambda line, stdin: ProcessResult(b"0123456789" * 100_000, b"e" * 200_000, 1)
    output = host.run()
    assert output == Output("0123456789" * 100_000, "e" * 200_000, 1)
    assert host.lab.stats("hv01").shells_open == 0


def test_accents_arrive(host: Host) -> None:
    host.machine.answer = lambda line, stdin: ProcessResult("\ufeffComutação “ação”\r\n".encode(), "não".encode(), 1)
    assert host.run() == Output("Comutação “ação”\r\n", "não", 1)


def test_bytes_that_are_not_utf8_do_no_harm(host: Host) -> None:
    host.machine.answer = lambda line, stdin: ProcessResult(b"Comuta\x87\xc6o")
    assert host.run().stdout == "Comuta\ufffd\ufffdo"


def test_a_slow_script_is_waited_for(host: Host) -> None:
    def slow(line: str, stdin: Stdin) -> ProcessResult:
        stdin.terminated.wait(1.5)
        return ProcessResult(b"late")

    host.machine.answer = slow
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("checks.transports.winrm._OPERATION_SECONDS", 1)
        assert host.run().stdout == "late"


def test_always_encrypts_inside_tls_too(running: tuple[Lab, FakeMachine]) -> None:
    host = Host(*running, "https")
    host.machine.answer = echo
    assert WinRM(host.target, encryption="always").run("'x'").stdout == "'x'\n"


def test_many_threads_may_share_an_object(host: Host) -> None:
    winrm, results = WinRM(host.target), []
    threads = [threading.Thread(target=lambda: results.append(winrm.run("'x'").stdout)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["'x'\n"] * 8


def test_the_environment_changes_nothing(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent.pem")
    assert host.run("'x'").stdout == "'x'\n"


def test_a_script_beyond_ascii_is_an_error_of_ours(host: Host) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        host.run("'ação'")


# Standard error


PROGRESS = (
    '#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj S="progress" '
    'RefId="0"><TN RefId="0"><T>System.Object</T></TN><MS><I64 N="SourceId">1</I64></MS></Obj></Objs>'
)


def test_progress_is_no_error(host: Host) -> None:
    host.machine.answer = lambda line, stdin: ProcessResult(b"{}", PROGRESS.encode())
    assert host.run() == Output("{}")


def test_errors_in_clixml_are_readable() -> None:
    wrapped = PROGRESS.replace(
        "</Objs>", '<S S="Error">x &lt; y_x000D__x000A_</S><S S="Error">+ FullyQualifiedErrorId : A_x005F_B</S></Objs>'
    )
    assert powershell.errors(wrapped) == "x < y\r\n+ FullyQualifiedErrorId : A_B"
    assert powershell.errors("plain") == "plain"


# Deadlines


def test_a_script_that_never_ends_is_stopped_and_its_shell_deleted(host: Host) -> None:
    ended = threading.Event()

    def endless(line: str, stdin: Stdin) -> ProcessResult:
        stdin.terminated.wait(30)
        ended.set()
        return ProcessResult()

    host.machine.answer = endless
    start = time.monotonic()
    error = fails(lambda: host.run(timeout=1.2))
    assert error.kind == "timeout"
    assert "did not finish within 1.2 s" in str(error)
    assert time.monotonic() - start < 3
    assert ended.wait(2)
    assert host.lab.stats("hv01").shells_open == 0


@pytest.mark.parametrize("answer", ["silence", "dripping head", "dripping body"])
def test_a_server_that_does_not_finish_its_answer(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def drip(client: socket.socket) -> None:
        read_request(client)
        if answer == "dripping body":
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while answer != "silence":
            time.sleep(0.05)
            client.sendall(b"x")
        time.sleep(1.5)

    start = time.monotonic()
    with tcp_server(drip) as port:
        error = fails(lambda: WinRM(target(port, timeout=0.6)).run("x"))
    assert error.kind == "timeout"
    assert time.monotonic() - start < 3


def test_a_server_that_accepts_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.transports.deadline.CONNECT_SECONDS", 0.3)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with contextlib.ExitStack() as queue:
            for _ in range(3):  # fills the queue, so that the next connection is not answered
                waiting = queue.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(full.getsockname())
            error = fails(lambda: WinRM(target(full.getsockname()[1])).run("x"))
    assert error.kind == "unreachable"
    assert "does not answer" in str(error)


# Failures


def test_a_port_that_refuses() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = fails(lambda: WinRM(target(unused.getsockname()[1])).run("x"))
    assert error.kind == "unreachable"
    assert "refuses connections" in str(error)


def test_a_name_that_does_not_resolve() -> None:
    error = fails(lambda: WinRM(target(5985, address="no-such-host.invalid")).run("x"))
    assert (error.kind, "cannot be resolved" in str(error)) == ("unreachable", True)


def test_a_wrong_password_is_tried_once(host: Host) -> None:
    before = host.lab.stats("hv01").requests
    error = fails(lambda: host.run(user="Administrator", password="wrong"))
    assert (error.kind, "refused the user name or the password" in str(error)) == ("authentication", True)
    assert host.lab.stats("hv01").requests - before == 3


@pytest.mark.parametrize("missing", ["user", "password"])
def test_missing_credentials(host: Host, missing: str) -> None:
    before = host.lab.stats("hv01").connections
    error = fails(lambda: host.run(**{missing: ""}))
    assert error.kind == "authentication"
    assert host.lab.stats("hv01").connections == before


def test_a_host_that_offers_only_basic_never_gets_the_password() -> None:
    received = []

    def basic(client: socket.socket) -> None:
        while request := read_request(client):
            received.append(request)
            client.sendall(http_answer("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="WSMAN"'))

    with tcp_server(basic) as port:
        error = fails(lambda: WinRM(target(port)).run("x"))
    assert error.kind == "authentication"
    assert "does not offer NTLM (Negotiate)" in str(error)
    assert len(received) == 1
    assert b"authorization" not in received[0].lower()


def test_an_untrusted_certificate(running: tuple[Lab, FakeMachine]) -> None:
    host = Host(*running, "https")
    error = fails(lambda: host.run(ca_bundle=None))
    assert (error.kind, "is not trusted" in str(error)) == ("tls", True)


def test_a_hosts_own_certificate_may_be_trusted_by_itself(tmp_path: Path) -> None:
    made, other = certificates.make(["127.10.0.1"]), certificates.make(["127.10.0.1"])
    for name, certificate in (("own.pem", made), ("other.pem", other)):
        (tmp_path / name).write_bytes(certificate.leaf.public_bytes(Encoding.PEM))
    machine = FakeMachine()
    with Lab([machine], password=CANARY, http_port=0, https_port=0, certificate=made) as lab:
        host = Host(lab, machine, "https")
        assert host.run("'x'", ca_bundle=str(tmp_path / "own.pem")).stdout == "'x'\n"
        assert fails(lambda: host.run(ca_bundle=str(tmp_path / "other.pem"))).kind == "tls"


@pytest.mark.parametrize(("content", "name"), [(None, "missing.pem"), (b"no certificate", "bad.pem")])
def test_a_bad_file_of_authorities(tmp_path: Path, content: bytes | None, name: str, host: Host) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    if host.https:
        error = fails(lambda: host.run(ca_bundle=str(tmp_path / name)))
        assert (error.kind, name in str(error)) == ("tls", True)


@pytest.mark.parametrize(
    ("names", "days", "said"),
    [
        (["127.10.0.1"], -1, "has expired"),
        (["127.99.0.1", "elsewhere"], 30, "is for another name"),
    ],
)
def test_a_bad_certificate(names: list[str], days: int, said: str) -> None:
    bad = certificates.make(names, valid_until=datetime.now(UTC) + timedelta(days=days))
    machine = FakeMachine()
    with Lab([machine], password=CANARY, http_port=0, https_port=0, certificate=bad) as lab:
        error = fails(Host(lab, machine, "https").run)
    assert (error.kind, said in str(error)) == ("tls", True)


def test_tls_to_a_plain_port(running: tuple[Lab, FakeMachine]) -> None:
    host = Host(*running, "https")
    error = fails(lambda: host.run(port=host.lab.endpoints[0].http_port))
    assert (error.kind, "did not complete TLS" in str(error)) == ("tls", True)


def test_plain_http_to_a_tls_port(running: tuple[Lab, FakeMachine]) -> None:
    host = Host(*running, "http")
    error = fails(lambda: host.run(port=host.lab.endpoints[0].https_port))
    assert (error.kind, "another protocol" in str(error)) == ("protocol", True)


FAULTS = {
    5: ("refused", "denied access to Administrator: “The host's own words.” (code 5)"),
    2150859173: ("refused", "has reached a WinRM quota: “The host's own words.” (code 2150859173)"),
    2150858770: ("refused", "refused the request: “The host's own words.” (code 2150858770)"),
    2150858793: ("timeout", "is too busy"),
}


@pytest.mark.parametrize("code", FAULTS)
def test_faults_carry_the_hosts_own_words(host: Host, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Service, request: object, size: int) -> str:
        raise FaultError(code, "The host's own\n words. ", "w:AccessDenied")

    monkeypatch.setattr(Service, "_act", refuse)
    kind, said = FAULTS[code]
    error = fails(host.run)
    assert (error.kind, said in str(error)) == (kind, True)


def unanswered(client: socket.socket) -> None:
    read_request(client)


def cut(client: socket.socket) -> None:
    read_request(client)
    client.sendall(http_answer("200 OK", b"x" * 50)[:-20])


def reset(client: socket.socket) -> None:
    read_request(client)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


HTML = b"<html><body><p>It works!</p><br></body></html>"
XHTML = b"<html><body><p>It works!</p></body></html>"


def answering(response: bytes) -> Callable[[socket.socket], None]:
    def answer(client: socket.socket) -> None:
        while read_request(client):
            client.sendall(response)

    return answer


BAD_SERVERS: dict[str, tuple[Callable[[socket.socket], None], str]] = {
    "web page": (answering(http_answer("200 OK", HTML, "Content-Type: text/html")), "without asking for sign-in"),
    "not found": (answering(http_answer("404 Not Found", HTML, "Content-Type: text/html")), "HTTP status 404"),
    "no content type": (answering(http_answer("503 Service Unavailable")), "HTTP status 503"),
    "unanswered": (unanswered, "closes the connection without an answer"),
    "reset": (reset, "closes the connection without an answer"),
    "not HTTP": (answering(b"SSH-2.0-OpenSSH_9.2\r\n"), "not WS-Management"),
    "cut": (cut, "not WS-Management|closes the connection"),
    "huge": (answering(http_answer("200 OK", b"x" * 9_000_000)), "far more"),
    "bad token": (answering(http_answer("401 No", b"", "WWW-Authenticate: Negotiate TlRMTVNTUAACAAAA")), "answer"),
    "no token": (answering(http_answer("401 No", b"", "WWW-Authenticate: Negotiate")), "user name or the password"),
}


@pytest.mark.parametrize("name", BAD_SERVERS)
def test_servers_that_are_not_winrm(name: str) -> None:
    handle, said = BAD_SERVERS[name]
    with tcp_server(handle) as port:
        error = fails(lambda: WinRM(target(port)).run("x"))
    assert error.kind in ("protocol", "authentication")
    assert any(each in str(error) for each in said.split("|"))


@pytest.mark.parametrize("body", [HTML, XHTML, b"", b"\x00\xff", b"<a", b"x" * 9_000_000])
def test_garbage_inside_tls(body: bytes, tmp_path: Path) -> None:
    certificate = certificates.make(["127.0.0.1"])
    bundle = tmp_path / "authority.pem"
    bundle.write_bytes(certificate.authority)
    context = certificate.server_context()

    def web(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as secured:
            while read_request(secured):
                secured.sendall(http_answer("200 OK", body, "Content-Type: text/html"))

    with tcp_server(web) as port:
        error = fails(lambda: WinRM(replace(target(port, https=True), ca_bundle=str(bundle))).run("x"))
    assert error.kind == "protocol"
    assert ("far more" if len(body) > 1_000_000 else "not WS-Management") in str(error)


def test_a_redirection_is_not_followed() -> None:
    followed = []
    with tcp_server(lambda client: followed.append(read_request(client))) as elsewhere:
        location = f"Location: http://127.0.0.1:{elsewhere}/wsman"
        with tcp_server(answering(http_answer("302 Found", b"", location))) as port:
            error = fails(lambda: WinRM(target(port)).run("x"))
    assert (error.kind, "redirects" in str(error)) == ("protocol", True)
    assert not followed


def test_too_much_output_is_dropped(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.transports.winrm.MAX_OUTPUT", 150_000)
    host.machine.answer = lambda line, stdin: ProcessResult(b"x" * 400_000)
    error = fails(host.run)
    assert (error.kind, "far more" in str(error)) == ("protocol", True)
    assert host.lab.stats("hv01").shells_open == 0


# Connections that break


class Breaker:
    """Breaks the connection instead of answering some envelopes."""

    def __init__(self, patch: pytest.MonkeyPatch, action: str, times: int) -> None:
        self.left = times
        original = Service.answer

        def answer(service: Service, message: bytes) -> tuple[int, bytes]:
            answered = original(service, message)
            if self.left and f"shell/{action}<".encode() in message:
                self.left -= 1
                raise ConnectionResetError
            return answered

        patch.setattr(Service, "answer", answer)


@pytest.mark.parametrize("action", ["Command", "Send", "Receive"])
def test_a_broken_connection_is_tried_once_more(host: Host, action: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = host.lab.stats("hv01")
    Breaker(monkeypatch, action, 1)
    assert host.run("'x'").stdout == "'x'\n"
    after = host.lab.stats("hv01")
    assert after.shells_created - before.shells_created == 2
    assert after.shells_open == 0


def test_a_connection_that_keeps_breaking_is_given_up(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    before = host.lab.stats("hv01")
    Breaker(monkeypatch, "Command", 10)
    error = fails(lambda: host.run("'x'"))
    assert (error.kind, "in the middle of the exchange, twice" in str(error)) == ("protocol", True)
    after = host.lab.stats("hv01")
    assert after.shells_created - before.shells_created == 2
    assert after.shells_open == 0


def test_trouble_while_cleaning_up_does_not_discard_the_result(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    Breaker(monkeypatch, "Signal", 1)
    assert host.run("'x'").stdout == "'x'\n"
    assert host.lab.stats("hv01").shells_open == 0


def test_a_fault_while_cleaning_up_still_deletes_the_shell(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.lab.wsman._SIGNALS", None)
    assert host.run("'x'").stdout == "'x'\n"
    assert host.lab.stats("hv01").shells_open == 0


def test_reprs_hide_the_password(host: Host) -> None:
    assert CANARY not in repr(host.target) + repr(WinRM(host.target)) + repr(host.lab)
