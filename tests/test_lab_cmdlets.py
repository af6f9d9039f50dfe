"""What the lab makes of a fix's commands: the facts are afterwards as Windows would have them."""

from __future__ import annotations

from typing import Any

import pytest

from checks.lab.cmdlets import apply
from checks.model import Assignment, Command, Fix
from checks.snapshot import from_facts

GUID = "{00000000-0000-0000-0000-00000000000A}"
PORT = {"NetAdapter": [{"Name": "NIC1", "InterfaceGuid": GUID}]}
CLASSES = {
    "QosFlowControl": [{"Priority": each, "Enabled": False, "InterfaceAlias": None} for each in range(8)],
    "QosTrafficClass": [
        {"Name": "[Default]", "Priority": [*range(8)], "Algorithm": 2, "BandwidthPercentage": 100},
    ],
    "QosDcbxSetting": [{"Willing": False, "InterfaceAlias": None}],
    "QosAdapter": [
        {
            "Name": "NIC1", "InstanceID": GUID, "Enabled": False, "FlowControl": [True] * 8, "Classes": [0] * 8,
            "Bandwidth": [0] * 8, "Algorithms": [0] * 8,
        },
    ],
}  # fmt: skip


def after(facts: dict[str, Any], *commands: Command) -> dict[str, Any]:
    return apply(from_facts(facts), Fix.of(*commands)).facts


def test_an_assignment_changes_one_property_of_the_object_that_is_named() -> None:
    networks = {"ClusterNetwork": [{"Name": "SMB1", "Role": 3}, {"Name": "SMB2", "Role": 3}]}
    found = after(networks, Assignment("Get-ClusterNetwork", {"Name": "SMB2"}, name="Role", value=1))
    assert [row["Role"] for row in found["ClusterNetwork"]] == [3, 1]


@pytest.mark.parametrize(
    "command",
    [
        Assignment("Get-VMHost", name="Name", value="x"),
        Assignment("Get-ClusterNetwork", {"Name": "SMB9"}, name="Role", value=1),
        Assignment("Get-ClusterNetwork", {"Name": "SMB1"}, name="Rolle", value=1),
        Command("Restart-Computer"),
        Command("New-NetQosTrafficClass", {"Name": "x", "Priority": 3, "BandwidthPercentage": 101, "Algorithm": "ETS"}),
        Command("Enable-NetAdapterBinding", {"Name": "NIC1", "ComponentID": "ms_server"}),
        Command("Set-VMProcessor", {"VMName": "running", "CompatibilityForMigrationEnabled": True}),
    ],
    ids=str,
)
def test_what_the_lab_does_not_know_or_windows_refuses_is_not_applied(command: Command) -> None:
    facts = {
        **PORT,
        **CLASSES,
        "ClusterNetwork": [{"Name": "SMB1", "Role": 3}],
        "VM": [{"Name": "running", "State": 2}],
        "VMProcessor": [{"VMName": "running", "CompatibilityForMigrationEnabled": False}],
    }
    with pytest.raises(LookupError):
        after(facts, command)


def test_ports_run_what_the_host_says_once_qos_is_on_there() -> None:
    found = after(
        PORT | CLASSES,
        Command("Enable-NetQosFlowControl", {"Priority": 3}),
        Command(
            "New-NetQosTrafficClass", {"Name": "SMB", "Priority": 3, "BandwidthPercentage": 50, "Algorithm": "ETS"}
        ),
        Command("Enable-NetAdapterQos", {"Name": "NIC1"}),
    )
    (port,) = found["QosAdapter"]
    assert [index for index, pauses in enumerate(port["FlowControl"]) if pauses] == [3]
    assert port["Bandwidth"][port["Classes"][3]] == 50
    assert port["Bandwidth"][port["Classes"][0]] == 50
    default = found["QosTrafficClass"][0]
    assert (default["BandwidthPercentage"], 3 in default["Priority"]) == (50, False)


def test_a_willing_port_keeps_what_the_switch_gave_it() -> None:
    willing = CLASSES | {"QosDcbxSetting": [{"Willing": True, "InterfaceAlias": None}]}
    before = {"Enabled": True, "FlowControl": [True] * 8}
    (port,) = after(PORT | willing, Command("Enable-NetAdapterQos", {"Name": "NIC1"}))["QosAdapter"]
    assert {name: port[name] for name in before} == before


def test_a_new_firewall_rule_is_known_by_port_profile_and_address() -> None:
    rule = {"Name": "SMB", "LocalPort": 445, "Profile": ["Private", "Public"], "RemoteAddress": "10.0.0.0/24"}
    found = after({}, Command("New-NetFirewallRule", rule))
    assert found["FirewallRule"] == [{"InstanceID": "SMB", "Profiles": 6, "Action": 2}]
    assert found["FirewallPort"] == [{"InstanceID": "SMB", "LocalPort": ["445"]}]
    assert found["FirewallProgram"] == [{"InstanceID": "SMB", "Program": "Any"}]
    assert found["FirewallAddress"] == [{"InstanceID": "SMB", "RemoteAddress": ["10.0.0.0/24"]}]
