"""FC006: the cluster bears as many seconds without heartbeats as Microsoft recommends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from checks import sources
from checks.facts.cluster import ClusterNode, ClusterService, ClusterSettings, ClusterSite
from checks.facts.needs import Later
from checks.guidelines import guideline
from checks.guidelines.failover_cluster._networks import several_nodes
from checks.i18n import Verbatim, _
from checks.model import Assignment, Finding, Fix, Severity, Source, Threshold


@dataclass(frozen=True)
class Tolerance:
    """How long nodes may miss each other's heartbeats, and how long they should at least."""

    kind: str
    """The beginning of the properties' names, such as ``SameSubnet``."""
    delay: int
    threshold: int
    floor: int
    """Milliseconds."""

    @property
    def milliseconds(self) -> int:
        """The interval times the number of heartbeats that may be missed."""
        return self.delay * self.threshold

    @property
    def values(self) -> dict[str, int]:
        """What the cluster says, under its names."""
        return {f"{self.kind}Delay": self.delay, f"{self.kind}Threshold": self.threshold}


@guideline(
    "FC006",
    title=_("Do not tighten heartbeat tolerance below the defaults"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.HADR_BEST_PRACTICES,
        Source(
            "IaaS with SQL AlwaysOn - Tuning Failover Cluster Network Thresholds (version of May 28, 2020)",
            "https://github.com/MicrosoftDocs/windowsserverdocs/blob/9f4287482b9ad4d36f8aff8ea13ef175161b95b0/"
            "WindowsServerDocs/troubleshoot/iaas-sql-failover-cluster.md",
            read=date(2026, 11, 23),
            says=_("Recommended from 2012 to 2016: a threshold of 10 in one subnet and of 20 across subnets."),
        ),
        Source(
            "SameSubnetThreshold",
            "https://learn.microsoft.com/en-us/previous-versions/windows/desktop/mscs/clusters-samesubnetthreshold",
            read=date(2026, 11, 23),
        ),
        Source(
            "CrossSubnetDelay",
            "https://learn.microsoft.com/en-us/previous-versions/windows/desktop/mscs/clusters-crosssubnetdelay",
            read=date(2026, 11, 23),
        ),
        Source(
            "What are the defaults for 2016 latency settings",
            "https://windowsitpro.com/windows-server-2016/what-are-defaults-2016-latency-settings",
            read=date(2026, 11, 23),
        ),
    ],
    thresholds=[
        Threshold(
            "slow_seconds",
            60,
            _(
                "Nobody restarts a VM before this time is over; more than a minute is rarely meant. "
                "The largest value that Microsoft recommends anywhere is 40 seconds."
            ),
        )
    ],
)
def heartbeat_tolerance_not_below_default(
    service: list[ClusterService],
    nodes: list[ClusterNode],
    cluster: ClusterSettings | None,
    sites: Later[list[ClusterSite]],
    *,
    slow_seconds: float,
) -> Iterator[Finding]:
    """Delay times threshold is at least 10 seconds in a subnet and 20 seconds across subnets and sites."""
    settings = several_nodes(service, cluster, nodes)
    same = Tolerance("SameSubnet", settings.same_subnet_delay, settings.same_subnet_threshold, 10_000)
    cross = Tolerance("CrossSubnet", settings.cross_subnet_delay, settings.cross_subnet_threshold, 20_000)
    for each in (same, cross):
        yield from _judged(each, slow_seconds)
    if cross.milliseconds < same.milliseconds:
        yield _upside_down(same, cross)
    # Windows Server 2012 R2 knows no sites.
    if settings.cross_site_delay is not None and settings.cross_site_threshold is not None and sites.value:
        site = Tolerance("CrossSite", settings.cross_site_delay, settings.cross_site_threshold, 20_000)
        yield from _judged(site, slow_seconds)


def _judged(each: Tolerance, slow_seconds: float) -> Iterator[Finding]:
    names = {"delay": Verbatim(f"{each.kind}Delay"), "threshold": Verbatim(f"{each.kind}Threshold")}
    seconds = each.milliseconds / 1000
    if each.milliseconds < each.floor:
        # Frequent heartbeats and a higher threshold are what Microsoft prefers, so the delay stays as it is.
        enough = -(-each.floor // each.delay)
        name = f"{each.kind}Threshold"
        yield Finding(
            _(
                "{delay} × {threshold}: a node is given up after {seconds} seconds without heartbeats, "
                "and {floor} is the least that Microsoft recommends",
                **names,
                seconds=seconds,
                floor=each.floor / 1000,
            ),
            subject=name,
            evidence=each.values,
            fix=Fix.of(Assignment("Get-Cluster", name=name, value=enough), before={name: each.threshold}),
        )
    elif seconds > slow_seconds:
        yield Finding(
            _(
                "{delay} × {threshold}: a node that is lost is given up only after {seconds} seconds",
                **names,
                seconds=seconds,
            ),
            subject=f"{each.kind}Threshold",
            severity=Severity.INFO,
            evidence=each.values,
            hint=_("Find out why it was raised: a network without heartbeats for so long stalls storage and VMs too."),
        )


def _upside_down(same: Tolerance, cross: Tolerance) -> Finding:
    return Finding(
        _(
            "nodes in different subnets are given up after {cross} seconds, those in one subnet after {same}: "
            "the longer way has less time",
            cross=cross.milliseconds / 1000,
            same=same.milliseconds / 1000,
        ),
        subject="CrossSubnetThreshold",
        severity=Severity.INFO,
        evidence={**same.values, **cross.values},
        hint=_(
            "Set {cross} to at least the value of {same}, with the same delay.",
            cross=Verbatim("CrossSubnetThreshold"),
            same=Verbatim("SameSubnetThreshold"),
        ),
    )
