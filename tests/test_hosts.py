"""From what the user and the inventory say to targets, and where passwords come from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from checks.console import UserError
from checks.hosts import Access, from_inventory, targets
from checks.inventory import Entry, load
from checks.lab import certificate as certificates
from checks.transports import Target

PIN = "AB" * 32


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HVNET_USER", raising=False)
    monkeypatch.setenv("HVNET_PASSWORD", "pw")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    made = certificates.make_client("a@localhost")
    (tmp_path / "ca.pem").write_bytes(made.authority)
    (tmp_path / "cert.pem").write_bytes(made.leaf.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pw"))
    )
    return tmp_path


def entry(name: str = "hv01", **variables: object) -> Entry:
    return Entry(name, {"ansible_user": "auditor", **variables}, ())


def one(access: Access | None = None, **variables: object) -> Target:
    (found,) = from_inventory([entry(**variables)], access or Access())
    return found


# The command line


def test_a_host_gets_what_the_options_say(files: Path) -> None:
    access = Access(user="a", port=8443, ca_bundle=files / "ca.pem", timeout=7, auth="basic")
    (found,) = targets(["hv01"], access)
    expected = Target("hv01", "hv01", 8443, True, "a", "pw", str(files / "ca.pem"), 7, auth="basic")
    assert found == expected


def test_a_certificate_needs_no_other_option(files: Path) -> None:
    access = Access(cert=files / "cert.pem", cert_key=files / "key.pem")
    (found,) = targets(["hv01"], access)
    assert (found.auth, found.user, found.password) == ("certificate", "", "pw")  # the key is locked


@pytest.mark.parametrize("written", [PIN, PIN.lower(), ":".join(["ab"] * 32), " ".join(["AB"] * 32)])
def test_a_pin_is_read_as_people_copy_it(written: str) -> None:
    (found,) = targets(["hv01"], Access(user="a", pin=written))
    assert found.fingerprint == PIN.lower()


@pytest.mark.parametrize(
    ("hosts", "access", "said"),
    [
        (["a", "b"], Access(user="a", pin=PIN), "holds for one host"),
        (["a"], Access(user="a", pin="AB" * 20), "64 hexadecimal digits"),
        (["a"], Access(user="a", pin=PIN, insecure=True), "does not go with"),
        (["a"], Access(user="a", ca_bundle=Path("/nowhere.pem")), "/nowhere.pem"),
        (["a"], Access(user="a", auth="digest"), "known are negotiate, ntlm, kerberos, credssp, certificate, basic"),
        (["a"], Access(user="a", auth="basic", http=True), "in clear text"),
        (["a"], Access(auth="certificate", cert=Path("/c.pem"), http=True), "/c.pem"),
        (["a"], Access(auth="certificate"), "name the certificate"),
        (["a"], Access(user="a", cert_key=Path("/k.pem")), "name that with --cert"),
        (["a"], Access(user="a", cert=Path("/c.pem")), "/c.pem"),
        (["a"], Access(), "--user"),
        (["a", "a"], Access(user="a"), "named twice"),
        (["a:0"], Access(user="a"), "from 1 to 65535"),
        (["a"], Access(user="a", password_fd=0, keyring=True), "exclude each other"),
    ],
)
def test_what_does_not_fit_is_one_line(hosts: list[str], access: Access, said: str) -> None:
    with pytest.raises(UserError) as failure:
        targets(hosts, access)
    assert said in str(failure.value)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.transports.signin.has_kerberos", lambda: False)
    with pytest.raises(UserError, match=r"install hvnet\[kerberos\]"):
        targets(["hv01"], Access(user="a@B", auth="kerberos"))
    monkeypatch.setattr("checks.passwords.importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"install hvnet\[keyring\]"):
        targets(["hv01"], Access(user="a", keyring=True))


def test_insecure_is_said_on_every_run(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert all(each.insecure for each in targets(["a", "b"], Access(user="a", insecure=True)))
        assert "warning: the certificates of these hosts are not verified" in capsys.readouterr().err
    targets(["a"], Access(user="a", insecure=True, auth="basic"))
    assert "the password goes to whoever answers" in capsys.readouterr().err
    assert not targets(["a"], Access(user="a", insecure=True, http=True))[0].insecure
    assert not capsys.readouterr().err
    targets([f"h{n}" for n in range(100)], Access(user="a", insecure=True))
    assert "h4, …." in capsys.readouterr().err


# An inventory


@pytest.mark.parametrize(
    ("transport", "auth"),
    [("ntlm", "ntlm"), ("negotiate", "negotiate"), ("credssp", "credssp"), ("basic", "basic"), ("ssl", "basic")],
)
def test_ansibles_transports(transport: str, auth: str) -> None:
    assert one(ansible_winrm_transport=transport).auth == auth


def test_ansibles_certificates(files: Path) -> None:
    pair = {
        "ansible_winrm_cert_pem": str(files / "cert.pem"),
        "ansible_winrm_cert_key_pem": str(files / "key.pem"),
    }
    for transport in ("ssl", "certificate", None):
        found = one(ansible_winrm_transport=transport, **pair)
        assert (found.auth, found.cert, found.cert_key) == ("certificate", *pair.values())
    assert one(ansible_winrm_transport="ntlm", **pair).auth == "ntlm"


def test_ansibles_other_variables(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.transports.signin.has_kerberos", lambda: True)
    found = one(
        ansible_host="10.0.0.1",
        ansible_port=5985,
        ansible_user="a@B.C",
        ansible_winrm_transport="kerberos",
        ansible_winrm_kerberos_hostname_override="hv01.b.c",
    )
    expected = Target("hv01", "10.0.0.1", 5985, False, "a@B.C", "pw", auth="kerberos", kerberos_host="hv01.b.c")
    assert found == expected
    found = one(ansible_winrm_scheme="https", ansible_port=443, ansible_winrm_ca_trust_path=str(files / "ca.pem"))
    assert (found.port, found.https, found.ca_bundle) == (443, True, str(files / "ca.pem"))


def test_ignored_certificates_are_insecure_with_a_warning_unless_pinned(capsys: pytest.CaptureFixture[str]) -> None:
    ignore = {"ansible_winrm_server_cert_validation": "ignore"}
    assert one(**ignore).insecure
    assert "not verified" in capsys.readouterr().err
    pinned = one(**ignore, hvnet_cert_sha256=PIN)
    assert (pinned.insecure, pinned.fingerprint) == (False, PIN.lower())
    assert not capsys.readouterr().err


def test_options_win_over_the_inventory(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wild = {
        "ansible_winrm_transport": "basic",
        "ansible_winrm_server_cert_validation": "ignore",
        "hvnet_cert_sha256": PIN,
        "ansible_port": 443,
    }
    found = one(Access(user="x", auth="ntlm", ca_bundle=files / "ca.pem", port=9), **wild)
    bundle = str(files / "ca.pem")
    assert found == Target("hv01", "hv01", 9, True, "x", "pw", bundle, auth="ntlm")
    assert one(Access(http=True, auth="ntlm"), **wild).port == 5985
    assert one(Access(insecure=True), **wild).fingerprint is None
    assert one(Access(pin="CD" * 32), **wild).fingerprint == "cd" * 32
    assert one(Access(cert=files / "cert.pem", cert_key=files / "key.pem"), **wild).auth == "certificate"


@pytest.mark.parametrize("transport", ["basic", "ssl", "certificate"])
def test_what_needs_tls_is_refused_over_http(transport: str, files: Path) -> None:
    with pytest.raises(UserError, match="HTTP"):
        one(ansible_winrm_transport=transport, ansible_port=5985, ansible_winrm_cert_pem=None)


def test_a_file_of_ansibles(tmp_path: Path) -> None:
    path = tmp_path / "hosts.yml"
    path.write_text(
        "all:\n  vars: {ansible_user: auditor, ansible_winrm_transport: ntlm}\n"
        "  hosts:\n    hv01: {ansible_port: 5985}\n    hv02: {hvnet_cert_sha256: '" + PIN + "'}\n"
    )
    first, second = from_inventory(load(path), Access())
    assert (first.https, second.https, second.fingerprint) == (False, True, PIN.lower())
    assert {each.password for each in (first, second)} == {"pw"}
    assert from_inventory([], Access()) == []


# Passwords


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[tuple[str, str], str]]:
    """A keyring that keeps passwords in a dictionary."""
    import keyring
    from keyring.backend import KeyringBackend

    held: dict[tuple[str, str], str] = {}

    class Fake(KeyringBackend):
        priority = 1  # type: ignore[assignment]

        def get_password(self, service: str, username: str) -> str | None:
            return held.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            held[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del held[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(Fake())
    yield held
    keyring.set_keyring(before)


def test_the_keyring_has_a_password_per_account(ring: dict[tuple[str, str], str]) -> None:
    ring["hvnet", "one"], ring["hvnet", "two"] = "first", "second"
    entries = [entry("a", ansible_user="one"), entry("b", ansible_user="two"), entry("c", ansible_user="one")]
    found = from_inventory(entries, Access(keyring=True))
    assert [each.password for each in found] == ["first", "second", "first"]


def test_the_keyring_lacks_a_password(ring: dict[tuple[str, str], str]) -> None:
    with pytest.raises(UserError, match="keyring set hvnet auditor"):
        one(Access(keyring=True))


def test_a_keyring_that_cannot_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        with pytest.raises(UserError, match="the keyring cannot be read"):
            one(Access(keyring=True))
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize("written", [b"s\xc3\xa9cret\n", b"s\xc3\xa9cret", b"s\xc3\xa9cret\r\nsecond line\n"])
def test_a_file_descriptor(written: bytes) -> None:
    reader, writer = os.pipe()
    os.write(writer, written)
    os.close(writer)
    try:
        assert one(Access(password_fd=reader)).password == "sécret"
    finally:
        os.close(reader)


@pytest.mark.parametrize("written", [b"", b"\n", b"\xff\n"])
def test_a_file_descriptor_without_a_password(written: bytes) -> None:
    reader, writer = os.pipe()
    os.write(writer, written)
    os.close(writer)
    with pytest.raises(UserError, match="no password on file descriptor"):
        one(Access(password_fd=reader))
    os.close(reader)
    with pytest.raises(UserError, match="no password on file descriptor"):
        one(Access(password_fd=reader))


def test_one_password_is_not_given_to_several_accounts() -> None:
    entries = [entry("a", ansible_user="one"), entry("b", ansible_user="two")]
    with pytest.raises(UserError, match="HVNET_PASSWORD holds one password, but the hosts have several accounts"):
        from_inventory(entries, Access())
    assert {each.user for each in from_inventory(entries, Access(user="x"))} == {"x"}


def test_a_prompt_asks_once_per_account(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(question: str) -> str:
        asked.append(question)
        return f"pw{len(asked)}"

    monkeypatch.delenv("HVNET_PASSWORD")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", answer)
    entries = [entry("a", ansible_user="one"), entry("b", ansible_user="two"), entry("c", ansible_user="one")]
    assert [each.password for each in from_inventory(entries, Access())] == ["pw1", "pw2", "pw1"]
    assert asked == ["Password of one: ", "Password of two: "]


def test_kerberos_can_do_without_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.transports.signin.has_kerberos", lambda: True)
    monkeypatch.delenv("HVNET_PASSWORD")
    stdin = ModuleType("stdin")
    stdin.isatty = lambda: False  # type: ignore[attr-defined]
    monkeypatch.setattr(sys, "stdin", stdin)
    assert targets(["hv01"], Access(auth="kerberos"))[0].password == ""
    assert targets(["hv01"], Access(user="a@B", auth="kerberos"))[0].password == ""
    with pytest.raises(UserError, match="nobody to ask"):
        targets(["hv01"], Access(user="a@B"))


def test_no_repr_has_the_password() -> None:
    found = one()
    assert found.password == "pw"
    assert "'pw'" not in f"{found!r} {replace(found, port=1)!r} {found.password!r}"
