"""The fix plan: what it puts first, what it leaves alone, that it mends, and that no name breaks out of it."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from powershell_text import commands

from checks import snapshot
from checks.audit import ClusterReport, Collected, HostReport, Report, audit
from checks.collector import plan as collector_plan
from checks.console import Exit
from checks.facts.system import OperatingSystem
from checks.fixplan import NEEDED, HostPlan, plans
from checks.fixscript import BOM, render
from checks.guidelines import all_guidelines
from checks.i18n import Verbatim, _
from checks.judge import Result
from checks.lab.cmdlets import apply
from checks.lab.recordings import all_recordings
from checks.model import VERSIONS, Assignment, Command, Finding, Fix, Guideline, SideEffect, Verdict
from checks.powershell import review
from checks.snapshot import Snapshot, from_facts
from tests.running import Run, runner

RECORDINGS = {each.name: each.snapshot for each in all_recordings()}
OUR_OWN = {
    *("Get-CimInstance", "Get-Date", "Set-StrictMode", "Start-Sleep", "Wait-AdapterUp", "Where-Object"),
    "Write-Warning",
}
OF_CLUSTER = {"ClusterSettings", "ClusterNetwork", "MigrationParameter", "ClusterQuorum", "ClusterSharedVolumeState"}
NIC, SWITCH = "Set-NetAdapterAdvancedProperty", "Comutador"


def audited(snapshots: Mapping[str, Snapshot]) -> Report:
    return audit(Collected(snapshots=dict(snapshots)), all_guidelines())


def fixes_in(script: str) -> list[Command]:
    """The fixes' own commands in a script, as they are written there, without what the plan adds to each."""
    found = []
    for command in commands(script):
        added = ("ErrorAction", "Confirm", "WhatIf")
        if command.cmdlet not in OUR_OWN and "ErrorAction" in command.parameters:
            kept = {name: value for name, value in command.parameters.items() if name not in added}
            found.append(dataclasses.replace(command, parameters=kept))
    return found


def mended_by(fix: Fix, host: str, snapshots: Mapping[str, Snapshot]) -> dict[str, Snapshot]:
    """The snapshots after a fix on one host; what is the cluster's changes for its other nodes too."""
    before, after = snapshots[host], apply(snapshots[host], fix)
    cluster = before.facts.get("ClusterSettings") or [{}]
    shared = {name: rows for name, rows in after.facts.items() if name in OF_CLUSTER and rows != before.facts[name]}
    found = dict(snapshots) | {host: after}
    for name, other in snapshots.items():
        if name != host and shared and other.facts["ClusterSettings"][:1] == cluster:
            found[name] = other.model_copy(update={"facts": {**other.facts, **shared}})
    return found


def test_the_written_commands_mend_every_recorded_host() -> None:
    mended = dict(RECORDINGS)
    for plan in plans(audited(RECORDINGS)):
        for command in fixes_in(render(plan, "pt-BR")):
            mended = mended_by(Fix.of(command), plan.host, mended)
    after = plans(audited(mended))
    assert [plan.host for plan in plans(audited(RECORDINGS)) if plan.steps], "no recording has anything to mend"
    assert {plan.host: [str(step.reasons[0].finding.message) for step in plan.steps] for plan in after} == {
        host: [] for host in RECORDINGS
    }


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_a_script_has_known_names_and_says_each_finding(language: str) -> None:
    report = audited(RECORDINGS)
    for plan in plans(report):
        script = render(plan, language)
        wrong = review(script.removeprefix(BOM), VERSIONS, only_reads=False)
        assert [str(p.message) for p in wrong if "Wait-AdapterUp" not in str(p.message)] == []
        found = [reason.finding for step in plan.steps for reason in step.reasons]
        for finding in (*found, *(left.reason.finding for left in plan.left)):
            assert " ".join(finding.message.render(language).split()) in script


def test_every_finding_is_a_step_or_is_left_with_a_word() -> None:
    report = audited(RECORDINGS)
    made = plans(report)
    in_plans = sum(len(step.reasons) for plan in made for step in plan.steps) + sum(len(p.left) for p in made)
    assert in_plans == sum(len(result.findings) for result in report.results)


def test_two_guidelines_that_ask_for_the_same_share_a_step() -> None:
    (plan,) = (each for each in plans(audited(RECORDINGS)) if each.host == "HV22-B")
    (step,) = plan.steps
    assert [reason.guideline.code for reason in step.reasons] == ["LM002", "XN001"]
    assert [str(command) for command in step.undo] == [
        "Set-VMHost -VirtualMachineMigrationPerformanceOption 'Compression'"
    ]


# Hosts made for one thing each.


def host_facts(adapters: list[str], *, gateway: str | None = None, team: list[str] | None = None) -> dict[str, Any]:
    """A host whose adapters have these names; *team* is below one switch, *gateway* has the default route."""
    rows = [
        {
            "Name": name, "InterfaceDescription": f"NIC #{index}", "InterfaceIndex": index,
            "InterfaceGuid": f"{{{index:08}-0000-0000-0000-000000000000}}", "InterfaceOperationalStatus": 1,
            "MediaConnectState": 1, "HardwareInterface": True, "Virtual": False, "ConnectorPresent": True,
            "PnPDeviceID": "PCI\\VEN_8086", "ReceiveLinkSpeed": 10**10, "TransmitLinkSpeed": 10**10,
        }
        for index, name in enumerate(adapters, start=1)
    ]  # fmt: skip
    guids = [row["InterfaceGuid"] for row in rows if row["Name"] in (team or [])]
    switch = {"Name": SWITCH, "Id": "00000000-0000-0000-0000-0000000000aa", "SwitchType": 2}
    routed = [row["InterfaceIndex"] for row in rows if row["Name"] == gateway]
    routes = [{"DestinationPrefix": "0.0.0.0/0", "InterfaceIndex": i, "NextHop": "192.0.2.1"} for i in routed]
    return {
        "ClusterService": [], "NetIntent": [], "NetworkAtcCommand": [], "VirtualMachineManagerAgent": [],
        "NetAdapter": rows, "HostVNic": [], "LbfoTeamMember": [], "LbfoTeamNic": [], "IPAddress": [],
        "VMSwitch": [{**switch, "NetAdapterInterfaceGuid": guids}] if guids else [], "DefaultRoute": routes,
    }  # fmt: skip


def finding(fix: Fix | None, subject: str = "x", **more: Any) -> Finding:
    return Finding(_("{subject} is not as it should be", subject=Verbatim(subject)), subject=subject, fix=fix, **more)


def guideline(code: str) -> Guideline:
    return dataclasses.replace(all_guidelines()[0], code=code)


def planned(facts: dict[str, Any], *found: Finding, name: str = "hv01", computer: str = "HV01") -> HostPlan:
    results = tuple(Result(guideline(f"T{n:03}"), Verdict.FAIL, (each,)) for n, each in enumerate(found, start=1))
    system = OperatingSystem.read({"CSName": computer})
    now = datetime(2026, 11, 23, tzinfo=UTC)
    (plan,) = plans(Report((HostReport(name, results, from_facts(facts), system=system),), (), (), now, now))
    return plan


def restart(name: str, value: str = "1024", keyword: str = "*ReceiveBuffers") -> Fix:
    before = {f"{name} {keyword}": 512}
    return Fix(NIC, Name=name, RegistryKeyword=keyword, RegistryValue=value, effect=SideEffect.RESTARTS_ADAPTER,
               before=before)  # fmt: skip


def test_steps_come_by_what_they_disturb() -> None:
    effects = [
        SideEffect.REBOOTS,
        SideEffect.REPROGRAMS_ADAPTERS,
        SideEffect.MOVES_VMS,
        SideEffect.MOVES_STORAGE,
        SideEffect.NONE,
    ]
    found = [finding(Fix("Move-VMStorage", Name=f"vm{n}", VirtualMachinePath="C:\\x", effect=effect))
             for n, effect in enumerate(effects)]  # fmt: skip
    plan = planned(host_facts(["a"]), *found, finding(restart("a")))
    assert [step.effect for step in plan.steps] == [
        SideEffect.NONE, SideEffect.MOVES_STORAGE, SideEffect.MOVES_VMS,
        SideEffect.REPROGRAMS_ADAPTERS, SideEffect.RESTARTS_ADAPTER, SideEffect.REBOOTS
    ]  # fmt: skip
    script = render(plan, "en")
    assert script.rstrip().endswith("'Restart the host when it is drained: what was set holds from then on.'")
    assert not {"Restart-Computer", "Read-Host"} & {command.cmdlet for command in commands(script)}


def test_one_adapter_of_a_team_at_a_time_and_each_is_up_before_the_next() -> None:
    facts = host_facts(["a", "b"], team=["a", "b"])
    found = [finding(restart(name, keyword=keyword)) for keyword in ("*ReceiveBuffers", "*TransmitBuffers")
             for name in ("b", "a")]  # fmt: skip
    order = [
        (c.cmdlet, c.parameters["Name"])
        for c in commands(render(planned(facts, *found), "en"))
        if c.cmdlet in (NIC, "Wait-AdapterUp")
    ]
    waiting = "Wait-AdapterUp"
    around = {name: [(waiting, other), (NIC, name), (waiting, name)] for name, other in (("a", "b"), ("b", "a"))}
    assert order == [*around["a"] * 2, *around["b"] * 2]


@pytest.mark.parametrize(
    ("team", "says"),
    [(None, "the only way by which the host is managed"), (["a", "b"], "managed through this adapter too")],
)
def test_the_management_path_is_named_and_comes_last(team: list[str] | None, says: str) -> None:
    facts = host_facts(["a", "b", "z"], gateway="a", team=team)
    if team:
        facts["HostVNic"] = [{"Name": "m", "SwitchName": SWITCH, "DeviceId": "{00000009-0000-0000-0000-000000000000}"}]
        vnic = {**facts["NetAdapter"][0], "Name": "vEthernet (m)", "InterfaceIndex": 9, "Virtual": True}
        facts["NetAdapter"].append({**vnic, "InterfaceGuid": facts["HostVNic"][0]["DeviceId"]})
        facts["DefaultRoute"][0]["InterfaceIndex"] = 9
    plan = planned(facts, finding(restart("a")), finding(restart("z")))
    assert [step.adapters for step in plan.steps] == [("z",), ("a",)]
    assert plan.steps[0].management is None
    script = render(plan, "en")
    assert script.count(says) == 2, "as a comment and as a warning"
    assert script.index("-IncludeDisruptive.") < script.index(NIC)


def test_where_management_comes_from_is_not_known_is_said() -> None:
    facts = host_facts(["a"], gateway="a")
    del facts["DefaultRoute"]
    plan = planned(facts, finding(restart("a")))
    assert "is not known" in str(plan.steps[0].management)


def test_what_disturbs_runs_only_when_asked_for() -> None:
    script = render(planned(host_facts(["a"]), finding(restart("a"))), "en").replace("\r\n", "\n")
    assert "if (-not $IncludeDisruptive) {\n    Write-Warning" in script
    assert "elseif ($PSCmdlet.ShouldProcess(" in script
    quiet = render(planned(host_facts(["a"]), finding(Fix("Enable-VMMigration"))), "en")
    assert "elseif" not in quiet
    assert "-WhatIf:$WhatIfPreference" in quiet


@pytest.mark.parametrize(
    ("fix", "undo"),
    [
        (restart("a"), f"{NIC} -Name 'a' -RegistryKeyword '*ReceiveBuffers' -RegistryValue '512'"),
        (Fix("Enable-VMMigration"), "Disable-VMMigration"),
        (Fix("Add-VMMigrationNetwork", Subnet="::/0", Priority=2), "Remove-VMMigrationNetwork -Subnet '::/0'"),
        (Fix("Set-VMHost", MaximumStorageMigrations=2, before={"MaximumStorageMigrations": 4}),
         "Set-VMHost -MaximumStorageMigrations 4"),
        (Fix("Move-VMStorage", Name="vm", DestinationStoragePath="C:\\x", before={"Path": "D:\\a.vhdx"}), None),
        (Fix("Set-VMHost", MaximumStorageMigrations=2), None),
        (Fix("Install-WindowsFeature", Name="FS-SMBBW"), "Uninstall-WindowsFeature -Name 'FS-SMBBW'"),
        (Fix.of(Assignment("Get-Cluster", name="SameSubnetThreshold", value=10), before={"SameSubnetThreshold": 5}),
         "(Get-Cluster).SameSubnetThreshold = 5"),
        (Fix.of(Assignment("Get-Cluster", name="SameSubnetThreshold", value=10)), None),
        (Fix("Enable-NetQosFlowControl", Priority=3), "Disable-NetQosFlowControl -Priority 3"),
    ],
)  # fmt: skip
def test_the_way_back_is_known_or_said_not_to_be(fix: Fix, undo: str | None) -> None:
    script = render(planned(host_facts(["a"]), finding(fix)), "en")
    where = "the former values are above" if fix.before else "the guideline's page says how"
    assert f"# Undo: {undo or f'no single command; {where}.'}\r\n" in script


def test_an_assignment_stops_on_errors_and_waits_for_the_question() -> None:
    fix = Fix.of(Assignment("Get-ClusterNetwork", {"Name": "it's"}, name="Role", value=1), before={"Role": 3})
    script = render(planned(host_facts(["a"]), finding(fix)), "en")
    assert "ShouldProcess" in script
    assert "(Get-ClusterNetwork -Name 'it''s' -ErrorAction 'Stop').Role = 1\r\n" in script
    assert review(script.removeprefix(BOM), VERSIONS, only_reads=False) == []


def test_assignments_that_contradict_each_other_are_not_written() -> None:
    networks = [("SMB1", 1), ("SMB1", 0), ("SMB2", 1)]
    fixes = [Fix.of(Assignment("Get-ClusterNetwork", {"Name": n}, name="Role", value=role)) for n, role in networks]
    plan = planned(host_facts(["a"]), *(finding(fix, subject=str(n)) for n, fix in enumerate(fixes)))
    assert [str(step.commands[0]) for step in plan.steps] == ["(Get-ClusterNetwork -Name 'SMB2').Role = 1"]
    assert len(plan.left) == 2


def test_fixes_that_contradict_each_other_are_named_and_not_written() -> None:
    plan = planned(
        host_facts(["a"]),
        finding(restart("a", "1024")),
        finding(restart("a", "2048")),
        finding(Fix("Enable-VMMigration")),
    )
    assert [step.commands[0].cmdlet for step in plan.steps] == ["Enable-VMMigration"]
    assert {str(left.why) for left in plan.left} == {"No command: the fixes of T001, T002 contradict each other."}


@pytest.mark.parametrize(("one", "other"), [("Add", "Remove"), ("Remove", "Add")])
def test_there_and_not_there_contradict_each_other(one: str, other: str) -> None:
    fixes = [Fix(f"{verb}-VMMigrationNetwork", Subnet="10.0.0.0/8") for verb in (one, other)]
    assert planned(host_facts(["a"]), *map(finding, fixes)).steps == ()


@pytest.mark.parametrize(
    ("owner", "hint"),
    [
        ({"NetIntent": [{"IntentName": "converged"}]}, "Network ATC owns this setting"),
        ({"VirtualMachineManagerAgent": [{"Name": "SCVMMAgent", "State": "Running"}]}, "Virtual Machine Manager owns"),
    ],
)
def test_where_another_tool_owns_the_network_nothing_but_the_hint_is_written(owner: dict[str, Any], hint: str) -> None:
    plan = planned({**host_facts(["a"]), **owner}, finding(Fix("Enable-VMMigration")), finding(restart("a")))
    assert plan.steps == ()
    assert fixes_in(render(plan, "en")) == []
    assert render(plan, "en").count(f"# To do: {hint}") == 2


def test_where_the_owner_is_not_known_nothing_is_written() -> None:
    facts = host_facts(["a"])
    del facts["NetIntent"]
    plan = planned(facts, finding(Fix("Enable-VMMigration")))
    assert plan.steps == ()
    assert plan.unknown


@pytest.mark.parametrize("name", ["*", "NIC[1]", "NIC?", "a`b"])
def test_a_name_that_powershell_takes_for_a_pattern_is_left_to_a_person(name: str) -> None:
    plan = planned(host_facts([name]), finding(restart(name)), finding(Fix("Move-VMStorage", Name=name)))
    assert plan.steps == ()
    assert all("wildcards" in str(left.why) for left in plan.left)


def test_what_the_cluster_has_once_is_written_once() -> None:
    fix = Fix("Set-ClusterParameter", InputObject=Command("Get-ClusterResourceType", {"Name": "Virtual Machine"}),
              Name="MigrationNetworkOrder", Value="", before={"MigrationNetworkOrder": "x"})  # fmt: skip
    result = Result(guideline("T001"), Verdict.FAIL, (finding(fix),))
    hosts = tuple(
        HostReport(name, (result,), from_facts(host_facts(["a"])), cluster="CLU",
                   system=OperatingSystem.read({"CSName": name.upper()}))
        for name in ("n1", "n2")
    )  # fmt: skip
    on_node = Result(guideline("T002"), Verdict.FAIL, (finding(Fix("Enable-VMMigration"), node="N2"),))
    cluster = ClusterReport("CLU", ("N1", "N2"), (), (on_node,))
    now = datetime(2026, 11, 23, tzinfo=UTC)
    first, second = plans(Report(hosts, (cluster,), (), now, now))
    assert [command.cmdlet for step in first.steps for command in step.commands] == ["Set-ClusterParameter"]
    assert [command.cmdlet for step in second.steps for command in step.commands] == ["Enable-VMMigration"]
    assert [str(left.why) for left in second.left] == ["Set once for the cluster, by the plan of n1."]


HOSTILE = [
    *("'", "''", '"', "\u2018", "\u2019", "\u201a", "\u201b", "\u201c", "\u201d", "\u201e", "\u201f", "`", "``n"),
    *("$()", "$(Stop-Computer)", "${x}", "; Stop-Computer", "| Stop-Computer", "\nStop-Computer\n", "&", "--%"),
    *("\n", "\r", "\r\n", "\0", "\t", "\u2028", "\u2029", "\u0085", "\u202e", "\u200b", "\ufeff", "\ud800"),
    *("'@", "@'\n", '"@', '@"\n', "#>", "<#", "{0}", "{", "}", "%", "SIG # Begin signature block", "é", " "),
    *("\U000e0041", "Requires -Version 99", "-Confirm"),
]
names = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=3), min_size=1, max_size=6).map("".join)


@settings(max_examples=150, deadline=None)
@given(nic=names, vm=names, host=names)
@example(nic="\nStop-Computer #", vm="'; Stop-Computer; '", host="SIG # Begin signature block")
@example(nic="\u2019; Stop-Computer; \u2018", vm="a\u2028Stop-Computer", host="'@\nStop-Computer\n@'")
def test_no_name_breaks_out(nic: str, vm: str, host: str) -> None:
    note = _("note on {vm}", vm=vm)
    move = Fix("Move-VMStorage", Name=vm, VirtualMachinePath=vm, before={vm: vm, nic: [nic, vm]}, note=note,
               effect=SideEffect.MOVES_STORAGE)  # fmt: skip
    found = [finding(restart(nic), nic), finding(move, vm), finding(None, vm, hint=_("see {vm}", vm=vm))]
    plan = planned(host_facts([nic, "b"], gateway=nic, team=[nic, "b"]), *found, name=host, computer=host)
    script = render(plan, "en")
    assert script.startswith(BOM)
    assert BOM.encode() in script.encode("utf-8")

    # Nothing that could end a line, or hide in one.
    lines = script.removeprefix(BOM).split("\r\n")
    odd = {c for line in lines for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert odd == set()
    assert not any(line.lower().replace(" ", "").startswith(("#sig#", "#requires")) for line in lines[3:])

    written = commands(script)
    wild = {name: any(c in name for c in "*?[]`") for name in (nic, vm)}
    expected = [(NIC, nic)] * (not wild[nic]) + [("Move-VMStorage", vm)] * (not wild[vm])
    assert {command.cmdlet for command in written} <= OUR_OWN | {name for name, _subject in expected}
    assert sorted((c.cmdlet, c.parameters["Name"]) for c in written if c.cmdlet not in OUR_OWN) == sorted(expected)
    for command in written:
        if command.cmdlet == "Move-VMStorage":
            assert command.parameters["VirtualMachinePath"] == vm
        if command.cmdlet == "Wait-AdapterUp":
            assert command.parameters["Name"] in (nic, "b")


# The command.


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("HVNET_LANG", "HVNET_USER", "HVNET_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return runner(capsys)


def saved(tmp_path: Path, host: str) -> Path:
    path = tmp_path / f"{host}.json"
    path.write_text(snapshot.dump(RECORDINGS[host]), encoding="utf-8")
    return path


@pytest.mark.parametrize(("host", "code"), [("HV16", Exit.OK), ("HV-SAOPAULO", Exit.UNDECIDED)])
def test_the_command_writes_a_script_that_its_owner_alone_reads(
    run: Any, tmp_path: Path, host: str, code: Exit
) -> None:
    folder = tmp_path / "new" / "folder"
    given_code, out, _err = run("fix", "--snapshot", saved(tmp_path, host), "--output", folder, "--lang", "pt-BR")
    script = folder / f"fix-{host}.ps1"
    assert (given_code, out.strip()) == (code, str(script))
    raw = script.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf#Requires -Version 4.0\r\n")
    assert "migração ao vivo" in raw.decode("utf-8-sig")
    assert script.stat().st_mode & 0o077 == 0
    assert [each.name for each in folder.iterdir()] == [script.name]


def test_what_somebody_answers_for_is_not_mended(run: Any, tmp_path: Path) -> None:
    waiver = "{guideline: LM002, host: HV16, subject: '*', reason: lab, owner: maria, expires: 2099-12-31}"
    (tmp_path / "waivers.yml").write_text(f"- {waiver}\n", encoding="utf-8")
    run("fix", "--snapshot", saved(tmp_path, "HV16"), "-o", tmp_path, "--waivers", tmp_path / "waivers.yml")
    script = (tmp_path / "fix-HV16.ps1").read_text(encoding="utf-8-sig")
    assert "Add-VMMigrationNetwork" in script
    assert "PerformanceOption" not in script


def test_the_command_refuses_what_it_cannot_read(run: Any, tmp_path: Path) -> None:
    assert run("fix")[0] == Exit.WRONG_USE
    assert run("fix", "--snapshot", tmp_path / "none.json")[0] == Exit.WRONG_USE


def test_a_plan_asks_for_what_it_needs_whatever_is_selected() -> None:
    asked = {fact.__name__ for fact in collector_plan((), NEEDED).facts}
    assert {"NetIntent", "VirtualMachineManagerAgent", "NetAdapter", "DefaultRoute"} <= asked
