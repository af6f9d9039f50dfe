"""How ``checks/reference.json`` was made: the names that PowerShell knows per Windows Server version, and no more.

The input is two JSON files compiled from Microsoft's cmdlet documentation and from real module files:

* ``cmdlets.json``: docset -> module -> cmdlet -> parameters. Docsets ``winserver2016-ps`` to ``winserver2025-ps`` come
  from MicrosoftDocs/windows-powershell-docs, ``powershell-5.1`` from MicrosoftDocs/PowerShell-Docs, ``observed-*`` from
  modules.
* ``types.json``: output type -> property. Sources: microsoft/wmi, MicrosoftDocs/win32, dsccommunity module stubs.

The output keeps, for each cmdlet, its module, the versions that document it and its parameters; and for each type that
our facts read, its properties. What a module that was seen knows counts for every version: documentation lags behind.

    python tools/reference_extract.py FOLDER_WITH_THE_TWO_FILES > checks/reference.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

VERSIONS = {
    "winserver2016-ps": "2016",
    "winserver2019-ps": "2019",
    "winserver2022-ps": "2022",
    "winserver2025-ps": "2025",
}
MODULES = {
    "CimCmdlets", "DcbQos", "DnsClient", "FailoverClusters", "Hyper-V", "Microsoft.PowerShell.Core",
    "Microsoft.PowerShell.Diagnostics", "Microsoft.PowerShell.Management", "Microsoft.PowerShell.Utility", "NetAdapter",
    "NetConnection", "NetLbfo", "NetQos", "NetTCPIP", "NetworkATC", "ServerManager", "SmbShare",
}  # fmt: skip
# Types that neither file has, from Microsoft's reference pages (read 2026-11-23).
SUPPLEMENT = {
    # MicrosoftDocs/win32: desktop-src/CIMWin32Prov/win32-service.md
    "Cim#ROOT/cimv2/Win32_Service": ["DisplayName", "Name", "StartMode", "State"],
    # learn.microsoft.com previous-versions/windows/desktop/cluswmi/mscluster-diskpartition
    "Cim#ROOT/MSCluster/MSCluster_DiskPartition": [
        "MountPoints",
        "PartitionNumber",
        "Path",
        "VolumeGuid",
        "VolumeLabel",
    ],
    # MicrosoftDocs/windows-powershell-docs: docset/winserver2022-ps/ServerManager/Get-WindowsFeature.md
    "Get-WindowsFeature": ["DisplayName", "Installed", "InstallState", "Name"],
    # MicrosoftDocs/PowerShell-Docs: reference/5.1/Microsoft.PowerShell.Core/Get-Command.md
    "Get-Command": ["CommandType", "Name", "Source", "Version"],
    # Azure/AzureLocal-Supportability: TSG/Networking (outputs of Get-NetIntent and Get-NetIntentStatus)
    "Get-NetIntent": ["IntentName", "IntentType", "IsStorageIntentSet", "NetAdapterNamesAsList", "Scope"],
    "Get-NetIntentStatus": [
        "ConfigurationStatus",
        "Error",
        "Host",
        "IntentName",
        "IsComputeIntentSet",
        "IsManagementIntentSet",
        "IsStorageIntentSet",
        "LastConfigApplied",
        "LastSuccess",
        "LastUpdated",
        "Progress",
        "ProvisioningStatus",
        "RetryCount",
    ],
    # microsoft/wmi: server2019/root/microsoft/windows/storage/MSFT_iSCSIConnection.go
    "Cim#ROOT/Microsoft/Windows/Storage/MSFT_iSCSIConnection": [
        "ConnectionIdentifier",
        "InitiatorAddress",
        "InitiatorPortNumber",
        "TargetAddress",
        "TargetPortNumber",
    ],
    # learn.microsoft.com windows/security/hardware-security/enable-virtualization-based-protection-of-code-integrity
    "Cim#ROOT/Microsoft/Windows/DeviceGuard/Win32_DeviceGuard": [
        "AvailableSecurityProperties",
        "SecurityServicesConfigured",
        "SecurityServicesRunning",
        "VirtualizationBasedSecurityStatus",
    ],
    # microsoft/wmi: server2019/root/standardcimv2, and the script properties of the NetSecurity module
    "Get-NetFirewallRule": ["Action", "Direction", "Enabled", "Group", "InstanceID", "Name", "Profile", "Profiles"],
    "Get-NetFirewallPortFilter": ["InstanceID", "LocalPort", "Protocol", "RemotePort"],
    "Get-NetFirewallApplicationFilter": ["InstanceID", "Package", "Program"],
    "Get-NetFirewallAddressFilter": ["InstanceID", "LocalAddress", "RemoteAddress"],
    "Get-NetFirewallProfile": ["DefaultInboundAction", "Enabled", "InstanceID", "Name"],
    # The values of the registry key that we read.
    "Get-ItemProperty": ["CurrentBuildNumber", "UBR"],
    # MicrosoftDocs/windows-powershell-docs: docset/winserver2022-ps/FailoverClusters/Get-ClusterFaultDomain.md
    "Get-ClusterFaultDomain": ["Description", "FaultDomainType", "Location", "Name", "ParentName"],
}
# MicrosoftDocs/windows-powershell-docs: docset/winserver{2016,2019,2022,2025}-ps/NetSecurity (read 2026-11-23): the
# parameters that we use and all versions document.
NET_SECURITY = {
    "Get-NetFirewallAddressFilter": ["All", "AssociatedNetFirewallRule", "PolicyStore"],
    "Get-NetFirewallApplicationFilter": ["All", "AssociatedNetFirewallRule", "PolicyStore", "Program"],
    "Get-NetFirewallPortFilter": ["All", "AssociatedNetFirewallRule", "PolicyStore", "Protocol"],
    "Get-NetFirewallProfile": ["All", "Name", "PolicyStore"],
    "Get-NetFirewallRule": [
        "Action", "All", "AssociatedNetFirewallPortFilter", "Direction", "Enabled", "Group", "Name", "PolicyStore",
    ],
    "Enable-NetFirewallRule": ["Confirm", "Direction", "Group", "Name", "PassThru", "PolicyStore", "WhatIf"],
    "New-NetFirewallRule": [
        "Action", "Confirm", "Description", "Direction", "DisplayName", "Enabled", "InterfaceAlias", "LocalPort",
        "Name", "PolicyStore", "Profile", "Protocol", "RemoteAddress", "WhatIf",
    ],
    "Remove-NetFirewallRule": ["Confirm", "Direction", "Group", "Name", "PassThru", "PolicyStore", "WhatIf"],
    "Set-NetFirewallRule": [
        "Action", "Confirm", "Enabled", "InterfaceAlias", "LocalPort", "Name", "PolicyStore", "Profile",
        "RemoteAddress", "WhatIf",
    ],
}  # fmt: skip
TYPES = ("Microsoft.HyperV.PowerShell.", "Microsoft.FailoverClusters.PowerShell.", "Cim#ROOT/")


def cmdlets(data: dict[str, Any]) -> dict[str, Any]:
    """Cmdlet -> module, versions that document it, parameters with their aliases."""
    found: dict[str, Any] = {}
    for docset, modules in data.items():
        for module, known in modules.items() if not docset.startswith("_") else ():
            for name, detail in known.items() if module in MODULES else ():
                entry = found.setdefault(name, {"module": module, "versions": [], "parameters": set()})
                if docset in VERSIONS:
                    entry["versions"].append(VERSIONS[docset])
                for parameter, about in detail["parameters"].items():
                    entry["parameters"].update([parameter, *about.get("aliases", ())])
    for name, parameters in NET_SECURITY.items():
        found[name] = {"module": "NetSecurity", "versions": VERSIONS.values(), "parameters": set(parameters)}
    return {
        name: {**entry, "versions": sorted(set(entry["versions"])), "parameters": sorted(entry["parameters"])}
        for name, entry in sorted(found.items())
    }


def types(data: dict[str, Any]) -> dict[str, list[str]]:
    """Type -> properties."""
    return {
        name: sorted(properties.get("properties", properties))
        for name, properties in sorted(data.items())
        if name.startswith(TYPES) and "PerfFormattedData" not in name
    }


def answers(data: dict[str, Any]) -> dict[str, str]:
    """Cmdlet -> the type that it answers with."""
    return {cmdlet: kind for kind, names in sorted(data["_meta"]["cmdlets"].items()) for cmdlet in names}


def main(folder: str) -> None:
    """Write the extract to standard output."""
    read = {name: json.loads((Path(folder) / f"{name}.json").read_text("utf-8")) for name in ("cmdlets", "types")}
    extract = {
        "about": "Made by tools/reference_extract.py; see there for the sources.",
        "common": sorted(read["cmdlets"]["_meta"]["common"]) + sorted(read["cmdlets"]["_meta"]["shouldProcess"]),
        "cmdlets": cmdlets(read["cmdlets"]),
        "types": {**types(read["types"]), **SUPPLEMENT},
        "answers": answers(read["types"]),
    }
    json.dump(extract, sys.stdout, ensure_ascii=False, indent=0, sort_keys=True)
    print()


if __name__ == "__main__":
    main(sys.argv[1])
