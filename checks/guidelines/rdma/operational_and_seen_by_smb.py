"""RD002: adapters with RDMA on have it in operation, and SMB sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from checks import sources
from checks.facts.needs import Derived
from checks.facts.net_adapter import NetAdapter
from checks.facts.rdma import OffloadGlobal, Rdma
from checks.facts.smb import SmbClientInterface, SmbServerInterface
from checks.facts.storage import SmbUse
from checks.guidelines import guideline
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, NotApplicable, Severity, Unknown

INBOX = ("microsoft", "windows")
"""Providers of the drivers that come with Windows, in lower case."""


@dataclass(frozen=True)
class Host(Derived):
    """Where RDMA is on, and what SMB says of it."""

    rdma: Rdma
    use: SmbUse
    client: list[SmbClientInterface]
    server: list[SmbServerInterface]

    @property
    def judged(self) -> list[NetAdapter]:
        """Adapters with RDMA on, a link and an address, whose lack of RDMA no other guideline explains."""
        topology = self.rdma.topology
        teamed = {member.interface_description for member in topology.team_members}
        found = []
        for adapter in self.rdma.endpoints:
            ports = topology.ports([adapter])
            # Ports below that have RDMA off are RD001's matter, and an LBFO team is RD004's.
            explained = all(map(self.rdma.is_off, ports)) or any(p.interface_description in teamed for p in ports)
            if not explained:
                found.append(adapter)
        return found

    def says(self, adapter: NetAdapter) -> dict[str, bool | None]:
        """What is known of RDMA at an adapter, under PowerShell's names; None where a list leaves the adapter out."""
        row = self.rdma.by_guid[adapter.interface_guid]
        # The server repeats a row for each name and address.
        sides: dict[str, Sequence[SmbClientInterface | SmbServerInterface]] = {
            "ClientRdmaCapable": self.client,
            "ServerRdmaCapable": self.server,
        }
        found: dict[str, bool | None] = {}
        for side, rows in sides.items():
            mine = [each.rdma_capable for each in rows if each.interface_index == adapter.interface_index]
            found[side] = any(mine) if mine else None
        return {"OperationalState": row.operational_state, **found}


@guideline(
    "RD002",
    title=_("Confirm that RDMA is in operation and that SMB sees it"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.CONVERGED_NIC_TROUBLESHOOTING,
        sources.NETWORK_ATC,
        sources.SMB_DIRECT,
        sources.SMB_MULTICHANNEL_TROUBLESHOOTING,
        sources.HOST_NETWORK_REQUIREMENTS,
    ],
)
def operational_and_seen_by_smb(host: Host, offload: OffloadGlobal) -> Iterator[Finding]:
    """Where RDMA is on, it is in operation, and both the SMB client and the server can use it."""
    if host.rdma.topology.is_nested:
        raise NotApplicable(_("the host is itself a virtual machine"))
    if not offload.network_direct:
        raise NotApplicable(_("RDMA is turned off for the whole host, which RD001 judges"))
    judged = host.judged
    if not judged:
        raise NotApplicable(_("no adapter with an address has RDMA on"))
    faulty: list[tuple[NetAdapter, Message]] = []
    unseen, working = [], []
    for adapter in judged:
        says = host.says(adapter)
        if (message := _fault(adapter, says)) is not None:
            faulty.append((adapter, message))
        elif None in (says["ClientRdmaCapable"], says["ServerRdmaCapable"]):
            unseen.append(adapter.name)
        else:
            working.append(adapter.name)
    for adapter, message in faulty:
        # With another path, storage keeps RDMA, and has less bandwidth.
        yield _finding(host, adapter, message, host.use.slowness if working else host.use.stakes)
    if unseen:
        raise Unknown(
            _(
                "the SMB client or server does not list these adapters: {adapters}; look at their bindings",
                adapters=[Verbatim(name) for name in unseen],
            )
        )


def _fault(adapter: NetAdapter, says: dict[str, bool | None]) -> Message | None:
    name = Verbatim(adapter.name)
    # Windows Server 2019 and earlier do not report this one.
    if says["OperationalState"] is False:
        return _("RDMA is on at {adapter}, but not in operation", adapter=name)
    client, server = says["ClientRdmaCapable"], says["ServerRdmaCapable"]
    if client is False and server is False:
        return _("RDMA is on at {adapter}, but SMB sees none there", adapter=name)
    if client is False:
        return _("RDMA is on at {adapter}, but the SMB client sees none there", adapter=name)
    if server is False:
        return _("RDMA is on at {adapter}, but the SMB server offers none there", adapter=name)
    return None


def _finding(host: Host, adapter: NetAdapter, message: Message, severity: Severity) -> Finding:
    ports = host.rdma.topology.ports([adapter])
    inbox = [port for port in ports if str(port.reported("driver_provider")).lower() in INBOX]
    shown: dict[str, Any] = {name: value for name, value in host.says(adapter).items() if value is not None}
    if inbox:
        shown["DriverProvider"] = [port.driver_provider for port in inbox]
    return Finding(
        message,
        subject=adapter.name,
        severity=severity,
        evidence=shown,
        hint=_inbox(inbox) if inbox else _HARDWARE,
    )


def _inbox(ports: list[NetAdapter]) -> Message:
    return _(
        "The driver of {ports} came with Windows: install the one of the vendor, then look again.",
        ports=[Verbatim(port.name) for port in ports],
    )


_HARDWARE = _(
    "See that RDMA and SR-IOV are on in the system's firmware, that driver and firmware of the port are those that the "
    "vendor pairs, and that the switch of the virtual adapter uses this port. Then restart the adapter."
)
