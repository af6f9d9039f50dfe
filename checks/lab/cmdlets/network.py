"""Routes, DNS registration, the firewall and services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.lab.cmdlets.rows import Facts, found, many

_PROFILES = {"Any": 0, "Domain": 1, "Private": 2, "Public": 4}
_ALLOW = 2


def _remove_route(facts: Facts, parameters: Mapping[str, Any]) -> None:
    wanted = {name: parameters[name] for name in ("InterfaceIndex", "DestinationPrefix", "NextHop")}
    facts["DefaultRoute"].remove(found(facts, "DefaultRoute", **wanted))


def _set_dns_client(facts: Facts, parameters: Mapping[str, Any]) -> None:
    row = found(facts, "DnsClient", InterfaceIndex=parameters["InterfaceIndex"])
    row["RegisterThisConnectionsAddress"] = parameters["RegisterThisConnectionsAddress"]


def _set_connection_profile(facts: Facts, parameters: Mapping[str, Any]) -> None:
    row = found(facts, "ConnectionProfile", InterfaceIndex=parameters["InterfaceIndex"])
    row["NetworkCategory"] = {"Public": 0, "Private": 1}[parameters["NetworkCategory"]]


def _new_rule(facts: Facts, parameters: Mapping[str, Any]) -> None:
    name = parameters["Name"]
    profiles = sum(_PROFILES[each] for each in many(parameters.get("Profile", "Any")))
    facts.setdefault("FirewallRule", []).append({"InstanceID": name, "Profiles": profiles, "Action": _ALLOW})
    ports = [str(port) for port in many(parameters["LocalPort"])]
    facts.setdefault("FirewallPort", []).append({"InstanceID": name, "LocalPort": ports})
    program = parameters.get("Program", "Any")
    facts.setdefault("FirewallProgram", []).append({"InstanceID": name, "Program": program})
    addresses = many(parameters.get("RemoteAddress", "Any"))
    facts.setdefault("FirewallAddress", []).append({"InstanceID": name, "RemoteAddress": addresses})


def _enable_rule(facts: Facts, parameters: Mapping[str, Any]) -> None:
    found(facts, "FirewallPort", InstanceID=parameters["Name"])
    facts.setdefault("FirewallRule", []).append({"InstanceID": parameters["Name"], "Profiles": 0, "Action": _ALLOW})


def _set_rule(facts: Facts, parameters: Mapping[str, Any]) -> None:
    row = found(facts, "FirewallAddress", InstanceID=parameters["Name"])
    row["RemoteAddress"] = many(parameters["RemoteAddress"])


def _set_service(facts: Facts, parameters: Mapping[str, Any]) -> None:
    modes = {"Automatic": "Auto", "Manual": "Manual", "Disabled": "Disabled"}
    found(facts, "SmbService", Name=parameters["Name"])["StartMode"] = modes[parameters["StartupType"]]


def _start_service(facts: Facts, parameters: Mapping[str, Any]) -> None:
    found(facts, "SmbService", Name=parameters["Name"])["State"] = "Running"


CMDLETS = {
    "Enable-NetFirewallRule": _enable_rule,
    "New-NetFirewallRule": _new_rule,
    "Remove-NetRoute": _remove_route,
    "Set-DnsClient": _set_dns_client,
    "Set-NetConnectionProfile": _set_connection_profile,
    "Set-NetFirewallRule": _set_rule,
    "Set-Service": _set_service,
    "Start-Service": _start_service,
}
