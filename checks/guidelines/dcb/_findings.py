"""What findings about Data Center Bridging have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from checks.facts.dcb import Dcb
from checks.facts.management import Management
from checks.facts.net_adapter import NetAdapter
from checks.facts.qos import QosTrafficClass
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, Severity, SideEffect

RDMA_SHARE = 50
"""Percent that Microsoft recommends for SMB Direct."""
SWITCH_FIRST = _("Set the ports of the switches alike first, then every node, one at a time.")


def owned(finding: Finding, management: Management) -> Finding:
    """A finding as it is, or as advice where another tool owns the settings."""
    if not management.is_external:
        return finding
    return dataclasses.replace(finding, severity=Severity.INFO, fix=None, hint=management.hint)


def subject(ports: Iterable[NetAdapter]) -> str:
    """The ports that a finding is about."""
    return ", ".join(port.name for port in ports)


def of(owner: str) -> dict[str, Any]:
    """What a cmdlet needs to change the settings of a port and not those of the host."""
    return {"InterfaceAlias": owner} if owner else {}


def new_class(dcb: Dcb, owner: str, name: str, priority: int, share: int) -> Fix | None:
    """The command for a class of its own; None where the other classes leave too little for it."""
    if share > dcb.left(owner):
        return None
    taken = {row.name.lower() for row in dcb.classes(owner)}
    return Fix(
        "New-NetQosTrafficClass",
        Name=name if name.lower() not in taken else f"{name} {priority}",
        Priority=priority,
        BandwidthPercentage=share,
        Algorithm="ETS",
        effect=SideEffect.REPROGRAMS_ADAPTERS,
        note=SWITCH_FIRST,
        **of(owner),
    )


def new_share(dcb: Dcb, owner: str, row: QosTrafficClass, share: int) -> Fix | None:
    """The command for another share, by ETS; None where the other classes leave too little for it."""
    if share - row.bandwidth_percentage > dcb.left(owner):
        return None
    return Fix(
        "Set-NetQosTrafficClass",
        Name=row.name,
        BandwidthPercentage=share,
        Algorithm="ETS",
        effect=SideEffect.REPROGRAMS_ADAPTERS,
        note=SWITCH_FIRST,
        before={"Algorithm": called(row), "BandwidthPercentage": row.bandwidth_percentage},
        **of(owner),
    )


def no_room(share: int) -> Message:
    """What to do where the other classes leave too little."""
    return _(
        "The other traffic classes leave less than {share}% for it: make them smaller first.", share=Verbatim(share)
    )


def called(row: QosTrafficClass) -> str:
    """The algorithm of a class as the cmdlets write it."""
    return {0: "Strict", 2: "ETS"}[row.algorithm]
