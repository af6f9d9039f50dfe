"""RDMA as adapters have it, and which of a host's interfaces use it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import Field

from checks.facts.base import Expression, Fact, OwnerGuid, PowerShellEnum
from checks.facts.cluster import ClusterNode
from checks.facts.needs import Derived, Later
from checks.facts.net_adapter import NetAdapter
from checks.facts.rights import NETWORK, Right
from checks.facts.smb import CsvConnection, SblConnection, SmbConnection
from checks.facts.storage import SmbUse, first_label
from checks.facts.topology import Topology, is_up


class RdmaTechnology(PowerShellEnum):
    """RdmaTechnology of MSFT_NetAdapter_RdmaAdapterInfo, the same numbers as NDK's."""

    UNKNOWN = 0
    IWARP = 1
    INFINIBAND = 2
    ROCE = 3
    ROCE_V2 = 4

    @property
    def called(self) -> str:
        """The name of the technology."""
        return {0: "?", 1: "iWARP", 2: "InfiniBand", 3: "RoCE", 4: "RoCEv2"}[self.value]


class RdmaAdapter(Fact):
    """RDMA settings of the adapters that have any, host vNICs included. Source: MSFT_NetAdapterRdmaSettingData."""

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = "Get-CimInstance -Namespace root/StandardCimv2 -ClassName MSFT_NetAdapterRdmaSettingData"
    name: str
    instance_id: OwnerGuid = Field(alias="InstanceID")
    """The GUID of the adapter."""
    enabled: bool
    operational_state: bool | None = None
    """Absent before Windows Server 2022."""
    technology: Annotated[RdmaTechnology, Expression("$_.RdmaAdapterInfo.RdmaTechnology")]


class OffloadGlobal(Fact):
    """Switches for the whole host. Source: MSFT_NetOffloadGlobalSetting."""

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = "Get-CimInstance -Namespace root/StandardCimv2 -ClassName MSFT_NetOffloadGlobalSetting"
    network_direct: int
    """0 where RDMA is off for all adapters, 1 where it is on."""


@dataclass(frozen=True)
class Rdma(Derived):
    """The interfaces on which RDMA is on, and the ports below them.

    That an adapter has a switch for RDMA says nothing: every host vNIC and many ports on the board have one. RDMA is
    meant where somebody turned it on.
    """

    topology: Topology
    adapters: list[RdmaAdapter]

    @cached_property
    def by_guid(self) -> dict[str, RdmaAdapter]:
        """RDMA settings by the adapter's GUID."""
        return {each.instance_id: each for each in self.adapters}

    @cached_property
    def enabled(self) -> list[NetAdapter]:
        """Adapters with a link on which RDMA is on: ports and host vNICs."""
        return [a for a in self.topology.adapters if is_up(a) and self._is_on(a)]

    @cached_property
    def endpoints(self) -> list[NetAdapter]:
        """Those of them that have addresses, so that SMB can use RDMA there: not the ports below a switch.

        Drivers come with RDMA on. A port for management, told by its default gateway, says nothing by it where
        others have RDMA too; with an adapter of the host, somebody turned it on.
        """
        bound = {port.interface_guid for port in self.topology.bound}
        found = [a for a in self.enabled if a.interface_guid not in bound and a.interface_index in self._addressed]
        gateways = self.topology.gateway_indexes
        meant = [a for a in found if not (a.interface_index in gateways and a.hardware_interface)]
        return meant or found

    @cached_property
    def ports(self) -> list[NetAdapter]:
        """Physical ports with RDMA on that carry those interfaces, each once."""
        return [port for port in self.topology.ports(self.endpoints) if self._is_on(port)]

    @cached_property
    def roce_ports(self) -> list[NetAdapter]:
        """Ports that speak RoCE, and so need a lossless class of traffic."""
        return [port for port in self.ports if self.technology(port) in (RdmaTechnology.ROCE, RdmaTechnology.ROCE_V2)]

    def technology(self, port: NetAdapter) -> RdmaTechnology:
        """What a port speaks.

        Raises:
            MissingProperty: the host did not report it.
        """
        return self.by_guid[port.interface_guid].technology

    def can_use(self, port: NetAdapter) -> bool:
        """Whether a physical port has a switch for RDMA, on or off: that it can, not that it is meant to."""
        return port.hardware_interface and port.interface_guid in self.by_guid

    def is_off(self, adapter: NetAdapter) -> bool:
        """Whether an adapter has a switch for RDMA, and it is off."""
        found = self.by_guid.get(adapter.interface_guid)
        return found is not None and not found.enabled

    @property
    def is_converged(self) -> bool:
        """Whether RDMA shares ports with other traffic: they carry a switch."""
        bound = {port.interface_guid for port in self.topology.bound}
        return any(port.interface_guid in bound for port in self.ports)

    @cached_property
    def _addressed(self) -> set[int]:
        return {index for indexes in self.topology.networks.values() for index in indexes}

    def _is_on(self, adapter: NetAdapter) -> bool:
        found = self.by_guid.get(adapter.interface_guid)
        return found is not None and found.enabled


@dataclass(frozen=True)
class PeerConnections(Derived):
    """SMB connections that RDMA is for: to the other nodes, and to file servers with disks of virtual machines.

    Whoever copies a file from somewhere else, through the management network, is left out.
    """

    use: SmbUse
    nodes: list[ClusterNode]
    shares: list[SmbConnection]
    volumes: list[CsvConnection]
    bus: Later[list[SblConnection]]

    @cached_property
    def by_server(self) -> dict[tuple[str, str], list[SmbConnection]]:
        """Connections by instance of SMB (Default, CSV or SBL) and by the name of the server."""
        peers = {first_label(node.name) for node in self.nodes} | self.use.servers
        shares = [row for row in self.shares if first_label(row.server_name) in peers]
        # Clusters without Storage Spaces Direct have no storage bus, and may not even answer.
        bus = self.bus.value if self.use.has_spaces_direct else []
        found: dict[tuple[str, str], list[SmbConnection]] = {}
        for instance, rows in (("Default", shares), ("CSV", self.volumes), ("SBL", bus)):
            for row in rows:
                found.setdefault((instance, row.server_name), []).append(row)
        return found
