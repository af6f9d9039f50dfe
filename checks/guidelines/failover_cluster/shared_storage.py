"""FC001: every file of a clustered virtual machine is where all nodes can reach it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from checks.facts.cluster import (
    ClusterDiskPartition,
    ClusterNode,
    ClusterService,
    ClusterSettings,
    ClusterSharedVolume,
    ResourceState,
)
from checks.facts.hyperv import VM, VMDvd, VMHardDisk
from checks.facts.needs import Derived
from checks.guidelines import guideline
from checks.i18n import Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, SideEffect, Source, Unknown

_BROKEN = (ResourceState.OFFLINE, ResourceState.FAILED)


class Place(Enum):
    """Where a file is, seen from the cluster."""

    SHARED = auto()
    LOCAL = auto()
    ONE_NODE = auto()
    UNTOLD = auto()


@dataclass(frozen=True)
class Storage(Derived):
    """What every node of the cluster reaches."""

    cluster: ClusterSettings | None
    nodes: list[ClusterNode]
    volumes: list[ClusterSharedVolume]
    partitions: list[ClusterDiskPartition]

    def place(self, path: str) -> Place:
        """Where a path leads: a shared volume, a cluster disk, a share, or this node alone."""
        text = path.replace("/", "\\").lower()
        if text.startswith(("\\\\?\\", "\\\\.\\")):
            return Place.UNTOLD
        if text.startswith("\\\\"):
            server = text[2:].partition("\\")[0].partition(".")[0]
            return Place.ONE_NODE if server in {node.name.lower() for node in self.nodes} else Place.SHARED
        if self.cluster is None:
            return Place.UNTOLD
        root = self.cluster.shared_volumes_root.lower().rstrip("\\") + "\\"
        drives = {partition.path.lower().rstrip("\\") for partition in self.partitions}
        return Place.SHARED if text.startswith(root) or text[:2] in drives else Place.LOCAL

    @property
    def target(self) -> str | None:
        """The folder of a shared volume that is online."""
        online = (v for v in self.volumes if v.state is ResourceState.ONLINE)
        return next((path for volume in online for path in volume.path), None)


@guideline(
    "FC001",
    title=_("Keep clustered VMs on storage that every node reaches"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        Source(
            "Hyper-V Network I/O Performance",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/administration/performance-tuning/role/"
            "hyper-v-server/network-io-performance.md",
            read=date(2026, 11, 23),
        ),
        Source(
            "Failover clustering hardware requirements and storage options",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/clustering-requirements.md",
            read=date(2026, 11, 23),
        ),
    ],
)
def shared_storage(
    service: list[ClusterService],
    storage: Storage,
    vms: list[VM],
    disks: list[VMHardDisk],
    dvds: list[VMDvd],
) -> Iterator[Finding]:
    """No path of a clustered VM leads to storage of one node alone, and the shared volumes are online."""
    if not service:
        raise NotApplicable(_("the host is not a node of a failover cluster"))
    for volume in storage.volumes:
        if volume.state in _BROKEN:
            yield Finding(
                _("the shared volume {volume} is not online", volume=Verbatim(volume.name)),
                subject=volume.name,
                evidence={"State": volume.state.powershell},
                hint=_("Find out why the cluster took it offline before you bring it online again."),
            )
    clustered = {vm.id: vm for vm in vms if vm.is_clustered}
    if not clustered:
        raise NotApplicable(_("this node runs no clustered virtual machine"))
    untold = []
    for vm in clustered.values():
        for what, path in _files(vm, disks):
            place = storage.place(path)
            if place is Place.UNTOLD:
                untold.append(path)
            elif place is not Place.SHARED:
                yield _misplaced(vm, what, path, place, storage)
        yield from _passed_through(vm, disks)
        yield from _images(vm, dvds, storage)
    untold += [v.name for v in storage.volumes if v.state not in (ResourceState.ONLINE, *_BROKEN)]
    if untold:
        raise Unknown(_("could not tell where {paths} leads", paths=[Verbatim(path) for path in untold]))


def _files(vm: VM, disks: list[VMHardDisk]) -> Iterator[tuple[str, str]]:
    """The property and the path of each place where a VM keeps files."""
    yield "ConfigurationLocation", vm.configuration_location
    yield "SnapshotFileLocation", vm.snapshot_file_location
    yield "SmartPagingFilePath", vm.smart_paging_file_path
    for disk in disks:
        if disk.vm_id == vm.id and disk.disk_number is None:
            yield "Path", disk.path


def _misplaced(vm: VM, what: str, path: str, place: Place, storage: Storage) -> Finding:
    names = {"vm": Verbatim(vm.name), "path": Verbatim(path)}
    message = (
        _("{vm} keeps {path} on a share of one node: without that node, the VM cannot start", **names)
        if place is Place.ONE_NODE
        else _("{vm} keeps {path} on this node alone: no other node can start the VM", **names)
    )
    return Finding(message, subject=vm.name, evidence={what: path}, fix=_move(vm, what, path, storage))


def _move(vm: VM, what: str, path: str, storage: Storage) -> Fix | None:
    if storage.target is None:
        return None
    return Fix(
        "Move-VMStorage",
        Name=vm.name,
        DestinationStoragePath=f"{storage.target}\\{vm.name}",
        effect=SideEffect.MOVES_STORAGE,
        before={what: path},
        note=_(
            "Moves every file of the VM. Check the free space of the volume, and leave VMs alone that share a disk, "
            "replicate or are being backed up."
        ),
    )


def _passed_through(vm: VM, disks: list[VMHardDisk]) -> Iterator[Finding]:
    for disk in disks:
        if disk.vm_id == vm.id and disk.disk_number is not None:
            yield Finding(
                _(
                    "{vm} uses disk {number} of the host directly: check that it is a disk of the cluster",
                    vm=Verbatim(vm.name),
                    number=Verbatim(disk.disk_number),
                ),
                subject=vm.name,
                severity=Severity.INFO,
                evidence={"DiskNumber": disk.disk_number},
                hint=_("A virtual disk on a shared volume moves with less interruption than a pass-through disk."),
            )


def _images(vm: VM, dvds: list[VMDvd], storage: Storage) -> Iterator[Finding]:
    for dvd in dvds:
        path = dvd.path
        if dvd.vm_id == vm.id and path and storage.place(path) in (Place.LOCAL, Place.ONE_NODE):
            yield Finding(
                _(
                    "{vm} has {path} in its DVD drive, which other nodes do not reach",
                    vm=Verbatim(vm.name),
                    path=Verbatim(path),
                ),
                subject=vm.name,
                severity=Severity.WARNING,
                evidence={"Path": path},
                fix=Fix(
                    "Set-VMDvdDrive",
                    VMName=vm.name,
                    ControllerNumber=dvd.controller_number,
                    ControllerLocation=dvd.controller_location,
                    Path=None,
                    before={"Path": path},
                ),
            )
