"""What runs "on" a lab host: the small contract between the WinRM endpoint and whatever answers for a host."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class ProcessResult:
    """What a process wrote and how it ended."""

    stdout: bytes = b""
    stderr: bytes = b""
    exit_code: int = 0


class Stdin:
    """A process's standard input: it arrives in pieces, and reading it waits for the end of the stream."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._closed = threading.Event()
        self.terminated = threading.Event()
        """Set when the client ends the process; a process that runs for long should watch it."""

    def read(self) -> bytes:
        """All of the input, once the client has closed the stream or ended the process."""
        self._closed.wait()
        return b"".join(self._pieces)

    def write(self, data: bytes, *, end: bool) -> None:
        """Add what a client sent; *end* closes the stream."""
        self._pieces.append(data)
        if end:
            self._closed.set()

    def terminate(self) -> None:
        """Wake every reader: the client has ended the process."""
        self.terminated.set()
        self._closed.set()


class Machine(Protocol):
    """A lab host. ``run`` is called once per process, each time in a thread of its own."""

    @property
    def name(self) -> str:
        """The host's name, as it would give it itself."""

    def run(self, command: str, arguments: Sequence[str], stdin: Stdin) -> ProcessResult:
        """Run one command line to its end. Reading *stdin* waits for the client, as a real process would."""


@runtime_checkable
class Addressed(Protocol):
    """A machine that has a loopback address of its own."""

    @property
    def address(self) -> str:
        """The address, within 127/8."""
