"""Data Center Bridging: which ports it matters on, the priority of SMB Direct, and whose settings hold for a port."""

from __future__ import annotations

from typing import Any

import pytest
from test_topology import LEFT, RIGHT, adapter, address, facts

from checks.facts.dcb import Dcb
from checks.facts.needs import find
from checks.model import NotApplicable, Unknown
from checks.snapshot import from_facts

ALL = list(range(8))


def paused(*on: int, alias: str | None = None) -> list[dict[str, Any]]:
    return [{"Priority": each, "Enabled": each in on, "InterfaceAlias": alias} for each in ALL]


def classes(alias: str | None = None, **own: tuple[int, int]) -> list[dict[str, Any]]:
    left = [each for each in ALL if each not in [priority for priority, _share in own.values()]]
    rest = 100 - sum(share for _priority, share in own.values())
    rows = [("[Default]", left, rest), *((name, [priority], share) for name, (priority, share) in own.items())]
    return [
        {"Name": name, "Priority": those, "Algorithm": 2, "BandwidthPercentage": share, "InterfaceAlias": alias}
        for name, those, share in rows
    ]


def willing(value: bool, alias: str | None = None) -> dict[str, Any]:
    return {"Willing": value, "InterfaceAlias": alias}


def running(name: str, guid: str, *on: int, **other: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "InstanceID": guid,
        "Enabled": True,
        "FlowControl": [each in on for each in ALL],
        "Classes": [0, 0, 0, 1, 0, 0, 0, 0],
        "Bandwidth": [50, 50, 0, 0, 0, 0, 0, 0],
        "Algorithms": [2, 2, 0, 0, 0, 0, 0, 0],
    } | other


def smb_direct(priority: int, port: int = 445) -> dict[str, Any]:
    return {"Name": "SMB", "Template": "None", "NetDirectPort": port, "Priority": priority}


def dcb(technology: int = 4, **own: Any) -> Dcb:
    rdma = [
        {"Name": name, "InstanceID": guid, "Enabled": True, "Technology": technology}
        for name, guid in (("Ethernet", LEFT), ("Ethernet 2", RIGHT))
    ]
    given: dict[str, Any] = {
        "IPAddress": [address("10.0.20.11", 24, 5), address("10.0.21.11", 24, 6)],
        "RdmaAdapter": rdma,
        "ClusterService": {"Name": "ClusSvc"},
        "ClusterSettings": {"Name": "CLU01", "S2DEnabled": 1},
        "DcbFeature": {"Name": "Data-Center-Bridging"},
        "QosPolicy": [smb_direct(3)],
        "QosFlowControl": paused(3),
        "QosTrafficClass": classes(SMB=(3, 50)),
        "QosDcbxSetting": willing(False),
        "QosAdapter": [running("Ethernet", LEFT, 3), running("Ethernet 2", RIGHT, 3)],
    }
    found: Dcb = find(Dcb, from_facts(facts(**(given | own))))
    return found


def reason(error: pytest.ExceptionInfo[Any]) -> str:
    return str(error.value.reason)


def test_the_ports_are_those_that_speak_roce() -> None:
    assert [port.name for port in dcb().ports] == ["Ethernet", "Ethernet 2"]
    assert len(dcb(technology=3).ports) == 2
    for technology in (1, 2):
        with pytest.raises(NotApplicable, match="iWARP or InfiniBand"):
            assert dcb(technology=technology).ports
    with pytest.raises(NotApplicable, match="not in use"):
        assert dcb(RdmaAdapter=[]).ports


def test_a_driver_that_does_not_say_what_it_speaks_leaves_it_unknown() -> None:
    with pytest.raises(Unknown) as error:
        assert dcb(technology=0).ports
    assert reason(error).endswith("Ethernet, Ethernet 2")


def test_a_nested_host_has_no_ports_to_judge() -> None:
    synthetic = [adapter("Ethernet", LEFT, 5, PnPDeviceID="VMBUS\\{1}\\{2}")]
    with pytest.raises(NotApplicable, match="itself a virtual machine"):
        assert dcb(NetAdapter=synthetic).ports


@pytest.mark.parametrize(
    ("own", "why"),
    [
        ({"DcbFeature": []}, "not installed"),
        ({"QosPolicy": []}, "no QoS policy"),
        ({"QosPolicy": [smb_direct(3, port=0)]}, "no QoS policy"),
        ({"QosPolicy": [smb_direct(3), smb_direct(4)]}, "more than one"),
        ({"QosPolicy": [smb_direct(0)]}, "no priority of its own"),
        ({"QosPolicy": [smb_direct(-1)]}, "no priority of its own"),
    ],
)
def test_the_priority_is_known_where_all_policies_agree(own: dict[str, Any], why: str) -> None:
    assert dcb(QosPolicy=[smb_direct(4), smb_direct(4)]).priority == 4
    assert dcb(QosPolicy=[smb_direct(1)]).priority == 1
    with pytest.raises(Unknown) as error:
        assert dcb(**own).priority
    assert why in reason(error)
    assert reason(error).endswith("see DCB001")


def test_a_port_with_settings_of_its_own_does_not_follow_the_host() -> None:
    own = dcb(
        QosFlowControl=[*paused(3), *paused(4, alias="ethernet 2"), *paused(alias="Ethernet")],
        QosTrafficClass=[*classes(SMB=(3, 50)), *classes("Ethernet 2", SMB=(4, 30)), *classes("Ethernet")],
    )
    left, right = own.ports
    assert (own.flow_control_owner(left), own.flow_control_owner(right)) == ("", "Ethernet 2")
    assert (own.classes_owner(left), own.classes_owner(right)) == ("", "Ethernet 2")
    assert (own.paused(), own.paused("Ethernet 2")) == ({3}, {4})
    assert [list(group) for group in own.owners(own.classes_owner).values()] == [[left], [right]]
    assert (own.left(), own.left("Ethernet 2")) == (49, 69)


def test_the_default_class_alone_is_no_class_of_ones_own() -> None:
    found = dcb()
    assert found.class_of(5) is None
    own = found.class_of(3)
    assert own is not None
    assert own.name == "SMB"


def test_rows_that_are_missing_are_not_taken_for_off() -> None:
    bare = dcb(QosFlowControl=[], QosTrafficClass=[], QosDcbxSetting=[])
    with pytest.raises(Unknown, match="MSFT_NetQosFlowControlSettingData gave no answer"):
        bare.paused()
    with pytest.raises(Unknown, match="MSFT_NetQosTrafficClassSettingData gave no answer"):
        bare.classes()
    with pytest.raises(Unknown, match="willing"):
        bare.is_willing(bare.ports[0])


@pytest.mark.parametrize(
    ("host", "port", "runs", "verdict"),
    [
        (True, None, True, True),
        (False, None, False, False),
        (True, False, False, False),
        (None, False, False, False),
        (None, True, True, True),
        (True, True, True, True),
        # The port says yes and the host no: what it runs tells.
        (False, True, True, False),
        (False, True, False, True),
    ],
)
def test_a_ports_own_word_on_dcbx_counts_first(host: bool | None, port: bool | None, runs: bool, verdict: bool) -> None:
    rows = [willing(value, alias) for value, alias in ((host, None), (port, "Ethernet")) if value is not None]
    on = (3,) if runs else (0, 3)
    found = dcb(QosDcbxSetting=rows, QosAdapter=[running("Ethernet", LEFT, *on)])
    assert found.is_willing(found.ports[0]) is verdict


def test_where_a_port_is_willing_the_settings_of_windows_say_nothing() -> None:
    dcb().require_authority()
    with pytest.raises(Unknown) as error:
        dcb(QosDcbxSetting=[willing(False), willing(True, "Ethernet 2")], QosAdapter=[]).require_authority()
    assert "Ethernet 2; see DCB006" in reason(error)


@pytest.mark.parametrize(
    ("change", "runs"),
    [
        ({}, True),
        ({"Enabled": False}, False),
        ({"FlowControl": [False] * 8}, False),
        ({"Bandwidth": [60, 40, 0, 0, 0, 0, 0, 0]}, False),
        ({"Algorithms": [2, 0, 0, 0, 0, 0, 0, 0]}, False),
        ({"Classes": [0] * 8, "Bandwidth": [100, 0, 0, 0, 0, 0, 0, 0]}, False),
    ],
)
def test_a_port_runs_what_is_configured_or_it_does_not(change: dict[str, Any], runs: bool) -> None:
    found = dcb(QosAdapter=[running("Ethernet", LEFT, 3, **change)])
    assert found.runs_settings(found.ports[0]) is runs
    assert not found.runs_settings(found.ports[1])


def test_a_port_without_tables_leaves_it_unknown() -> None:
    found = dcb(QosAdapter=[running("Ethernet", LEFT, 3, Bandwidth=[])])
    with pytest.raises(Unknown, match="Ethernet does not report"):
        found.runs_settings(found.ports[0])


def test_one_setting_of_dcb_is_enough_to_be_configured() -> None:
    nothing: dict[str, Any] = {"QosPolicy": [], "QosFlowControl": paused(), "QosTrafficClass": classes()}
    assert not dcb(**nothing).is_configured
    for some in (
        {"QosPolicy": [smb_direct(3)]},
        {"QosFlowControl": paused(3)},
        {"QosTrafficClass": classes(SMB=(3, 50))},
        {"QosFlowControl": [*paused(), *paused(3, alias="Ethernet 2")]},
    ):
        assert dcb(**(nothing | some)).is_configured


def test_policies_are_found_by_their_template_whatever_the_case() -> None:
    rows = [{"Name": name, "Template": name, "NetDirectPort": 0, "Priority": 1} for name in ("SMB", "Cluster", "None")]
    assert [each.name for each in dcb(QosPolicy=rows).policies_for("smb", "cluster")] == ["SMB", "Cluster"]


def test_rows_that_come_twice_count_once() -> None:
    found = dcb(QosTrafficClass=[*classes(SMB=(3, 50)), *classes("Ethernet"), *classes("Ethernet")])
    assert found.classes_owner(found.ports[0]) == ""
