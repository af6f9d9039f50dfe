"""RD006: each RDMA adapter of the host on a SET switch is bound to a port of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks import sources
from checks.facts.hyperv import HostVNicTeamMapping, VMSwitch
from checks.facts.management import Management
from checks.facts.needs import Derived
from checks.facts.net_adapter import NetAdapter
from checks.facts.rdma import Rdma
from checks.facts.topology import is_up
from checks.guidelines import guideline
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity


@dataclass(frozen=True)
class Teams(Derived):
    """SET switches, the host's RDMA adapters on them, and the ports that these are bound to."""

    rdma: Rdma
    mappings: list[HostVNicTeamMapping]

    def teams(self) -> Iterator[tuple[VMSwitch, list[str], list[NetAdapter]]]:
        """Switches that have both: the names of the host's RDMA adapters, and the ports that have a link."""
        topology = self.rdma.topology
        enabled = {adapter.interface_guid for adapter in self.rdma.enabled}
        for switch in topology.switches:
            ports = [port for port in topology.uplinks.get(switch.name, []) if is_up(port)]
            own = [v for v in topology.host_vnics if v.switch_name == switch.name and v.device_id in enabled]
            if switch.embedded_teaming_enabled and len(ports) > 1 and len(own) > 1:
                yield switch, [vnic.name for vnic in own], ports

    def port_of(self, vnic: str) -> str | None:
        """The name of the port that an adapter is bound to; None where the switch chooses."""
        # A mapping whose adapter is gone names none.
        rows = (row for row in self.mappings if row.reported("adapter") == vnic)
        return next((row.net_adapter_name for row in rows), None)


@guideline(
    "RD006",
    title=_("Bind each RDMA adapter of the host to a port of its own"),
    severity=Severity.WARNING,
    since="2016",
    sources=[
        sources.CONVERGED_NIC,
        sources.SET_TEAM_MAPPING,
    ],
)
def vnic_pnic_mapping(teams: Teams, management: Management) -> Iterator[Finding]:
    """On a SET switch, RDMA adapters of the host are bound to ports of the team, as evenly as their number allows."""
    found = list(teams.teams())
    if teams.rdma.topology.is_nested:
        raise NotApplicable(_("the host is itself a virtual machine"))
    if not found:
        raise NotApplicable(_("no SET switch has two ports with a link and two RDMA adapters of the host"))
    for _switch, vnics, ports in found:
        bound = _bound(teams, vnics, ports)
        for finding in (*_unbound(teams, vnics, ports, bound), *_crowded(bound)):
            yield finding if not management.is_external else _as_advice(finding, management)


def _bound(teams: Teams, vnics: list[str], ports: list[NetAdapter]) -> dict[str, list[str]]:
    """Adapters of the host by the port with a link that they are bound to."""
    return {port.name: [vnic for vnic in vnics if teams.port_of(vnic) == port.name] for port in ports}


def _unbound(teams: Teams, vnics: list[str], ports: list[NetAdapter], bound: dict[str, list[str]]) -> Iterator[Finding]:
    members = {port.name for port in teams.rdma.topology.bound}
    for vnic in vnics:
        former = teams.port_of(vnic)
        if former in bound:
            continue
        free = min(bound, key=lambda port: len(bound[port]))
        if former is None:
            bound[free].append(vnic)
            yield _moved(vnic, None, free, _("{vnic} is bound to no port: the switch chooses one", vnic=Verbatim(vnic)))
        elif former not in members:
            bound[free].append(vnic)
            text = _("{vnic} is bound to {port}, which is not in the team", vnic=Verbatim(vnic), port=Verbatim(former))
            yield _moved(vnic, former, free, text)
        # A port of the team without a link: its adapters come back with it.


def _crowded(bound: dict[str, list[str]]) -> Iterator[Finding]:
    """One adapter after the other that would have more room elsewhere."""
    while True:
        full, free = (choose(bound, key=lambda port: len(bound[port])) for choose in (max, min))
        if len(bound[full]) - len(bound[free]) < 2:
            return
        vnic, idle = bound[full].pop(), not bound[free]
        text = _(
            "{vnic} shares {port} with {others}, while {free} has less to carry",
            vnic=Verbatim(vnic),
            port=Verbatim(full),
            others=[Verbatim(other) for other in bound[full]],
            free=Verbatim(free),
        )
        bound[free].append(vnic)
        yield _moved(vnic, full, free, text, None if idle else Severity.INFO)


def _moved(vnic: str, former: str | None, port: str, message: Message, severity: Severity | None = None) -> Finding:
    return Finding(
        message,
        subject=vnic,
        severity=severity,
        evidence={"NetAdapterName": former},
        fix=Fix(
            "Set-VMNetworkAdapterTeamMapping",
            ManagementOS=True,
            VMNetworkAdapterName=vnic,
            PhysicalNetAdapterName=port,
            before={"PhysicalNetAdapterName": former},
            note=_("RDMA connections of this adapter are made anew; storage goes on over the others meanwhile."),
        ),
    )


def _as_advice(finding: Finding, management: Management) -> Finding:
    return Finding(
        finding.message,
        subject=finding.subject,
        severity=Severity.INFO,
        evidence=finding.evidence,
        hint=management.hint,
    )
