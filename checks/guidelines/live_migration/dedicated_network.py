"""LM001: live migration keeps to a network of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from checks import sources
from checks.facts.cluster import ClusterNetwork, NetworkRole, NetworkState
from checks.facts.hyperv import MigrationPerformance
from checks.facts.management import Management
from checks.facts.needs import Later
from checks.facts.system import IscsiConnection
from checks.facts.topology import MigrationPaths, Subnet, overlaps, subnets_of
from checks.guidelines import guideline
from checks.i18n import Message, Verbatim, _
from checks.model import Command, Finding, Fix, NotApplicable, Severity, Unknown


@guideline(
    "LM001",
    title=_("Keep live migration on a dedicated network"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.NETWORK_IO_PERFORMANCE,
        sources.SMB_BANDWIDTH_CONTROL,
        sources.SET_VMHOST,
    ],
)
def dedicated_network(
    paths: MigrationPaths, management: Management, iscsi: Later[list[IscsiConnection]]
) -> Iterator[Finding]:
    """A host with a network without default gateway keeps live migration away from the one that has it."""
    topology = paths.topology
    if not paths.is_used:
        raise NotApplicable(_("live migration is off on this host"))
    if paths.is_clustered:
        yield from _nothing_left(paths, management)
    if len({index for indexes in topology.networks.values() for index in indexes}) < 2 or len(topology.networks) < 2:
        raise NotApplicable(_("the host has one network only: there is none to set apart"))
    if not topology.gateway_subnets:
        raise Unknown(_("no network has a default gateway, so the management network cannot be told from the others"))
    if not _private(paths):
        raise NotApplicable(_("every network of the host has a default gateway: none is set apart"))
    hint = management.hint if management.is_external else _several_gateways(paths)
    choose = _beside_iscsi(paths, iscsi)
    for finding in (_cluster if paths.is_clustered else _standalone)(paths):
        if hint is not None:
            yield _as_advice(finding, hint)
        else:
            yield finding if choose is None or finding.fix is None else replace(finding, fix=None, hint=choose)


def _beside_iscsi(paths: MigrationPaths, iscsi: Later[list[IscsiConnection]]) -> Message | None:
    """What to say where a command would leave migration to a network of iSCSI."""
    try:
        ends = [end for end in (connection.local_end for connection in iscsi.value) if end is not None]
    except Unknown:
        return None
    left = [subnet for subnet in _private(paths) if not paths.is_clustered or subnet in paths.subnets]
    carrying = [Verbatim(subnet) for subnet in left if any(end in subnet for end in ends)]
    if not carrying:
        return None
    return _(
        "iSCSI runs over {subnets}: keep live migration off that too, and choose yourself which network it is to use.",
        subnets=carrying,
    )


def _several_gateways(paths: MigrationPaths) -> Message | None:
    """What to say where networks are routed on purpose: then the gateway does not mark the management network."""
    topology = paths.topology
    subnets = sorted(topology.gateway_subnets, key=str)
    interfaces = {index for subnet in subnets for index in topology.networks[subnet]} & topology.gateway_indexes
    # An interface may be in a subnet of IPv4 and one of IPv6, and two interfaces in the same subnet.
    if len(interfaces) < 2 or max(Counter(subnet.version for subnet in subnets).values()) < 2:
        return None
    return _(
        "Several networks have a default gateway: {subnets}. Choose yourself which of them live migration is to avoid.",
        subnets=[Verbatim(subnet) for subnet in subnets],
    )


def _standalone(paths: MigrationPaths) -> Iterator[Finding]:
    """A host alone: its own list of networks, which governs the migrations that come in."""
    if paths.host.use_any_network_for_migration:
        yield _any_network(paths)
        return
    if not paths.subnets:
        raise NotApplicable(_("the host accepts migrations on none of its networks: see LM003"))
    if front := _front(paths):
        yield _gateway_listed(paths, front)


def _any_network(paths: MigrationPaths) -> Finding:
    commands = [*_narrowing(paths), Command("Set-VMHost", {"UseAnyNetworkForMigration": False})]
    note = _(
        "Networks without default gateway: {subnets}; take the one that is meant for migration. "
        "The list governs incoming migrations: set it on both hosts, or the next one is refused.",
        subnets=[Verbatim(subnet) for subnet in _private(paths)],
    )
    former = {"UseAnyNetworkForMigration": True, "Subnet": _written(paths)}
    return Finding(
        _("live migration may use any network, the one with the default gateway included"),
        subject=paths.host.name,
        severity=Severity.WARNING,
        evidence={"UseAnyNetworkForMigration": True},
        fix=Fix.of(*commands, before=former, note=note),
    )


def _gateway_listed(paths: MigrationPaths, front: list[str]) -> Finding:
    names = [Verbatim(subnet) for subnet in front]
    return Finding(
        _("live migration may use {networks}, where the default gateway is", networks=names),
        subject=paths.host.name,
        severity=Severity.WARNING,
        evidence={"Subnet": front},
        fix=Fix.of(*_narrowing(paths), before={"Subnet": _written(paths)}),
    )


def _front(paths: MigrationPaths) -> list[str]:
    """Entries of the host's list that let a network with default gateway in."""
    return [each.subnet for each in paths.allowed if _reaches(each.subnet, paths.topology.gateway_subnets)]


def _narrowing(paths: MigrationPaths) -> list[Command]:
    """What leaves networks without default gateway alone on the host's list."""
    front, private = _front(paths), _private(paths)
    kept = [each.subnet for each in paths.allowed if each.subnet not in front]
    # Another network is let in first: in between, no migration finds the list empty.
    missing = [] if any(_reaches(each, set(private)) for each in kept) else [str(private[0])]
    return [
        *(Command("Add-VMMigrationNetwork", {"Subnet": subnet}) for subnet in missing),
        *(Command("Remove-VMMigrationNetwork", {"Subnet": subnet}) for subnet in front),
    ]


def _private(paths: MigrationPaths) -> list[Subnet]:
    """Subnets without default gateway, those of IPv4 first."""
    private = (subnet for subnet in paths.topology.networks if subnet not in paths.topology.gateway_subnets)
    return sorted(private, key=lambda subnet: subnet.version)


def _reaches(written: str, subnets: set[Subnet]) -> bool:
    return any(overlaps(subnet, written) for subnet in subnets)


def _written(paths: MigrationPaths) -> str:
    return ", ".join(each.subnet for each in paths.allowed)


def _cluster(paths: MigrationPaths) -> Iterator[Finding]:
    """A node: the choice of networks belongs to the cluster's resource type, not to the host.

    Networks that this node is not in are left out: they belong to another site, or to management controllers.
    """
    front = _with_gateway(paths)
    private = _without_gateway(paths)
    eligible_front = [n for n in front if n in paths.eligible]
    eligible_private = [n for n in private if n in paths.eligible]
    if eligible_front and eligible_private:
        yield _gateway_eligible(paths, eligible_front, eligible_private)
    elif eligible_front and private:
        yield _only_gateway(paths, eligible_front, private)
    yield from list(_own_network_first(paths, front)) or _removed_networks(paths)


def _gateway_eligible(paths: MigrationPaths, front: list[ClusterNetwork], private: list[ClusterNetwork]) -> Finding:
    comes_first = _first(paths) in front
    down = all(network.state is not NetworkState.UP for network in private)
    names = [Verbatim(network.name) for network in front]
    if down:
        message = _("live migration has only {networks} left, where the default gateway is", networks=names)
    elif comes_first:
        message = _("live migration prefers {networks}, where the default gateway is", networks=names)
    else:
        message = _("live migration falls back to {networks}, where the default gateway is", networks=names)
    hint = _before_excluding(private)
    return Finding(
        message,
        subject=", ".join(network.name for network in front),
        severity=Severity.WARNING if comes_first or down else Severity.INFO,
        evidence={"MigrationExcludeNetworks": list(paths.excluded), "MigrationNetworkOrder": list(paths.order)},
        fix=None if hint else _exclude(paths, front),
        hint=hint,
    )


def _before_excluding(private: list[ClusterNetwork]) -> Message | None:
    """What stands against making these networks the only ones; None where nothing does."""
    down = [Verbatim(network.name) for network in private if network.state is not NetworkState.UP]
    if down:
        return _("Bring these networks up first: {networks}.", networks=down)
    if all(network.role is NetworkRole.NONE for network in private):
        return _(
            "The cluster itself does not use {networks}: make sure that they are meant for live migration, "
            "and not for iSCSI or backup, before you exclude the network with the gateway.",
            networks=[Verbatim(network.name) for network in private],
        )
    return None


def _only_gateway(paths: MigrationPaths, front: list[ClusterNetwork], private: list[ClusterNetwork]) -> Finding:
    return Finding(
        _(
            "live migration may use {networks} alone, where the default gateway is, although there are others",
            networks=[Verbatim(network.name) for network in front],
        ),
        subject=", ".join(network.name for network in front),
        # Networks that the cluster does not use either may well belong to iSCSI.
        severity=Severity.INFO if all(n.role is NetworkRole.NONE for n in private) else Severity.WARNING,
        evidence={"MigrationExcludeNetworks": list(paths.excluded)},
        # Somebody excluded the others; no command can know why.
        hint=_(
            "Let live migration use one of {networks}, unless it was excluded because it carries storage traffic.",
            networks=[Verbatim(network.name) for network in private],
        ),
    )


def _nothing_left(paths: MigrationPaths, management: Management) -> Iterator[Finding]:
    if not paths.cluster_networks or paths.eligible:
        return
    private = [network for network in _without_gateway(paths) if network.role is not NetworkRole.NONE]
    usable = [network for network in private if network.state is NetworkState.UP]
    keep = usable or paths.cluster_networks
    direct = not management.is_external
    excluded = [network.id for network in paths.cluster_networks if network not in keep]
    yield Finding(
        _("every cluster network is excluded from live migration: no migration can start"),
        subject=paths.host.name,
        evidence={"MigrationExcludeNetworks": list(paths.excluded)},
        fix=_set(paths, "MigrationExcludeNetworks", excluded) if direct else None,
        hint=None if direct else management.hint,
    )
    if private and not usable:
        yield Finding(
            _(
                "the networks without default gateway are down: {networks}",
                networks=[Verbatim(n.name) for n in private],
            ),
            subject=", ".join(network.name for network in private),
            severity=Severity.WARNING,
            evidence={"State": [network.state.powershell for network in private]},
            hint=_("Until they are up again, live migration has the network with the default gateway alone."),
        )


def _own_network_first(paths: MigrationPaths, front: list[ClusterNetwork]) -> Iterator[Finding]:
    """Without SMB, the network of heartbeats and redirected storage traffic should be the last choice."""
    if not paths.order or paths.host.virtual_machine_migration_performance_option is MigrationPerformance.SMB:
        return
    first = _first(paths)
    inner = [n for n in paths.cluster_networks if n.role.value & NetworkRole.CLUSTER]
    others = [n for n in paths.eligible if n is not first and n not in front]
    usable = any(n.state is NetworkState.UP for n in others)
    if first is None or first in front or not usable or first is not min(inner, key=lambda n: n.metric, default=None):
        return
    written = {each: place for place, each in enumerate(paths.order)}
    others.sort(key=lambda n: (written.get(n.id, len(written)), n.metric))
    # Written in full: what becomes of networks that an order does not name is documented nowhere.
    order = [*others, first, *(n for n in front if n in paths.eligible)]
    yield Finding(
        _(
            "live migration prefers {network}, the network that the cluster itself prefers for heartbeats and storage",
            network=Verbatim(first.name),
        ),
        subject=first.name,
        severity=Severity.INFO,
        evidence={"MigrationNetworkOrder": list(paths.order), "Metric": first.metric},
        fix=_set(paths, "MigrationNetworkOrder", [network.id for network in order]),
    )


def _removed_networks(paths: MigrationPaths) -> Iterator[Finding]:
    known = [network.id for network in paths.cluster_networks]
    removed = [each for each in paths.order if each not in known]
    if removed:
        yield Finding(
            _(
                "the order of migration networks names networks that the cluster no longer has: {ids}",
                ids=[Verbatim(each) for each in removed],
            ),
            subject="MigrationNetworkOrder",
            severity=Severity.INFO,
            evidence={"MigrationNetworkOrder": list(paths.order)},
            fix=_set(paths, "MigrationNetworkOrder", [each for each in paths.order if each in known]),
        )


def _first(paths: MigrationPaths) -> ClusterNetwork | None:
    """The network that somebody put first; None where the order is the cluster's own, which is right by default."""
    eligible = {network.id: network for network in paths.eligible}
    return next((eligible[each] for each in paths.order if each in eligible), None)


def _with_gateway(paths: MigrationPaths) -> list[ClusterNetwork]:
    gateways = paths.topology.gateway_subnets
    return [network for network in paths.cluster_networks if gateways.intersection(subnets_of(network))]


def _without_gateway(paths: MigrationPaths) -> list[ClusterNetwork]:
    """Cluster networks that this node is in and that have no default gateway."""
    local, front = set(paths.topology.networks), _with_gateway(paths)
    return [n for n in paths.cluster_networks if n not in front and local.intersection(subnets_of(n))]


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
    former = {"MigrationExcludeNetworks": paths.excluded, "MigrationNetworkOrder": paths.order}[name]
    return Fix(
        "Set-ClusterParameter",
        InputObject=Command("Get-ClusterResourceType", {"Name": "Virtual Machine"}),
        Name=name,
        Value=";".join(ids),
        before={name: ";".join(former)},
        note=note,
    )


def _as_advice(finding: Finding, hint: Message) -> Finding:
    """The same finding without a command: another tool owns the setting, or only a person can choose."""
    return Finding(
        finding.message,
        subject=finding.subject,
        severity=Severity.INFO,
        evidence=finding.evidence,
        hint=hint,
    )
