"""From the many ways in which pywinrm fails to one kind and one sentence that says what to do."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPException
from xml.etree.ElementTree import ParseError  # the exception that pywinrm lets through; nothing is parsed here

import requests
from spnego.exceptions import SpnegoError
from urllib3.exceptions import NameResolutionError
from winrm.exceptions import (
    AuthenticationError,
    WinRMError,
    WinRMOperationTimeoutError,
    WinRMTransportError,
    WSManFaultError,
)

from checks.i18n import Message, Verbatim, _
from checks.transports import Target, TransportError
from checks.transports.deadline import ResponseTooLargeError

# Windows' error codes (wsmerror.h).
_ACCESS_DENIED = 5
_QUOTAS = frozenset({2150858815, *range(2150859173, 2150859177), 2150859179, *range(2150859236, 2150859243)})

# OpenSSL's verification results (x509_vfy.h).
_NOT_YET_VALID, _EXPIRED, _HOST_MISMATCH, _ADDRESS_MISMATCH = 9, 10, 62, 64


class DeadlineError(Exception):
    """The host's time was up before the script had ended."""


class OutputTooLargeError(Exception):
    """The script printed more than is kept in memory."""


class NoSignInError(Exception):
    """The other end answered without asking who calls."""


def is_transient(error: Exception) -> bool:
    """Whether the connection broke although the host is there, so that another try may go well."""
    if isinstance(error, WinRMTransportError):
        # An encrypted message on a connection that the host has closed in between.
        return bool(error.code == HTTPStatus.BAD_REQUEST)
    if isinstance(error, requests.exceptions.SSLError | requests.exceptions.Timeout):
        return False
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return True
    broken = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
    return isinstance(error, requests.exceptions.ConnectionError) and any(
        isinstance(cause, broken) for cause in _causes(error)
    )


def explain(error: Exception, target: Target, offered: str) -> TransportError:
    """The failure behind *error*.

    Args:
        error: what pywinrm or something below it raised.
        target: the host that was called.
        offered: the ways to sign in that the host named.
    """
    for kinds, reading in _READINGS:
        if isinstance(error, kinds):
            kind, reason = reading(error, target, offered)
            return TransportError(kind, reason)
    return TransportError(
        "protocol",
        _("{address} gave an answer that is not WS-Management ({error}).", **_at(target), error=type(error).__name__),
    )


def _deadline(_error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    return "timeout", _(
        "{address} did not finish within {seconds} s; allow more time or look at the load of the host.",
        **_at(target),
        seconds=target.timeout,
    )


def _too_large(_error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    return "protocol", _("{address} sent far more than the script can print; its answer was dropped.", **_at(target))


def _no_sign_in(_error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    return "protocol", _(
        "{address} answered without asking for sign-in, so it is not WinRM; check the address and the port.",
        **_at(target),
    )


def _authentication(_error: Exception, target: Target, offered: str) -> tuple[str, Message]:
    if not any(scheme in offered.lower() for scheme in ("negotiate", "ntlm")):
        return "authentication", _(
            "{address} does not offer NTLM (Negotiate), only “{offered}”; enable Negotiate in the WinRM service.",
            **_at(target),
            offered=offered,
        )
    return "authentication", _(
        "{address} refused the user name or the password of {user}; sign-in is not tried again, so as not to lock the "
        "account.",
        **_at(target),
        user=target.user,
    )


def _fault(error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    if not isinstance(error, WSManFaultError):
        raise TypeError(error)
    code = error.wsman_fault_code or 0
    values = {**_at(target), "text": " ".join(error.reason.split()), "code": Verbatim(code)}
    if code == _ACCESS_DENIED:
        return "refused", _(
            "{address} denied access to {user}: “{text}” (code {code}). The account must be an administrator of the "
            "host or a member of Remote Management Users.",
            user=target.user,
            **values,
        )
    if code in _QUOTAS:
        return "refused", _(
            "{address} has reached a WinRM quota: “{text}” (code {code}). Close other sessions or raise the quota.",
            **values,
        )
    return "refused", _("{address} refused the request: “{text}” (code {code}).", **values)


def _http_status(error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    status = error.code if isinstance(error, WinRMTransportError) else 0
    return "protocol", _(
        "{address} answered HTTP status {status} instead of WS-Management; check that WinRM listens there.",
        **_at(target),
        status=Verbatim(status),
    )


def _busy(_error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    return "timeout", _("{address} is too busy: WinRM could not carry out the request in time.", **_at(target))


def _tls(error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "tls", _certificate(cause, target)
    return "tls", _(
        "{address} did not complete TLS; the port may speak plain HTTP, or only protocol versions that are too old.",
        **_at(target),
    )


def _certificate(error: ssl.SSLCertVerificationError, target: Target) -> Message:
    if error.verify_code == _EXPIRED:
        return _("The certificate of {address} has expired; renew it on the host.", **_at(target))
    if error.verify_code == _NOT_YET_VALID:
        return _("The certificate of {address} is not valid yet; compare the clocks.", **_at(target))
    if error.verify_code in (_HOST_MISMATCH, _ADDRESS_MISMATCH):
        return _(
            "The certificate of {address} is for another name; use the name that it was issued for, or issue one for "
            "this name.",
            **_at(target),
        )
    return _(
        "The certificate of {address} is not trusted ({detail}); name the authority's file in the inventory.",
        **_at(target),
        detail=error.verify_message,
    )


def _connection(error: Exception, target: Target, offered: str) -> tuple[str, Message]:
    causes = list(_causes(error))
    if any(isinstance(cause, NameResolutionError | socket.gaierror) for cause in causes):
        return "unreachable", _("The name {name} cannot be resolved; check the inventory and DNS.", name=target.address)
    if any(getattr(cause, "errno", None) == errno.ECONNREFUSED for cause in causes):
        return "unreachable", _(
            "{address} refuses connections; WinRM is not enabled on the host, or listens on another port.",
            **_at(target),
        )
    if any(isinstance(cause, HTTPException) and not isinstance(cause, ConnectionError) for cause in causes):
        return _garbage(error, target, offered)
    if is_transient(error) and not offered:
        return "protocol", _(
            "{address} closes the connection without an answer; the port may speak another protocol, such as HTTPS "
            "instead of HTTP.",
            **_at(target),
        )
    if is_transient(error):
        return "protocol", _(
            "{address} broke the connection in the middle of the exchange, twice; look at the WinRM service there.",
            **_at(target),
        )
    return "unreachable", _(
        "{address} cannot be reached; check the address, the route and the firewall.", **_at(target)
    )


def _no_connection(_error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    return "unreachable", _(
        "{address} does not answer; the host is off, or a firewall drops connections to this port.", **_at(target)
    )


def _redirect(_error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    return "protocol", _(
        "{address} redirects to another address, which WinRM never does; the redirection was not followed.",
        **_at(target),
    )


def _garbage(_error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    return "protocol", _(
        "{address} answered something that is not WS-Management, such as a web page; check the address and the port.",
        **_at(target),
    )


def _seal(_error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    return "protocol", _(
        "The encrypted answer of {address} cannot be read; something on the way changes the messages.", **_at(target)
    )


# The first that fits is taken, so the special ones stand before the general ones.
_READINGS = (
    (DeadlineError, _deadline),
    ((ResponseTooLargeError, OutputTooLargeError), _too_large),
    (NoSignInError, _no_sign_in),
    ((AuthenticationError, PermissionError), _authentication),
    (WSManFaultError, _fault),
    (WinRMTransportError, _http_status),
    (WinRMOperationTimeoutError, _busy),
    ((WinRMError, SpnegoError), _seal),
    (requests.exceptions.SSLError, _tls),
    (requests.exceptions.ConnectTimeout, _no_connection),
    (requests.exceptions.Timeout, _deadline),
    (requests.exceptions.TooManyRedirects, _redirect),
    ((requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError), _connection),
    ((StopIteration, ParseError), _garbage),
)


def _at(target: Target) -> dict[str, str]:
    return {"address": f"{target.address}:{target.port}"}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and everything wrapped in it: requests and urllib3 put causes into arguments and ``reason``."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        wrapped = (*current.args, getattr(current, "reason", None), current.__cause__, current.__context__)
        waiting += [each for each in wrapped if isinstance(each, BaseException)]
