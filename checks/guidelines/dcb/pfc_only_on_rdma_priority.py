"""DCB002: the priority of SMB Direct pauses instead of losing frames, and no other does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from checks import sources
from checks.facts.dcb import PRIORITIES, Dcb
from checks.facts.management import Management
from checks.facts.net_adapter import NetAdapter
from checks.guidelines import guideline
from checks.guidelines.dcb._findings import of, owned, subject
from checks.guidelines.dcb._switches import SWITCH_FIRST
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, Severity, SideEffect

LOSSLESS_TEMPLATES = ("iscsi", "fcoe")
"""Traffic beside SMB Direct that somebody may want lossless, as QoS policies name it."""


@guideline(
    "DCB002",
    title=_("Turn on PFC for SMB Direct and for nothing else"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.HOST_NETWORK_REQUIREMENTS,
        sources.CONVERGED_NIC,
        sources.ENABLE_FLOW_CONTROL,
        sources.MANAGE_DCB,
        sources.SWITCH_PFC,
    ],
)
def pfc_only_on_rdma_priority(dcb: Dcb, management: Management) -> Iterator[Finding]:
    """Priority-based PFC is on for the priority of SMB Direct alone."""
    owners = dcb.owners(dcb.flow_control_owner)
    priority = dcb.priority
    dcb.require_authority()
    for owner, followers in owners.items():
        paused = dcb.paused(owner)
        if priority not in paused:
            yield owned(_lossy(priority, owner, followers), management, dcb)
        for finding in _extra(dcb, paused - {priority}, owner, followers):
            yield owned(finding, management, dcb)


def _lossy(priority: int, owner: str, ports: Iterable[NetAdapter]) -> Finding:
    return Finding(
        _("PFC is off for priority {priority}, which SMB Direct uses", priority=Verbatim(priority)),
        subject=subject(ports),
        evidence={"Priority": priority, "Enabled": False},
        fix=Fix(
            "Enable-NetQosFlowControl",
            Priority=priority,
            effect=SideEffect.REPROGRAMS_ADAPTERS,
            note=SWITCH_FIRST,
            before={f"Priority {priority} Enabled": False},
            **of(owner),
        ),
    )


def _extra(dcb: Dcb, extra: Collection[int], owner: str, ports: list[NetAdapter]) -> Iterator[Finding]:
    """Priorities that pause beside that of SMB Direct: those of heartbeats, those somebody wants so, and others."""
    heartbeats = _priorities(dcb, "cluster")
    meant = _priorities(dcb, *LOSSLESS_TEMPLATES) - heartbeats
    for priority in sorted(heartbeats.intersection(extra)):
        message = _("PFC is on for priority {priority}, which cluster heartbeats use", priority=Verbatim(priority))
        yield _to_turn_off(message, None, [priority], owner, ports)
    others = sorted(set(extra) - heartbeats - meant)
    if others:
        message = _(
            "PFC is on for other priorities than {priority} of SMB Direct: {others}",
            priority=Verbatim(dcb.priority),
            others=[Verbatim(each) for each in others],
        )
        yield _to_turn_off(message, Severity.WARNING, others, owner, ports)
    for priority in sorted(meant.intersection(extra)):
        yield Finding(
            _(
                "PFC is also on for priority {priority}, which a policy gives to storage",
                priority=Verbatim(priority),
            ),
            subject=subject(ports),
            severity=Severity.INFO,
            evidence={"Priority": priority, "Enabled": True},
            hint=_("Leave it where the storage is built for it; Microsoft describes one lossless class only."),
        )


def _to_turn_off(
    message: Message, severity: Severity | None, priorities: list[int], owner: str, ports: Iterable[NetAdapter]
) -> Finding:
    return Finding(
        message,
        subject=subject(ports),
        severity=severity,
        evidence={"Priority": priorities, "Enabled": True},
        fix=Fix(
            "Disable-NetQosFlowControl",
            Priority=priorities,
            effect=SideEffect.REPROGRAMS_ADAPTERS,
            note=SWITCH_FIRST,
            before={f"Priority {each} Enabled": True for each in priorities},
            **of(owner),
        ),
    )


def _priorities(dcb: Dcb, *templates: str) -> set[int]:
    """The priorities that policies give to traffic of these kinds."""
    return {policy.priority for policy in dcb.policies_for(*templates)}.intersection(PRIORITIES)
