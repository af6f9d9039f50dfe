"""Network adapters as CIM has them: plain numbers and names that Windows never translates."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from checks.facts.base import Fact, Guid, OwnerGuid, PowerShellEnum, Texts
from checks.facts.rights import NETWORK, Right

_CIM = "Get-CimInstance -Namespace root/StandardCimv2 -ClassName"


class NetAdapter(Fact):
    """Network adapters, physical and virtual. Source: MSFT_NetAdapter."""

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = f"{_CIM} MSFT_NetAdapter"
    name: str
    interface_description: str
    interface_guid: Guid
    interface_index: int
    interface_operational_status: int
    """1 is up."""
    media_connect_state: int
    """1 is connected."""
    hardware_interface: bool
    virtual: bool
    connector_present: bool
    pnp_device_id: str = Field(alias="PnPDeviceID")
    component_id: str = Field(alias="ComponentID")
    """What the adapter is: vendor and device numbers in lower case, such as ``pci\\ven_15b3&dev_1017``."""
    receive_link_speed: int
    """bit/s."""
    transmit_link_speed: int
    """bit/s."""
    driver_provider: str
    driver_version_string: str


class AdvancedProperty(Fact):
    """Driver settings of adapters, by registry keyword. Source: MSFT_NetAdapterAdvancedPropertySettingData.

    ``DisplayName`` and ``DisplayValue`` are left out: Windows and vendors translate them.
    """

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = f"{_CIM} MSFT_NetAdapterAdvancedPropertySettingData{{filter}}"
    key: ClassVar[str | None] = "RegistryKeyword"
    name: str
    instance_id: OwnerGuid = Field(alias="InstanceID")
    """The GUID of the adapter that it belongs to."""
    registry_keyword: str
    registry_value: Texts
    default_registry_value: str | None = None
    numeric_parameter_min_value: str | None = None
    numeric_parameter_max_value: str | None = None
    numeric_parameter_step_value: str | None = None
    valid_registry_values: Texts = ()


class NetAdapterStatistics(Fact):
    """Packet counters of adapters, read four times. Source: MSFT_NetAdapterStatisticsSettingData."""

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = f"{_CIM} MSFT_NetAdapterStatisticsSettingData"
    samples: ClassVar[int] = 4
    interval: ClassVar[int] = 5
    sample: int
    instance_id: OwnerGuid = Field(alias="InstanceID")
    """The GUID of the adapter that the counters belong to."""
    name: str
    received_unicast_packets: int
    received_multicast_packets: int
    received_broadcast_packets: int
    received_discarded_packets: int
    sent_unicast_packets: int
    sent_multicast_packets: int
    sent_broadcast_packets: int
    outbound_discarded_packets: int

    @property
    def received_packets(self) -> int:
        """Packets delivered since the adapter started."""
        return self.received_unicast_packets + self.received_multicast_packets + self.received_broadcast_packets

    @property
    def sent_packets(self) -> int:
        """Packets sent since the adapter started."""
        return self.sent_unicast_packets + self.sent_multicast_packets + self.sent_broadcast_packets


class LbfoTeamMember(Fact):
    """Adapters that are members of an LBFO team. Source: MSFT_NetLbfoTeamMember."""

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = f"{_CIM} MSFT_NetLbfoTeamMember"
    team: str
    interface_description: str


class LbfoTeamNic(Fact):
    """The interfaces that LBFO teams offer. Source: MSFT_NetLbfoTeamNic."""

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = f"{_CIM} MSFT_NetLbfoTeamNic"
    team: str
    interface_description: str


class AdapterBinding(Fact):
    """Clients, services and protocols bound to adapters. Source: MSFT_NetAdapterBindingSettingData.

    ``DisplayName`` is left out: Windows translates it. ``ms_msclient`` is the SMB client, ``ms_server`` the server,
    ``ms_tcpip`` and ``ms_tcpip6`` the protocols, ``vms_pp`` a virtual switch, ``ms_implat`` an LBFO team.
    """

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = f"{_CIM} MSFT_NetAdapterBindingSettingData{{filter}}"
    key: ClassVar[str | None] = "ComponentID"
    name: str
    instance_id: OwnerGuid = Field(alias="InstanceID")
    """The GUID of the adapter."""
    component_id: str = Field(alias="ComponentID")
    enabled: bool


class IPAddress(Fact):
    """IP addresses of the host's interfaces. Source: MSFT_NetIPAddress."""

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = f"{_CIM} MSFT_NetIPAddress"
    ip_address: str = Field(alias="IPAddress")
    prefix_length: int
    interface_index: int


class AddressFamily(PowerShellEnum):
    """AddressFamily of CIM's network classes."""

    IPV4 = 2
    IPV6 = 23


class IPInterface(Fact):
    """IP settings of interfaces, one row per protocol. Source: MSFT_NetIPInterface."""

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = f"{_CIM} MSFT_NetIPInterface"
    interface_index: int
    address_family: AddressFamily
    nl_mtu: int
    """Largest IP packet that the interface sends, in bytes."""


class DnsClient(Fact):
    """Registration of interfaces in DNS. Source: MSFT_DNSClient."""

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = f"{_CIM} MSFT_DNSClient"
    interface_index: int
    registers_this_connections_address: bool = Field(alias="RegisterThisConnectionsAddress")


class DefaultRoute(Fact):
    """Routes to everywhere: the mark of the network that clients and management come from. Source: MSFT_NetRoute."""

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = f"{_CIM} MSFT_NetRoute -Filter \"DestinationPrefix='0.0.0.0/0' OR DestinationPrefix='::/0'\""
    destination_prefix: str
    interface_index: int
    next_hop: str
