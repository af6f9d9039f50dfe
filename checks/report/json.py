"""The report as JSON. Keys and verdicts are for machines and never translated; sentences are in the chosen language."""

from __future__ import annotations

from checks.audit import ClusterReport, HostReport, Report
from checks.i18n import Message, plain
from checks.judge import Result
from checks.model import Finding, Fix, Guideline
from checks.report.document import (
    SCHEMA,
    ClusterDocument,
    FindingDocument,
    FixDocument,
    GuidelineDocument,
    HostDocument,
    MessageId,
    ReportDocument,
    ResultDocument,
    SummaryDocument,
    WaivedDocument,
)
from checks.report.text import json_text


def render(report: Report, language: str) -> str:
    """The report as JSON text, ending in a line break."""
    return json_text(document(report, language), indent=1) + "\n"


def document(report: Report, language: str) -> ReportDocument:
    """The report as plain data."""
    return {
        **summary(report, language),
        "hosts": [host_document(host, language) for host in report.hosts],
        "clusters": [cluster_document(cluster, language) for cluster in report.clusters],
    }


def summary(report: Report, language: str) -> SummaryDocument:
    """What the report says as a whole."""
    return {
        "schema": SCHEMA,
        "hvnet": report.hvnet,
        "language": language,
        "started": report.started.isoformat(timespec="seconds"),
        "finished": report.finished.isoformat(timespec="seconds"),
        "interrupted": report.was_interrupted,
        "summary": {verdict.value: count for verdict, count in report.counts.items()},
        "remarks": [remark.render(language) for remark in report.remarks],
        "guidelines": [_guideline(guideline, language) for guideline in report.guidelines],
    }


def _guideline(guideline: Guideline, language: str) -> GuidelineDocument:
    return {
        "code": guideline.code,
        "slug": guideline.slug,
        "title": guideline.title.render(language),
        "severity": guideline.severity.value,
    }


def host_document(host: HostReport, language: str) -> HostDocument:
    """A host and its results as plain data."""
    system, snapshot = host.system, host.snapshot
    return {
        "name": host.name,
        "computer_name": system.reported("computer_name") if system else None,
        "windows": system.reported("caption") if system else None,
        "build": system.reported("build_number") if system else None,
        "cluster": host.cluster,
        "collected": snapshot.collected if snapshot else None,
        "error": {"kind": host.error_kind, "message": host.error.render(language)} if host.error else None,
        "results": [_result(result, language) for result in host.results],
    }


def cluster_document(cluster: ClusterReport, language: str) -> ClusterDocument:
    """A cluster and its results as plain data."""
    return {
        "name": cluster.name,
        "nodes": list(cluster.nodes),
        "missing": list(cluster.missing),
        "results": [_result(result, language) for result in cluster.results],
    }


def _result(result: Result, language: str) -> ResultDocument:
    return {
        "guideline": result.guideline.code,
        "verdict": result.verdict.value,
        "severity": result.severity.value if result.severity else None,
        "partial": result.is_partial,
        "reason": result.reason.render(language) if result.reason else None,
        "findings": [_finding(result, finding, language) for finding in result.findings],
        "waived": [_waived(result, finding, note, language) for finding, note in result.waived],
    }


def _waived(result: Result, finding: Finding, note: Message, language: str) -> WaivedDocument:
    return {
        "finding": _finding(result, finding, language),
        "waiver": note.render(language),
        "waiver_id": _message_id(note),
    }


def _finding(result: Result, finding: Finding, language: str) -> FindingDocument:
    return {
        "message": finding.message.render(language),
        "message_id": _message_id(finding.message),
        "subject": finding.subject,
        "node": finding.node,
        "severity": result.severity_of(finding).value,
        "evidence": {name: plain(value) for name, value in finding.evidence.items()},
        "fix": _fix(finding.fix, language) if finding.fix else None,
        "hint": _text(finding.hint, language),
    }


def _message_id(message: Message) -> MessageId:
    known = message.as_json()
    return {"text": known["text"], "values": known["values"]}


def _fix(fix: Fix, language: str) -> FixDocument:
    return {
        "script": fix.script,
        "effect": fix.effect.value,
        "effect_text": fix.effect.label.render(language),
        "before": {name: plain(value) for name, value in fix.before.items()},
        "note": _text(fix.note, language),
    }


def _text(message: Message | None, language: str) -> str | None:
    return message.render(language) if message else None
