"""The JSON document of a report as types: the writer is held to them, and the published JSON schema is made from them.

``python -c "from checks.report import document; document.publish()"`` writes the schema anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, with_config
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import TypedDict

SCHEMA = 1
"""Version of the document; it grows only when a reader of the old one would read the new one wrongly."""

SCHEMA_FILE = Path(__file__).with_name("report.schema.json")
_closed = with_config(ConfigDict(extra="forbid", use_attribute_docstrings=True))

VerdictName = Literal["pass", "fail", "not_applicable", "unknown", "waived"]
SeverityName = Literal["info", "warning", "critical"]
EffectName = Literal["none", "reprograms_adapters", "restarts_adapter", "moves_storage", "moves_vms", "reboots"]


@_closed
class MessageId(TypedDict):
    """A sentence in English with placeholders, the same in every language, and the values for them."""

    text: str
    values: dict[str, Any]


@_closed
class FixDocument(TypedDict):
    """What mends a finding."""

    script: str
    """PowerShell, one command a line, the former values as comments above."""
    effect: EffectName
    """What the commands disturb."""
    effect_text: str
    before: dict[str, Any]
    """The values that the commands replace."""
    note: str | None


@_closed
class FindingDocument(TypedDict):
    """One thing that is wrong, on one object."""

    message: str
    message_id: MessageId
    subject: str
    """What the finding is about: an adapter, a VM, the host."""
    node: str | None
    """The host that the finding is about, where nodes of a cluster are compared."""
    severity: SeverityName
    evidence: dict[str, Any]
    """The values that were judged, under the names that PowerShell gives them."""
    fix: FixDocument | None
    hint: str | None


@_closed
class WaivedDocument(TypedDict):
    """A finding that somebody answers for until a day."""

    finding: FindingDocument
    waiver: str
    """Until when, who and why, as a sentence."""
    waiver_id: MessageId
    """The same for machines: day, owner and reason are among the values."""


@_closed
class ResultDocument(TypedDict):
    """What one guideline says of one host or cluster."""

    guideline: str
    verdict: VerdictName
    severity: SeverityName | None
    """The worst severity among the findings."""
    partial: bool
    """Whether there are findings, but not all could be told."""
    reason: str | None
    """Why it does not apply or could not be told."""
    findings: list[FindingDocument]
    waived: list[WaivedDocument]


@_closed
class GuidelineDocument(TypedDict):
    """A guideline that took part."""

    code: str
    slug: str
    title: str
    severity: SeverityName


@_closed
class ErrorDocument(TypedDict):
    """Why a host could not be read."""

    kind: str
    """For machines: unreachable, authentication, tls, timeout, refused, protocol, interrupted, internal."""
    message: str


@_closed
class HostDocument(TypedDict):
    """A host and its results."""

    name: str
    """What the user called it."""
    computer_name: str | None
    windows: str | None
    build: int | str | None
    cluster: str | None
    collected: str | None
    error: ErrorDocument | None
    results: list[ResultDocument]


@_closed
class ClusterDocument(TypedDict):
    """A failover cluster and the results of the guidelines that compare its nodes."""

    name: str
    nodes: list[str]
    missing: list[str]
    """Nodes that were not read."""
    results: list[ResultDocument]


@_closed
class SummaryDocument(TypedDict):
    """What a report says as a whole; the closing line of JSON Lines holds just this."""

    schema: int
    hvnet: str
    language: str
    started: str
    finished: str
    interrupted: bool
    summary: dict[VerdictName, int]
    """How many results have each verdict."""
    remarks: list[str]
    guidelines: list[GuidelineDocument]


@_closed
class ReportDocument(SummaryDocument):
    """A report of hvnet. Keys and verdicts are never translated; sentences are in ``language``."""

    hosts: list[HostDocument]
    clusters: list[ClusterDocument]


class _Schema(GenerateJsonSchema):
    """Pydantic's schema without the titles that it makes from names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema() -> dict[str, Any]:
    """The JSON schema of the document."""
    made = TypeAdapter(ReportDocument).json_schema(schema_generator=_Schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def schema_text() -> str:
    """The JSON schema as it is published."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def publish() -> None:
    """Write the schema beside this module."""
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
