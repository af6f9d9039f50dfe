"""The cmdlets of the Hyper-V module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.lab.cmdlets.rows import Facts, found


def _set_vm_host(facts: Facts, parameters: Mapping[str, Any]) -> None:
    facts["VMHost"][0].update(parameters)


def _enable_vm_migration(facts: Facts, _parameters: Mapping[str, Any]) -> None:
    facts["VMHost"][0]["VirtualMachineMigrationEnabled"] = True


def _add_vm_migration_network(facts: Facts, parameters: Mapping[str, Any]) -> None:
    facts.setdefault("VMMigrationNetwork", []).append({"Subnet": parameters["Subnet"]})


def _remove_vm_migration_network(facts: Facts, parameters: Mapping[str, Any]) -> None:
    found(facts, "VMMigrationNetwork", Subnet=parameters["Subnet"])
    facts["VMMigrationNetwork"] = [row for row in facts["VMMigrationNetwork"] if row["Subnet"] != parameters["Subnet"]]


def _move_vm_storage(facts: Facts, parameters: Mapping[str, Any]) -> None:
    vm = found(facts, "VM", Name=parameters["VMName"])
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
    path = parameters["Path"]
    found(facts, "VMDvd", **where).update({"Path": path, "DvdMediaType": 0 if path is None else 1})


def _set_team_mapping(facts: Facts, parameters: Mapping[str, Any]) -> None:
    vnic, port = parameters["VMNetworkAdapterName"], parameters["PhysicalNetAdapterName"]
    found(facts, "HostVNic", Name=vnic)
    found(facts, "NetAdapter", Name=port)
    rows = facts.setdefault("HostVNicTeamMapping", [])
    rows[:] = [row for row in rows if row["Adapter"] != vnic]
    rows.append({"Adapter": vnic, "NetAdapterName": port})


def _remove_team_mapping(facts: Facts, parameters: Mapping[str, Any]) -> None:
    row = found(facts, "HostVNicTeamMapping", Adapter=parameters["VMNetworkAdapterName"])
    facts["HostVNicTeamMapping"].remove(row)


def _set_vlan(facts: Facts, parameters: Mapping[str, Any]) -> None:
    row = found(facts, "HostVNicVlan", Adapter=parameters["VMNetworkAdapterName"])
    row.update({"OperationMode": 1, "AccessVlanId": parameters["VlanId"]})


def _set_vm_network_adapter(facts: Facts, parameters: Mapping[str, Any]) -> None:
    if not parameters.get("ManagementOS"):
        raise LookupError("the lab sets adapters of the management operating system only")
    row = found(facts, "HostVNic", Name=parameters["Name"])
    if "IeeePriorityTag" in parameters:
        row["IeeePriorityTag"] = {"On": 0, "Off": 1}[parameters["IeeePriorityTag"]]


def _set_vm_processor(facts: Facts, parameters: Mapping[str, Any]) -> None:
    if found(facts, "VM", Name=parameters["VMName"])["State"] != 3:
        raise LookupError("the processor of a VM can be set only while it is off")
    row = found(facts, "VMProcessor", VMName=parameters["VMName"])
    row["CompatibilityForMigrationEnabled"] = parameters["CompatibilityForMigrationEnabled"]


def _rename_vm_switch(facts: Facts, parameters: Mapping[str, Any]) -> None:
    old, new = parameters["Name"], parameters["NewName"]
    found(facts, "VMSwitch", Name=old)["Name"] = new
    for fact in ("HostVNic", "VMNic"):
        for row in facts.get(fact, []):
            if row["SwitchName"] == old:
                row["SwitchName"] = new


CMDLETS = {
    "Add-VMMigrationNetwork": _add_vm_migration_network,
    "Enable-VMMigration": _enable_vm_migration,
    "Move-VMStorage": _move_vm_storage,
    "Remove-VMMigrationNetwork": _remove_vm_migration_network,
    "Remove-VMNetworkAdapterTeamMapping": _remove_team_mapping,
    "Rename-VMSwitch": _rename_vm_switch,
    "Set-VMDvdDrive": _set_vm_dvd_drive,
    "Set-VMHost": _set_vm_host,
    "Set-VMNetworkAdapter": _set_vm_network_adapter,
    "Set-VMNetworkAdapterTeamMapping": _set_team_mapping,
    "Set-VMNetworkAdapterVlan": _set_vlan,
    "Set-VMProcessor": _set_vm_processor,
}
