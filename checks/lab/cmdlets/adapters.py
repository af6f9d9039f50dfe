"""The cmdlets of the NetAdapter module, and of offloads for the whole host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.lab.cmdlets.qos import program
from checks.lab.cmdlets.rows import Facts, many, of_adapter


def _set_advanced_property(facts: Facts, parameters: Mapping[str, Any]) -> None:
    name, keyword = parameters["Name"], parameters["RegistryKeyword"]
    row = of_adapter(facts, "AdvancedProperty", name, RegistryKeyword=keyword)
    row["RegistryValue"] = [str(parameters["RegistryValue"])]
    if keyword == "*NetworkDirectTechnology":
        of_adapter(facts, "RdmaAdapter", name)["Technology"] = int(parameters["RegistryValue"])


def _enable_rdma(facts: Facts, parameters: Mapping[str, Any]) -> None:
    for name in many(parameters["Name"]):
        of_adapter(facts, "RdmaAdapter", name)["Enabled"] = True


def _disable_rdma(facts: Facts, parameters: Mapping[str, Any]) -> None:
    for name in many(parameters["Name"]):
        of_adapter(facts, "RdmaAdapter", name)["Enabled"] = False


def _enable_qos(facts: Facts, parameters: Mapping[str, Any]) -> None:
    for name in many(parameters["Name"]):
        of_adapter(facts, "QosAdapter", name)["Enabled"] = True
    program(facts)


def _set_offload(facts: Facts, parameters: Mapping[str, Any]) -> None:
    facts["OffloadGlobal"][0]["NetworkDirect"] = {"Disabled": 0, "Enabled": 1}[parameters["NetworkDirect"]]


def _enable_binding(facts: Facts, parameters: Mapping[str, Any]) -> None:
    for component in many(parameters["ComponentID"]):
        of_adapter(facts, "AdapterBinding", parameters["Name"], ComponentID=component)["Enabled"] = True


CMDLETS = {
    "Disable-NetAdapterRdma": _disable_rdma,
    "Enable-NetAdapterBinding": _enable_binding,
    "Enable-NetAdapterQos": _enable_qos,
    "Enable-NetAdapterRdma": _enable_rdma,
    "Set-NetAdapterAdvancedProperty": _set_advanced_property,
    "Set-NetOffloadGlobalSetting": _set_offload,
}
