"""RD005: nodes that share a network speak one RDMA technology there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated

from checks import sources
from checks.facts.base import Only
from checks.facts.cluster import ClusterNetwork
from checks.facts.management import Management
from checks.facts.needs import Cluster, Derived
from checks.facts.net_adapter import AdvancedProperty, NetAdapter
from checks.facts.rdma import Rdma, RdmaTechnology
from checks.facts.storage import SmbUse
from checks.facts.topology import subnets_of
from checks.guidelines import guideline
from checks.guidelines.cross_node._nodes import readable, require_all
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, SideEffect, Source, Unknown

KEYWORD = "*NetworkDirectTechnology"
TECHNOLOGIES = {str(each.value): each for each in RdmaTechnology if each is not RdmaTechnology.UNKNOWN}
"""What the keyword's values mean; with 0, the device chooses by itself."""


@dataclass(frozen=True)
class Node(Derived):
    """What a node speaks on each cluster network."""

    rdma: Rdma
    use: SmbUse
    networks: list[ClusterNetwork]
    keywords: Annotated[list[AdvancedProperty], Only(KEYWORD)]
    management: Management

    @cached_property
    def ports(self) -> dict[str, list[NetAdapter]]:
        """Ports with RDMA on behind the node's adapters with RDMA on, by the name of the cluster network."""
        topology = self.rdma.topology
        found: dict[str, list[NetAdapter]] = {}
        for network in self.networks:
            indexes = {index for subnet in subnets_of(network) for index in topology.networks.get(subnet, ())}
            inside = [adapter for adapter in self.rdma.endpoints if adapter.interface_index in indexes]
            ports = [port for port in topology.ports(inside) if port in self.rdma.ports]
            if ports:
                found[network.name] = ports
        return found

    def keyword(self, port: NetAdapter) -> AdvancedProperty | None:
        """The keyword of a port; many adapters that know one technology only have none."""
        return next((each for each in self.keywords if each.instance_id == port.interface_guid), None)

    def speaks(self, port: NetAdapter) -> RdmaTechnology:
        """The technology of a port: as it reports it, else as it is set.

        Raises:
            Unknown: the host says neither.
        """
        reported = self.rdma.by_guid[port.interface_guid].reported("technology")
        if reported:
            return RdmaTechnology(reported)
        keyword = self.keyword(port)
        value = next(iter(keyword.registry_value), "") if keyword else ""
        if value not in TECHNOLOGIES:
            raise Unknown(_("port {port} does not say which RDMA technology it uses", port=Verbatim(port.name)))
        return TECHNOLOGIES[value]

    @cached_property
    def spoken(self) -> dict[str, dict[RdmaTechnology, list[NetAdapter]]]:
        """Technologies by cluster network, each with the ports that speak it."""
        found: dict[str, dict[RdmaTechnology, list[NetAdapter]]] = {}
        for network, ports in self.ports.items():
            for port in ports:
                found.setdefault(network, {}).setdefault(self.speaks(port), []).append(port)
        return found

    def offers(self, port: NetAdapter, technology: RdmaTechnology) -> bool:
        """Whether a port can be set to a technology."""
        keyword = self.keyword(port)
        return keyword is not None and str(technology.value) in keyword.valid_registry_values


@guideline(
    "RD005",
    title=_("Use one RDMA technology in each network"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.HOST_NETWORK_REQUIREMENTS,
        sources.NDKPI_INF,
        sources.NETWORK_ATC,
        sources.CONVERGED_NIC_TROUBLESHOOTING,
        Source(
            "Azure Local: LLDP, DCBX, and PFC Configuration Guide",
            "Azure/AzureLocal-Supportability: TSG/Networking/Top-Of-Rack-Switch/"
            "Troubleshoot-TOR-LLDP-DCBX-PFC-RoCEv2.md",
            read=date(2026, 11, 23),
        ),
    ],
)
def single_technology(nodes: Cluster[Node]) -> Iterator[Finding]:
    """In each cluster network, the ports with RDMA on speak the same technology on every node."""
    if any(node.rdma.topology.is_nested for node in nodes.nodes.values()):
        raise NotApplicable(_("the nodes are themselves virtual machines"))
    nodes = readable(nodes, lambda node: node.spoken)
    shared = _shared(nodes)
    for (name, common, mine), networks in sorted(_odd_ones(nodes, shared).items()):
        yield from _odd_one(nodes.nodes[name], name, mine, common, networks)
    if older := [network for network in shared if _could_be_newer(nodes, network)]:
        yield _older(older)
    require_all(nodes)
    if not shared:
        raise NotApplicable(_("no two nodes have RDMA on in the same network"))


def _shared(nodes: Cluster[Node]) -> list[str]:
    """Networks in which two nodes at least have RDMA on."""
    counts = Counter(network for node in nodes.nodes.values() for network in node.spoken)
    return sorted(network for network, count in counts.items() if count >= 2)


def _odd_ones(nodes: Cluster[Node], shared: list[str]) -> dict[tuple[str, RdmaTechnology, RdmaTechnology], list[str]]:
    """Networks by node, by what most nodes speak there, and by what this node speaks instead.

    Where as many speak one technology as another, RoCE before its version 2 is the odd one, and else the nodes that
    come first by name are taken for right.
    """
    found: dict[tuple[str, RdmaTechnology, RdmaTechnology], list[str]] = {}
    for network in shared:
        speaking = {name: nodes.nodes[name].spoken.get(network, {}) for name in sorted(nodes.nodes)}
        counts = Counter(technology for spoken in speaking.values() for technology in spoken)
        # Of equals, max takes the one that it meets first, which is that of the first node by name.
        common = max(counts, key=lambda each: (counts[each], each is not RdmaTechnology.ROCE))
        for name, spoken in speaking.items():
            for technology in spoken:
                if technology is not common:
                    found.setdefault((name, common, technology), []).append(network)
    return found


def _odd_one(
    node: Node, name: str, mine: RdmaTechnology, common: RdmaTechnology, networks: list[str]
) -> Iterator[Finding]:
    """A finding for each port, so that they are changed one after the other."""
    ports = {port.interface_guid: port for network in networks for port in node.spoken[network][mine]}.values()
    for port in ports:
        if node.management.is_external:
            severity, fix, hint = Severity.INFO, None, node.management.hint
        elif node.offers(port, common):
            severity, fix, hint = node.use.stakes, _switch(port, mine, common), None
        else:
            severity, fix, hint = node.use.stakes, None, _cannot_follow(port, common)
        within = [network for network in networks if port in node.spoken[network][mine]]
        yield Finding(
            _(
                "{node} speaks {mine} at {port} in {networks}, other nodes {common}",
                node=Verbatim(name),
                mine=Verbatim(mine.called),
                port=Verbatim(port.name),
                networks=[Verbatim(each) for each in within],
                common=Verbatim(common.called),
            ),
            subject=port.name,
            node=name,
            severity=severity,
            evidence={"RdmaTechnology": mine.called},
            fix=fix,
            hint=hint,
        )


def _switch(port: NetAdapter, mine: RdmaTechnology, common: RdmaTechnology) -> Fix:
    return Fix(
        "Set-NetAdapterAdvancedProperty",
        Name=port.name,
        RegistryKeyword=KEYWORD,
        RegistryValue=str(common.value),
        effect=SideEffect.RESTARTS_ADAPTER,
        before={KEYWORD: str(mine.value)},
        note=_NOTE,
    )


def _cannot_follow(port: NetAdapter, common: RdmaTechnology) -> Message:
    return _(
        "The driver of {port} offers no setting for {common}: use the tool of the vendor, or ports of the same kind "
        "in all nodes.",
        port=Verbatim(port.name),
        common=Verbatim(common.called),
    )


def _could_be_newer(nodes: Cluster[Node], network: str) -> bool:
    """Whether all of a network speaks RoCE, and could speak its version 2."""
    speaking = [(node, node.spoken[network]) for node in nodes.nodes.values() if network in node.spoken]
    return all(
        technology is RdmaTechnology.ROCE and all(node.offers(port, RdmaTechnology.ROCE_V2) for port in ports)
        for node, spoken in speaking
        for technology, ports in spoken.items()
    )


def _older(networks: list[str]) -> Finding:
    names = [Verbatim(network) for network in networks]
    return Finding(
        _("all nodes speak RoCE in {networks}, although their ports know RoCEv2", networks=names),
        subject=", ".join(networks),
        severity=Severity.INFO,
        evidence={"RdmaTechnology": RdmaTechnology.ROCE.called},
        hint=_(
            "It works within one subnet. If the switches are ready for RoCEv2, change all nodes in one maintenance "
            "window: in between, RDMA is lost."
        ),
    )


_NOTE = _(
    "Drain the node first. Where it changes to RoCE, set up Data Center Bridging on it and on the switches before. "
    "Some drivers need a restart of the host."
)
