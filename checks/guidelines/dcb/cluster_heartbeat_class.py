"""DCB004: on ports that RoCE shares with all else, cluster heartbeats have a small class of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks import sources
from checks.facts.cluster import ClusterService
from checks.facts.dcb import EVERYTHING_ELSE, Dcb
from checks.facts.management import Management
from checks.facts.needs import Derived
from checks.facts.net_adapter import NetAdapter
from checks.facts.qos import QosAlgorithm, QosPolicy, QosTrafficClass
from checks.guidelines import guideline
from checks.guidelines.dcb._classes import called, new_class, new_share, no_room
from checks.guidelines.dcb._findings import owned, subject
from checks.guidelines.dcb._switches import SWITCH_FIRST
from checks.i18n import Message, Verbatim, _
from checks.model import Command, Finding, Fix, NotApplicable, Severity, SideEffect, Unknown

HEARTBEATS = 7
"""The priority that Microsoft recommends for them."""
SHARES = (1, 2)
"""Percent that Microsoft recommends: the first from 25 Gbps on, the second up to 10 Gbps."""
SLOW = 10_000_000_000


@dataclass(frozen=True)
class Membership(Derived):
    """Whether the host is a node of a failover cluster."""

    service: list[ClusterService]


@guideline(
    "DCB004",
    title=_("Reserve a small class for cluster heartbeats"),
    severity=Severity.WARNING,
    since="2016",
    sources=[
        sources.HOST_NETWORK_REQUIREMENTS,
        sources.NEW_QOS_POLICY,
        sources.SWITCH_QOS,
    ],
)
def cluster_heartbeat_class(dcb: Dcb, membership: Membership, management: Management) -> Iterator[Finding]:
    """Heartbeats are tagged, and their priority has a class with one or two percent."""
    roce = dcb.ports
    if not membership.service:
        raise NotApplicable(_("this host is not a node of a failover cluster"))
    if not dcb.feature:
        raise Unknown(_("Data Center Bridging is not installed; see {code}", code=Verbatim("DCB001")))
    # Where heartbeats have other ports too, it matters less.
    severity = Severity.WARNING if dcb.rdma.is_converged else Severity.INFO
    policies = dcb.policies_for("cluster")
    priorities = {policy.priority for policy in policies}
    if len(priorities) > 1:
        yield owned(_several(policies, roce), management, dcb)
        return
    priority = next(iter(priorities), EVERYTHING_ELSE)
    if priority <= EVERYTHING_ELSE:
        yield owned(_untagged(dcb, policies, roce, severity), management, dcb)
        priority = HEARTBEATS
    elif priority in dcb.smb_direct_priorities:
        yield owned(_shared(dcb, policies, priority, severity), management, dcb)
        priority = HEARTBEATS
    elif priority != HEARTBEATS:
        yield owned(_unusual_priority(priority, roce), management, dcb)
    # Where SMB Direct has 7, it comes first to give it back.
    if priority not in dcb.smb_direct_priorities:
        yield from (owned(finding, management, dcb) for finding in _classes(dcb, priority, severity))


def _several(policies: list[QosPolicy], roce: list[NetAdapter]) -> Finding:
    return Finding(
        _(
            "QoS policies give cluster heartbeats different priorities: {policies}",
            policies=[Verbatim(f"{policy.name} {policy.priority}") for policy in policies],
        ),
        subject=subject(roce),
        severity=Severity.INFO,
        evidence={"PriorityValue8021Action": [policy.priority for policy in policies]},
        hint=_("Keep one of them: the one whose priority the switches expect."),
    )


def _untagged(dcb: Dcb, policies: list[QosPolicy], roce: list[NetAdapter], severity: Severity) -> Finding:
    return Finding(
        _("cluster heartbeats have no priority: they wait with all other traffic"),
        subject=subject(roce),
        severity=severity,
        evidence={"PriorityValue8021Action": [policy.priority for policy in policies]},
        fix=_to_seven(dcb, policies),
        hint=_to_three(dcb),
    )


def _shared(dcb: Dcb, policies: list[QosPolicy], priority: int, severity: Severity) -> Finding:
    return Finding(
        _("cluster heartbeats share priority {priority} with SMB Direct", priority=Verbatim(priority)),
        subject=subject(dcb.ports),
        severity=severity,
        evidence={"PriorityValue8021Action": priority},
        fix=_to_seven(dcb, policies),
        hint=_to_three(dcb),
    )


def _unusual_priority(priority: int, roce: list[NetAdapter]) -> Finding:
    return Finding(
        _("cluster heartbeats have priority {priority}", priority=Verbatim(priority)),
        subject=subject(roce),
        severity=Severity.INFO,
        evidence={"PriorityValue8021Action": priority},
        hint=_("It works where every node and every switch uses the same. Microsoft recommends 7."),
    )


def _to_seven(dcb: Dcb, policies: list[QosPolicy]) -> Fix | None:
    if HEARTBEATS in dcb.smb_direct_priorities:
        return None
    commands = [Command("Set-NetQosPolicy", {"Name": each.name, "PriorityValue": HEARTBEATS}) for each in policies]
    new = Command("New-NetQosPolicy", {"Name": "Cluster", "Cluster": True, "PriorityValue": HEARTBEATS})
    before = {f"{each.name} PriorityValue8021Action": each.priority for each in policies}
    return Fix.of(*(commands or [new]), effect=SideEffect.REPROGRAMS_ADAPTERS, note=SWITCH_FIRST, before=before)


def _to_three(dcb: Dcb) -> Message | None:
    if HEARTBEATS not in dcb.smb_direct_priorities:
        return None
    return _("SMB Direct has priority 7, which is meant for heartbeats: give it 3 first, here and on the switches.")


def _classes(dcb: Dcb, priority: int, severity: Severity) -> Iterator[Finding]:
    for owner, ports in dcb.owners(dcb.classes_owner).items():
        share = _share(ports)
        found = dcb.class_of(priority, owner)
        if found is None:
            fix = new_class(dcb, owner, "Cluster", priority, share)
            yield Finding(
                _(
                    "cluster heartbeats have no traffic class: nothing reserves bandwidth for priority {priority}",
                    priority=Verbatim(priority),
                ),
                subject=subject(ports),
                severity=severity,
                evidence={"Priority": [list(row.priority) for row in dcb.classes(owner)]},
                fix=fix,
                hint=None if fix else no_room(share),
            )
        elif found.algorithm is QosAlgorithm.STRICT or found.bandwidth_percentage not in SHARES:
            yield _unusual(dcb, found, owner, ports, share)


def _unusual(dcb: Dcb, found: QosTrafficClass, owner: str, ports: list[NetAdapter], share: int) -> Finding:
    fix = new_share(dcb, owner, found, share)
    message = (
        _("the traffic class of cluster heartbeats, {name}, is served before all others", name=Verbatim(found.name))
        if found.algorithm is QosAlgorithm.STRICT
        else _(
            "the traffic class of cluster heartbeats, {name}, has {share}% of the bandwidth",
            name=Verbatim(found.name),
            share=Verbatim(found.bandwidth_percentage),
        )
    )
    return Finding(
        message,
        subject=subject(ports),
        severity=Severity.INFO,
        evidence={"Algorithm": called(found), "BandwidthPercentage": found.bandwidth_percentage},
        fix=fix,
        hint=None if fix else no_room(share),
    )


def _share(ports: list[NetAdapter]) -> int:
    """One percent of 25 Gbps is enough; of slower ports, heartbeats need two."""
    return SHARES[1] if any(port.receive_link_speed <= SLOW for port in ports) else SHARES[0]
