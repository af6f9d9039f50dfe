"""Message encryption over plain HTTP: the ``multipart/encrypted`` form of MS-WSMV 2.2.9.1."""

from __future__ import annotations

import re
import struct
from email.message import Message as Headers

from checks.lab.ntlm import Acceptor, SignInError

_PROTOCOLS = ("application/HTTP-SPNEGO-session-encrypted", "application/HTTP-Negotiate-session-encrypted")
_BOUNDARY = "Encrypted Boundary"
_OCTETS = re.compile(rb"content-type:[ \t]*application/octet-stream[ \t]*\r\n", re.IGNORECASE)
_LENGTH = re.compile(rb"originalcontent:[^\r\n]*;length=(\d+)", re.IGNORECASE)


class SealError(Exception):
    """An encrypted body could not be read."""


def protocol_of(content_type: str) -> str | None:
    """The encryption protocol that a Content-Type names, or None for a body in clear."""
    headers = _parse(content_type)
    if headers.get_content_type() != "multipart/encrypted":
        return None
    return str(headers.get_param("protocol", ""))


def unseal(body: bytes, content_type: str, acceptor: Acceptor) -> bytes:
    """The message inside an encrypted body.

    Raises:
        SealError: the form, the length or the signature is wrong.
    """
    headers = _parse(content_type)
    if str(headers.get_param("protocol", "")) not in _PROTOCOLS:
        raise SealError("unknown encryption protocol")
    ending = b"--" + str(headers.get_param("boundary", _BOUNDARY)).encode() + b"--"
    octets, length = _OCTETS.search(body), _LENGTH.search(body)
    end = body.rfind(ending)
    if octets is None or length is None or end < octets.end() + 4:
        raise SealError("not in the form of multipart/encrypted")
    payload = body[octets.end() : end]
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
    signature, sealed = acceptor.seal(message)
    head = (
        f"--{_BOUNDARY}\r\n\tContent-Type: {protocol}\r\n"
        f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={len(message)}\r\n"
        f"--{_BOUNDARY}\r\n\tContent-Type: application/octet-stream\r\n"
    )
    body = head.encode() + struct.pack("<I", len(signature)) + signature + sealed
    return (
        body + f"--{_BOUNDARY}--\r\n".encode(),
        f'multipart/encrypted;protocol="{protocol}";boundary="{_BOUNDARY}"',
    )


def _parse(content_type: str) -> Headers:
    headers = Headers()
    headers["Content-Type"] = content_type
    return headers
