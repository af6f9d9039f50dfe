"""FC011: a host is found in DNS by the addresses that others reach it on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks import sources
from checks.facts.net_adapter import DnsClient, NetAdapter
from checks.facts.private_networks import PrivateNetworks
from checks.facts.system import IscsiConnection
from checks.guidelines import guideline
from checks.i18n import Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, Source, Unknown


@guideline(
    "FC011",
    title=_("Keep private addresses of hosts out of DNS"),
    severity=Severity.INFO,
    since="2012 R2",
    sources=[
        sources.CLUSTER_NETWORKING_PROCEDURES,
        Source(
            "AzStackHci_Network_Test_StorageConnections_ConnectivityCheck",
            "Azure/AzureLocal-Supportability: TSG/EnvironmentValidator/Networking/"
            "Troubleshoot-Network-Test-StorageConnections-ConnectivityCheck.md",
            read=date(2026, 11, 23),
            says=_("Microsoft's own validation turns registration off on the storage adapters that it makes."),
        ),
        Source(
            "Set-DnsClient",
            "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/DnsClient/Set-DnsClient.md",
            read=date(2026, 11, 23),
        ),
    ],
)
def private_nics_no_dns(
    private: PrivateNetworks, dns: list[DnsClient], iscsi: list[IscsiConnection]
) -> Iterator[Finding]:
    """No private interface without a gateway registers its addresses in DNS."""
    gateways = private.rdma.topology.gateway_indexes
    if not gateways:
        raise Unknown(_("no network has a default gateway, so the management network cannot be told from the others"))
    storage = _initiators(private, iscsi)
    without = [each for each in private.interfaces if each.interface_index not in gateways]
    inner = [each for each in without if private.is_private(each) or each in storage]
    if not inner:
        raise NotApplicable(_("no interface of the host is private without doubt"))
    settings = {each.interface_index: each for each in dns}
    untold = []
    for interface in inner:
        if interface.interface_index not in settings:
            untold.append(interface)
        elif settings[interface.interface_index].registers_this_connections_address:
            yield _registers(interface)
    if untold:
        raise Unknown(
            _("the host does not say whether these interfaces register in DNS: {interfaces}", interfaces=_names(untold))
        )


def _initiators(private: PrivateNetworks, iscsi: list[IscsiConnection]) -> list[NetAdapter]:
    """Interfaces through which the host reaches its iSCSI storage, and no clients come."""
    addresses = {each.initiator_address for each in iscsi}
    indexes = {a.interface_index for a in private.rdma.topology.addresses if a.ip_address in addresses}
    found = (each for each in private.interfaces if each.interface_index in indexes)
    return [each for each in found if not private.serves_clients(each)]


def _names(interfaces: list[NetAdapter]) -> list[Verbatim]:
    return [Verbatim(interface.name) for interface in interfaces]


def _registers(interface: NetAdapter) -> Finding:
    return Finding(
        _("{interface} is private and registers its addresses in DNS", interface=Verbatim(interface.name)),
        subject=interface.name,
        evidence={"RegisterThisConnectionsAddress": True},
        fix=Fix(
            "Set-DnsClient",
            InterfaceIndex=interface.interface_index,
            RegisterThisConnectionsAddress=False,
            before={"RegisterThisConnectionsAddress": True},
            note=_("Records that DNS already has may stay: delete those of this interface from the zone."),
        ),
    )
