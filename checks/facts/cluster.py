"""Failover clustering: the cluster, its nodes, networks, shared volumes and migration parameters."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from checks.facts.base import Expression, Fact, Guid, PowerShellEnum, Texts
from checks.facts.rights import ADMINISTRATORS, CLUSTER, SERVICES, Right


class NetworkRole(PowerShellEnum):
    """ClusterNetworkRole: what the cluster may use a network for."""

    NONE = 0
    CLUSTER = 1
    CLIENT = 2
    CLUSTER_AND_CLIENT = 3


class NetworkState(PowerShellEnum):
    """ClusterNetworkState."""

    UNKNOWN = -1
    UNAVAILABLE = 0
    DOWN = 1
    PARTITIONED = 2
    UP = 3


class NodeState(PowerShellEnum):
    """ClusterNodeState."""

    UNKNOWN = -1
    UP = 0
    DOWN = 1
    PAUSED = 2
    JOINING = 3


class ResourceState(PowerShellEnum):
    """ClusterResourceState."""

    UNKNOWN = -1
    INHERITED = 0
    INITIALIZING = 1
    ONLINE = 2
    OFFLINE = 3
    FAILED = 4
    PENDING = 128
    ONLINE_PENDING = 129
    OFFLINE_PENDING = 130


class ClusterService(Fact):
    """The cluster service; no row on a host that is not a cluster node. Source: Win32_Service.

    Installing the feature brings the service too, but it stays disabled until the host joins a cluster.
    """

    rights: ClassVar[Right] = SERVICES
    query: ClassVar[str] = (
        "Get-CimInstance -ClassName Win32_Service -Filter \"Name='ClusSvc' AND StartMode<>'Disabled'\""
    )
    name: str
    start_mode: str
    state: str


class ClusterSettings(Fact):
    """Settings of the cluster that this host is a node of. Source: Get-Cluster, FailoverClusters module."""

    rights: ClassVar[Right] = CLUSTER
    query: ClassVar[str] = "Get-Cluster"
    only_if: ClassVar[type[Fact] | None] = ClusterService
    name: str
    domain: str
    shared_volumes_root: str
    s2d_enabled: int | None = Field(default=None, alias="S2DEnabled")
    """1 where Storage Spaces Direct is on; absent before Windows Server 2016."""
    maximum_parallel_migrations: int | None = None
    """Absent before the update of Windows Server 2022 that brought it."""


class ClusterNode(Fact):
    """Nodes of the cluster. Source: Get-ClusterNode, FailoverClusters module."""

    rights: ClassVar[Right] = CLUSTER
    query: ClassVar[str] = "Get-ClusterNode"
    only_if: ClassVar[type[Fact] | None] = ClusterService
    name: str
    state: NodeState


class ClusterNetwork(Fact):
    """Networks of the cluster. Source: Get-ClusterNetwork, FailoverClusters module."""

    rights: ClassVar[Right] = CLUSTER
    query: ClassVar[str] = "Get-ClusterNetwork"
    only_if: ClassVar[type[Fact] | None] = ClusterService
    id: Guid
    name: str
    role: NetworkRole
    state: NetworkState
    metric: int
    ipv4_addresses: Annotated[Texts, Expression('@($_.Ipv4Addresses | ForEach-Object { "$_" })')] = ()
    ipv4_prefix_lengths: Annotated[Texts, Expression('@($_.Ipv4PrefixLengths | ForEach-Object { "$_" })')] = ()
    ipv6_addresses: Annotated[Texts, Expression('@($_.Ipv6Addresses | ForEach-Object { "$_" })')] = ()
    ipv6_prefix_lengths: Annotated[Texts, Expression('@($_.Ipv6PrefixLengths | ForEach-Object { "$_" })')] = ()


class MigrationParameter(Fact):
    """The cluster's choice and order of migration networks. Source: Get-ClusterParameter, FailoverClusters module."""

    rights: ClassVar[Right] = CLUSTER
    query: ClassVar[str] = (
        "Get-ClusterResourceType -Name 'Virtual Machine' | "
        "Get-ClusterParameter -Name MigrationExcludeNetworks, MigrationNetworkOrder"
    )
    only_if: ClassVar[type[Fact] | None] = ClusterService
    name: str
    value: Annotated[str, Expression('"$($_.Value)"')]
    """Network ids; Windows separates them with a semicolon."""


class ClusterSharedVolume(Fact):
    """Cluster Shared Volumes. Source: Get-ClusterSharedVolume, FailoverClusters module."""

    rights: ClassVar[Right] = CLUSTER
    query: ClassVar[str] = "Get-ClusterSharedVolume"
    only_if: ClassVar[type[Fact] | None] = ClusterService
    name: str
    state: ResourceState
    path: Annotated[Texts, Expression("@($_.SharedVolumeInfo | ForEach-Object { $_.FriendlyVolumeName })")] = ()


class ClusterDiskPartition(Fact):
    """Partitions on the cluster's disks, drive letters included. Source: MSCluster_DiskPartition."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-CimInstance -Namespace root/MSCluster -ClassName MSCluster_DiskPartition"
    only_if: ClassVar[type[Fact] | None] = ClusterService
    path: str = ""
    """Drive such as ``E:``; empty where the partition has no letter."""
    mount_points: Annotated[Texts, Expression('@($_.MountPoints | ForEach-Object { "$_" })')] = ()
    """Folders of this host under which the partition appears."""
    volume_guid: str
