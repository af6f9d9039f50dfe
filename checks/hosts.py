"""From what the user wrote to targets: addresses, ports, ways to sign in, and passwords that are asked for once."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import environ
from pathlib import Path

from checks.console import UserError, warn
from checks.i18n import Verbatim, _
from checks.inventory import Entry
from checks.passwords import Source, password_of
from checks.transports import AUTHS, Auth, Target, trust
from checks.transports.signin import objection
from checks.transports.trust import is_locked

HTTP_PORT, HTTPS_PORT = 5985, 5986
_LONGEST_NAME = 253
_SHOWN = 5
"""Hosts that a warning names before it only counts them."""


@dataclass(frozen=True)
class Access:
    """How to reach the hosts of one run: what the command line says, which wins over an inventory."""

    user: str | None = None
    http: bool = False
    port: int | None = None
    ca_bundle: Path | None = None
    timeout: float = 120.0
    """Seconds per host."""
    auth: str | None = None
    cert: Path | None = None
    cert_key: Path | None = None
    pin: str | None = None
    insecure: bool = False
    password_fd: int | None = None
    """A file descriptor with the password."""
    keyring: bool = False
    """Whether the password is in the system's keyring."""


def targets(hosts: Sequence[str], access: Access) -> list[Target]:
    """A target per host; ``HOST:PORT`` overrides the port.

    Raises:
        UserError: a host is named twice, a port is no number, or the account, its password or a file is missing.
    """
    if not hosts:
        return []
    found = [_target(host, access) for host in hosts]
    doubled = next((host for host, times in Counter(host.lower() for host in hosts).items() if times > 1), None)
    if doubled is not None:
        raise UserError(_("{host} is named twice", host=Verbatim(doubled)))
    return _finished(found, access)


def from_inventory(entries: Sequence[Entry], access: Access) -> list[Target]:
    """A target per entry of an inventory. What the command line says wins over the inventory.

    Raises:
        UserError: an account, its password or a file is missing, or a way to sign in cannot be used.
    """
    return _finished([_entry(entry, access) for entry in entries], access) if entries else []


def _target(host: str, access: Access) -> Target:
    address, colon, written = _split(host)
    if not _is_address(address) or "/" in host or "@" in host:
        raise _no_host(host)
    if colon and not (written.isdecimal() and written.isascii() and 0 < int(written) < 65536):
        raise UserError(_("{host}: the port must be a number from 1 to 65535", host=Verbatim(host)))
    port = int(written) if colon else access.port
    bare = Target(host, address, port or (HTTP_PORT if access.http else HTTPS_PORT), not access.http)
    return _with_options(bare, access)


def _split(host: str) -> tuple[str, str, str]:
    """Address, colon and port as they were written; an IPv6 address with a port stands in brackets."""
    if host.startswith("["):
        address, _bracket, rest = host[1:].partition("]")
        return address, rest[:1], rest[1:]
    address, colon, port = host.partition(":")
    return (host, "", "") if ":" in port else (address, colon, port)


def _is_address(text: str) -> bool:
    """Whether it can be a host's name or address; 253 characters are DNS' limit."""
    if ":" not in text:
        return len(text) <= _LONGEST_NAME and re.fullmatch(r"[\w.-]*\w[\w.-]*", text) is not None
    try:
        # Addresses with a zone, such as fe80::1%eth0, stand in no URL that our client understands.
        return ipaddress.ip_address(text).version == 6 and "%" not in text
    except ValueError:
        return False


def _no_host(written: str) -> UserError:
    """An objection to what cannot be a host; what stands before an ``@`` may hold a password, so it is not repeated."""
    _account, sign, rest = written.rpartition("@")
    shown = Verbatim(f"\u2026@{rest}" if sign else written)
    return UserError(
        _(
            "{host} is not a host: write its name or its address alone, with :PORT behind where that is another one; "
            "the account goes to {option}",
            host=shown,
            option=Verbatim("--user"),
        )
    )


def _entry(entry: Entry, access: Access) -> Target:
    found = entry.variables
    if not _is_address(entry.address):
        raise _no_host(entry.address)
    https = entry.https and not access.http
    # A port of the inventory belongs to the inventory's scheme.
    port = entry.port if https == entry.https else HTTP_PORT
    cert, key = found.get("ansible_winrm_cert_pem"), found.get("ansible_winrm_cert_key_pem")
    target = Target(
        name=entry.name,
        address=entry.address,
        port=access.port or port,
        https=https,
        user=found.get("ansible_user", ""),
        ca_bundle=_file(found.get("ansible_winrm_ca_trust_path")),
        auth=_auth(entry.auth),
        cert=cert,
        cert_key=key,
        fingerprint=_fingerprint(found.get("hvnet_cert_sha256")),
        insecure=found.get("ansible_winrm_server_cert_validation") == "ignore",
        kerberos_host=found.get("ansible_winrm_kerberos_hostname_override"),
    )
    return _with_options(target, access)


def _auth(name: str) -> Auth:
    found = next((auth for auth in AUTHS if auth == name.lower()), None)
    if found is None:
        known = Verbatim(", ".join(AUTHS))
        raise UserError(_("there is no way to sign in {name}; known are {known}", name=Verbatim(name), known=known))
    return found


def _with_options(target: Target, access: Access) -> Target:
    """A target as the command line wants it, whatever an inventory says."""
    user = access.user or target.user or environ.get("HVNET_USER", "")
    found = replace(target, user=user, timeout=access.timeout)
    if access.cert is not None:
        found = replace(found, auth="certificate", cert=str(access.cert), cert_key=_file(access.cert_key))
    if access.auth is not None:
        found = replace(found, auth=_auth(access.auth))
    if access.insecure:
        found = replace(found, insecure=True, fingerprint=None)
    if access.ca_bundle is not None:
        found = replace(found, ca_bundle=_file(access.ca_bundle), insecure=False, fingerprint=None)
    if access.pin is not None:
        found = replace(found, fingerprint=_fingerprint(access.pin), insecure=False)
    # A pin is the stronger promise: with it, nothing is left open.
    return replace(found, insecure=found.insecure and found.https and found.fingerprint is None)


def _file(path: str | Path | None) -> str | None:
    return str(path) if path else None


def _fingerprint(written: str | None) -> str | None:
    """SHA-256 as people copy it, with colons or blanks and in any case, as 64 digits."""
    if written is None:
        return None
    digits = re.sub(r"[:\s-]", "", written).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise UserError(
            _(
                "{written} is not the SHA-256 of a certificate: that has 64 hexadecimal digits (the thumbprint that "
                "Windows shows is SHA-1)",
                written=Verbatim(written),
            )
        )
    return digits


def _finished(found: list[Target], access: Access) -> list[Target]:
    """Targets with their passwords, once everything else about them is right."""
    _check_options(found, access)
    for target in found:
        _check_files(target)
        if not target.user and _wants_account(target):
            raise UserError(_("name the account to sign in with: --user or HVNET_USER"))
        if ":" in target.user:
            # Not repeated: what follows the colon may be a password.
            raise UserError(
                _("the name of an account holds no colon; the password is asked for, or comes from elsewhere")
            )
        # What can be said without a password is said before one is asked for.
        problem = objection(replace(target, password="-"))  # noqa: S106 - stands for any
        if problem is not None:
            raise UserError(problem)
    _warn(found)
    return _with_passwords(found, Source(access.password_fd, access.keyring))


def _check_options(found: list[Target], access: Access) -> None:
    if access.pin is not None and len(found) > 1:
        raise UserError(
            _("--pin holds for one host; for several, write {variable} in the inventory",
              variable=Verbatim("hvnet_cert_sha256"))
        )  # fmt: skip
    if access.insecure and (access.pin is not None or access.ca_bundle is not None):
        raise UserError(_("--insecure verifies nothing, so it does not go with --pin or --ca-bundle"))
    if access.cert_key is not None and access.cert is None:
        raise UserError(_("--cert-key is the key of a certificate: name that with --cert"))


def _check_files(target: Target) -> None:
    files = [target.ca_bundle if target.https else None]
    files += [target.cert, target.cert_key] if target.auth == "certificate" else []
    for path in files:
        if path is not None and not Path(path).is_file():
            raise UserError(_("could not read {path}: there is no such file", path=Verbatim(path)))
    if target.auth == "certificate":
        # Its key may be locked: that is seen once there is a password.
        return
    try:
        trust.context(target)
    except trust.TrustError as error:
        raise UserError(error.reason) from None


def _warn(found: list[Target]) -> None:
    """Say on every run which hosts could be somebody else."""
    blind = [target.name for target in found if target.insecure]
    if not blind:
        return
    more = ["…"] if len(blind) > _SHOWN else []
    warn(
        _(
            "the certificates of these hosts are not verified, so somebody in between could read and change "
            "everything: {hosts}. Pin them instead (--pin, hvnet_cert_sha256).",
            hosts=Verbatim(", ".join(blind[:_SHOWN] + more)),
        )
    )
    if any(target.insecure and target.auth == "basic" for target in found):
        warn(_("with Basic and without verification, the password goes to whoever answers"))


def _wants_account(target: Target) -> bool:
    """Whether a target needs an account; Kerberos can do with a ticket that is there."""
    return target.auth not in ("certificate", "kerberos")


def _owner(target: Target) -> str | None:
    """Whose password a target needs: an account's, a locked key's, or none."""
    if target.auth != "certificate":
        return target.user or None
    key = target.cert_key or target.cert
    return key if key and is_locked(Path(key)) else None


def _with_passwords(found: list[Target], source: Source) -> list[Target]:
    owners = {target.name: _owner(target) for target in found}
    # A ticket may be there already, so Kerberos alone does not insist on a password.
    needed = {owners[target.name]: False for target in found}
    for target in found:
        needed[owners[target.name]] |= target.auth != "kerberos"
    ask: Callable[[str], str] = password_of(source, {owner: must for owner, must in needed.items() if owner})
    return [replace(target, password=ask(owner)) if (owner := owners[target.name]) else target for target in found]
