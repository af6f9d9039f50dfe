"""XN004: on each network of a cluster, all nodes send packets of the same size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from checks import sources
from checks.facts.cluster import ClusterNetwork, ClusterNetworkInterface, NetworkInterfaceState
from checks.facts.management import Management
from checks.facts.needs import Cluster, Derived
from checks.facts.net_adapter import AddressFamily, IPInterface, NetAdapter
from checks.guidelines import guideline
from checks.guidelines.cross_node._nodes import odd_ones, on_node, readable, require_all
from checks.i18n import Verbatim, _
from checks.model import Finding, Severity, Source, Unknown

HEADERS = 28
"""Bytes of a ping's packet that are not its payload: 20 of IP and 8 of ICMP."""


@dataclass(frozen=True)
class Node(Derived):
    """The interfaces of a node in the networks of its cluster."""

    networks: list[ClusterNetwork]
    interfaces: list[ClusterNetworkInterface]
    adapters: list[NetAdapter]
    ip: list[IPInterface]
    management: Management

    def mtus(self) -> dict[tuple[str, str], int]:
        """By network and adapter of this node, the largest IPv4 packet that it sends.

        Raises:
            Unknown: an interface with an IPv4 address has no MTU or no adapter, or the cluster names no network or
                no interface here.
        """
        if not self.networks:
            raise Unknown(_("{query} gave no answer", query=Verbatim("Get-ClusterNetwork")))
        return {(row.network_id, adapter.name): self._mtu(adapter) for row, adapter in self._used()}

    def _used(self) -> Iterator[tuple[ClusterNetworkInterface, NetAdapter]]:
        """The cluster's interfaces on this node that speak IPv4, each with its adapter."""
        local = {adapter.interface_guid: adapter for adapter in self.adapters}
        names = {row.node for row in self.interfaces if row.adapter_id in local}
        if not names:
            where = Verbatim("Get-ClusterNetworkInterface")
            raise Unknown(_("the cluster names no interface of this node ({query})", query=where))
        for row in self.interfaces:
            if row.node not in names or not row.ipv4_addresses:
                continue
            if row.adapter_id in local:
                yield row, local[row.adapter_id]
            elif row.state is NetworkInterfaceState.UP:
                raise Unknown(_("no adapter was found for {interface}, which is up", interface=Verbatim(row.name)))

    def _mtu(self, adapter: NetAdapter) -> int:
        ipv4 = {row.interface_index: row for row in self.ip if row.address_family is AddressFamily.IPV4}
        if adapter.interface_index not in ipv4:
            where = Verbatim("MSFT_NetIPInterface")
            raise Unknown(_("{adapter} has no IPv4 settings ({query})", adapter=Verbatim(adapter.name), query=where))
        return ipv4[adapter.interface_index].nl_mtu


@guideline(
    "XN004",
    title=_("Use the same packet size on all nodes of a network"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        Source(
            "Set-NetIPInterface",
            "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/NetTCPIP/Set-NetIPInterface.md",
            read=date(2026, 11, 23),
        ),
        Source(
            "Test-NetStack: a network integration testing tool",
            "https://github.com/microsoft/test-netstack",
            read=date(2026, 11, 23),
        ),
        sources.EDITABLE_KEYWORDS,
    ],
)
def mtu_consistency(nodes: Cluster[Node]) -> Iterator[Finding]:
    """On each cluster network, all interfaces have the same MTU for IPv4."""
    nodes = readable(nodes, lambda node: (node.mtus(), [network.name for network in node.networks]))
    names = {network.id: network.name for node in nodes.nodes.values() for network in node.networks}
    for network in sorted(names, key=names.__getitem__):
        values = {
            (name, adapter): mtu
            for name, node in nodes.nodes.items()
            for (of, adapter), mtu in node.mtus().items()
            if of == network
        }
        for (name, adapter), (mine, common) in odd_ones(values).items():
            message = _(
                "{adapter} of {node} sends packets of up to {mine} bytes in {network}, most others there of up to "
                "{common}",
                adapter=Verbatim(adapter),
                node=Verbatim(name),
                mine=Verbatim(mine),
                network=Verbatim(names[network]),
                common=Verbatim(common),
            )
            hint = _(
                "Make sure that the switch passes the larger size: {ping} between two nodes that have it tells. Then "
                "give the adapter, and the ports below it, the same *JumboPacket as the others have; the adapter "
                "restarts.",
                ping=Verbatim(f"ping -f -l {max(mine, common) - HEADERS}"),
            )
            yield on_node(nodes, name, message, hint=hint, evidence={"InterfaceAlias": adapter, "NlMtu": mine})
    require_all(nodes)
