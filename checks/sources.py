"""Pages that guidelines rest on, each with the day it was last read; one that is read again changes here alone."""

from __future__ import annotations

from datetime import date

from checks.model import Source

ADD_VMMIGRATION_NETWORK = Source(
    "Add-VMMigrationNetwork",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/Hyper-V/Add-VMMigrationNetwork.md",
    read=date(2026, 11, 23),
)
CLUSTERING_REQUIREMENTS = Source(
    "Failover clustering hardware requirements and storage options",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/clustering-requirements.md",
    read=date(2026, 11, 23),
)
CLUSTER_NETWORKING_PROCEDURES = Source(
    "Procedures for Implementing Cluster Networking Best Practices",
    "https://technet.microsoft.com/en-us/library/cc779486(v=ws.10).aspx",
    read=date(2026, 11, 23),
)
CLUSTER_SHARED_VOLUMES = Source(
    "Use Cluster Shared Volumes in a failover cluster",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/failover-cluster-csvs.md",
    read=date(2026, 11, 23),
)
CONVERGED_NIC = Source(
    "Converged NIC in a Teamed NIC configuration (datacenter)",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/networking/technologies/conv-nic/cnic-datacenter.md",
    read=date(2026, 11, 23),
)
CONVERGED_NIC_TROUBLESHOOTING = Source(
    "Troubleshooting Converged NIC Configurations",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/networking/technologies/conv-nic/cnic-app-troubleshoot.md",
    read=date(2026, 11, 23),
)
CREDENTIAL_GUARD_ISSUES = Source(
    "Considerations and known issues when using Credential Guard",
    "MicrosoftDocs/windows-itpro-docs: windows/security/identity-protection/credential-guard/"
    "considerations-known-issues.md",
    read=date(2026, 11, 23),
)
DEVICE_ASSIGNMENT = Source(
    "Plan for deploying devices using Discrete Device Assignment",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/virtualization/hyper-v/plan/"
    "Plan-for-Deploying-Devices-using-Discrete-Device-Assignment.md",
    read=date(2026, 11, 23),
)
EDITABLE_KEYWORDS = Source(
    "Keywords That Can Be Edited",
    "MicrosoftDocs/windows-driver-docs: windows-driver-docs-pr/network/keywords-that-can-be-edited.md",
    read=date(2026, 11, 23),
)
ENABLE_ADAPTER_QOS = Source(
    "Enable-NetAdapterQos",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/NetAdapter/Enable-NetAdapterQos.md",
    read=date(2026, 11, 23),
)
ENABLE_FLOW_CONTROL = Source(
    "Enable-NetQosFlowControl",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/DcbQos/Enable-NetQosFlowControl.md",
    read=date(2026, 11, 23),
)
GET_ADAPTER_QOS = Source(
    "Get-NetAdapterQos",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/NetAdapter/Get-NetAdapterQos.md",
    read=date(2026, 11, 23),
)
GET_CLUSTER = Source(
    "Get-Cluster",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/FailoverClusters/Get-Cluster.md",
    read=date(2026, 11, 23),
)
HADR_BEST_PRACTICES = Source(
    "HADR configuration best practices (SQL Server on Azure VMs)",
    "MicrosoftDocs/sql-docs: azure-sql/virtual-machines/windows/hadr-cluster-best-practices.md",
    read=date(2026, 11, 23),
)
HOST_NETWORK_REQUIREMENTS = Source(
    "Host network requirements for Azure Local",
    "MicrosoftDocs/azure-stack-docs: azure-local/concepts/host-network-requirements.md",
    read=date(2026, 11, 23),
)
MANAGE_DCB = Source(
    "Manage Data Center Bridging (DCB)",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/networking/technologies/dcb/dcb-manage.md",
    read=date(2026, 11, 23),
)
MANAGE_NETWORK_ATC = Source(
    "Manage Network ATC",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/networking/network-atc/manage-network-atc.md",
    read=date(2026, 11, 23),
)
MIGRATION_LINK_SPEED = Source(
    "At least one network for live migration traffic should have a link speed of at least 1 Gbps",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/virtualization/hyper-v/best-practices-analyzer/"
    "At-least-one-network-for-live-migration-traffic-should-have-a-link-speed-at-least.md",
    read=date(2026, 11, 23),
)
MIGRATION_WITHOUT_CLUSTERING = Source(
    "Set up hosts for live migration without Failover Clustering",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/virtualization/hyper-v/deploy/"
    "Set-up-hosts-for-live-migration-without-Failover-Clustering.md",
    read=date(2026, 11, 23),
)
NDKPI_INF = Source(
    "INF Requirements for NDKPI",
    "MicrosoftDocs/windows-driver-docs: windows-driver-docs-pr/network/inf-requirements-for-ndkpi.md",
    read=date(2026, 11, 23),
)
NETWORKS_ROLE = Source(
    "Role (cluster networks)",
    "https://learn.microsoft.com/en-us/previous-versions/windows/desktop/mscs/networks-role",
    read=date(2026, 11, 23),
)
NETWORK_ATC = Source(
    "Deploy host networking with Network ATC",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/networking/network-atc/network-atc.md",
    read=date(2026, 11, 23),
)
NETWORK_INTERFACE_STATE = Source(
    "CLUSTER_NETINTERFACE_STATE enumeration",
    "https://learn.microsoft.com/en-us/windows/win32/api/clusapi/ne-clusapi-cluster_netinterface_state",
    read=date(2026, 11, 23),
)
NETWORK_IO_PERFORMANCE = Source(
    "Hyper-V Network I/O Performance",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/administration/performance-tuning/role/"
    "hyper-v-server/network-io-performance.md",
    read=date(2026, 11, 23),
)
NEW_QOS_POLICY = Source(
    "New-NetQosPolicy",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/NetQos/New-NetQosPolicy.md",
    read=date(2026, 11, 23),
)
NEW_TRAFFIC_CLASS = Source(
    "New-NetQosTrafficClass",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/DcbQos/New-NetQosTrafficClass.md",
    read=date(2026, 11, 23),
)
PARTITIONED_NETWORK = Source(
    "Cluster network shows as 'Partitioned' after OS upgrade from 22H2 to 23H2",
    # The file's name holds "%2D", which an address has to escape.
    "https://github.com/Azure/AzureLocal-Supportability/blob/HEAD/TSG/Upgrade/"
    "Known-issue-%252D-Cluster-network-shows-as-%27Partitioned%27-after-OS-upgrade-from-22H2-to-23H2.md",
    read=date(2026, 11, 23),
)
RDMA_AND_SET = Source(
    "Remote Direct Memory Access (RDMA) and Switch Embedded Teaming (SET)",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/virtualization/hyper-v-virtual-switch/"
    "RDMA-and-Switch-Embedded-Teaming.md",
    read=date(2026, 11, 23),
)
ROLLING_UPGRADE = Source(
    "Cluster operating system rolling upgrade",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/"
    "Cluster-Operating-System-Rolling-Upgrade.md",
    read=date(2026, 11, 23),
)
SET_DCBX_SETTING = Source(
    "Set-NetQosDcbxSetting",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/DcbQos/Set-NetQosDcbxSetting.md",
    read=date(2026, 11, 23),
)
SET_SMB_BANDWIDTH_LIMIT = Source(
    "Set-SmbBandwidthLimit",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/SmbShare/Set-SmbBandwidthLimit.md",
    read=date(2026, 11, 23),
)
SET_TEAM_MAPPING = Source(
    "Set-VMNetworkAdapterTeamMapping",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/Hyper-V/Set-VMNetworkAdapterTeamMapping.md",
    read=date(2026, 11, 23),
)
SET_VMDVDDRIVE = Source(
    "Set-VMDvdDrive",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/Hyper-V/Set-VMDvdDrive.md",
    read=date(2026, 11, 23),
)
SET_VMHOST = Source(
    "Set-VMHost",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/Hyper-V/Set-VMHost.md",
    read=date(2026, 11, 23),
)
SIMPLIFIED_MULTICHANNEL = Source(
    "Simplified SMB Multichannel and Multi-NIC Cluster Networks",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/"
    "Simplified-SMB-Multichannel-and-Multi-NIC-Cluster-Networks.md",
    read=date(2026, 11, 23),
)
SMB_BANDWIDTH_CONTROL = Source(
    "Configure cluster-wide Live Migration SMB bandwidth control",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/configure-live-migration-smb-bandwidth.md",
    read=date(2026, 11, 23),
)
SMB_CLIENT_CONFIGURATION = Source(
    "Get-SmbClientConfiguration",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/SmbShare/Get-SmbClientConfiguration.md",
    read=date(2026, 11, 23),
)
SMB_CONSTRAINT = Source(
    "New-SmbMultichannelConstraint",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/SmbShare/New-SmbMultichannelConstraint.md",
    read=date(2026, 11, 23),
)
SMB_DIRECT = Source(
    "Improve performance of a file server with SMB Direct",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/storage/file-server/smb-direct.md",
    read=date(2026, 11, 23),
)
SMB_DIRECT_PROTOCOL = Source(
    "[MS-SMBD]: SMB2 Remote Direct Memory Access (RDMA) Transport Protocol, standards assignments",
    "https://learn.microsoft.com/openspecs/windows_protocols/ms-smbd/ff0fc2d8-dd85-4471-9881-b608318fb406",
    read=date(2026, 11, 23),
)
SMB_MULTICHANNEL_TROUBLESHOOTING = Source(
    "SMB Multichannel troubleshooting",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/storage/file-server/Troubleshoot/"
    "smb-multichannel-troubleshooting.md",
    read=date(2026, 11, 23),
)
SMB_SECURE_TRAFFIC = Source(
    "Secure SMB Traffic in Windows Server",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/storage/file-server/smb-secure-traffic.md",
    read=date(2026, 11, 23),
)
SWITCH_PFC = Source(
    "Azure Local: LLDP, DCBX, and PFC Configuration Guide",
    "Azure/AzureLocal-Supportability: TSG/Networking/Top-Of-Rack-Switch/Troubleshoot-TOR-LLDP-DCBX-PFC-RoCEv2.md",
    read=date(2026, 11, 23),
)
SWITCH_QOS = Source(
    "Azure Local - QoS Policy",
    "Azure/AzureLocal-Supportability: TSG/Networking/Top-Of-Rack-Switch/Reference-TOR-QOS-Policy-Configuration.md",
    read=date(2026, 11, 23),
)
TUNING_NETWORK_ADAPTERS = Source(
    "Performance Tuning Network Adapters",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/networking/technologies/network-subsystem/"
    "net-sub-performance-tuning-nics.md",
    read=date(2026, 11, 23),
)
