"""FC007: no node reaches a shared volume through another one without need."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import IntFlag

from checks import sources
from checks.facts.cluster import ClusterNode, ClusterService, ClusterSettings, ClusterSharedVolumeState, VolumeState
from checks.guidelines import guideline
from checks.guidelines.failover_cluster._networks import several_nodes
from checks.i18n import Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, Source, Unknown


class FileSystemReason(IntFlag):
    """Why file operations go to the node that owns the volume; several may hold at once."""

    ASKED_FOR = 1
    FILE_SYSTEM_FILTER = 2
    VOLUME_FILTER = 4
    TIERS = 8
    BITLOCKER = 16
    REFS = 32


class BlockReason(IntFlag):
    """Why blocks go to the node that owns the volume; several may hold at once."""

    NO_PATH = 1
    SPACE_ATTACHED_ELSEWHERE = 2
    REPLICATION = 4


_FILTERS = FileSystemReason.FILE_SYSTEM_FILTER | FileSystemReason.VOLUME_FILTER
_REDIRECTED = (VolumeState.FILE_SYSTEM_REDIRECTED, VolumeState.BLOCK_REDIRECTED)
_PASSING = (VolumeState.UNAVAILABLE, VolumeState.PAUSED)
_KNOWN = sum(FileSystemReason)
_KNOWN_BLOCK = sum(BlockReason)


@guideline(
    "FC007",
    title=_("Keep I/O to shared volumes direct where the storage allows it"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        Source(
            "Use Cluster Shared Volumes in a failover cluster",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/failover-cluster-csvs.md",
            read=date(2026, 11, 23),
            says=_(
                "A node that cannot talk to the storage itself sends its I/O through a cluster network to the "
                "coordinator node."
            ),
        ),
        Source(
            "Testing CSV redirection",
            "microsoft/MSLab: Scenarios/TestingCSVRedirection/readme.md",
            read=date(2026, 11, 23),
            says=_("Which states are normal on a SAN, on shared Storage Spaces, and on Storage Spaces Direct."),
        ),
        sources.CLUSTERING_REQUIREMENTS,
    ],
)
def csv_direct_io(
    service: list[ClusterService],
    cluster: ClusterSettings | None,
    nodes: list[ClusterNode],
    states: list[ClusterSharedVolumeState],
) -> Iterator[Finding]:
    """Shared volumes are redirected by the design of their storage alone."""
    settings = several_nodes(service, cluster, nodes)
    if not states:
        raise NotApplicable(_("the cluster has no shared volume"))
    redirected = [row for row in states if row.state_info in _REDIRECTED]
    yield from _without_path(redirected)
    yield from _filtered(redirected)
    yield from _asked_for(redirected)
    yield from _bitlocker(redirected)
    # On Storage Spaces Direct, ReFS is redirected by design, and Microsoft recommends it there.
    if not settings.s2d_enabled:
        yield from _refs(redirected)
    _not_told(states, redirected)


def _without_path(rows: list[ClusterSharedVolumeState]) -> Iterator[Finding]:
    for volume, affected in _by_volume(r for r in rows if r.block_redirected_io_reason & BlockReason.NO_PATH).items():
        # Storage Replica is for disks that the nodes of another site cannot reach anyway.
        replicated = all(r.block_redirected_io_reason & BlockReason.REPLICATION for r in affected)
        yield Finding(
            _(
                "no path to the disk of {volume} from {nodes}: every read and write crosses the network",
                nodes=_nodes(affected),
                volume=Verbatim(volume),
            ),
            subject=volume,
            severity=Severity.INFO if replicated else None,
            evidence=_evidence(affected),
            hint=_REPLICATED
            if replicated
            else _(
                "Look at the cable, the iSCSI session or the zoning, and at multipath I/O on the nodes named. "
                "Leave the node that owns the disk alone meanwhile: the data passes through it."
            ),
        )


_REPLICATED = _(
    "Storage Replica copies this volume. Nodes of another site have no path to it by design; if these are of the same "
    "site as the disk, look at cable, zoning, and multipath I/O."
)


def _filtered(rows: list[ClusterSharedVolumeState]) -> Iterator[Finding]:
    for volume, affected in _by_volume(r for r in rows if r.file_system_redirected_io_reason & _FILTERS).items():
        yield Finding(
            _(
                "{volume} is redirected on {nodes}: a filter driver there does not work with shared volumes",
                volume=Verbatim(volume),
                nodes=_nodes(affected),
            ),
            subject=volume,
            # One reading does not tell a filter that stays from one that a backup loads for minutes.
            severity=Severity.WARNING,
            evidence=_evidence(affected),
            hint=_(
                "Check again when no backup runs. If it stays, list the filters with {command}, and update or "
                "remove the one that does not support shared volumes: usually of antivirus, backup or replication.",
                command=Verbatim("fltmc instances"),
            ),
        )


def _asked_for(rows: list[ClusterSharedVolumeState]) -> Iterator[Finding]:
    asked = (r for r in rows if r.file_system_redirected_io_reason & FileSystemReason.ASKED_FOR)
    for volume, affected in _by_volume(asked).items():
        yield Finding(
            _("{volume} is redirected because an administrator or a program asked for it", volume=Verbatim(volume)),
            subject=volume,
            severity=Severity.WARNING,
            evidence=_evidence(affected),
            fix=Fix(
                "Resume-ClusterResource",
                Name=volume,
                note=_("Make sure that neither a backup nor a repair of the volume is under way: it would be cut off."),
            ),
        )


def _bitlocker(rows: list[ClusterSharedVolumeState]) -> Iterator[Finding]:
    started = (r for r in rows if r.file_system_redirected_io_reason & FileSystemReason.BITLOCKER)
    for volume, affected in _by_volume(started).items():
        yield Finding(
            _("{volume} is redirected while BitLocker is being set up", volume=Verbatim(volume)),
            subject=volume,
            severity=Severity.INFO,
            evidence=_evidence(affected),
            hint=_("It ends by itself; check again afterwards."),
        )


def _refs(rows: list[ClusterSharedVolumeState]) -> Iterator[Finding]:
    refs = (r for r in rows if r.file_system_redirected_io_reason & FileSystemReason.REFS)
    for volume, affected in _by_volume(refs).items():
        yield Finding(
            _(
                "{volume} has ReFS without Storage Spaces Direct: all nodes read and write through its owner",
                volume=Verbatim(volume),
            ),
            subject=volume,
            severity=Severity.WARNING,
            evidence=_evidence(affected),
            hint=_(
                "Make a volume with NTFS on the SAN, and move the VMs there with {command}: "
                "nothing turns ReFS into NTFS in place.",
                command=Verbatim("Move-VMStorage"),
            ),
        )


def _not_told(states: list[ClusterSharedVolumeState], redirected: list[ClusterSharedVolumeState]) -> None:
    strange = [r for r in redirected if not _is_explained(r)]
    if strange:
        raise Unknown(_("could not tell why these shared volumes are redirected: {volumes}", volumes=_volumes(strange)))
    passing = [r for r in states if r.state_info in _PASSING]
    if passing:
        raise Unknown(
            _(
                "these shared volumes are paused or unavailable at the moment: {volumes}; check again in a minute",
                volumes=_volumes(passing),
            )
        )


def _is_explained(row: ClusterSharedVolumeState) -> bool:
    return bool(row.file_system_redirected_io_reason & _KNOWN or row.block_redirected_io_reason & _KNOWN_BLOCK)


def _by_volume(rows: Iterator[ClusterSharedVolumeState]) -> dict[str, list[ClusterSharedVolumeState]]:
    grouped: dict[str, list[ClusterSharedVolumeState]] = {}
    for row in rows:
        grouped.setdefault(row.name, []).append(row)
    return grouped


def _nodes(rows: list[ClusterSharedVolumeState]) -> list[Verbatim]:
    return [Verbatim(node) for node in sorted({row.node for row in rows})]


def _volumes(rows: list[ClusterSharedVolumeState]) -> list[Verbatim]:
    return [Verbatim(name) for name in sorted({row.name for row in rows})]


def _evidence(rows: list[ClusterSharedVolumeState]) -> dict[str, object]:
    return {
        "Node": [row.node for row in rows],
        "StateInfo": [row.state_info.powershell for row in rows],
        "FileSystemRedirectedIOReason": [_names(row.file_system_redirected_io_reason, _FILE_NAMES) for row in rows],
        "BlockRedirectedIOReason": [_names(row.block_redirected_io_reason, _BLOCK_NAMES) for row in rows],
    }


def _names(reasons: int, names: dict[int, str]) -> list[str]:
    """Reasons as Get-ClusterSharedVolumeState shows them; a number where Windows has one that is not known here."""
    unknown = reasons & ~sum(names)
    found = [name for reason, name in names.items() if reason & reasons] + ([str(unknown)] if unknown else [])
    return found or [names[0]]


_FILE_NAMES = {
    0: "NotFileSystemRedirected",
    FileSystemReason.ASKED_FOR: "UserRequest",
    FileSystemReason.FILE_SYSTEM_FILTER: "IncompatibleFileSystemFilter",
    FileSystemReason.VOLUME_FILTER: "IncompatibleVolumeFilter",
    FileSystemReason.TIERS: "FileSystemTiering",
    FileSystemReason.BITLOCKER: "BitLockerInitializing",
    FileSystemReason.REFS: "FileSystemReFs",
}
_BLOCK_NAMES = {
    0: "NotBlockRedirected",
    BlockReason.NO_PATH: "NoDiskConnectivity",
    BlockReason.SPACE_ATTACHED_ELSEWHERE: "StorageSpaceNotAttached",
    BlockReason.REPLICATION: "VolumeReplicationEnabled",
}
