"""The lab's WinRM endpoint, called by two clients that share no code, and by some that behave badly."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from fake_machine import FakeMachine
from pypsrp.exceptions import AuthenticationError, WSManFaultError
from pypsrp.shell import Process, SignalCode, WinRS
from pypsrp.wsman import WSMan
from winrm.exceptions import InvalidCredentialsError, WinRMOperationTimeoutError, WinRMTransportError
from winrm.exceptions import WSManFaultError as PywinrmFault
from winrm.protocol import Protocol

from checks.lab.machine import ProcessResult, Stdin
from checks.lab.server import Endpoint, Lab, LabError

SCHEMES = ["http", "https"]


def answer(line: str, stdin: Stdin) -> ProcessResult:
    if line.startswith("cat"):
        return ProcessResult(stdin.read())
    if line.startswith("big"):
        return ProcessResult(bytes(range(256)) * 4_000, b"e" * 300_000, 7)
    if line.startswith("sleep"):
        stdin.terminated.wait(30)
        return ProcessResult(b"woken")
    if line.startswith("crash"):
        raise RuntimeError("out of order")
    return ProcessResult(f"olá, {line}\r\n".encode(), b"a warning", 3)


@pytest.fixture(autouse=True)
def no_realm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a realm, a client that prefers Kerberos goes on to NTLM at once and asks no KDC anywhere."""
    monkeypatch.setenv("KRB5_CONFIG", os.devnull)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab([FakeMachine("hv01", answer), FakeMachine("hv02", answer)], http_port=0, https_port=0) as running:
        yield running


def url(endpoint: Endpoint, scheme: str) -> str:
    return f"{scheme}://{endpoint.address}:{endpoint.http_port if scheme == 'http' else endpoint.https_port}/wsman"


def pywinrm(lab: Lab, scheme: str = "http", host: int = 0, **options: object) -> Protocol:
    settings = {
        "transport": "ntlm",
        "username": lab.user,
        "password": lab.password,
        "ca_trust_path": lab.ca_bundle,
        "proxy": None,
        **options,
    }
    return Protocol(url(lab.endpoints[host], scheme), **settings)  # type: ignore[arg-type]


def pypsrp(lab: Lab, scheme: str, **options: object) -> WSMan:
    endpoint = lab.endpoints[0]
    settings = {
        "port": endpoint.http_port if scheme == "http" else endpoint.https_port,
        "ssl": scheme == "https",
        "username": lab.user,
        "password": lab.password,
        "cert_validation": lab.ca_bundle,
        "no_proxy": True,
        **options,
    }
    return WSMan(endpoint.address, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_pywinrm_runs_a_command(lab: Lab, scheme: str) -> None:
    protocol = pywinrm(lab, scheme)
    shell = protocol.open_shell(codepage=65001)
    command = protocol.run_command(shell, "ver", ["/a", "b c"])
    assert protocol.get_command_output(shell, command) == ("olá, ver /a b c\r\n".encode(), b"a warning", 3)
    protocol.cleanup_command(shell, command)
    protocol.close_shell(shell)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("auth", ["negotiate", "ntlm"])
@pytest.mark.parametrize("encryption", ["auto", "always"])
def test_pypsrp_runs_a_command(lab: Lab, scheme: str, auth: str, encryption: str) -> None:
    with pypsrp(lab, scheme, auth=auth, encryption=encryption) as client, WinRS(client, codepage=65001) as shell:
        process = Process(shell, "ver", ["/a", "b c"])
        process.invoke()
        process.signal(SignalCode.TERMINATE)
    assert (process.stdout, process.stderr, process.rc) == ("olá, ver /a b c\r\n".encode(), b"a warning", 3)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_input_comes_in_pieces_and_ends(lab: Lab, scheme: str) -> None:
    with pypsrp(lab, scheme) as client, WinRS(client, codepage=65001) as shell:
        process = Process(shell, "cat")
        process.begin_invoke()
        process.send(b"x" * 100_000, end=False)
        process.send(b"y" * 300_000, end=False)
        process.send(b"z", end=True)
        process.end_invoke()
    assert process.stdout == b"x" * 100_000 + b"y" * 300_000 + b"z"


@pytest.mark.parametrize("largest", [153_600, 20_000])
def test_output_comes_in_envelopes_of_the_size_asked_for(lab: Lab, largest: int) -> None:
    sizes = []
    with pypsrp(lab, "https", max_envelope_size=largest) as client, WinRS(client, codepage=65001) as shell:
        original = client.transport.send

        def send(*args: object, **kwargs: object) -> bytes:
            response: bytes = original(*args, **kwargs)
            sizes.append(len(response))
            return response

        client.transport.send = send
        process = Process(shell, "big")
        process.invoke()
    assert (process.stdout, process.stderr, process.rc) == (bytes(range(256)) * 4_000, b"e" * 300_000, 7)
    assert max(sizes) <= largest
    assert len(sizes) > 1_324_000 * 4 // 3 // largest


def test_both_clients_may_use_one_shell(lab: Lab) -> None:
    protocol = pywinrm(lab)
    shell = protocol.open_shell(codepage=65001)
    with pypsrp(lab, "https") as client, WinRS(client, id=shell) as other:
        assert other.id == shell
    with pytest.raises(PywinrmFault):
        protocol.run_command(shell, "ver")
    protocol.transport.close_session()


@pytest.mark.parametrize(("code_page", "text"), [(65001, "olá".encode()), (850, b"ol\xa0"), (1252, b"ol\xe1")])
def test_the_code_page_decides_the_bytes(lab: Lab, code_page: int, text: bytes) -> None:
    with pypsrp(lab, "https") as client, WinRS(client, codepage=code_page) as shell:
        process = Process(shell, "ver")
        process.invoke()
    assert process.stdout.startswith(text + b", ver")


def test_a_code_page_without_a_character_loses_it() -> None:
    with Lab([FakeMachine(answer=lambda *_: ProcessResult("Comutação".encode()))], http_port=0, https_port=0) as lab:
        protocol = pywinrm(lab)
        shell = protocol.open_shell(codepage=437)
        command = protocol.run_command(shell, "ver")
        assert protocol.get_command_output(shell, command)[0] == b"Comuta\x87?o"
        protocol.close_shell(shell)


def test_silence_ends_in_the_operation_timeout(lab: Lab) -> None:
    protocol = pywinrm(lab, operation_timeout_sec=1)
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "sleep")
    with pytest.raises(WinRMOperationTimeoutError):
        protocol.get_command_output_raw(shell, command)
    protocol.cleanup_command(shell, command)
    with pytest.raises(PywinrmFault) as failure:
        protocol.get_command_output_raw(shell, command)
    assert failure.value.wsman_fault_code == 87
    protocol.close_shell(shell)


def test_deleting_a_shell_ends_a_receive_that_waits(lab: Lab) -> None:
    with pypsrp(lab, "https", operation_timeout=20) as client:
        shell = WinRS(client)
        shell.open()
        process = Process(shell, "sleep")
        process.begin_invoke()
        other = pywinrm(lab)
        threading.Timer(0.2, lambda: other.close_shell(str(shell.id))).start()
        with pytest.raises(WSManFaultError) as failure:
            process.poll_invoke()
        assert failure.value.code == 995


def test_a_machine_that_crashes_is_a_failed_process(lab: Lab) -> None:
    with pypsrp(lab, "https") as client, WinRS(client) as shell:
        process = Process(shell, "crash")
        process.invoke()
    assert process.rc == -1
    assert b"RuntimeError: out of order" in process.stderr


def test_a_command_line_is_as_short_as_on_windows(lab: Lab) -> None:
    with pypsrp(lab, "https") as client, WinRS(client) as shell:
        process = Process(shell, "ver", ["x" * 8_190])
        process.invoke()
    assert (process.rc, process.stderr) == (1, b"The command line is too long.\r\n")


def test_unknown_shell_has_windows_fault(lab: Lab) -> None:
    protocol = pywinrm(lab)
    with pytest.raises(PywinrmFault, match="the shell was not found on the server") as failure:
        protocol.run_command("6B1C4D2C-0000-0000-0000-000000000000", "ver")
    protocol.transport.close_session()
    assert failure.value.wsman_fault_code == 2150858843


@pytest.mark.parametrize(
    ("action", "resource", "code"),
    [
        ("http://schemas.xmlsoap.org/ws/2004/09/transfer/Put", "shell/cmd", 2150858771),
        ("http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", "shell/Microsoft.PowerShell", 2150858752),
        ("http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", "shell/cmd", 2150858791),
    ],
)
def test_invalid_requests_are_faults(lab: Lab, action: str, resource: str, code: int) -> None:
    with pypsrp(lab, "https") as client, pytest.raises(WSManFaultError) as failure:
        client.invoke(action, f"http://schemas.microsoft.com/wbem/wsman/1/windows/{resource}", None)
    assert failure.value.code == code


def test_the_quota_of_shells() -> None:
    with Lab([FakeMachine()], http_port=0, https_port=0, max_shells=2) as lab:
        protocol = pywinrm(lab)
        shells = [protocol.open_shell(), protocol.open_shell()]
        with pytest.raises(PywinrmFault, match="maximum number of 2 concurrent shells") as failure:
            protocol.open_shell()
        assert failure.value.wsman_fault_code == 2150859173
        protocol.close_shell(shells[0], close_session=False)
        protocol.open_shell()
        protocol.transport.close_session()


def test_an_envelope_beyond_windows_limit_is_a_fault(lab: Lab) -> None:
    protocol = pywinrm(lab)
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "cat")
    with pytest.raises(PywinrmFault, match="envelope size") as failure:
        protocol.send_command_input(shell, command, b"x" * 400_000, end=True)
    assert failure.value.wsman_fault_code == 2150858790
    protocol.close_shell(shell)


def test_identify(lab: Lab) -> None:
    envelope = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body><i:Identify '
        'xmlns:i="http://schemas.dmtf.org/wbem/wsman/identify/1/wsmanidentity.xsd"/></s:Body></s:Envelope>'
    )
    client = pypsrp(lab, "http")
    assert b"recorded facts, not Windows" in client.transport.send(envelope.encode())
    client.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_wrong_password_is_refused_by_both_clients(lab: Lab, scheme: str) -> None:
    with pytest.raises(InvalidCredentialsError):
        pywinrm(lab, scheme, password="wrong").open_shell()
    with pytest.raises(AuthenticationError), pypsrp(lab, scheme, password="wrong") as client:
        WinRS(client).open()


def test_an_unknown_user_is_refused(lab: Lab) -> None:
    with pytest.raises(InvalidCredentialsError):
        pywinrm(lab, username="Guest").open_shell()


@pytest.mark.parametrize("user", [".\\administrator", "HV01\\Administrator", "ADMINISTRATOR"])
def test_spellings_of_a_local_account(lab: Lab, user: str) -> None:
    protocol = pywinrm(lab, username=user)
    protocol.close_shell(protocol.open_shell())


def test_a_domain_account_is_taken_literally() -> None:
    with Lab([FakeMachine()], user="LAB\\ana", password="sésamo:1", http_port=0, https_port=0) as lab:
        protocol = pywinrm(lab)
        protocol.close_shell(protocol.open_shell())
        with pytest.raises(InvalidCredentialsError):
            pywinrm(lab, username="ana").open_shell()


def test_messages_in_clear_over_http_are_refused(lab: Lab) -> None:
    with pytest.raises(WinRMTransportError) as failure:
        pywinrm(lab, message_encryption="never").open_shell()
    assert failure.value.code == 500


def test_nothing_is_answered_before_sign_in_and_basic_is_not_offered(lab: Lab) -> None:
    for scheme in SCHEMES:
        response = requests.post(
            url(lab.endpoints[0], scheme), b"<x/>", auth=("Administrator", "x"), verify=lab.ca_bundle, timeout=5
        )
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Negotiate"


def test_a_sealed_message_on_a_new_connection_is_a_bad_request(lab: Lab) -> None:
    protocol = pywinrm(lab)
    shell = protocol.open_shell()
    protocol.transport.session.adapters["http://"].close()  # type: ignore[union-attr]
    with pytest.raises(WinRMTransportError) as failure:
        protocol.run_command(shell, "ver")
    assert failure.value.code == 400
    protocol.transport.close_session()


def test_a_connection_that_is_bound_to_another_certificate_is_refused(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("requests_ntlm.requests_ntlm._get_certificate_hash", lambda der: b"\x01" * 32)
    with pytest.raises(InvalidCredentialsError):
        pywinrm(lab, "https").open_shell()


def test_channel_bindings_are_optional(lab: Lab) -> None:
    protocol = pywinrm(lab, "https", send_cbt=False)
    protocol.close_shell(protocol.open_shell())


def test_the_certificate_is_not_trusted_without_the_labs_authority(lab: Lab) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.post(url(lab.endpoints[0], "https"), b"", timeout=5)


def test_the_certificate_names_addresses_and_hosts(lab: Lab) -> None:
    context = ssl.create_default_context(cafile=lab.ca_bundle)
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    endpoint = lab.endpoints[1]
    for name in ("hv02", endpoint.address, "localhost"):
        with (
            socket.create_connection((endpoint.address, endpoint.https_port), 5) as plain,
            context.wrap_socket(plain, server_hostname=name) as secured,
        ):
            assert secured.version() in ("TLSv1.2", "TLSv1.3")


BAD_REQUESTS = {
    "get": (b"GET /wsman HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    "other path": (b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 404),
    "no length": (b"POST /wsman HTTP/1.1\r\n\r\n", 411),
    "bad length": (b"POST /wsman HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 400),
    "not a number": (b"POST /wsman HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n", 400),
    "too long": (b"POST /wsman HTTP/1.1\r\nContent-Length: 8388609\r\n\r\n", 413),
    "far too long": (b"POST /wsman HTTP/1.1\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n", 413),
    "chunked": (b"POST /wsman HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
    "not base64": (b"POST /wsman HTTP/1.1\r\nContent-Length: 0\r\nAuthorization: Negotiate !\r\n\r\n", 401),
    "not NTLM": (b"POST /wsman HTTP/1.1\r\nContent-Length: 0\r\nAuthorization: Negotiate AAAA\r\n\r\n", 401),
    "cut NTLM": (b"POST /wsman HTTP/1.1\r\nContent-Length: 0\r\nAuthorization: NTLM TlRMTVNTUAA=\r\n\r\n", 401),
    "late NTLM": (
        b"POST /wsman HTTP/1.1\r\nContent-Length: 0\r\nAuthorization: NTLM TlRMTVNTUAADAAAA\r\n\r\n",
        401,
    ),
    "basic": (b"POST /wsman HTTP/1.1\r\nContent-Length: 0\r\nAuthorization: Basic YTpi\r\n\r\n", 401),
    "not HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_bad_requests_get_a_status_and_no_traceback(lab: Lab, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    data, status = BAD_REQUESTS[name]
    endpoint = lab.endpoints[0]
    with socket.create_connection((endpoint.address, endpoint.http_port), 5) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: client.recv(65536), b""))
    assert f" {status} ".encode() in received.split(b"\r\n")[0]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"<a>", b"<a/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"x" * 600_000]
)
def test_bad_envelopes_are_faults(lab: Lab, body: bytes) -> None:
    with pypsrp(lab, "https") as client, pytest.raises(WSManFaultError) as failure:
        try:
            client.transport.send(body)
        except Exception as error:
            raise client._parse_wsman_fault(error.response_text) from None  # type: ignore[attr-defined]
    assert failure.value.code in (2150858791, 2150858771)


@pytest.mark.parametrize("damage", ["length", "signature", "form", "protocol"])
def test_damaged_encryption_is_a_bad_request(lab: Lab, damage: str) -> None:
    client = pypsrp(lab, "http", auth="ntlm")
    WinRS(client).open()
    session, encryption = client.transport.session, client.transport.encryption
    assert session is not None and encryption is not None
    content_type, body = encryption.wrap_message(b"<a/>")
    content_type += f';protocol="{encryption.protocol}";boundary="Encrypted Boundary"'
    if damage == "length":
        body = body.replace(b"Length=4", b"Length=5")
    elif damage == "signature":
        body = body[:-40] + b"\x00" + body[-39:]
    elif damage == "form":
        body = body[:100]
    else:
        content_type = content_type.replace("SPNEGO", "CredSSP")
    response = session.post(client.transport.endpoint, body, headers={"Content-Type": content_type}, timeout=5)
    assert (response.status_code, response.content) == (400, b"")
    session.close()


def test_hosts_are_counted_apart() -> None:
    with Lab([FakeMachine("hv01"), FakeMachine("hv02")], http_port=0, https_port=0) as lab:
        protocol = pywinrm(lab, host=1)
        shell = protocol.open_shell()
        protocol.run_command(shell, "cat")
        stats = lab.stats("hv02")
        assert (stats.connections, stats.requests, stats.shells_created, stats.shells_open) == (1, 5, 1, 1)
        assert stats.processes == 1
        protocol.close_shell(shell)
        assert lab.stats("hv02").shells_open == 0
        assert lab.stats("hv01").requests == 0


def test_stopping_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before, threads = dict(os.environ), set(threading.enumerate())
    lab = Lab([FakeMachine(answer=answer)], http_port=0, https_port=0)
    lab.start()
    endpoint = lab.endpoints[0]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
    assert lab.password.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert dict(os.environ) == before
    protocol = pywinrm(lab)
    shell = protocol.open_shell()
    protocol.run_command(shell, "sleep")
    lab.stop()
    lab.stop()
    assert list(tmp_path.iterdir()) == []
    left = set(threading.enumerate()) - threads
    assert not [thread for thread in left if thread.name in ("lab ports", "lab connection")]
    for port in (endpoint.http_port, endpoint.https_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((endpoint.address, port), 1)
    with pytest.raises(requests.exceptions.ConnectionError):
        protocol.run_command(shell, "ver")
    protocol.transport.close_session()


def test_a_lab_can_be_started_again() -> None:
    lab = Lab([FakeMachine()], http_port=0, https_port=0)
    for _ in range(2):
        with lab:
            protocol = pywinrm(lab)
            protocol.close_shell(protocol.open_shell())
    assert lab.stats("hv01").shells_created == 2


def test_a_port_in_use_is_said_plainly() -> None:
    with Lab([FakeMachine()], http_port=0, https_port=0) as lab:
        other = Lab([FakeMachine()], http_port=lab.endpoints[0].http_port, https_port=0)
        with pytest.raises(LabError, match=r"cannot listen on 127\.10\.0\.1, port \d+"):
            other.start()
        assert other.endpoints == ()


def test_without_more_loopback_addresses_hosts_share_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.lab.server._usable", lambda address: False)
    with Lab([FakeMachine("hv01"), FakeMachine("hv02")]) as lab:
        assert "127.0.0.1" in str(lab.note)
        assert {endpoint.address for endpoint in lab.endpoints} == {"127.0.0.1"}
        assert len({port for e in lab.endpoints for port in (e.http_port, e.https_port)}) == 4
        for host in (0, 1):
            protocol = pywinrm(lab, "https", host)
            protocol.close_shell(protocol.open_shell())


def test_the_password_is_shown_nowhere() -> None:
    lab = Lab([FakeMachine()], password="C4nary-pass", http_port=0, https_port=0)
    assert "C4nary-pass" not in repr(lab)
    assert Lab([FakeMachine()]).password != Lab([FakeMachine()]).password


def test_two_labs_with_the_same_user_do_not_mix_passwords() -> None:
    with (
        Lab([FakeMachine()], password="one", http_port=0, https_port=0) as one,
        Lab([FakeMachine()], password="two", http_port=0, https_port=0) as two,
    ):
        for lab in (one, two, one):
            protocol = pywinrm(lab)
            protocol.close_shell(protocol.open_shell())
        with pytest.raises(InvalidCredentialsError):
            pywinrm(one, password="two").open_shell()


def test_an_open_connection_does_not_keep_the_interpreter_alive() -> None:
    program = (
        "import socket\nfrom checks.lab.server import Lab\nfrom fake_machine import FakeMachine\n"
        "lab = Lab([FakeMachine()], http_port=0, https_port=0)\nlab.start()\n"
        "client = socket.create_connection((lab.endpoints[0].address, lab.endpoints[0].http_port))\nprint('over')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=20
    )
    assert done.stdout == "over\n"
    assert done.returncode == 0
