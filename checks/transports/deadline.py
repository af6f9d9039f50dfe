"""HTTP under a deadline: no host, however slow or hostile, holds a session longer or fills more memory than allowed."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

MAX_RESPONSE = 8 * 1024 * 1024
"""Bytes of one HTTP answer; we ask for envelopes of 150 KB."""
CONNECT_SECONDS = 20.0
"""What a host may take to accept a connection: enough for three lost packets."""


class ResponseTooLargeError(Exception):
    """An HTTP answer was larger than any that the protocol allows."""


class PinError(Exception):
    """The host showed another certificate than the one that is pinned."""

    def __init__(self, seen: str) -> None:
        super().__init__(seen)
        self.seen = seen


class Deadline:
    """A moment by which everything must be over. When it comes, open connections are cut."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._connections: list[HTTPConnection] = []
        self._timer: threading.Timer | None = None

    @property
    def left(self) -> float:
        """Seconds left; never negative."""
        return max(0.0, self._end - time.monotonic())

    def watch(self, connection: HTTPConnection) -> None:
        """Cut *connection* when the time is up: timeouts of a socket alone begin anew with each byte."""
        self._connections.append(connection)
        if self._timer is None:
            self._timer = threading.Timer(self.left, self._cut)
            self._timer.daemon = True
            self._timer.start()

    def end(self) -> None:
        """Let the time be up now."""
        self._end = time.monotonic()
        self._cut()

    def cancel(self) -> None:
        """Stop watching."""
        if self._timer is not None:
            self._timer.cancel()

    def _cut(self) -> None:
        for connection in self._connections:
            open_socket = connection.sock
            if open_socket is not None:
                with contextlib.suppress(OSError, ValueError):
                    open_socket.shutdown(socket.SHUT_RDWR)


class DeadlineAdapter(HTTPAdapter):
    """Sends requests of a session so that each ends by the deadline and no answer exceeds its limit.

    Args:
        deadline: when everything must be over.
        trust: a TLS context with the authorities to trust; it is shared, as reading authorities takes most of the
            time of a short HTTPS session.
        pin: SHA-256 of the one certificate to accept, in lower-case hexadecimal digits; empty for none.
    """

    def __init__(self, deadline: Deadline, trust: ssl.SSLContext | None, pin: str = "") -> None:
        self.deadline = deadline
        self.leaf: bytes | None = None
        """The host's certificate in DER, once there is a TLS connection."""
        self._trust = trust
        self._pin = pin
        self.offered = ""
        """What the host last offered for signing in."""
        self._connections: list[HTTPConnection] = []
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make urllib3's pools with connections that are watched, and our trust."""
        super().init_poolmanager(*args, ssl_context=self._trust, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _watched(HTTPConnectionPool, self),
            "https": _watched(HTTPSConnectionPool, self),
        }

    def cert_verify(self, conn: Any, url: str, verify: bool | str, cert: Any) -> None:
        """Leave verification as our TLS context has it, with our authorities and no others."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send one request.

        Raises:
            requests.ReadTimeout: the deadline has passed.
        """
        left = self.deadline.left
        if left <= 0:
            raise requests.ReadTimeout(request=request)
        kwargs["timeout"] = (min(left, CONNECT_SECONDS), left)
        response = super().send(request, *args, **kwargs)
        self.offered = response.headers.get("WWW-Authenticate", self.offered)
        return response

    def build_response(self, *args: Any, **kwargs: Any) -> requests.Response:
        """A response whose content is limited."""
        response = super().build_response(*args, **kwargs)
        response.__class__ = _LimitedResponse
        return response

    def opened(self, connection: HTTPConnection) -> None:
        """Look at a connection that has opened, before anything is sent over it, and keep an eye on it.

        Raises:
            PinError: its certificate is not the one that is pinned.
        """
        if isinstance(connection.sock, ssl.SSLSocket):
            self.leaf = connection.sock.getpeercert(binary_form=True) or b""
            seen = hashlib.sha256(self.leaf).hexdigest()
            if self._pin and not hmac.compare_digest(seen, self._pin):
                raise PinError(seen)
            # Where nothing is verified the user has been told; urllib3 would say so with each request.
            connection.is_verified = True
        self._connections.append(connection)
        self.deadline.watch(connection)

    def renew(self, deadline: Deadline) -> None:
        """Go on under another deadline."""
        self.deadline.cancel()
        self.deadline = deadline
        for connection in self._connections:
            deadline.watch(connection)

    def close(self) -> None:
        """Close every connection now: urllib3 leaves that to the garbage collector."""
        self.deadline.cancel()
        super().close()
        for connection in self._connections:
            connection.close()


class _LimitedResponse(requests.Response):
    """A response that is dropped where it grows too large."""

    def iter_content(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        size = 0
        for chunk in super().iter_content(*args, **kwargs):
            size += len(chunk)
            if size > MAX_RESPONSE:
                raise ResponseTooLargeError
            yield chunk


def _watched(pool: type[HTTPConnectionPool], adapter: DeadlineAdapter) -> type[HTTPConnectionPool]:
    """A kind of pool whose connections tell the deadline when they open."""
    base: Any = pool.ConnectionCls

    class Connection(base):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            adapter.opened(self)

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})
