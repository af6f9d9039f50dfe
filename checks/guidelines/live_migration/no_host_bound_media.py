"""LM008: no clustered virtual machine holds an image, a drive or a device of one host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks import sources
from checks.facts.cluster import ClusterService
from checks.facts.hyperv import VM, DvdMedia, VMAssignedDevice, VMDvd
from checks.facts.needs import Later
from checks.guidelines import guideline
from checks.guidelines.failover_cluster.shared_storage import Place, Storage
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, Source, Unknown

_GUEST_SERVICES = "\\windows\\system32\\vmguest.iso"
"""The integration services for guests."""
_WINDOWS_SERVER_2016 = 14393
"""The first build that comes without them."""


@guideline(
    "LM008",
    title=_("Keep clustered VMs free of media and devices of one host"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.DEVICE_ASSIGNMENT,
        sources.SET_VMDVDDRIVE,
        Source(
            "What's new in Hyper-V on Windows Server 2016",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/virtualization/hyper-v/"
            "What-s-new-in-Hyper-V-on-Windows.md",
            read=date(2026, 11, 23),
            says=_("The integration services no longer come as an image."),
        ),
    ],
)
def no_host_bound_media(
    service: list[ClusterService],
    storage: Storage,
    vms: list[VM],
    dvds: list[VMDvd],
    devices: Later[list[VMAssignedDevice]],
) -> Iterator[Finding]:
    """DVD drives of clustered VMs hold images that every node reaches, or none; no VM owns a device of its host."""
    if not service:
        raise NotApplicable(_("the host is not a node of a failover cluster"))
    if storage.cluster is None:
        raise Unknown(_("the cluster service is installed, but there is no answer from the cluster"))
    clustered = [vm for vm in vms if vm.is_clustered]
    if not clustered:
        raise NotApplicable(_("this node runs no clustered virtual machine"))
    untold: list[str] = []
    for vm in clustered:
        for dvd in dvds:
            if dvd.vm_id == vm.id:
                yield from _medium(vm, dvd, storage, untold)
    for vm in clustered:
        owned = [device for device in devices.value if device.vm_id == vm.id]
        if owned:
            yield _device(vm, owned)
    if untold:
        raise Unknown(
            _(
                "could not tell where these paths lead: {paths}",
                paths=[Verbatim(path) for path in dict.fromkeys(untold)],
            )
        )


def _medium(vm: VM, dvd: VMDvd, storage: Storage, untold: list[str]) -> Iterator[Finding]:
    if dvd.dvd_media_type is DvdMedia.PASS_THROUGH:
        message = _("the DVD drive of {vm} is that of this host, which other nodes do not have", vm=Verbatim(vm.name))
        yield _eject(vm, dvd, message)
        return
    if not dvd.path or _is_everywhere(dvd.path, storage):
        return
    place = storage.place(dvd.path)
    if place is Place.UNTOLD:
        untold.append(dvd.path)
    elif place is not Place.SHARED:
        message = _(
            "{vm} has {path} in its DVD drive, which other nodes do not reach",
            vm=Verbatim(vm.name),
            path=Verbatim(dvd.path),
        )
        yield _eject(vm, dvd, message)


def _is_everywhere(path: str, storage: Storage) -> bool:
    """Whether an image comes with Windows itself: up to 2012 R2, each node has the same one in the same place."""
    is_of_windows = path.lower().endswith(_GUEST_SERVICES)
    return is_of_windows and all(node.build_number < _WINDOWS_SERVER_2016 for node in storage.nodes)


def _eject(vm: VM, dvd: VMDvd, message: Message) -> Finding:
    former = {"Path": dvd.path or ""}
    return Finding(
        message,
        subject=vm.name,
        evidence={**former, "DvdMediaType": dvd.dvd_media_type.powershell},
        fix=Fix(
            "Set-VMDvdDrive",
            VMName=vm.name,
            ControllerNumber=dvd.controller_number,
            ControllerLocation=dvd.controller_location,
            Path=None,
            before=former,
            note=_("The guest sees the disc leave its drive: make sure that nothing is being installed from it."),
        ),
    )


def _device(vm: VM, devices: list[VMAssignedDevice]) -> Finding:
    return Finding(
        _("{vm} owns a device of this host, so it cannot migrate while it runs", vm=Verbatim(vm.name)),
        subject=vm.name,
        evidence={"LocationPath": [device.reported("location_path") for device in devices]},
        hint=_(
            "The device can be taken away only while the VM is off. If the VM needs it, plan a shutdown for each "
            "maintenance of this node, and waive the finding."
        ),
    )
