"""SMB: the client's view of its interfaces, and bandwidth limits."""

from __future__ import annotations

from typing import ClassVar

from checks.facts.base import Fact, Guid, PowerShellEnum, Texts
from checks.facts.cluster import ClusterService
from checks.facts.rights import ADMINISTRATORS, FEATURES, Right


class BandwidthCategory(PowerShellEnum):
    """Category of an SMB bandwidth limit."""

    DEFAULT = 0
    VIRTUAL_MACHINE = 1
    LIVE_MIGRATION = 2
    STORAGE_REPLICATION = 3


class SmbClientInterface(Fact):
    """Interfaces as SMB sees them, RDMA included. Source: Get-SmbClientNetworkInterface, SmbShare module."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-SmbClientNetworkInterface"
    friendly_name: str
    interface_index: int
    rdma_capable: bool
    rss_capable: bool
    link_speed: int
    """bit/s."""
    ip_addresses: Texts


class SmbBandwidthFeature(Fact):
    """The Windows feature SMB Bandwidth Limit; no row where it is not installed. Source: Get-WindowsFeature."""

    rights: ClassVar[Right] = FEATURES
    query: ClassVar[str] = "Get-WindowsFeature -Name FS-SMBBW | Where-Object { $_.Installed }"
    name: str


class SmbBandwidthLimit(Fact):
    """Limits per category of SMB traffic. Source: Get-SmbBandwidthLimit, SmbShare module."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-SmbBandwidthLimit"
    only_if: ClassVar[type[Fact] | None] = SmbBandwidthFeature
    category: BandwidthCategory
    bytes_per_second: int


class SmbServerInterface(Fact):
    """Interfaces as the SMB server offers them, a row per address. Source: Get-SmbServerNetworkInterface."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-SmbServerNetworkInterface"
    interface_index: int
    rdma_capable: bool
    rss_capable: bool
    link_speed: int
    """bit/s."""
    ip_address: str


class SmbClientConfiguration(Fact):
    """Settings of the SMB client. Source: Get-SmbClientConfiguration, SmbShare module."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-SmbClientConfiguration"
    enable_multi_channel: bool
    connection_count_per_rss_network_interface: int
    maximum_connection_count_per_server: int
    require_security_signature: bool


class SmbServerConfiguration(Fact):
    """Settings of the SMB server. Source: Get-SmbServerConfiguration, SmbShare module."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-SmbServerConfiguration"
    enable_multi_channel: bool
    encrypt_data: bool
    require_security_signature: bool


class SmbConnection(Fact):
    """Connections of SMB Multichannel to shares, read twice. Source: Get-SmbMultichannelConnection, SmbShare module."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-SmbMultichannelConnection"
    samples: ClassVar[int] = 2
    interval: ClassVar[int] = 2
    sample: int
    server_name: str
    client_interface_index: int
    client_rdma_capable: bool
    server_rdma_capable: bool
    selected: bool
    failed: bool
    failure_count: int
    current_channels: int
    rdma_connection_count: int | None = None
    """Absent before Windows Server 2022, as is the number over TCP."""
    tcp_connection_count: int | None = None


class CsvConnection(SmbConnection):
    """The same for traffic of Cluster Shared Volumes."""

    query: ClassVar[str] = "Get-SmbMultichannelConnection -SmbInstance CSV"
    only_if: ClassVar[type[Fact] | None] = ClusterService


class SblConnection(SmbConnection):
    """The same for the Software Storage Bus of Storage Spaces Direct; other clusters may not answer."""

    query: ClassVar[str] = "Get-SmbMultichannelConnection -SmbInstance SBL"
    only_if: ClassVar[type[Fact] | None] = ClusterService


class SmbConstraint(Fact):
    """Interfaces that SMB Multichannel must keep to, per server. Source: Get-SmbMultichannelConstraint."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-SmbMultichannelConstraint"
    server_name: str
    interface_alias: str
    interface_index: int
    interface_guid: Guid
