"""LM006: the cluster's own number of migrations at a time stays between 1 and 10."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks import sources
from checks.facts.cluster import ClusterService, ClusterSettings
from checks.facts.management import Management
from checks.facts.needs import Later
from checks.guidelines import guideline
from checks.guidelines.live_migration.simultaneous_standalone import MOST
from checks.i18n import _
from checks.model import Assignment, Finding, Fix, NotApplicable, Severity, Source, Unknown

USUAL = 2
"""What Microsoft's example sets; a new cluster has 1."""


@guideline(
    "LM006",
    title=_("Keep the cluster's number of parallel live migrations low"),
    severity=Severity.INFO,
    since="2022",
    sources=[
        sources.GET_CLUSTER,
        Source(
            "New Cluster-Wide Control For Virtual Machine Live Migrations in Windows Server and Azure Stack HCI",
            "https://techcommunity.microsoft.com/t5/failover-clustering/"
            "new-cluster-wide-control-for-virtual-machine-live-migrations-in/ba-p/3709680",
            read=date(2026, 11, 23),
            says=_("The property came with the update of September 2022, with 1 as its default."),
        ),
        sources.SET_VMHOST,
        sources.MANAGE_NETWORK_ATC,
    ],
)
def cluster_parallel_migrations(
    service: list[ClusterService], cluster: ClusterSettings | None, management: Later[Management]
) -> Iterator[Finding]:
    """MaximumParallelMigrations, where the cluster has it, is not above what Network ATC would accept."""
    if not service:
        raise NotApplicable(_("the host is not a node of a failover cluster"))
    if cluster is None:
        raise Unknown(_("the cluster service is installed, but there is no answer from the cluster"))
    at_once = cluster.maximum_parallel_migrations
    if at_once is None:
        raise NotApplicable(_("this cluster has no number of its own, so each host's counts: see LM005"))
    if not at_once:
        raise Unknown(_("the cluster's number of parallel migrations is 0, and what that means is documented nowhere"))
    if at_once > MOST:
        former = {"MaximumParallelMigrations": at_once}
        # Virtual Machine Manager knows the number of each host alone.
        direct = not management.value.by_atc
        command = Assignment("Get-Cluster", name="MaximumParallelMigrations", value=USUAL)
        yield Finding(
            _("the cluster allows {count} parallel migrations per node, more than Network ATC accepts", count=at_once),
            subject=cluster.name,
            evidence=former,
            fix=Fix.of(command, before=former) if direct else None,
            hint=None if direct else management.value.hint,
        )
