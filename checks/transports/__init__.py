"""Ways to a host: each runs one script on it and brings back what the script printed, nothing more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

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


@dataclass(frozen=True)
class Target:
    """A host and how to reach it. The password stays out of every ``repr``."""

    name: str
    address: str
    port: int = 5986
    https: bool = True
    user: str = ""
    password: str = field(default="", repr=False)
    ca_bundle: str | None = None
    """PEM file with the certificates to trust; None means the system's."""
    timeout: float = 120.0
    """Seconds until the host is given up, connecting and signing in included."""

    @property
    def endpoint(self) -> str:
        """The WS-Management address."""
        return f"{'https' if self.https else 'http'}://{self.address}:{self.port}/wsman"


class Transport(Protocol):
    """Runs one PowerShell script on one host."""

    def run(self, script: str) -> Output:
        """Run *script* and return what it printed.

        Raises:
            TransportError: the script did not run to its end.
        """
