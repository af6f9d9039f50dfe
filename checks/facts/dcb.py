"""Data Center Bridging on a host with RoCE: on which ports it matters, for which priority, and whose settings hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar

from checks.facts.needs import Derived, Later
from checks.facts.net_adapter import NetAdapter
from checks.facts.qos import (
    DcbFeature,
    QosAdapter,
    QosAlgorithm,
    QosDcbxSetting,
    QosFlowControl,
    QosPolicy,
    QosTrafficClass,
)
from checks.facts.rdma import Rdma, RdmaTechnology
from checks.facts.storage import SmbUse
from checks.i18n import Verbatim, _
from checks.model import NotApplicable, Unknown

SMB_DIRECT = 445
"""The Network Direct port of SMB Direct. It has nothing to do with TCP port 445, which a policy for SMB matches."""
EVERYTHING_ELSE = 0
"""The priority of all traffic that no policy tags."""
PRIORITIES = range(8)


class _OfInterface(Protocol):
    @property
    def interface_alias(self) -> str: ...


Row = TypeVar("Row", bound=_OfInterface)


@dataclass(frozen=True)
class Dcb(Derived):
    """What the guidelines of DCB have in common.

    Settings have an owner: the host, written "", or a port with settings of its own, written as its name. From
    Windows Server 2016 on, what is set on a port takes the place of what is set on the host.
    """

    rdma: Rdma
    use: SmbUse
    feature: list[DcbFeature]
    policies: list[QosPolicy]
    flow_control: Later[list[QosFlowControl]]
    traffic_classes: Later[list[QosTrafficClass]]
    dcbx: Later[list[QosDcbxSetting]]
    adapters: Later[list[QosAdapter]]

    @cached_property
    def ports(self) -> list[NetAdapter]:
        """The ports on which RoCE is in use.

        Raises:
            NotApplicable: there are none, or nothing here is for SMB.
            Unknown: a driver does not say what its port speaks.
        """
        if self.rdma.topology.is_nested:
            raise NotApplicable(_("this host is itself a virtual machine"))
        if self.rdma.roce_ports:
            # Drivers come with RDMA on: on a host with a SAN, RoCE may be on and carry nothing.
            if not (self.smb_direct or self.use.for_storage or self.use.for_migration):
                raise NotApplicable(_("RoCE is on, but neither storage nor live migration uses SMB on this host"))
            return self.rdma.roce_ports
        silent = [port for port in self.rdma.ports if self.rdma.technology(port) is RdmaTechnology.UNKNOWN]
        if silent:
            raise Unknown(
                _("the driver does not say which RDMA technology these ports use: {ports}", ports=names(silent))
            )
        if self.rdma.ports:
            raise NotApplicable(_("RDMA is iWARP or InfiniBand on this host, which works without Data Center Bridging"))
        raise NotApplicable(_("RDMA is not in use on this host"))

    def policies_for(self, *templates: str) -> list[QosPolicy]:
        """The policies that tag traffic of these templates, in lower case."""
        return [policy for policy in self.policies if policy.template.lower() in templates]

    @cached_property
    def smb_direct(self) -> list[QosPolicy]:
        """The policies that tag SMB Direct, those of Group Policy included."""
        return [policy for policy in self.policies if policy.net_direct_port == SMB_DIRECT]

    @cached_property
    def smb_direct_priorities(self) -> tuple[int, ...]:
        """The priorities that they give it, each once."""
        return tuple(sorted({policy.priority for policy in self.smb_direct}))

    @cached_property
    def priority(self) -> int:
        """The one priority of SMB Direct.

        Raises:
            Unknown: there is none, or there are several.
        """
        see = Verbatim("DCB001")
        if not self.feature:
            raise Unknown(_("Data Center Bridging is not installed; see {code}", code=see))
        if not self.smb_direct:
            raise Unknown(_("no QoS policy gives SMB Direct a priority; see {code}", code=see))
        if len(self.smb_direct_priorities) > 1:
            raise Unknown(_("QoS policies give SMB Direct more than one priority; see {code}", code=see))
        if not self.has_own_priority:
            raise Unknown(_("the QoS policy of SMB Direct gives it no priority of its own; see {code}", code=see))
        return self.smb_direct_priorities[0]

    @property
    def has_own_priority(self) -> bool:
        """Whether the policies of SMB Direct set it apart from all other traffic."""
        return all(priority > EVERYTHING_ELSE for priority in self.smb_direct_priorities)

    @property
    def is_configured(self) -> bool:
        """Whether anybody wrote anything about DCB into Windows, as far as the ports with RoCE are concerned."""
        return bool(
            self.smb_direct
            or any(self.paused(self.flow_control_owner(port)) for port in self.ports)
            or any(len(self.classes(self.classes_owner(port))) > 1 for port in self.ports)
        )

    def owners(self, owner_of: Callable[[NetAdapter], str]) -> dict[str, list[NetAdapter]]:
        """The owners of a kind of settings, each with the ports for which they hold."""
        found: dict[str, list[NetAdapter]] = {}
        for port in self.ports:
            found.setdefault(owner_of(port), []).append(port)
        return found

    def flow_control_owner(self, port: NetAdapter) -> str:
        """Whose flow control holds for a port: where nothing is on for itself, it follows the host."""
        return port.name if any(row.enabled for row in _of(self.flow_control.value, port.name)) else ""

    def paused(self, owner: str = "") -> set[int]:
        """The priorities for which flow control is on.

        Raises:
            Unknown: the host does not report them.
        """
        rows = _reported(_of(self.flow_control.value, owner), "MSFT_NetQosFlowControlSettingData")
        return {row.priority for row in rows if row.enabled}

    def classes_owner(self, port: NetAdapter) -> str:
        """Whose traffic classes hold for a port: where it has the default class alone, it follows the host."""
        return port.name if len(_of(self.traffic_classes.value, port.name)) > 1 else ""

    def classes(self, owner: str = "") -> list[QosTrafficClass]:
        """The traffic classes, the default one included.

        Raises:
            Unknown: the host does not report them.
        """
        return _reported(_of(self.traffic_classes.value, owner), "MSFT_NetQosTrafficClassSettingData")

    def class_of(self, priority: int, owner: str = "") -> QosTrafficClass | None:
        """The traffic class that sets a priority apart; None where it shares the class of all other traffic.

        The default class is not told by its name, but by priority 0, which no guideline ever takes out of it.
        """
        rows = (row for row in self.classes(owner) if priority in row.priority)
        return next((row for row in rows if EVERYTHING_ELSE not in row.priority), None)

    def left(self, owner: str = "") -> int:
        """Percent that a new class can have: Windows leaves 1 to the default class."""
        return sum(row.bandwidth_percentage for row in self.classes(owner) if EVERYTHING_ELSE in row.priority) - 1

    def willing(self, owner: str = "") -> bool | None:
        """What the host, or a port by itself, says about taking its settings from the switch; None for nothing."""
        return next((row.willing for row in _of(self.dcbx.value, owner)), None)

    def is_willing(self, port: NetAdapter) -> bool:
        """Whether Windows leaves a port's settings to the switch.

        Microsoft does not write whether a port's True, which may be there from the start, counts where the host says
        False. What the port runs tells it: Windows programs the host's settings only where it is not willing.

        Raises:
            Unknown: neither the port nor the host says anything.
        """
        own, host = self.willing(port.name), self.willing()
        if own and host is False:
            return not self.runs_settings(port)
        if own is None and host is None:
            where = Verbatim("MSFT_NetQosDcbxSettingData")
            raise Unknown(_("the host does not report whether it is willing ({query})", query=where))
        return bool(host if own is None else own)

    def require_authority(self) -> None:
        """Raises Unknown where the settings of Windows say nothing, because a port takes those of the switch."""
        if willing := [port for port in self.ports if self.is_willing(port)]:
            raise Unknown(
                _(
                    "these ports take their settings from the switch, not from Windows: {ports}; see {code}",
                    ports=names(willing),
                    code=Verbatim("DCB006"),
                )
            )

    def adapter(self, port: NetAdapter) -> QosAdapter | None:
        """What a port runs; None where its driver knows nothing of DCB."""
        return next((row for row in self.adapters.value if row.instance_id == port.interface_guid), None)

    def runs_settings(self, port: NetAdapter) -> bool:
        """Whether a port runs what is configured for it: the same priorities pause, the same classes share."""
        running = self.adapter(port)
        if running is None or not running.enabled:
            return False
        if paused_by(running) != self.paused(self.flow_control_owner(port)):
            return False
        return not self.unlike_classes(port, running)

    def unlike_classes(self, port: NetAdapter, running: QosAdapter) -> list[QosTrafficClass]:
        """Configured classes that a port runs otherwise. The default class is left out: it has what is left over."""
        rows = self.classes(self.classes_owner(port))
        return [
            row
            for row in rows
            if EVERYTHING_ELSE not in row.priority
            and any(class_by(running, each) != (row.algorithm, row.bandwidth_percentage) for each in row.priority)
        ]


def paused_by(running: QosAdapter) -> set[int]:
    """The priorities that a port pauses."""
    return {priority for priority, is_on in enumerate(running.flow_control) if is_on}


def class_by(running: QosAdapter, priority: int) -> tuple[int, int]:
    """How a port serves a priority: algorithm and percentage.

    Raises:
        Unknown: the port does not report its tables in full.
    """
    tables = (running.classes, running.bandwidth, running.algorithms)
    if any(len(table) != len(PRIORITIES) for table in tables):
        raise Unknown(_("{port} does not report the traffic classes that it runs", port=Verbatim(running.name)))
    number = running.classes[priority]
    is_strict = running.algorithms[number] == QosAlgorithm.STRICT
    return running.algorithms[number], 0 if is_strict else running.bandwidth[number]


def names(ports: Iterable[NetAdapter]) -> list[Verbatim]:
    """The names of ports, to be shown as they are."""
    return [Verbatim(port.name) for port in ports]


def _of(rows: Iterable[Row], owner: str) -> list[Row]:
    """The rows of an owner, each once. Names of interfaces are compared as Windows does: capitals do not count."""
    found: list[Row] = []
    for row in rows:
        if row.interface_alias.lower() == owner.lower() and row not in found:
            found.append(row)
    return found


def _reported(rows: list[Row], where: str) -> list[Row]:
    if not rows:
        raise Unknown(_("{query} gave no answer", query=Verbatim(where)))
    return rows
