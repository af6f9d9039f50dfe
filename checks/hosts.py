"""From what the user wrote to targets: addresses, ports, and a password that is asked for once."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.console import UserError, say
from checks.i18n import Verbatim, _
from checks.transports import Target

HTTP_PORT, HTTPS_PORT = 5985, 5986


@dataclass(frozen=True)
class Access:
    """How to reach the hosts of one run."""

    user: str | None
    http: bool
    port: int | None
    ca_bundle: Path | None
    timeout: float
    """Seconds per host."""


def targets(hosts: Sequence[str], access: Access) -> list[Target]:
    """A target per host; ``HOST:PORT`` overrides the port. The password comes from the environment or a prompt.

    Raises:
        UserError: a host is named twice, a port is no number, or the account or its password is missing.
    """
    if not hosts:
        return []
    if access.ca_bundle is not None and not access.ca_bundle.is_file():
        raise UserError(_("could not read {path}: there is no such file", path=Verbatim(access.ca_bundle)))
    doubled = next((host for host in hosts if list(hosts).count(host) > 1), None)
    if doubled is not None:
        raise UserError(_("{host} is named twice", host=Verbatim(doubled)))
    user = access.user or os.environ.get("HVNET_USER", "")
    if not user:
        raise UserError(_("name the account to sign in with: --user or HVNET_USER"))
    password = _password(user)
    return [_target(host, access, user, password) for host in hosts]


def _target(host: str, access: Access, user: str, password: str) -> Target:
    name, address, port = host, host, access.port
    head, colon, tail = host.rpartition(":")
    if colon and "]" not in tail and head.count(":") == 0:
        if not tail.isdecimal() or not 0 < int(tail) < 65536:
            raise UserError(_("{host}: the port must be a number from 1 to 65535", host=Verbatim(host)))
        address, port = head, int(tail)
    return Target(
        name=name,
        address=address,
        port=port or (HTTP_PORT if access.http else HTTPS_PORT),
        https=not access.http,
        user=user,
        password=password,
        ca_bundle=str(access.ca_bundle) if access.ca_bundle else None,
        timeout=access.timeout,
    )


def _password(user: str) -> str:
    found = os.environ.get("HVNET_PASSWORD")
    if found:
        return found
    if not sys.stdin.isatty():
        raise UserError(_("there is nobody to ask for the password: set HVNET_PASSWORD"))
    return getpass.getpass(say(_("Password of {user}: ", user=Verbatim(user))))
