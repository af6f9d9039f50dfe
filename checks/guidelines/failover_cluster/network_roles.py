"""FC003: each network of the cluster has the role that fits its purpose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from checks import sources
from checks.facts.cluster import ClusterNetwork, NetworkRole, NetworkState
from checks.facts.system import IscsiConnection
from checks.facts.topology import Subnet, Topology, subnets_of
from checks.guidelines import guideline
from checks.guidelines.failover_cluster._networks import Networks, require_several_nodes
from checks.i18n import Message, Verbatim, _
from checks.model import Assignment, Finding, Fix, Severity, Source, Unknown

_ENOUGH = 2
"""Networks that must be left to the cluster before it gives one up."""


@guideline(
    "FC003",
    title=_("Match the roles of cluster networks to their purpose"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.CLUSTER_SHARED_VOLUMES,
        sources.NETWORKS_ROLE,
        Source(
            "Cluster Networks in Windows Failover Clustering",
            "https://learn.microsoft.com/en-us/archive/blogs/askcore/cluster-networks-in-windows-failover-clustering",
            read=date(2026, 11, 23),
        ),
        Source(
            "Live Migration, Cluster Shared Volumes & Networks",
            "https://blogs.technet.microsoft.com/gmarchetti/2009/10/01/live-migration-cluster-shared-volumes-networks/",
            read=date(2026, 11, 23),
            says=_("The list for live migration may hold networks that the cluster does not use, iSCSI too."),
        ),
        Source(
            "Hyper-V with shared storage (lab)",
            "microsoft/MSLab: Scenarios/Hyper-V with Shared Storage/Scenario.ps1",
            read=date(2026, 11, 23),
            says=_("The network for live migration has role 0, and migration excludes all others."),
        ),
        Source(
            "MSFT_iSCSIConnection class",
            "https://learn.microsoft.com/en-us/previous-versions/windows/desktop/iscsidisc/msft-iscsiconnection",
            read=date(2026, 11, 23),
        ),
        sources.CLUSTERING_REQUIREMENTS,
    ],
)
def network_roles(networks: Networks, topology: Topology, connections: list[IscsiConnection]) -> Iterator[Finding]:
    """iSCSI networks have role 0, the network with the default gateway has role 3."""
    require_several_nodes(networks.service, networks.nodes)
    gateways = topology.gateway_subnets
    iscsi = [n for n in networks.networks if _carries_iscsi(n, connections)]
    # All that carry iSCSI may give up their roles one after the other: only those that keep theirs count.
    kept = [n for n in networks.used if n not in iscsi or _has_gateway(n, gateways)]
    safe = len([n for n in kept if n.state is NetworkState.UP and networks.is_up_everywhere(n)]) >= _ENOUGH
    for network in iscsi:
        if network.role is not NetworkRole.NONE:
            yield _iscsi(network, has_gateway=_has_gateway(network, gateways), safe=safe)
    if not gateways:
        raise Unknown(_("no network has a default gateway, so the management network cannot be told from the others"))
    local = set(topology.networks)
    mine = [n for n in networks.networks if local.intersection(subnets_of(n)) and n not in networks.of_controllers]
    front = [n for n in mine if _has_gateway(n, gateways)]
    for_clients = [n for n in networks.networks if n.role & NetworkRole.CLIENT and n not in networks.of_controllers]
    if not for_clients:
        yield _no_client_network(front)
    elif any(network in for_clients for network in front):
        yield from _open([n for n in mine if n not in front and n not in iscsi])
    else:
        # The network that is open may be all that clients have, so it is left alone.
        yield from _closed(front)
    _require_places(connections, topology)


def _carries_iscsi(network: ClusterNetwork, connections: list[IscsiConnection]) -> bool:
    """Whether a connection of this node begins in a network."""
    return any(_begins_in(connection, subnets_of(network)) for connection in connections)


def _begins_in(connection: IscsiConnection, subnets: Iterable[Subnet]) -> bool:
    end = connection.local_end
    return end is not None and any(end in subnet for subnet in subnets)


def _require_places(connections: list[IscsiConnection], topology: Topology) -> None:
    """End the check where an iSCSI connection runs over a network that nobody knows.

    Raises:
        Unknown: it may be one that the cluster uses.
    """
    untold = []
    for connection in connections:
        end = connection.local_end
        # A target on the host itself, as software that mirrors disks offers it, needs no network.
        inside = end is not None and end.is_loopback
        if not inside and not _begins_in(connection, topology.networks):
            untold.append(Verbatim(connection.target_address))
    if untold:
        raise Unknown(_("could not tell which network leads to these iSCSI targets: {targets}", targets=untold))


def _has_gateway(network: ClusterNetwork, gateways: set[Subnet]) -> bool:
    return bool(gateways.intersection(subnets_of(network)))


def _iscsi(network: ClusterNetwork, *, has_gateway: bool, safe: bool) -> Finding:
    hint: Message | None = None
    # Without two others, giving this network up could cut the cluster; with a gateway, clients need it.
    if has_gateway:
        hint = _("Give iSCSI adapters of its own: this network also has the default gateway, so it must keep its role.")
    elif not safe:
        hint = _("Keep this role until two networks that the cluster keeps work on every node, then set it to 0.")
    return Finding(
        _("the cluster uses {network}, which carries iSCSI", network=Verbatim(network.name)),
        subject=network.name,
        severity=Severity.INFO if has_gateway else Severity.WARNING,
        evidence={"Role": network.role.powershell},
        fix=None if hint else _set(network, NetworkRole.NONE, note=_LEFT_TO_MIGRATION),
        hint=hint,
    )


_LEFT_TO_MIGRATION = _(
    "Live migration has a list of networks of its own, which may still hold this one: take it off there as well, in "
    "the cluster's live migration settings."
)


def _set(network: ClusterNetwork, role: NetworkRole, note: Message | None = None) -> Fix:
    return Fix.of(
        Assignment("Get-ClusterNetwork", {"Name": network.name}, name="Role", value=role.value),
        before={"Role": network.role},
        note=note,
    )


def _no_client_network(front: list[ClusterNetwork]) -> Finding:
    """Roles of the cluster, its own name among them, have no network to be reached on."""
    subject, fix = "Role", None
    hint: Message | None = _("Give role 3 to the network that clients and administrators come from.")
    # With several gateways, a person has to say where clients come from.
    match front:
        case [network]:
            subject, fix, hint = network.name, _set(network, NetworkRole.CLUSTER_AND_CLIENT), None
    return Finding(
        _("no network of the cluster is open to clients"),
        subject=subject,
        evidence={"Role": [network.role.powershell for network in front]},
        fix=fix,
        hint=hint,
    )


def _closed(front: list[ClusterNetwork]) -> Iterator[Finding]:
    for network in front:
        yield Finding(
            _("{network} has the default gateway, but is not open to clients", network=Verbatim(network.name)),
            subject=network.name,
            severity=Severity.INFO,
            evidence={"Role": network.role.powershell},
            hint=_("If clients or administrators reach roles of the cluster this way, set its role to 3."),
        )


def _open(private: list[ClusterNetwork]) -> Iterator[Finding]:
    for network in private:
        if network.role & NetworkRole.CLIENT:
            yield Finding(
                _("{network} has no default gateway, but is open to clients", network=Verbatim(network.name)),
                subject=network.name,
                severity=Severity.INFO,
                evidence={"Role": network.role.powershell},
                hint=_(
                    "If no role of the cluster has an address there and no client comes that way, set its role to 1."
                ),
            )
