"""Judging: verdicts, partial results, clusters and their missing nodes, and checks that break."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from checks.facts.hyperv import VMHost
from checks.facts.needs import Cluster, Later
from checks.facts.smb import SmbClientInterface
from checks.guidelines import all_guidelines
from checks.i18n import _
from checks.judge import ClusterFacts, cluster_of, compares_nodes, group, host_name, judge_cluster, judge_host
from checks.model import Finding, Guideline, NotApplicable, Severity, Threshold, Unknown, Verdict
from checks.snapshot import Snapshot, from_facts

HOST = {"Name": "HV01", "VirtualMachineMigrationEnabled": True, "MaximumVirtualMachineMigrations": 2}


def guideline(
    check: Callable[..., Iterator[Finding]], *thresholds: Threshold, severity: Severity = Severity.WARNING
) -> Guideline:
    return Guideline("ZZ001", "zz/one", _("Title"), severity, "2012 R2", (), check, thresholds)


def finding(severity: Severity | None = None) -> Finding:
    return Finding(_("it is wrong"), subject="HV01", severity=severity)


def passing(host: VMHost) -> Iterator[Finding]:
    yield from ()


def failing(host: VMHost) -> Iterator[Finding]:
    yield finding()


def failing_then_untold(host: VMHost) -> Iterator[Finding]:
    yield finding()
    raise Unknown(_("the rest is not known"))


def failing_then_not_applicable(host: VMHost) -> Iterator[Finding]:
    yield finding()
    raise NotApplicable(_("there is no more"))


def breaking(host: VMHost) -> Iterator[Finding]:
    yield from ()
    raise ZeroDivisionError("division by zero")


def breaking_late(host: VMHost) -> Iterator[Finding]:
    yield finding()
    raise KeyError("x")


def reading_what_is_absent(host: VMHost) -> Iterator[Finding]:
    if host.use_any_network_for_migration:
        yield finding()


@pytest.mark.parametrize(
    ("check", "verdict", "reason", "partial"),
    [
        (passing, Verdict.PASS, None, False),
        (failing, Verdict.FAIL, None, False),
        (failing_then_untold, Verdict.FAIL, "the rest is not known", True),
        (failing_then_not_applicable, Verdict.FAIL, "there is no more", False),
        (breaking, Verdict.UNKNOWN, "the check itself failed: ZeroDivisionError: division by zero", False),
        (breaking_late, Verdict.FAIL, "the check itself failed: KeyError: 'x'", True),
        (
            reading_what_is_absent,
            Verdict.UNKNOWN,
            "the host does not report UseAnyNetworkForMigration (Get-VMHost)",
            False,
        ),
    ],
)
def test_verdicts(check: Any, verdict: Verdict, reason: str | None, partial: bool) -> None:
    result = judge_host(guideline(check), from_facts({"VMHost": HOST}))
    assert result.verdict is verdict
    assert (str(result.reason) if result.reason else None) == reason
    assert result.is_partial is partial


@pytest.mark.parametrize(
    ("facts", "errors", "reason"),
    [
        ({}, {}, "the snapshot does not hold VMHost; collect it again"),
        ({"VMHost": []}, {}, "Get-VMHost gave no answer"),
        ({"VMHost": [HOST, HOST]}, {}, "Get-VMHost gave 2 answers where one was expected"),
        (
            {},
            {"VMHost": {"id": "AccessDenied", "message": "Acesso negado."}},
            "could not read Get-VMHost: Acesso negado.",
        ),
        ({}, {"VMHost": {"id": "AccessDenied", "message": " "}}, "could not read Get-VMHost: AccessDenied"),
    ],
)
def test_a_fact_that_is_missing_is_neither_pass_nor_fail(facts: Any, errors: Any, reason: str) -> None:
    for check in (passing, failing):
        result = judge_host(guideline(check), from_facts(facts, errors))
        assert (result.verdict, str(result.reason)) == (Verdict.UNKNOWN, reason)
        assert result.findings == ()


def test_a_fact_for_later_spoils_only_the_check_that_reads_it() -> None:
    def careful(host: VMHost, interfaces: Later[list[SmbClientInterface]]) -> Iterator[Finding]:
        if host.maximum_virtual_machine_migrations > 2:
            yield finding()
            _rows = interfaces.value

    careful.__annotations__.update(interfaces=Later[list[SmbClientInterface]], host=VMHost)
    errors = {"SmbClientInterface": {"message": "Acesso negado."}}
    quiet = judge_host(guideline(careful), from_facts({"VMHost": HOST}, errors))
    assert quiet.verdict is Verdict.PASS
    busy = judge_host(guideline(careful), from_facts({"VMHost": HOST | {"MaximumVirtualMachineMigrations": 8}}, errors))
    assert (busy.verdict, busy.is_partial) == (Verdict.FAIL, True)


def test_thresholds_have_defaults_that_a_settings_file_changes() -> None:
    def many(host: VMHost, *, most: float) -> Iterator[Finding]:
        if host.maximum_virtual_machine_migrations > most:
            yield finding()

    judged = guideline(many, Threshold("most", 2, _("because")))
    snapshot = from_facts({"VMHost": HOST})
    assert judge_host(judged, snapshot).verdict is Verdict.PASS
    assert judge_host(judged, snapshot, {"most": 1}).verdict is Verdict.FAIL
    assert judge_host(judged, snapshot, {"other": 1}).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("build", "verdict"), [("9600", Verdict.NOT_APPLICABLE), ("14393", Verdict.FAIL), (None, Verdict.FAIL)]
)
def test_a_host_from_before_the_guideline_begins_is_not_judged(build: str | None, verdict: Verdict) -> None:
    later = dataclasses.replace(guideline(failing), since="2016")
    facts = {"VMHost": HOST, "OperatingSystem": {"CSName": "HV01", "BuildNumber": build}}
    result = judge_host(later, from_facts(facts))
    assert result.verdict is verdict
    if verdict is Verdict.NOT_APPLICABLE:
        assert str(result.reason) == "the guideline begins with Windows Server 2016"


def test_a_cluster_is_not_judged_where_all_nodes_are_from_before() -> None:
    def comparing(nodes: Cluster[VMHost]) -> Iterator[Finding]:
        yield finding()

    later = dataclasses.replace(guideline(comparing), since="2016")
    old, new = ({"VMHost": HOST, "OperatingSystem": {"BuildNumber": build}} for build in ("9600", "14393"))
    for second, verdict in ((old, Verdict.NOT_APPLICABLE), (new, Verdict.FAIL)):
        nodes = {"HV01": from_facts(old), "HV02": from_facts(second)}
        assert judge_cluster(later, ClusterFacts("CLU", nodes)).verdict is verdict


def test_a_finding_is_never_worse_than_its_guideline() -> None:
    def severe(host: VMHost) -> Iterator[Finding]:
        yield finding(Severity.CRITICAL)
        yield finding(Severity.INFO)
        yield finding()

    result = judge_host(guideline(severe), from_facts({"VMHost": HOST}))
    assert [result.severity_of(each) for each in result.findings] == [Severity.WARNING, Severity.INFO, Severity.WARNING]
    assert result.severity is Severity.WARNING
    assert judge_host(guideline(passing), from_facts({"VMHost": HOST})).severity is None


# Clusters.


def node(name: str, *members: str, cluster: str = "CLU01", **own: Any) -> Snapshot:
    """A host that says that it is a node; members are written ``NAME`` or ``NAME:state``."""
    states = [{"Name": m.partition(":")[0], "State": int(m.partition(":")[2] or 0)} for m in members]
    return from_facts(
        {
            "OperatingSystem": {"CSName": name, "BuildNumber": 20348},
            "ClusterService": {"Name": "ClusSvc"},
            "ClusterSettings": {"Name": cluster},
            "ClusterNode": states,
            "VMHost": HOST | {"Name": name},
        }
        | own
    )


def seen(nodes: Cluster[VMHost]) -> Iterator[Finding]:
    text = f"{sorted(nodes.nodes)} {list(nodes.missing)} {sorted(nodes.reasons)}"
    yield Finding(_("saw {text}", text=text), subject=nodes.name)


def test_hosts_are_grouped_by_the_cluster_that_they_name() -> None:
    snapshots = {
        "a": node("HV02", "HV01", "HV02"),
        "b": node("HV01", "HV01", "HV02"),
        "c": node("HV11", "HV11", cluster="CLU02"),
        "d": from_facts(
            {"ClusterService": [], "ClusterSettings": [], "ClusterNode": [], "OperatingSystem": {"CSName": "HV99"}}
        ),
    }
    found = list(group(snapshots))
    assert [(cluster.name, list(cluster.snapshots), cluster.missing) for cluster in found] == [
        ("CLU01", ["HV01", "HV02"], ()),
        ("CLU02", ["HV11"], ()),
    ]


def test_a_running_node_that_was_not_read_is_missing() -> None:
    # Up, paused, down, joining: the last two are not expected to answer.
    only = {"a": node("hv01", "HV01", "HV02", "HV03:2", "HV04:1", "HV05:3")}
    assert next(group(only)).missing == ("HV02", "HV03")


def test_a_host_that_cannot_say_is_in_no_cluster() -> None:
    silent = from_facts(
        {"ClusterService": {"Name": "ClusSvc"}, "OperatingSystem": {"CSName": "HV01"}},
        {"ClusterSettings": {"message": "x"}, "ClusterNode": {"message": "x"}},
    )
    stopped = node("HV02", "HV02", ClusterSettings=[])
    assert list(group({"a": silent, "b": stopped})) == []
    with pytest.raises(Unknown):
        cluster_of(silent)
    with pytest.raises(Unknown, match="there is no answer from the cluster"):
        cluster_of(stopped)
    assert host_name(silent) == "HV01"


def test_a_cluster_is_judged_over_the_nodes_that_answered() -> None:
    denied = from_facts({}, {"VMHost": {"message": "Acesso negado."}})
    cluster = ClusterFacts("CLU01", {"HV01": node("HV01"), "HV02": denied}, ("HV03",))
    result = judge_cluster(guideline(seen), cluster)
    assert str(result.findings[0].message) == "saw ['HV01'] ['HV02', 'HV03'] ['HV02']"


def test_a_cluster_of_which_no_node_answered() -> None:
    denied = from_facts({}, {"VMHost": {"message": "Acesso negado."}})
    result = judge_cluster(guideline(seen), ClusterFacts("CLU01", {"HV01": denied, "HV02": denied}))
    assert (result.verdict, str(result.reason)) == (Verdict.UNKNOWN, "could not read Get-VMHost: Acesso negado.")


def test_a_cluster_of_one_node_has_nothing_to_compare() -> None:
    alone = judge_cluster(guideline(seen), ClusterFacts("CLU01", {"HV01": node("HV01")}))
    assert (alone.verdict, str(alone.reason)) == (Verdict.NOT_APPLICABLE, "the cluster has one node only")
    # One of two is not a cluster of one.
    half = judge_cluster(guideline(seen), ClusterFacts("CLU01", {"HV01": node("HV01")}, ("HV02",)))
    assert half.verdict is Verdict.FAIL


def test_guidelines_between_nodes_compare_nodes() -> None:
    comparing = {g.code for g in all_guidelines() if compares_nodes(g)}
    between = {g.code for g in all_guidelines() if g.area == "cross-node"}
    # Each node tells by itself what became of its intents, also where it is the only one of its cluster.
    assert comparing == between - {"XN006"} | {"RD005", "RD010"}


@pytest.mark.parametrize("each", all_guidelines(), ids=lambda g: g.code)
def test_every_check_says_unknown_of_a_host_that_said_nothing(each: Guideline) -> None:
    if compares_nodes(each):
        result = judge_cluster(each, ClusterFacts("CLU01", {"HV01": Snapshot(), "HV02": Snapshot()}))
    else:
        result = judge_host(each, Snapshot())
    assert result.verdict is Verdict.UNKNOWN
    assert "the check itself failed" not in str(result.reason)


@pytest.mark.parametrize("each", all_guidelines(), ids=lambda g: g.code)
def test_a_broken_check_is_unknown_and_never_green(each: Guideline) -> None:
    broken = dataclasses.replace(each, check=_broken_like(each))
    result = judge_host(broken, Snapshot(facts={}))
    assert result.verdict is Verdict.UNKNOWN


def _broken_like(each: Guideline) -> Callable[..., Iterator[Finding]]:
    def check(**_facts: object) -> Iterator[Finding]:
        raise RuntimeError("broken")

    return check
