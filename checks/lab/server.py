"""The lab: recorded hosts behind real WinRM on loopback, so that everything runs without a Windows machine.

Each host has an address of its own (the one it names, or else 127.10.0.1, 127.10.0.2, …) with an HTTP and an HTTPS
port. Sign-in is NTLM unless more is turned on, messages over HTTP are encrypted, HTTPS has a certificate that clients
can verify. Nothing runs PowerShell: a `Machine` answers for each host.
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import selectors
import socket
import ssl
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from checks.i18n import Message, _
from checks.lab import certificate as certificates
from checks.lab.certificate import Certificate
from checks.lab.endpoint import Connection, Listener, Traffic
from checks.lab.machine import Addressed, Machine
from checks.lab.ntlm import Accounts
from checks.lab.wsman import Service

HTTP_PORT = 5985
HTTPS_PORT = 5986
_HANDSHAKE_SECONDS = 10.0
_STOP_SECONDS = 5.0
_BACKLOG = 128


class LabError(Exception):
    """The lab could not start; ``reason`` tells a person why and what to do."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True)
class Endpoint:
    """Where one lab host answers."""

    name: str
    address: str
    http_port: int
    https_port: int


@dataclass(frozen=True)
class Stats:
    """What a lab host has been asked so far."""

    connections: int
    requests: int
    shells_created: int
    shells_open: int
    processes: int


class Lab:
    """Runs the endpoints of *machines* between ``start`` and ``stop``, or for the length of a ``with`` block.

    Args:
        machines: what answers for each host; names must differ.
        user: the one account; a bare name is also accepted as ``.\\name`` and ``HOST\\name``.
        password: the account's password; made up at random where None.
        http_port: the plain port on every address; 0 lets the system choose.
        https_port: the TLS port on every address; 0 lets the system choose.
        certificate: what the TLS ports show; by default one is made for the hosts' names and addresses.
        max_shells: Windows' quota of open shells for one user.
        methods: the ways to sign in that are on: ``negotiate`` (as on Windows the only one by default), ``kerberos``
            (with a keytab in ``KRB5_KTNAME``), ``credssp``, ``basic``.
        clients: PEM of the authority whose client certificates are taken; they are mapped to the account ``user`` by
            the name ``user@localhost`` in them. None asks for no certificate.
    """

    def __init__(
        self,
        machines: Sequence[Machine],
        *,
        user: str = "Administrator",
        password: str | None = None,
        http_port: int = HTTP_PORT,
        https_port: int = HTTPS_PORT,
        certificate: Certificate | None = None,
        max_shells: int = 30,
        methods: Sequence[str] = ("negotiate",),
        clients: bytes | None = None,
    ) -> None:
        self.user = user
        self.password = password or secrets.token_urlsafe(18)
        self.note: Message | None = None
        """A remark for people where the lab is not as described, such as on systems with one loopback address."""
        self.endpoints: tuple[Endpoint, ...] = ()
        self._machines = tuple(machines)
        self._ports = (http_port, https_port)
        self._certificate = certificate
        self._methods = tuple(methods)
        self._clients = clients
        self._services = {machine.name: Service(machine, max_shells=max_shells) for machine in machines}
        self._traffic = {machine.name: Traffic() for machine in machines}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._accounts: Accounts | None = None
        self._acceptor: _AcceptLoop | None = None

    def __repr__(self) -> str:
        return f"Lab({', '.join(self._services)})"

    @property
    def ca_bundle(self) -> str:
        """Path of the PEM file that clients trust; it exists while the lab runs."""
        if self._folder is None:
            raise RuntimeError("the lab is not running")
        return str(Path(self._folder.name) / "authority.pem")

    def stats(self, name: str) -> Stats:
        """Counters of one host since the lab was made."""
        service, traffic = self._services[name], self._traffic[name]
        return Stats(
            connections=traffic.connections,
            requests=traffic.requests,
            shells_created=service.shells_created,
            shells_open=service.shells_open,
            processes=service.processes_started,
        )

    def start(self) -> None:
        """Open every port.

        Raises:
            LabError: a port is taken or an address cannot be used.
        """
        with contextlib.ExitStack() as undo:
            undo.callback(self.stop)
            addresses = self._addresses()
            certificate = self._certificate or certificates.make(self._names(addresses))
            self._folder = tempfile.TemporaryDirectory(prefix="hvnet-lab-")
            Path(self.ca_bundle).write_bytes(certificate.authority)
            self._accounts = Accounts(self.user, self.password, list(self._services))
            self._acceptor = _AcceptLoop(certificate.server_context(self._clients))
            self.endpoints = tuple(
                self._open(machine.name, address, certificate.digest)
                for machine, address in zip(self._machines, addresses, strict=True)
            )
            self._acceptor.start()
            undo.pop_all()

    def stop(self) -> None:
        """Close every port and connection, end every process and remove the account and the certificate."""
        for service in self._services.values():
            service.close()
        if self._acceptor is not None:
            self._acceptor.stop()
        if self._accounts is not None:
            self._accounts.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._acceptor, self._accounts, self._folder, self.endpoints = None, None, None, ()

    def __enter__(self) -> Lab:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _addresses(self) -> list[str]:
        """An address per host: its own where the system has the whole of 127/8, else 127.0.0.1 for all."""
        if sys.platform != "darwin" and _usable("127.10.0.1"):
            own = {machine.name: machine.address for machine in self._machines if isinstance(machine, Addressed)}
            counted = (f"127.10.{i // 250}.{i % 250 + 1}" for i in itertools.count())
            free = (address for address in counted if address not in own.values())
            return [own.get(machine.name) or next(free) for machine in self._machines]
        self.note = _("This system has one loopback address, so the lab's hosts share 127.0.0.1 on different ports.")
        self._ports = (0, 0)
        return ["127.0.0.1"] * len(self._machines)

    def _names(self, addresses: list[str]) -> Iterator[str]:
        yield from addresses
        yield from self._services
        yield "localhost"

    def _open(self, name: str, address: str, digest: bytes) -> Endpoint:
        if self._acceptor is None or self._accounts is None:
            raise RuntimeError("the lab is not running")
        ports = []
        for port, certificate_digest in zip(self._ports, (None, digest), strict=True):
            listener = Listener(
                self._services[name],
                self._accounts,
                self._traffic[name],
                certificate_digest,
                self._methods,
                f"{self.user}:{self.password}".encode(),
                (f"{self.user}@localhost",) if self._clients else (),
            )
            ports.append(self._acceptor.listen(address, port, listener))
        return Endpoint(name, address, *ports)


class _AcceptLoop:
    """One thread that takes connections on every port and gives each a thread of its own."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._loop, name="lab ports", daemon=True)
        self._clients: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()

    def listen(self, address: str, port: int, listener: Listener) -> int:
        """Open a port; the port that was opened."""
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if sys.platform != "win32":
                server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((address, port))
            server.listen(_BACKLOG)
        except OSError as error:
            server.close()
            raise LabError(
                _(
                    "The lab cannot listen on {address}, port {port}: {error}. Stop its user or choose another.",
                    address=address,
                    port=str(port),
                    error=error.strerror or str(error),
                )
            ) from None
        server.setblocking(False)
        self._selector.register(server, selectors.EVENT_READ, listener)
        return int(server.getsockname()[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close the ports, then the connections, and wait for their threads."""
        self._wake.close()
        if self._thread.ident is not None:
            self._thread.join(_STOP_SECONDS)
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()
        with self._lock:
            clients = dict(self._clients)
        for client in clients.values():
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for thread in clients:
            thread.join(_STOP_SECONDS)

    def _loop(self) -> None:
        while True:
            for key, _events in self._selector.select():
                if key.data is None:
                    return
                if isinstance(key.fileobj, socket.socket):
                    self._accept(key.fileobj, key.data)

    def _accept(self, server: socket.socket, listener: Listener) -> None:
        try:
            client, peer = server.accept()
        except OSError:
            return  # the client was gone before its turn
        client.setblocking(True)
        thread = threading.Thread(target=self._serve, args=(client, peer, listener), name="lab connection", daemon=True)
        with self._lock:
            self._clients[thread] = client
        thread.start()

    def _serve(self, client: socket.socket, peer: tuple[str, int], listener: Listener) -> None:
        try:
            if listener.certificate_digest is not None:
                client = self._encrypted(client)
            Connection(client, peer, listener)
        except OSError:
            pass  # a client that does not trust the certificate, or went away
        finally:
            with self._lock:
                self._clients.pop(threading.current_thread(), None)
            client.close()

    def _encrypted(self, client: socket.socket) -> socket.socket:
        client.settimeout(_HANDSHAKE_SECONDS)
        try:
            secured = self._tls.wrap_socket(client, server_side=True)
        except OSError:
            client.close()
            raise
        with self._lock:
            self._clients[threading.current_thread()] = secured
        return secured


def _usable(address: str) -> bool:
    """Whether this system answers on a loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
