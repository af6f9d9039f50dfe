"""Hosts that fail, each in one way: lab machines that behave as recorded up to their fault, and servers without WinRM.

A machine's fault lies in what its process prints (``output``), in what the service answers (``answer``) or in how the
answer goes over the wire (``wire``). The last two are looked at only inside `misbehaving`.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any

import pytest

from checks.lab import soap
from checks.lab.endpoint import Connection
from checks.lab.machine import ProcessResult, Stdin
from checks.lab.recordings import Recording, all_recordings
from checks.lab.replay import RecordedHost
from checks.lab.wsman import Service

Answer = tuple[int, bytes]
Usual = Callable[[], Answer]
HTML = b"<html><body><p>It works!</p></body></html>"
MEGABYTES_50 = 50 * 1024 * 1024


def as_printed(result: ProcessResult, _stdin: Stdin) -> ProcessResult:
    return result


def as_answered(_service: Service, _message: bytes, usual: Usual) -> Answer:
    return usual()


@functools.cache
def recording(name: str) -> Recording:
    return next(each for each in all_recordings() if each.name == name)


class Faulty:
    """The recorded host HV16 under another name, with a fault."""

    def __init__(
        self,
        name: str,
        *,
        output: Callable[[ProcessResult, Stdin], ProcessResult] = as_printed,
        answer: Callable[[Service, bytes, Usual], Answer] = as_answered,
        wire: Callable[[Connection, bytes], None] | None = None,
    ) -> None:
        self.name = name
        self.output, self.answer, self.wire = output, answer, wire
        self._host = RecordedHost(recording("HV16"))

    def run(self, command: str, arguments: Sequence[str], stdin: Stdin) -> ProcessResult:
        return self.output(self._host.run(command, arguments, stdin), stdin)


@contextlib.contextmanager
def misbehaving() -> Iterator[None]:
    """Let the faults of services and connections work."""
    answer, reply = Service.answer, Connection._reply

    def faulty_answer(service: Service, message: bytes) -> Answer:
        if isinstance(service.machine, Faulty):
            return service.machine.answer(service, message, lambda: answer(service, message))
        return answer(service, message)

    def faulty_reply(connection: Connection, status: HTTPStatus, body: bytes = b"", *args: Any, **kwargs: Any) -> None:
        machine = connection.listener.service.machine
        if isinstance(machine, Faulty) and machine.wire and b"ReceiveResponse" in body:
            machine.wire(connection, body)
        else:
            reply(connection, status, body, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Service, "answer", faulty_answer)
        patch.setattr(Connection, "_reply", faulty_reply)
        yield


# What the process prints


def never_ends(_result: ProcessResult, stdin: Stdin) -> ProcessResult:
    stdin.terminated.wait(60)
    return ProcessResult()


def prints_50_mb(_result: ProcessResult, _stdin: Stdin) -> ProcessResult:
    return ProcessResult(b"x" * MEGABYTES_50)


def prints_no_end(result: ProcessResult, _stdin: Stdin) -> ProcessResult:
    return ProcessResult(result.stdout[: len(result.stdout) // 2])


def prints_no_utf8(result: ProcessResult, _stdin: Stdin) -> ProcessResult:
    return ProcessResult(result.stdout.replace(b"HV16", b"HV\x87\xc6"))


def prints(text: str) -> Callable[[ProcessResult, Stdin], ProcessResult]:
    return lambda _result, _stdin: ProcessResult(f"HVNET-BEGIN\r\n{text}\r\nHVNET-END\r\n".encode())


def prints_an_error(_result: ProcessResult, _stdin: Stdin) -> ProcessResult:
    return ProcessResult(stderr=b"This program is blocked by group policy.\r\n", exit_code=1)


# What the service answers


def answers(status: int, body: bytes) -> Callable[[Service, bytes, Usual], Answer]:
    return lambda _service, _message, _usual: (status, body)


def says(code: int, text: str) -> Callable[[Service, bytes, Usual], Answer]:
    return answers(500, soap.fault_response(soap.FaultError(code, text, "w:InternalError"), "", "HOST"))


def loses_replies_to_command(times: int) -> Callable[[Service, bytes, Usual], Answer]:
    """The command runs, and the connection is closed before the client hears of it."""
    left = times

    def answer(_service: Service, message: bytes, usual: Usual) -> Answer:
        nonlocal left
        answered = usual()
        if left and b"shell/Command<" in message:
            left -= 1
            raise ConnectionResetError
        return answered

    return answer


def loses_shells(times: int) -> Callable[[Service, bytes, Usual], Answer]:
    """The shell is gone between Command and Receive, as after a restart of the service."""
    left = times

    def answer(service: Service, message: bytes, usual: Usual) -> Answer:
        nonlocal left
        if left and b"shell/Receive<" in message:
            left -= 1
            service.close()
        return usual()

    return answer


# How the answer goes over the wire


def _head(length: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: {length}\r\n\r\n".encode()


def resets(connection: Connection, body: bytes) -> None:
    connection.wfile.write(_head(len(body)) + body[: len(body) // 2])
    connection.wfile.flush()
    connection.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise ConnectionResetError


def sends_half(connection: Connection, body: bytes) -> None:
    connection.wfile.write(_head(2 * len(body)) + body)
    connection.close_connection = True


def trickles(connection: Connection, body: bytes) -> None:
    connection.wfile.write(_head(len(body)))
    for byte in body:
        connection.wfile.write(bytes([byte]))
        connection.wfile.flush()
        time.sleep(0.05)


# Servers that are no WinRM


@contextlib.contextmanager
def refusing() -> Iterator[int]:
    """A port of 127.0.0.1 that nobody else gets and nobody listens on."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]


@contextlib.contextmanager
def accepting_nothing() -> Iterator[int]:
    """A port whose queue is full, so that a new connection gets no answer, as behind a firewall."""
    with contextlib.ExitStack() as queue:
        full = queue.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield full.getsockname()[1]
