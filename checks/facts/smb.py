"""SMB: the client's view of its interfaces, and bandwidth limits."""

from __future__ import annotations

from typing import ClassVar

from checks.facts.base import Fact, PowerShellEnum, Texts
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
