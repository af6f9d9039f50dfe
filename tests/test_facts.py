"""Facts: one row of PowerShell's answer, each property by itself; what is absent is missed when it is read."""

from __future__ import annotations

from typing import Any

import pytest

from checks.facts.base import MissingProperty, Only, last_part_of_guid_path, normalise_guid
from checks.facts.cluster import (
    ClusterNetwork,
    ClusterService,
    ClusterSettings,
    NetworkRole,
    NetworkState,
    ResourceState,
)
from checks.facts.hyperv import MigrationAuthentication, MigrationPerformance, SwitchType, VMHardDisk, VMHost, VMSwitch
from checks.facts.net_adapter import AdvancedProperty, NetAdapter, NetAdapterStatistics
from checks.facts.smb import BandwidthCategory, SmbBandwidthLimit
from checks.facts.system import OperatingSystem
from checks.model import Unknown
from checks.snapshot import from_facts

GUID = "889a6b6b-9b94-48cc-929a-ed4b7ec5d3de"


@pytest.mark.parametrize("raw", [2, "2", "SMB", "smb", " Smb "])
def test_an_enumeration_arrives_as_a_number_or_as_its_name(raw: Any) -> None:
    host = VMHost.read({"VirtualMachineMigrationPerformanceOption": raw})
    assert host.virtual_machine_migration_performance_option is MigrationPerformance.SMB


@pytest.mark.parametrize(
    ("fact", "row", "attribute", "value"),
    [
        (ClusterNetwork, {"Role": "ClusterAndClient"}, "role", NetworkRole.CLUSTER_AND_CLIENT),
        (ClusterNetwork, {"State": "Partitioned"}, "state", NetworkState.PARTITIONED),
        (ClusterNetwork, {"State": -1}, "state", NetworkState.UNKNOWN),
        (VMSwitch, {"SwitchType": "External"}, "switch_type", SwitchType.EXTERNAL),
        (SmbBandwidthLimit, {"Category": "LiveMigration"}, "category", BandwidthCategory.LIVE_MIGRATION),
        (
            VMHost,
            {"VirtualMachineMigrationAuthenticationType": 0},
            *("virtual_machine_migration_authentication_type", MigrationAuthentication.CREDSSP),
        ),
        (OperatingSystem, {"BuildNumber": "20348"}, "build_number", 20348),
        (NetAdapter, {"TransmitLinkSpeed": "25000000000"}, "transmit_link_speed", 25_000_000_000),
        (NetAdapter, {"InterfaceGuid": "{889A6B6B-9B94-48CC-929A-ED4B7EC5D3DE}"}, "interface_guid", GUID),
        (
            AdvancedProperty,
            {"InstanceID": "{889A6B6B-9B94-48CC-929A-ED4B7EC5D3DE}::*ReceiveBuffers"},
            "instance_id",
            GUID,
        ),
        (NetAdapterStatistics, {"InstanceID": "{889A6B6B-9B94-48CC-929A-ED4B7EC5D3DE}"}, "instance_id", GUID),
        (AdvancedProperty, {"RegistryValue": "512"}, "registry_value", ("512",)),
        (AdvancedProperty, {"RegistryValue": ["512"]}, "registry_value", ("512",)),
        (
            VMSwitch,
            {"NetAdapterInterfaceGuid": "{889A6B6B-9B94-48CC-929A-ED4B7EC5D3DE}"},
            "net_adapter_interface_guid",
            (GUID,),
        ),
    ],
)
def test_values_as_they_arrive(fact: Any, row: dict[str, Any], attribute: str, value: Any) -> None:
    assert getattr(fact.read(row), attribute) == value


def test_a_property_that_is_absent_is_missed_when_it_is_read() -> None:
    host = VMHost.read({"Name": "HV01"})
    assert host.name == "HV01"
    with pytest.raises(MissingProperty) as missed:
        _ = host.virtual_machine_migration_enabled
    assert str(missed.value) == "the host does not report VirtualMachineMigrationEnabled (Get-VMHost)"
    assert isinstance(missed.value, Unknown)


@pytest.mark.parametrize("raw", [None, "Turbo", 7, [1, 2], {"value": 1}])
def test_a_value_that_is_not_understood_is_no_value(raw: Any) -> None:
    host = VMHost.read({"VirtualMachineMigrationPerformanceOption": raw})
    with pytest.raises(MissingProperty):
        _ = host.virtual_machine_migration_performance_option


def test_what_may_be_absent_is_none_and_never_false() -> None:
    cluster = ClusterSettings.read({"Name": "CLU12", "SharedVolumesRoot": "C:\\ClusterStorage"})
    assert cluster.s2d_enabled is None
    assert cluster.maximum_parallel_migrations is None
    assert VMHardDisk.read({"Path": "C:\\x.vhdx"}).disk_number is None
    assert VMHardDisk.read({"DiskNumber": 0}).disk_number == 0


def test_windows_server_2012_r2_has_no_guid_of_the_uplink() -> None:
    switch = VMSwitch.read({"Name": "Rede das VMs", "SwitchType": 2})
    assert switch.net_adapter_interface_guid == ()
    with pytest.raises(MissingProperty):
        _ = switch.embedded_teaming_enabled


def test_an_attribute_that_no_fact_has_is_an_error_of_ours() -> None:
    with pytest.raises(AttributeError):
        _ = VMHost.read({}).favourite_colour


@pytest.mark.parametrize(
    ("text", "guid"),
    [(f"{{{GUID.upper()}}}", GUID), (GUID, GUID), (f" {GUID} ", GUID)],
)
def test_guids_are_written_one_way(text: str, guid: str) -> None:
    assert normalise_guid(text) == guid
    assert last_part_of_guid_path(f"{text}::*TransmitBuffers") == guid


@pytest.mark.parametrize(
    ("build", "windows"),
    [
        (9200, None),
        (9600, "2012 R2"),
        (14393, "2016"),
        (17763, "2019"),
        (20347, "2019"),
        (20348, "2022"),
        (25398, "2022"),
        (26100, "2025"),
    ],
)
def test_the_version_of_windows_behind_a_build(build: int, windows: str | None) -> None:
    assert OperatingSystem.read({"BuildNumber": build}).windows == windows


def test_names_as_powershell_writes_them() -> None:
    assert ResourceState.ONLINE_PENDING.powershell == "OnlinePending"
    assert NetworkRole.CLUSTER_AND_CLIENT.powershell == "ClusterAndClient"
    assert [option.powershell for option in MigrationPerformance] == ["TCPIP", "Compression", "SMB"]
    assert [kind.powershell for kind in MigrationAuthentication] == ["CredSSP", "Kerberos"]


def test_a_fact_is_narrowed_by_its_key_whatever_the_case() -> None:
    rows = [{"RegistryKeyword": "*receivebuffers"}, {"RegistryKeyword": "*TransmitBuffers"}, {}]
    snapshot = from_facts({"AdvancedProperty": rows})
    found = snapshot.rows(AdvancedProperty, Only("*ReceiveBuffers"))
    assert [row.registry_keyword for row in found] == ["*receivebuffers"]
    assert AdvancedProperty.question(("*ReceiveBuffers",)).endswith("-Filter \"RegistryKeyword='*ReceiveBuffers'\"")


def test_nothing_found_and_not_asked_are_different_answers() -> None:
    assert from_facts({"ClusterService": []}).rows(ClusterService) == []
    with pytest.raises(Unknown, match="the snapshot does not hold ClusterService"):
        from_facts({}).rows(ClusterService)
    denied = from_facts({}, {"ClusterService": {"id": "AccessDenied", "message": "Acesso\r\n negado."}})
    with pytest.raises(Unknown, match=r"could not read Win32_Service: Acesso negado\."):
        denied.rows(ClusterService)


def test_a_host_with_the_feature_but_no_cluster_is_no_node() -> None:
    assert "StartMode<>'Disabled'" in ClusterService.query
