"""Ways to a host: each runs one script on it and brings back what the script printed, nothing more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from checks.i18n import Message


@dataclass(frozen=True)
class Output:
    """What a script printed and how it ended."""

    stdout: str
    stderr: str = ""
    exit_code: int = 0


class TransportError(Exception):
    """A script could not be run on a host.

    ``kind`` is for machines (``unreachable``, ``authentication``, ``tls``, ``timeout``, ``refused``, ``protocol``);
    ``reason`` tells a person what happened and what to do.
    """

    def __init__(self, kind: str, reason: Message) -> None:
        super().__init__(str(reason))
        self.kind = kind
        self.reason = reason


Auth = Literal["negotiate", "ntlm", "kerberos", "credssp", "certificate", "basic"]
"""Ways to sign in. ``negotiate`` is Kerberos for an account such as ``name@REALM`` where Kerberos is installed and
knows account and host, and NTLM otherwise."""
AUTHS: tuple[Auth, ...] = get_args(Auth)


class Secret(str):
    """A password. Its ``repr`` does not show it, so a traceback with local variables does not either."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret()"


@dataclass(frozen=True)
class Target:
    """A host and how to reach it. The password stays out of every ``repr``."""

    name: str
    address: str
    port: int = 5986
    https: bool = True
    user: str = ""
    """The account; without one, Kerberos takes the ticket of ``kinit``. Not used with a certificate."""
    password: str = field(default="", repr=False)
    """The account's password, or what opens the key of ``certificate``."""
    ca_bundle: str | None = None
    """PEM file with the certificates to trust; None means the system's."""
    timeout: float = 120.0
    """Seconds until the host is given up, connecting and signing in included."""
    auth: Auth = "negotiate"
    cert: str | None = None
    """PEM file with the certificate to sign in with, and those that signed it."""
    cert_key: str | None = None
    """PEM file with its key."""
    fingerprint: str | None = None
    """SHA-256 of the host's certificate, 64 hexadecimal digits. That certificate is accepted and no other, whoever
    signed it, whatever name it has and even if it has expired: the pin takes the place of all that."""
    insecure: bool = False
    """Accept any certificate. Whoever is in between can then read and change everything."""
    kerberos_host: str | None = None
    """The host's name for Kerberos; None means the address."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "password", Secret(self.password))

    @property
    def endpoint(self) -> str:
        """The WS-Management address."""
        return f"{'https' if self.https else 'http'}://{self.place}/wsman"

    @property
    def place(self) -> str:
        """Address and port as an address bar takes them: an IPv6 address stands in brackets."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


class Transport(Protocol):
    """Runs one PowerShell script on one host."""

    def run(self, script: str) -> Output:
        """Run *script* and return what it printed.

        Raises:
            TransportError: the script did not run to its end.
        """
