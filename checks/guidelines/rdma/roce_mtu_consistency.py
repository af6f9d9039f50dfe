"""RD010: RoCE has one frame size per cluster network, and jumbo packets hold it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from checks import sources
from checks.facts.base import Only
from checks.facts.cluster import ClusterNetwork
from checks.facts.management import Management
from checks.facts.needs import Cluster, Derived
from checks.facts.net_adapter import AdvancedProperty, NetAdapter
from checks.facts.rdma import Rdma
from checks.facts.storage import SmbUse
from checks.facts.topology import subnets_of
from checks.guidelines import guideline
from checks.guidelines.cross_node._nodes import readable, require_all
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, SideEffect, Threshold

FRAME, JUMBO = "*NetworkDirectRoCEFrameSize", "*JumboPacket"
Size = tuple[str, NetAdapter, int]
"""A node, one of its ports, and the frame size of that port."""


@dataclass(frozen=True)
class Node(Derived):
    """The RoCE ports of a node, and their frame sizes."""

    rdma: Rdma
    use: SmbUse
    networks: list[ClusterNetwork]
    keywords: Annotated[list[AdvancedProperty], Only(FRAME, JUMBO)]
    management: Management

    def ports(self) -> dict[str, list[NetAdapter]]:
        """Ports that speak RoCE, by the cluster network that they carry."""
        topology = self.rdma.topology
        found: dict[str, list[NetAdapter]] = {}
        for network in self.networks:
            indexes = {i for subnet in subnets_of(network) for i in topology.networks.get(subnet, ())}
            carriers = topology.ports(each for each in self.rdma.endpoints if each.interface_index in indexes)
            ports = [port for port in carriers if port in self.rdma.roce_ports]
            if ports:
                found[network.name] = ports
        return found

    def value(self, port: NetAdapter, keyword: str) -> int | None:
        """A setting of a port; None where its driver does not have it."""
        for each in self.keywords:
            if each.instance_id == port.interface_guid and each.registry_keyword.lower() == keyword.lower():
                value = next(iter(each.registry_value), "")
                return int(value) if value.isdigit() else None
        return None


@guideline(
    "RD010",
    title=_("Give RoCE one frame size per network, and jumbo packets that hold it"),
    severity=Severity.WARNING,
    since="2016",
    sources=[
        sources.NDKPI_INF,
    ],
    thresholds=[
        Threshold(
            "ethernet_header",
            14,
            _("In bytes. Drivers count the Ethernet header in *JumboPacket, and not in the RoCE frame size."),
        )
    ],
)
def roce_mtu_consistency(nodes: Cluster[Node], *, ethernet_header: int) -> Iterator[Finding]:
    """On each network, RoCE ports of all nodes have the same frame size, and none is larger than its jumbo packets."""
    nodes = readable(nodes, Node.ports)
    sizes = _sizes(nodes)
    if not sizes and not nodes.reasons and not nodes.missing:
        raise NotApplicable(_("no node has a RoCE port whose driver lets its frame size be chosen"))
    for name in sorted(nodes.nodes):
        yield from _too_large(nodes.nodes[name], name, ethernet_header)
    for network, having in sizes.items():
        yield from _unlike(nodes, network, having, ethernet_header)
    require_all(nodes)


def _sizes(nodes: Cluster[Node]) -> dict[str, list[Size]]:
    """Frame sizes by network, each with its node and its port."""
    found: dict[str, list[Size]] = {}
    for name in sorted(nodes.nodes):
        node = nodes.nodes[name]
        for network, ports in node.ports().items():
            for port in ports:
                size = node.value(port, FRAME)
                if size is not None:
                    found.setdefault(network, []).append((name, port, size))
    return found


def _too_large(node: Node, name: str, header: int) -> Iterator[Finding]:
    for port in {port.name: port for ports in node.ports().values() for port in ports}.values():
        size, jumbo = node.value(port, FRAME), node.value(port, JUMBO)
        if size is None or jumbo is None or size + header <= jumbo:
            continue
        direct = not node.management.is_external
        yield Finding(
            _(
                "{port} of {node} is to send RoCE frames of {size} bytes, but its jumbo packets hold {jumbo} bytes",
                port=Verbatim(port.name),
                node=Verbatim(name),
                size=Verbatim(size),
                jumbo=Verbatim(jumbo),
            ),
            subject=port.name,
            node=name,
            severity=node.use.slowness if direct else Severity.INFO,
            evidence={FRAME: size, JUMBO: jumbo},
            # Which of the two is right, the switches decide.
            hint=_RAISE if direct else node.management.hint,
        )


def _unlike(nodes: Cluster[Node], network: str, having: list[Size], header: int) -> Iterator[Finding]:
    """Ports whose frame size is not the one that most ports of the network have, or the smaller of two as frequent."""
    counts = Counter(size for _name, _port, size in having)
    common = max(sorted(counts), key=counts.__getitem__)
    for name, port, size in having:
        if size == common:
            continue
        node = nodes.nodes[name]
        fix, hint = _to(node, port, size, common, header)
        yield Finding(
            _(
                "{port} of {node} has RoCE frames of {size} bytes, other ports of {network} have {common}",
                port=Verbatim(port.name),
                node=Verbatim(name),
                size=Verbatim(size),
                network=Verbatim(network),
                common=Verbatim(common),
            ),
            subject=port.name,
            node=name,
            severity=Severity.INFO,
            evidence={FRAME: size},
            fix=fix,
            hint=hint,
        )


def _to(node: Node, port: NetAdapter, size: int, common: int, header: int) -> tuple[Fix | None, Message | None]:
    """How a port gets the common size; no command where its packets would not hold it."""
    if node.management.is_external:
        return None, node.management.hint
    jumbo = node.value(port, JUMBO)
    if jumbo is not None and common + header > jumbo:
        return None, _RAISE
    fix = Fix(
        "Set-NetAdapterAdvancedProperty",
        Name=port.name,
        RegistryKeyword=FRAME,
        RegistryValue=str(common),
        effect=SideEffect.RESTARTS_ADAPTER,
        before={FRAME: size},
    )
    return fix, None


_RAISE = _("Raise the packet size of the switches, then *JumboPacket of all nodes; or lower the frame size.")
