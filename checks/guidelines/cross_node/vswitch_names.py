"""XN003: switches of clustered virtual machines are where these may run, with the same name and of the same kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from checks import sources
from checks.facts.cluster import ClusterNode, ClusterVM, NodeState
from checks.facts.hyperv import VM, SwitchType, VMNic, VMSwitch
from checks.facts.management import Management
from checks.facts.needs import Cluster, Derived, Later
from checks.guidelines import guideline
from checks.guidelines.cross_node._nodes import odd_ones, on_node, readable, require_all
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, Source

Lacking = dict[tuple[str, str], VMNic]
"""By node and by the name of a switch that it lacks: who would be without a network there."""


@dataclass(frozen=True)
class Node(Derived):
    """The switches of a node, and the virtual machines connected to them. Capitals don't count in names."""

    switches: list[VMSwitch]
    vms: list[VM]
    nics: list[VMNic]
    members: list[ClusterNode]
    clustered: Later[list[ClusterVM]]
    management: Management

    @cached_property
    def by_name(self) -> dict[str, VMSwitch]:
        """Switches by name in lower case."""
        return {switch.name.lower(): switch for switch in self.switches}

    @cached_property
    def used(self) -> dict[str, list[VMNic]]:
        """Names in lower case of switches that clustered virtual machines use, each with those that do."""
        clustered = {vm.id for vm in self.vms if vm.is_clustered}
        found: dict[str, list[VMNic]] = {}
        for nic in self.nics:
            if nic.vm_id in clustered and nic.switch_name:
                found.setdefault(nic.switch_name.lower(), []).append(nic)
        return found

    @cached_property
    def owners(self) -> dict[str, set[str]]:
        """The nodes that may run the virtual machines of this one, in lower case."""
        return {row.vm_id: {owner.lower() for owner in row.possible_owners} for row in self.clustered.value}

    def may_go(self, nic: VMNic, home: str, name: str) -> bool:
        """Whether a virtual machine of this node, its home, may run on another one: on all, unless somebody chose."""
        owners = self.owners.get(nic.vm_id, set())
        # It runs at home: owners without it are names that we do not understand.
        return home.lower() not in owners or name.lower() in owners

    def is_paused(self, name: str) -> bool:
        """Whether nothing moves to this node at the moment."""
        return any(row.name.lower() == name.lower() and row.state is NodeState.PAUSED for row in self.members)


@guideline(
    "XN003",
    title=_("Give virtual switches the same names on every node"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.ROLLING_UPGRADE,
        Source(
            "Hyper-V Extensible Switch Live Migration Support",
            "MicrosoftDocs/windows-driver-docs: windows-driver-docs-pr/network/"
            "hyper-v-extensible-switch-live-migration-support.md",
            read=date(2026, 11, 23),
        ),
        Source(
            "Rename-VMSwitch",
            "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/Hyper-V/Rename-VMSwitch.md",
            read=date(2026, 11, 23),
        ),
    ],
)
def vswitch_names(nodes: Cluster[Node]) -> Iterator[Finding]:
    """Each switch that a clustered virtual machine uses is where it may run, with the same type and options."""
    nodes = readable(nodes, _compared)
    used = _used(nodes)
    if any(key not in node.by_name for node in nodes.nodes.values() for key in used):
        nodes = readable(nodes, lambda node: node.owners)
    lacking = _lacking(nodes)
    renamed = _renamed(nodes, lacking)
    for key in _used(nodes):
        # What one node alone calls by another name is said once, not as missing on all of the others.
        if key not in renamed.values():
            yield from _missing(nodes, key, lacking, renamed)
            yield from _unlike(nodes, key)
    require_all(nodes)
    if not used:
        raise NotApplicable(_("no clustered virtual machine is connected to a virtual switch"))


def _compared(node: Node) -> tuple[object, ...]:
    options = [(s.name, s.switch_type, s.iov_enabled, s.bandwidth_reservation_mode) for s in node.switches]
    users = [nic.vm_name for nics in node.used.values() for nic in nics]
    return options, users, [(member.name, member.state) for member in node.members]


def _used(nodes: Cluster[Node]) -> list[str]:
    return sorted({key for node in nodes.nodes.values() for key in node.used})


def _lacking(nodes: Cluster[Node]) -> Lacking:
    found: Lacking = {}
    for name, node in nodes.nodes.items():
        for key in _used(nodes):
            user = None if key in node.by_name else next(_who(nodes, key, name), None)
            if user:
                found[name, key] = user
    return found


def _who(nodes: Cluster[Node], key: str, name: str) -> Iterator[VMNic]:
    """The machines on a switch that may run on a node."""
    for home, node in sorted(nodes.nodes.items()):
        yield from (nic for nic in node.used.get(key, ()) if node.may_go(nic, home, name))


def _renamed(nodes: Cluster[Node], lacking: Lacking) -> dict[tuple[str, str], str]:
    """By node and common name: what a node calls the one switch that the others call by a name that it lacks."""
    found = {}
    for name, node in sorted(nodes.nodes.items()):
        peers = [peer for each, peer in nodes.nodes.items() if each != name]
        keys = [key for each, key in lacking if each == name and _is_odd(nodes, name, key)]
        types = {peer.by_name[key].switch_type for key in keys for peer in peers if key in peer.by_name}
        own = [key for key in node.by_name if not any(key in peer.by_name for peer in peers)]
        fitting = [key for key in own if node.by_name[key].switch_type in types]
        if (len(keys), len(fitting)) == (1, 1):
            found[name, keys.pop()] = fitting.pop()
    return found


def _is_odd(nodes: Cluster[Node], name: str, key: str) -> bool:
    """Whether having, or not having, a switch of this name sets a node apart from most."""
    return name in odd_ones({each: key in node.by_name for each, node in nodes.nodes.items()})


def _missing(
    nodes: Cluster[Node], key: str, lacking: Lacking, renamed: dict[tuple[str, str], str]
) -> Iterator[Finding]:
    for name in sorted(name for name, of in lacking if of == key):
        nic = lacking[name, key]
        if (name, key) in renamed:
            yield _other_name(nodes, name, nodes.nodes[name].by_name[renamed[name, key]].name, nic)
        else:
            message = _(
                "{node} has no virtual switch {switch}, which {vm} uses",
                node=Verbatim(name),
                switch=Verbatim(nic.switch_name),
                vm=Verbatim(nic.vm_name),
            )
            yield _in_the_way(nodes, name, message, {"Name": None}, hint=_CREATE)


def _other_name(nodes: Cluster[Node], name: str, mine: str, nic: VMNic) -> Finding:
    message = _(
        "{node} calls its virtual switch {mine}, other nodes call theirs {common}; {vm} uses it",
        node=Verbatim(name),
        mine=Verbatim(mine),
        common=Verbatim(nic.switch_name),
        vm=Verbatim(nic.vm_name),
    )
    fix = Fix("Rename-VMSwitch", Name=mine, NewName=nic.switch_name, before={"Name": mine}, note=_SAME_NETWORKS)
    return _in_the_way(nodes, name, message, {"Name": mine}, fix)


def _unlike(nodes: Cluster[Node], key: str) -> Iterator[Finding]:
    switches = {name: node.by_name[key] for name, node in nodes.nodes.items() if key in node.by_name}
    types = {name: switch.switch_type for name, switch in switches.items()}
    # A clustered virtual machine is there to be reached: of two types, the one that leads out is meant.
    for name, (mine, common) in odd_ones(types, rank=lambda each: each is SwitchType.EXTERNAL).items():
        message = _differs(switches[name], "SwitchType", name, mine.powershell, common.powershell)
        yield _in_the_way(nodes, name, message, {"SwitchType": mine.powershell}, hint=_TYPE)
    options: dict[str, dict[str, Any]] = {
        "IovEnabled": {name: switch.iov_enabled for name, switch in switches.items()},
        "BandwidthReservationMode": {
            name: switch.bandwidth_reservation_mode.powershell for name, switch in switches.items()
        },
    }
    for setting, values in options.items():
        for name, (mine, common) in odd_ones(values, rank=lambda each: each is True).items():
            message = _differs(switches[name], setting, name, mine, common)
            yield on_node(nodes, name, message, hint=_ANEW, evidence={setting: mine}, severity=Severity.INFO)


def _differs(switch: VMSwitch, setting: str, name: str, mine: object, common: object) -> Message:
    return _(
        "{switch} has {setting} {mine} on {node}, {common} on other nodes",
        switch=Verbatim(switch.name),
        setting=Verbatim(setting),
        mine=Verbatim(mine),
        node=Verbatim(name),
        common=Verbatim(common),
    )


def _in_the_way(
    nodes: Cluster[Node],
    name: str,
    message: Message,
    evidence: dict[str, object],
    fix: Fix | None = None,
    *,
    hint: Message | None = None,
) -> Finding:
    """A finding that keeps virtual machines from a node, whoever makes its switches; advice while it is paused."""
    node = nodes.nodes[name]
    if node.management.is_external:
        fix, hint = None, _BY_ATC if node.management.by_atc else node.management.hint
    return Finding(
        message,
        subject=name,
        node=name,
        severity=Severity.INFO if node.is_paused(name) else None,
        evidence=evidence,
        fix=fix,
        hint=hint,
    )


_CREATE = _(
    "Create a switch of this name and type on ports that lead to the same networks, or rename the one that is meant. "
    "If the virtual machine is never to run there, take the node from its possible owners."
)
_SAME_NETWORKS = _(
    "Compare the ports and VLANs of both switches first: after the renaming, virtual machines of other nodes come to "
    "this one. Those connected to it stay connected."
)
_TYPE = _(
    "Drain the node and give the switch the type of the others, on ports that lead to the same networks. Management "
    "goes down meanwhile if it uses the switch."
)
_BY_ATC = _(
    "If the switch belongs to an intent of Network ATC, XN006 tells why it is not like that here. Otherwise make it by "
    "hand like those of the other nodes."
)
_ANEW = _(
    "Whether a switch has SR-IOV, and how it reserves bandwidth, is chosen when it is made: drain the node and make it "
    "anew like the others. Management goes down meanwhile if it uses the switch."
)
