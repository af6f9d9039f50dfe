"""Hyper-V: host settings, migration networks, switches, virtual machines and their disks."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from checks.facts.base import Expression, Fact, Guid, Guids, PowerShellEnum
from checks.facts.rights import ANYBODY, HYPER_V, Right


class MigrationPerformance(PowerShellEnum):
    """VMMigrationPerformance: how live migration carries memory."""

    TCPIP = 0
    COMPRESSION = 1
    SMB = 2

    @property
    def powershell(self) -> str:
        """The name as Set-VMHost takes it."""
        return "Compression" if self is MigrationPerformance.COMPRESSION else self.name


class MigrationAuthentication(PowerShellEnum):
    """MigrationAuthenticationType: how hosts prove who they are to each other."""

    CREDSSP = 0
    KERBEROS = 1

    @property
    def powershell(self) -> str:
        """The name as Set-VMHost takes it."""
        return "CredSSP" if self is MigrationAuthentication.CREDSSP else "Kerberos"


class SwitchType(PowerShellEnum):
    """VMSwitchType."""

    PRIVATE = 0
    INTERNAL = 1
    EXTERNAL = 2


class BandwidthMode(PowerShellEnum):
    """VMSwitchBandwidthMode."""

    DEFAULT = 0
    WEIGHT = 1
    ABSOLUTE = 2
    NONE = 3


class OnOff(PowerShellEnum):
    """OnOffState; On is 0."""

    ON = 0
    OFF = 1


class VlanMode(PowerShellEnum):
    """VMNetworkAdapterVlanMode."""

    UNTAGGED = 0
    ACCESS = 1
    TRUNK = 2
    PRIVATE = 3


class IsolationMode(PowerShellEnum):
    """VMNetworkAdapterIsolationMode."""

    NONE = 0
    NATIVE_VIRTUAL_SUBNET = 1
    EXTERNAL_VIRTUAL_SUBNET = 2
    VLAN = 3


class DvdMedia(PowerShellEnum):
    """DvdMediaType: what is in a virtual DVD drive."""

    NONE = 0
    ISO = 1
    PASS_THROUGH = 2


class VMHost(Fact):
    """Hyper-V settings of the host. Source: Get-VMHost, Hyper-V module."""

    rights: ClassVar[Right] = HYPER_V
    query: ClassVar[str] = "Get-VMHost"
    name: str
    virtual_machine_migration_enabled: bool
    virtual_machine_migration_performance_option: MigrationPerformance
    virtual_machine_migration_authentication_type: MigrationAuthentication
    use_any_network_for_migration: bool
    maximum_virtual_machine_migrations: int
    maximum_storage_migrations: int


class VMMigrationNetwork(Fact):
    """Subnets that a standalone host accepts migrations on. Source: Get-VMMigrationNetwork, Hyper-V module."""

    rights: ClassVar[Right] = HYPER_V
    query: ClassVar[str] = "Get-VMMigrationNetwork"
    subnet: str
    """CIDR such as ``10.0.20.0/24``; a bare address is allowed too."""
    priority: int


class VMSwitch(Fact):
    """Virtual switches. Source: Get-VMSwitch, Hyper-V module.

    Windows Server 2012 R2 reports the uplink's description alone; later versions also report GUIDs.
    """

    rights: ClassVar[Right] = HYPER_V
    query: ClassVar[str] = "Get-VMSwitch"
    name: str
    id: Guid
    switch_type: SwitchType
    embedded_teaming_enabled: bool
    iov_enabled: bool
    """Whether the switch was made for SR-IOV; it can only be chosen then."""
    bandwidth_reservation_mode: BandwidthMode
    net_adapter_interface_description: str
    net_adapter_interface_guid: Annotated[
        Guids, Expression('@($_.NetAdapterInterfaceGuid | Where-Object { $_ } | ForEach-Object { "$_" })')
    ] = ()
    """Empty on Windows Server 2012 R2."""


class HostVNic(Fact):
    """Virtual network adapters of the management operating system. Source: Get-VMNetworkAdapter -ManagementOS."""

    rights: ClassVar[Right] = HYPER_V
    query: ClassVar[str] = "Get-VMNetworkAdapter -ManagementOS"
    name: str
    switch_name: str
    device_id: Guid
    """The GUID of its network interface."""
    ieee_priority_tag: OnOff
    """Whether 802.1p priorities that it sends survive the switch."""


class HostVNicVlan(Fact):
    """VLANs of the host's virtual network adapters. Source: Get-VMNetworkAdapterVlan -ManagementOS, Hyper-V module."""

    rights: ClassVar[Right] = HYPER_V
    query: ClassVar[str] = "Get-VMNetworkAdapterVlan -ManagementOS"
    adapter: Annotated[str, Expression("$_.ParentAdapter.Name")]
    operation_mode: VlanMode
    access_vlan_id: int
    native_vlan_id: int


class HostVNicIsolation(Fact):
    """Isolation of the host's virtual network adapters. Source: Get-VMNetworkAdapterIsolation -ManagementOS.

    Network ATC writes VLANs here, and leaves the adapter's VLAN at 0.
    """

    rights: ClassVar[Right] = HYPER_V
    query: ClassVar[str] = "Get-VMNetworkAdapterIsolation -ManagementOS"
    adapter: Annotated[str, Expression("$_.ParentAdapter.Name")]
    isolation_mode: IsolationMode
    default_isolation_id: int = Field(alias="DefaultIsolationID")


class HostVNicTeamMapping(Fact):
    """Ports that the host's virtual network adapters are bound to. Source: Get-VMNetworkAdapterTeamMapping.

    No row means that the switch chooses the port; Windows Server 2012 R2 does not know it.
    """

    rights: ClassVar[Right] = HYPER_V
    query: ClassVar[str] = "Get-VMNetworkAdapterTeamMapping -ManagementOS"
    adapter: Annotated[str, Expression("$_.ParentAdapter.Name")]
    net_adapter_name: str


class VM(Fact):
    """Virtual machines of this host. Source: Get-VM, Hyper-V module."""

    rights: ClassVar[Right] = HYPER_V
    query: ClassVar[str] = "Get-VM"
    id: Guid
    name: str
    state: int
    """VMState: 2 is running, 3 off."""
    is_clustered: bool
    configuration_location: str
    snapshot_file_location: str
    smart_paging_file_path: str


class VMHardDisk(Fact):
    """Virtual disks attached to virtual machines. Source: Get-VMHardDiskDrive, Hyper-V module."""

    rights: ClassVar[Right] = HYPER_V
    query: ClassVar[str] = "Get-VM | Get-VMHardDiskDrive"
    vm_id: Guid = Field(alias="VMId")
    vm_name: str = Field(alias="VMName")
    path: str
    disk_number: int | None = None
    """Number of the host's disk that is passed through; absent for a virtual disk file."""

    @property
    def server(self) -> str | None:
        """The server whose share holds the disk; None where it is on a drive or volume of this host."""
        # \\?\ and \\.\ begin paths of this host.
        name = self.path[2:].partition("\\")[0] if self.path.startswith("\\\\") else ""
        return None if name in ("", "?", ".") else name


class VMNic(Fact):
    """Network adapters of virtual machines. Source: Get-VMNetworkAdapter, Hyper-V module."""

    rights: ClassVar[Right] = HYPER_V
    query: ClassVar[str] = "Get-VM | Get-VMNetworkAdapter"
    vm_id: Guid = Field(alias="VMId")
    vm_name: str = Field(alias="VMName")
    name: str
    switch_name: str | None = None
    """Absent where the adapter is not connected."""


class VMProcessor(Fact):
    """Processor settings of virtual machines. Source: Get-VMProcessor, Hyper-V module."""

    rights: ClassVar[Right] = HYPER_V
    query: ClassVar[str] = "Get-VM | Get-VMProcessor"
    vm_id: Guid = Field(alias="VMId")
    vm_name: str = Field(alias="VMName")
    compatibility_for_migration_enabled: bool


class AssignableDeviceCommand(Fact):
    """Whether devices can be assigned at all; no row on Windows Server 2012 R2. Source: Get-Command."""

    rights: ClassVar[Right] = ANYBODY
    query: ClassVar[str] = "Get-Command -Name Get-VMAssignableDevice -ErrorAction SilentlyContinue"
    name: str


class VMAssignedDevice(Fact):
    """Devices of the host that a virtual machine owns. Source: Get-VMAssignableDevice, Hyper-V module."""

    rights: ClassVar[Right] = HYPER_V
    query: ClassVar[str] = "Get-VM | Get-VMAssignableDevice"
    only_if: ClassVar[type[Fact] | None] = AssignableDeviceCommand
    vm_id: Guid = Field(alias="VMId")
    vm_name: str = Field(alias="VMName")
    location_path: str


class VMDvd(Fact):
    """Virtual DVD drives and what is in them. Source: Get-VMDvdDrive, Hyper-V module."""

    rights: ClassVar[Right] = HYPER_V
    query: ClassVar[str] = "Get-VM | Get-VMDvdDrive"
    vm_id: Guid = Field(alias="VMId")
    vm_name: str = Field(alias="VMName")
    path: str | None = None
    """The image file; absent where the drive is empty."""
    dvd_media_type: DvdMedia
    controller_number: int
    controller_location: int
