"""LM003: a standalone host with live migration on accepts migrations on at least one of its networks."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from checks import sources
from checks.facts.cluster import ClusterService
from checks.facts.hyperv import VMHost, VMMigrationNetwork
from checks.facts.management import Management
from checks.facts.needs import Later
from checks.facts.system import ComputerSystem, IscsiConnection
from checks.facts.topology import CONNECTED, MigrationPaths, Subnet, overlaps
from checks.guidelines import guideline
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, Unknown


@guideline(
    "LM003",
    title=_("Let a standalone host accept live migrations on one of its networks"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.MIGRATION_WITHOUT_CLUSTERING,
        sources.SET_VMHOST,
        sources.ADD_VMMIGRATION_NETWORK,
    ],
)
def enabled(
    host: VMHost,
    service: list[ClusterService],
    machine: Later[ComputerSystem],
    listed: Later[list[VMMigrationNetwork]],
    paths: Later[MigrationPaths],
    iscsi: Later[list[IscsiConnection]],
    management: Later[Management],
) -> Iterator[Finding]:
    """Where live migration is on, any network is allowed, or one on the list is a network of this host."""
    if any(each.state != "Running" for each in service):
        raise Unknown(_("the cluster service does not run: whether the host or a cluster decides cannot be told"))
    if service:
        raise NotApplicable(_("the cluster decides on which networks its nodes migrate: see LM001"))
    if not host.virtual_machine_migration_enabled:
        raise NotApplicable(_("live migration is off on this host"))
    if not machine.value.part_of_domain:
        raise NotApplicable(_("the host is in no domain: live migration without a cluster needs one"))
    if host.use_any_network_for_migration or paths.value.subnets:
        return
    owner = management.value
    subnets = [each.subnet for each in listed.value]
    without_link = _without_link(paths.value, subnets)
    direct = not owner.is_external and not without_link
    yield Finding(
        _message(subnets),
        subject=host.name,
        severity=Severity.INFO if owner.is_external else None,
        evidence={"UseAnyNetworkForMigration": False, "Subnet": subnets},
        fix=_add_network(paths.value, iscsi, subnets) if direct else None,
        hint=owner.hint if owner.is_external else _hint(paths.value, without_link),
    )


def _message(subnets: list[str]) -> Message:
    if subnets:
        return _("live migration is restricted to networks that this host is not in: incoming migrations are refused")
    return _("live migration is restricted to a list of networks that is empty: incoming migrations are refused")


def _without_link(paths: MigrationPaths, subnets: list[str]) -> list[str]:
    """Addresses of this host in listed networks whose interfaces have no link."""
    found = []
    for address in paths.topology.addresses:
        adapter = paths.topology.by_index.get(address.interface_index)
        text = address.ip_address.partition("%")[0]
        listed = any(overlaps(ip_network(text), subnet) for subnet in subnets)
        if listed and adapter is not None and adapter.media_connect_state != CONNECTED:
            found.append(text)
    return found


def _hint(paths: MigrationPaths, without_link: list[str]) -> Message | None:
    if without_link:
        return _(
            "Connect the interface that has {addresses}: its network is listed, but it has no link.",
            addresses=[Verbatim(each) for each in without_link],
        )
    if not paths.topology.networks:
        return _("The host has no network to add: give an interface an address first.")
    return None


def _add_network(paths: MigrationPaths, iscsi: Later[list[IscsiConnection]], subnets: list[str]) -> Fix | None:
    """Add a network of this host, by preference one without iSCSI, without the default gateway, and of IPv4."""
    topology = paths.topology
    try:
        ends = [end for end in (connection.local_end for connection in iscsi.value) if end is not None]
    except Unknown:
        # The note warns of iSCSI all the same.
        ends = []
    usable = [s for s in topology.networks if not any(end in s for end in ends)] or list(topology.networks)
    private = [subnet for subnet in usable if subnet not in topology.gateway_subnets]
    candidates = sorted(private or usable, key=lambda subnet: subnet.version)
    if not candidates:
        return None
    return Fix(
        "Add-VMMigrationNetwork",
        Subnet=str(candidates[0]),
        before={"Subnet": ", ".join(subnets)},
        note=_choice(candidates),
    )


def _choice(candidates: list[Subnet]) -> Message:
    return _(
        "Take the network that is meant for migration, out of {subnets}, and not one of iSCSI. The list governs "
        "incoming migrations: set it on both hosts.",
        subnets=[Verbatim(subnet) for subnet in candidates],
    )
