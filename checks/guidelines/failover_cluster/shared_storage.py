"""FC001: every file of a clustered virtual machine is where all nodes can reach it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from checks import sources
from checks.facts.cluster import (
    ClusterDiskPartition,
    ClusterNode,
    ClusterService,
    ClusterSettings,
    ClusterSharedVolume,
    ResourceState,
)
from checks.facts.hyperv import VM, VMHardDisk
from checks.facts.needs import Derived
from checks.guidelines import guideline
from checks.i18n import Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, SideEffect, Unknown

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
            server = text[2:].partition("\\")[0]
            names = {"localhost", *(node.name.lower() for node in self.nodes)}
            return Place.ONE_NODE if server == "127.0.0.1" or server.partition(".")[0] in names else Place.SHARED
        return Place.SHARED if f"{text}\\".startswith(self._shared_folders()) else Place.LOCAL

    def _shared_folders(self) -> tuple[str, ...]:
        """Folders in lower case that lead to disks of the cluster, each with the backslash at its end."""
        folders = [self.cluster.shared_volumes_root] if self.cluster else []
        for partition in self.partitions:
            folders += [partition.path, *partition.mount_points]
        return tuple(folder.lower().rstrip("\\") + "\\" for folder in folders if folder)

    def target(self, paths: list[str]) -> str | None:
        """The folder of a shared volume that is online, by preference one that already holds some of the paths."""
        online = [path for v in self.volumes if v.state is ResourceState.ONLINE for path in v.path]
        held = (f for f in online for path in paths if path.lower().startswith(f.lower().rstrip("\\") + "\\"))
        return next(held, online[0] if online else None)


@guideline(
    "FC001",
    title=_("Keep clustered VMs on storage that every node reaches"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.NETWORK_IO_PERFORMANCE,
        sources.CLUSTERING_REQUIREMENTS,
    ],
)
def shared_storage(
    service: list[ClusterService],
    storage: Storage,
    vms: list[VM],
    disks: list[VMHardDisk],
) -> Iterator[Finding]:
    """No path of a clustered VM leads to storage of one node alone, and the shared volumes are online."""
    if not service:
        raise NotApplicable(_("the host is not a node of a failover cluster"))
    if storage.cluster is None:
        raise Unknown(_("the cluster service is installed, but there is no answer from the cluster"))
    yield from _broken(storage)
    clustered = [vm for vm in vms if vm.is_clustered]
    if not clustered:
        raise NotApplicable(_("this node runs no clustered virtual machine"))
    untold: list[str] = []
    for vm in clustered:
        own_disks = [disk for disk in disks if disk.vm_id == vm.id]
        files = list(_files(vm, own_disks))
        untold += [path for _what, path in files if storage.place(path) is Place.UNTOLD]
        yield from _misplaced(vm, files, storage)
        yield from _passed_through(vm, own_disks)
    if untold:
        raise Unknown(
            _(
                "could not tell where these paths lead: {paths}",
                paths=[Verbatim(path) for path in dict.fromkeys(untold)],
            )
        )
    changing = [Verbatim(v.name) for v in storage.volumes if v.state not in (ResourceState.ONLINE, *_BROKEN)]
    if changing:
        raise Unknown(_("these shared volumes are neither online nor offline yet: {volumes}", volumes=changing))


def _broken(storage: Storage) -> Iterator[Finding]:
    for volume in storage.volumes:
        if volume.state in _BROKEN:
            yield Finding(
                _("the shared volume {volume} is not online", volume=Verbatim(volume.name)),
                subject=volume.name,
                evidence={"State": volume.state.powershell},
                hint=_("Find out why the cluster took it offline before you bring it online again."),
            )


def _files(vm: VM, disks: list[VMHardDisk]) -> Iterator[tuple[str, str]]:
    """The property and the path of each place where a VM keeps files."""
    yield "ConfigurationLocation", vm.configuration_location
    yield "SnapshotFileLocation", vm.snapshot_file_location
    yield "SmartPagingFilePath", vm.smart_paging_file_path
    for disk in disks:
        # A drive without a disk has no path.
        if disk.disk_number is None and disk.path:
            yield "Path", disk.path


def _misplaced(vm: VM, files: list[tuple[str, str]], storage: Storage) -> Iterator[Finding]:
    """One finding per VM and kind of place: moving its storage mends all of its paths at once."""
    for place in (Place.LOCAL, Place.ONE_NODE):
        wrong = [(what, path) for what, path in files if storage.place(path) is place]
        needed = [each for each in wrong if each[0] not in _LATER]
        if not wrong:
            continue
        names = {"vm": Verbatim(vm.name), "paths": [Verbatim(path) for path in dict.fromkeys(p for _w, p in wrong)]}
        if not needed:
            message = _(
                "{vm} is to keep its checkpoints or its paging file in {paths}, which not every node reaches", **names
            )
        elif place is Place.ONE_NODE:
            message = _("{vm} keeps {paths} on a share of one node: without that node, the VM cannot start", **names)
        else:
            message = _("{vm} keeps {paths} on this node alone: no other node can start the VM", **names)
        target = storage.target([path for _what, path in files])
        yield Finding(
            message,
            subject=vm.name,
            # A VM that is off, or that has no checkpoint yet, misses nothing today.
            severity=Severity.WARNING if vm.state == _OFF or not needed else None,
            evidence=_by_property(wrong),
            fix=_move(vm, wrong, f"{target}\\{_folder(vm)}") if target else None,
            hint=None if target else _("Move the files to a share, or to a shared volume once one is online."),
        )


def _by_property(files: list[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for what, path in files:
        grouped.setdefault(what, []).append(path)
    return grouped


def _folder(vm: VM) -> str:
    """The VM's name without what Windows allows in no file name."""
    return "".join("_" if character in '<>:"/\\|?*' else character for character in vm.name).rstrip(". ")


def _move(vm: VM, wrong: list[tuple[str, str]], target: str) -> Fix:
    before = {what: ", ".join(paths) for what, paths in _by_property(wrong).items()}
    if all(what in _PARAMETERS for what, _path in wrong):
        parameters = {_PARAMETERS[what]: target for what, _path in wrong}
        note = _("The virtual disks stay where they are.")
    else:
        parameters = {"DestinationStoragePath": target}
        note = _(
            "Moves every file of the VM. Check the free space of the volume, and leave VMs alone that share a disk, "
            "replicate or are being backed up."
        )
    # Windows Server 2012 R2 knows no -Name here; later versions take -VMName for it.
    effect = SideEffect.MOVES_STORAGE
    return Fix("Move-VMStorage", VMName=vm.name, effect=effect, before=before, note=note, **parameters)


_PARAMETERS = {
    "ConfigurationLocation": "VirtualMachinePath",
    "SnapshotFileLocation": "SnapshotFilePath",
    "SmartPagingFilePath": "SmartPagingFilePath",
}
"""Parameters of Move-VMStorage that move one kind of file alone, by the VM's property."""
_LATER = ("SnapshotFileLocation", "SmartPagingFilePath")
"""Places that hold no file before there is a checkpoint, or a restart without memory enough."""
_OFF = 3


def _passed_through(vm: VM, disks: list[VMHardDisk]) -> Iterator[Finding]:
    for disk in disks:
        if disk.disk_number is not None:
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
