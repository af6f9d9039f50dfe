"""The recorded hosts: each is whole, consistent, and judged as its golden file says.

``tests/lab_verdicts.yaml`` holds what the guidelines say of every recorded host and cluster. It changes only by
review: run ``HVNET_UPDATE_GOLDEN=1 pytest tests/test_lab_hosts.py``, read the difference, and commit it with the
change that caused it.
"""

from __future__ import annotations

import functools
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_interface, ip_network
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from checks.facts.base import Fact, last_part_of_guid_path, normalise_guid
from checks.facts.system import OperatingSystem
from checks.guidelines import all_guidelines
from checks.judge import Result, compares_nodes, group, judge_cluster, judge_host
from checks.lab.queries import all_facts
from checks.lab.recordings import Recording, all_recordings, load
from checks.model import VERSIONS
from checks.paths import LAB_HOSTS

GOLDEN = Path(__file__).parent / "lab_verdicts.yaml"

Row = dict[str, Any]

CONNECTIONS = ("SmbConnection", "CsvConnection", "SblConnection")

SINCE: Mapping[tuple[str, str], str] = {
    ("VMSwitch", "EmbeddedTeamingEnabled"): "2016",
    ("VMSwitch", "NetAdapterInterfaceGuid"): "2016",
    ("ClusterSettings", "S2DEnabled"): "2016",
    ("ClusterSettings", "CrossSiteDelay"): "2016",
    ("ClusterSettings", "CrossSiteThreshold"): "2016",
    ("ClusterSettings", "ClusterFunctionalLevel"): "2016",
    ("ClusterSettings", "SecurityLevelForStorage"): "2019",
    ("ClusterSettings", "MaximumParallelMigrations"): "2022",
    ("ClusterSettings", "SetSMBBandwidthLimit"): "2022",
    ("ClusterSettings", "SMBBandwidthLimitFactor"): "2022",
    ("RdmaAdapter", "OperationalState"): "2022",
    **{(fact, f"{protocol}ConnectionCount"): "2022" for fact in CONNECTIONS for protocol in ("Rdma", "Tcp")},
}
"""The first Windows Server version that has a property; what is not here is on every version."""

FACTS_SINCE: Mapping[str, str] = {
    "DeviceGuard": "2016",
    "HostVNicTeamMapping": "2016",
    "AssignableDeviceCommand": "2016",
    "ClusterSite": "2016",
    "NetworkAtcCommand": "2025",
}
"""The first version that knows a fact at all: before it, the question is an error, or finds no such command."""

RECORDINGS = all_recordings()
each_host = pytest.mark.parametrize("host", RECORDINGS, ids=lambda host: host.name)


@functools.cache
def known_facts() -> dict[str, type[Fact]]:
    return {fact.__name__: fact for fact in all_facts()}


def rows(host: Recording, fact: str) -> list[Row]:
    found: list[Row] = host.snapshot.facts.get(fact, [])
    return found


def all_rows(host: Recording) -> Iterator[tuple[type[Fact], Row]]:
    for name, found in host.snapshot.facts.items():
        for row in found:
            yield known_facts()[name], row


def is_on(host: Recording, fact: str, name: str) -> bool:
    return VERSIONS.index(host.windows) >= VERSIONS.index(SINCE.get((fact, name), VERSIONS[0]))


def adapters(host: Recording) -> dict[int, Row]:
    return {row["InterfaceIndex"]: row for row in rows(host, "NetAdapter")}


def by_guid(host: Recording) -> dict[str, Row]:
    return {normalise_guid(row["InterfaceGuid"]): row for row in rows(host, "NetAdapter")}


def uplinks(host: Recording, switch: str) -> list[Row]:
    """The adapters below a switch; Windows Server 2012 R2 gives the description alone."""
    (row,) = [each for each in rows(host, "VMSwitch") if each["Name"] == switch]
    if "NetAdapterInterfaceGuid" in row:
        return [by_guid(host)[normalise_guid(guid)] for guid in row["NetAdapterInterfaceGuid"]]
    described = row["NetAdapterInterfaceDescription"]
    return [each for each in rows(host, "NetAdapter") if each["InterfaceDescription"] == described]


def setting(host: Recording, adapter: str, keyword: str) -> str | None:
    """The value of a driver's setting, or None where the driver has no such setting."""
    found = [
        row["RegistryValue"][0]
        for row in rows(host, "AdvancedProperty")
        if (row["Name"], row["RegistryKeyword"]) == (adapter, keyword)
    ]
    return found[0] if found else None


def of_host(found: list[Row]) -> list[Row]:
    """The rows of quality of service that hold for the host, not for one adapter."""
    return [row for row in found if not row["InterfaceAlias"]]


def without_zone(address: str) -> str:
    return address.partition("%")[0]


def test_there_are_hosts_enough() -> None:
    assert len(RECORDINGS) >= 8
    assert {host.windows for host in RECORDINGS} == set(VERSIONS)
    assert {host.language for host in RECORDINGS} == {"en-US", "pt-BR"}


def test_addresses_and_names_are_unique() -> None:
    for values in ([host.address for host in RECORDINGS], [host.name for host in RECORDINGS]):
        assert [value for value, count in Counter(values).items() if count > 1] == []
    assert all(ip_address(host.address).is_loopback for host in RECORDINGS)


@pytest.mark.parametrize("path", sorted(LAB_HOSTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_file_bears_its_hosts_name(path: Path) -> None:
    assert path.stem == load(path).name.lower()


@each_host
def test_it_says_in_each_language_what_it_is_for(host: Recording) -> None:
    assert set(host.about) == {"en", "pt-BR"}
    assert all(host.about.values())
    assert host.origin


@each_host
def test_every_fact_that_there_is_is_recorded(host: Recording) -> None:
    assert set(host.facts) & set(host.errors) == set()
    assert set(host.facts) | set(host.errors) == set(known_facts())


@each_host
def test_what_this_windows_does_not_know_is_an_error_or_absent(host: Recording) -> None:
    for fact, since in FACTS_SINCE.items():
        if VERSIONS.index(host.windows) < VERSIONS.index(since):
            assert rows(host, fact) == [], fact
            guarded = known_facts()[fact].only_if is not None or fact.endswith("Command")
            assert (fact in host.errors) != guarded, fact


@each_host
def test_rows_have_the_properties_that_this_windows_has(host: Recording) -> None:
    for fact, row in all_rows(host):
        expected = {name for name in fact.properties() if is_on(host, fact.__name__, name)}
        assert set(row) == expected, fact.__name__


@each_host
def test_facts_understand_every_value(host: Recording) -> None:
    for fact, row in all_rows(host):
        read = fact.read(row)
        understood = {fact.property_name(name) for name in read.model_fields_set}
        assert {name for name, value in row.items() if value is not None} == understood, (fact.__name__, row)


@each_host
def test_where_there_is_nothing_to_ask_there_are_no_rows(host: Recording) -> None:
    for name, fact in known_facts().items():
        if fact.only_if is not None and not rows(host, fact.only_if.__name__):
            assert rows(host, name) == [], name


@each_host
def test_names_version_and_language_agree(host: Recording) -> None:
    (system,) = rows(host, "OperatingSystem")
    assert system["CSName"] == rows(host, "VMHost")[0]["Name"] == host.name
    assert OperatingSystem.read(system).windows == host.windows
    assert host.windows in system["Caption"]
    assert system["Version"].endswith(system["BuildNumber"])
    assert host.language in system["MUILanguages"]
    assert system["OSLanguage"] == {"en-US": 1033, "pt-BR": 1046}[host.language]
    assert host.powershell == ("4.0" if host.windows == "2012 R2" else "5.1")


@each_host
def test_adapters_are_told_apart(host: Recording) -> None:
    for name in ("Name", "InterfaceDescription", "InterfaceGuid", "InterfaceIndex"):
        values = [row[name] for row in rows(host, "NetAdapter")]
        assert len(set(values)) == len(values), name
    for row in rows(host, "NetAdapter"):
        assert row["InterfaceGuid"] == "{" + row["InterfaceGuid"].strip("{}").upper() + "}"


@each_host
def test_switches_and_host_adapters_lead_to_adapters(host: Recording) -> None:
    switches = {row["Name"]: row for row in rows(host, "VMSwitch")}
    for name, switch in switches.items():
        ports = uplinks(host, name)
        assert bool(ports) == (switch["SwitchType"] == 2), name
        if switch.get("EmbeddedTeamingEnabled"):
            assert switch["NetAdapterInterfaceDescription"] == "Teamed-Interface"
        elif ports:
            assert [row["InterfaceDescription"] for row in ports] == [switch["NetAdapterInterfaceDescription"]]
    for vnic in rows(host, "HostVNic"):
        assert vnic["SwitchName"] in switches
        assert by_guid(host)[normalise_guid(vnic["DeviceId"])]["Name"] == f"vEthernet ({vnic['Name']})"


@each_host
def test_host_adapters_have_one_vlan_and_are_mapped_to_uplinks(host: Recording) -> None:
    vnics = {row["Name"]: row["SwitchName"] for row in rows(host, "HostVNic")}
    for fact in ("HostVNicVlan", "HostVNicIsolation"):
        assert [row["Adapter"] for row in rows(host, fact)] == list(vnics), fact
    for row in rows(host, "HostVNicVlan"):
        assert (row["OperationMode"] == 1) == (row["AccessVlanId"] > 0)
    mapped = rows(host, "HostVNicTeamMapping")
    assert len({row["Adapter"] for row in mapped}) == len(mapped)
    for row in mapped:
        assert row["NetAdapterName"] in {each["Name"] for each in uplinks(host, vnics[row["Adapter"]])}


@each_host
def test_bindings_are_those_of_switches_and_teams(host: Recording) -> None:
    enabled: dict[str, set[str]] = {}
    for row in rows(host, "AdapterBinding"):
        enabled.setdefault(row["Name"], set()).update([row["ComponentID"]] if row["Enabled"] else [])
    assert set(enabled) >= {row["Name"] for row in rows(host, "NetAdapter") if row["HardwareInterface"]}
    below_switch = {port["Name"] for switch in rows(host, "VMSwitch") for port in uplinks(host, switch["Name"])}
    members = {row["InterfaceDescription"] for row in rows(host, "LbfoTeamMember")}
    in_team = {row["Name"] for row in rows(host, "NetAdapter") if row["InterfaceDescription"] in members}
    assert {name for name, bound in enabled.items() if "vms_pp" in bound} == below_switch
    assert {name for name, bound in enabled.items() if "ms_implat" in bound} == in_team
    for row in rows(host, "IPAddress"):
        if (
            row["InterfaceIndex"] in adapters(host)
            and (name := adapters(host)[row["InterfaceIndex"]]["Name"]) in enabled
        ):
            assert "ms_tcpip" in enabled[name]
    assert all("ms_tcpip" not in enabled[name] for name in below_switch | in_team)


@each_host
def test_devices_are_called_after_vendor_and_model(host: Recording) -> None:
    for row in rows(host, "NetAdapter"):
        bus, _, device = (row["PnPDeviceID"] or "").partition("\\")
        if bus == "PCI":
            assert row["ComponentID"] == "pci\\" + "&".join(device.lower().split("&")[:2])
        assert (row["ComponentID"] is None) == (row["PnPDeviceID"] is None)


@each_host
def test_a_team_interface_is_as_fast_as_its_members(host: Recording) -> None:
    described = {row["InterfaceDescription"]: row for row in rows(host, "NetAdapter")}
    for nic in rows(host, "LbfoTeamNic"):
        members = [row for row in rows(host, "LbfoTeamMember") if row["Team"] == nic["Team"]]
        speeds = [described[row["InterfaceDescription"]]["TransmitLinkSpeed"] for row in members]
        assert described[nic["InterfaceDescription"]]["TransmitLinkSpeed"] == sum(speeds) > 0


@each_host
@pytest.mark.parametrize(
    "fact", ["AdvancedProperty", "NetAdapterStatistics", "AdapterBinding", "RdmaAdapter", "QosAdapter"]
)
def test_settings_and_counters_belong_to_adapters(host: Recording, fact: str) -> None:
    for row in rows(host, fact):
        owner = by_guid(host)[last_part_of_guid_path(row["InstanceID"])]
        assert owner["Name"] == row["Name"]
        if fact == "AdvancedProperty":
            assert row["InstanceID"] == f"{owner['InterfaceGuid']}::{row['RegistryKeyword']}"
        else:
            assert row["InstanceID"] == owner["InterfaceGuid"]


@each_host
def test_settings_are_within_the_drivers_range(host: Recording) -> None:
    for row in rows(host, "AdvancedProperty"):
        if row["ValidRegistryValues"] is None:
            low, high = int(row["NumericParameterMinValue"]), int(row["NumericParameterMaxValue"])
            assert all(low <= int(value) <= high for value in row["RegistryValue"])
        else:
            assert set(row["RegistryValue"]) <= set(row["ValidRegistryValues"])


@each_host
def test_counters_are_read_four_times_and_never_fall(host: Recording) -> None:
    counters: dict[str, list[Row]] = {}
    for row in rows(host, "NetAdapterStatistics"):
        counters.setdefault(row["InstanceID"], []).append(row)
    assert counters
    for samples in counters.values():
        assert [row["Sample"] for row in samples] == [1, 2, 3, 4]
        for earlier, later in pairwise(samples):
            assert all(later[name] >= earlier[name] for name in earlier if name.endswith("Packets"))
    busy = max(s[-1]["ReceivedUnicastPackets"] - s[0]["ReceivedUnicastPackets"] for s in counters.values())
    assert busy >= 3 * 10_000


@each_host
def test_addresses_and_routes_belong_to_adapters(host: Recording) -> None:
    networks: dict[int, list[Any]] = {}
    for row in rows(host, "IPAddress"):
        interface = ip_interface(f"{without_zone(row['IPAddress'])}/{row['PrefixLength']}")
        assert row["InterfaceIndex"] in adapters(host) or interface.is_loopback
        networks.setdefault(row["InterfaceIndex"], []).append(interface.network)
    for route in rows(host, "DefaultRoute"):
        assert any(ip_address(route["NextHop"]) in network for network in networks[route["InterfaceIndex"]])


@each_host
def test_interfaces_with_addresses_have_settings(host: Recording) -> None:
    addressed = {row["InterfaceIndex"] for row in rows(host, "IPAddress")}
    settings = Counter((row["InterfaceIndex"], row["AddressFamily"]) for row in rows(host, "IPInterface"))
    assert settings == Counter((index, family) for index in addressed for family in (2, 23))
    assert Counter(row["InterfaceIndex"] for row in rows(host, "DnsClient")) == Counter(addressed)
    profiles = [row["InterfaceIndex"] for row in rows(host, "ConnectionProfile")]
    assert len(set(profiles)) == len(profiles)
    assert set(profiles) <= addressed & set(adapters(host))
    for row in rows(host, "IPInterface"):
        if row["InterfaceIndex"] in adapters(host):
            frame = setting(host, adapters(host)[row["InterfaceIndex"]]["Name"], "*JumboPacket")
            assert frame is None or row["NlMtu"] == int(frame) - 14


@each_host
def test_rdma_is_as_the_drivers_settings_say(host: Recording) -> None:
    listed = {row["Name"] for row in rows(host, "RdmaAdapter")}
    vnics = {f"vEthernet ({row['Name']})" for row in rows(host, "HostVNic")}
    assert vnics <= listed or host.windows == "2012 R2"
    for row in rows(host, "RdmaAdapter"):
        assert setting(host, row["Name"], "*NetworkDirect") == str(int(row["Enabled"]))
        assert setting(host, row["Name"], "*NetworkDirectTechnology") in (None, str(row["Technology"]))
        assert (row["Technology"] > 0) == row["Enabled"]
        assert row["Enabled"] or not row.get("OperationalState")


@each_host
def test_classes_and_priorities_are_whole(host: Recording) -> None:
    names = {row["Name"] for row in rows(host, "NetAdapter")}
    for fact in ("QosFlowControl", "QosTrafficClass", "QosDcbxSetting"):
        assert {row["InterfaceAlias"] for row in rows(host, fact)} <= names | {""}
    if not rows(host, "DcbFeature"):
        return
    classes = of_host(rows(host, "QosTrafficClass"))
    assert sum(row["BandwidthPercentage"] for row in classes) == 100
    assert sorted(priority for row in classes for priority in row["Priority"]) == list(range(8))
    assert classes[0]["Name"] == "[Default]"
    assert [row["Priority"] for row in of_host(rows(host, "QosFlowControl"))] == list(range(8))
    assert len(of_host(rows(host, "QosDcbxSetting"))) == 1


@each_host
def test_ports_run_what_the_host_is_told(host: Recording) -> None:
    """Where the host decides: a port without QoS runs nothing, and a willing host may run what the switch says."""
    classes = of_host(rows(host, "QosTrafficClass"))
    paused = {row["Priority"] for row in of_host(rows(host, "QosFlowControl")) if row["Enabled"]}
    for row in rows(host, "QosAdapter"):
        assert all(len(row[table]) == 8 for table in ("FlowControl", "Classes", "Bandwidth", "Algorithms"))
        assert len(row["RemoteFlowControl"]) in (0, 8)
        assert row["HardwareClasses"] >= len(classes)
        assert not row["Enabled"] or rows(host, "DcbFeature")
        if not row["Enabled"]:
            assert not any((*row["FlowControl"], *row["Bandwidth"]))
        elif not of_host(rows(host, "QosDcbxSetting"))[0]["Willing"]:
            assert {priority for priority, on in enumerate(row["FlowControl"]) if on} == paused
            for each in classes:
                (number,) = {row["Classes"][priority] for priority in each["Priority"]}
                run = (row["Algorithms"][number], row["Bandwidth"][number])
                assert run == (each["Algorithm"], each["BandwidthPercentage"])


@each_host
def test_firewall_rules_have_ports_and_addresses(host: Recording) -> None:
    rules = [row["InstanceID"] for row in rows(host, "FirewallRule")]
    assert len(set(rules)) == len(rules) > 0
    for fact in ("FirewallPort", "FirewallAddress", "FirewallProgram"):
        assert set(rules) <= {row["InstanceID"] for row in rows(host, fact)}
    assert [row["Name"] for row in rows(host, "FirewallProfile")] == ["Domain", "Private", "Public"]


@each_host
def test_iscsi_connections_start_here(host: Recording) -> None:
    mine = {row["IPAddress"] for row in rows(host, "IPAddress")}
    assert {row["InitiatorAddress"] for row in rows(host, "IscsiConnection")} <= mine


@each_host
def test_intents_have_a_status_each(host: Recording) -> None:
    intents = [row["IntentName"] for row in rows(host, "NetIntent")]
    assert [row["IntentName"] for row in rows(host, "NetIntentStatus")] == intents
    assert all(row["Host"].lower() == host.name.lower() for row in rows(host, "NetIntentStatus"))


@each_host
def test_smb_sees_the_same_interfaces(host: Recording) -> None:
    for row in rows(host, "SmbClientInterface"):
        adapter = adapters(host)[row["InterfaceIndex"]]
        assert (row["FriendlyName"], row["LinkSpeed"]) == (adapter["Name"], adapter["TransmitLinkSpeed"])
        mine = [each for each in rows(host, "IPAddress") if each["InterfaceIndex"] == row["InterfaceIndex"]]
        assert set(row["IpAddresses"]) == {without_zone(each["IPAddress"]) for each in mine}
        offered = [each for each in rows(host, "SmbServerInterface") if each["InterfaceIndex"] == row["InterfaceIndex"]]
        assert {each["IpAddress"] for each in offered} == set(row["IpAddresses"])
        for name in ("RdmaCapable", "RssCapable", "LinkSpeed"):
            assert {each[name] for each in offered} == {row[name]}, name


@each_host
def test_smb_uses_rdma_only_where_it_is_on(host: Recording) -> None:
    on = {row["Name"] for row in rows(host, "RdmaAdapter") if row["Enabled"]}
    for row in rows(host, "SmbServerInterface"):
        assert row["InterfaceIndex"] in adapters(host)
        assert not row["RdmaCapable"] or adapters(host)[row["InterfaceIndex"]]["Name"] in on


@each_host
def test_smb_connections_lead_from_its_interfaces_to_other_nodes(host: Recording) -> None:
    nodes = {row["Name"] for row in rows(host, "ClusterNode")} - {host.name}
    capable = {row["InterfaceIndex"]: row["RdmaCapable"] for row in rows(host, "SmbClientInterface")}
    for fact in CONNECTIONS:
        paths: dict[tuple[str, int], list[Row]] = {}
        for row in rows(host, fact):
            paths.setdefault((row["ServerName"], row["ClientInterfaceIndex"]), []).append(row)
        for (server, index), samples in paths.items():
            assert server in nodes
            assert [row["Sample"] for row in samples] == [1, 2]
            assert samples[0]["FailureCount"] <= samples[1]["FailureCount"]
            for row in samples:
                assert row["ClientRdmaCapable"] == capable[index]
                used = row.get("RdmaConnectionCount", 0) + row.get("TcpConnectionCount", 0)
                assert used in (0, row["CurrentChannels"])


@each_host
def test_what_belongs_to_virtual_machines_names_them(host: Recording) -> None:
    machines = {row["Id"]: row["Name"] for row in rows(host, "VM")}
    assert len(machines) == len(rows(host, "VM")) > 0
    for fact in ("VMHardDisk", "VMDvd", "VMNic", "VMProcessor", "VMAssignedDevice"):
        for row in rows(host, fact):
            assert machines[row["VMId"]] == row["VMName"], fact
    assert {row["VMId"] for row in rows(host, "VMProcessor")} == set(machines)
    clustered = [row["Id"] for row in rows(host, "VM") if row["IsClustered"]]
    assert [row["VMId"] for row in rows(host, "ClusterVM")] == clustered
    assert {row["SwitchName"] for row in rows(host, "VMNic")} <= {row["Name"] for row in rows(host, "VMSwitch")}
    for row in rows(host, "VMDvd"):
        assert row["DvdMediaType"] == (0 if row["Path"] is None else 1)


@each_host
def test_migration_parameters_name_cluster_networks(host: Recording) -> None:
    networks = {row["Id"] for row in rows(host, "ClusterNetwork")}
    for row in rows(host, "MigrationParameter"):
        assert set(filter(None, row["Value"].split(";"))) <= networks


def test_the_nodes_of_a_cluster_say_the_same_of_it() -> None:
    clusters: dict[str, list[Recording]] = {}
    for host in RECORDINGS:
        for row in rows(host, "ClusterSettings"):
            clusters.setdefault(row["Name"], []).append(host)
    assert max(len(nodes) for nodes in clusters.values()) > 1
    shared = ["ClusterSettings", "ClusterNode", "ClusterNetwork", "ClusterNetworkInterface", "ClusterQuorum"]
    shared += ["ClusterSite", "MigrationParameter", "ClusterSharedVolume", "ClusterSharedVolumeState"]
    for nodes in clusters.values():
        for fact in shared:
            assert all(rows(node, fact) == rows(nodes[0], fact) for node in nodes), fact
        assert {row["Name"] for row in rows(nodes[0], "ClusterNode")} == {node.name for node in nodes}
        _assert_whole(nodes)


def _assert_whole(nodes: list[Recording]) -> None:
    """What a cluster says of its nodes is what they say of themselves."""
    by_name = {node.name: node for node in nodes}
    for row in rows(nodes[0], "ClusterNode"):
        (system,) = rows(by_name[row["Name"]], "OperatingSystem")
        assert row["BuildNumber"] == int(system["BuildNumber"])
        assert row["NodeHighestVersion"] >> 16 >= rows(nodes[0], "ClusterSettings")[0]["ClusterFunctionalLevel"]
    networks = {row["Id"]: row for row in rows(nodes[0], "ClusterNetwork")}
    interfaces = rows(nodes[0], "ClusterNetworkInterface")
    assert {(row["Node"], row["NetworkId"]) for row in interfaces} == {(n, i) for n in by_name for i in networks}
    for row in interfaces:
        node, network = by_name[row["Node"]], networks[row["NetworkId"]]
        adapter = by_guid(node)[normalise_guid(row["AdapterId"])]
        assert (row["Adapter"], row["Name"]) == (adapter["InterfaceDescription"], f"{node.name} - {adapter['Name']}")
        held = {r["IPAddress"] for r in rows(node, "IPAddress") if r["InterfaceIndex"] == adapter["InterfaceIndex"]}
        assert set(row["Ipv4Addresses"]) <= held
        subnets = {f"{a}/{p}" for a, p in zip(network["Ipv4Addresses"], network["Ipv4PrefixLengths"], strict=True)}
        in_network = [any(ip_address(a) in ip_network(s) for s in subnets) for a in row["Ipv4Addresses"]]
        assert all(in_network) or row["State"] != 3
        assert network["State"] == 3 or any(r["State"] != 3 for r in interfaces if r["NetworkId"] == row["NetworkId"])
    volumes = {row["Name"] for row in rows(nodes[0], "ClusterSharedVolume")}
    states = [(row["Name"], row["Node"]) for row in rows(nodes[0], "ClusterSharedVolumeState")]
    assert Counter(states) == Counter((volume, node) for volume in volumes for node in by_name)
    (quorum,) = rows(nodes[0], "ClusterQuorum")
    assert (quorum["Witness"] is None) == (quorum["WitnessState"] is None) == (quorum["WitnessType"] == "")


def test_ids_are_unique_over_all_hosts() -> None:
    for fact, name in (
        ("NetAdapter", "InterfaceGuid"),
        ("VM", "Id"),
        ("VMSwitch", "Id"),
        ("NetAdapter", "PnPDeviceID"),
    ):
        ids = Counter(row[name] for host in RECORDINGS for row in rows(host, fact) if row[name])
        shared = {each for each, count in ids.items() if count > 1}
        assert all(each.startswith(("ROOT\\", "USB\\")) for each in shared), (fact, shared)


def test_no_two_hosts_share_an_address_on_the_network() -> None:
    held = Counter(
        row["IPAddress"]
        for host in RECORDINGS
        for row in rows(host, "IPAddress")
        if ip_interface(without_zone(row["IPAddress"])).ip.is_private
        and not ip_interface(without_zone(row["IPAddress"])).ip.is_loopback
        and not ip_interface(without_zone(row["IPAddress"])).ip.is_link_local
    )
    assert [address for address, count in held.items() if count > 1] == []


def told(result: Result) -> str | dict[str, Any]:
    """A result as the golden file has it: a pass is one word, all else says why."""
    said: dict[str, Any] = {"verdict": str(result.verdict)}
    if result.severity:
        said["severity"] = str(result.severity)
    if result.findings:
        said["says"] = [str(finding.message) for finding in result.findings]
    if result.reason:
        said["because"] = str(result.reason)
    return said if len(said) > 1 else str(result.verdict)


def verdicts() -> dict[str, dict[str, Any]]:
    """What every guideline says of every recorded host, and of every cluster that they form."""
    snapshots = {host.name: host.snapshot for host in RECORDINGS}
    of_hosts = [guideline for guideline in all_guidelines() if not compares_nodes(guideline)]
    of_clusters = [guideline for guideline in all_guidelines() if compares_nodes(guideline)]
    found = {name: {g.code: told(judge_host(g, one)) for g in of_hosts} for name, one in snapshots.items()}
    for cluster in group(snapshots):
        found[cluster.name] = {g.code: told(judge_cluster(g, cluster)) for g in of_clusters}
    return found


def test_the_guidelines_say_of_them_what_the_golden_file_says() -> None:
    found = verdicts()
    if os.environ.get("HVNET_UPDATE_GOLDEN"):
        text = yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=120, indent=2)
        head = "# What the guidelines say of the recorded hosts. tests/test_lab_hosts.py says how to update it.\n"
        GOLDEN.write_text(head + text, encoding="utf-8")
    expected = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
    assert list(found) == list(expected)
    for name, judged in found.items():
        assert judged == expected[name], name
