"""RD003: SMB connections to nodes and file servers really use RDMA."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from checks import sources
from checks.facts.rdma import PeerConnections
from checks.facts.smb import SmbConnection
from checks.facts.topology import Topology
from checks.guidelines import guideline
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, NotApplicable, Severity, Source, Unknown


@dataclass(frozen=True)
class Peer:
    """The connections of one instance of SMB to one server, as they were read each time."""

    instance: str
    server: str
    readings: list[list[SmbConnection]]

    @property
    def capable(self) -> list[SmbConnection]:
        """The pairs of interfaces that have RDMA at both ends, as they were read last."""
        return _capable(self.readings[-1])

    @property
    def is_tcp_alone(self) -> bool:
        """Whether TCP carried all of it each time, although RDMA was there; not before Windows Server 2022."""
        return all(_is_tcp_alone(rows) for rows in self.readings)

    @property
    def is_idle(self) -> bool:
        """Whether no connection is open, so that nothing can be said of how it would be carried."""
        return not any(row.current_channels or row.rdma_connection_count for row in self.capable)

    def failures(self, interface: int) -> tuple[int, int]:
        """How often pairs with RDMA of an interface had failed, at the first and at the last reading."""
        counts = [
            sum(row.failure_count for row in _capable(rows) if row.client_interface_index == interface)
            for rows in self.readings
        ]
        return counts[0], counts[-1]


def _capable(rows: list[SmbConnection]) -> list[SmbConnection]:
    return [row for row in rows if row.selected and row.client_rdma_capable and row.server_rdma_capable]


def _is_tcp_alone(rows: list[SmbConnection]) -> bool:
    over_tcp = sum(row.tcp_connection_count or 0 for row in rows)
    over_rdma = sum(row.rdma_connection_count or 0 for row in rows)
    # The connection over TCP that came first stays beside those over RDMA: it alone is no fault.
    return bool(_capable(rows) and over_tcp and not over_rdma)


@guideline(
    "RD003",
    title=_("Check that SMB connections really use RDMA"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.SMB_DIRECT,
        Source(
            "Get-SmbMultichannelConnection",
            "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/SmbShare/Get-SmbMultichannelConnection.md",
            read=date(2026, 11, 23),
        ),
        Source(
            "Update-SmbMultichannelConnection",
            "MicrosoftDocs/windows-powershell-docs: "
            "docset/winserver2025-ps/SmbShare/Update-SmbMultichannelConnection.md",
            read=date(2026, 11, 23),
        ),
        Source(
            "Azure Local - Fully Converged Physical Network Design Reference",
            "Azure/AzureLocal-Supportability: TSG/Networking/Top-Of-Rack-Switch/"
            "Reference-TOR-Fully-Converged-Storage.md",
            read=date(2026, 11, 23),
        ),
        sources.CONVERGED_NIC_TROUBLESHOOTING,
    ],
)
def active_smb_direct_connections(peers: PeerConnections, topology: Topology) -> Iterator[Finding]:
    """To nodes and file servers with RDMA, SMB has connections over RDMA, and none that failed."""
    if topology.is_nested:
        raise NotApplicable(_("the host is itself a virtual machine"))
    if not peers.by_server:
        raise NotApplicable(_("SMB has no connection to another node or to a file server with disks of this host"))
    found = [_peer(instance, server, rows) for (instance, server), rows in peers.by_server.items()]
    judged = [peer for peer in found if peer.capable]
    if not judged:
        raise NotApplicable(_("no SMB connection has RDMA at both ends"))
    earlier: list[tuple[str, int]] = []
    yield from _once(_of_peers(judged, topology, earlier, peers.use.for_disks))
    if earlier:
        yield _failed_earlier(earlier)
    if all(peer.is_idle for peer in judged):
        raise Unknown(_("SMB has no connection open at the moment to the servers that have RDMA"))


def _of_peers(
    judged: list[Peer], topology: Topology, earlier: list[tuple[str, int]], storage: bool
) -> Iterator[Finding]:
    """The findings of each instance by itself; *earlier* takes up paths that failed before and work now."""
    for peer in judged:
        if peer.is_tcp_alone:
            yield _tcp_alone(peer, storage)
            continue
        for interface in sorted({row.client_interface_index for row in peer.capable}):
            path = f"{peer.server} ({_name(topology, interface)})"
            finding = _failed(peer, interface, path) or _failing(peer, interface, path)
            if finding is not None:
                yield finding
            elif peer.failures(interface)[1]:
                earlier.append((path, peer.failures(interface)[1]))


def _once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """One finding for what several instances of SMB meet on the same path, as severe as the worst of them."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.message.text, finding.subject), []).append(finding)
    for first, *others in alike.values():
        yield _joined(first, others) if others else first


def _joined(first: Finding, others: list[Finding]) -> Finding:
    group = [first, *others]
    worst = max(group, key=lambda each: (each.severity or Severity.INFO).rank)
    return replace(worst, evidence={name: _said([each.evidence[name] for each in group]) for name in first.evidence})


def _said(values: list[object]) -> object:
    """What all say alike is said once."""
    first, *others = values
    return first if all(each == first for each in others) else values


def _peer(instance: str, server: str, rows: list[SmbConnection]) -> Peer:
    readings: dict[int, list[SmbConnection]] = {}
    for row in rows:
        readings.setdefault(row.sample, []).append(row)
    return Peer(instance, server, [readings[sample] for sample in sorted(readings)])


def _tcp_alone(peer: Peer, storage: bool) -> Finding:
    rows = peer.readings[-1]
    return Finding(
        _("SMB uses TCP alone to reach {server}, although both ends have RDMA", server=Verbatim(peer.server)),
        subject=peer.server,
        severity=Severity.CRITICAL if storage else Severity.WARNING,
        evidence={
            "SmbInstance": peer.instance,
            "RdmaConnectionCount": 0,
            "TcpConnectionCount": sum(row.tcp_connection_count or 0 for row in rows),
        },
        hint=_ON_THE_WAY,
    )


def _failed(peer: Peer, interface: int, path: str) -> Finding | None:
    broken = [row for row in peer.capable if row.failed]
    if not any(row.client_interface_index == interface for row in broken):
        return None
    others = any(not row.failed for row in peer.capable)
    return Finding(
        _("the SMB connection over RDMA has failed: {path}", path=Verbatim(path)),
        subject=path,
        # With another path, the traffic has less bandwidth; without one, it has TCP alone.
        severity=Severity.INFO if others else Severity.WARNING,
        evidence={"SmbInstance": peer.instance, "Failed": True, "FailureCount": peer.failures(interface)[1]},
        hint=_ON_THE_WAY,
    )


def _failing(peer: Peer, interface: int, path: str) -> Finding | None:
    first, last = peer.failures(interface)
    if last <= first:
        return None
    return Finding(
        _("the SMB connection over RDMA keeps failing: {path}", path=Verbatim(path)),
        subject=path,
        severity=Severity.WARNING,
        evidence={"SmbInstance": peer.instance, "FailureCount": [first, last]},
        hint=_ON_THE_WAY,
    )


def _failed_earlier(paths: list[tuple[str, int]]) -> Finding:
    """One finding for all of them: restarts and updates leave such numbers on every node."""
    names = list(dict.fromkeys(path for path, _count in paths))
    return Finding(
        _(
            "SMB connections over RDMA failed earlier, and work now: {paths}",
            paths=[Verbatim(each) for each in names],
        ),
        subject=", ".join(names),
        severity=Severity.INFO,
        evidence={"FailureCount": [count for _path, count in paths]},
        hint=_(
            "A restart of the other end is reason enough. Read the numbers again in some days: they should not grow."
        ),
    )


def _name(topology: Topology, interface: int) -> str:
    adapter = topology.by_index.get(interface)
    return str(interface) if adapter is None else adapter.name


_ON_THE_WAY: Message = _(
    "Look at what RDMA meets on the way: with RoCE, the class without loss on hosts and switches; with iWARP, TCP port "
    "5445; with both, the technology at the other end. Then run Update-SmbMultichannelConnection and read again."
)
