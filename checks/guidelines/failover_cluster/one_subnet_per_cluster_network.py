"""FC010: storage subnets are cluster networks of their own, not merged into one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from ipaddress import IPv4Network, ip_address

from checks.facts.cluster import (
    ClusterNetwork,
    ClusterNetworkInterface,
    ClusterNode,
    ClusterService,
    ClusterSettings,
    NetworkRole,
)
from checks.facts.topology import subnets_of
from checks.guidelines import guideline
from checks.guidelines.failover_cluster._networks import several_nodes
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, NotApplicable, Severity, Source, Unknown


@guideline(
    "FC010",
    title=_("Keep each storage subnet a cluster network of its own"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        Source(
            "Merged Storage Cluster Networks block Update",
            "Azure/AzureLocal-Supportability: TSG/Networking/Host-Network/"
            "Troubleshoot-ClusterNetworks-MergedStorageNetworksBlockUpdate.md",
            read=date(2026, 11, 23),
            says=_("Adapters in one subnet make the cluster merge networks; migration then sees a single one."),
        ),
        Source(
            "Simplified SMB Multichannel and Multi-NIC Cluster Networks",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/smb-multichannel.md",
            read=date(2026, 11, 23),
            says=_("Since Windows Server 2016, the cluster uses all adapters of a network, for heartbeats as well."),
        ),
        Source(
            "Configuring Windows Failover Cluster Networks",
            "https://docs.microsoft.com/en-us/archive/blogs/askcore/configuring-windows-failover-cluster-networks",
            read=date(2026, 11, 23),
            says=_("Before Windows Server 2016, the cluster uses one adapter of a node in each subnet."),
        ),
    ],
)
def one_subnet_per_cluster_network(
    service: list[ClusterService],
    cluster: ClusterSettings | None,
    nodes: list[ClusterNode],
    networks: list[ClusterNetwork],
    interfaces: list[ClusterNetworkInterface],
) -> Iterator[Finding]:
    """No network for the cluster alone holds the interfaces of two IPv4 subnets."""
    several_nodes(service, cluster, nodes)
    # Networks that clients use may well have several subnets, and those without a role are no business of the cluster.
    inner = [network for network in networks if network.role is NetworkRole.CLUSTER and _subnets(network)]
    if not inner:
        raise NotApplicable(_("no network with IPv4 is for the cluster alone"))
    several = [network for network in inner if len(_subnets(network)) >= 2]
    members = {network.id: [each for each in interfaces if each.network_id == network.id] for network in several}
    for network in several:
        if _is_merged(_subnets(network), members[network.id]):
            yield _merged(network, _subnets(network), members[network.id])
    bare = [Verbatim(network.name) for network in several if not members[network.id]]
    if bare:
        raise Unknown(_("the cluster shows no interface in these networks: {networks}", networks=bare))


def _subnets(network: ClusterNetwork) -> list[IPv4Network]:
    """Its subnets of IPv4; an adapter without an address gives itself a link-local one, which makes no network."""
    found = {s for s in subnets_of(network) if isinstance(s, IPv4Network) and not s.is_link_local}
    return sorted(found)


def _is_merged(subnets: list[IPv4Network], members: list[ClusterNetworkInterface]) -> bool:
    """Whether interfaces of several networks came together; one interface per node with all addresses is a choice."""
    per_node = Counter(member.node for member in members)
    return any(count >= 2 for count in per_node.values()) or any(_held(m, subnets) != subnets for m in members)


def _held(member: ClusterNetworkInterface, subnets: list[IPv4Network]) -> list[IPv4Network]:
    """The subnets that an interface has an address in."""
    addresses = [ip_address(each) for each in member.ipv4_addresses]
    return [subnet for subnet in subnets if any(address in subnet for address in addresses)]


def _merged(network: ClusterNetwork, subnets: list[IPv4Network], members: list[ClusterNetworkInterface]) -> Finding:
    return Finding(
        _(
            "the cluster network {network} holds several subnets: {subnets}",
            network=Verbatim(network.name),
            subnets=[Verbatim(subnet) for subnet in subnets],
        ),
        subject=network.name,
        evidence={
            "Ipv4Addresses": list(network.ipv4_addresses),
            "Ipv4PrefixLengths": list(network.ipv4_prefix_lengths),
            "Interfaces": [f"{member.name}: {', '.join(member.ipv4_addresses)}" for member in members],
        },
        hint=_cause(subnets, members),
    )


def _cause(subnets: list[IPv4Network], members: list[ClusterNetworkInterface]) -> Message:
    overlapping = [s for s in subnets if any(s is not other and s.overlaps(other) for other in subnets)]
    if overlapping:
        return _(
            "These subnets overlap: {subnets}. Correct the prefix length or the address of the interfaces that "
            "differ, with the storage healthy and one node at a time.",
            subnets=[Verbatim(subnet) for subnet in overlapping],
        )
    bridges = [member for member in members if len(_held(member, subnets)) >= 2]
    if bridges:
        return _(
            "These interfaces have addresses in more than one of the subnets: {interfaces}. Take the wrong one away, "
            "with the storage healthy and one node at a time.",
            interfaces=[Verbatim(member.name) for member in bridges],
        )
    return _(
        "Compare the addresses of the interfaces, and correct those that are wrong. If all are right, the cluster "
        "keeps a former state: in a maintenance window, disable the adapters of one of the subnets on all nodes, "
        "and enable them again."
    )
