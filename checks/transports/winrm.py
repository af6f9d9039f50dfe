"""WinRM: one connection, one shell, one process and one script per host, whatever the number of checks.

Built on pywinrm's ``Protocol``; sign-in and message encryption are in `signin`, certificates in `trust`. An answer
that fits one envelope costs 6 HTTP requests beside those of the sign-in: with NTLM 9 over HTTP and 8 over HTTPS.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import requests
from winrm.exceptions import (
    AuthenticationError,
    WinRMOperationTimeoutError,
    WinRMTransportError,
    WSManFaultError,
)
from winrm.protocol import Protocol
from winrm.transport import Transport as PywinrmTransport

from checks.transports import Output, Target, TransportError, powershell, signin, trust
from checks.transports.accounts import Accounts, KerberosError, RefusedElsewhereError
from checks.transports.deadline import Deadline, DeadlineAdapter
from checks.transports.failures import DeadlineError, NoSignInError, OutputTooLargeError, explain, is_transient

Encryption = Literal["auto", "always"]

CODE_PAGE = 65_001
CHUNK = 100_000
"""Bytes of script in one Send: in Base64 and with its header it fits the 150 KB envelope of the oldest hosts."""
MAX_OUTPUT = 32 * 1024 * 1024
"""Bytes of output that are kept of one host; a thousand virtual machines make some 10 MB."""
CLEANUP_SECONDS = 5.0
"""What a host may take, beyond its deadline, to give back its shell."""
_OPERATION_SECONDS = 20
_READ_SECONDS = 30
_SPEAKS_FOR_ITSELF = (
    AuthenticationError,
    KerberosError,
    RefusedElsewhereError,
    signin.StatusError,
    WSManFaultError,
    requests.exceptions.ConnectTimeout,
)
"""Failures that say more than that the time was up."""


_RUNNING: set[Deadline] = set()


def stop() -> None:
    """End all scripts that run now, from whatever thread: each host is left as after its timeout, without a shell."""
    for deadline in list(_RUNNING):
        deadline.end()


class WinRM:
    """Runs scripts on one target. Each run has a connection of its own, so threads may share an object.

    Args:
        target: the host.
        encryption: ``auto`` encrypts messages over plain HTTP, where nothing else does; ``always`` also inside TLS,
            where the way to sign in gives a key (not Basic, nor a certificate).
        accounts: what the run knows of its accounts, for all of its hosts; by default this host is on its own.
    """

    def __init__(self, target: Target, *, encryption: Encryption = "auto", accounts: Accounts | None = None) -> None:
        self._target = target
        self._accounts = accounts or Accounts()
        self._encryption: Encryption = encryption

    def __repr__(self) -> str:
        return f"WinRM({self._target!r})"

    def run(self, script: str) -> Output:
        """Run *script*, which must only read: where the connection breaks, it is run once more.

        Raises:
            TransportError: the script did not run to its end.
            ValueError: the script is not ASCII.
        """
        stdin = powershell.encode(script)
        failure = self._refusal()
        if failure is None:
            deadline = Deadline(self._target.timeout)
            _RUNNING.add(deadline)
            try:
                outcome = self._attempt(stdin, deadline, retry=True)
            finally:
                _RUNNING.discard(deadline)
            if isinstance(outcome, Output):
                return outcome
            failure = outcome
        # Raised here, outside every ``except``: no inner exception, which could hold the password, hangs on to it.
        raise failure

    def _refusal(self) -> TransportError | None:
        """What is wrong before anything is sent."""
        objection = signin.objection(self._target)
        if objection is not None:
            return TransportError("authentication", objection)
        try:
            trust.context(self._target)
        except trust.TrustError as error:
            return TransportError("tls", error.reason)
        return None

    def _attempt(self, stdin: bytes, deadline: Deadline, *, retry: bool) -> Output | TransportError:
        session = _Session(self._target, self._encryption, deadline, self._accounts)
        try:
            return session.run(stdin)
        except Exception as error:
            if retry and deadline.left > 0 and is_transient(error):
                again = True
            else:
                again = False
                late = deadline.left <= 0 and not isinstance(error, _SPEAKS_FOR_ITSELF)
                failure = explain(DeadlineError() if late else error, session.target, session.offered)
        finally:
            session.close()
        return self._attempt(stdin, deadline, retry=False) if again else failure


class _Session:
    """One try: a connection, a shell, a process."""

    def __init__(self, target: Target, encryption: Encryption, deadline: Deadline, accounts: Accounts) -> None:
        self._target = target
        self._encryption = encryption
        self._deadline = deadline
        self._accounts = accounts
        self._transport = _Transport(target, encryption, deadline, accounts)
        self._protocol = _protocol(target, self._transport)
        self._shell: str | None = None
        self._command: str | None = None

    @property
    def offered(self) -> str:
        """The ways to sign in that the host named."""
        return self._transport.adapter.offered

    @property
    def target(self) -> Target:
        """The target, with the way to sign in that was taken."""
        return replace(self._target, auth=self._transport.auth.used) if self._transport.auth else self._target

    def run(self, stdin: bytes) -> Output:
        """Open a shell, hand the script to PowerShell and collect what it prints."""
        self._shell = self._protocol.open_shell(noprofile=True, codepage=CODE_PAGE)
        self._command = self._protocol.run_command(
            self._shell, "powershell.exe", powershell.ARGUMENTS, console_mode_stdin=False
        )
        for piece, last in _pieces(stdin):
            self._protocol.send_command_input(self._shell, self._command, piece, end=last)
        return self._collect(self._shell, self._command)

    def _collect(self, shell: str, command: str) -> Output:
        stdout, stderr, size = [], [], 0
        while True:
            if self._deadline.left <= 0:
                raise DeadlineError
            # The host gives up waiting first, so that its answer still arrives within our deadline.
            self._protocol.operation_timeout_sec = max(1, min(_OPERATION_SECONDS, int(self._deadline.left)))
            try:
                out, err, exit_code, done = self._protocol.get_command_output_raw(shell, command)
            except WinRMOperationTimeoutError:
                continue
            stdout.append(out)
            stderr.append(err)
            size += len(out) + len(err)
            if size > MAX_OUTPUT:
                raise OutputTooLargeError
            if done:
                return powershell.output(b"".join(stdout), b"".join(stderr), exit_code)

    def close(self) -> None:
        """Give back the process and the shell: a forgotten one counts against the user's quota for two hours.

        Whatever goes wrong here is left aside: it must not hide the result.
        """
        self._transport.adapter.renew(Deadline(CLEANUP_SECONDS))
        try:
            if self._shell is not None:
                self._give_back(self._shell)
        finally:
            self._transport.close_session()

    def _give_back(self, shell: str) -> None:
        try:
            if self._command is not None:
                self._protocol.cleanup_command(shell, self._command)
            self._protocol.close_shell(shell, close_session=False)
            return
        except AuthenticationError:
            return
        except Exception as error:
            if not isinstance(error, requests.RequestException | WinRMTransportError):
                # The host answers; that the process is gone does not keep the shell from being deleted.
                with contextlib.suppress(Exception):
                    self._protocol.close_shell(shell, close_session=False)
                return
        # The connection is lost and with it its encryption, but the shell lives on: delete it through a new one.
        transport = _Transport(self._target, self._encryption, self._transport.adapter.deadline, self._accounts)
        try:
            with contextlib.suppress(Exception):
                _protocol(self._target, transport).close_shell(shell, close_session=False)
        finally:
            transport.close_session()


class _Transport(PywinrmTransport):
    """pywinrm's transport with a session that reads nothing from the environment and keeps the deadline."""

    def __init__(self, target: Target, encryption: Encryption, deadline: Deadline, accounts: Accounts) -> None:
        # What pywinrm calls Kerberos is the one kind that it wants no password for: it needs none of ours.
        super().__init__(endpoint=target.endpoint, auth_method="kerberos", read_timeout_sec=_READ_SECONDS, proxy=None)
        self.adapter = DeadlineAdapter(deadline, trust.context(target), target.fingerprint or "")
        self.auth = signin.authenticator(target, accounts, self.adapter)
        self._target = target
        self._encrypts = encryption == "always" or not target.https

    def build_session(self) -> requests.Session:
        """The one connection's session, signed in where messages will be encrypted.

        pywinrm would look for proxies, certificates and ``.netrc`` in the environment, follow redirections with the
        sign-in, and touch the environment of all threads while at it.
        """
        if self.session is None:
            self.session = session = requests.Session()
            session.trust_env = False
            session.max_redirects = 0
            session.verify = not (self._target.insecure or self._target.fingerprint)
            session.headers.update(self.default_headers)
            session.mount("http://", self.adapter)
            session.mount("https://", self.adapter)
            if self.auth is None:
                session.headers["Authorization"] = signin.MUTUAL
            else:
                session.auth = self.auth
            if self._encrypts and isinstance(self.auth, signin.Exchange):
                self.setup_encryption(session)
        return self.session

    def setup_encryption(self, session: requests.Session) -> None:
        """Sign in with an empty message, and encrypt all that follow.

        Raises:
            NoSignInError: the host did not ask for it.
        """
        super().setup_encryption(session)
        if not isinstance(self.auth, signin.Exchange) or self.auth.context is None:
            raise NoSignInError
        self.encryption = signin.Sealing(session, self.auth)


def _protocol(target: Target, transport: _Transport) -> Protocol:
    protocol = Protocol(
        endpoint=target.endpoint,
        transport="kerberos",
        operation_timeout_sec=_OPERATION_SECONDS,
        read_timeout_sec=_READ_SECONDS,
        proxy=None,
    )
    protocol.transport = transport
    return protocol


def _pieces(stdin: bytes) -> Iterator[tuple[bytes, bool]]:
    """The script in pieces that fit an envelope, each with whether it is the last."""
    for start in range(0, len(stdin), CHUNK):
        yield stdin[start : start + CHUNK], start + CHUNK >= len(stdin)
