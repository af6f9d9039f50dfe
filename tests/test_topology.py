"""Which adapters are judged, which carry live migration, and which networks a host has."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from checks.facts.base import MissingProperty
from checks.facts.cluster import ClusterNetwork, ClusterService, MigrationParameter
from checks.facts.hyperv import HostVNic, VMMigrationNetwork, VMSwitch
from checks.facts.needs import find
from checks.facts.net_adapter import DefaultRoute, IPAddress, LbfoTeamMember, LbfoTeamNic
from checks.facts.topology import MigrationPaths, Topology, overlaps, subnets_of
from checks.snapshot import from_facts

LEFT, RIGHT, TEAM, VNIC = (f"{{00000000-0000-0000-0000-00000000000{end}}}" for end in "ABCD")


def adapter(name: str, guid: str, index: int, **other: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "InterfaceDescription": f"Intel(R) Ethernet Controller X550 {name}",
        "InterfaceGuid": guid,
        "InterfaceIndex": index,
        "InterfaceOperationalStatus": 1,
        "MediaConnectState": 1,
        "HardwareInterface": True,
        "Virtual": False,
        "ConnectorPresent": True,
        "PnPDeviceID": "pci\\VEN_8086&DEV_1563",
        "TransmitLinkSpeed": 10_000_000_000,
    } | other


def software(name: str, guid: str, index: int, **other: Any) -> dict[str, Any]:
    plain = {
        "HardwareInterface": False,
        "Virtual": True,
        "ConnectorPresent": False,
        "PnPDeviceID": "ROOT\\VMS_MP\\0000",
    }
    return adapter(name, guid, index, **(plain | other))


def external(*guids: str, **other: Any) -> dict[str, Any]:
    return {
        "Name": "Switch1",
        "SwitchType": 2,
        "NetAdapterInterfaceGuid": [g.strip("{}").lower() for g in guids],
    } | other


def address(ip: str, prefix: int, index: int) -> dict[str, Any]:
    return {"IPAddress": ip, "PrefixLength": prefix, "InterfaceIndex": index}


def facts(**own: Any) -> dict[str, Any]:
    named = (VMSwitch, HostVNic, LbfoTeamMember, LbfoTeamNic, IPAddress, DefaultRoute, VMMigrationNetwork)
    clustered = (ClusterService, ClusterNetwork, MigrationParameter)
    empty: dict[str, Any] = {fact.__name__: [] for fact in (*named, *clustered)}
    host = {"Name": "HV01", "VirtualMachineMigrationEnabled": True, "UseAnyNetworkForMigration": True}
    return empty | {"NetAdapter": [adapter("Ethernet", LEFT, 5), adapter("Ethernet 2", RIGHT, 6)], "VMHost": host} | own


def topology(**own: Any) -> Topology:
    found: Topology = find(Topology, from_facts(facts(**own)))
    return found


def paths(**own: Any) -> MigrationPaths:
    found: MigrationPaths = find(MigrationPaths, from_facts(facts(**own)))
    return found


def names(adapters: list[Any]) -> list[str]:
    return [each.name for each in adapters]


LBFO = {
    "NetAdapter": [
        adapter("Ethernet 9", LEFT, 5),
        adapter("Ethernet 10", RIGHT, 6),
        software("Equipe 1", TEAM, 7, InterfaceDescription="Microsoft Network Adapter Multiplexor Driver"),
        software("vEthernet (LM)", VNIC, 8),
    ],
    "LbfoTeamMember": [
        {"Team": "Equipe 1", "InterfaceDescription": "Intel(R) Ethernet Controller X550 Ethernet 9"},
        {"Team": "Equipe 1", "InterfaceDescription": "Intel(R) Ethernet Controller X550 Ethernet 10"},
    ],
    "LbfoTeamNic": {"Team": "Equipe 1", "InterfaceDescription": "Microsoft Network Adapter Multiplexor Driver"},
}


def test_a_switch_knows_its_uplinks_by_guid_however_it_is_written() -> None:
    assert names(topology(VMSwitch=external(LEFT.upper())).uplinks["Switch1"]) == ["Ethernet"]
    assert names(topology(VMSwitch=external(LEFT, RIGHT)).bound) == ["Ethernet", "Ethernet 2"]


def test_windows_server_2012_r2_knows_its_uplink_by_description() -> None:
    switch = {
        "Name": "S",
        "SwitchType": 2,
        "NetAdapterInterfaceDescription": "Intel(R) Ethernet Controller X550 Ethernet 2",
    }
    assert names(topology(VMSwitch=switch).bound) == ["Ethernet 2"]


def test_internal_and_private_switches_have_no_uplinks() -> None:
    assert topology(VMSwitch=[external(LEFT, SwitchType=1), external(RIGHT, SwitchType=0)]).uplinks == {}


@pytest.mark.parametrize(
    "switch",
    [
        external(TEAM),
        {
            "Name": "Switch1",
            "SwitchType": 2,
            "NetAdapterInterfaceDescription": "Microsoft Network Adapter Multiplexor Driver",
        },
    ],
)
def test_members_stand_for_their_lbfo_team(switch: dict[str, Any]) -> None:
    found = paths(**LBFO, VMSwitch=switch)
    assert names(found.topology.bound) == ["Ethernet 9", "Ethernet 10"]
    assert names(found.in_scope) == ["Ethernet 9", "Ethernet 10"]


def test_an_lbfo_team_without_a_switch() -> None:
    found = paths(**LBFO, IPAddress=address("10.0.20.11", 24, 7))
    assert names(found.interfaces) == ["Equipe 1"]
    assert names(found.ports) == ["Ethernet 9", "Ethernet 10"]


def test_ports_are_counted_once_whatever_lies_above_them() -> None:
    second = "{00000000-0000-0000-0000-00000000000E}"
    found = paths(
        NetAdapter=[*LBFO["NetAdapter"], software("vEthernet (SMB2)", second, 9)],
        LbfoTeamMember=LBFO["LbfoTeamMember"],
        LbfoTeamNic=LBFO["LbfoTeamNic"],
        VMSwitch=external(TEAM),
        HostVNic=[{"SwitchName": "Switch1", "DeviceId": VNIC}, {"SwitchName": "Switch1", "DeviceId": second}],
        IPAddress=[address("10.0.20.11", 24, 8), address("10.0.21.11", 24, 9)],
    )
    assert names(found.interfaces) == ["vEthernet (LM)", "vEthernet (SMB2)"]
    assert names(found.ports) == ["Ethernet 9", "Ethernet 10"]
    assert names(found.topology.wires) == ["Ethernet 9", "Ethernet 10"]


def test_networks_leave_out_what_leads_nowhere() -> None:
    found = topology(
        NetAdapter=[
            adapter("Ethernet", LEFT, 5),
            adapter("Ethernet 2", RIGHT, 6, MediaConnectState=2),
            software("vEthernet (NAT)", VNIC, 8),
            adapter("Ethernet 6", TEAM, 9, PnPDeviceID="USB\\VID_413C&PID_A102\\5678"),
        ],
        VMSwitch=external(SwitchType=1),
        HostVNic={"SwitchName": "Switch1", "DeviceId": VNIC},
        IPAddress=[
            address("10.0.10.11", 24, 5),
            address("169.254.3.4", 16, 5),
            address("fe80::1%5", 64, 5),
            address("2001:db8::5c2e", 128, 5),
            address("2001:db8::11", 64, 5),
            address("127.0.0.1", 8, 5),
            address("10.0.20.11", 24, 6),
            address("192.168.137.1", 24, 8),
            address("fde1:53ba:e9a0:de11::1", 64, 9),
            address("10.9.9.9", 24, 99),
        ],
    )
    assert found.networks == {ip_network("10.0.10.0/24"): (5,), ip_network("2001:db8::/64"): (5,)}


def test_a_subnet_knows_all_of_its_interfaces_and_their_gateway() -> None:
    found = topology(
        IPAddress=[address("10.0.10.12", 24, 6), address("10.0.10.11", 24, 5)],
        DefaultRoute=[{"InterfaceIndex": 5, "NextHop": "10.0.10.1"}, {"InterfaceIndex": 77, "NextHop": "10.9.9.1"}],
    )
    assert found.networks == {ip_network("10.0.10.0/24"): (5, 6)}
    assert found.gateway_indexes == {5}
    assert found.gateway_subnets == {ip_network("10.0.10.0/24")}


@pytest.mark.parametrize(
    ("device", "nested"),
    [
        ("VMBUS\\{F8615163-DF3E-46C5-913F-F2D2F965ED0E}", True),
        ("PCI\\VEN_15AD&DEV_07B0&SUBSYS_07B015AD", True),
        ("PCI\\VEN_1AF4&DEV_1000", True),
        ("PCI\\VEN_15B3&DEV_1015", False),
    ],
)
def test_a_nested_host_shows_in_its_ports_with_or_without_a_switch(device: str, nested: bool) -> None:
    port = adapter("Ethernet", LEFT, 5, PnPDeviceID=device)
    assert topology(NetAdapter=port, VMSwitch=external(LEFT)).is_nested is nested
    assert topology(NetAdapter=port, IPAddress=address("10.0.10.11", 24, 5)).is_nested is nested


@pytest.mark.parametrize(
    "wrong",
    [
        {"InterfaceOperationalStatus": 2},
        {"MediaConnectState": 2},
        {"HardwareInterface": False},
        {"Virtual": True},
        {"ConnectorPresent": False},
        {"PnPDeviceID": "USB\\VID_413C&PID_A102"},
        {"PnPDeviceID": "VMBUS\\{F8615163}"},
    ],
)
def test_only_hardware_in_use_is_judged(wrong: dict[str, Any]) -> None:
    assert names(paths(VMSwitch=external(LEFT, RIGHT)).in_scope) == ["Ethernet", "Ethernet 2"]
    ports = [adapter("Ethernet", LEFT, 5, **wrong), adapter("Ethernet 2", RIGHT, 6)]
    assert names(paths(NetAdapter=ports, VMSwitch=external(LEFT, RIGHT)).in_scope) == ["Ethernet 2"]


def test_a_port_is_in_scope_for_live_migration_only_where_that_is_on() -> None:
    on, off = (
        {"Name": "HV01", "VirtualMachineMigrationEnabled": x, "UseAnyNetworkForMigration": True} for x in (True, False)
    )
    assert names(paths(VMHost=on, IPAddress=address("10.0.20.11", 24, 5)).in_scope) == ["Ethernet"]
    assert names(paths(VMHost=off, IPAddress=address("10.0.20.11", 24, 5)).in_scope) == []


def test_a_node_takes_its_networks_from_the_cluster() -> None:
    found = paths(
        ClusterService={"Name": "ClusSvc"},
        ClusterNetwork=[
            {"Id": "{AAAA}", "Name": "Mgmt", "Role": 3, "Ipv4Addresses": ["10.0.10.0"], "Ipv4PrefixLengths": ["24"]},
            {"Id": "bbbb", "Name": "LM", "Role": 0, "Ipv4Addresses": ["10.0.20.0"], "Ipv4PrefixLengths": ["24"]},
        ],
        MigrationParameter=[
            {"Name": "migrationexcludenetworks", "Value": " AAAA ;, cccc;"},
            {"Name": "MigrationNetworkOrder", "Value": ""},
        ],
        IPAddress=[address("10.0.10.11", 24, 5), address("10.0.20.11", 24, 6)],
    )
    assert found.excluded == ("aaaa", "cccc")
    assert found.order == ()
    assert [network.name for network in found.eligible] == ["LM"]
    assert found.subnets == [ip_network("10.0.20.0/24")]
    assert names(found.ports) == ["Ethernet 2"]
    # The cluster uses Mgmt, and live migration uses LM although the cluster does not.
    assert sorted(names(found.in_scope)) == ["Ethernet", "Ethernet 2"]


def test_a_standalone_host_takes_its_networks_from_its_own_list() -> None:
    found = paths(
        VMHost={"Name": "HV01", "VirtualMachineMigrationEnabled": True, "UseAnyNetworkForMigration": False},
        VMMigrationNetwork={"Subnet": "10.0.20.11"},
        IPAddress=[address("10.0.10.11", 24, 5), address("10.0.20.11", 24, 6)],
    )
    assert found.subnets == [ip_network("10.0.20.0/24")]


def test_the_subnets_of_a_cluster_network_of_both_families() -> None:
    network = ClusterNetwork.read(
        {
            "Ipv4Addresses": ["10.0.30.0", "10.0.31.0"],
            "Ipv4PrefixLengths": ["24", "24"],
            "Ipv6Addresses": "fde1:53ba:e9a0:de11::",
            "Ipv6PrefixLengths": "64",
        }
    )
    written = [str(subnet) for subnet in subnets_of(network)]
    assert written == ["10.0.30.0/24", "10.0.31.0/24", "fde1:53ba:e9a0:de11::/64"]


@pytest.mark.parametrize(
    ("written", "inside"),
    [
        ("10.0.20.0/24", True),
        ("10.0.20.11", True),
        ("10.0.0.0/8", True),
        ("0.0.0.0/0", True),
        (" 10.0.20.128/25 ", True),
        ("10.0.21.0/24", False),
        ("::/0", False),
        ("LM", False),
        ("", False),
    ],
)
def test_what_an_administrator_writes_as_a_subnet(written: str, inside: bool) -> None:
    assert overlaps(ip_network("10.0.20.0/24"), written) is inside


def test_a_property_that_is_missing_is_not_taken_for_no() -> None:
    bare = {"Name": "Ethernet", "InterfaceGuid": LEFT, "InterfaceIndex": 5}
    with pytest.raises(MissingProperty, match="InterfaceOperationalStatus"):
        _ = topology(NetAdapter=bare, VMSwitch=external(LEFT)).is_nested
    with pytest.raises(MissingProperty, match="MediaConnectState"):
        _ = topology(NetAdapter=bare, IPAddress=address("10.0.10.11", 24, 5)).networks
