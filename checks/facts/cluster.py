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
    set_smb_bandwidth_limit: int | None = Field(default=None, alias="SetSMBBandwidthLimit")
    """1 where the cluster limits live migration over SMB by itself; absent before the same update."""
    smb_bandwidth_limit_factor: int | None = Field(default=None, alias="SMBBandwidthLimitFactor")
    """Hundredths of a percent of the node's bandwidth; absent before the same update."""
    same_subnet_delay: int
    """Milliseconds between heartbeats of nodes in one subnet."""
    same_subnet_threshold: int
    """Heartbeats that may be missed before a node counts as lost."""
    cross_subnet_delay: int
    cross_subnet_threshold: int
    cross_site_delay: int | None = None
    """Absent before Windows Server 2016, as is the threshold."""
    cross_site_threshold: int | None = None
    security_level: int
    """Traffic between nodes: 0 in clear text, 1 signed, 2 encrypted."""
    security_level_for_storage: int | None = None
    """The same for shared volumes and Storage Spaces Direct; absent before Windows Server 2019."""
    cluster_functional_level: int | None = None
    """Absent before Windows Server 2016."""
    witness_dynamic_weight: int


class ClusterNode(Fact):
    """Nodes of the cluster. Source: Get-ClusterNode, FailoverClusters module."""

    rights: ClassVar[Right] = CLUSTER
    query: ClassVar[str] = "Get-ClusterNode"
    only_if: ClassVar[type[Fact] | None] = ClusterService
    name: str
    state: NodeState
    build_number: int
    node_highest_version: int
    """The highest functional level that the node supports is in the upper 16 bits, its build in the lower."""
    node_weight: int
    dynamic_weight: int


class ClusterVM(Fact):
    """Clustered virtual machines on this node, and which nodes may run them. Source: Get-ClusterResource."""

    rights: ClassVar[Right] = CLUSTER
    query: ClassVar[str] = (
        "Get-ClusterResource | Where-Object "
        '{ "$($_.ResourceType)" -eq \'Virtual Machine\' -and "$($_.OwnerNode)" -eq $env:COMPUTERNAME }'
    )
    only_if: ClassVar[type[Fact] | None] = ClusterService
    vm_id: Annotated[Guid, Expression("($_ | Get-ClusterParameter -Name VmID).Value")] = Field(alias="VMId")
    possible_owners: Annotated[Texts, Expression('@(($_ | Get-ClusterOwnerNode).OwnerNodes | ForEach-Object { "$_" })')]
    """Names of nodes; all of them, unless somebody chose."""


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
    auto_metric: bool
    """Whether the cluster chose the metric by itself."""
    ipv4_addresses: Annotated[Texts, Expression('@($_.Ipv4Addresses | ForEach-Object { "$_" })')] = ()
    ipv4_prefix_lengths: Annotated[Texts, Expression('@($_.Ipv4PrefixLengths | ForEach-Object { "$_" })')] = ()
    ipv6_addresses: Annotated[Texts, Expression('@($_.Ipv6Addresses | ForEach-Object { "$_" })')] = ()
    ipv6_prefix_lengths: Annotated[Texts, Expression('@($_.Ipv6PrefixLengths | ForEach-Object { "$_" })')] = ()


class NetworkInterfaceState(PowerShellEnum):
    """ClusterNetworkInterfaceState."""

    UNKNOWN = -1
    UNAVAILABLE = 0
    FAILED = 1
    UNREACHABLE = 2
    UP = 3


class ClusterNetworkInterface(Fact):
    """Interfaces of all nodes, each in its network. Source: Get-ClusterNetworkInterface, FailoverClusters module."""

    rights: ClassVar[Right] = CLUSTER
    query: ClassVar[str] = "Get-ClusterNetworkInterface"
    only_if: ClassVar[type[Fact] | None] = ClusterService
    name: str
    node: Annotated[str, Expression('"$($_.Node)"')]
    network_id: Annotated[Guid, Expression("$_.Network.Id")]
    adapter_id: Guid
    """The GUID of the node's network interface."""
    adapter: str
    """Its description."""
    state: NetworkInterfaceState
    ipv4_addresses: Annotated[Texts, Expression('@($_.Ipv4Addresses | ForEach-Object { "$_" })')] = ()


class ClusterQuorum(Fact):
    """The witness of the cluster. Source: Get-ClusterQuorum, FailoverClusters module."""

    rights: ClassVar[Right] = CLUSTER
    query: ClassVar[str] = "Get-ClusterQuorum"
    only_if: ClassVar[type[Fact] | None] = ClusterService
    witness: Annotated[str | None, Expression("$_.QuorumResource.Name")] = None
    """Name of the witness resource; absent where the cluster has none."""
    witness_state: Annotated[ResourceState | None, Expression("$_.QuorumResource.State")] = None
    witness_type: Annotated[str | None, Expression('"$($_.QuorumResource.ResourceType)"')] = None
    """Such as ``Cloud Witness``, ``File Share Witness`` or ``Physical Disk``."""


class VolumeState(PowerShellEnum):
    """ClusterSharedVolumeStateInfo's StateInfo: by which way a node reaches a shared volume."""

    UNAVAILABLE = 0
    PAUSED = 1
    DIRECT = 2
    FILE_SYSTEM_REDIRECTED = 3
    BLOCK_REDIRECTED = 4


class ClusterSharedVolumeState(Fact):
    """How each node reaches each shared volume. Source: Get-ClusterSharedVolumeState, FailoverClusters module."""

    rights: ClassVar[Right] = CLUSTER
    query: ClassVar[str] = "Get-ClusterSharedVolumeState"
    only_if: ClassVar[type[Fact] | None] = ClusterService
    name: str
    node: Annotated[str, Expression('"$($_.Node)"')]
    state_info: VolumeState
    file_system_redirected_io_reason: Annotated[int, Expression("[int]$_.FileSystemRedirectedIOReason")] = Field(
        alias="FileSystemRedirectedIOReason"
    )
    """Flags: 1 asked for, 2 and 4 an incompatible filter, 8 tiers, 16 BitLocker being initialised, 32 ReFS."""
    block_redirected_io_reason: Annotated[int, Expression("[int]$_.BlockRedirectedIOReason")] = Field(
        alias="BlockRedirectedIOReason"
    )
    """Flags: 1 no path to the disk, 2 a storage space that is attached elsewhere, 4 replication."""


class ClusterSite(Fact):
    """Sites among the cluster's fault domains; none on most clusters. Source: Get-ClusterFaultDomain."""

    rights: ClassVar[Right] = CLUSTER
    query: ClassVar[str] = "Get-ClusterFaultDomain -Type Site"
    only_if: ClassVar[type[Fact] | None] = ClusterService
    name: str


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
