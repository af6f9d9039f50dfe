"""The WS-Management service of one lab host: Windows' text shell (MS-WSMV 3.1.4), action by action."""

from __future__ import annotations

import base64
import binascii
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

from checks.lab import soap
from checks.lab.machine import Machine
from checks.lab.process import Piece, Process
from checks.lab.soap import SHELL, TRANSFER, FaultError, Request, text

CMD = f"{SHELL}/cmd"
MAX_ENVELOPE = 512_000
"""Windows' default MaxEnvelopeSizekb, in bytes."""
_ENVELOPE_OVERHEAD = 3_000
_MAX_WAIT = 60.0
_SIGNALS = ("terminate", "ctrl_c", "ctrl_break")


@dataclass
class Shell:
    """An open shell and its processes."""

    streams: str
    code_page: int
    processes: dict[str, Process] = field(default_factory=dict)


class Service:
    """Answers envelopes for one machine. Safe to use from many connections at once."""

    def __init__(self, machine: Machine, *, max_shells: int = 30) -> None:
        self.machine = machine
        self.shells_created = 0
        self.processes_started = 0
        self._max_shells = max_shells
        self._shells: dict[str, Shell] = {}
        self._lock = threading.Lock()
        self._actions: dict[str, Callable[[Request], str]] = {
            f"{TRANSFER}/Create": self._create,
            f"{TRANSFER}/Delete": self._delete,
            f"{SHELL}/Command": self._command,
            f"{SHELL}/Send": self._send,
            f"{SHELL}/Receive": self._receive,
            f"{SHELL}/Signal": self._signal,
        }

    @property
    def shells_open(self) -> int:
        """Shells that nobody has deleted yet."""
        return len(self._shells)

    def answer(self, message: bytes) -> tuple[int, bytes]:
        """The HTTP status and the envelope for a client's envelope."""
        message_id = ""
        try:
            request = Request.parse(message)
            message_id = request.message_id
            if "wsmid:Identify" in request.body:
                return 200, soap.response("", message_id, _IDENTIFY)
            return 200, soap.response(f"{request.action}Response", message_id, self._act(request, len(message)))
        except FaultError as fault:
            return 500, soap.fault_response(fault, message_id, self.machine.name)
        except Exception as error:
            # A bug of the lab reaches the client, as a bug of the service would on Windows; the endpoint lives on.
            internal = FaultError(1359, f"An internal error occurred. ({type(error).__name__}) ", "w:InternalError")
            return 500, soap.fault_response(internal, message_id, self.machine.name)

    def close(self) -> None:
        """Delete every shell and stop its processes."""
        with self._lock:
            shells, self._shells = list(self._shells.values()), {}
        for shell in shells:
            _stop(shell)

    def _act(self, request: Request, size: int) -> str:
        action = self._actions.get(request.action)
        if action is None:
            raise FaultError(
                2150858771,
                f"The WS-Management service cannot process the request because the action {request.action!r} is not "
                "supported. ",
                "a:ActionNotSupported",
            )
        if request.resource_uri != CMD:
            raise FaultError(
                2150858752,
                "The WS-Management service cannot process the request. The service cannot find the resource "
                "identified by the resource URI and selectors. ",
                "a:DestinationUnreachable",
            )
        if size > MAX_ENVELOPE:
            raise FaultError(
                2150858790,
                "The WS-Management service cannot process the request because it is larger than the maximum envelope "
                f"size of {MAX_ENVELOPE} bytes. ",
                "w:EncodingLimit",
            )
        return action(request)

    def _create(self, request: Request) -> str:
        wanted = request.element("rsp:Shell")
        shell_id = str(wanted.get("@ShellId") or uuid.uuid4()).upper()
        shell = Shell(text(wanted.get("rsp:OutputStreams")) or "stdout stderr", _code_page(request.options))
        with self._lock:
            if len(self._shells) >= self._max_shells:
                raise _too_many_shells(self._max_shells)
            self._shells[shell_id] = shell
            self.shells_created += 1
        name = escape(shell_id)
        return (
            "<x:ResourceCreated><a:Address>http://localhost/wsman</a:Address><a:ReferenceParameters>"
            f'<w:ResourceURI>{CMD}</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">{name}</w:Selector>'
            "</w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>"
            f"<rsp:Shell><rsp:ShellId>{name}</rsp:ShellId><rsp:ResourceUri>{CMD}</rsp:ResourceUri>"
            f"<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>{escape(shell.streams)}</rsp:OutputStreams>"
            "<rsp:IdleTimeOut>PT7200.000S</rsp:IdleTimeOut></rsp:Shell>"
        )

    def _delete(self, request: Request) -> str:
        self._shell(request)
        with self._lock:
            shell = self._shells.pop(_shell_id(request), None)
        if shell is not None:
            _stop(shell)
        return ""

    def _command(self, request: Request) -> str:
        shell = self._shell(request)
        line = request.element("rsp:CommandLine")
        arguments = [text(node) for node in line.get("rsp:Arguments") or []]
        command_id = str(line.get("@CommandId") or uuid.uuid4()).upper()
        with self._lock:
            self.processes_started += 1
            process = Process(self.machine, text(line.get("rsp:Command")), arguments, shell.code_page)
            shell.processes[command_id] = process
        return f"<rsp:CommandResponse><rsp:CommandId>{escape(command_id)}</rsp:CommandId></rsp:CommandResponse>"

    def _send(self, request: Request) -> str:
        shell = self._shell(request)
        for stream in request.element("rsp:Send").get("rsp:Stream") or []:
            process = _process(shell, stream)
            try:
                data = base64.b64decode(text(stream), validate=False)
            except (binascii.Error, ValueError):
                raise soap.invalid_body() from None
            process.stdin.write(data, end=str(stream.get("@End", "")).lower() in ("true", "1"))
        return "<rsp:SendResponse/>"

    def _receive(self, request: Request) -> str:
        shell = self._shell(request)
        wanted = request.element("rsp:Receive").get("rsp:DesiredStream")
        process = _process(shell, wanted)
        room = (min(request.max_envelope, MAX_ENVELOPE) - _ENVELOPE_OVERHEAD) * 3 // 4
        wait = min(request.operation_timeout, _MAX_WAIT)
        piece = process.receive(text(wanted).split() or shell.streams.split(), room, wait)
        if piece is None:
            raise FaultError(
                2150858793,
                "The WS-Management service cannot complete the operation within the time specified in "
                "OperationTimeout. ",
                "w:TimedOut",
                side="Receiver",
            )
        if process.terminated:
            raise FaultError(
                995,
                "The I/O operation has been aborted because of either a thread exit or an application request. ",
                "w:InternalError",
                side="Receiver",
            )
        return _receive_response(piece, escape(str(_attribute(wanted, "@CommandId"))))

    def _signal(self, request: Request) -> str:
        shell = self._shell(request)
        signal = request.element("rsp:Signal")
        process = _process(shell, signal)
        if text(signal.get("rsp:Code")).rpartition("/")[2].lower() in _SIGNALS:
            process.terminate()
            with self._lock:
                shell.processes.pop(_attribute(signal, "@CommandId").upper(), None)
        return "<rsp:SignalResponse/>"

    def _shell(self, request: Request) -> Shell:
        shell = self._shells.get(_shell_id(request))
        if shell is None:
            raise FaultError(
                2150858843,
                f"The request for the Windows Remote Shell with ShellId {_shell_id(request)} failed because the shell "
                "was not found on the server. Possible causes are: the specified ShellId is incorrect or the shell "
                "no longer exists on the server. Provide the correct ShellId or create a new shell and retry the "
                "operation. ",
                "w:InvalidSelectors",
            )
        return shell


_IDENTIFY = (
    "<wsmid:IdentifyResponse><wsmid:ProtocolVersion>http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
    "</wsmid:ProtocolVersion><wsmid:ProductVendor>hvnet lab</wsmid:ProductVendor>"
    "<wsmid:ProductVersion>recorded facts, not Windows</wsmid:ProductVersion></wsmid:IdentifyResponse>"
)


def _shell_id(request: Request) -> str:
    return request.selectors.get("ShellId", "").upper()


def _attribute(node: Any, name: str) -> str:
    return str(node.get(name, "")) if isinstance(node, dict) else ""


def _process(shell: Shell, node: Any) -> Process:
    """The process that an element's CommandId names."""
    process = shell.processes.get(_attribute(node, "@CommandId").upper())
    if process is None:
        raise FaultError(87, "The parameter is incorrect. ", "w:InvalidParameter")
    return process


def _stop(shell: Shell) -> None:
    for process in list(shell.processes.values()):
        process.terminate()


def _code_page(options: dict[str, str]) -> int:
    """The code page that a client asks for; without one it is the OEM page of English Windows."""
    wanted = options.get("WINRS_CODEPAGE", "")
    return int(wanted) if wanted.isascii() and wanted.isdigit() else 437


def _too_many_shells(limit: int) -> FaultError:
    return FaultError(
        2150859173,
        "The WS-Management service cannot process the request. This user is allowed a maximum number of "
        f"{limit} concurrent shells, which has been exceeded. Close existing shells or raise the quota for this user. ",
        "w:QuotaLimit",
    )


def _receive_response(piece: Piece, command_id: str) -> str:
    streams = "".join(
        f'<rsp:Stream Name="{name}" CommandId="{command_id}">{base64.b64encode(data).decode()}</rsp:Stream>'
        for name, data in piece.streams
    )
    if piece.exit_code is None:
        state = f'<rsp:CommandState CommandId="{command_id}" State="{SHELL}/CommandState/Running"/>'
    else:
        ends = "".join(
            f'<rsp:Stream Name="{name}" CommandId="{command_id}" End="true"/>' for name in ("stdout", "stderr")
        )
        state = (
            f'{ends}<rsp:CommandState CommandId="{command_id}" State="{SHELL}/CommandState/Done">'
            f"<rsp:ExitCode>{piece.exit_code}</rsp:ExitCode></rsp:CommandState>"
        )
    return f"<rsp:ReceiveResponse>{streams}{state}</rsp:ReceiveResponse>"
