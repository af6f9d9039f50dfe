"""The lab's sign-in: NTLM, Kerberos and CredSSP, bare or inside SPNEGO, with pyspnego's own acceptors.

As on Windows, a TCP connection is signed in, not a request, and the connection's session key then seals messages.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import struct
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import spnego
from spnego._ntlm_raw.crypto import ntowfv1  # pyspnego has no public way to make a password's NT hash
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

_STORE_VARIABLE = "NTLM_USER_FILE"
_STORE_LOCK = threading.Lock()
_NTLMSSP = b"NTLMSSP\x00"
_KERBEROS = b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"  # 1.2.840.113554.1.2.2 in DER
_CHANNEL_BINDINGS = 10  # MsvAvChannelBindings in MS-NLMP 2.2.2.1


class SignInError(Exception):
    """A client's token was of another kind, was broken, or proved the wrong password."""


class Accounts:
    """The one account that a lab accepts, in the file form that pyspnego's acceptor reads.

    The file holds the NT hash, not the password, and is readable by this user alone. The acceptor finds it through
    an environment variable; that variable is set only while a token is being checked, under a lock, so several labs
    can run in one process and no child process sees it.
    """

    def __init__(self, user: str, password: str, machines: Iterator[str] | list[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="hvnet-lab-")
        self._store = Path(self._folder.name) / "accounts"
        self._store.touch(mode=0o600)
        # An LM hash made up at random: nobody can sign in with LM responses.
        hashes = f"0:{secrets.token_hex(16).upper()}:{ntowfv1(password).hex().upper()}:[U         ]:LCT-00000000"
        spellings = [user] if "\\" in user or "@" in user else [user, *(f"{m}\\{user}" for m in (".", *machines))]
        self._store.write_text("".join(f"{spelling}:{hashes}\n" for spelling in spellings), encoding="utf-8")

    @contextlib.contextmanager
    def visible(self) -> Iterator[None]:
        """Let the acceptor find the account for the length of one step."""
        with _STORE_LOCK:
            before = os.environ.get(_STORE_VARIABLE)
            os.environ[_STORE_VARIABLE] = str(self._store)
            try:
                yield
            finally:
                if before is None:
                    del os.environ[_STORE_VARIABLE]
                else:
                    os.environ[_STORE_VARIABLE] = before

    def close(self) -> None:
        """Remove the account's file."""
        self._folder.cleanup()


class Acceptor:
    """The server's side of one connection's sign-in.

    Kerberos finds its key as every service does: in the keytab that ``KRB5_KTNAME`` names. Whoever has a ticket is let
    in, as the lab knows nothing of rights.
    """

    def __init__(self, accounts: Accounts, certificate_digest: bytes | None, *, kerberos: bool = False) -> None:
        self.scheme = ""
        """How the client signs in, as HTTP names it, in lower case."""
        self._accounts = accounts
        self._kerberos = kerberos
        self._bindings = certificate_digest and GssChannelBindings(
            application_data=b"tls-server-end-point:" + certificate_digest
        )
        self._context: spnego.ContextProxy | None = None

    @property
    def complete(self) -> bool:
        """Whether the client has proved its password."""
        return self._context is not None and self._context.complete

    def step(self, token: bytes, scheme: str = "negotiate") -> bytes:
        """Take the client's next token and give the answer, which is empty where none is due.

        Args:
            token: what the client sent.
            scheme: ``negotiate``, ``ntlm``, ``kerberos`` or ``credssp``.

        Raises:
            SignInError: the token is broken or the password is wrong; the next token starts anew.
        """
        try:
            with self._accounts.visible():
                if self._context is None or scheme != self.scheme or _message_type(token) == 1:
                    self._context, self.scheme = self._new_context(token, scheme), scheme
                # Windows' default ("Relaxed"): bindings are checked where the client sends them.
                bindings = self._bindings if scheme != "credssp" and _sends_bindings(token) else None
                return self._context.step(token, channel_bindings=bindings or None) or b""
        except (SpnegoError, ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error) as error:
            self._context = None
            raise SignInError(type(error).__name__) from None

    def _new_context(self, token: bytes, scheme: str) -> spnego.ContextProxy:
        """An acceptor for the kind of token a client begins with; for NTLM always the one written in Python."""
        if scheme == "credssp":
            return spnego.server(protocol="credssp", options=spnego.NegotiateOptions.use_negotiate)
        if token.startswith(_NTLMSSP):
            return spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
        if self._kerberos and token.startswith(b"\x60") and _KERBEROS in token[:20]:
            return spnego.server(protocol="kerberos")
        return spnego.server(protocol="negotiate", options=spnego.NegotiateOptions.use_negotiate)

    def seal(self, message: bytes) -> tuple[bytes, bytes]:
        """Encrypt *message*; its signature and the sealed bytes."""
        if self._context is None:
            raise SignInError("not signed in")
        sealed = self._context.wrap_winrm(message)
        return sealed.header, sealed.data

    def unseal(self, signature: bytes, sealed: bytes) -> bytes:
        """Decrypt a message.

        Raises:
            SignInError: it was not sealed with this connection's key.
        """
        if self._context is None or not self._context.complete:
            raise SignInError("not signed in")
        try:
            return self._context.unwrap_winrm(signature, sealed)
        except SpnegoError as error:
            raise SignInError(type(error).__name__) from None


def _message_type(token: bytes) -> int:
    """1 where a token holds NTLM's NEGOTIATE, 3 for AUTHENTICATE, 0 without an NTLM message."""
    start = token.find(_NTLMSSP)
    message_type: int = struct.unpack_from("<I", token, start + 8)[0] if start >= 0 else 0
    return message_type


def _sends_bindings(token: bytes) -> bool:
    """Whether an AUTHENTICATE message carries channel bindings (MS-NLMP 2.2.1.3 and 2.2.2.7).

    Kerberos' own library looks at a client's bindings only where there are some.
    """
    if _NTLMSSP not in token:
        return True
    if _message_type(token) != 3:
        return False
    message = token[token.index(_NTLMSSP) :]
    length, _, offset = struct.unpack_from("<HHI", message, 20)
    pairs = message[offset : offset + length][16 + 28 :]
    while len(pairs) >= 4:
        identifier, size = struct.unpack_from("<HH", pairs)
        if identifier == _CHANNEL_BINDINGS:
            return any(pairs[4 : 4 + size])
        if identifier == 0:
            break
        pairs = pairs[4 + size :]
    return False
