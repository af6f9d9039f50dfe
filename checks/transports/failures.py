"""From the many ways in which pywinrm fails to one kind and one sentence that says what to do."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from xml.etree.ElementTree import ParseError  # the exception that pywinrm lets through; nothing is parsed here

import requests
from spnego.exceptions import BadBindingsError, SpnegoError
from urllib3.exceptions import NameResolutionError
from winrm.exceptions import (
    AuthenticationError,
    WinRMError,
    WinRMOperationTimeoutError,
    WinRMTransportError,
    WSManFaultError,
)

from checks.i18n import Message, Verbatim, _
from checks.transports import Target, TransportError, accounts
from checks.transports.accounts import KerberosError, RefusedElsewhereError
from checks.transports.deadline import PinError, ResponseTooLargeError
from checks.transports.signin import NotProvenError, StatusError, offers

# Windows' error codes (wsmerror.h).
_ACCESS_DENIED = 5
_SHELL_GONE, _ABORTED = 2150858843, 995
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
    if isinstance(error, WSManFaultError):
        return _lost_shell(error)
    if isinstance(error, requests.exceptions.SSLError | requests.exceptions.Timeout):
        return False
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return True
    broken = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
    return isinstance(error, requests.exceptions.ConnectionError) and any(
        isinstance(cause, broken) for cause in _causes(error)
    )


def _lost_shell(error: WSManFaultError) -> bool:
    """Whether the host says that our shell or process is gone, as after a restart of the service."""
    return error.wsman_fault_code in (_SHELL_GONE, _ABORTED)


def explain(error: Exception, target: Target, offered: str) -> TransportError:
    """The failure behind *error*.

    Args:
        error: what pywinrm or something below it raised.
        target: the host that was called; ``auth`` is the way to sign in that was taken.
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
    name, schemes = _METHODS[target.auth]
    found = offers(offered)
    if schemes and not any(scheme.lower() in schemes for scheme in found):
        return "authentication", _(
            "{address} does not offer {method}, only “{offered}”; enable it in the WinRM service, or sign in another "
            "way (--auth).",
            **_at(target),
            method=Verbatim(name),
            offered=Verbatim(", ".join(found)),
        )
    if target.auth == "certificate":
        return "authentication", _certificate_refused(target)
    if target.auth == "kerberos":
        return "authentication", _(
            "{address} refused the Kerberos ticket; the account may not be allowed on the host, or the host's own "
            "account may be out of step with the domain.",
            **_at(target),
        )
    return "authentication", _(
        "{address} refused the user name or the password of {user}. Windows does not tell a wrong password from one "
        "that has expired or must change, or from an account that is locked or disabled; sign-in is not tried again, "
        "so as not to lock it.",
        **_at(target),
        user=target.user,
    )


_METHODS: dict[str, tuple[str, tuple[str, ...]]] = {
    "negotiate": ("NTLM (Negotiate)", ("negotiate", "ntlm", "kerberos")),
    "ntlm": ("NTLM (Negotiate)", ("negotiate", "ntlm")),
    "kerberos": ("Kerberos (Negotiate)", ("negotiate", "kerberos")),
    "credssp": ("CredSSP", ("credssp",)),
    "basic": ("Basic", ("basic",)),
    "certificate": ("", ()),
}


def _certificate_refused(target: Target) -> Message:
    return _(
        "{address} refused the certificate {cert}; certificates must be enabled in the WinRM service, and this one "
        "mapped to an account of the host (WSMan:\\localhost\\ClientCertificate).",
        **_at(target),
        cert=Verbatim(target.cert or ""),
    )


def _elsewhere(_error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    return "authentication", _(
        "Other hosts have refused the password of {user}; it was not tried on {address}, so as not to lock the "
        "account.",
        **_at(target),
        user=target.user,
    )


def _not_proven(_error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    return "authentication", _(
        "{address} took the sign-in without proving that it is the host it should be; the script was not sent to it.",
        **_at(target),
    )


def _man_in_between(_error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    return "authentication", _(
        "{address} is not the other end of the encrypted channel: somebody may be in between. The password was not "
        "handed over.",
        **_at(target),
    )


def _kerberos(error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    if not isinstance(error, KerberosError):
        raise TypeError(error)
    host = Verbatim(target.kerberos_host or target.address)
    values = {**_at(target), "user": target.user, "host": host, "text": error.text, "code": Verbatim(error.code)}
    return "authentication", _KERBEROS.get(error.code, _kerberos_other)(values)


def _kerberos_other(values: Mapping[str, Any]) -> Message:
    return _("Kerberos did not sign in to {address}: “{text}” (code {code}).", **values)


def _no_kdc(values: Mapping[str, Any]) -> Message:
    return _("No domain controller (KDC) for {user} can be reached; check DNS, the realm and {file}.",
             file=Verbatim("krb5.conf"), **values)  # fmt: skip


def _no_ticket(values: Mapping[str, Any]) -> Message:
    return _("There is no Kerberos ticket here; run {command}, or give an account and its password.",
             command=Verbatim("kinit"), **values)  # fmt: skip


def _expired(values: Mapping[str, Any]) -> Message:
    return _("The password of {user} has expired or must change; change it in Windows and start again.", **values)


def _locked(values: Mapping[str, Any]) -> Message:
    return _("The account {user} is locked or disabled.", **values)


def _account_expired(values: Mapping[str, Any]) -> Message:
    return _("The account {user} has expired.", **values)


def _wrong_password(values: Mapping[str, Any]) -> Message:
    return _("The password of {user} is wrong; it is not tried again, so as not to lock the account.", **values)


_KERBEROS: dict[int, Callable[[Mapping[str, Any]], Message]] = {
    accounts.WRONG_PASSWORD: _wrong_password,
    accounts.KEY_EXPIRED: _expired,
    accounts.REVOKED: _locked,
    accounts.NAME_EXPIRED: _account_expired,
    accounts.UNKNOWN_USER: lambda values: _(
        "Kerberos knows no account {user}; write it as name@REALM, the realm in capitals.", **values
    ),
    accounts.UNKNOWN_SERVICE: lambda values: _(
        "Kerberos knows no host {host}; name it by its full DNS name, not by an address or an alias.", **values
    ),
    accounts.CLOCK_SKEW: lambda values: _(
        "The clocks of this machine, {address} and the domain controller differ by more than Kerberos allows.", **values
    ),
    accounts.TICKET_EXPIRED: lambda values: _(
        "The Kerberos ticket has expired; run {command} again.", command=Verbatim("kinit"), **values
    ),
    accounts.NO_CACHE: _no_ticket,
    accounts.CACHE_EMPTY: _no_ticket,
    accounts.NO_KDC: _no_kdc,
    accounts.UNKNOWN_REALM: _no_kdc,
    accounts.NO_REALM_NAME: _no_kdc,
    accounts.REALM_UNRESOLVED: _no_kdc,
}

_STATUS: dict[int, Callable[[Mapping[str, Any]], Message]] = {
    0xC000006A: _wrong_password,
    0xC0000071: _expired,
    0xC0000224: _expired,
    0xC0000234: _locked,
    0xC0000072: _locked,
    0xC0000193: _account_expired,
}
"""NTSTATUS codes (MS-ERREF 2.3.1) that CredSSP may tell; NTLM by itself tells none."""

_ACCOUNT: dict[int, Callable[[Mapping[str, Any]], Message]] = {
    1326: _wrong_password,
    1330: _expired,
    1331: _locked,
    1793: _account_expired,
    1907: _expired,
    1909: _locked,
}
"""Windows' error codes (winerror.h) about an account, where a fault brings one."""


def _status(error: Exception, target: Target, offered: str) -> tuple[str, Message]:
    reading = _STATUS.get(error.code) if isinstance(error, StatusError) else None
    if reading is None:
        return _authentication(error, target, offered)
    return "authentication", reading({**_at(target), "user": target.user})


def _pin(error: Exception, target: Target, _offered: str) -> tuple[str, Message]:
    if not isinstance(error, PinError):
        raise TypeError(error)
    return "tls", _(
        "{address} showed another certificate than the pinned one; its SHA-256 is {seen}. Pin that one only if you "
        "know that the certificate was renewed.",
        **_at(target),
        seen=Verbatim(error.seen),
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
    if code in _ACCOUNT:
        return "authentication", _ACCOUNT[code]({**values, "user": target.user})
    if _lost_shell(error):
        return "refused", _(
            "{address} ended our shell, twice: “{text}” (code {code}). Look for restarts of the WinRM service, or for "
            "somebody or something that closes shells.",
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
    if _is_client_refused(error, target):
        return "authentication", _certificate_refused(target)
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
        "The certificate of {address} is not trusted ({detail}); name the file of its authority (--ca-bundle), or pin "
        "the certificate (--pin).",
        **_at(target),
        detail=error.verify_message,
    )


def _is_client_refused(error: Exception, target: Target) -> bool:
    """Whether the host ended the connection over the certificate that we showed: with an alert, or without a word."""
    ends = (ssl.SSLEOFError, ConnectionResetError, BrokenPipeError)
    return target.auth == "certificate" and any(
        isinstance(cause, ends) or (isinstance(cause, ssl.SSLError) and "ALERT" in str(cause.reason))
        for cause in _causes(error)
    )


def _connection(error: Exception, target: Target, offered: str) -> tuple[str, Message]:
    causes = list(_causes(error))
    if not offered and _is_client_refused(error, target):
        return "authentication", _certificate_refused(target)
    if any(isinstance(cause, NameResolutionError | socket.gaierror) for cause in causes):
        return "unreachable", _("The name {name} cannot be resolved; check the inventory and DNS.", name=target.address)
    if any(getattr(cause, "errno", None) == errno.ECONNREFUSED for cause in causes):
        return "unreachable", _(
            "{address} refuses connections; WinRM is not enabled on the host, or listens on another port.",
            **_at(target),
        )
    if is_transient(error) and offered:
        return "protocol", _(
            "{address} broke the connection in the middle of the exchange, twice; look at the WinRM service there.",
            **_at(target),
        )
    if any(isinstance(cause, HTTPException) and not isinstance(cause, ConnectionError) for cause in causes):
        return _garbage(error, target, offered)
    if is_transient(error):
        return "protocol", _(
            "{address} closes the connection without an answer; the port may speak another protocol, such as HTTPS "
            "instead of HTTP.",
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
    (RefusedElsewhereError, _elsewhere),
    (NotProvenError, _not_proven),
    (KerberosError, _kerberos),
    (StatusError, _status),
    (PinError, _pin),
    (BadBindingsError, _man_in_between),
    (AuthenticationError, _authentication),
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
    return {"address": target.place}


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
