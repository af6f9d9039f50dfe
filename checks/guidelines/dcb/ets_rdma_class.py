"""DCB003: SMB Direct has a traffic class of its own, with about half the bandwidth."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from checks import sources
from checks.facts.dcb import Dcb
from checks.facts.management import Management
from checks.facts.net_adapter import NetAdapter
from checks.facts.qos import QosAlgorithm, QosTrafficClass
from checks.guidelines import guideline
from checks.guidelines.dcb._classes import called, new_class, new_share, no_room
from checks.guidelines.dcb._findings import owned, subject
from checks.i18n import Verbatim, _
from checks.model import Finding, Severity, Threshold

RDMA_SHARE = 50
"""Percent that Microsoft recommends."""


@guideline(
    "DCB003",
    title=_("Reserve about half the bandwidth for SMB Direct"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.HOST_NETWORK_REQUIREMENTS,
        sources.CONVERGED_NIC,
        sources.RDMA_AND_SET,
        sources.NEW_TRAFFIC_CLASS,
        sources.MANAGE_DCB,
    ],
    thresholds=[
        Threshold(
            "lowest_share",
            40,
            _("Microsoft recommends 50%. Ten points less are a choice; with less than that, storage may run short."),
        ),
        Threshold(
            "highest_share",
            60,
            _("Microsoft recommends 50%. Ten points more are a choice; with more than that, the rest may run short."),
        ),
    ],
)
def ets_rdma_class(dcb: Dcb, management: Management, *, lowest_share: float, highest_share: float) -> Iterator[Finding]:
    """The priority of SMB Direct has a class for itself, shared out by ETS; on converged ports with half of them."""
    owners = dcb.owners(dcb.classes_owner)
    priority = dcb.priority
    dcb.require_authority()
    for owner, ports in owners.items():
        found = dcb.class_of(priority, owner)
        if found is None:
            yield owned(_none(dcb, owner, ports), management, dcb)
            continue
        if others := [each for each in found.priority if each != priority]:
            yield owned(_shared(found, others, ports), management, dcb)
        if found.algorithm is QosAlgorithm.STRICT:
            yield owned(_strict(dcb, found, owner, ports), management, dcb)
        elif dcb.rdma.is_converged and not lowest_share <= found.bandwidth_percentage <= highest_share:
            yield owned(_unlike_half(dcb, found, owner, ports), management, dcb)


def _none(dcb: Dcb, owner: str, ports: list[NetAdapter]) -> Finding:
    finding = Finding(
        _(
            "SMB Direct has no traffic class of its own: priority {priority} shares that of all other traffic",
            priority=Verbatim(dcb.priority),
        ),
        subject=subject(ports),
        severity=Severity.WARNING,
        evidence={"Priority": [list(row.priority) for row in dcb.classes(owner)]},
        fix=new_class(dcb, owner, "SMB", dcb.priority, RDMA_SHARE),
    )
    return _with_room(finding)


def _shared(found: QosTrafficClass, others: list[int], ports: list[NetAdapter]) -> Finding:
    return Finding(
        _(
            "the traffic class of SMB Direct, {name}, also carries other priorities: {others}",
            name=Verbatim(found.name),
            others=[Verbatim(each) for each in others],
        ),
        subject=subject(ports),
        severity=Severity.INFO,
        evidence={"Priority": list(found.priority)},
        hint=_("Give them a class of their own, unless they are meant to share its bandwidth with SMB Direct."),
    )


def _strict(dcb: Dcb, found: QosTrafficClass, owner: str, ports: list[NetAdapter]) -> Finding:
    finding = Finding(
        _("the traffic class of SMB Direct, {name}, is served before all others", name=Verbatim(found.name)),
        subject=subject(ports),
        severity=Severity.WARNING,
        evidence={"Algorithm": called(found)},
        fix=new_share(dcb, owner, found, RDMA_SHARE),
    )
    return _with_room(finding)


def _unlike_half(dcb: Dcb, found: QosTrafficClass, owner: str, ports: list[NetAdapter]) -> Finding:
    finding = Finding(
        _(
            "the traffic class of SMB Direct, {name}, has {share}% of the bandwidth",
            name=Verbatim(found.name),
            share=Verbatim(found.bandwidth_percentage),
        ),
        subject=subject(ports),
        severity=Severity.INFO,
        evidence={"BandwidthPercentage": found.bandwidth_percentage},
        fix=new_share(dcb, owner, found, RDMA_SHARE),
    )
    return _with_room(finding)


def _with_room(finding: Finding) -> Finding:
    return finding if finding.fix else dataclasses.replace(finding, hint=no_room(RDMA_SHARE))
