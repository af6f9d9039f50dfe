"""RD008: where SMB Direct runs over iWARP, the firewall lets its TCP port in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks import sources
from checks.facts.firewall import Closed, Doors
from checks.facts.needs import Derived
from checks.facts.net_adapter import NetAdapter
from checks.facts.rdma import Rdma, RdmaTechnology
from checks.facts.storage import SmbUse
from checks.facts.topology import Subnet
from checks.guidelines import guideline
from checks.i18n import Verbatim, _
from checks.model import Finding, NotApplicable, Severity

SMB_DIRECT = 5445
"""The TCP port on which SMB Direct listens with iWARP; RoCE and InfiniBand use no port of TCP."""


@dataclass(frozen=True)
class Paths(Derived):
    """The interfaces with RDMA."""

    rdma: Rdma

    def iwarp(self) -> Iterator[tuple[NetAdapter, Subnet]]:
        """Interfaces whose ports speak iWARP, each with its subnets."""
        topology = self.rdma.topology
        for subnet, indexes in topology.networks.items():
            for adapter in self.rdma.endpoints:
                if adapter.interface_index in indexes and self._speaks_iwarp(adapter):
                    yield adapter, subnet

    def _speaks_iwarp(self, adapter: NetAdapter) -> bool:
        ports = [port for port in self.rdma.topology.ports([adapter]) if port in self.rdma.ports]
        return any(self.rdma.technology(port) is RdmaTechnology.IWARP for port in ports)


@guideline(
    "RD008",
    title=_("Let SMB Direct through the firewall where it uses iWARP"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.SMB_DIRECT_PROTOCOL,
        sources.HOST_NETWORK_REQUIREMENTS,
    ],
)
def iwarp_firewall_port(paths: Paths, doors: Doors, use: SmbUse) -> Iterator[Finding]:
    """On interfaces with iWARP, inbound TCP port 5445 is open from their own subnet."""
    if paths.rdma.topology.is_nested:
        raise NotApplicable(_("the host is itself a virtual machine"))
    if not paths.rdma.endpoints:
        raise NotApplicable(_("no interface with an address has RDMA on"))
    iwarp = list(paths.iwarp())
    if not iwarp:
        raise NotApplicable(_("no port with RDMA speaks iWARP"))
    for closed in doors.closed(SMB_DIRECT, iwarp):
        yield _closed(closed, use)


def _closed(closed: Closed, use: SmbUse) -> Finding:
    return Finding(
        _(
            "the firewall lets no SMB Direct in on {interface}, which uses iWARP: no rule opens TCP port {port} to "
            "{subnet}, so that SMB keeps to TCP port 445 without RDMA",
            interface=Verbatim(closed.adapter.name),
            port=Verbatim(closed.port),
            subnet=Verbatim(closed.subnet),
        ),
        subject=closed.adapter.name,
        severity=use.slowness,
        evidence=closed.evidence,
        fix=closed.opened("SMBDirect-In"),
    )
