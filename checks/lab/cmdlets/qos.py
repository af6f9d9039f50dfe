"""The cmdlets of the NetQos and DcbQos modules, and what they make the ports run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.lab.cmdlets.rows import Facts, found, many

_PRIORITIES = range(8)
_STRICT, _ETS = 0, 2


def program(facts: Facts) -> None:
    """Give every port on which QoS is on its priorities and classes, as Windows does where it is not willing.

    What is set on a port takes the place of what is set on the host; only its own word on DCBX always counts.
    """
    willing = {row.get("InterfaceAlias") or "": row["Willing"] for row in facts.get("QosDcbxSetting", [])}
    for port in facts.get("QosAdapter", []):
        if port["Enabled"] and not willing.get(port["Name"], willing.get("", True)):
            port["FlowControl"] = _pauses(facts, port["Name"])
            port["Classes"], port["Bandwidth"], port["Algorithms"] = _tables(facts, port["Name"])


def _pauses(facts: Facts, port: str) -> list[bool]:
    own = [row for row in _of(facts, "QosFlowControl", port) if row["Enabled"]]
    rows = own or [row for row in _of(facts, "QosFlowControl") if row["Enabled"]]
    return [priority in {row["Priority"] for row in rows} for priority in _PRIORITIES]


def _tables(facts: Facts, port: str) -> tuple[list[int], list[int], list[int]]:
    rows = _of(facts, "QosTrafficClass", port)
    # A port's default class is always there: alone, it says nothing.
    rows = rows if len(rows) > 1 else _of(facts, "QosTrafficClass")
    rows.sort(key=lambda row: row["Name"] != "[Default]")
    classes, bandwidth, algorithms = [0] * 8, [0] * 8, [_STRICT] * 8
    for number, row in enumerate(rows):
        bandwidth[number], algorithms[number] = row["BandwidthPercentage"], row["Algorithm"]
        for priority in many(row["Priority"]):
            classes[priority] = number
    return classes, bandwidth, algorithms


def _of(facts: Facts, fact: str, alias: str = "") -> list[dict[str, Any]]:
    """The rows of the host, or those of one port."""
    return [row for row in facts.get(fact, []) if (row.get("InterfaceAlias") or "") == alias]


def _named(facts: Facts, name: str, alias: str) -> dict[str, Any]:
    for row in _of(facts, "QosTrafficClass", alias):
        if row["Name"] == name:
            return row
    raise LookupError(f"no traffic class {name} of {alias or 'the host'}")


def _new_policy(facts: Facts, parameters: Mapping[str, Any]) -> None:
    templates = ("Cluster", "LiveMigration", "SMB", "iSCSI", "NFS", "FCOE", "Default")
    facts.setdefault("QosPolicy", []).append(
        {
            "Name": parameters["Name"],
            "Template": next((name for name in templates if parameters.get(name)), "None"),
            "NetDirectPort": parameters.get("NetDirectPortMatchCondition", 0),
            "Priority": parameters["PriorityValue"],
        }
    )


def _set_policy(facts: Facts, parameters: Mapping[str, Any]) -> None:
    found(facts, "QosPolicy", Name=parameters["Name"])["Priority"] = parameters["PriorityValue"]


def _remove_policy(facts: Facts, parameters: Mapping[str, Any]) -> None:
    facts["QosPolicy"].remove(found(facts, "QosPolicy", Name=parameters["Name"]))


def _enable_flow_control(facts: Facts, parameters: Mapping[str, Any]) -> None:
    _flow_control(facts, parameters, enabled=True)


def _disable_flow_control(facts: Facts, parameters: Mapping[str, Any]) -> None:
    _flow_control(facts, parameters, enabled=False)


def _flow_control(facts: Facts, parameters: Mapping[str, Any], *, enabled: bool) -> None:
    for row in _of(facts, "QosFlowControl", parameters.get("InterfaceAlias") or ""):
        if row["Priority"] in many(parameters["Priority"]):
            row["Enabled"] = enabled
    program(facts)


def _new_class(facts: Facts, parameters: Mapping[str, Any]) -> None:
    priorities, share = many(parameters["Priority"]), parameters.get("BandwidthPercentage", 0)
    alias = parameters.get("InterfaceAlias") or ""
    default = _named(facts, "[Default]", alias)
    for row in _of(facts, "QosTrafficClass", alias):
        if row is not default and set(many(row["Priority"])) & set(priorities):
            raise LookupError(f"{row['Name']} already has one of the priorities {priorities}")
    if share > default["BandwidthPercentage"]:
        raise LookupError(f"{share} % are more than what is left to [Default]")
    default["Priority"] = [each for each in many(default["Priority"]) if each not in priorities]
    default["BandwidthPercentage"] -= share
    facts["QosTrafficClass"].append(
        {
            "Name": parameters["Name"],
            "Priority": priorities,
            "Algorithm": {"ETS": _ETS, "Strict": _STRICT}[parameters["Algorithm"]],
            "BandwidthPercentage": share,
            "InterfaceAlias": alias or None,
        }
    )
    program(facts)


def _set_class(facts: Facts, parameters: Mapping[str, Any]) -> None:
    alias = parameters.get("InterfaceAlias") or ""
    row, default = _named(facts, parameters["Name"], alias), _named(facts, "[Default]", alias)
    if "Algorithm" in parameters:
        row["Algorithm"] = {"ETS": _ETS, "Strict": _STRICT}[parameters["Algorithm"]]
    if "BandwidthPercentage" in parameters:
        default["BandwidthPercentage"] += row["BandwidthPercentage"] - parameters["BandwidthPercentage"]
        row["BandwidthPercentage"] = parameters["BandwidthPercentage"]
    if "Priority" in parameters:
        wanted = many(parameters["Priority"])
        freed = [each for each in many(row["Priority"]) if each not in wanted]
        default["Priority"] = sorted({*many(default["Priority"]), *freed} - set(wanted))
        row["Priority"] = wanted
    program(facts)


def _set_dcbx(facts: Facts, parameters: Mapping[str, Any]) -> None:
    alias = parameters.get("InterfaceAlias") or ""
    for row in facts["QosDcbxSetting"]:
        if (row.get("InterfaceAlias") or "") == alias:
            row["Willing"] = parameters["Willing"]
            program(facts)
            return
    raise LookupError(f"no DCBX setting of {alias or 'the host'}")


CMDLETS = {
    "Disable-NetQosFlowControl": _disable_flow_control,
    "Enable-NetQosFlowControl": _enable_flow_control,
    "New-NetQosPolicy": _new_policy,
    "New-NetQosTrafficClass": _new_class,
    "Remove-NetQosPolicy": _remove_policy,
    "Set-NetQosDcbxSetting": _set_dcbx,
    "Set-NetQosPolicy": _set_policy,
    "Set-NetQosTrafficClass": _set_class,
}
