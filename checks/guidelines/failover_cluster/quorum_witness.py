"""FC012: a cluster has a witness that works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks.facts.cluster import ClusterNode, ClusterQuorum, ClusterService, ClusterSettings, ResourceState
from checks.guidelines import guideline
from checks.guidelines.failover_cluster._networks import several_nodes
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, NotApplicable, Severity, Source, Unknown

_BROKEN = (ResourceState.OFFLINE, ResourceState.FAILED)
_DISK = "physical disk"
"""Name of a resource type in lower case; only its display name is translated."""
_RECOMMENDED, _OPTIONAL = 3, 5
"""Nodes from which on Microsoft calls a witness strongly recommended and no longer required, and needless with S2D."""


@guideline(
    "FC012",
    title=_("Give the cluster a witness"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        Source(
            "Understanding Quorum in Storage Spaces Direct",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/storage/storage-spaces/understand-quorum.md",
            read=date(2026, 11, 23),
            says=_(
                "With two nodes a witness is required, with three or four strongly recommended; from five nodes on, "
                "Storage Spaces Direct gains nothing by it."
            ),
        ),
        Source(
            "Configure and manage quorum",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/manage-cluster-quorum.md",
            read=date(2026, 11, 23),
            says=_("The number of votes should be odd, so an even number of voting nodes needs a witness."),
        ),
        Source(
            "Deploy a Cloud Witness for a Failover Cluster",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/deploy-cloud-witness.md",
            read=date(2026, 11, 23),
            says=_("Since Windows Server 2012 R2, the advice is to configure a witness always."),
        ),
        Source(
            "New File Share Witness Feature in Windows Server 2019",
            "https://techcommunity.microsoft.com/t5/failover-clustering/"
            "new-file-share-witness-feature-in-windows-server-2019/ba-p/372149",
            read=date(2026, 11, 23),
        ),
        Source(
            "Set-ClusterQuorum",
            "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/FailoverClusters/Set-ClusterQuorum.md",
            read=date(2026, 11, 23),
        ),
    ],
)
def quorum_witness(
    service: list[ClusterService],
    cluster: ClusterSettings | None,
    nodes: list[ClusterNode],
    quorum: ClusterQuorum | None,
) -> Iterator[Finding]:
    """A witness is there, online, and of a kind that the cluster can use."""
    settings = several_nodes(service, cluster, nodes)
    if quorum is None:
        raise Unknown(_("the cluster service is installed, but there is no answer from the cluster"))
    voters = sum(node.node_weight for node in nodes)
    if voters < 2:
        raise NotApplicable(_("fewer than two nodes have a vote: somebody planned the quorum by hand"))
    if quorum.witness is None:
        yield from _missing(settings, voters)
        return
    yield from _broken(quorum, voters)
    yield from _disk(settings, quorum)
    if quorum.witness_state not in (ResourceState.ONLINE, *_BROKEN):
        raise Unknown(_("the witness {witness} is neither online nor offline yet", witness=Verbatim(quorum.witness)))


def _missing(cluster: ClusterSettings, voters: int) -> Iterator[Finding]:
    if voters < _RECOMMENDED:
        severity = Severity.CRITICAL
    elif voters < _OPTIONAL:
        severity = Severity.WARNING
    elif not cluster.s2d_enabled:
        severity = Severity.INFO
    else:
        return
    yield Finding(
        _("{count} nodes have a vote, and there is no witness", count=Verbatim(voters)),
        subject=cluster.name,
        severity=severity,
        evidence={"QuorumResource": None, "NodeWeight": voters},
        # The command needs a share, a disk or an account that only a person can name.
        hint=_kinds(cluster),
    )


def _kinds(cluster: ClusterSettings) -> Message:
    if cluster.s2d_enabled:
        return _(
            "Set one with {command}: a cloud witness, or a file share outside of the cluster.",
            command=Verbatim("Set-ClusterQuorum"),
        )
    return _(
        "Set one with {command}: a disk that all nodes reach, a file share outside of the cluster or, from Windows "
        "Server 2016 on, a cloud witness.",
        command=Verbatim("Set-ClusterQuorum"),
    )


def _broken(quorum: ClusterQuorum, voters: int) -> Iterator[Finding]:
    if quorum.witness_state in _BROKEN:
        yield Finding(
            _("the witness {witness} is not online", witness=Verbatim(quorum.witness)),
            subject=str(quorum.witness),
            severity=Severity.CRITICAL if voters < _RECOMMENDED else Severity.WARNING,
            evidence={"State": quorum.witness_state.powershell, "ResourceType": quorum.reported("witness_type")},
            hint=_(
                "Find out why: the share and the rights of the cluster's name on it, the storage account and the way "
                "to the internet, or the path to the disk. Then bring the witness online."
            ),
        )


def _disk(cluster: ClusterSettings, quorum: ClusterQuorum) -> Iterator[Finding]:
    if cluster.s2d_enabled and quorum.witness_type is not None and quorum.witness_type.lower() == _DISK:
        yield Finding(
            _(
                "the witness {witness} is a disk, which Storage Spaces Direct does not support",
                witness=Verbatim(quorum.witness),
            ),
            subject=str(quorum.witness),
            severity=Severity.WARNING,
            evidence={"ResourceType": quorum.witness_type, "S2DEnabled": cluster.s2d_enabled},
            hint=_kinds(cluster),
        )
