"""FC002: the nodes of a cluster have two ways to reach each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks import sources
from checks.facts.cluster import ClusterNetwork, ClusterNetworkInterface, NetworkInterfaceState
from checks.facts.net_adapter import NetAdapter
from checks.facts.topology import Topology, is_up
from checks.guidelines import guideline
from checks.guidelines.failover_cluster._networks import Networks, require_several_nodes
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, NotApplicable, Severity, Source, Unknown

_UP = NetworkInterfaceState.UP


@guideline(
    "FC002",
    title=_("Use at least two cluster networks over separate ports"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.SIMPLIFIED_MULTICHANNEL,
        sources.CLUSTERING_REQUIREMENTS,
        Source(
            "Configuring Windows Failover Cluster Networks",
            "https://learn.microsoft.com/en-us/archive/blogs/askcore/configuring-windows-failover-cluster-networks",
            read=date(2026, 11, 23),
        ),
        sources.CLUSTER_SHARED_VOLUMES,
        sources.HADR_BEST_PRACTICES,
    ],
)
def at_least_two_networks(networks: Networks, topology: Topology) -> Iterator[Finding]:
    """On this node, two networks of the cluster are up, and two physical ports carry them."""
    require_several_nodes(networks.service, networks.nodes)
    if topology.is_nested:
        raise NotApplicable(_("the host is itself a virtual machine: the host below it has the ports"))
    if not any(each.network_id in {n.id for n in networks.used} for each in networks.local):
        raise Unknown(_("no interface of the cluster's networks was found among the adapters of this node"))
    reaching = _reaching(networks)
    mine = [network for network in networks.used if network.id in {each.network_id for each in reaching}]
    adapters = [networks.adapter_of[each.adapter_id] for each in reaching]
    ports = [port for port in topology.ports(adapters) if is_up(port)]
    if not mine or not ports:
        raise Unknown(_("no network of the cluster works on this node at the moment"))
    _network, *other_networks = mine
    _port, *other_ports = ports
    if other_networks and other_ports:
        return
    yield Finding(
        _message(mine, ports, several=bool(other_networks), redundant=bool(other_ports)),
        subject=", ".join(network.name for network in mine),
        severity=Severity.INFO if other_ports else Severity.WARNING if other_networks else Severity.CRITICAL,
        evidence={"Networks": [n.name for n in mine], "Ports": [port.name for port in ports]},
        hint=_SECOND_NETWORK if other_ports else _SECOND_PORT,
    )


def _reaching(networks: Networks) -> list[ClusterNetworkInterface]:
    """Interfaces of this node by which it reaches another one."""
    found = []
    for network in networks.used:
        members = networks.on(network)
        # One that is up reaches all that work, even those that some others do not reach.
        is_up_elsewhere = any(each.state is _UP and each not in networks.local for each in members)
        for each in members:
            partly = each.state is NetworkInterfaceState.UNREACHABLE and is_up_elsewhere
            if each in networks.local and (each.state is _UP or partly):
                found.append(each)
    return found


def _message(mine: list[ClusterNetwork], ports: list[NetAdapter], *, several: bool, redundant: bool) -> Message:
    names = {"networks": [Verbatim(n.name) for n in mine], "ports": [Verbatim(port.name) for port in ports]}
    if redundant:
        return _("{networks} is the only network of the cluster that works on this node, over {ports}", **names)
    if several:
        return _("{networks} share a single port on this node: {ports}", **names)
    return _("{networks} over the single port {ports} is all that connects this node to the cluster", **names)


_SECOND_PORT = _(
    "Connect a second port, best to a second physical switch: as another member of the team below these networks, "
    "or with a network of its own. A port of the team may just have lost its link."
)
_SECOND_NETWORK = _(
    "The ports back each other up. A second network in another subnet and VLAN also survives a wrong VLAN or address."
)
