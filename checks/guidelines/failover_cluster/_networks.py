"""What the guidelines about cluster networks have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from checks.facts.cluster import (
    ClusterNetwork,
    ClusterNetworkInterface,
    ClusterNode,
    ClusterService,
    ClusterSettings,
    NetworkInterfaceState,
    NetworkRole,
    NodeState,
)
from checks.facts.needs import Derived
from checks.facts.net_adapter import NetAdapter
from checks.i18n import _
from checks.model import NotApplicable, Unknown


@dataclass(frozen=True)
class Networks(Derived):
    """The networks of the cluster, as the node that was read knows them."""

    service: list[ClusterService]
    nodes: list[ClusterNode]
    networks: list[ClusterNetwork]
    interfaces: list[ClusterNetworkInterface]
    adapters: list[NetAdapter]

    @cached_property
    def adapter_of(self) -> dict[str, NetAdapter]:
        """Adapters of this node by their GUID."""
        return {adapter.interface_guid: adapter for adapter in self.adapters}

    @cached_property
    def local(self) -> list[ClusterNetworkInterface]:
        """The interfaces of this node."""
        return [each for each in self.interfaces if each.adapter_id in self.adapter_of]

    @cached_property
    def of_controllers(self) -> list[ClusterNetwork]:
        """Networks that lead to the management controller: on this node, their interface is on the USB bus."""
        usb = {
            i.network_id for i in self.local if self.adapter_of[i.adapter_id].pnp_device_id.upper().startswith("USB\\")
        }
        return [network for network in self.networks if network.id in usb]

    @cached_property
    def used(self) -> list[ClusterNetwork]:
        """Networks that the cluster itself uses, those of management controllers left out."""
        return [n for n in self.networks if n.role & NetworkRole.CLUSTER and n not in self.of_controllers]

    def on(self, network: ClusterNetwork) -> list[ClusterNetworkInterface]:
        """The interfaces in a network, of nodes that are up or paused: those of other nodes say nothing."""
        alive = {node.name.lower() for node in self.nodes if node.state in (NodeState.UP, NodeState.PAUSED)}
        return [i for i in self.interfaces if i.network_id == network.id and i.node.lower() in alive]

    def is_up_everywhere(self, network: ClusterNetwork) -> bool:
        """Whether every node of the cluster has an interface in a network that works."""
        up = {i.node.lower() for i in self.on(network) if i.state is NetworkInterfaceState.UP}
        return all(node.name.lower() in up for node in self.nodes)


def require_several_nodes(service: list[ClusterService], nodes: list[ClusterNode]) -> None:
    """End the check where there is no other node to talk to.

    Raises:
        NotApplicable: the host is not a node, or the only one.
        Unknown: the cluster does not answer.
    """
    if not service:
        raise NotApplicable(_("the host is not a node of a failover cluster"))
    if not nodes:
        raise Unknown(_("the cluster service is installed, but there is no answer from the cluster"))
    if len(nodes) < 2:
        raise NotApplicable(_("the cluster has one node only"))


def several_nodes(
    service: list[ClusterService], cluster: ClusterSettings | None, nodes: list[ClusterNode]
) -> ClusterSettings:
    """The settings of a cluster that has other nodes than this one.

    Raises:
        NotApplicable: the host is not a node, or the only one.
        Unknown: the cluster does not answer.
    """
    require_several_nodes(service, nodes)
    if cluster is None:
        raise Unknown(_("the cluster service is installed, but there is no answer from the cluster"))
    return cluster
