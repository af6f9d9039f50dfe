"""LM005: hosts whose number of migrations at a time is their own keep it low on slow ports."""

from __future__ import annotations

from collections.abc import Iterator

from checks import sources
from checks.facts.cluster import ClusterService, ClusterSettings
from checks.facts.hyperv import VMHost
from checks.facts.management import Management
from checks.facts.needs import Later
from checks.facts.topology import MigrationPaths
from checks.guidelines import guideline
from checks.guidelines.live_migration._bandwidth import speed_of
from checks.i18n import BitRate, Message, _
from checks.model import Finding, Fix, NotApplicable, Severity, Threshold

DEFAULT = 2
"""Migrations at a time on a host where nobody changed it."""
MOST = 10
"""The largest number that Network ATC takes (1 to 10)."""


@guideline(
    "LM005",
    title=_("Keep the number of simultaneous live migrations low"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.MIGRATION_WITHOUT_CLUSTERING,
        sources.SET_VMHOST,
        sources.MANAGE_NETWORK_ATC,
    ],
    thresholds=[
        Threshold(
            "fast_enough",
            10e9,
            _(
                "In bit/s, over all ports of live migration. On less, a third migration only makes the other two "
                "longer; Microsoft gives no number."
            ),
        ),
    ],
)
def simultaneous_standalone(
    host: VMHost,
    service: list[ClusterService],
    cluster: Later[ClusterSettings | None],
    paths: Later[MigrationPaths],
    management: Later[Management],
    *,
    fast_enough: float,
) -> Iterator[Finding]:
    """The number is neither 0 nor above 10, and above the default of 2 only where the ports are fast."""
    if not host.virtual_machine_migration_enabled and not service:
        raise NotApplicable(_("live migration is off on this host"))
    if service and cluster.value is not None and cluster.value.maximum_parallel_migrations is not None:
        raise NotApplicable(_("the cluster's own number overrides that of the host: see LM006"))
    at_once = host.maximum_virtual_machine_migrations
    if not at_once:
        message = _("live migration is on, but the number of simultaneous migrations is 0")
        yield _finding(host, management.value, message, Severity.WARNING)
    if at_once <= DEFAULT:
        return
    # The ports of a virtual machine show any speed that its hypervisor pleases.
    speed = None if paths.value.topology.is_nested else speed_of(paths.value.ports)
    slow = speed is not None and speed < fast_enough
    if at_once > MOST:
        message = _("{count} simultaneous migrations are allowed, more than Network ATC would accept", count=at_once)
        yield _finding(host, management.value, message, Severity.WARNING if slow else Severity.INFO)
    elif speed is not None and slow:
        message = _("{count} simultaneous migrations share {speed}", count=at_once, speed=BitRate(speed))
        yield _finding(host, management.value, message, Severity.INFO)


def _finding(host: VMHost, management: Management, message: Message, severity: Severity) -> Finding:
    former = {"MaximumVirtualMachineMigrations": host.maximum_virtual_machine_migrations}
    direct = not management.is_external
    return Finding(
        message,
        subject=host.name,
        severity=severity if direct else Severity.INFO,
        evidence=former,
        fix=Fix("Set-VMHost", MaximumVirtualMachineMigrations=DEFAULT, before=former) if direct else None,
        hint=None if direct else management.hint,
    )
