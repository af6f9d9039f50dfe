"""LM002: live migration compresses memory or uses SMB; it never copies it over plain TCP/IP."""

from __future__ import annotations

from collections.abc import Iterator

from checks import sources
from checks.facts.cluster import ClusterService
from checks.facts.hyperv import MigrationPerformance, VMHost
from checks.facts.management import Management
from checks.facts.needs import Later
from checks.guidelines import guideline
from checks.guidelines.live_migration._bandwidth import MigrationBandwidth
from checks.i18n import BitRate, Message, _
from checks.model import Finding, Fix, NotApplicable, Severity, Threshold, Unknown

RDMA_FLOOR = 5e9
"""bit/s from which Microsoft prefers RDMA to compression (host network requirements)."""


@guideline(
    "LM002",
    title=_("Use compression or SMB for live migration, not plain TCP/IP"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.NETWORK_IO_PERFORMANCE,
        sources.HOST_NETWORK_REQUIREMENTS,
        sources.MIGRATION_WITHOUT_CLUSTERING,
    ],
    thresholds=[
        Threshold(
            "storage_share",
            0.145,
            _(
                "Where SMB storage shares the ports, Microsoft's table gives SMB half of them and live migration "
                "29% of that half."
            ),
        ),
        Threshold(
            "multichannel_floor",
            20e9,
            _(
                "In bit/s. From two ports of 10 Gbps, SMB Multichannel over TCP usually keeps up with compression; "
                "Microsoft gives no number."
            ),
        ),
        Threshold(
            "clear_gain",
            25e9,
            _("In bit/s. From here on, compression is so much slower than RDMA that advice becomes a warning."),
        ),
    ],
)
def transport(
    host: VMHost,
    service: Later[list[ClusterService]],
    management: Management,
    bandwidth: Later[MigrationBandwidth],
    *,
    storage_share: float,
    multichannel_floor: float,
    clear_gain: float,
) -> Iterator[Finding]:
    """The option is SMB where RDMA has bandwidth enough, compression elsewhere, TCP/IP nowhere."""
    if not host.virtual_machine_migration_enabled and not service.value:
        raise NotApplicable(_("live migration is off on this host"))
    option = host.virtual_machine_migration_performance_option
    if option is MigrationPerformance.TCPIP:
        yield from _plain(host, management, bandwidth, storage_share)
        return
    wire = bandwidth.value
    if wire.paths.topology.is_nested or (option is MigrationPerformance.COMPRESSION and not wire.has_rdma):
        return
    speed = wire.available(storage_share)
    if option is MigrationPerformance.COMPRESSION and speed >= RDMA_FLOOR:
        message = _("live migration compresses although RDMA would carry it with {speed}", speed=BitRate(speed))
        yield _finding(host, management, message, "SMB", None if speed >= clear_gain else Severity.INFO)
    elif option is MigrationPerformance.SMB and speed < RDMA_FLOOR:
        message = _("live migration uses SMB with {speed} only, where compression ends sooner", speed=BitRate(speed))
        yield _finding(host, management, message, "Compression", Severity.INFO)
    elif option is MigrationPerformance.SMB and not wire.has_rdma and speed < multichannel_floor:
        message = _(
            "live migration uses SMB without RDMA at {speed}: compression may end sooner; measure both",
            speed=BitRate(speed),
        )
        yield _finding(host, management, message, "Compression", Severity.INFO)


def _plain(
    host: VMHost, management: Management, bandwidth: Later[MigrationBandwidth], storage_share: float
) -> Iterator[Finding]:
    """Plain TCP/IP is wrong on any wire; the wire decides only what is better, and compression always is."""
    better, untold = "Compression", None
    try:
        wire = bandwidth.value
        if not wire.paths.topology.is_nested and wire.has_rdma and wire.available(storage_share) >= RDMA_FLOOR:
            better = "SMB"
    except Unknown as unknown:
        untold = unknown
    yield _finding(host, management, _("live migration copies memory over plain TCP/IP"), better)
    if untold is not None:
        raise untold


def _finding(
    host: VMHost, management: Management, message: Message, option: str, severity: Severity | None = None
) -> Finding:
    former = host.virtual_machine_migration_performance_option
    direct = not management.is_external
    return Finding(
        message,
        subject=host.name,
        severity=severity if direct else Severity.INFO,
        evidence={"VirtualMachineMigrationPerformanceOption": former.powershell},
        fix=Fix(
            "Set-VMHost",
            VirtualMachineMigrationPerformanceOption=option,
            before={"VirtualMachineMigrationPerformanceOption": former.powershell},
            note=_NOTES[option],
        )
        if direct
        else None,
        hint=None if direct else management.hint,
    )


_NOTES = {
    "Compression": _("Holds from the next migration on. Set every host that takes part alike; compression uses CPU."),
    "SMB": _(
        "Holds from the next migration on. First see that RDMA works between the hosts, with RoCE on the switches "
        "too. Where storage shares the ports, set an SMB bandwidth limit for live migration on every node before you "
        "change the option, node by node."
    ),
}
