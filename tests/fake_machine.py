"""Machines and broken servers for the tests of WinRM."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence

from checks.lab.machine import ProcessResult, Stdin


def echo(line: str, stdin: Stdin) -> ProcessResult:
    """A process that prints its input, as `cat` would."""
    return ProcessResult(stdin.read())


class FakeMachine:
    """A lab host whose processes are a function of the command line and the input."""

    def __init__(self, name: str = "hv01", answer: Callable[[str, Stdin], ProcessResult] = echo) -> None:
        self.name = name
        self.answer = answer
        self.lines: list[str] = []

    def run(self, command: str, arguments: Sequence[str], stdin: Stdin) -> ProcessResult:
        line = " ".join((command, *arguments))
        self.lines.append(line)
        return self.answer(line, stdin)


@contextlib.contextmanager
def tcp_server(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on 127.0.0.1 that gives each connection to *handle*; yields its port."""
    server = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def serve(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            handle(client)

    def accept() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            client.settimeout(5)
            threads.append(threading.Thread(target=serve, args=(client,)))
            threads[-1].start()

    loop = threading.Thread(target=accept)
    loop.start()
    try:
        yield server.getsockname()[1]
    finally:
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
        for thread in (loop, *threads):
            thread.join(10)


def read_request(client: socket.socket) -> bytes:
    """One HTTP request: its head and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(x[15:]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


def http_answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    """An HTTP response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
