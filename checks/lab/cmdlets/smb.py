"""The cmdlets of the SmbShare module, and Windows features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.lab.cmdlets.rows import Facts, found

_FEATURES = {"FS-SMBBW": "SmbBandwidthFeature", "Data-Center-Bridging": "DcbFeature"}
"""Facts by the Windows feature that they tell of."""
_BEFORE_DCB: dict[str, list[dict[str, Any]]] = {
    "QosFlowControl": [{"Priority": each, "Enabled": False, "InterfaceAlias": None} for each in range(8)],
    "QosTrafficClass": [
        {
            "Name": "[Default]",
            "Priority": list(range(8)),
            "Algorithm": 2,
            "BandwidthPercentage": 100,
            "InterfaceAlias": None,
        }
    ],
    "QosDcbxSetting": [{"Willing": True, "InterfaceAlias": None}],
}
"""What Data Center Bridging starts from."""


def _install_windows_feature(facts: Facts, parameters: Mapping[str, Any]) -> None:
    name = parameters["Name"]
    if name not in _FEATURES:
        raise LookupError(f"the lab cannot install {name}")
    facts[_FEATURES[name]] = [{"Name": name}]
    if name == "Data-Center-Bridging":
        for fact, rows in _BEFORE_DCB.items():
            if not facts.get(fact):
                facts[fact] = [dict(row) for row in rows]


def _set_smb_bandwidth_limit(facts: Facts, parameters: Mapping[str, Any]) -> None:
    if not facts.get("SmbBandwidthFeature"):
        raise LookupError("Set-SmbBandwidthLimit is there only with the feature FS-SMBBW")
    # The fact holds the category's number, as Windows PowerShell 5.1 writes it.
    category = {"Default": 0, "VirtualMachine": 1, "LiveMigration": 2}[parameters["Category"]]
    rows = facts.setdefault("SmbBandwidthLimit", [])
    rows[:] = [row for row in rows if row["Category"] not in (category, parameters["Category"])]
    rows.append({"Category": category, "BytesPerSecond": parameters["BytesPerSecond"]})


def _set_server(facts: Facts, parameters: Mapping[str, Any]) -> None:
    _configure(facts, "SmbServerConfiguration", parameters)


def _set_client(facts: Facts, parameters: Mapping[str, Any]) -> None:
    _configure(facts, "SmbClientConfiguration", parameters)


def _configure(facts: Facts, fact: str, parameters: Mapping[str, Any]) -> None:
    row = facts[fact][0]
    for name, value in parameters.items():
        if name not in ("Force", "Confirm"):
            row[name] = value


def _remove_constraint(facts: Facts, parameters: Mapping[str, Any]) -> None:
    wanted = {name: value for name, value in parameters.items() if name not in ("Force", "Confirm")}
    kept = [row for row in facts["SmbConstraint"] if any(row[name] != value for name, value in wanted.items())]
    if len(kept) == len(facts["SmbConstraint"]):
        raise LookupError(f"no constraint with {wanted}")
    facts["SmbConstraint"] = kept


def _set_service(facts: Facts, parameters: Mapping[str, Any]) -> None:
    service = found(facts, "SmbService", Name=parameters["Name"])
    service["StartMode"] = {"Automatic": "Auto"}.get(parameters["StartupType"], parameters["StartupType"])


def _start_service(facts: Facts, parameters: Mapping[str, Any]) -> None:
    service = found(facts, "SmbService", Name=parameters["Name"])
    if service["StartMode"] == "Disabled":
        raise LookupError(f"{service['Name']} is disabled and cannot be started")
    service["State"] = "Running"


CMDLETS = {
    "Install-WindowsFeature": _install_windows_feature,
    "Remove-SmbMultichannelConstraint": _remove_constraint,
    "Set-Service": _set_service,
    "Set-SmbBandwidthLimit": _set_smb_bandwidth_limit,
    "Set-SmbClientConfiguration": _set_client,
    "Set-SmbServerConfiguration": _set_server,
    "Start-Service": _start_service,
}
