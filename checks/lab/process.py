"""One process on a lab host: it runs in a thread, its output is handed out in pieces."""

from __future__ import annotations

import codecs
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from checks.lab.machine import Machine, ProcessResult, Stdin

COMMAND_LINE_LIMIT = 8_191
"""Characters that cmd.exe takes in one command line."""


@dataclass(frozen=True)
class Piece:
    """Part of a process's output. ``exit_code`` comes with the last piece."""

    streams: tuple[tuple[str, bytes], ...]
    exit_code: int | None


class Process:
    """A running or finished process of a shell."""

    def __init__(self, machine: Machine, command: str, arguments: Sequence[str], code_page: int) -> None:
        self.stdin = Stdin()
        self._machine = machine
        self._command = command
        self._arguments = tuple(arguments)
        self._code_page = code_page
        self._changed = threading.Condition()
        self._output: dict[str, memoryview] | None = None
        self._exit_code = 0
        threading.Thread(target=self._run, name=f"lab process on {machine.name}", daemon=True).start()

    @property
    def terminated(self) -> bool:
        """Whether a client, or the end of the lab, has stopped it."""
        return self.stdin.terminated.is_set()

    def terminate(self) -> None:
        """Stop it: what it still writes is lost."""
        self.stdin.terminate()
        with self._changed:
            self._changed.notify_all()

    def receive(self, streams: Sequence[str], room: int, timeout: float) -> Piece | None:
        """Up to *room* bytes of *streams*, waiting at most *timeout* seconds; None where nothing came."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._output is None and not self.terminated:
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(left)
            return self._take(streams, room)

    def _take(self, streams: Sequence[str], room: int) -> Piece:
        output = self._output or {}
        pieces = []
        for name in streams:
            data = output.get(name, memoryview(b""))
            if data and room > 0:
                pieces.append((name, bytes(data[:room])))
                output[name] = data[room:]
                room -= len(pieces[-1][1])
        more = any(output.get(name) for name in streams)
        return Piece(tuple(pieces), None if more else self._exit_code)

    def _run(self) -> None:
        result = self._result()
        with self._changed:
            self._exit_code = result.exit_code
            self._output = {
                "stdout": memoryview(_encoded(result.stdout, self._code_page)),
                "stderr": memoryview(_encoded(result.stderr, self._code_page)),
            }
            self._changed.notify_all()

    def _result(self) -> ProcessResult:
        if len(" ".join((self._command, *self._arguments))) > COMMAND_LINE_LIMIT:
            return ProcessResult(stderr=b"The command line is too long.\r\n", exit_code=1)
        try:
            return self._machine.run(self._command, self._arguments, self.stdin)
        except Exception as error:
            # The machine's bug is a process that crashed; the endpoint lives on, and the client sees why.
            return ProcessResult(stderr=f"lab: {type(error).__name__}: {error}\r\n".encode(), exit_code=-1)


def _encoded(output: bytes, code_page: int) -> bytes:
    """Machines write UTF-8; a shell with another code page loses what that page lacks, as Windows does."""
    if code_page == 65_001:
        return output
    try:
        name = codecs.lookup(f"cp{code_page}").name
    except LookupError:
        return output
    return output.decode("utf-8", "replace").encode(name, "replace")
