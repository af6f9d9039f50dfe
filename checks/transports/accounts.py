"""What one run knows of its accounts: Kerberos tickets that hosts share, and passwords that were refused.

A wrong password is tried once on a host. An account of a domain is the same on every host, so there the first hosts
sign in one after the other; once the password has proved right, all others go on at once, and once two hosts have
refused it, it is given to no further host: the run does not lock the account. One refusal is not enough to tell, as
Windows refuses a right password as well where the account has no rights on that host.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

REFUSALS = 2
"""Hosts that refuse a password before it is given to no other."""
PATIENCE = 10.0
"""Seconds that others wait for a host to decide; a host that hangs must not hold up the run."""

_KERBEROS = -1765328384  # ERROR_TABLE_BASE_krb5: MIT's number of Kerberos' error 0
NAME_EXPIRED, UNKNOWN_USER, UNKNOWN_SERVICE, REVOKED, KEY_EXPIRED, WRONG_PASSWORD = 1, 6, 7, 18, 23, 24
TICKET_EXPIRED, CLOCK_SKEW = 32, 37
NO_CACHE, CACHE_EMPTY = 195, 141
UNKNOWN_REALM, NO_KDC, NO_REALM_NAME, REALM_UNRESOLVED = 154, 156, 224, 220
_TESTS_PASSWORD = frozenset({NAME_EXPIRED, REVOKED, KEY_EXPIRED, WRONG_PASSWORD, 210})


class RefusedElsewhereError(Exception):
    """Other hosts have refused the password, so it was not given to this one."""


class KerberosError(Exception):
    """Kerberos could not sign in.

    Args:
        code: the error's number in Kerberos (RFC 4120) or, from 128 on, in MIT's library; 0 where there is none.
        text: the library's own words.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    @property
    def concerns_password(self) -> bool:
        """Whether the KDC has looked at the password or the account: asking in another way would be a second try."""
        return self.code in _TESTS_PASSWORD

    @classmethod
    def of(cls, number: int, text: str) -> KerberosError:
        """From MIT's number of an error, signed or as GSSAPI gives it."""
        signed = number - (1 << 32) if number >= 1 << 31 else number
        code = signed - _KERBEROS
        return cls(code if 0 <= code < 256 else 0, text)


@dataclass
class _Account:
    """The passwords of one account of a domain, as hosts have taken them."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    is_right: bool = False
    refusals: int = 0
    leader: object | None = None
    since: float = 0.0


class Turn:
    """One host's turn to try a password."""

    def __init__(self) -> None:
        self.accepted: bool | None = None
        """Whether the host took the password; None as long as it has not decided."""


@dataclass
class _Ticket:
    lock: threading.Lock = field(default_factory=threading.Lock)
    cache: Any = None
    error: KerberosError | None = None


class Accounts:
    """Shared by the hosts of a run, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accounts: dict[str, _Account] = {}
        self._tickets: dict[tuple[str, str], _Ticket] = {}

    @contextlib.contextmanager
    def turn(self, user: str, seconds: float) -> Iterator[Turn]:
        """Wait until *user*'s password may be tried; the caller sets ``accepted``.

        Args:
            user: the account; one without a domain is each host's own, and nobody waits for it.
            seconds: how long the host itself has left.

        Raises:
            RefusedElsewhereError: other hosts have refused it.
        """
        turn = Turn()
        if not is_shared(user):
            yield turn
            return
        with self._lock:
            account = self._accounts.setdefault(user.lower(), _Account())
        _wait(account, turn, seconds)
        try:
            yield turn
        finally:
            _settle(account, turn)

    def ticket(self, user: str, password: str) -> str:
        """The cache in memory with a ticket for *user*, asked for once and shared by the hosts of the run.

        It is MIT's library that asks the KDC, by its own timeouts: no deadline of ours reaches into it.

        Raises:
            KerberosError: there is no ticket; a second call gives the same answer without asking again.
        """
        with self._lock:
            ticket = self._tickets.setdefault((user, password), _Ticket())
        with ticket.lock:
            if ticket.cache is None and ticket.error is None:
                _ask(ticket, user, password)
            if ticket.error is not None:
                raise KerberosError(ticket.error.code, ticket.error.text)
            return _name(ticket.cache)


def is_shared(user: str) -> bool:
    """Whether an account is the same on every host: it has a domain, written ``DOMAIN\\name`` or ``name@domain``."""
    return "@" in user or ("\\" in user and not user.startswith(".\\"))


def _wait(account: _Account, turn: Turn, seconds: float) -> None:
    until = time.monotonic() + seconds
    with account.changed:
        while not account.is_right:
            if account.refusals >= REFUSALS:
                raise RefusedElsewhereError
            now = time.monotonic()
            if now >= until:
                return  # too late: the host's own deadline lets nothing more be sent
            if account.leader is None or now >= account.since + PATIENCE:
                account.leader, account.since = turn, now
                return
            account.changed.wait(min(account.since + PATIENCE, until) - now)


def _settle(account: _Account, turn: Turn) -> None:
    with account.changed:
        if turn.accepted:
            account.is_right = True
        elif turn.accepted is False:
            account.refusals += 1
        if account.leader is turn:
            account.leader = None
        account.changed.notify_all()


def _ask(ticket: _Ticket, user: str, password: str) -> None:
    """Get a ticket from the KDC into a cache in memory, or the reason why there is none."""
    krb5 = importlib.import_module("krb5")
    try:
        context = krb5.init_context()
        principal = krb5.parse_name_flags(context, user.encode())
        options = krb5.get_init_creds_opt_alloc(context)
        krb5.get_init_creds_opt_set_canonicalize(options, True)
        credential = krb5.get_init_creds_password(context, principal, options, password=password.encode())
        cache = krb5.cc_new_unique(context, b"MEMORY")
        krb5.cc_initialize(context, cache, credential.client)
        krb5.cc_store_cred(context, cache, credential)
        ticket.cache = cache
    except krb5.Krb5Error as error:
        ticket.error = KerberosError.of(error.err_code, " ".join(str(error).split()))


def _name(cache: Any) -> str:
    return f"{cache.cache_type.decode()}:{cache.name.decode()}"
