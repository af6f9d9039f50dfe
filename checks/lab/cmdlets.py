"""What a fix's cmdlets do to recorded facts. The lab knows these cmdlets, and no guideline.

Each function takes the facts of one host, as PowerShell names them, and a command's parameters, and changes the
facts as Windows would. A cmdlet that is not here cannot be applied, and says so.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from checks.facts.base import normalise_guid
from checks.model import Command, Fix
from checks.snapshot import Snapshot

Facts = dict[str, list[dict[str, Any]]]


def apply(snapshot: Snapshot, fix: Fix) -> Snapshot:
    """The snapshot as it would be after the fix.

    Raises:
        LookupError: the lab does not know a cmdlet of the fix, or what it is to change is not there.
    """
    facts = copy.deepcopy(snapshot.facts)
    for command in fix.commands:
        if command.cmdlet not in _CMDLETS:
            raise LookupError(f"the lab does not know {command.cmdlet}")
        _CMDLETS[command.cmdlet](facts, command.parameters)
    return snapshot.model_copy(update={"facts": facts})


def _set_vm_host(facts: Facts, parameters: Mapping[str, Any]) -> None:
    facts["VMHost"][0].update(parameters)


def _enable_vm_migration(facts: Facts, _parameters: Mapping[str, Any]) -> None:
    facts["VMHost"][0]["VirtualMachineMigrationEnabled"] = True


def _add_vm_migration_network(facts: Facts, parameters: Mapping[str, Any]) -> None:
    facts.setdefault("VMMigrationNetwork", []).append({"Subnet": parameters["Subnet"]})


def _remove_vm_migration_network(facts: Facts, parameters: Mapping[str, Any]) -> None:
    _found(facts, "VMMigrationNetwork", Subnet=parameters["Subnet"])
    facts["VMMigrationNetwork"] = [row for row in facts["VMMigrationNetwork"] if row["Subnet"] != parameters["Subnet"]]


def _set_cluster_parameter(facts: Facts, parameters: Mapping[str, Any]) -> None:
    of = parameters["InputObject"]
    if not isinstance(of, Command) or of.cmdlet != "Get-ClusterResourceType":
        raise LookupError("the lab sets parameters of cluster resource types only")
    rows = facts.setdefault("MigrationParameter", [])
    rows[:] = [row for row in rows if row["Name"] != parameters["Name"]]
    rows.append({"Name": parameters["Name"], "Value": parameters["Value"]})


def _set_net_adapter_advanced_property(facts: Facts, parameters: Mapping[str, Any]) -> None:
    keyword, name = parameters["RegistryKeyword"], parameters["Name"]
    adapter = _found(facts, "NetAdapter", Name=name)
    owner = normalise_guid(adapter["InterfaceGuid"])
    for row in facts["AdvancedProperty"]:
        if row["RegistryKeyword"].lower() == keyword.lower() and owner in row["InstanceID"].lower():
            row["RegistryValue"] = [str(parameters["RegistryValue"])]
            return
    raise LookupError(f"{name} has no {keyword}")


def _move_vm_storage(facts: Facts, parameters: Mapping[str, Any]) -> None:
    vm = _found(facts, "VM", Name=parameters["VMName"])
    properties = {
        "VirtualMachinePath": "ConfigurationLocation",
        "SnapshotFilePath": "SnapshotFileLocation",
        "SmartPagingFilePath": "SmartPagingFilePath",
    }
    vm.update({properties[name]: value for name, value in parameters.items() if name in properties})
    target = parameters.get("DestinationStoragePath")
    if target is None:
        return
    vm.update(dict.fromkeys(properties.values(), target))
    for disk in facts.get("VMHardDisk", []):
        if disk["VMName"] == parameters["VMName"] and disk.get("DiskNumber") is None:
            file = disk["Path"].rpartition("\\")[2]
            disk["Path"] = f"{target}\\Virtual Hard Disks\\{file}"


def _set_vm_dvd_drive(facts: Facts, parameters: Mapping[str, Any]) -> None:
    where = {name: parameters[name] for name in ("VMName", "ControllerNumber", "ControllerLocation")}
    _found(facts, "VMDvd", **where)["Path"] = parameters["Path"]


def _install_windows_feature(facts: Facts, parameters: Mapping[str, Any]) -> None:
    if parameters["Name"] != "FS-SMBBW":
        raise LookupError(f"the lab cannot install {parameters['Name']}")
    facts["SmbBandwidthFeature"] = [{"Name": "FS-SMBBW"}]


def _set_smb_bandwidth_limit(facts: Facts, parameters: Mapping[str, Any]) -> None:
    if not facts.get("SmbBandwidthFeature"):
        raise LookupError("Set-SmbBandwidthLimit is there only with the feature FS-SMBBW")
    # The fact holds the category's number, as Windows PowerShell 5.1 writes it.
    category = {"Default": 0, "VirtualMachine": 1, "LiveMigration": 2}[parameters["Category"]]
    rows = facts.setdefault("SmbBandwidthLimit", [])
    rows[:] = [row for row in rows if row["Category"] not in (category, parameters["Category"])]
    rows.append({"Category": category, "BytesPerSecond": parameters["BytesPerSecond"]})


def _found(facts: Facts, fact: str, **values: Any) -> dict[str, Any]:
    for row in facts.get(fact, []):
        if all(row.get(name) == value for name, value in values.items()):
            return row
    raise LookupError(f"no {fact} with {values}")


_CMDLETS: dict[str, Callable[[Facts, Mapping[str, Any]], None]] = {
    "Add-VMMigrationNetwork": _add_vm_migration_network,
    "Enable-VMMigration": _enable_vm_migration,
    "Install-WindowsFeature": _install_windows_feature,
    "Move-VMStorage": _move_vm_storage,
    "Remove-VMMigrationNetwork": _remove_vm_migration_network,
    "Set-ClusterParameter": _set_cluster_parameter,
    "Set-NetAdapterAdvancedProperty": _set_net_adapter_advanced_property,
    "Set-SmbBandwidthLimit": _set_smb_bandwidth_limit,
    "Set-VMDvdDrive": _set_vm_dvd_drive,
    "Set-VMHost": _set_vm_host,
}
