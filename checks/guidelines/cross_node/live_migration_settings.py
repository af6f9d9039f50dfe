"""XN001: live migration is set alike on every node of a cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from checks.facts.cluster import ClusterSettings
from checks.facts.hyperv import MigrationAuthentication, MigrationPerformance, VMHost
from checks.facts.management import Management
from checks.facts.needs import Cluster, Derived
from checks.facts.smb import BandwidthCategory, SmbBandwidthLimit
from checks.facts.system import OperatingSystem
from checks.facts.topology import Topology
from checks.guidelines import guideline
from checks.i18n import Message, Percent, Verbatim, _
from checks.model import Finding, Fix, Severity, Source, Threshold, Unknown


@dataclass(frozen=True)
class Node(Derived):
    """What is compared of a node."""

    host: VMHost
    system: OperatingSystem
    cluster: ClusterSettings | None
    limits: list[SmbBandwidthLimit]
    topology: Topology
    management: Management


@guideline(
    "XN001",
    title=_("Configure live migration alike on every node"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        Source(
            "Configure cluster-wide Live Migration SMB bandwidth control",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/"
            "configure-live-migration-smb-bandwidth.md",
            read=date(2026, 11, 23),
        ),
    ],
    thresholds=[
        Threshold(
            "limit_tolerance",
            0.05,
            _("A limit is compared as a share of the node's ports; rounding alone stays below one twentieth."),
        )
    ],
)
def live_migration_settings(nodes: Cluster[Node], *, limit_tolerance: float) -> Iterator[Finding]:
    """The nodes agree on the option, on whether migration is on, on authentication and on limits."""
    builds = {node.system.build_number for node in nodes.nodes.values()}
    severity = None if len(builds) == 1 else Severity.INFO
    yield from _option(nodes, severity)
    yield from _enabled(nodes, severity)
    yield from _authentication(nodes)
    yield from _counts(nodes)
    yield from _limits(nodes, limit_tolerance, severity)
    if nodes.missing:
        raise Unknown(
            _("the audit did not read these nodes: {nodes}", nodes=[Verbatim(name) for name in nodes.missing])
        )


def _option(nodes: Cluster[Node], severity: Severity | None) -> Iterator[Finding]:
    values = {name: n.host.virtual_machine_migration_performance_option.powershell for name, n in nodes.nodes.items()}
    for name, (mine, common) in _odd_ones(values).items():
        message = _(
            "{node} migrates with {mine}, the other nodes with {common}",
            node=Verbatim(name),
            mine=Verbatim(mine),
            common=Verbatim(common),
        )
        yield _different(nodes, name, message, "VirtualMachineMigrationPerformanceOption", mine, common, severity)


def _enabled(nodes: Cluster[Node], severity: Severity | None) -> Iterator[Finding]:
    values = {name: node.host.virtual_machine_migration_enabled for name, node in nodes.nodes.items()}
    for name in sorted(name for name, on in values.items() if not on and any(values.values())):
        yield Finding(
            _("live migration is off on {node} and on elsewhere", node=Verbatim(name)),
            subject=name,
            node=name,
            severity=severity,
            evidence={"VirtualMachineMigrationEnabled": False},
            fix=Fix("Enable-VMMigration", before={"VirtualMachineMigrationEnabled": False}),
        )


def _authentication(nodes: Cluster[Node]) -> Iterator[Finding]:
    values = {name: node.host.virtual_machine_migration_authentication_type for name, node in nodes.nodes.items()}
    if len(set(values.values())) < 2:
        return
    # Always towards Kerberos: CredSSP hands the administrator's credentials to the other host.
    for name in sorted(name for name, value in values.items() if value is MigrationAuthentication.CREDSSP):
        message = _("{node} authenticates migrations with CredSSP, other nodes with Kerberos", node=Verbatim(name))
        parameter = "VirtualMachineMigrationAuthenticationType"
        yield _different(nodes, name, message, parameter, "CredSSP", "Kerberos", Severity.INFO)


def _counts(nodes: Cluster[Node]) -> Iterator[Finding]:
    if all(_cluster_rules(node) for node in nodes.nodes.values()):
        return
    values = {name: node.host.maximum_virtual_machine_migrations for name, node in nodes.nodes.items()}
    for name, (mine, common) in _odd_ones(values).items():
        message = _(
            "{node} allows {mine} simultaneous migrations, the other nodes {common}",
            node=Verbatim(name),
            mine=mine,
            common=common,
        )
        yield _different(nodes, name, message, "MaximumVirtualMachineMigrations", mine, common, Severity.INFO)


def _limits(nodes: Cluster[Node], tolerance: float, severity: Severity | None) -> Iterator[Finding]:
    """A limit in bytes may differ where the ports do; its share of them may not."""
    limits = {name: _limit(node) for name, node in nodes.nodes.items()}
    having = {name: limit for name, limit in limits.items() if limit is not None}
    for name in sorted(set(limits) - set(having)) if having else ():
        yield Finding(
            _("{node} has no SMB bandwidth limit for live migration, other nodes have", node=Verbatim(name)),
            subject=name,
            node=name,
            severity=severity,
            fix=Fix("Set-SmbBandwidthLimit", Category="LiveMigration", BytesPerSecond=_fitting(nodes, name, having)),
        )
    speeds = {name: _speed(nodes.nodes[name]) for name in having}
    shares = {name: limit * 8 / speeds[name] for name, limit in having.items() if speeds[name]}
    middle = sorted(shares.values())[len(shares) // 2] if shares else 0.0
    for name in sorted(name for name, share in shares.items() if abs(share - middle) > tolerance * middle):
        yield Finding(
            _(
                "{node} leaves {mine} of its ports to live migration, the other nodes {common}",
                node=Verbatim(name),
                mine=Percent(shares[name], 0),
                common=Percent(middle, 0),
            ),
            subject=name,
            node=name,
            severity=Severity.INFO,
            evidence={"BytesPerSecond": having[name]},
            fix=Fix(
                "Set-SmbBandwidthLimit",
                Category="LiveMigration",
                BytesPerSecond=int(middle * speeds[name] / 8),
                before={"BytesPerSecond": having[name]},
            ),
        )


def _different(
    nodes: Cluster[Node], name: str, message: Message, parameter: str, mine: Any, common: Any, severity: Severity | None
) -> Finding:
    management = nodes.nodes[name].management
    direct = not management.is_external
    return Finding(
        message,
        subject=name,
        node=name,
        severity=severity if direct else Severity.INFO,
        evidence={parameter: mine},
        fix=Fix("Set-VMHost", before={parameter: mine}, **{parameter: common}) if direct else None,
        hint=None if direct else management.hint,
    )


def _odd_ones(values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Nodes that differ from most, each with its own value and the common one.

    Where as many say one thing as another, the nodes that come first by name are taken for right, but never for
    plain TCP/IP.
    """
    ordered = [values[name] for name in sorted(values)]
    counts = Counter(ordered)
    common = max(ordered, key=lambda value: (counts[value], value != MigrationPerformance.TCPIP.powershell))
    return {name: (values[name], common) for name in sorted(values) if values[name] != common}


def _cluster_rules(node: Node) -> bool:
    # Where the cluster has a number of its own, the host's is not used.
    return node.cluster is not None and bool(node.cluster.maximum_parallel_migrations)


def _limit(node: Node) -> int | None:
    rows = (row for row in node.limits if row.category is BandwidthCategory.LIVE_MIGRATION)
    return next((row.bytes_per_second for row in rows), None)


def _speed(node: Node) -> int:
    return sum(port.transmit_link_speed for port in node.topology.bound)


def _fitting(nodes: Cluster[Node], name: str, having: Mapping[str, int]) -> int:
    """The limit that gives a node the same share of its ports as the first node that has one."""
    model = min(having)
    mine, theirs = _speed(nodes.nodes[name]), _speed(nodes.nodes[model])
    return int(having[model] * mine / theirs) if mine and theirs else having[model]
