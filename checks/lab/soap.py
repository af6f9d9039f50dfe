"""WS-Management envelopes as the lab reads and writes them: one request, one response or one fault."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from html import escape
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identify/1/wsmanidentity.xsd"
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
_PREFIXES = {
    "http://www.w3.org/2003/05/soap-envelope": "s",
    _ADDRESSING: "a",
    _WSMAN: "w",
    TRANSFER: "x",
    SHELL: "rsp",
    IDENTITY: "wsmid",
}
_DECLARATIONS = " ".join(f'xmlns:{prefix}="{uri}"' for uri, prefix in _PREFIXES.items())
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_SEVERAL = ("w:Option", "w:Selector", "rsp:Arguments", "rsp:Stream")


class FaultError(Exception):
    """A refusal in WS-Management's own words: Windows' error code, its text and SOAP's subcode."""

    def __init__(self, code: int, text: str, subcode: str, side: str = "Sender") -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.subcode = subcode
        self.side = side


def invalid_body() -> FaultError:
    """The fault for an envelope that is not one."""
    return FaultError(
        2150858791,
        "The WS-Management service cannot process the request because the request packet does not have a valid "
        "SOAP body. ",
        "w:SchemaValidationError",
    )


@dataclass(frozen=True)
class Request:
    """A client's envelope."""

    action: str
    message_id: str
    resource_uri: str
    options: dict[str, str]
    selectors: dict[str, str]
    operation_timeout: float
    """Seconds after which the client wants a fault rather than silence."""
    max_envelope: int
    """Bytes that an answer's envelope may have."""
    body: dict[str, Any]

    @classmethod
    def parse(cls, message: bytes) -> Request:
        """Read an envelope.

        Raises:
            FaultError: it is not XML, or not an envelope.
        """
        try:
            document = xmltodict.parse(message, process_namespaces=True, namespaces=_PREFIXES, force_list=_SEVERAL)
        except (ExpatError, ValueError, LookupError):
            raise invalid_body() from None
        envelope = _child(document, "s:Envelope")
        header, body = _child(envelope, "s:Header"), _child(envelope, "s:Body")
        return cls(
            action=text(header.get("a:Action")),
            message_id=text(header.get("a:MessageID")),
            resource_uri=text(header.get("w:ResourceURI")),
            options=_named(_child(header, "w:OptionSet").get("w:Option")),
            selectors=_named(_child(header, "w:SelectorSet").get("w:Selector")),
            operation_timeout=_seconds(text(header.get("w:OperationTimeout")), 60.0),
            max_envelope=_bytes(text(header.get("w:MaxEnvelopeSize")), 153_600),
            body=body,
        )

    def element(self, name: str) -> dict[str, Any]:
        """A child of the body.

        Raises:
            FaultError: the body has no such element.
        """
        if name not in self.body:
            raise invalid_body()
        return _child(self.body, name)


def text(node: Any) -> str:
    """The text of an element, with or without attributes; empty where there is none."""
    if isinstance(node, dict):
        node = node.get("#text")
    return node if isinstance(node, str) else ""


def response(action: str, relates_to: str, body: str) -> bytes:
    """An answer's envelope around *body*, which is XML."""
    return (
        f'<s:Envelope xml:lang="en-US" {_DECLARATIONS}><s:Header><a:Action>{escape(action)}</a:Action>'
        f"<a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID>"
        f"<a:To>{_ADDRESSING}/role/anonymous</a:To><a:RelatesTo>{escape(relates_to)}</a:RelatesTo></s:Header>"
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def fault_response(fault: FaultError, relates_to: str, machine: str) -> bytes:
    """A fault's envelope, as Windows writes it."""
    reason = escape(fault.text)
    detail = (
        '<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" '
        f'Code="{fault.code}" Machine="{escape(machine)}"><f:Message>{reason}</f:Message></f:WSManFault>'
    )
    body = (
        f"<s:Fault><s:Code><s:Value>s:{fault.side}</s:Value><s:Subcode><s:Value>{fault.subcode}</s:Value>"
        f'</s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">{reason}</s:Text></s:Reason>'
        f"<s:Detail>{detail}</s:Detail></s:Fault>"
    )
    return response("http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", relates_to, body)


def _child(node: Any, name: str) -> dict[str, Any]:
    """A child element as a mapping; an empty one where it is missing or has text alone."""
    child = node.get(name) if isinstance(node, dict) else None
    return child if isinstance(child, dict) else {}


def _named(nodes: Any) -> dict[str, str]:
    """``<Option Name="…">…</Option>`` elements as a mapping."""
    pairs = nodes if isinstance(nodes, list) else []
    return {str(node["@Name"]): text(node) for node in pairs if isinstance(node, dict) and "@Name" in node}


def _seconds(duration: str, default: float) -> float:
    """An ISO 8601 duration in seconds."""
    match = _DURATION.fullmatch(duration)
    if not duration or match is None:
        return default
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _bytes(number: str, default: int) -> int:
    """A size in bytes, at least the 8 KB that WS-Management guarantees."""
    return max(int(number), 8_192) if number.isascii() and number.isdigit() else default
