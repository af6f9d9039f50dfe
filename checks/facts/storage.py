"""What a host uses SMB for: storage of virtual machines, or live migration."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from checks.facts.cluster import ClusterService, ClusterSettings, ClusterSharedVolume
from checks.facts.hyperv import MigrationPerformance, VMHardDisk, VMHost
from checks.facts.needs import Derived, Later
from checks.model import Severity


@dataclass(frozen=True)
class SmbUse(Derived):
    """Whether anything of weight goes over SMB, and what stalls where its way is not the right one."""

    service: list[ClusterService]
    cluster: ClusterSettings | None
    volumes: Later[list[ClusterSharedVolume]]
    disks: Later[list[VMHardDisk]]
    host: Later[VMHost]

    @property
    def has_spaces_direct(self) -> bool:
        """Whether Storage Spaces Direct is on: every write then goes to other nodes over SMB."""
        return self.cluster is not None and self.cluster.s2d_enabled == 1

    @cached_property
    def servers(self) -> set[str]:
        """File servers with disks of virtual machines, by the first part of their names in lower case."""
        return {first_label(disk.server) for disk in self.disks.value if disk.server}

    @property
    def for_disks(self) -> bool:
        """Whether the disks of virtual machines cross the network over SMB all the time."""
        return self.has_spaces_direct or bool(self.servers)

    @property
    def for_storage(self) -> bool:
        """The same, or shared volumes: on a SAN, they send over SMB what a node cannot write by itself."""
        return self.for_disks or bool(self.volumes.value)

    @property
    def for_migration(self) -> bool:
        """Whether live migration is on and set to SMB; the nodes of a cluster always take part."""
        host = self.host.value
        is_on = bool(self.service) or host.virtual_machine_migration_enabled
        return is_on and host.virtual_machine_migration_performance_option is MigrationPerformance.SMB

    @property
    def stakes(self) -> Severity:
        """How bad it is where SMB lacks RDMA: storage stalls, a migration takes longer, or nobody notices."""
        if self.for_disks:
            return Severity.CRITICAL
        return Severity.WARNING if self.for_migration else Severity.INFO

    @property
    def slowness(self) -> Severity:
        """The same for what makes RDMA slower or less certain, and does not take it away."""
        return min(self.stakes, Severity.WARNING, key=lambda severity: severity.rank)


def first_label(name: str) -> str:
    """The first part of a computer's name in lower case: ``hv01`` of ``HV01.contoso.com``; an IPv4 address whole."""
    return name if name.replace(".", "").isdigit() else name.partition(".")[0].lower()
