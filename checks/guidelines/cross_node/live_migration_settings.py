"""XN001: live migration is set alike on every node of a cluster."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from checks import sources
from checks.facts.cluster import ClusterSettings
from checks.facts.hyperv import MigrationAuthentication, MigrationPerformance, VMHost
from checks.facts.management import Management
from checks.facts.needs import Cluster, Derived
from checks.facts.smb import BandwidthCategory, SmbBandwidthFeature, SmbBandwidthLimit
from checks.facts.system import OperatingSystem
from checks.facts.topology import Topology, is_up
from checks.guidelines import guideline
from checks.guidelines.cross_node._nodes import odd_ones, on_node, readable, require_all
from checks.i18n import Message, Percent, Verbatim, _
from checks.model import Finding, Fix, Severity, Threshold


@dataclass(frozen=True)
class Node(Derived):
    """What is compared of a node."""

    host: VMHost
    system: OperatingSystem
    cluster: ClusterSettings | None
    limit_feature: list[SmbBandwidthFeature]
    limits: list[SmbBandwidthLimit]
    topology: Topology
    management: Management


@guideline(
    "XN001",
    title=_("Configure live migration alike on every node"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.SMB_BANDWIDTH_CONTROL,
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
    nodes = readable(nodes, _compared)
    builds = {node.system.build_number for node in nodes.nodes.values()}
    severity = None if len(builds) == 1 else Severity.INFO
    yield from _option(nodes, severity)
    yield from _enabled(nodes, severity)
    yield from _authentication(nodes)
    yield from _counts(nodes)
    yield from _limits(nodes, limit_tolerance, severity)
    require_all(nodes)


def _compared(node: Node) -> tuple[object, ...]:
    host = node.host
    return (
        node.system.build_number,
        host.virtual_machine_migration_performance_option,
        host.virtual_machine_migration_enabled,
        host.virtual_machine_migration_authentication_type,
        host.maximum_virtual_machine_migrations,
        _limit(node),
        _speed(node) if node.limits else None,
    )


def _option(nodes: Cluster[Node], severity: Severity | None) -> Iterator[Finding]:
    values = {name: n.host.virtual_machine_migration_performance_option.powershell for name, n in nodes.nodes.items()}
    for name, (mine, common) in odd_ones(values, _option_rank).items():
        message = _(
            "{node} migrates with {mine}, other nodes with {common}",
            node=Verbatim(name),
            mine=Verbatim(mine),
            common=Verbatim(common),
        )
        yield _different(nodes, name, message, "VirtualMachineMigrationPerformanceOption", mine, common, severity)


def _enabled(nodes: Cluster[Node], severity: Severity | None) -> Iterator[Finding]:
    values = {name: node.host.virtual_machine_migration_enabled for name, node in nodes.nodes.items()}
    for name in sorted(name for name, on in values.items() if not on and any(values.values())):
        former = {"VirtualMachineMigrationEnabled": False}
        yield on_node(
            nodes,
            name,
            _("live migration is off on {node} and on elsewhere", node=Verbatim(name)),
            Fix("Enable-VMMigration", before=former, note=_OPENS_A_PORT),
            evidence=former,
            severity=severity,
        )


def _authentication(nodes: Cluster[Node]) -> Iterator[Finding]:
    values = {name: node.host.virtual_machine_migration_authentication_type for name, node in nodes.nodes.items()}
    if MigrationAuthentication.KERBEROS not in values.values():
        return
    # Always towards Kerberos: CredSSP hands the administrator's credentials to the other host.
    for name in sorted(name for name, value in values.items() if value is MigrationAuthentication.CREDSSP):
        message = _("{node} authenticates migrations with CredSSP, other nodes with Kerberos", node=Verbatim(name))
        parameter = "VirtualMachineMigrationAuthenticationType"
        yield _different(nodes, name, message, parameter, "CredSSP", "Kerberos", Severity.INFO, _DELEGATION)


def _counts(nodes: Cluster[Node]) -> Iterator[Finding]:
    # Where the cluster has a number of its own, or Network ATC sets it, the host's is not used.
    if all(_cluster_rules(node) or node.management.by_atc for node in nodes.nodes.values()):
        return
    values = {name: node.host.maximum_virtual_machine_migrations for name, node in nodes.nodes.items()}
    for name, (mine, common) in odd_ones(values).items():
        message = _(
            "{node} allows {mine} simultaneous migrations, other nodes {common}",
            node=Verbatim(name),
            mine=mine,
            common=common,
        )
        yield _different(nodes, name, message, "MaximumVirtualMachineMigrations", mine, common, Severity.INFO)


def _limits(nodes: Cluster[Node], tolerance: float, severity: Severity | None) -> Iterator[Finding]:
    """A limit in bytes may differ where the ports do; its share of them may not."""
    limits = {name: _limit(node) for name, node in nodes.nodes.items()}
    having = {name: limit for name, limit in limits.items() if limit is not None}
    if not having:
        return
    for name in sorted(set(limits) - set(having)):
        uses_smb = nodes.nodes[name].host.virtual_machine_migration_performance_option is MigrationPerformance.SMB
        yield on_node(
            nodes,
            name,
            _("{node} has no SMB bandwidth limit for live migration, other nodes have one", node=Verbatim(name)),
            _first_limit(nodes, name, having),
            evidence={"BytesPerSecond": None},
            # Without SMB the limit holds for nothing yet.
            severity=severity if uses_smb else Severity.INFO,
        )
    yield from _unlike_shares(nodes, having, tolerance)


def _unlike_shares(nodes: Cluster[Node], having: Mapping[str, int], tolerance: float) -> Iterator[Finding]:
    speeds = {name: _speed(nodes.nodes[name]) for name in having}
    # Exact, so that a share at the very tolerance is not beyond it for the last bit of a float.
    shares = {name: Fraction(limit * 8, speeds[name]) for name, limit in having.items() if speeds[name]}
    positive = [share for share in shares.values() if share]
    if not positive:
        return
    # The lower of two in the middle: too low a limit makes migrations slow, too high a one starves storage.
    middle = statistics.median_low(positive)
    allowed = middle * Fraction(str(tolerance))
    for name in sorted(name for name, share in shares.items() if abs(share - middle) > allowed):
        yield on_node(
            nodes,
            name,
            _(
                "{node} leaves {mine} of the speed of its ports to live migration, other nodes {common}",
                node=Verbatim(name),
                mine=Percent(float(shares[name]), 1),
                common=Percent(float(middle), 1),
            ),
            Fix(
                "Set-SmbBandwidthLimit",
                Category="LiveMigration",
                BytesPerSecond=int(middle * speeds[name] / 8),
                before={"BytesPerSecond": having[name]},
            ),
            evidence={"BytesPerSecond": having[name]},
            severity=Severity.INFO,
        )


def _first_limit(nodes: Cluster[Node], name: str, having: Mapping[str, int]) -> Fix:
    fitting = _fitting(nodes, name, having)
    if nodes.nodes[name].limit_feature:
        return Fix("Set-SmbBandwidthLimit", Category="LiveMigration", BytesPerSecond=fitting)
    return Fix("Install-WindowsFeature", Name="FS-SMBBW", note=_FEATURE).then(
        "Set-SmbBandwidthLimit", Category="LiveMigration", BytesPerSecond=fitting
    )


_OPENS_A_PORT = _(
    "From then on the host listens for migrations (TCP port 6600). Choose the networks that it accepts them on first."
)
_DELEGATION = _(
    "Set up constrained delegation for every pair of nodes first: without it, moves outside the cluster's control fail "
    "with Kerberos. Nodes without a domain cannot use it."
)
_FEATURE = _(
    "Install the feature while no node is being drained. On clusters of Windows Server 2022 and later, it limits live "
    "migration to a quarter of the node's bandwidth at once."
)


def _different(
    nodes: Cluster[Node],
    name: str,
    message: Message,
    parameter: str,
    mine: Any,
    common: Any,
    severity: Severity | None,
    note: Message | None = None,
) -> Finding:
    former = {parameter: mine}
    fix = Fix("Set-VMHost", before=former, note=note, **{parameter: common})
    return on_node(nodes, name, message, fix, evidence=former, severity=severity)


def _option_rank(option: str) -> bool:
    """Plain TCP/IP is never the common value, however many nodes have it."""
    return option != MigrationPerformance.TCPIP.powershell


def _cluster_rules(node: Node) -> bool:
    return node.cluster is not None and bool(node.cluster.maximum_parallel_migrations)


def _limit(node: Node) -> int | None:
    rows = (row for row in node.limits if row.category is BandwidthCategory.LIVE_MIGRATION)
    return next((row.bytes_per_second for row in rows), None)


def _speed(node: Node) -> int:
    """bit/s of the node's ports; 0 while one of them has no link, for the limit is meant for all of them."""
    if not all(is_up(port) for port in node.topology.bound):
        return 0
    return sum(port.transmit_link_speed for port in node.topology.wires)


def _fitting(nodes: Cluster[Node], name: str, having: Mapping[str, int]) -> int:
    """The limit that gives a node the same share of its ports as the first node that has one."""
    model = min(having)
    mine, theirs = _speed(nodes.nodes[name]), _speed(nodes.nodes[model])
    return int(having[model] * mine / theirs) if mine and theirs else having[model]
