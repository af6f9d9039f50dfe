"""TLS: which host's certificate is believed, and the certificate that we show ourselves."""

from __future__ import annotations

import functools
import ssl
from pathlib import Path

from checks.i18n import Message, Verbatim, _
from checks.transports import Target


class TrustError(Exception):
    """A file with certificates or a key cannot be used."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


def context(target: Target) -> ssl.SSLContext | None:
    """TLS towards a target, or None where it speaks plain HTTP.

    Verified by the target's own file of authorities or the system's. A pinned certificate is not verified here: the
    connection compares its fingerprint instead.

    Raises:
        TrustError: a file cannot be read, or does not hold what it should.
    """
    if not target.https:
        return None
    if target.auth != "certificate":
        return _shared(target)
    found = _unverified() if _takes_any(target) else _verified(target.ca_bundle)
    _show(found, target)
    return found


def is_locked(key: Path) -> bool:
    """Whether a PEM file's key needs a password to be read.

    Raises:
        OSError: the file cannot be read.
    """
    return b"ENCRYPTED" in key.read_bytes()


def _takes_any(target: Target) -> bool:
    """Whether the handshake itself accepts every certificate."""
    return target.insecure or target.fingerprint is not None


def _shared(target: Target) -> ssl.SSLContext:
    if _takes_any(target):
        return _unverified_once()
    return _verified_once(target.ca_bundle, _modified(target.ca_bundle))


def _modified(bundle: str | None) -> int:
    """When a file was changed, in ns; 0 where there is none, which is told when it is read."""
    try:
        return Path(bundle).stat().st_mtime_ns if bundle else 0
    except OSError:
        return 0


def _verified(bundle: str | None) -> ssl.SSLContext:
    try:
        found = ssl.create_default_context(cafile=bundle)
    except OSError:
        raise TrustError(_("{path} cannot be read as a PEM file of trusted certificates.", path=bundle or "")) from None
    # The same on every Python: a host's own certificate may be trusted by itself, and certificates that Windows makes
    # (New-SelfSignedCertificate) need not have every extension that RFC 5280 asks for. Names and dates are checked.
    found.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    found.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return found


def _unverified() -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    found.check_hostname = False
    found.verify_mode = ssl.CERT_NONE
    return found


@functools.lru_cache(maxsize=32)
def _verified_once(bundle: str | None, _changed: int) -> ssl.SSLContext:
    """A context that verifies; it is made again when the file has changed."""
    return _verified(bundle)


_unverified_once = functools.cache(_unverified)


def _show(found: ssl.SSLContext, target: Target) -> None:
    """Have a context show the target's client certificate."""
    # IIS' HTTP stack asks for a certificate when it sees the request, after the handshake, unless told otherwise.
    found.post_handshake_auth = True
    cert, key = target.cert or "", target.cert_key or target.cert or ""
    try:
        # Without a password OpenSSL would ask on the terminal.
        found.load_cert_chain(cert, key, password=lambda: target.password)
    except (OSError, ValueError):
        raise TrustError(
            _(
                "The certificate {cert} and its key {key} cannot be used: a file is missing or not PEM, the password "
                "of the key is wrong, or the two do not belong together.",
                cert=Verbatim(cert),
                key=Verbatim(key),
            )
        ) from None
