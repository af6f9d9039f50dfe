"""RD009: a SET switch with RDMA has as many RDMA adapters of the host as ports."""

from __future__ import annotations

from collections.abc import Iterator

from checks import sources
from checks.facts.hyperv import VMSwitch
from checks.facts.management import Management
from checks.facts.rdma import Rdma
from checks.facts.storage import SmbUse
from checks.guidelines import guideline
from checks.i18n import Verbatim, _
from checks.model import Finding, NotApplicable, Severity


@guideline(
    "RD009",
    title=_("Give every RDMA port of a SET switch an RDMA adapter of the host"),
    severity=Severity.WARNING,
    since="2016",
    sources=[
        sources.CONVERGED_NIC,
        sources.NETWORK_ATC,
    ],
)
def one_vnic_per_set_member(rdma: Rdma, use: SmbUse, management: Management) -> Iterator[Finding]:
    """A SET switch whose ports have RDMA on has at least as many adapters of the host with RDMA as such ports."""
    if rdma.topology.is_nested:
        raise NotApplicable(_("the host is itself a virtual machine"))
    if not use.for_storage and not use.for_migration:
        raise NotApplicable(_("neither storage nor live migration uses SMB on this host"))
    enabled = {adapter.interface_guid for adapter in rdma.enabled}
    judged = False
    for switch in rdma.topology.switches:
        uplinks = rdma.topology.uplinks.get(switch.name, [])
        ports = [port.name for port in uplinks if port.interface_guid in enabled]
        own = [v.name for v in rdma.topology.host_vnics if v.switch_name == switch.name and v.device_id in enabled]
        if switch.embedded_teaming_enabled and own and ports[1:]:
            judged = True
            if len(own) < len(ports):
                yield _too_few(switch, own, ports, use, management)
    if not judged:
        raise NotApplicable(_("no SET switch has two ports with RDMA on and an adapter of the host with RDMA"))


def _too_few(switch: VMSwitch, own: list[str], ports: list[str], use: SmbUse, management: Management) -> Finding:
    return Finding(
        _(
            "{switch} has {ports} with RDMA, but only {own} of the host to use them",
            switch=Verbatim(switch.name),
            ports=[Verbatim(port) for port in ports],
            own=[Verbatim(name) for name in own],
        ),
        subject=switch.name,
        severity=None if use.for_disks and not management.is_external else Severity.INFO,
        evidence={"NetAdapterName": ports, "VMNetworkAdapterName": own},
        # Name, VLAN and address are the administrator's choice.
        hint=management.hint
        if management.is_external
        else _(
            "Add one with Add-VMNetworkAdapter -ManagementOS, give it a VLAN and an address in a subnet of its own, "
            "turn RDMA on with Enable-NetAdapterRdma, and bind it to its port."
        ),
    )
