"""The report as JSON. Keys and verdicts are for machines and never translated; sentences are in the chosen language."""

from __future__ import annotations

import json
from typing import Any

from checks.audit import ClusterReport, HostReport, Report
from checks.i18n import Message, plain
from checks.judge import Result
from checks.model import Finding, Fix, Guideline

SCHEMA = 1


def render(report: Report, language: str) -> str:
    """The report as JSON text, ending in a line break."""
    return json.dumps(document(report, language), ensure_ascii=False, indent=1) + "\n"


def document(report: Report, language: str) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "schema": SCHEMA,
        "hvnet": report.hvnet,
        "language": language,
        "started": report.started.isoformat(timespec="seconds"),
        "finished": report.finished.isoformat(timespec="seconds"),
        "interrupted": report.was_interrupted,
        "summary": {verdict.value: count for verdict, count in report.counts.items()},
        "guidelines": [_guideline(guideline, language) for guideline in report.guidelines],
        "hosts": [_host(host, language) for host in report.hosts],
        "clusters": [_cluster(cluster, language) for cluster in report.clusters],
    }


def _guideline(guideline: Guideline, language: str) -> dict[str, Any]:
    return {
        "code": guideline.code,
        "slug": guideline.slug,
        "title": guideline.title.render(language),
        "severity": guideline.severity.value,
    }


def _host(host: HostReport, language: str) -> dict[str, Any]:
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


def _cluster(cluster: ClusterReport, language: str) -> dict[str, Any]:
    return {
        "name": cluster.name,
        "nodes": list(cluster.nodes),
        "missing": list(cluster.missing),
        "results": [_result(result, language) for result in cluster.results],
    }


def _result(result: Result, language: str) -> dict[str, Any]:
    return {
        "guideline": result.guideline.code,
        "verdict": result.verdict.value,
        "severity": result.severity.value if result.severity else None,
        "partial": result.is_partial,
        "reason": result.reason.render(language) if result.reason else None,
        "findings": [_finding(result, finding, language) for finding in result.findings],
    }


def _finding(result: Result, finding: Finding, language: str) -> dict[str, Any]:
    return {
        "message": finding.message.render(language),
        "message_id": finding.message.as_json(),
        "subject": finding.subject,
        "node": finding.node,
        "severity": result.severity_of(finding).value,
        "evidence": {name: plain(value) for name, value in finding.evidence.items()},
        "fix": _fix(finding.fix, language) if finding.fix else None,
        "hint": _text(finding.hint, language),
    }


def _fix(fix: Fix, language: str) -> dict[str, Any]:
    return {
        "script": fix.script,
        "effect": fix.effect.value,
        "effect_text": fix.effect.label.render(language),
        "before": {name: plain(value) for name, value in fix.before.items()},
        "note": _text(fix.note, language),
    }


def _text(message: Message | None, language: str) -> str | None:
    return message.render(language) if message else None
