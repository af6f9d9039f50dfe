"""FC004: any two nodes reach each other over the cluster's networks, and none of these is in trouble."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from checks import sources
from checks.facts.cluster import (
    ClusterNetwork,
    ClusterNetworkInterface,
    NetworkInterfaceState,
    NetworkRole,
    NetworkState,
    NodeState,
)
from checks.guidelines import guideline
from checks.guidelines.failover_cluster._networks import Networks, require_several_nodes
from checks.i18n import Verbatim, _
from checks.model import Finding, NotApplicable, Severity, Unknown

_UP, _UNREACHABLE = NetworkInterfaceState.UP, NetworkInterfaceState.UNREACHABLE


@guideline(
    "FC004",
    title=_("Keep every cluster network up between all nodes that share it"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.NETWORK_INTERFACE_STATE,
        sources.CLUSTERING_REQUIREMENTS,
        sources.PARTITIONED_NETWORK,
    ],
)
def networks_up_on_all_nodes(networks: Networks) -> Iterator[Finding]:
    """No network with role 1 or 3 has an interface in trouble, and no two nodes are without a network between them."""
    require_several_nodes(networks.service, networks.nodes)
    if not networks.used:
        raise NotApplicable(_("the cluster uses none of the networks that it found"))
    yield from _cut_off(networks)
    for network in networks.used:
        yield from _in_trouble(networks, network)
        yield from _alone(networks, network)
    yield from _controllers(networks)
    untold = [Verbatim(n.name) for n in networks.used if _is_untold(networks, n)]
    if untold:
        raise Unknown(_("the cluster does not know the state of these networks: {networks}", networks=untold))


def _cut_off(networks: Networks) -> Iterator[Finding]:
    """Pairs of nodes that share networks, none of which works between them.

    Nodes that share no network at all reach each other through a router, as those of two sites may.
    """
    up = [node.name for node in networks.nodes if node.state is NodeState.UP]
    for one, other in combinations(sorted(up), 2):
        shared = [n for n in networks.used if _states(networks, n, one) and _states(networks, n, other)]
        if shared and not any(_works(networks, network, one, other) for network in shared):
            yield Finding(
                _(
                    "no network that {one} and {other} share works between them: {networks}",
                    one=Verbatim(one),
                    other=Verbatim(other),
                    networks=[Verbatim(network.name) for network in shared],
                ),
                subject=f"{one}, {other}",
                evidence={"State": [network.state.powershell for network in shared]},
                hint=_REPAIR,
            )


def _states(networks: Networks, network: ClusterNetwork, node: str) -> list[NetworkInterfaceState]:
    return [i.state for i in networks.on(network) if i.node.lower() == node.lower()]


def _works(networks: Networks, network: ClusterNetwork, one: str, other: str) -> bool:
    """Whether two nodes certainly or possibly reach each other: an interface that is up reaches all that work."""
    ends = (_states(networks, network, one), _states(networks, network, other))
    told_of = all(NetworkInterfaceState.UNKNOWN not in end for end in ends)
    usable = all(_UP in end or _UNREACHABLE in end for end in ends)
    return not told_of or (usable and any(_UP in end for end in ends))


def _in_trouble(networks: Networks, network: ClusterNetwork) -> Iterator[Finding]:
    """One finding per network, with the interfaces that do not work."""
    wrong = [i for i in networks.on(network) if i.state not in (_UP, NetworkInterfaceState.UNKNOWN)]
    if not wrong:
        return
    paused = {node.name.lower() for node in networks.nodes if node.state is NodeState.PAUSED}
    yield Finding(
        _(
            "the network {network} does not work for {nodes}",
            network=Verbatim(network.name),
            nodes=[Verbatim(name) for name in dict.fromkeys(i.node for i in wrong)],
        ),
        subject=network.name,
        # A node that somebody paused is being worked on.
        severity=Severity.INFO if all(i.node.lower() in paused for i in wrong) else Severity.WARNING,
        evidence=_evidence(network, wrong),
        hint=_REPAIR,
    )


def _evidence(network: ClusterNetwork, interfaces: list[ClusterNetworkInterface]) -> dict[str, object]:
    return {"State": network.state.powershell, "Interfaces": [f"{i.name}: {i.state.powershell}" for i in interfaces]}


def _alone(networks: Networks, network: ClusterNetwork) -> Iterator[Finding]:
    """A private network with one node: a wrong address or mask makes one, and nothing else reports it."""
    nodes = {i.node.lower(): i.node for i in networks.interfaces if i.network_id == network.id}
    match list(nodes.values()):
        case [node] if network.role is NetworkRole.CLUSTER:
            yield Finding(
                _("{node} is alone in the network {network}", node=Verbatim(node), network=Verbatim(network.name)),
                subject=network.name,
                severity=Severity.INFO,
                evidence={"Ipv4Addresses": list(network.ipv4_addresses)},
                hint=_(
                    "Compare address and subnet mask of its interface with those of the other nodes, "
                    "and see whether one of their adapters is disabled or missing."
                ),
            )


def _controllers(networks: Networks) -> Iterator[Finding]:
    for network in networks.of_controllers:
        wrong = [i for i in networks.on(network) if i.state is not _UP]
        if network.role & NetworkRole.CLUSTER and wrong:
            yield Finding(
                _(
                    "the cluster uses {network}, a network of management controllers over USB, and it does not work",
                    network=Verbatim(network.name),
                ),
                subject=network.name,
                severity=Severity.INFO,
                evidence=_evidence(network, wrong),
                hint=_(
                    "Keep the cluster off this network: add the adapter's description, which an upgrade may change, "
                    "to {value} on every node.",
                    value=Verbatim("ExcludeAdaptersByDescription"),
                ),
            )


def _is_untold(networks: Networks, network: ClusterNetwork) -> bool:
    unknown = any(i.state is NetworkInterfaceState.UNKNOWN for i in networks.on(network))
    return unknown or network.state is NetworkState.UNKNOWN


_REPAIR = _(
    "Check cable, switch port, VLAN, address, and subnet mask of these interfaces, then ask again after a minute: "
    "a node that has just restarted needs some time."
)
