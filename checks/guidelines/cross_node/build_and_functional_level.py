"""XN008: the nodes of a cluster run the same Windows, and the cluster uses all that it can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from checks import sources
from checks.facts.cluster import ClusterNode, ClusterSettings, NodeState
from checks.facts.needs import Cluster, Derived
from checks.facts.system import OperatingSystem, WindowsRevision
from checks.guidelines import guideline
from checks.guidelines.cross_node._nodes import odd_ones, readable, require_all
from checks.i18n import Verbatim, _
from checks.model import VERSIONS, Finding, Severity, Source, Unknown


@dataclass(frozen=True)
class Node(Derived):
    """What a node says of itself, and of all nodes of its cluster."""

    system: OperatingSystem
    revision: WindowsRevision
    cluster: ClusterSettings
    members: list[ClusterNode]

    @property
    def level(self) -> int | None:
        """The functional level of the cluster; None on a node of Windows Server 2012 R2, which knows of none.

        Raises:
            Unknown: the cluster does not say.
        """
        level = self.cluster.cluster_functional_level
        if level is None and self.system.windows != VERSIONS[0]:
            raise Unknown(_("the cluster does not report its functional level (Get-Cluster)"))
        return level


@guideline(
    "XN008",
    title=_("Finish rolling upgrades: one build and the highest functional level"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        Source(
            "Update-ClusterFunctionalLevel",
            "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/FailoverClusters/"
            "Update-ClusterFunctionalLevel.md",
            read=date(2026, 11, 23),
        ),
        sources.ROLLING_UPGRADE,
        Source(
            "Removing servers in Storage Spaces Direct",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/storage/storage-spaces/remove-servers.md",
            read=date(2026, 11, 23),
        ),
        Source(
            "NodeHighestVersion",
            "https://learn.microsoft.com/previous-versions/windows/desktop/mscs/nodes-nodehighestversion",
            read=date(2026, 11, 23),
        ),
    ],
)
def build_and_functional_level(nodes: Cluster[Node]) -> Iterator[Finding]:
    """No node has an older build or older updates than another, and the functional level is what all support."""
    nodes = readable(nodes, lambda node: (node.system.build_number, node.revision.ubr, node.level, _told(node)))
    first = next(iter(nodes.nodes.values()), None)
    if first:
        # Any node tells the builds of all of them, even of those that the audit did not read.
        yield from _builds(first.members)
    yield from _revisions(nodes)
    yield from _level(nodes)
    require_all(nodes)


def _told(node: Node) -> list[object]:
    if not node.members:
        raise Unknown(_("{query} gave no answer", query=Verbatim("Get-ClusterNode")))
    return [(member.name, member.state, member.build_number, member.node_highest_version) for member in node.members]


def _builds(members: list[ClusterNode]) -> Iterator[Finding]:
    # A node that is down still shows the build that it had when it was last up.
    builds = {member.name: member.build_number for member in members if member.state is not NodeState.DOWN}
    for name, (mine, newest) in odd_ones(builds, rank=int).items():
        yield Finding(
            _(
                "{node} runs build {mine} of Windows, the newest node {newest}",
                node=Verbatim(name),
                mine=Verbatim(mine),
                newest=Verbatim(newest),
            ),
            subject=name,
            node=name,
            evidence={"BuildNumber": mine},
            hint=_(
                "Finish the rolling upgrade: drain the node, evict it, install the newer Windows and add it again. "
                "With Storage Spaces Direct, let the volumes be repaired before the next node."
            ),
        )


def _revisions(nodes: Cluster[Node]) -> Iterator[Finding]:
    """Updates are compared among nodes with the same Windows."""
    for build in sorted({node.system.build_number for node in nodes.nodes.values()}):
        alike = {name: node for name, node in nodes.nodes.items() if node.system.build_number == build}
        revisions = {name: node.revision.ubr for name, node in alike.items()}
        for name, (mine, newest) in odd_ones(revisions, rank=int).items():
            yield Finding(
                _(
                    "{node} has the updates of {mine}, another node of the same Windows those of {newest}",
                    node=Verbatim(name),
                    mine=Verbatim(f"{build}.{mine}"),
                    newest=Verbatim(f"{build}.{newest}"),
                ),
                subject=name,
                node=name,
                severity=Severity.INFO,
                evidence={"UBR": mine},
                hint=_("Drain the node and install the updates of the others; Cluster-Aware Updating does both."),
            )


def _level(nodes: Cluster[Node]) -> Iterator[Finding]:
    for node in nodes.nodes.values():
        level = node.level
        if level is None:
            continue
        # The upper 16 bits are the highest level that a node supports; a node that is down counts too.
        supported = min(member.node_highest_version >> 16 for member in node.members)
        if level < supported:
            yield Finding(
                _(
                    "the cluster has functional level {level}, all of its nodes support {supported}",
                    level=Verbatim(level),
                    supported=Verbatim(supported),
                ),
                subject=nodes.name,
                evidence={"ClusterFunctionalLevel": level},
                hint=_(
                    "With all nodes up and the cluster's database backed up, run {try_out}, then {command}. There is "
                    "no way back: older Windows can't join the cluster from then on.",
                    try_out=Verbatim("Update-ClusterFunctionalLevel -WhatIf"),
                    command=Verbatim("Update-ClusterFunctionalLevel"),
                ),
            )
        return
