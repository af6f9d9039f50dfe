"""What a host uses SMB for: storage of virtual machines, or live migration."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.cluster import ClusterService, ClusterSettings, ClusterSharedVolume
from checks.facts.hyperv import MigrationPerformance, VMHardDisk, VMHost
from checks.facts.needs import Derived


@dataclass(frozen=True)
class SmbUse(Derived):
    """Whether anything of weight goes over SMB."""

    service: list[ClusterService]
    cluster: ClusterSettings | None
    volumes: list[ClusterSharedVolume]
    disks: list[VMHardDisk]
    host: VMHost

    @property
    def has_spaces_direct(self) -> bool:
        """Whether Storage Spaces Direct is on: every write then goes to other nodes over SMB."""
        return self.cluster is not None and self.cluster.reported("s2d_enabled") == 1

    @property
    def for_storage(self) -> bool:
        """Whether virtual machines depend on it: shared volumes, Storage Spaces Direct, or disks on a share."""
        return bool(self.volumes) or self.has_spaces_direct or any(disk.server for disk in self.disks)

    @property
    def for_migration(self) -> bool:
        """Whether live migration is on and set to SMB; the nodes of a cluster always take part."""
        is_on = bool(self.service) or self.host.virtual_machine_migration_enabled
        return is_on and self.host.virtual_machine_migration_performance_option is MigrationPerformance.SMB
