"""FC009: a host has its default gateway on one interface."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks import sources
from checks.facts.net_adapter import DefaultRoute, NetAdapter
from checks.facts.private_networks import PrivateNetworks
from checks.guidelines import guideline
from checks.i18n import Verbatim, _
from checks.model import Command, Finding, Fix, NotApplicable, Severity, SideEffect, Source

_EVERYWHERE = "0.0.0.0/0"


@guideline(
    "FC009",
    title=_("Keep the default gateway on one interface"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        Source(
            "AzureLocal_Network_Test_NetworkDefaultGatewayRequirement",
            "Azure/AzureLocal-Supportability: TSG/EnvironmentValidator/Networking/"
            "Troubleshoot-Network-Test-NetworkDefaultGatewayRequirement.md",
            read=date(2026, 11, 23),
            says=_("Each node must have a single default gateway; more of them block the deployment."),
        ),
        Source(
            "Designating a Preferred Network for Cluster Shared Volumes Communication",
            "https://technet.microsoft.com/en-us/library/ff182335(WS.10).aspx",
            read=date(2026, 11, 23),
            says=_("The cluster ranks networks with a default gateway behind those without."),
        ),
        sources.CLUSTER_NETWORKING_PROCEDURES,
    ],
)
def single_default_gateway(private: PrivateNetworks) -> Iterator[Finding]:
    """IPv4 default routes lead out of one interface, and not out of a private one beside it."""
    routes = _routes(private)
    if not routes:
        raise NotApplicable(_("no interface of the host has a default gateway"))
    if len(private.interfaces) < 2:
        raise NotApplicable(_("the host has one interface with an address only"))
    if len(routes) < 2:
        return
    inner = [each for each in private.interfaces if each.interface_index in routes and private.is_private(each)]
    outer = [each for each in private.interfaces if each.interface_index in routes and each not in inner]
    if outer:
        for interface in inner:
            yield _on_private(private, interface, routes[interface.interface_index])
    if len(outer) != 1:
        yield _on_several(outer or inner, routes)


def _routes(private: PrivateNetworks) -> dict[int, list[DefaultRoute]]:
    """Default routes of IPv4 by interface; those of IPv6 usually come from the routers themselves."""
    indexes = {each.interface_index for each in private.interfaces}
    found: dict[int, list[DefaultRoute]] = {}
    for route in private.rdma.topology.default_routes:
        if ":" not in route.destination_prefix and route.interface_index in indexes:
            found.setdefault(route.interface_index, []).append(route)
    return found


def _on_private(private: PrivateNetworks, interface: NetAdapter, routes: list[DefaultRoute]) -> Finding:
    gateways = [route.next_hop for route in routes]
    # A role alone is no proof: somebody may have closed the management network to clients. RDMA is for storage.
    is_storage = interface in private.rdma.endpoints
    return Finding(
        _(
            "{interface} is private and has a default gateway beside that of the host",
            interface=Verbatim(interface.name),
        ),
        subject=interface.name,
        evidence={"NextHop": gateways},
        fix=_remove(interface, gateways) if is_storage else None,
        hint=None if is_storage else _MANAGEMENT,
    )


def _remove(interface: NetAdapter, gateways: list[str]) -> Fix:
    index = interface.interface_index
    commands = [
        Command("Remove-NetRoute", {"InterfaceIndex": index, "DestinationPrefix": _EVERYWHERE, "NextHop": gateway})
        for gateway in gateways
    ]
    return Fix.of(
        *commands,
        effect=SideEffect.CUTS_CONNECTIONS,
        before={"InterfaceIndex": index, "NextHop": ", ".join(gateways)},
        note=_(
            "First see that you do not manage this host through this interface. If it reaches other subnets through "
            "that gateway, such as the storage of another site, add a route to each of them before."
        ),
    )


_MANAGEMENT = _(
    "If you manage this host through this interface, keep its gateway, and give the network of the cluster role 3. "
    "Otherwise give it routes to the subnets that it reaches, and take the gateway away from the console."
)


def _on_several(interfaces: list[NetAdapter], routes: dict[int, list[DefaultRoute]]) -> Finding:
    gateways = [route.next_hop for each in interfaces for route in routes[each.interface_index]]
    return Finding(
        _("several interfaces have a default gateway: {interfaces}", interfaces=[Verbatim(i.name) for i in interfaces]),
        subject=", ".join(each.name for each in interfaces),
        evidence={"NextHop": gateways},
        # Which of them is the right one cannot be told, and the wrong one cuts the host off.
        hint=_(
            "Keep the gateway of the interface that management comes through. Give the others routes to the subnets "
            "that they reach, and take their gateways away from the console."
        ),
    )
