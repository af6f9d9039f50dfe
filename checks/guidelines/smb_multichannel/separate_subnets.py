"""MC003: interfaces with RDMA have addresses of their own, in more than one subnet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network, ip_interface

from checks import sources
from checks.facts.needs import Derived
from checks.facts.net_adapter import IPAddress
from checks.facts.smb import SmbClientInterface
from checks.facts.system import OperatingSystem
from checks.facts.topology import Topology
from checks.guidelines import guideline
from checks.i18n import Verbatim, _
from checks.model import VERSIONS, Finding, NotApplicable, Severity


@dataclass(frozen=True)
class Storage(Derived):
    """The interfaces on which SMB has RDMA, with their addresses."""

    interfaces: list[SmbClientInterface]
    addresses: list[IPAddress]

    def rdma(self, gateways: set[int]) -> dict[str, list[IPv4Interface]]:
        """IPv4 addresses by interface; without the port for management, whose driver came with RDMA on."""
        seen = [each for each in self.interfaces if each.rdma_capable]
        apart = [each for each in seen if each.interface_index not in gateways]
        return {
            each.friendly_name: [found for found in self._of(each.interface_index) if isinstance(found, IPv4Interface)]
            for each in apart or seen
        }

    def _of(self, index: int) -> Iterator[object]:
        for row in self.addresses:
            if row.interface_index == index:
                yield ip_interface(f"{row.ip_address.partition('%')[0]}/{row.prefix_length}")


@guideline(
    "MC003",
    title=_("Give storage adapters subnets of their own"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.HOST_NETWORK_REQUIREMENTS,
        sources.SIMPLIFIED_MULTICHANNEL,
    ],
)
def separate_subnets(storage: Storage, topology: Topology, system: OperatingSystem) -> Iterator[Finding]:
    """Two or more interfaces with RDMA are spread over two or more subnets, none of them self-assigned."""
    rdma = storage.rdma(topology.gateway_indexes)
    if topology.is_nested:
        raise NotApplicable(_("the host is itself a virtual machine"))
    if not rdma:
        raise NotApplicable(_("SMB sees no interface with RDMA"))
    for name, addresses in rdma.items():
        if addresses and all(address.is_link_local for address in addresses):
            yield _self_assigned(name, addresses)
    subnets: dict[IPv4Network, list[str]] = {}
    for name, addresses in rdma.items():
        for subnet in dict.fromkeys(address.network for address in addresses if not address.is_link_local):
            subnets.setdefault(subnet, []).append(name)
    # Four ports in two subnets are right: one subnet for each of two switches.
    if len(subnets) == 1:
        yield from _together(*next(iter(subnets.items())), system)


def _self_assigned(name: str, addresses: list[IPv4Interface]) -> Finding:
    return Finding(
        _(
            "{interface} has RDMA, but only an address that it gave itself: {addresses}",
            interface=Verbatim(name),
            addresses=[Verbatim(address.ip) for address in addresses],
        ),
        subject=name,
        evidence={"IPAddress": [str(address.ip) for address in addresses]},
        hint=_("Give it a static address in the subnet of its peers on the other nodes."),
    )


def _together(subnet: IPv4Network, names: list[str], system: OperatingSystem) -> Iterator[Finding]:
    if not names[1:]:
        return
    # Up to 2012 R2, a cluster uses one interface per subnet; from 2016 on, all of them.
    old = system.windows == VERSIONS[0]
    values = {"interfaces": [Verbatim(name) for name in names], "subnet": Verbatim(subnet)}
    yield Finding(
        _("{interfaces} are all in {subnet}: a cluster of this Windows uses one of them only", **values)
        if old
        else _(
            "{interfaces} are all in {subnet}: SMB connects each with each, across the link between switches", **values
        ),
        subject=str(subnet),
        severity=Severity.WARNING if old else Severity.INFO,
        evidence={"IPAddress": str(subnet), "InterfaceAlias": names},
        hint=_(
            "Choose a subnet and a VLAN per switch, alike on all nodes, and change one node after the other, drained. "
            "On nodes that are wired to each other without a switch, every link needs a subnet of its own."
        ),
    )
