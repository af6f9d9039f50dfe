"""LM004: live migration over SMB has a limit that leaves room for storage on the same ports."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Any

from checks import sources
from checks.facts.cluster import ClusterService, NetworkRole
from checks.facts.hyperv import MigrationPerformance, VMHost
from checks.facts.management import Management
from checks.facts.needs import Derived, Later
from checks.facts.qos import QosAlgorithm, QosPolicy, QosTrafficClass
from checks.facts.smb import SmbBandwidthFeature, SmbBandwidthLimit
from checks.facts.topology import subnets_of
from checks.guidelines import guideline
from checks.guidelines.live_migration._bandwidth import MigrationBandwidth, limit_of
from checks.i18n import BitRate, Message, _
from checks.model import Assignment, Command, Finding, Fix, NotApplicable, Severity, Threshold, Unknown

SMB_DIRECT = 445
"""The port of SMB Direct in a QoS policy."""
HALF = 50
"""Percent that Microsoft's example gives SMB where no traffic class says otherwise."""
OF_SMB = 29
"""Percent of SMB's share that Microsoft's example gives live migration."""
DEFAULT_FACTOR = 2500
"""Hundredths of a percent: what a cluster limits live migration to where nobody changed it."""
LEAST_BYTES = 1_048_576
"""Bytes per second; Set-SmbBandwidthLimit takes no fewer."""


class Sharing(Enum):
    """What shares the ports with live migration."""

    NOTHING = auto()
    CLUSTER = auto()
    PERHAPS_STORAGE = auto()
    """Virtual disks on a share, where the host has other ports too: nobody sees which way their traffic takes."""
    STORAGE = auto()


@dataclass(frozen=True)
class SmbClass(Derived):
    """The traffic class of SMB."""

    policies: list[QosPolicy]
    classes: list[QosTrafficClass]

    @cached_property
    def percent(self) -> int | None:
        """What ETS guarantees SMB of each port; None where SMB has no class of its own."""
        smb = [each for each in self.policies if each.net_direct_port == SMB_DIRECT or each.template == "SMB"]
        priorities = {each.priority for each in smb if each.priority >= 0}
        for each in self.classes:
            own = each.name != "[Default]" and not each.interface_alias and each.algorithm is QosAlgorithm.ETS
            if own and priorities and priorities.issubset(each.priority):
                return each.bandwidth_percentage
        return None


@dataclass(frozen=True)
class Limit:
    """The limit that holds for live migration, be it the host's or its cluster's, and what it is for."""

    wire: MigrationBandwidth
    feature: list[SmbBandwidthFeature]
    own: int | None
    """bit/s that the host shows; None where it shows no limit."""

    @property
    def is_of_cluster(self) -> bool:
        """Whether the cluster sets the limit of its nodes."""
        return self.wire.cluster is not None and self.wire.cluster.set_smb_bandwidth_limit == 1

    @cached_property
    def factor(self) -> int:
        """The cluster's share for live migration, in hundredths of a percent.

        Raises:
            Unknown: the cluster does not say.
        """
        factor = self.wire.cluster.smb_bandwidth_limit_factor if self.wire.cluster else None
        if not factor:
            raise Unknown(_("the cluster limits live migration, but does not say to how much"))
        return factor

    @cached_property
    def by_factor(self) -> int:
        """bit/s that the cluster's share makes of all ports of the node."""
        speed = sum(port.transmit_link_speed for port in self.wire.paths.topology.wires)
        return speed * self.factor // 10_000

    @cached_property
    def is_by_cluster(self) -> bool:
        """Whether the limit in force is the cluster's, and not one that somebody set on the host beside it."""
        if not self.is_of_cluster or self.own is None:
            return self.is_of_cluster
        return abs(self.own - self.by_factor) * 10 <= self.by_factor

    @cached_property
    def bits(self) -> int | None:
        """bit/s that live migration is limited to; None where it is not."""
        if self.own is not None:
            return self.own
        return self.by_factor if self.is_of_cluster and self.feature else None

    @cached_property
    def sharing(self) -> Sharing:
        """What a limit protects: storage or cluster traffic on the ports of live migration."""
        mine = {port.interface_guid for port in self.wire.ports}
        if self.wire.has_s2d and mine & self._of_cluster:
            return Sharing.STORAGE
        if self.wire.is_on_shares:
            others = {port.interface_guid for port in self.wire.paths.topology.wires} - mine
            return Sharing.PERHAPS_STORAGE if others else Sharing.STORAGE
        return Sharing.CLUSTER if mine & self._of_cluster else Sharing.NOTHING

    @cached_property
    def _of_cluster(self) -> set[str]:
        """Ports that the cluster's own traffic takes, by GUID."""
        paths = self.wire.paths
        inner = [n for n in paths.cluster_networks if n.role.value & NetworkRole.CLUSTER]
        subnets = {subnet for network in inner for subnet in subnets_of(network)}
        indexes = sorted({i for subnet, found in paths.topology.networks.items() if subnet in subnets for i in found})
        interfaces = [paths.topology.by_index[index] for index in indexes]
        return {port.interface_guid for port in paths.topology.ports(self.wire.with_rdma(interfaces) or interfaces)}


@guideline(
    "LM004",
    title=_("Limit the bandwidth of live migration over SMB"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.SMB_BANDWIDTH_CONTROL,
        sources.SET_SMB_BANDWIDTH_LIMIT,
        sources.HOST_NETWORK_REQUIREMENTS,
        sources.MIGRATION_LINK_SPEED,
        sources.MANAGE_NETWORK_ATC,
    ],
    thresholds=[
        Threshold(
            "least",
            1e9,
            _(
                "In bit/s. Microsoft asks for networks of 1 Gbps at least; a limit below that on fast ports is "
                "usually a number of bits where bytes were asked for."
            ),
        ),
        Threshold(
            "fast_ports",
            10e9,
            _("In bit/s, over all ports of live migration. On slower ones, a limit below 1 Gbps may well be right."),
        ),
    ],
)
def smb_bandwidth_limit(
    host: VMHost,
    service: list[ClusterService],
    feature: Later[list[SmbBandwidthFeature]],
    limits: Later[list[SmbBandwidthLimit]],
    wire: Later[MigrationBandwidth],
    smb_class: Later[SmbClass],
    management: Later[Management],
    *,
    least: float,
    fast_ports: float,
) -> Iterator[Finding]:
    """Live migration over SMB is limited wherever storage shares its ports, and the limit is one."""
    if not host.virtual_machine_migration_enabled and not service:
        raise NotApplicable(_("live migration is off on this host"))
    if host.virtual_machine_migration_performance_option is not MigrationPerformance.SMB:
        raise NotApplicable(_("live migration does not use SMB"))
    found = Limit(wire.value, feature.value, limit_of(limits.value))
    if found.wire.paths.topology.is_nested:
        raise NotApplicable(_("this host is a virtual machine: a cluster's limit has no effect there"))
    if found.bits is None and found.sharing is Sharing.NOTHING:
        raise NotApplicable(_("no storage or cluster traffic shares the ports of live migration"))
    judge = _Judge(host, found, smb_class, management.value, int(least), int(fast_ports))
    if found.bits is None:
        yield from judge.missing()
        return
    yield from judge.too_high(found.bits)
    yield from judge.too_low(found.bits)


@dataclass(frozen=True)
class _Judge:
    """What is wrong with a limit, and the one that would be right."""

    host: VMHost
    limit: Limit
    smb_class: Later[SmbClass]
    management: Management
    least: int
    fast_ports: int

    @property
    def _smb_share(self) -> int:
        """bit/s of SMB on the ports of live migration: its class, or half."""
        percent = self.smb_class.value.percent
        return self.limit.wire.ports_speed * (HALF if percent is None else percent) // 100

    @property
    def _has_floor(self) -> bool:
        return self.limit.wire.ports_speed >= self.fast_ports and self._smb_share > self.least

    @property
    def _right(self) -> int:
        """bit/s that would be right: Microsoft's part of SMB's share."""
        return max(self._smb_share * OF_SMB // 100, self.least if self._has_floor else LEAST_BYTES * 8)

    def missing(self) -> Iterator[Finding]:
        """No limit is in force."""
        wire = self.limit.wire
        if self.management.by_atc and self.limit.feature:
            return
        if self.limit.is_of_cluster:
            message = _("the cluster limits live migration over SMB, but this node lacks the feature FS-SMBBW")
        elif self.limit.sharing is Sharing.STORAGE:
            message = _(
                "live migration over SMB has no limit, and storage shares its ports ({speed})",
                speed=BitRate(wire.ports_speed),
            )
        elif self.limit.sharing is Sharing.PERHAPS_STORAGE:
            message = _(
                "live migration over SMB has no limit, and virtual disks on shares may use its ports ({speed})",
                speed=BitRate(wire.ports_speed),
            )
        else:
            message = _(
                "live migration over SMB has no limit, and cluster traffic shares its ports ({speed})",
                speed=BitRate(wire.ports_speed),
            )
        certain = self.limit.sharing is Sharing.STORAGE
        severity = Severity.CRITICAL if certain and wire.has_rdma else Severity.WARNING
        if self.limit.sharing is Sharing.CLUSTER:
            severity = Severity.INFO
        try:
            fix = self._first_limit
        except Unknown:
            # That there is no limit is certain all the same.
            yield self._finding(message, severity, None)
            raise
        yield self._finding(message, severity, fix)

    def too_high(self, bits: int) -> Iterator[Finding]:
        """A limit that is all of SMB's share, or more, leaves storage none of it."""
        if self.limit.sharing is not Sharing.STORAGE or bits < self._smb_share:
            return
        if self.smb_class.value.percent is None:
            message = _(
                "the limit of {limit} lets live migration take half of the ports that storage shares, or more",
                limit=BitRate(bits),
            )
            severity = Severity.INFO
        else:
            message = _(
                "the limit of {limit} holds nothing back: all SMB traffic together has {share}",
                limit=BitRate(bits),
                share=BitRate(self._smb_share),
            )
            usual = self.limit.is_by_cluster and self.limit.factor == DEFAULT_FACTOR
            severity = Severity.INFO if usual else Severity.WARNING
        yield self._finding(message, severity, self._another_limit(bits))

    def too_low(self, bits: int) -> Iterator[Finding]:
        """A limit below 1 Gbps on fast ports is a slip."""
        if self._has_floor and bits < self.least:
            message = _(
                "the limit of {limit} is below {least}: it is set in bytes, not bits",
                limit=BitRate(bits),
                least=BitRate(self.least),
            )
            yield self._finding(message, Severity.WARNING, self._another_limit(bits))

    @property
    def _first_limit(self) -> Fix:
        install = Command("Install-WindowsFeature", {"Name": "FS-SMBBW"})
        note = _INSTALLING
        if not self.limit.is_of_cluster:
            commands = [*([] if self.limit.feature else [install]), self._of_host]
            return Fix.of(*commands, note=note)
        # The feature puts the cluster's share in force at once, so that has to be right before.
        fits = self.limit.by_factor < self._smb_share and not (self._has_floor and self.limit.by_factor < self.least)
        if fits:
            return Fix.of(install, note=note)
        factor = {"SMBBandwidthLimitFactor": self.limit.factor}
        return Fix.of(self._of_cluster(self.limit.by_factor), install, before=factor, note=note)

    def _another_limit(self, bits: int) -> Fix:
        if self.limit.is_by_cluster:
            return Fix.of(self._of_cluster(bits), before={"SMBBandwidthLimitFactor": self.limit.factor}, note=_CLUSTER)
        return Fix.of(self._of_host, before={"BytesPerSecond": bits // 8}, note=_EVERY_NODE)

    @property
    def _of_host(self) -> Command:
        number = math.ceil(self._right / 8)
        return Command("Set-SmbBandwidthLimit", {"Category": "LiveMigration", "BytesPerSecond": number})

    def _of_cluster(self, bits: int) -> Assignment:
        factor = math.ceil(self.limit.factor * self._right / bits)
        return Assignment("Get-Cluster", name="SMBBandwidthLimitFactor", value=factor)

    def _finding(self, message: Message, severity: Severity, fix: Fix | None) -> Finding:
        # Virtual Machine Manager knows no such limit.
        direct = not self.management.by_atc
        return Finding(
            message,
            subject=self.host.name,
            severity=severity if direct else Severity.INFO,
            evidence=self._evidence,
            fix=fix if direct else None,
            hint=self._elsewhere if not direct else None if fix else _UNSIZED,
        )

    @property
    def _elsewhere(self) -> Message:
        if not self.limit.feature:
            return _("Install the feature FS-SMBBW on every node: without it, Network ATC cannot set a limit.")
        return self.management.hint

    @property
    def _evidence(self) -> dict[str, Any]:
        own = self.limit.own
        evidence: dict[str, Any] = {"BytesPerSecond": own // 8} if own else {"Installed": bool(self.limit.feature)}
        if self.limit.is_of_cluster:
            evidence["SMBBandwidthLimitFactor"] = self.limit.factor
        return evidence


_UNSIZED = _("Set a limit below the share that the traffic classes leave to SMB, which could not be read.")
_INSTALLING = _(
    "Do it while no node is being drained, on every node. On clusters of Windows Server 2022 and later, the feature "
    "limits live migration to the cluster's share at once, by default a quarter of the node's bandwidth."
)
_EVERY_NODE = _("Set it on every node. The number is in bytes per second; links are labeled in bits.")
_CLUSTER = _("Holds for every node of the cluster, in hundredths of a percent of all ports of a node.")
