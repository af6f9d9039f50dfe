"""Ways to sign in: each against the lab, with what it costs and what it says when it fails."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import kdc as kdcs
import pytest
import spnego
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from fake_machine import FakeMachine, echo, http_answer, read_request, tcp_server
from pypsrp.shell import Process, WinRS
from pypsrp.wsman import WSMan

from checks.lab import certificate as certificates
from checks.lab.machine import ProcessResult
from checks.lab.ntlm import Acceptor
from checks.lab.server import Lab
from checks.transports import Output, Target, TransportError
from checks.transports.accounts import Accounts, KerberosError, RefusedElsewhereError
from checks.transports.signin import offers
from checks.transports.winrm import WinRM

CANARY = "C4nary-Pa55wörd"
WRONG = "C4nary-Wr0ng"
METHODS = ("negotiate", "kerberos", "credssp", "basic")
HOST = "127.10.0.1"
ACCOUNT = f"auditor@{kdcs.REALM}"
CLIENT = certificates.make_client("Administrator@localhost")


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Lab, FakeMachine]]:
    machine = FakeMachine()
    lab = Lab([machine], password=CANARY, http_port=0, https_port=0, methods=METHODS, clients=CLIENT.authority)
    with lab:
        yield lab, machine


@pytest.fixture
def lab(running: tuple[Lab, FakeMachine]) -> Lab:
    running[1].answer = echo
    return running[0]


@pytest.fixture
def machine(running: tuple[Lab, FakeMachine]) -> FakeMachine:
    return running[1]


def to(lab: Lab, scheme: str, **changes: object) -> Target:
    endpoint = lab.endpoints[0]
    port = endpoint.https_port if scheme == "https" else endpoint.http_port
    bare = Target("hv01", endpoint.address, port, scheme == "https", lab.user, CANARY, lab.ca_bundle, timeout=10)
    return replace(bare, **changes)  # type: ignore[arg-type]


def cost(lab: Lab, target: Target, script: str = "'x'") -> int:
    """Run a script; how many requests that took, once it is known to be one connection and to leave no shell."""
    before = lab.stats("hv01")
    assert WinRM(target).run(script).stdout == script + "\n"
    after = lab.stats("hv01")
    assert after.connections - before.connections == 1
    assert after.shells_open == 0
    return after.requests - before.requests


def fails(run: Callable[[str], object]) -> TransportError:
    """The failure of *run*, once it is known to give away no password."""
    with pytest.raises(TransportError) as failure:
        run("'x'")
    error = failure.value
    text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    said = text + repr(error) + str(error) + repr(error.reason) + repr(error.reason.as_json())
    assert not [secret for secret in (CANARY, WRONG) if secret in said]
    return error


# What it costs


@pytest.mark.parametrize(
    ("auth", "scheme", "requests"),
    [
        ("negotiate", "http", 9),
        ("negotiate", "https", 8),
        ("ntlm", "http", 9),
        ("ntlm", "https", 8),
        ("credssp", "http", 12),
        ("credssp", "https", 11),
        ("basic", "https", 7),
    ],
)
def test_passwords_sign_in(lab: Lab, auth: str, scheme: str, requests: int) -> None:
    assert cost(lab, to(lab, scheme, auth=auth)) == requests


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_credssp_carries_messages_of_many_records(lab: Lab, machine: FakeMachine, scheme: str) -> None:
    script = "\n".join(f"'line {number}'" for number in range(20_000))
    assert WinRM(to(lab, scheme, auth="credssp")).run(script).stdout == script + "\n"
    machine.answer = lambda line, stdin: ProcessResult(b"0123456789" * 50_000, b"e" * 100_000, 1)
    assert WinRM(to(lab, scheme, auth="credssp")).run("x") == Output("0123456789" * 50_000, "e" * 100_000, 1)


def test_credssp_encrypts_inside_tls_where_asked(lab: Lab) -> None:
    assert WinRM(to(lab, "https", auth="credssp"), encryption="always").run("'x'").stdout == "'x'\n"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_another_client_signs_in_with_credssp(lab: Lab, scheme: str) -> None:
    with pypsrp(lab, scheme, auth="credssp") as client, WinRS(client, codepage=65001) as shell:
        process = Process(shell, "cat")
        process.begin_invoke()
        process.send(b"x" * 40_000, end=True)
        process.end_invoke()
    assert process.stdout == b"x" * 40_000


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


# A wrong password


@pytest.mark.parametrize(
    ("auth", "scheme", "requests"), [("ntlm", "http", 3), ("credssp", "http", 5), ("basic", "https", 2)]
)
def test_a_wrong_password_is_tried_once(lab: Lab, auth: str, scheme: str, requests: int) -> None:
    before = lab.stats("hv01").requests
    error = fails(WinRM(to(lab, scheme, auth=auth, password=WRONG)).run)
    assert (error.kind, "refused the user name or the password" in str(error)) == ("authentication", True)
    assert lab.stats("hv01").requests - before == requests


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (0xC0000071, "has expired or must change"),
        (0xC0000224, "has expired or must change"),
        (0xC0000234, "is locked or disabled"),
        (0xC0000193, "has expired"),
        (0xC000006D, "refused the user name or the password"),
    ],
)
def test_credssp_tells_why(lab: Lab, status: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spnego.exceptions.SpnegoError, "nt_status", status - (1 << 32))
    error = fails(WinRM(to(lab, "http", auth="credssp", password=WRONG)).run)
    assert (error.kind, said in str(error)) == ("authentication", True)


@pytest.mark.parametrize("auth", ["ntlm", "kerberos", "credssp", "basic"])
def test_a_way_that_is_not_offered_gets_nothing(auth: str, tmp_path: Path) -> None:
    if auth == "kerberos":
        kdcs.require()
    received = []
    certificate = certificates.make(["127.0.0.1"])
    (tmp_path / "ca.pem").write_bytes(certificate.authority)
    context = certificate.server_context()

    def digest(client: object) -> None:
        with context.wrap_socket(client, server_side=True) as secured:  # type: ignore[arg-type]
            while request := read_request(secured):
                received.append(request)
                secured.sendall(http_answer("401 No", b"", 'WWW-Authenticate: Digest realm="x, Basic y"'))

    with tcp_server(digest) as port:
        target = Target("hv01", "127.0.0.1", port, True, "u", CANARY, str(tmp_path / "ca.pem"), 5, auth=auth)  # type: ignore[arg-type]
        error = fails(WinRM(target).run)
    assert "does not offer" in str(error)
    assert len(received) == 1
    assert b"authorization" not in received[0].lower()


def test_the_schemes_of_a_header() -> None:
    assert offers('Negotiate, Kerberos, CredSSP, Basic realm="WSMAN"') == ["Negotiate", "Kerberos", "CredSSP", "Basic"]
    assert offers("Negotiate TlRMTVNTUAAC==") == ["Negotiate"]
    assert offers("") == []


def test_basic_over_http_is_refused_before_anything_is_sent(lab: Lab) -> None:
    before = lab.stats("hv01").connections
    error = fails(WinRM(to(lab, "http", auth="basic")).run)
    assert "in clear text" in str(error)
    assert lab.stats("hv01").connections == before


def test_a_host_that_takes_kerberos_or_ntlm_without_proof_is_not_believed() -> None:
    def generous(client: object) -> None:
        read_request(client)  # type: ignore[arg-type]
        client.sendall(http_answer("401 No", b"", "WWW-Authenticate: Negotiate"))  # type: ignore[attr-defined]
        while read_request(client):  # type: ignore[arg-type]
            client.sendall(http_answer("200 OK"))  # type: ignore[attr-defined]

    with tcp_server(generous) as port:
        error = fails(WinRM(Target("hv01", "127.0.0.1", port, False, "u", CANARY, timeout=5)).run)
    assert (error.kind, "without proving" in str(error)) == ("authentication", True)


# Accounts that hosts share


def test_two_refusals_stop_an_account_of_a_domain(lab: Lab) -> None:
    accounts = Accounts()
    target = to(lab, "http", user="CORP\\auditor", password=WRONG)
    before = lab.stats("hv01").requests
    with ThreadPoolExecutor(12) as pool:
        said = [str(error) for error in pool.map(fails, [WinRM(target, accounts=accounts).run] * 12)]
    assert sum("Other hosts have refused" in text for text in said) == 10
    # Each host asks who calls; two are given the password, in two requests each.
    assert lab.stats("hv01").requests - before == 12 + 2 * 2


def test_a_local_account_is_each_hosts_own(lab: Lab) -> None:
    accounts = Accounts()
    target = to(lab, "http", password=WRONG)
    said = [str(fails(WinRM(target, accounts=accounts).run)) for _ in range(4)]
    assert not [text for text in said if "Other hosts" in text]


def test_once_a_password_is_right_nobody_waits() -> None:
    accounts = Accounts()
    with accounts.turn("a@b", 5) as turn:
        turn.accepted = True
    for _ in range(3):
        with accounts.turn("a@b", 5) as turn:
            turn.accepted = False
    with accounts.turn("A@B", 5):
        pass


def test_a_host_that_hangs_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.transports.accounts.PATIENCE", 0.2)
    accounts, go = Accounts(), threading.Event()

    def hang() -> None:
        with accounts.turn("a@b", 5):
            go.wait(5)

    hanging = threading.Thread(target=hang)
    hanging.start()
    time.sleep(0.05)
    start = time.monotonic()
    with accounts.turn("a@b", 5) as turn:
        turn.accepted = False
    assert 0.1 < time.monotonic() - start < 2
    go.set()
    hanging.join()
    with accounts.turn("a@b", 5) as turn:
        turn.accepted = False
    with pytest.raises(RefusedElsewhereError), accounts.turn("a@b", 5):
        pass


# Client certificates


class Files:
    """A client certificate as files."""

    def __init__(self, folder: Path, certificate: certificates.Certificate, password: str = "") -> None:
        lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        self.cert, self.key = folder / "client.pem", folder / "client-key.pem"
        self.cert.write_bytes(certificate.leaf.public_bytes(Encoding.PEM))
        self.key.write_bytes(certificate.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))

    def target(self, lab: Lab, **changes: object) -> Target:
        files = {"cert": str(self.cert), "cert_key": str(self.key)}
        return to(lab, "https", **{"auth": "certificate", **files, "password": "", "user": "", **changes})


def test_a_certificate_signs_in(lab: Lab, tmp_path: Path) -> None:
    assert cost(lab, Files(tmp_path, CLIENT).target(lab)) == 6


def test_a_locked_key_is_opened_with_the_password(lab: Lab, tmp_path: Path) -> None:
    files = Files(tmp_path, CLIENT, CANARY)
    assert cost(lab, files.target(lab, password=CANARY)) == 6
    for target in (files.target(lab, password=WRONG), files.target(lab, password="")):
        error = fails(WinRM(target).run)
        assert (error.kind, "the password of the key is wrong" in str(error)) == ("tls", True)


def test_a_certificate_that_is_mapped_to_nobody(lab: Lab, tmp_path: Path) -> None:
    stranger = certificates.make_client("Administrator@localhost")
    error = fails(WinRM(Files(tmp_path, stranger).target(lab)).run)
    assert (error.kind, "refused the certificate" in str(error)) == ("authentication", True)


def test_a_certificate_for_another_account(tmp_path: Path) -> None:
    other = certificates.make_client("Other@localhost")
    with Lab([FakeMachine()], http_port=0, https_port=0, clients=other.authority) as lab:
        error = fails(WinRM(Files(tmp_path, other).target(lab)).run)
    assert "refused the certificate" in str(error)


def test_a_certificate_where_the_host_asks_for_none(tmp_path: Path) -> None:
    with Lab([FakeMachine()], http_port=0, https_port=0) as lab:
        error = fails(WinRM(Files(tmp_path, CLIENT).target(lab)).run)
    assert "refused the certificate" in str(error)


def test_a_host_may_ask_for_the_certificate_after_the_handshake(tmp_path: Path) -> None:
    """As Windows does by default: HTTP.sys asks once it has seen the request."""
    server = certificates.make(["127.0.0.1"])
    (tmp_path / "ca.pem").write_bytes(server.authority)
    context = server.server_context(CLIENT.authority)
    context.verify_mode, context.post_handshake_auth = ssl.CERT_REQUIRED, True
    shown: list[bytes | None] = []

    def late(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as secured:
            read_request(secured)
            shown.append(secured.getpeercert(binary_form=True))
            secured.verify_client_post_handshake()
            secured.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")  # takes the question along
            secured.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                secured.recv(1)  # takes the certificate; nothing else is coming
            shown.append(secured.getpeercert(binary_form=True))
            secured.sendall(http_answer("404 Not Found"))

    files = Files(tmp_path, CLIENT)
    with tcp_server(late) as port:
        target = Target("hv01", "127.0.0.1", port, True, "", "", str(tmp_path / "ca.pem"), 5)
        fails(WinRM(replace(target, auth="certificate", cert=str(files.cert), cert_key=str(files.key))).run)
    assert shown == [None, CLIENT.leaf.public_bytes(Encoding.DER)]


@pytest.mark.parametrize("change", [{"cert": None}, {"cert": "/nowhere.pem"}, {"https": False}])
def test_a_certificate_that_cannot_be_used(lab: Lab, tmp_path: Path, change: dict[str, object]) -> None:
    error = fails(WinRM(Files(tmp_path, CLIENT).target(lab, **change)).run)
    assert error.kind in ("tls", "authentication")


# Pins


def pin(lab_certificate: certificates.Certificate) -> str:
    return lab_certificate.digest.hex()


@pytest.mark.parametrize("days", [30, -1])
@pytest.mark.parametrize("auth", ["ntlm", "basic"])
def test_a_pinned_certificate_is_accepted_even_expired_and_for_another_name(days: int, auth: str) -> None:
    own = certificates.make(["elsewhere"], valid_until=datetime.now(UTC) + timedelta(days=days))
    with Lab([FakeMachine()], password=CANARY, http_port=0, https_port=0, certificate=own, methods=METHODS) as lab:
        target = to(lab, "https", ca_bundle=None, fingerprint=pin(own), auth=auth)
        assert WinRM(target).run("'x'").stdout == "'x'\n"


@pytest.mark.parametrize("auth", ["negotiate", "credssp", "basic", "certificate"])
def test_another_certificate_than_the_pinned_one_gets_nothing(lab: Lab, tmp_path: Path, auth: str) -> None:
    before = lab.stats("hv01")
    files = Files(tmp_path, CLIENT)
    target = to(lab, "https", fingerprint="0" * 64, auth=auth, cert=str(files.cert), cert_key=str(files.key))
    error = fails(WinRM(target).run)
    leaf = WinRM(target)._target.fingerprint
    assert error.kind == "tls"
    assert "its SHA-256 is " in str(error)
    assert leaf not in str(error)
    assert lab.stats("hv01").requests == before.requests


def test_the_fingerprint_that_is_said_is_the_one_to_pin(lab: Lab) -> None:
    error = fails(WinRM(to(lab, "https", fingerprint="0" * 64)).run)
    seen = str(error).partition("SHA-256 is ")[2][:64]
    assert WinRM(to(lab, "https", ca_bundle=None, fingerprint=seen)).run("'x'").stdout == "'x'\n"


def test_insecure_takes_any_certificate(lab: Lab, recwarn: pytest.WarningsRecorder) -> None:
    assert WinRM(to(lab, "https", ca_bundle=None, insecure=True)).run("'x'").stdout == "'x'\n"
    assert not recwarn.list
    # Others in the same process go on verifying.
    assert fails(WinRM(to(lab, "https", ca_bundle=None)).run).kind == "tls"


# Kerberos


@pytest.fixture(scope="module")
def kdc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kdcs.Kdc]:
    kdcs.require()
    folder = tmp_path_factory.mktemp("kdc")
    people = ("auditor", "mustchange", "expired", "locked", "gone")
    commands = [f'addprinc -pw "{CANARY}" {name}' for name in people]
    commands += ["modprinc +needchange mustchange", 'modprinc -pwexpire "2020-01-01" expired']
    commands += ["modprinc -allow_tix locked", 'modprinc -expire "2020-01-01" gone']
    for host in (HOST, "hv01.hvnet.test"):
        commands += [f"addprinc -randkey HTTP/{host}", f"ktadd -k {folder / 'keytab'} HTTP/{host}"]
    with kdcs.running(folder, commands) as running:
        yield running


@pytest.mark.parametrize(("scheme", "requests"), [("http", 8), ("https", 7)])
@pytest.mark.parametrize("kerberos_host", [None, "hv01.hvnet.test"])
def test_kerberos_signs_in_with_a_password(
    lab: Lab, kdc: kdcs.Kdc, scheme: str, requests: int, kerberos_host: str | None
) -> None:
    target = to(lab, scheme, auth="kerberos", user=ACCOUNT, kerberos_host=kerberos_host)
    assert cost(lab, target) == requests
    assert cost(lab, target, "x" * 50_000) == requests


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_kerberos_signs_in_with_a_ticket(lab: Lab, kdc: kdcs.Kdc, scheme: str) -> None:
    kdc.forget()
    target = to(lab, scheme, auth="kerberos", user="", password="")
    error = fails(WinRM(target).run)
    assert "There is no Kerberos ticket here; run kinit" in str(error)
    kdc.kinit("auditor", CANARY)
    cost(lab, target)
    cost(lab, replace(target, user=ACCOUNT))
    kdc.forget()


def test_kerberos_encrypts_inside_tls_where_asked(lab: Lab, kdc: kdcs.Kdc) -> None:
    target = to(lab, "https", auth="kerberos", user=ACCOUNT)
    assert WinRM(target, encryption="always").run("'x'").stdout == "'x'\n"


def test_kerberos_carries_large_answers(lab: Lab, machine: FakeMachine, kdc: kdcs.Kdc) -> None:
    machine.answer = lambda line, stdin: ProcessResult(b"0123456789" * 100_000)
    assert len(WinRM(to(lab, "http", auth="kerberos", user=ACCOUNT)).run("x").stdout) == 1_000_000


def test_a_run_asks_for_one_ticket(lab: Lab, kdc: kdcs.Kdc) -> None:
    before, accounts = kdc.log.count("AS_REQ"), Accounts()
    target = to(lab, "http", auth="kerberos", user=ACCOUNT)
    with ThreadPoolExecutor(8) as pool:
        outputs = list(pool.map(lambda _: WinRM(target, accounts=accounts).run("'x'").stdout, range(8)))
    assert outputs == ["'x'\n"] * 8
    # The first question is answered with what to prove, the second with the ticket.
    assert kdc.log.count("AS_REQ") - before == 2


def test_a_wrong_password_reaches_the_kdc_once(lab: Lab, kdc: kdcs.Kdc) -> None:
    for auth in ("kerberos", "negotiate"):
        before, accounts = kdc.log.count("PREAUTH_FAILED"), Accounts()
        target = to(lab, "http", auth=auth, user=ACCOUNT, password=WRONG, kerberos_host="hv01.hvnet.test")
        requests = lab.stats("hv01").requests
        for _ in range(3):
            error = fails(WinRM(target, accounts=accounts).run)
            assert "is wrong; it is not tried again" in str(error)
        assert kdc.log.count("PREAUTH_FAILED") - before == 1
        assert lab.stats("hv01").requests - requests == 3


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("mustchange", "has expired or must change"),
        ("expired", "has expired or must change"),
        ("locked", "is locked or disabled"),
        ("gone", "The account gone@HVNET.TEST has expired"),
        ("nobody", "knows no account nobody@HVNET.TEST"),
    ],
)
def test_kerberos_tells_what_is_wrong_with_an_account(lab: Lab, kdc: kdcs.Kdc, user: str, said: str) -> None:
    error = fails(WinRM(to(lab, "http", auth="kerberos", user=f"{user}@{kdcs.REALM}")).run)
    assert (error.kind, said in str(error)) == ("authentication", True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kerberos_host": "unknown.hvnet.test"}, "knows no host unknown.hvnet.test"),
        ({"user": "auditor@NOWHERE.TEST"}, "No domain controller (KDC) for auditor@NOWHERE.TEST"),
        ({"user": "auditor@ELSEWHERE.TEST"}, "No domain controller (KDC) for auditor@ELSEWHERE.TEST"),
        ({"user": "CORP\\auditor"}, "as name@REALM"),
    ],
)
def test_kerberos_tells_what_it_lacks(lab: Lab, kdc: kdcs.Kdc, change: dict[str, object], said: str) -> None:
    error = fails(WinRM(to(lab, "http", auth="kerberos", **{"user": ACCOUNT, **change})).run)
    assert (error.kind, said in str(error)) == ("authentication", True)


def test_kerberos_is_bound_to_the_tls_connection(lab: Lab, kdc: kdcs.Kdc, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Acceptor.__init__

    def elsewhere(self: Acceptor, accounts: object, digest: bytes | None, **options: bool) -> None:
        original(self, accounts, digest and b"\0" * 32, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Acceptor, "__init__", elsewhere)
    error = fails(WinRM(to(lab, "https", auth="kerberos", user=ACCOUNT)).run)
    assert (error.kind, "refused the Kerberos ticket" in str(error)) == ("authentication", True)


def test_negotiate_prefers_kerberos_and_falls_back_without_a_second_try(
    lab: Lab, kdc: kdcs.Kdc, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = to(lab, "http", user=ACCOUNT, kerberos_host="hv01.hvnet.test")
    assert cost(lab, target) == 8  # Kerberos
    # Where Kerberos does not know the host or the realm, NTLM is next; there this account is refused, once.
    before = lab.stats("hv01").requests
    error = fails(WinRM(replace(target, kerberos_host="unknown.hvnet.test")).run)
    assert "refused the user name or the password" in str(error)
    assert lab.stats("hv01").requests - before == 3


@pytest.mark.parametrize("auth", ["kerberos", "negotiate"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_another_client_signs_in_with_kerberos(lab: Lab, kdc: kdcs.Kdc, auth: str, scheme: str) -> None:
    settings = {"auth": auth, "username": ACCOUNT, "negotiate_service": "HTTP"}
    with pypsrp(lab, scheme, **settings) as client, WinRS(client, codepage=65001) as shell:
        process = Process(shell, "cat")
        process.begin_invoke()
        process.send(b"x" * 40_000, end=True)
        process.end_invoke()
    assert process.stdout == b"x" * 40_000


def test_without_its_libraries_kerberos_says_what_to_install(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.transports.signin.has_kerberos", lambda: False)
    error = fails(WinRM(to(lab, "http", auth="kerberos", user=ACCOUNT)).run)
    assert "install hvnet[kerberos]" in str(error)


def test_numbers_of_kerberos() -> None:
    assert KerberosError.of(-1765328360, "").code == 24
    assert KerberosError.of(-1765328377 + (1 << 32), "").code == 7
    assert KerberosError.of(100001, "").code == 0
