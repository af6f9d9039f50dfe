"""Message encryption over plain HTTP: the multipart forms of MS-WSMV 2.2.9.1."""

from __future__ import annotations

import re
import struct
from email.message import Message as Headers

from checks.lab.ntlm import Acceptor, SignInError

_PROTOCOLS = {
    "application/HTTP-SPNEGO-session-encrypted": ("negotiate", "ntlm", "kerberos"),
    "application/HTTP-Negotiate-session-encrypted": ("negotiate", "ntlm"),
    "application/HTTP-Kerberos-session-encrypted": ("negotiate", "kerberos"),
    "application/HTTP-CredSSP-session-encrypted": ("credssp",),
}
"""Names of the encryption, with the ways of signing in that it goes with."""
_CREDSSP_CHUNK = 16_384
"""What CredSSP encrypts at once: one record of TLS."""
_BOUNDARY = "Encrypted Boundary"
_OCTETS = re.compile(rb"content-type:[ \t]*application/octet-stream[ \t]*\r\n", re.IGNORECASE)
_LENGTH = re.compile(rb"originalcontent:[^\r\n]*;length=(\d+)", re.IGNORECASE)


class SealError(Exception):
    """An encrypted body could not be read."""


def protocol_of(content_type: str) -> str | None:
    """The encryption protocol that a Content-Type names, or None for a body in clear."""
    headers = _parse(content_type)
    if headers.get_content_type() not in ("multipart/encrypted", "multipart/x-multi-encrypted"):
        return None
    return str(headers.get_param("protocol", ""))


def unseal(body: bytes, content_type: str, acceptor: Acceptor) -> bytes:
    """The message inside an encrypted body.

    Raises:
        SealError: the form, the length or the signature is wrong.
    """
    headers = _parse(content_type)
    if acceptor.scheme not in _PROTOCOLS.get(str(headers.get_param("protocol", "")), ()):
        raise SealError("unknown encryption protocol")
    boundary = b"--" + str(headers.get_param("boundary", _BOUNDARY)).encode()
    end = body.rfind(boundary + b"--")
    parts = [part for part in body[: max(end, 0)].split(boundary + b"\r\n") if part]
    if not parts or len(parts) % 2:
        raise SealError("not in the form of multipart/encrypted")
    return b"".join(_part(head, data, acceptor) for head, data in zip(parts[::2], parts[1::2], strict=True))


def _part(head: bytes, data: bytes, acceptor: Acceptor) -> bytes:
    octets, length = _OCTETS.search(data), _LENGTH.search(head)
    if octets is None or length is None or len(data) < octets.end() + 4:
        raise SealError("not in the form of multipart/encrypted")
    payload = data[octets.end() :]
    size = struct.unpack_from("<I", payload)[0]
    try:
        message = acceptor.unseal(payload[4 : 4 + size], payload[4 + size :])
    except SignInError as error:
        raise SealError(str(error)) from None
    if len(message) != int(length[1]):
        raise SealError("the length is not the one that was announced")
    return message


def seal(message: bytes, protocol: str, acceptor: Acceptor) -> tuple[bytes, str]:
    """*message* encrypted for this connection's client: the body and its Content-Type."""
    size = _CREDSSP_CHUNK if acceptor.scheme == "credssp" else max(len(message), 1)
    pieces = [message[start : start + size] for start in range(0, len(message), size)]
    kind = "multipart/encrypted" if len(pieces) == 1 else "multipart/x-multi-encrypted"
    body = b"".join(_sealed(piece, protocol, acceptor) for piece in pieces)
    return body + f"--{_BOUNDARY}--\r\n".encode(), f'{kind};protocol="{protocol}";boundary="{_BOUNDARY}"'


def _sealed(message: bytes, protocol: str, acceptor: Acceptor) -> bytes:
    signature, sealed = acceptor.seal(message)
    head = (
        f"--{_BOUNDARY}\r\n\tContent-Type: {protocol}\r\n"
        f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={len(message)}\r\n"
        f"--{_BOUNDARY}\r\n\tContent-Type: application/octet-stream\r\n"
    )
    return head.encode() + struct.pack("<I", len(signature)) + signature + sealed


def _parse(content_type: str) -> Headers:
    headers = Headers()
    headers["Content-Type"] = content_type
    return headers
