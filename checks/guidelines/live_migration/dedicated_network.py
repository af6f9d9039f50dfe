"""LM001: live migration keeps to a network of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks.facts.cluster import ClusterNetwork, NetworkState
from checks.facts.hyperv import MigrationPerformance
from checks.facts.management import Management
from checks.facts.topology import MigrationPaths, Subnet, overlaps, subnets_of
from checks.guidelines import guideline
from checks.i18n import Message, Verbatim, _
from checks.model import Command, Finding, Fix, NotApplicable, Severity, Source, Unknown


@guideline(
    "LM001",
    title=_("Keep live migration on a dedicated network"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        Source(
            "Hyper-V Network I/O Performance",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/administration/performance-tuning/role/"
            "hyper-v-server/network-io-performance.md",
            read=date(2026, 11, 23),
        ),
        Source(
            "Configure cluster-wide Live Migration SMB bandwidth control",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/"
            "configure-live-migration-smb-bandwidth.md",
            read=date(2026, 11, 23),
        ),
        Source(
            "Set-VMHost",
            "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/Hyper-V/Set-VMHost.md",
            read=date(2026, 11, 23),
        ),
    ],
)
def dedicated_network(paths: MigrationPaths, management: Management) -> Iterator[Finding]:
    """A host with a network without default gateway keeps live migration away from the one that has it."""
    networks = paths.topology.networks
    gateways = {subnet for subnet, index in networks.items() if index in paths.topology.gateway_indexes}
    if not paths.is_clustered and not paths.host.virtual_machine_migration_enabled:
        raise NotApplicable(_("live migration is off on this host"))
    if paths.is_clustered:
        yield from _nothing_left(paths)
    if len(set(networks.values())) < 2:
        raise NotApplicable(_("the host has one network only: there is none to set apart"))
    if not gateways:
        raise Unknown(_("no network has a default gateway, so the management network cannot be told from the others"))
    if len(gateways) == len(networks):
        raise NotApplicable(_("every network of the host has a default gateway: none is set apart"))
    judge = _cluster if paths.is_clustered else _standalone
    for finding in judge(paths, gateways):
        yield _leave_to(management, finding) if management.is_external else finding


def _standalone(paths: MigrationPaths, gateways: set[Subnet]) -> Iterator[Finding]:
    """A host alone: its own list of networks, which governs the migrations that come in."""
    host, local = paths.host, paths.topology.networks
    private = [str(subnet) for subnet in local if subnet not in gateways]
    if host.use_any_network_for_migration:
        fix = Fix(
            "Add-VMMigrationNetwork",
            Subnet=private[0],
            before={"UseAnyNetworkForMigration": True},
            note=_(
                "Networks without default gateway: {subnets}; take the one that is meant for migration. "
                "The list governs incoming migrations: set it on both hosts, or the next one is refused.",
                subnets=[Verbatim(subnet) for subnet in private],
            ),
        ).then("Set-VMHost", UseAnyNetworkForMigration=False)
        yield Finding(
            _("live migration may use any network, the one with the default gateway included"),
            subject=host.name,
            severity=Severity.WARNING,
            evidence={"UseAnyNetworkForMigration": True},
            fix=fix,
        )
    elif not paths.subnets:
        yield Finding(
            _("live migration is restricted to networks that this host is not in: incoming migrations are refused"),
            subject=host.name,
            severity=Severity.WARNING,
            evidence={"Subnet": [each.subnet for each in paths.allowed]},
            fix=Fix("Add-VMMigrationNetwork", Subnet=private[0], before={"Subnet": _written(paths)}),
        )
    for each in [] if host.use_any_network_for_migration else paths.allowed:
        if any(overlaps(subnet, each.subnet) for subnet in gateways):
            yield _gateway_listed(paths, each.subnet, private)


def _gateway_listed(paths: MigrationPaths, listed: str, private: list[str]) -> Finding:
    before = {"Subnet": _written(paths)}
    if any(str(subnet) in private for subnet in paths.subnets):
        fix = Fix("Remove-VMMigrationNetwork", Subnet=listed, before=before)
    else:
        # The other network is let in first: in between, no migration finds the list empty.
        fix = Fix("Add-VMMigrationNetwork", Subnet=private[0], before=before).then(
            "Remove-VMMigrationNetwork", Subnet=listed
        )
    return Finding(
        _("live migration may use {network}, the network with the default gateway", network=Verbatim(listed)),
        subject=paths.host.name,
        severity=Severity.WARNING,
        evidence={"Subnet": listed},
        fix=fix,
    )


def _cluster(paths: MigrationPaths, gateways: set[Subnet]) -> Iterator[Finding]:
    """A node: the choice of networks belongs to the cluster's resource type, not to the host."""
    front = [n for n in paths.cluster_networks if gateways.intersection(subnets_of(n))]
    private = [n for n in paths.eligible if n not in front]
    eligible_front = [n for n in front if n in paths.eligible]
    if eligible_front and private:
        yield _gateway_eligible(paths, eligible_front, private)
    elif eligible_front and len(paths.cluster_networks) > len(front):
        yield _only_gateway(paths, eligible_front, [n for n in paths.cluster_networks if n not in front])
    yield from _own_network_first(paths, front)


def _gateway_eligible(paths: MigrationPaths, front: list[ClusterNetwork], private: list[ClusterNetwork]) -> Finding:
    first = _first(paths)
    comes_first = first in front
    down = all(network.state is not NetworkState.UP for network in private)
    names = [Verbatim(network.name) for network in front]
    if down:
        message = _(
            "live migration has only {networks} left, with the default gateway: the others are down", networks=names
        )
    elif comes_first:
        message = _("live migration prefers {networks}, the network with the default gateway", networks=names)
    else:
        message = _("live migration falls back to {networks}, the network with the default gateway", networks=names)
    return Finding(
        message,
        subject=", ".join(network.name for network in front),
        severity=Severity.WARNING if comes_first or down else Severity.INFO,
        evidence={"MigrationExcludeNetworks": list(paths.excluded), "MigrationNetworkOrder": list(paths.order)},
        # With its links down, a network must not become the only one.
        fix=None if down else _exclude(paths, front),
        hint=_("Bring the networks without gateway up first.") if down else None,
    )


def _only_gateway(paths: MigrationPaths, front: list[ClusterNetwork], private: list[ClusterNetwork]) -> Finding:
    return Finding(
        _(
            "live migration may use {networks} alone, the network with the default gateway, although there are others",
            networks=[Verbatim(network.name) for network in front],
        ),
        subject=", ".join(network.name for network in front),
        severity=Severity.WARNING,
        evidence={"MigrationExcludeNetworks": list(paths.excluded)},
        fix=_set(paths, "MigrationExcludeNetworks", [network.id for network in front])
        if all(network.state is NetworkState.UP for network in private)
        else None,
        hint=_("Let live migration use a network without gateway, once that network is up."),
    )


def _nothing_left(paths: MigrationPaths) -> Iterator[Finding]:
    if paths.cluster_networks and not paths.eligible:
        gateway_free = [n for n in paths.cluster_networks if not _has_gateway(paths, n)]
        keep = gateway_free or paths.cluster_networks
        yield Finding(
            _("every cluster network is excluded from live migration: no migration can start"),
            subject=paths.host.name,
            evidence={"MigrationExcludeNetworks": list(paths.excluded)},
            fix=_set(paths, "MigrationExcludeNetworks", [n.id for n in paths.cluster_networks if n not in keep]),
        )


def _own_network_first(paths: MigrationPaths, front: list[ClusterNetwork]) -> Iterator[Finding]:
    """Without SMB, the network of heartbeats and redirected storage traffic should be the last choice."""
    if not paths.order or paths.host.virtual_machine_migration_performance_option is MigrationPerformance.SMB:
        return
    first = _first(paths)
    inner = [n for n in paths.cluster_networks if n.role.value & 1]
    others = [n for n in paths.eligible if n is not first and n not in front and n.state is NetworkState.UP]
    if first is None or first in front or not others or first is not min(inner, key=lambda n: n.metric, default=None):
        return
    order = [*(n for n in paths.order if n != first.id), first.id]
    yield Finding(
        _(
            "live migration prefers {network}, the network that the cluster itself prefers for heartbeats and storage",
            network=Verbatim(first.name),
        ),
        subject=first.name,
        severity=Severity.INFO,
        evidence={"MigrationNetworkOrder": list(paths.order), "Metric": first.metric},
        fix=_set(paths, "MigrationNetworkOrder", order),
    )


def _first(paths: MigrationPaths) -> ClusterNetwork | None:
    """The network that somebody put first; None where the order is the cluster's own, which is right by default."""
    eligible = {network.id: network for network in paths.eligible}
    return next((eligible[each] for each in paths.order if each in eligible), None)


def _has_gateway(paths: MigrationPaths, network: ClusterNetwork) -> bool:
    local = paths.topology.networks
    return any(local.get(subnet) in paths.topology.gateway_indexes for subnet in subnets_of(network))


def _exclude(paths: MigrationPaths, networks: list[ClusterNetwork]) -> Fix:
    known = {network.id for network in paths.cluster_networks}
    kept = [each for each in paths.excluded if each in known]
    return _set(
        paths,
        "MigrationExcludeNetworks",
        [*kept, *(network.id for network in networks)],
        note=_(
            "This also takes away the fallback: with a single private link, live migration stops when that link does."
        ),
    )


def _set(paths: MigrationPaths, name: str, ids: list[str], note: Message | None = None) -> Fix:
    former = paths.excluded if name == "MigrationExcludeNetworks" else paths.order
    return Fix(
        "Set-ClusterParameter",
        InputObject=Command("Get-ClusterResourceType", {"Name": "Virtual Machine"}),
        Name=name,
        Value=";".join(ids),
        before={name: ";".join(former)},
        note=note,
    )


def _written(paths: MigrationPaths) -> str:
    return ", ".join(each.subnet for each in paths.allowed)


def _leave_to(management: Management, finding: Finding) -> Finding:
    """The same finding as advice, without a command: another tool owns the setting."""
    return Finding(
        finding.message,
        subject=finding.subject,
        severity=Severity.INFO,
        evidence=finding.evidence,
        hint=management.hint,
    )
