"""RD008: where SMB Direct runs over iWARP, the firewall lets its TCP port in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks import sources
from checks.facts.firewall import ConnectionProfile, Firewall
from checks.facts.needs import Derived
from checks.facts.net_adapter import NetAdapter
from checks.facts.rdma import Rdma, RdmaTechnology
from checks.facts.topology import Subnet
from checks.guidelines import guideline
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, Unknown

SMB_DIRECT = 5445
"""The TCP port on which SMB Direct listens with iWARP; RoCE and InfiniBand use no port of TCP."""


@dataclass(frozen=True)
class Paths(Derived):
    """The interfaces with RDMA, and the network profile of each."""

    rdma: Rdma
    profiles: list[ConnectionProfile]

    def iwarp(self) -> Iterator[tuple[NetAdapter, Subnet]]:
        """Interfaces whose ports speak iWARP, each with its subnets."""
        topology = self.rdma.topology
        for subnet, indexes in topology.networks.items():
            for adapter in self.rdma.endpoints:
                if adapter.interface_index in indexes and self._speaks_iwarp(adapter):
                    yield adapter, subnet

    def profile(self, adapter: NetAdapter) -> ConnectionProfile | None:
        """The network profile of an interface; None where Windows has given it none."""
        return next((p for p in self.profiles if p.interface_index == adapter.interface_index), None)

    def _speaks_iwarp(self, adapter: NetAdapter) -> bool:
        ports = [port for port in self.rdma.topology.ports([adapter]) if port in self.rdma.ports]
        return any(self.rdma.technology(port) is RdmaTechnology.IWARP for port in ports)


@guideline(
    "RD008",
    title=_("Let SMB Direct through the firewall where it uses iWARP"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.SMB_DIRECT_PROTOCOL,
        sources.HOST_NETWORK_REQUIREMENTS,
    ],
)
def iwarp_firewall_port(paths: Paths, firewall: Firewall) -> Iterator[Finding]:
    """On interfaces with iWARP, inbound TCP port 5445 is open from their own subnet."""
    if paths.rdma.topology.is_nested:
        raise NotApplicable(_("the host is itself a virtual machine"))
    if not paths.rdma.endpoints:
        raise NotApplicable(_("no interface with an address has RDMA on"))
    iwarp = list(paths.iwarp())
    if not iwarp:
        raise NotApplicable(_("no port with RDMA speaks iWARP"))
    untold: list[Message] = []
    for adapter, subnet in iwarp:
        profile = paths.profile(adapter)
        if profile is None:
            untold.append(_("Windows gives {interface} no network profile", interface=Verbatim(adapter.name)))
            continue
        category = profile.network_category
        try:
            closed = firewall.is_on(category) and not firewall.lets_in(SMB_DIRECT, category, subnet)
        except Unknown as unknown:
            untold.append(unknown.reason)
            continue
        if closed:
            yield _closed(adapter, subnet, profile)
    if untold:
        raise Unknown(untold[0])


def _closed(adapter: NetAdapter, subnet: Subnet, profile: ConnectionProfile) -> Finding:
    name = f"SMBDirect-In-{str(subnet).replace('/', '-').replace(':', '-')}"
    category = profile.network_category
    return Finding(
        _(
            "the firewall lets no SMB Direct in on {interface}, which uses iWARP: no rule opens TCP port {port} to "
            "{subnet}, so that SMB keeps to TCP port 445 without RDMA",
            interface=Verbatim(adapter.name),
            port=Verbatim(SMB_DIRECT),
            subnet=Verbatim(subnet),
        ),
        subject=adapter.name,
        evidence={"NetworkCategory": category.powershell, "LocalPort": SMB_DIRECT},
        fix=Fix(
            "New-NetFirewallRule",
            Name=name,
            DisplayName=name,
            Direction="Inbound",
            Action="Allow",
            Protocol="TCP",
            LocalPort=SMB_DIRECT,
            Profile=category.profile_name,
            RemoteAddress=str(subnet),
            note=_("Opens the port to this subnet alone. Where Group Policy forbids local rules, add the rule there."),
        ),
    )
