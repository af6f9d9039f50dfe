"""RD004: ports with RDMA are in no LBFO team."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks import sources
from checks.facts.management import Management
from checks.facts.net_adapter import NetAdapter
from checks.facts.rdma import Rdma
from checks.facts.storage import SmbUse
from checks.facts.topology import Topology
from checks.guidelines import guideline
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, NotApplicable, Severity, Source


@guideline(
    "RD004",
    title=_("Keep ports with RDMA out of LBFO teams"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.SMB_DIRECT,
        sources.RDMA_AND_SET,
        sources.HOST_NETWORK_REQUIREMENTS,
        Source(
            "Convert-LBFO2SET",
            "https://github.com/microsoft/Convert-LBFO2SET",
            read=date(2026, 11, 23),
        ),
    ],
)
def no_lbfo_team(rdma: Rdma, use: SmbUse, management: Management) -> Iterator[Finding]:
    """No member of an LBFO team has RDMA, which the team would hide."""
    topology = rdma.topology
    if topology.is_nested:
        raise NotApplicable(_("the host is itself a virtual machine"))
    if not any(rdma.can_use(port) for port in topology.adapters):
        raise NotApplicable(_("no network port of this host has RDMA"))
    for team, members in _teams(rdma).items():
        yield _finding(rdma, use, management, team, members)


def _teams(rdma: Rdma) -> dict[str, list[NetAdapter]]:
    """LBFO teams with the members that can use RDMA; teams without any are left out."""
    found: dict[str, list[NetAdapter]] = {}
    for member in rdma.topology.team_members:
        for port in rdma.topology.adapters:
            if port.interface_description == member.interface_description and rdma.can_use(port):
                found.setdefault(member.team, []).append(port)
    return found


def _finding(rdma: Rdma, use: SmbUse, management: Management, team: str, members: list[NetAdapter]) -> Finding:
    on = [port for port in members if not rdma.is_off(port)]
    ports = [Verbatim(port.name) for port in on or members]
    if on:
        message = _(
            "RDMA is on at {ports}, but the LBFO team {team} hides it from SMB", ports=ports, team=Verbatim(team)
        )
        # Drivers come with RDMA on: where SMB has it elsewhere, or needs none, nobody misses it here.
        severity = Severity.INFO if rdma.ports else use.stakes
        # Taking a team apart cuts the host off: no command that could be pasted.
        hint = _NOBODY_MISSES_IT if severity is Severity.INFO else _way_out(rdma.topology, team)
    else:
        message = _("the LBFO team {team} holds ports that could use RDMA: {ports}", ports=ports, team=Verbatim(team))
        severity, hint = Severity.INFO, _NOBODY_MISSES_IT
    external = management.is_external
    return Finding(
        message,
        subject=team,
        severity=Severity.INFO if external else severity,
        evidence={"Members": [port.name for port in members], "Enabled": [port in on for port in members]},
        hint=management.hint if external else hint,
    )


def _way_out(topology: Topology, team: str) -> Message:
    nics = {nic.interface_description for nic in topology.team_nics if nic.team == team}
    guids = {adapter.interface_guid for adapter in topology.adapters if adapter.interface_description in nics}
    above = [
        switch
        for switch in topology.switches
        if switch.net_adapter_interface_description in nics or guids.intersection(switch.net_adapter_interface_guid)
    ]
    if not above:
        return _UNTEAM
    # The property came with Switch Embedded Teaming, in Windows Server 2016.
    knows_set = any(switch.reported("embedded_teaming_enabled") is not None for switch in above)
    return _SET if knows_set else _OTHER_PORTS


_UNTEAM = _(
    "No virtual switch uses this team. Take it apart in a maintenance window, with access to the console, and give "
    "each port an address in a subnet of its own: SMB Multichannel uses both, and survives the loss of one."
)
_SET = _(
    "Build a switch with Switch Embedded Teaming over these ports instead, in a maintenance window, on a drained host, "
    "with access to the console. First take LACP or static port channels off the physical switch."
)
_OTHER_PORTS = _(
    "This version of Windows has RDMA only at ports without a team and without a virtual switch: give RDMA ports of "
    "their own, or turn it off here."
)
_NOBODY_MISSES_IT = _(
    "Nothing to do while nobody needs RDMA here. Before storage or live migration is to use it, the team has to go."
)
