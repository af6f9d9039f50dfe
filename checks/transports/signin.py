"""Signing in: Kerberos, NTLM, CredSSP and Basic when the host asks for it, and the encryption of messages.

The tokens are made by pyspnego; pywinrm's own ways of doing the same try a wrong password twice, drop the reason for a
failure, or need more libraries. Over HTTP every message is encrypted with the key that the sign-in has given.

A connection costs this many requests for signing in, before those of the shell: Kerberos 1 (2 over HTTP), NTLM 2 (3),
CredSSP 5 (6), Basic 1, a certificate none. Nothing here was run against Windows; the other side in the tests is
pyspnego's, MIT's KDC and OpenSSL.
"""

from __future__ import annotations

import base64
import importlib.util
import ipaddress
import logging
import re
import struct
import sys
from typing import Any

import requests
import spnego
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from requests.auth import AuthBase
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError
from winrm.encryption import Encryption

from checks.i18n import Message, Verbatim, _
from checks.transports import Auth, Secret, Target
from checks.transports.accounts import Accounts, KerberosError
from checks.transports.deadline import DeadlineAdapter

MUTUAL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
"""What takes the place of credentials where a client certificate was shown."""
_SCHEMES: dict[str, tuple[str, ...]] = {
    "ntlm": ("Negotiate", "NTLM"),
    "kerberos": ("Negotiate", "Kerberos"),
    "negotiate": ("Negotiate", "Kerberos", "NTLM"),
    "credssp": ("CredSSP",),
    "basic": ("Basic",),
}
_HANDSHAKE = "TLS Handshake"

# Without a handler of their own, Python prints what these libraries log about failures to the terminal.
for _library in ("spnego", "urllib3"):
    logging.getLogger(_library).addHandler(logging.NullHandler())


class NotProvenError(Exception):
    """The host took the sign-in but did not prove that it is who it should be."""


class StatusError(Exception):
    """The host refused with one of Windows' NTSTATUS codes."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def has_kerberos() -> bool:
    """Whether Kerberos can be used: Windows brings it, elsewhere it is an extra."""
    return sys.platform == "win32" or all(importlib.util.find_spec(name) for name in ("gssapi", "krb5"))


def objection(target: Target) -> Message | None:
    """Why a target's way to sign in cannot be used, known before anything is sent."""
    if target.auth == "basic" and not target.https:
        return _(
            "Basic sends the password of {user} to {name} in clear text over HTTP, so it is refused; use HTTPS or "
            "another way to sign in.",
            user=target.user,
            name=target.name,
        )
    if target.auth == "certificate" and not target.https:
        return _("{name}: a certificate signs in over HTTPS only.", name=target.name)
    if target.auth == "certificate" and not target.cert:
        return _("{name}: name the certificate to sign in with (--cert, --cert-key).", name=target.name)
    if target.auth == "kerberos" and not has_kerberos():
        return _(
            "Kerberos needs libraries that are not here: install {extra} (on Debian it needs {packages} to build).",
            extra=Verbatim("hvnet[kerberos]"),
            packages=Verbatim("gcc python3-dev libkrb5-dev"),
        )
    if target.auth == "kerberos" and "\\" in target.user:
        return _("Kerberos needs the account {user} as name@REALM, the realm in capitals.", user=target.user)
    return _incomplete(target)


def _incomplete(target: Target) -> Message | None:
    if target.auth in ("certificate", "kerberos"):
        return None
    if target.user and target.password:
        return None
    return _("There is no user name or no password for {name}; give both.", name=target.name)


def authenticator(target: Target, accounts: Accounts, adapter: DeadlineAdapter) -> SignIn | None:
    """What signs in on one connection; None where the certificate shown in TLS does."""
    if target.auth == "certificate":
        return None
    return (Basic if target.auth == "basic" else Exchange)(target, accounts, adapter)


def offers(header: str) -> list[str]:
    """The ways to sign in that a ``WWW-Authenticate`` header names."""
    return re.findall(r"(?:^|,)\s*([A-Za-z]+)(?=\s|,|$)", re.sub(r'"[^"]*"', "", header))


class SignIn(AuthBase):
    """Answers a host that asks who calls; once per request, so a wrong password is given once."""

    def __init__(self, target: Target, accounts: Accounts, adapter: DeadlineAdapter) -> None:
        self.context: spnego.ContextProxy | None = None
        """The key of the connection, once signed in."""
        self.used: Auth = target.auth
        """How it was signed in, for ``negotiate`` the one that was chosen."""
        self._target = target
        self._accounts = accounts
        self._adapter = adapter

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Connection"] = "Keep-Alive"
        request.register_hook("response", self._answered)  # type: ignore[no-untyped-call]
        return request

    def _answered(self, response: requests.Response, **kwargs: Any) -> requests.Response:
        """A hook of requests: the response, or the one to the same request signed in."""
        offered = offers(response.headers.get("WWW-Authenticate", ""))
        if response.status_code != 401 or not _common(self._target.auth, offered):
            return response
        return self._answer(response, offered, kwargs)

    def _answer(self, response: requests.Response, offered: list[str], kwargs: dict[str, Any]) -> requests.Response:
        raise NotImplementedError

    def _again(self, response: requests.Response, authorization: str, kwargs: dict[str, Any]) -> requests.Response:
        """The same request on the same connection, with credentials."""
        response.content  # noqa: B018 - read to its end, so that the connection is free again
        response.raw.release_conn()
        request = response.request.copy()
        request.headers["Authorization"] = authorization
        return self._adapter.send(request, **kwargs)


class Basic(SignIn):
    """Basic, which hands over the password itself: only inside TLS, and only to a host that asks for it."""

    def __init__(self, target: Target, accounts: Accounts, adapter: DeadlineAdapter) -> None:
        super().__init__(target, accounts, adapter)
        self._is_in = False

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._is_in:
            request.headers["Authorization"] = self._authorization()
            return request
        return super().__call__(request)

    def _answer(self, response: requests.Response, offered: list[str], kwargs: dict[str, Any]) -> requests.Response:
        with self._accounts.turn(self._target.user, self._adapter.deadline.left) as turn:
            answer = self._again(response, self._authorization(), kwargs)
            turn.accepted = self._is_in = answer.status_code != 401
        return answer

    def _authorization(self) -> str:
        pair = f"{self._target.user}:{self._target.password}".encode()
        return Secret(f"Basic {base64.b64encode(pair).decode()}")


class Exchange(SignIn):
    """Kerberos, NTLM and CredSSP: tokens go to and fro until both sides have a key for the connection."""

    def wrap(self, message: bytes) -> tuple[bytes, bytes, int]:
        """*message* encrypted: its header, the rest, and how many bytes were added to it."""
        sealed = _ready(self.context).wrap_winrm(message)
        return sealed.header, sealed.data, sealed.padding_length

    def unwrap(self, header: bytes, sealed: bytes) -> bytes:
        """The message that the host has encrypted."""
        return _ready(self.context).unwrap_winrm(header, sealed)

    def _answer(self, response: requests.Response, offered: list[str], kwargs: dict[str, Any]) -> requests.Response:
        context, token = self._begin(offered)
        scheme = _common(self.used, offered)
        if context is None or not scheme:
            return response
        self.context = context
        if self.used == "kerberos":
            return self._exchange(context, token, response, scheme, kwargs)
        with self._accounts.turn(self._target.user, self._adapter.deadline.left) as turn:
            answer = self._exchange(context, token, response, scheme, kwargs)
            turn.accepted = answer.status_code != 401
        return answer

    def _exchange(
        self,
        context: spnego.ContextProxy,
        token: bytes,
        response: requests.Response,
        scheme: str,
        kwargs: dict[str, Any],
    ) -> requests.Response:
        while token:
            response = self._again(response, f"{scheme} {base64.b64encode(token).decode()}", kwargs)
            answer = _token(response, scheme)
            if context.complete or (answer is None and not self._is_in_handshake(context)):
                break
            token = self._step(context, answer or b"")
        if not context.complete and response.status_code != 401:
            raise NotProvenError
        return response

    def _is_in_handshake(self, context: spnego.ContextProxy) -> bool:
        """Whether CredSSP is still at its TLS, where an empty answer is one."""
        return self.used == "credssp" and context.get_extra_info("auth_stage") == _HANDSHAKE

    def _step(self, context: spnego.ContextProxy, answer: bytes | None = None) -> bytes:
        try:
            return context.step(answer) or b""
        except SpnegoError as error:
            raise _reading(error, self.used) from None

    def _begin(self, offered: list[str]) -> tuple[spnego.ContextProxy | None, bytes]:
        """A context and its first token; none where the host does not offer what is left."""
        if self._target.auth == "credssp":
            context = self._credssp()
            return context, self._step(context)
        if self._target.auth == "kerberos" or (self._prefers_kerberos() and _common("kerberos", offered)):
            try:
                return self._kerberos()
            except KerberosError as error:
                if self._target.auth == "kerberos" or error.concerns_password:
                    raise
        self.used = "ntlm"
        context = self._ntlm()
        return context, self._step(context)

    def _prefers_kerberos(self) -> bool:
        """Whether Negotiate tries Kerberos first: where it can work at all."""
        named = not _is_address(self._target.kerberos_host or self._target.address)
        return self._target.auth == "negotiate" and "@" in self._target.user and named and has_kerberos()

    def _kerberos(self) -> tuple[spnego.ContextProxy, bytes]:
        self.used = "kerberos"
        try:
            context = spnego.client(
                **self._ticket(),
                hostname=self._target.kerberos_host or self._target.address,
                service="HTTP",
                channel_bindings=_bindings(self._adapter.leaf),
                protocol="kerberos",
            )
        except SpnegoError as error:
            raise _reading(error, "kerberos") from None
        return context, self._step(context)

    def _ticket(self) -> dict[str, Any]:
        user, password = self._target.user, self._target.password
        if not user or not password:
            return {"username": user or None}
        if sys.platform == "win32":
            # Windows' own library asks for the ticket.
            return {"username": user, "password": password}
        return {"username": spnego.KerberosCCache(self._accounts.ticket(user, password))}

    def _ntlm(self) -> spnego.ContextProxy:
        return spnego.client(
            self._target.user,
            self._target.password,
            hostname=self._target.address,
            service="HTTP",
            channel_bindings=_bindings(self._adapter.leaf),
            protocol="ntlm",
            options=spnego.NegotiateOptions.use_ntlm,
        )

    def _credssp(self) -> spnego.ContextProxy:
        """CredSSP with NTLM inside: with a choice of both, a wrong password would be tried by both."""
        inner = spnego.client(
            self._target.user,
            self._target.password,
            hostname=self._target.address,
            service="HTTP",
            protocol="ntlm",
            options=spnego.NegotiateOptions.use_ntlm,
        )
        return spnego.client(
            self._target.user,
            self._target.password,
            hostname=self._target.address,
            service="HTTP",
            protocol="credssp",
            credssp_negotiate_context=inner,
        )


class Sealing(Encryption):
    """pywinrm's encrypted messages, with the key of an `Exchange` whatever its kind."""

    def __init__(self, session: requests.Session, exchange: Exchange) -> None:
        super().__init__(session, "credssp" if exchange.used == "credssp" else "ntlm")
        self._exchange = exchange

    def _encrypt_message(self, message: bytes, host: str | bytes | None) -> bytes:
        header, sealed, padding = self._exchange.wrap(message)
        length = str(len(message) + padding).encode()
        lines = (
            self.MIME_BOUNDARY,
            b"\tContent-Type: " + self.protocol_string,
            b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=" + length,
            self.MIME_BOUNDARY,
            b"\tContent-Type: application/octet-stream",
            struct.pack("<i", len(header)) + header + sealed,
        )
        return b"\r\n".join(lines)

    def _decrypt_ntlm_message(self, encrypted_data: bytes, host: str | bytes | None) -> bytes:
        size = struct.unpack("<i", encrypted_data[:4])[0]
        return self._exchange.unwrap(encrypted_data[4 : size + 4], encrypted_data[size + 4 :])

    _decrypt_credssp_message = _decrypt_ntlm_message


def _ready(context: spnego.ContextProxy | None) -> spnego.ContextProxy:
    if context is None:
        raise NotProvenError
    return context


def _common(auth: str, offered: list[str]) -> str:
    """The scheme to use of those that the host offers, or nothing."""
    lowered = [name.lower() for name in offered]
    return next((scheme for scheme in _SCHEMES[auth] if scheme.lower() in lowered), "")


def _token(response: requests.Response, scheme: str) -> bytes | None:
    """The host's token, or None where it sent none.

    Raises:
        ValueError: it is not Base64.
    """
    header = response.headers.get("WWW-Authenticate", "")
    found = re.search(rf"(?:^|,)\s*{scheme}\s+([^,\s]+)\s*(?:,|$)", header, re.IGNORECASE)
    return base64.b64decode(found[1], validate=True) if found else None


def _reading(error: SpnegoError, used: str) -> Exception:
    """What a failure of pyspnego means: a reason of Kerberos, a status of Windows, or the error itself."""
    base = error.base_error
    if used == "kerberos":
        text = " ".join(str(base or error).split())
        return KerberosError.of(int(getattr(base, "min_code", 0)), text)
    status = getattr(base, "winerror", None)
    return StatusError(int(status) & 0xFFFFFFFF) if used == "credssp" and status is not None else error


def _bindings(leaf: bytes | None) -> GssChannelBindings | None:
    """What ties a sign-in to the TLS connection that it goes through (RFC 5929, ``tls-server-end-point``)."""
    if not leaf:
        return None
    certificate = x509.load_der_x509_certificate(leaf)
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    if algorithm is None or algorithm.name in ("md5", "sha1"):
        algorithm = hashes.SHA256()
    return GssChannelBindings(application_data=b"tls-server-end-point:" + certificate.fingerprint(algorithm))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
