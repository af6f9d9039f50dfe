"""RD001: RDMA is on at every adapter that is meant to use it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from checks import sources
from checks.facts.cluster import ClusterNetwork, ClusterSite, NetworkRole
from checks.facts.management import Management
from checks.facts.needs import Derived, Later
from checks.facts.net_adapter import NetAdapter
from checks.facts.rdma import OffloadGlobal, PeerConnections, Rdma
from checks.facts.storage import SmbUse
from checks.facts.system import IscsiConnection
from checks.facts.topology import is_up, subnets_of
from checks.guidelines import guideline
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, SideEffect, Source


@dataclass(frozen=True)
class Host(Derived):
    """Where RDMA is on, and what tells where it is meant."""

    rdma: Rdma
    use: SmbUse
    networks: list[ClusterNetwork]
    sites: Later[list[ClusterSite]]
    peers: Later[PeerConnections]
    iscsi: Later[list[IscsiConnection]]
    management: Management

    @property
    def off(self) -> list[NetAdapter]:
        """Adapters with a link and an address at which RDMA is off, although a port behind them can use it."""
        topology = self.rdma.topology
        indexes = {index for found in topology.networks.values() for index in found}
        adapters = (topology.by_index[index] for index in sorted(indexes))
        return [a for a in adapters if is_up(a) and self.rdma.is_off(a) and any(map(self.rdma.can_use, self.ports(a)))]

    def ports(self, adapter: NetAdapter) -> list[NetAdapter]:
        """The physical ports behind an adapter."""
        return self.rdma.topology.ports([adapter])

    def is_own_network(self, adapter: NetAdapter) -> bool:
        """Whether an adapter is in a network that is set apart, and that the cluster uses where there is one."""
        topology = self.rdma.topology
        # Without any gateway, the management network cannot be told from the others.
        if not topology.gateway_indexes or adapter.interface_index in topology.gateway_indexes:
            return False
        if self.use.cluster is None:
            return True
        used = {subnet for n in self.networks if n.role is not NetworkRole.NONE for subnet in subnets_of(n)}
        return any(adapter.interface_index in topology.networks.get(subnet, ()) for subnet in used)

    def carries_iscsi(self, adapter: NetAdapter) -> bool:
        """Whether storage over iSCSI, which has no use for RDMA, begins at an adapter."""
        networks = self.rdma.topology.networks
        mine = [subnet for subnet, indexes in networks.items() if adapter.interface_index in indexes]
        ends = [connection.local_end for connection in self.iscsi.value]
        return any(end in subnet for end in ends if end for subnet in mine)

    @property
    def is_stretched(self) -> bool:
        """Whether the cluster has several sites, between which replication must do without RDMA."""
        cluster = self.use.cluster
        # Sites came with Windows Server 2016, as did the property that tells of Storage Spaces Direct.
        return cluster is not None and cluster.s2d_enabled is not None and len(self.sites.value) > 1


@guideline(
    "RD001",
    title=_("Turn RDMA on at every adapter that is meant to use it"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.SMB_DIRECT,
        sources.CONVERGED_NIC_TROUBLESHOOTING,
        sources.CONVERGED_NIC,
        sources.RDMA_AND_SET,
        sources.HOST_NETWORK_REQUIREMENTS,
        sources.NETWORK_ATC,
        sources.NDKPI_INF,
        Source(
            "Enable-NetAdapterRdma",
            "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/NetAdapter/Enable-NetAdapterRdma.md",
            read=date(2026, 11, 23),
        ),
        Source(
            "Set-NetOffloadGlobalSetting",
            "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/NetTCPIP/Set-NetOffloadGlobalSetting.md",
            read=date(2026, 11, 23),
        ),
    ],
)
def enabled_on_capable_nics(host: Host, offload: OffloadGlobal) -> Iterator[Finding]:
    """RDMA is on for the host, at adapters whose peers or siblings have it, and at the ports below them."""
    rdma = host.rdma
    if rdma.topology.is_nested:
        raise NotApplicable(_("the host is itself a virtual machine"))
    if not any(rdma.can_use(port) for port in rdma.topology.adapters):
        raise NotApplicable(_("no network port of this host has RDMA"))
    yielded = []
    for finding in _findings(host, offload):
        yielded.append(finding)
        yield finding
    if not yielded and not rdma.endpoints:
        raise NotApplicable(_("RDMA is on at no adapter with an address, and nothing asks for it"))


def _findings(host: Host, offload: OffloadGlobal) -> Iterator[Finding]:
    """What is certain by the switches alone comes first: the rest needs SMB's connections."""
    yield from _whole_host(host, offload)
    on, lacking = host.rdma.endpoints, []
    yield from _ports_below(host, on, told=[])
    for adapter in host.off:
        for finding in _adapter(host, adapter):
            yield finding
            if finding.hint is not _BETWEEN_SITES:
                lacking.append(adapter)
    yield from _ports_below(host, lacking, told=host.rdma.topology.ports(on))


def _whole_host(host: Host, offload: OffloadGlobal) -> Iterator[Finding]:
    if offload.network_direct:
        return
    if host.use.for_disks or host.rdma.endpoints:
        severity = Severity.CRITICAL if host.use.for_disks else Severity.WARNING
        fix, hint = Fix("Set-NetOffloadGlobalSetting", NetworkDirect="Enabled", before=_DISABLED, note=_FABRIC), None
    else:
        severity, fix = Severity.INFO, None
        hint = _("Nothing here uses RDMA today. Turn the switch on before storage or live migration is to use it.")
    yield _finding(
        host, _("RDMA is turned off for the whole host"), "NetworkDirect", severity, _DISABLED, fix=fix, hint=hint
    )


def _ports_below(host: Host, adapters: list[NetAdapter], told: list[NetAdapter]) -> Iterator[Finding]:
    """A virtual adapter gets no RDMA from a port that has it off. A port that was told of is not told of again."""
    for port in host.rdma.topology.ports(adapters):
        if port in adapters or port in told or not is_up(port) or not host.rdma.is_off(port):
            continue
        above = [adapter for adapter in adapters if port in host.ports(adapter)]
        stalls = host.use.for_disks and not host.rdma.ports
        yield _finding(
            host,
            _(
                "RDMA is off at port {port}, below adapters that need it: {adapters}",
                port=Verbatim(port.name),
                adapters=[Verbatim(adapter.name) for adapter in above],
            ),
            port.name,
            Severity.CRITICAL if stalls else Severity.WARNING,
            {"Enabled": False},
            fix=_enable(port),
        )


def _adapter(host: Host, adapter: NetAdapter) -> Iterator[Finding]:
    """An adapter at which RDMA is off: that it has a switch for it does not say that it should be on."""
    offering = _offering(host.peers.value)
    if adapter.interface_index in offering:
        message = _(
            "RDMA is off at {adapter}, while {server} offers it at the other end",
            adapter=Verbatim(adapter.name),
            server=Verbatim(offering[adapter.interface_index]),
        )
        severity = Severity.CRITICAL if host.use.for_disks else Severity.WARNING
        evidence = {"Enabled": False, "ClientRdmaCapable": False, "ServerRdmaCapable": True}
        yield _finding(host, message, adapter.name, severity, evidence, fix=_enable(adapter))
    elif host.is_own_network(adapter) and (reason := _left_out(host, adapter)) and not host.carries_iscsi(adapter):
        severity = Severity.INFO if host.is_stretched else host.use.slowness
        hint = _BETWEEN_SITES if host.is_stretched else None
        fix = None if hint else _enable(adapter)
        yield _finding(host, reason, adapter.name, severity, {"Enabled": False}, fix=fix, hint=hint)


def _offering(peers: PeerConnections) -> dict[int, str]:
    """Servers that offer RDMA in vain, by the interface through which this host reaches them."""
    found: dict[int, str] = {}
    for (_instance, server), rows in peers.by_server.items():
        # One path with RDMA is enough for SMB to leave the others aside.
        if any(row.client_rdma_capable for row in rows):
            continue
        for row in rows:
            if row.selected and row.server_rdma_capable:
                found.setdefault(row.client_interface_index, server)
    return found


def _left_out(host: Host, adapter: NetAdapter) -> Message | None:
    """Why an adapter seems to have been forgotten; None where it does not."""
    alike = [other for other in host.rdma.endpoints if _same_kind(host, adapter, other)]
    if alike:
        return _(
            "RDMA is off at {adapter}, but on at adapters with the same kind of port: {others}",
            adapter=Verbatim(adapter.name),
            others=[Verbatim(other.name) for other in alike],
        )
    if host.use.for_disks and any(port in host.rdma.enabled for port in host.ports(adapter)):
        return _("RDMA is off at {adapter}, but on at the ports below it", adapter=Verbatim(adapter.name))
    return None


def _same_kind(host: Host, adapter: NetAdapter, other: NetAdapter) -> bool:
    """Whether two adapters use the same ports, or ports of the same model."""
    models = {port.component_id for port in host.ports(other)}
    return adapter.hardware_interface is other.hardware_interface and any(
        port.component_id in models for port in host.ports(adapter)
    )


def _enable(adapter: NetAdapter) -> Fix:
    return Fix(
        "Enable-NetAdapterRdma",
        Name=adapter.name,
        effect=SideEffect.RESTARTS_ADAPTER,
        before={"Enabled": False},
        note=_FABRIC,
    )


def _finding(
    host: Host,
    message: Message,
    subject: str,
    severity: Severity,
    evidence: Mapping[str, object],
    *,
    fix: Fix | None,
    hint: Message | None = None,
) -> Finding:
    if host.management.is_external:
        severity, fix, hint = Severity.INFO, None, host.management.hint
    return Finding(message, subject=subject, severity=severity, evidence=evidence, fix=fix, hint=hint)


_DISABLED = {"NetworkDirect": "Disabled"}
_FABRIC = _(
    "With RoCE, set up the physical switches, Data Center Bridging, and the VLANs first: without them, RDMA can be "
    "slower than TCP. Change one adapter of one node at a time."
)
_BETWEEN_SITES = _(
    "The cluster has several sites. Leave RDMA off if this adapter carries replication between them, and turn it on "
    "otherwise."
)
