"""What findings about Data Center Bridging have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from checks.facts.dcb import Dcb
from checks.facts.management import Management
from checks.facts.net_adapter import NetAdapter
from checks.model import Finding, Severity


def owned(finding: Finding, management: Management, dcb: Dcb) -> Finding:
    """A finding no heavier than what is at stake, and as advice where another tool owns the settings."""
    if management.is_external:
        return dataclasses.replace(finding, severity=Severity.INFO, fix=None, hint=management.hint)
    return weighed(finding, dcb)


def weighed(finding: Finding, dcb: Dcb) -> Finding:
    """A finding no heavier than what is at stake: without storage over SMB, nothing stalls."""
    severity = min(finding.severity or Severity.CRITICAL, dcb.use.stakes, key=lambda each: each.rank)
    return dataclasses.replace(finding, severity=severity)


def subject(ports: Iterable[NetAdapter]) -> str:
    """The ports that a finding is about."""
    return ", ".join(port.name for port in ports)


def of(owner: str) -> dict[str, Any]:
    """What a cmdlet needs to change the settings of a port and not those of the host."""
    return {"InterfaceAlias": owner} if owner else {}
