"""WS-Management over HTTP/1.1: one connection of a client, its sign-in and its requests."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from checks.lab import certificate as certificates
from checks.lab import sealing
from checks.lab.ntlm import Acceptor, Accounts, SignInError
from checks.lab.sealing import SealError
from checks.lab.wsman import Service

MAX_BODY = 8 * 1024 * 1024
_IDLE_SECONDS = 120.0
MUTUAL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
_OFFERS = {"negotiate": "Negotiate", "kerberos": "Kerberos", "credssp": "CredSSP", "basic": 'Basic realm="WSMAN"'}
"""What a host says of each way to sign in; a certificate is asked for in TLS."""


@dataclass
class Traffic:
    """How often a host was called."""

    connections: int = 0
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


@dataclass(frozen=True)
class Listener:
    """One address and port that a host answers on."""

    service: Service
    accounts: Accounts
    traffic: Traffic
    certificate_digest: bytes | None
    """The leaf's digest where the port speaks TLS; None for plain HTTP."""
    methods: tuple[str, ...] = ("negotiate",)
    """Ways to sign in that are on: ``negotiate``, ``kerberos``, ``credssp``, ``basic``."""
    basic: bytes = field(default=b"", repr=False)
    """The account and its password, as Basic writes them."""
    principals: tuple[str, ...] = ()
    """Accounts that client certificates are mapped to."""


class Connection(BaseHTTPRequestHandler):
    """Serves one TCP connection until either side closes it."""

    protocol_version = "HTTP/1.1"
    server_version = "Microsoft-HTTPAPI/2.0"
    sys_version = ""
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body of an answer leave together

    def __init__(self, request: Any, client_address: Any, listener: Listener) -> None:
        self.listener = listener
        self._acceptor = self._new_acceptor(listener)
        with listener.traffic.lock:
            listener.traffic.connections += 1
        # socketserver's base class keeps its third argument and never calls it.
        super().__init__(request, client_address, listener)  # type: ignore[arg-type]

    @staticmethod
    def _new_acceptor(listener: Listener) -> Acceptor:
        return Acceptor(listener.accounts, listener.certificate_digest, kerberos="kerberos" in listener.methods)

    def do_POST(self) -> None:
        with self.listener.traffic.lock:
            self.listener.traffic.requests += 1
        body = self._body()
        if body is None:
            return
        if self.path.partition("?")[0].rstrip("/").lower() != "/wsman":
            self._reply(HTTPStatus.NOT_FOUND)
        elif (authorization := self.headers.get("Authorization")) is not None:
            self._sign_in(authorization, body)
        elif self._acceptor.complete:
            self._serve(body, None)
        elif sealing.protocol_of(self.headers.get("Content-Type", "")) is not None:
            # Sealed with the key of a connection that is gone.
            self._reply(HTTPStatus.BAD_REQUEST, close=True)
        else:
            self._challenge()

    def do_GET(self) -> None:
        self._reply(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "POST"}, close=True)

    do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_PATCH = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing goes to the console: clients see statuses and faults."""

    def handle(self) -> None:
        """Serve until the client is gone; a client that vanishes is no error."""
        with contextlib.suppress(OSError):
            super().handle()

    def finish(self) -> None:
        """Send what is left, where the client still listens."""
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def _body(self) -> bytes | None:
        """The request's body, or None once the request has been refused."""
        length = self.headers.get("Content-Length", "")
        refusal = _refusal(length)
        if refusal is not None:
            self._reply(refusal, close=True)
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _sign_in(self, authorization: str, body: bytes) -> None:
        scheme, _, encoded = authorization.partition(" ")
        kind = scheme.lower()
        if authorization == MUTUAL or kind == "basic":
            allowed = self._shows_certificate() if authorization == MUTUAL else self._knows_password(encoded)
            return self._serve(body, None) if allowed else self._challenge()
        if kind not in ("ntlm", *self.listener.methods):
            return self._challenge()
        try:
            token = self._acceptor.step(base64.b64decode(encoded, validate=True), kind)
        except (SignInError, binascii.Error, ValueError):
            return self._challenge()
        answer = f"{scheme} {base64.b64encode(token).decode()}" if token else None
        if self._acceptor.complete:
            return self._serve(body, answer)
        return self._challenge(answer)

    def _knows_password(self, encoded: str) -> bool:
        return "basic" in self.listener.methods and hmac.compare_digest(
            encoded.encode(), base64.b64encode(self.listener.basic)
        )

    def _shows_certificate(self) -> bool:
        if not isinstance(self.connection, ssl.SSLSocket):
            return False
        leaf = self.connection.getpeercert(binary_form=True)
        return leaf is not None and certificates.account_of(leaf) in self.listener.principals

    def _serve(self, body: bytes, token: str | None) -> None:
        """Answer a signed-in client; an empty body is a client that only signs in."""
        headers = {"WWW-Authenticate": token} if token else {}
        content_type = self.headers.get("Content-Type", "")
        protocol = sealing.protocol_of(content_type)
        if not body:
            return self._reply(HTTPStatus.OK, headers=headers)
        if protocol is None:
            if self.listener.certificate_digest is None:
                # Windows' AllowUnencrypted=false: an error without a word.
                return self._reply(HTTPStatus.INTERNAL_SERVER_ERROR, headers=headers)
            status, envelope = self.listener.service.answer(body)
            headers["Content-Type"] = "application/soap+xml;charset=UTF-8"
            return self._reply(HTTPStatus(status), envelope, headers)
        try:
            message = sealing.unseal(body, content_type, self._acceptor)
        except SealError:
            return self._reply(HTTPStatus.BAD_REQUEST, close=True)
        status, envelope = self.listener.service.answer(message)
        sealed, headers["Content-Type"] = sealing.seal(envelope, protocol, self._acceptor)
        return self._reply(HTTPStatus(status), sealed, headers)

    def _challenge(self, token: str | None = None) -> None:
        """Ask for sign-in with the ways that are on."""
        offers = [token] if token else [_OFFERS[method] for method in self.listener.methods]
        self._reply(HTTPStatus.UNAUTHORIZED, offers=offers)

    def _reply(
        self,
        status: HTTPStatus,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        offers: Sequence[str] = (),
        close: bool = False,
    ) -> None:
        self.send_response(status)
        for offer in offers:
            self.send_header("WWW-Authenticate", offer)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if close:
            self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()


def _refusal(length: str) -> HTTPStatus | None:
    """Why a body of this announced length is not read."""
    if not length:
        return HTTPStatus.LENGTH_REQUIRED
    if not (length.isascii() and length.isdigit()):
        return HTTPStatus.BAD_REQUEST
    if len(length) > 12 or int(length) > MAX_BODY:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return None
