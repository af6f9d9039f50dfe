"""Which interfaces of a host are surely private: of storage, cluster or live migration, and of nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from checks.facts.cluster import ClusterNetwork, NetworkRole
from checks.facts.needs import Derived
from checks.facts.net_adapter import NetAdapter
from checks.facts.rdma import Rdma
from checks.facts.topology import subnets_of


@dataclass(frozen=True)
class PrivateNetworks(Derived):
    """Interfaces that neither clients nor administrators come through, as somebody decided and not as we guess.

    In a cluster, the role of the network decides: none, or the cluster alone. Elsewhere a host vNIC is private where
    RDMA was turned on, which Windows does not do by itself there; many drivers do it on physical ports.
    """

    rdma: Rdma
    cluster_networks: list[ClusterNetwork]

    @cached_property
    def interfaces(self) -> list[NetAdapter]:
        """Connected interfaces with an address that leaves the host, by index."""
        topology = self.rdma.topology
        indexes = {index for found in topology.networks.values() for index in found}
        return [topology.by_index[index] for index in sorted(indexes)]

    def is_private(self, interface: NetAdapter) -> bool:
        """Whether an interface is private without doubt."""
        if self._roles(interface):
            return not self.serves_clients(interface)
        topology = self.rdma.topology
        is_vnic = any(vnic.device_id == interface.interface_guid for vnic in topology.host_vnics)
        return is_vnic and interface in self.rdma.enabled

    def serves_clients(self, interface: NetAdapter) -> bool:
        """Whether a network of the interface is open to clients of the cluster."""
        return any(role & NetworkRole.CLIENT for role in self._roles(interface))

    def _roles(self, interface: NetAdapter) -> set[NetworkRole]:
        networks = self.rdma.topology.networks
        mine = {subnet for subnet, indexes in networks.items() if interface.interface_index in indexes}
        return {network.role for network in self.cluster_networks if mine.intersection(subnets_of(network))}
