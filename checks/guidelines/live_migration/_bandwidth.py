"""How fast live migration can be on a host: what its ports, RDMA and an SMB bandwidth limit leave to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from checks.facts.cluster import ClusterSettings
from checks.facts.hyperv import VMHardDisk
from checks.facts.needs import Derived
from checks.facts.net_adapter import NetAdapter
from checks.facts.smb import BandwidthCategory, SmbBandwidthLimit, SmbClientInterface
from checks.facts.topology import MigrationPaths, is_up
from checks.i18n import _
from checks.model import Unknown


@dataclass(frozen=True)
class MigrationBandwidth(Derived):
    """How much of the wire live migration may take, and whether RDMA carries it."""

    paths: MigrationPaths
    smb_interfaces: list[SmbClientInterface]
    limits: list[SmbBandwidthLimit]
    cluster: ClusterSettings | None
    disks: list[VMHardDisk]

    def with_rdma(self, interfaces: Iterable[NetAdapter]) -> list[NetAdapter]:
        """Those of the interfaces that are capable of RDMA, as SMB sees them."""
        capable = {interface.interface_index for interface in self.smb_interfaces if interface.rdma_capable}
        return [adapter for adapter in interfaces if adapter.interface_index in capable]

    @cached_property
    def rdma_interfaces(self) -> list[NetAdapter]:
        """Interfaces that live migration may use and that are capable of RDMA."""
        return self.with_rdma(self.paths.interfaces)

    @property
    def has_rdma(self) -> bool:
        """Whether RDMA is there for live migration."""
        return bool(self.rdma_interfaces)

    @cached_property
    def ports(self) -> list[NetAdapter]:
        """Physical ports behind live migration, each once; those with RDMA alone where any has it."""
        return self.paths.topology.ports(self.rdma_interfaces or self.paths.interfaces)

    @cached_property
    def ports_speed(self) -> int:
        """bit/s of those ports.

        Raises:
            Unknown: no port that is up was found.
        """
        return speed_of(self.ports)

    @cached_property
    def limit(self) -> int | None:
        """bit/s that an SMB bandwidth limit leaves to live migration; None without one."""
        return limit_of(self.limits)

    @cached_property
    def is_on_shares(self) -> bool:
        """Whether a virtual machine has a disk on a share."""
        return any(disk.server for disk in self.disks)

    @cached_property
    def shares_with_storage(self) -> bool:
        """Whether SMB storage traffic uses the same ports: Storage Spaces Direct, or disks on a share."""
        return self.is_on_shares or self.has_s2d

    @property
    def has_s2d(self) -> bool:
        """Whether Storage Spaces Direct is on."""
        return self.cluster is not None and self.cluster.s2d_enabled == 1

    def available(self, share: float) -> float:
        """bit/s for live migration: up to the limit, else its share of shared ports, else all of its ports."""
        if self.limit is not None:
            return min(self.limit, self.ports_speed)
        return self.ports_speed * (share if self.shares_with_storage else 1.0)


def limit_of(limits: Iterable[SmbBandwidthLimit]) -> int | None:
    """bit/s that the limit for live migration leaves to it; None where there is none among the limits."""
    rows = (row for row in limits if row.category is BandwidthCategory.LIVE_MIGRATION)
    return next((row.bytes_per_second * 8 for row in rows), None)


def speed_of(ports: Iterable[NetAdapter]) -> int:
    """bit/s of the ports that are up.

    Raises:
        Unknown: none of them is.
    """
    speed = sum(port.transmit_link_speed for port in ports if is_up(port))
    if not speed:
        raise Unknown(_("found no port that is up in the networks that live migration may use on this host"))
    return speed
