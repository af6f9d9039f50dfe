"""Which adapters a guideline judges, and which of them carry live migration: decided here and nowhere else.

An adapter is in scope when it is hardware on the PCI bus, up and connected, and either carries an external switch
(directly or as a member of the LBFO team below it) or holds an address used for migration, storage or the cluster.
Network interfaces of management controllers, unused ports, team interfaces and virtual adapters are never judged.
Joins go by GUID; LBFO joins by description, which the same machine writes on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network

from checks.facts.cluster import ClusterNetwork, ClusterService, MigrationParameter, NetworkRole
from checks.facts.hyperv import HostVNic, SwitchType, VMHost, VMMigrationNetwork, VMSwitch
from checks.facts.needs import Derived
from checks.facts.net_adapter import DefaultRoute, IPAddress, LbfoTeamMember, LbfoTeamNic, NetAdapter

Subnet = IPv4Network | IPv6Network
UP = CONNECTED = 1
_OF_HYPERVISORS = ("VMBUS\\", "PCI\\VEN_15AD", "PCI\\VEN_1AF4")
"""Device ids of the adapters that Hyper-V, VMware and KVM give their virtual machines."""


@dataclass(frozen=True)
class Topology(Derived):
    """The host's network from the ports up to the addresses."""

    adapters: list[NetAdapter]
    switches: list[VMSwitch]
    host_vnics: list[HostVNic]
    team_members: list[LbfoTeamMember]
    team_nics: list[LbfoTeamNic]
    addresses: list[IPAddress]
    default_routes: list[DefaultRoute]

    @cached_property
    def uplinks(self) -> dict[str, list[NetAdapter]]:
        """External switches by name, each with the adapters below it; a team interface stands for its members."""
        found: dict[str, list[NetAdapter]] = {}
        for switch in self.switches:
            if switch.switch_type is SwitchType.EXTERNAL:
                found[switch.name] = self.ports(a for a in self.adapters if _is_uplink(a, switch))
        return found

    def ports(self, adapters: Iterable[NetAdapter]) -> list[NetAdapter]:
        """The physical ports behind adapters, each once: members of a team, uplinks of a switch, or itself."""
        ports: dict[str, NetAdapter] = {}
        for adapter in adapters:
            for port in self._behind(adapter):
                ports[port.interface_guid] = port
        return list(ports.values())

    def _behind(self, adapter: NetAdapter) -> list[NetAdapter]:
        teams = {nic.team for nic in self.team_nics if nic.interface_description == adapter.interface_description}
        if teams:
            members = {m.interface_description for m in self.team_members if m.team in teams}
            return [a for a in self.adapters if a.interface_description in members]
        switch = next((v.switch_name for v in self.host_vnics if v.device_id == adapter.interface_guid), None)
        if switch is not None:
            return self.uplinks.get(switch, [])
        return [adapter]

    @cached_property
    def bound(self) -> list[NetAdapter]:
        """Ports that carry an external switch."""
        return [port for ports in self.uplinks.values() for port in ports]

    @cached_property
    def wires(self) -> list[NetAdapter]:
        """Ports in use, each once: they carry an external switch, or have an address of their own."""
        interfaces = (self.by_index[index] for indexes in self.networks.values() for index in indexes)
        return [port for port in self.ports((*self.bound, *interfaces)) if is_up(port)]

    @cached_property
    def is_nested(self) -> bool:
        """Whether this host is itself a virtual machine: its ports are then those that a hypervisor offers."""
        return any(adapter.pnp_device_id.upper().startswith(_OF_HYPERVISORS) for adapter in (*self.bound, *self.wires))

    @cached_property
    def networks(self) -> dict[Subnet, tuple[int, ...]]:
        """Usable IP subnets and the indexes of the interfaces that are in each.

        Left out are link-local subnets, single addresses (such as those of DHCPv6), and interfaces through which
        nothing leaves the host: those of internal switches and of the management controller.
        """
        found: dict[Subnet, tuple[int, ...]] = {}
        for address in self.addresses:
            parsed = ip_interface(f"{address.ip_address.partition('%')[0]}/{address.prefix_length}")
            subnet = parsed.network
            if parsed.is_link_local or parsed.is_loopback or parsed.is_multicast or subnet.num_addresses == 1:
                continue
            index = address.interface_index
            adapter = self.by_index.get(index)
            if adapter and adapter.media_connect_state == CONNECTED and self._leaves_host(adapter):
                found[subnet] = tuple(sorted({*found.get(subnet, ()), index}))
        return found

    @cached_property
    def by_index(self) -> dict[int, NetAdapter]:
        """Adapters by interface index."""
        return {adapter.interface_index: adapter for adapter in self.adapters}

    @cached_property
    def gateway_indexes(self) -> set[int]:
        """Indexes of the interfaces that hold a default route: management and clients come through them."""
        return {route.interface_index for route in self.default_routes if route.interface_index in self.by_index}

    @cached_property
    def gateway_subnets(self) -> set[Subnet]:
        """Subnets of the interfaces that hold a default route."""
        return {subnet for subnet, indexes in self.networks.items() if self.gateway_indexes.intersection(indexes)}

    def _leaves_host(self, adapter: NetAdapter) -> bool:
        if _bus(adapter) == "USB":
            return False
        switch = next((v.switch_name for v in self.host_vnics if v.device_id == adapter.interface_guid), None)
        return switch is None or switch in self.uplinks


@dataclass(frozen=True)
class MigrationPaths(Derived):
    """The networks that live migration may use on this host, as the host or its cluster chooses them."""

    topology: Topology
    host: VMHost
    allowed: list[VMMigrationNetwork]
    cluster_service: list[ClusterService]
    cluster_networks: list[ClusterNetwork]
    parameters: list[MigrationParameter]

    @property
    def is_clustered(self) -> bool:
        """Whether the host is a node of a failover cluster."""
        return bool(self.cluster_service)

    @property
    def is_used(self) -> bool:
        """Whether live migration is on; the nodes of a cluster always take part."""
        return self.is_clustered or self.host.virtual_machine_migration_enabled

    @cached_property
    def excluded(self) -> tuple[str, ...]:
        """Ids of cluster networks that live migration must not use; ids of removed networks may be among them."""
        return self._ids("MigrationExcludeNetworks")

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Ids of cluster networks in the order somebody wrote down; empty means the cluster's own order."""
        return self._ids("MigrationNetworkOrder")

    @cached_property
    def eligible(self) -> list[ClusterNetwork]:
        """Cluster networks that live migration may use, whatever their role."""
        return [network for network in self.cluster_networks if network.id not in self.excluded]

    @cached_property
    def subnets(self) -> list[Subnet]:
        """Local subnets that live migration may use."""
        local = self.topology.networks
        if self.is_clustered:
            return [subnet for subnet in local if any(subnet in subnets_of(n) for n in self.eligible)]
        if self.host.use_any_network_for_migration:
            return list(local)
        return [subnet for subnet in local if any(overlaps(subnet, each.subnet) for each in self.allowed)]

    @cached_property
    def interfaces(self) -> list[NetAdapter]:
        """Interfaces with an address in those subnets."""
        indexes = {index for subnet in self.subnets for index in self.topology.networks[subnet]}
        return [self.topology.by_index[index] for index in sorted(indexes)]

    @cached_property
    def ports(self) -> list[NetAdapter]:
        """Physical ports that carry live migration, each once."""
        return self.topology.ports(self.interfaces)

    @cached_property
    def in_scope(self) -> list[NetAdapter]:
        """Adapters whose settings a guideline judges."""
        cluster = (n for n in self.cluster_networks if n.role is not NetworkRole.NONE)
        used = {subnet for network in cluster for subnet in subnets_of(network)}
        local = self.topology.networks
        indexes = {index for subnet in local if subnet in used for index in local[subnet]}
        storage = self.topology.ports(self.topology.by_index[index] for index in sorted(indexes))
        migration = self.ports if self.is_used else []
        unique = {port.interface_guid: port for port in (*self.topology.bound, *migration, *storage)}
        return [port for port in unique.values() if _is_live_hardware(port)]

    def _ids(self, parameter: str) -> tuple[str, ...]:
        text = next((p.value for p in self.parameters if p.name.lower() == parameter.lower()), "")
        return tuple(part.strip().lower() for part in text.replace(",", ";").split(";") if part.strip())


def subnets_of(network: ClusterNetwork) -> list[Subnet]:
    """The subnets of a cluster network."""
    pairs = [
        *zip(network.ipv4_addresses, network.ipv4_prefix_lengths, strict=False),
        *zip(network.ipv6_addresses, network.ipv6_prefix_lengths, strict=False),
    ]
    return [ip_network(f"{address}/{prefix}", strict=False) for address, prefix in pairs if address]


def overlaps(subnet: Subnet, written: str) -> bool:
    """Whether a subnet holds what an administrator wrote: a CIDR or a bare address."""
    try:
        other = ip_network(written.strip(), strict=False)
    except ValueError:
        return False
    return other.version == subnet.version and other.overlaps(subnet)


def is_up(port: NetAdapter) -> bool:
    """Whether a port has a link; without one, it may report any speed."""
    return port.interface_operational_status == UP and port.media_connect_state == CONNECTED


def _is_uplink(adapter: NetAdapter, switch: VMSwitch) -> bool:
    if switch.net_adapter_interface_guid:
        return adapter.interface_guid in switch.net_adapter_interface_guid
    # Windows Server 2012 R2 gives the description alone.
    return adapter.interface_description == switch.net_adapter_interface_description


def _bus(adapter: NetAdapter) -> str:
    return adapter.pnp_device_id.partition("\\")[0].upper()


def _is_live_hardware(adapter: NetAdapter) -> bool:
    return (
        adapter.hardware_interface
        and not adapter.virtual
        and adapter.connector_present
        and _bus(adapter) == "PCI"
        and is_up(adapter)
    )
