"""MC004: the firewall lets SMB in on the interfaces that carry storage and live migration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks import sources
from checks.facts.cluster import ClusterNetwork, NetworkRole
from checks.facts.firewall import Closed, Doors
from checks.facts.needs import Derived
from checks.facts.net_adapter import NetAdapter
from checks.facts.smb import SmbClientInterface
from checks.facts.storage import SmbUse
from checks.facts.topology import Subnet, Topology, subnets_of
from checks.guidelines import guideline
from checks.i18n import Verbatim, _
from checks.model import Finding, NotApplicable, Severity

SMB = 445
"""The TCP port of SMB; SMB Direct over iWARP has another (RD008)."""


@dataclass(frozen=True)
class Paths(Derived):
    """The networks on which other hosts reach this one over SMB."""

    topology: Topology
    cluster_networks: list[ClusterNetwork]
    interfaces: list[SmbClientInterface]

    def private(self) -> Iterator[tuple[NetAdapter, Subnet]]:
        """Interfaces with RDMA, and those of networks that are for the cluster alone, each with its subnets."""
        # Where clients and management come in, the firewall may be narrower on purpose.
        seen = {each.interface_index for each in self.interfaces if each.rdma_capable}
        rdma = seen - self.topology.gateway_indexes or seen
        inner = {s for n in self.cluster_networks if n.role is NetworkRole.CLUSTER for s in subnets_of(n)}
        for subnet, indexes in self.topology.networks.items():
            for index in indexes:
                if index in rdma or subnet in inner:
                    yield self.topology.by_index[index], subnet


@guideline(
    "MC004",
    title=_("Let SMB through the firewall on storage interfaces"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.SMB_MULTICHANNEL_TROUBLESHOOTING,
        sources.SMB_SECURE_TRAFFIC,
    ],
)
def firewall_profile(paths: Paths, doors: Doors, use: SmbUse) -> Iterator[Finding]:
    """On private interfaces, inbound TCP port 445 is open from their own subnet, whatever their network profile."""
    private = list(paths.private())
    if not private:
        raise NotApplicable(_("no network is set apart for storage, the cluster or RDMA"))
    if not use.for_storage and not use.for_migration:
        raise NotApplicable(_("neither storage nor live migration uses SMB on this host"))
    for closed in doors.closed(SMB, private):
        yield _closed(closed)


def _closed(closed: Closed) -> Finding:
    return Finding(
        _(
            "the firewall lets no SMB in on {interface}: its network is {category}, and no rule opens TCP port {port} "
            "there to {subnet}",
            interface=Verbatim(closed.adapter.name),
            category=Verbatim(closed.category.powershell),
            port=Verbatim(closed.port),
            subnet=Verbatim(closed.subnet),
        ),
        subject=closed.adapter.name,
        evidence=closed.evidence,
        fix=closed.opened("SMB-In"),
    )
