"""MC004: the firewall lets SMB in on the interfaces that carry storage and live migration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks import sources
from checks.facts.cluster import ClusterNetwork, NetworkRole
from checks.facts.firewall import ConnectionProfile, Firewall
from checks.facts.needs import Derived
from checks.facts.net_adapter import NetAdapter
from checks.facts.smb import SmbClientInterface
from checks.facts.storage import SmbUse
from checks.facts.topology import Subnet, Topology, subnets_of
from checks.guidelines import guideline
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, Unknown

SMB = 445
"""The TCP port of SMB; SMB Direct over iWARP has another (RD008)."""


@dataclass(frozen=True)
class Paths(Derived):
    """The networks on which other hosts reach this one over SMB."""

    topology: Topology
    cluster_networks: list[ClusterNetwork]
    interfaces: list[SmbClientInterface]
    profiles: list[ConnectionProfile]

    def private(self) -> Iterator[tuple[NetAdapter, Subnet]]:
        """Interfaces with RDMA, and those of networks that are for the cluster alone, each with its subnets."""
        rdma = {each.interface_index for each in self.interfaces if each.rdma_capable}
        inner = {s for n in self.cluster_networks if n.role is NetworkRole.CLUSTER for s in subnets_of(n)}
        for subnet, indexes in self.topology.networks.items():
            for index in indexes:
                if index in rdma or subnet in inner:
                    yield self.topology.by_index[index], subnet

    def profile(self, adapter: NetAdapter) -> ConnectionProfile | None:
        """The network profile of an interface; None where Windows has given it none."""
        return next((p for p in self.profiles if p.interface_index == adapter.interface_index), None)


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
def firewall_profile(paths: Paths, firewall: Firewall, use: SmbUse) -> Iterator[Finding]:
    """On private interfaces, inbound TCP port 445 is open from their own subnet, whatever their network profile."""
    private = list(paths.private())
    if not private:
        raise NotApplicable(_("no network is set apart for storage, the cluster or RDMA"))
    if not use.for_storage and not use.for_migration:
        raise NotApplicable(_("neither storage nor live migration uses SMB on this host"))
    untold: list[Message] = []
    for adapter, subnet in private:
        profile = paths.profile(adapter)
        if profile is None:
            untold.append(_("Windows gives {interface} no network profile", interface=Verbatim(adapter.name)))
            continue
        try:
            closed = firewall.is_on(profile.network_category) and not firewall.lets_in(
                SMB, profile.network_category, subnet
            )
        except Unknown as unknown:
            untold.append(unknown.reason)
            continue
        if closed:
            yield _closed(adapter, subnet, profile)
    if untold:
        raise Unknown(untold[0])


def _closed(adapter: NetAdapter, subnet: Subnet, profile: ConnectionProfile) -> Finding:
    category = profile.network_category.powershell
    name = f"SMB-In-{str(subnet).replace('/', '-').replace(':', '-')}"
    return Finding(
        _(
            "the firewall lets no SMB in on {interface}: its network is {category}, and no rule opens TCP port {port} "
            "there to {subnet}",
            interface=Verbatim(adapter.name),
            category=Verbatim(category),
            port=Verbatim(SMB),
            subnet=Verbatim(subnet),
        ),
        subject=adapter.name,
        evidence={"NetworkCategory": category, "LocalPort": SMB},
        fix=Fix(
            "New-NetFirewallRule",
            Name=name,
            DisplayName=name,
            Direction="Inbound",
            Action="Allow",
            Protocol="TCP",
            LocalPort=SMB,
            Profile=profile.network_category.profile_name,
            RemoteAddress=str(subnet),
            note=_("Opens the port to this subnet alone. Where Group Policy forbids local rules, add the rule there."),
        ),
    )
