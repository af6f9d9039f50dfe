"""Pages that guidelines rest on, each with the day it was last read; one that is read again changes here alone."""

from __future__ import annotations

from datetime import date

from checks.model import Source

CLUSTERING_REQUIREMENTS = Source(
    "Failover clustering hardware requirements and storage options",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/clustering-requirements.md",
    read=date(2026, 11, 23),
)
CONVERGED_NIC = Source(
    "Converged NIC in a Teamed NIC configuration (datacenter)",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/networking/technologies/conv-nic/cnic-datacenter.md",
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
MIGRATION_WITHOUT_CLUSTERING = Source(
    "Set up hosts for live migration without Failover Clustering",
    "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/virtualization/hyper-v/deploy/"
    "Set-up-hosts-for-live-migration-without-Failover-Clustering.md",
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
SET_DCBX_SETTING = Source(
    "Set-NetQosDcbxSetting",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/DcbQos/Set-NetQosDcbxSetting.md",
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
