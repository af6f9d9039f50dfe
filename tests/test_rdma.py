"""Where RDMA is on, which ports carry it, and which SMB connections it is for."""

from __future__ import annotations

from typing import Any

import pytest

from checks.facts.base import MissingProperty
from checks.facts.cluster import ClusterNode, ClusterService, ClusterSettings
from checks.facts.hyperv import HostVNic, VMHardDisk, VMSwitch
from checks.facts.needs import find
from checks.facts.net_adapter import DefaultRoute, IPAddress, LbfoTeamMember, LbfoTeamNic
from checks.facts.rdma import PeerConnections, Rdma, RdmaAdapter
from checks.facts.smb import CsvConnection, SblConnection, SmbConnection
from checks.facts.storage import SmbUse, first_label
from checks.model import Unknown
from checks.snapshot import from_facts

LEFT, RIGHT, VNIC, MANAGEMENT = (f"{{00000000-0000-0000-0000-00000000000{end}}}" for end in "ABCD")


def adapter(name: str, guid: str, index: int, *, hardware: bool = True, up: bool = True) -> dict[str, Any]:
    return {
        "Name": name,
        "InterfaceDescription": f"Adapter {name}",
        "InterfaceGuid": guid,
        "InterfaceIndex": index,
        "InterfaceOperationalStatus": 1 if up else 2,
        "MediaConnectState": 1 if up else 2,
        "HardwareInterface": hardware,
        "PnPDeviceID": "PCI\\VEN_15B3" if hardware else "ROOT\\VMS_MP\\0000",
    }


def row(guid: str, technology: int | None = 4, *, on: bool = True) -> dict[str, Any]:
    return {"Name": "any", "InstanceID": guid, "Enabled": on, "Technology": technology}


def address(ip: str, index: int) -> dict[str, Any]:
    return {"IPAddress": ip, "PrefixLength": 24, "InterfaceIndex": index}


def facts(**own: Any) -> dict[str, Any]:
    """Two ports below a switch with a virtual adapter for storage, and one for management."""
    return {
        "NetAdapter": [
            adapter("SLOT 2", LEFT, 5),
            adapter("SLOT 3", RIGHT, 6),
            adapter("vEthernet (SMB)", VNIC, 7, hardware=False),
            adapter("vEthernet (Gerência)", MANAGEMENT, 8, hardware=False),
        ],
        RdmaAdapter.__name__: [row(LEFT), row(RIGHT, 1), row(VNIC, None), row(MANAGEMENT, None, on=False)],
        VMSwitch.__name__: {"Name": "Comutador", "SwitchType": 2, "NetAdapterInterfaceGuid": [LEFT, RIGHT]},
        HostVNic.__name__: [
            {"Name": "SMB", "SwitchName": "Comutador", "DeviceId": VNIC},
            {"Name": "Gerência", "SwitchName": "Comutador", "DeviceId": MANAGEMENT},
        ],
        LbfoTeamMember.__name__: [],
        LbfoTeamNic.__name__: [],
        IPAddress.__name__: [address("10.0.20.11", 7), address("10.0.10.11", 8)],
        DefaultRoute.__name__: [],
    } | own


def rdma(**own: Any) -> Rdma:
    found: Rdma = find(Rdma, from_facts(facts(**own)))
    return found


def names(adapters: list[Any]) -> list[str]:
    return [each.name for each in adapters]


@pytest.mark.parametrize(
    ("raw", "meant"), [(3, "RoCE"), ("RoCEv2", "RoCEv2"), (1, "iWARP"), (2, "InfiniBand"), (0, "?")]
)
def test_technologies_have_names(raw: Any, meant: str) -> None:
    assert RdmaAdapter.read({"Technology": raw}).technology.called == meant


def test_rdma_is_used_at_adapters_with_an_address_and_not_at_the_ports_below_them() -> None:
    found = rdma()
    assert names(found.enabled) == ["SLOT 2", "SLOT 3", "vEthernet (SMB)"]
    assert names(found.endpoints) == ["vEthernet (SMB)"]
    assert names(found.ports) == ["SLOT 2", "SLOT 3"]
    assert names(found.roce_ports) == ["SLOT 2"]
    assert found.is_converged


def test_ports_without_a_switch_are_their_own_endpoints() -> None:
    found = rdma(VMSwitch=[], HostVNic=[], IPAddress=[address("10.0.20.11", 5)])
    assert names(found.endpoints) == names(found.ports) == ["SLOT 2"]
    assert not found.is_converged


def gateway(index: int) -> dict[str, Any]:
    return {"DestinationPrefix": "0.0.0.0/0", "InterfaceIndex": index, "NextHop": "10.0.0.1"}


def test_a_port_for_management_is_left_out_where_others_have_rdma() -> None:
    alone: dict[str, Any] = {"VMSwitch": [], "HostVNic": []}
    addresses = [address("10.0.20.11", 5), address("10.0.10.11", 6)]
    assert names(rdma(IPAddress=addresses, DefaultRoute=[gateway(6)], **alone).endpoints) == ["SLOT 2"]
    assert names(rdma(IPAddress=addresses[1:], DefaultRoute=[gateway(6)], **alone).endpoints) == ["SLOT 3"]


def test_an_adapter_of_the_host_is_not_left_out_for_its_gateway() -> None:
    on = [row(LEFT), row(RIGHT), row(VNIC), row(MANAGEMENT)]
    assert len(rdma(RdmaAdapter=on, DefaultRoute=[gateway(8)]).endpoints) == 2


def test_an_adapter_with_rdma_off_or_without_a_link_has_none() -> None:
    off = rdma(RdmaAdapter=[row(LEFT), row(RIGHT), row(VNIC, on=False)])
    assert (off.endpoints, off.ports) == ([], [])
    down = [adapter("SLOT 2", LEFT, 5), adapter("vEthernet (SMB)", VNIC, 7, hardware=False, up=False)]
    assert rdma(NetAdapter=down).endpoints == []


def test_a_port_with_rdma_off_carries_none() -> None:
    assert names(rdma(RdmaAdapter=[row(LEFT), row(RIGHT, on=False), row(VNIC)]).ports) == ["SLOT 2"]


def test_an_address_of_the_link_alone_is_none() -> None:
    assert rdma(IPAddress=[address("169.254.7.7", 7)]).endpoints == []


@pytest.mark.parametrize("technology", [None, "Carrier pigeon"])
def test_a_technology_that_was_not_understood_is_missed(technology: Any) -> None:
    found = rdma(RdmaAdapter=[row(LEFT, technology), row(VNIC)])
    with pytest.raises(MissingProperty):
        _ = found.roce_ports


def test_a_switch_for_rdma_is_the_port_s_and_can_be_off() -> None:
    found = rdma(RdmaAdapter=[row(LEFT, on=False), row(VNIC)])
    left, right, vnic, _management = found.topology.adapters
    assert [found.can_use(each) for each in (left, right, vnic)] == [True, False, False]
    assert [found.is_off(each) for each in (left, right, vnic)] == [True, False, False]


S2D = {
    ClusterService.__name__: {"Name": "ClusSvc"},
    ClusterSettings.__name__: {"Name": "CLU01", "S2DEnabled": 1},
    ClusterNode.__name__: [{"Name": "HVPOA-A"}, {"Name": "HVPOA-B"}],
}
ALONE: dict[str, Any] = {fact: [] for fact in S2D}


def storage(*paths: str, **own: Any) -> SmbUse:
    disks = {VMHardDisk.__name__: [{"Path": path} for path in paths]}
    found: SmbUse = find(SmbUse, from_facts(ALONE | disks | own))
    return found


def test_storage_spaces_direct_is_storage_over_smb() -> None:
    assert storage(**S2D).for_disks
    assert not storage("C:\\VMs\\web01.vhdx").for_disks
    assert not storage(**(S2D | {"ClusterSettings": {"Name": "CLU12"}})).for_disks


def test_with_storage_spaces_direct_the_disks_are_not_asked_for() -> None:
    found: SmbUse = find(SmbUse, from_facts(S2D))
    assert found.for_disks
    with pytest.raises(Unknown):
        _ = found.servers


def test_file_servers_are_known_by_the_first_part_of_their_names() -> None:
    found = storage("\\\\SOFS01.contoso.com\\vms\\a.vhdx", "\\\\10.0.0.5\\vms\\b.vhdx", "\\\\?\\Volume{1}\\c.vhdx")
    assert found.servers == {"sofs01", "10.0.0.5"}
    assert found.for_disks


@pytest.mark.parametrize(("name", "label"), [("HV01.contoso.com", "hv01"), ("hv01", "hv01"), ("10.0.0.5", "10.0.0.5")])
def test_first_labels(name: str, label: str) -> None:
    assert first_label(name) == label


def connection(server: str) -> dict[str, Any]:
    return {"Sample": 1, "ServerName": server}


def peers(**own: Any) -> PeerConnections:
    empty: dict[str, Any] = {fact.__name__: [] for fact in (SmbConnection, CsvConnection, SblConnection, VMHardDisk)}
    found: PeerConnections = find(PeerConnections, from_facts(empty | S2D | own))
    return found


def test_connections_to_nodes_and_file_servers_count_and_others_do_not() -> None:
    found = peers(
        SmbConnection=[connection("hvpoa-b.contoso.com"), connection("SOFS01"), connection("DEPOT01")],
        CsvConnection=[connection("fe80::1")],
        SblConnection=[connection("HVPOA-B"), connection("HVPOA-B")],
        VMHardDisk=[{"Path": "\\\\sofs01\\vms\\a.vhdx"}],
    )
    assert {key: len(rows) for key, rows in found.by_server.items()} == {
        ("Default", "hvpoa-b.contoso.com"): 1,
        ("Default", "SOFS01"): 1,
        ("CSV", "fe80::1"): 1,
        ("SBL", "HVPOA-B"): 2,
    }


def test_without_storage_spaces_direct_there_is_no_bus_to_ask() -> None:
    found = peers(SblConnection=[connection("HVPOA-B")], ClusterSettings={"Name": "CLU01", "S2DEnabled": 0})
    assert found.by_server == {}
