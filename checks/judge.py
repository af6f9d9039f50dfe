"""Judging: one guideline and the facts in, one result out. No I/O and no clock."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from checks.facts.cluster import ClusterNode, ClusterService, ClusterSettings, NodeState
from checks.facts.needs import Cluster, find, is_cluster
from checks.facts.system import OperatingSystem
from checks.guidelines import parameters
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Guideline, NotApplicable, Severity, Unknown, Verdict
from checks.snapshot import Snapshot


@dataclass(frozen=True)
class Result:
    """What a guideline says of a host or a cluster.

    ``reason`` says why it does not apply or could not be told; with findings beside it, it says what could not be
    told besides them.
    """

    guideline: Guideline
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    reason: Message | None = None
    is_partial: bool = False
    """Whether there are findings, but the check could not tell all that it should."""
    waived: tuple[tuple[Finding, Message], ...] = ()
    """Findings that somebody answers for, each with until when, who and why."""

    @property
    def severity(self) -> Severity | None:
        """The worst severity among the findings; None without any."""
        found = [self.severity_of(finding) for finding in self.findings]
        return max(found, key=lambda severity: severity.rank, default=None)

    def severity_of(self, finding: Finding) -> Severity:
        """A finding's severity: its own, else the guideline's."""
        return finding.severity or self.guideline.severity


@dataclass(frozen=True)
class ClusterFacts:
    """The snapshots of a cluster's nodes, by node name, and the nodes without one."""

    name: str
    snapshots: Mapping[str, Snapshot]
    missing: tuple[str, ...] = ()


def compares_nodes(guideline: Guideline) -> bool:
    """Whether a guideline judges a cluster as a whole."""
    return any(is_cluster(annotation) for annotation in parameters(guideline).values())


def judge_host(guideline: Guideline, snapshot: Snapshot, limits: Mapping[str, float] | None = None) -> Result:
    """What a guideline says of one host."""
    if is_older(guideline, snapshot):
        return Result(guideline, Verdict.NOT_APPLICABLE, reason=_later(guideline))
    return _judge(guideline, lambda annotation: find(annotation, snapshot), limits)


def judge_cluster(guideline: Guideline, cluster: ClusterFacts, limits: Mapping[str, float] | None = None) -> Result:
    """What a guideline that compares nodes says of one cluster."""
    if cluster.snapshots and all(is_older(guideline, each) for each in cluster.snapshots.values()):
        return Result(guideline, Verdict.NOT_APPLICABLE, reason=_later(guideline))

    def value(annotation: Any) -> Cluster[Any]:
        inner = get_args(annotation)[0]
        nodes, missing = {}, list(cluster.missing)
        reasons: dict[str, Message] = {}
        for name, snapshot in cluster.snapshots.items():
            try:
                nodes[name] = find(inner, snapshot)
            except Unknown as unknown:
                missing.append(name)
                reasons[name] = unknown.reason
        if not nodes and reasons:
            raise Unknown(next(iter(reasons.values())))
        if len(nodes) < 2 and not missing:
            raise NotApplicable(_("the cluster has one node only"))
        return Cluster(cluster.name, nodes, tuple(sorted(missing)), reasons)

    return _judge(guideline, value, limits)


def cluster_of(snapshot: Snapshot) -> tuple[str, dict[str, NodeState]] | None:
    """The name of the cluster that a host is a node of, and the state of each of its nodes; None for no cluster.

    Raises:
        Unknown: the host could not say.
    """
    if not snapshot.rows(ClusterService):
        return None
    settings = snapshot.rows(ClusterSettings)
    nodes = snapshot.rows(ClusterNode)
    if not settings:
        raise Unknown(_("the cluster service is installed, but there is no answer from the cluster"))
    return settings[0].name, {node.name: node.state for node in nodes}


def group(snapshots: Mapping[str, Snapshot]) -> Iterator[ClusterFacts]:
    """The clusters that the hosts say they form. A node that is up or paused and was not read is missing."""
    found: dict[str, dict[str, Snapshot]] = {}
    wanted: dict[str, dict[str, NodeState]] = {}
    for snapshot in snapshots.values():
        try:
            membership = cluster_of(snapshot)
            name = host_name(snapshot)
        except Unknown:
            continue
        if membership is not None:
            cluster, nodes = membership
            found.setdefault(cluster, {})[name] = snapshot
            wanted.setdefault(cluster, {}).update(nodes)
    for cluster in sorted(found):
        present = {name.lower() for name in found[cluster]}
        running = (name for name, state in wanted[cluster].items() if state in (NodeState.UP, NodeState.PAUSED))
        missing = tuple(sorted(name for name in running if name.lower() not in present))
        yield ClusterFacts(cluster, dict(sorted(found[cluster].items())), missing)


def host_name(snapshot: Snapshot) -> str:
    """The name that Windows gives the host.

    Raises:
        Unknown: the host did not say.
    """
    system = find(OperatingSystem, snapshot)
    return str(system.computer_name)


def is_older(guideline: Guideline, snapshot: Snapshot) -> bool:
    """Whether a host's Windows came before the first that the guideline holds for; not where the host does not say."""
    try:
        windows = find(OperatingSystem, snapshot).windows
    except Unknown:
        return False
    return windows not in guideline.versions


def _later(guideline: Guideline) -> Message:
    return _("the guideline begins with Windows Server {version}", version=Verbatim(guideline.since))


def _judge(guideline: Guideline, value: Any, limits: Mapping[str, float] | None) -> Result:
    findings: list[Finding] = []
    thresholds = {each.name: (limits or {}).get(each.name, each.default) for each in guideline.thresholds}
    try:
        facts = {name: value(annotation) for name, annotation in parameters(guideline).items()}
        # One by one, so that findings stay when the check then says that it cannot tell the rest.
        for finding in guideline.check(**facts, **thresholds):
            findings.append(finding)
    except NotApplicable as answer:
        return _result(guideline, findings, answer.reason, Verdict.NOT_APPLICABLE)
    except Unknown as answer:
        return _result(guideline, findings, answer.reason, Verdict.UNKNOWN)
    except Exception as error:
        reason = _("the check itself failed: {error}", error=Verbatim(f"{type(error).__name__}: {error}"))
        return _result(guideline, findings, reason, Verdict.UNKNOWN)
    return _result(guideline, findings, None, Verdict.PASS)


def _result(guideline: Guideline, findings: Sequence[Finding], reason: Message | None, otherwise: Verdict) -> Result:
    kept = tuple(_capped(guideline, finding) for finding in findings)
    partial = bool(kept) and otherwise is Verdict.UNKNOWN
    return Result(guideline, Verdict.FAIL if kept else otherwise, kept, reason, partial)


def _capped(guideline: Guideline, finding: Finding) -> Finding:
    """A finding that is never worse than its guideline says it can be."""
    if finding.severity and finding.severity.rank > guideline.severity.rank:
        return dataclasses.replace(finding, severity=guideline.severity)
    return finding
