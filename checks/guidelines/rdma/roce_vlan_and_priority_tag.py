"""RD007: RoCE travels in a VLAN, and adapters of the host keep its priority."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from checks import sources
from checks.facts.base import Only
from checks.facts.hyperv import (
    HostVNic,
    HostVNicIsolation,
    HostVNicVlan,
    IsolationMode,
    OnOff,
    VlanMode,
)
from checks.facts.management import Management
from checks.facts.needs import Derived
from checks.facts.net_adapter import AdvancedProperty, NetAdapter
from checks.facts.rdma import Rdma
from checks.facts.storage import SmbUse
from checks.guidelines import guideline
from checks.i18n import Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, Unknown

VLAN = "VlanID"


@dataclass(frozen=True)
class Tags(Derived):
    """The VLANs of interfaces with RDMA."""

    rdma: Rdma
    use: SmbUse
    vlans: list[HostVNicVlan]
    isolations: list[HostVNicIsolation]
    keywords: Annotated[list[AdvancedProperty], Only(VLAN)]

    def roce(self) -> Iterator[tuple[NetAdapter, HostVNic | None]]:
        """Interfaces with RDMA over ports that speak RoCE; with the host's adapter where it is one."""
        topology = self.rdma.topology
        own = {vnic.device_id: vnic for vnic in topology.host_vnics}
        for adapter in self.rdma.endpoints:
            if any(port in self.rdma.roce_ports for port in topology.ports([adapter])):
                yield adapter, own.get(adapter.interface_guid)

    def vlan(self, adapter: NetAdapter, vnic: HostVNic | None) -> int | None:
        """The VLAN of an interface, 0 without one; None where the driver of a port has no setting for it."""
        return self._of_port(adapter) if vnic is None else self._of_vnic(vnic.name)

    def _of_vnic(self, name: str) -> int:
        # Network ATC writes the VLAN as an isolation, and leaves the other setting untagged.
        for isolation in self.isolations:
            if isolation.adapter == name and isolation.isolation_mode is IsolationMode.VLAN:
                return isolation.default_isolation_id
        for setting in self.vlans:
            if setting.adapter == name and setting.operation_mode is VlanMode.ACCESS:
                return setting.access_vlan_id
            if setting.adapter == name and setting.operation_mode is VlanMode.TRUNK:
                return setting.native_vlan_id
        return 0

    def _of_port(self, port: NetAdapter) -> int | None:
        for keyword in self.keywords:
            if keyword.instance_id == port.interface_guid:
                value = next(iter(keyword.registry_value), "")
                return int(value) if value.isdigit() else None
        return None


@guideline(
    "RD007",
    title=_("Carry RoCE in a VLAN, and let adapters of the host keep its priority"),
    severity=Severity.WARNING,
    since="2016",
    sources=[
        sources.CONVERGED_NIC,
        sources.RDMA_AND_SET,
        sources.NETWORK_ATC,
    ],
)
def roce_vlan_and_priority_tag(tags: Tags, management: Management) -> Iterator[Finding]:
    """Interfaces with RoCE have a VLAN, and those on a switch have the priority tag on."""
    if tags.rdma.topology.is_nested:
        raise NotApplicable(_("the host is itself a virtual machine"))
    found = list(tags.roce())
    if not found:
        raise NotApplicable(_("no interface with an address uses RoCE"))
    untold: list[str] = []
    for adapter, vnic in found:
        vlan = tags.vlan(adapter, vnic)
        if vlan is None:
            untold.append(adapter.name)
        elif not vlan:
            yield _untagged(adapter, tags.use, management)
        if vnic is not None and vnic.ieee_priority_tag is OnOff.OFF:
            yield _without_priority(vnic, tags.use, management)
    if untold:
        names = [Verbatim(name) for name in untold]
        raise Unknown(_("the drivers of {adapters} have no setting {keyword}", adapters=names, keyword=Verbatim(VLAN)))


def _untagged(adapter: NetAdapter, use: SmbUse, management: Management) -> Finding:
    return Finding(
        _(
            "{interface} uses RoCE without a VLAN: its frames may carry no priority for the switch to go by",
            interface=Verbatim(adapter.name),
        ),
        subject=adapter.name,
        severity=Severity.INFO if management.is_external else use.slowness,
        evidence={"VlanId": 0},
        # A wrong VLAN cuts the storage path, and only the administrator knows the right one.
        hint=management.hint
        if management.is_external
        else _(
            "Agree on a VLAN from 1 to 4094 with those who run the switches, and set it on one node after the other. "
            "If the switches go by DSCP instead, this may stay as it is."
        ),
    )


def _without_priority(vnic: HostVNic, use: SmbUse, management: Management) -> Finding:
    direct = not management.is_external
    return Finding(
        _("{vnic} drops the priority of its frames: IeeePriorityTag is off", vnic=Verbatim(vnic.name)),
        subject=vnic.name,
        severity=use.slowness if direct else Severity.INFO,
        evidence={"IeeePriorityTag": "Off"},
        fix=Fix(
            "Set-VMNetworkAdapter",
            ManagementOS=True,
            Name=vnic.name,
            IeeePriorityTag="On",
            before={"IeeePriorityTag": "Off"},
        )
        if direct
        else None,
        hint=None if direct else management.hint,
    )
