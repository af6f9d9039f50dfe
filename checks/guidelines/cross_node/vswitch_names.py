"""XN003: switches of clustered virtual machines are on every node, with the same name and of the same kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from checks.facts.hyperv import VM, VMNic, VMSwitch
from checks.facts.management import Management
from checks.facts.needs import Cluster, Derived
from checks.guidelines import guideline
from checks.guidelines.cross_node._nodes import odd_ones, on_node, readable, require_all
from checks.i18n import Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, Source


@dataclass(frozen=True)
class Node(Derived):
    """The switches of a node, and the virtual machines connected to them. Capitals don't count in names."""

    switches: list[VMSwitch]
    vms: list[VM]
    nics: list[VMNic]
    management: Management

    @cached_property
    def by_name(self) -> dict[str, VMSwitch]:
        """Switches by name in lower case."""
        return {switch.name.lower(): switch for switch in self.switches}

    @cached_property
    def used(self) -> dict[str, VMNic]:
        """Names in lower case of switches that clustered virtual machines use, each with one that does."""
        clustered = {vm.id for vm in self.vms if vm.is_clustered}
        connected = (nic for nic in self.nics if nic.vm_id in clustered and nic.switch_name)
        return {(nic.switch_name or "").lower(): nic for nic in connected}


@guideline(
    "XN003",
    title=_("Give virtual switches the same names on every node"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        Source(
            "Cluster operating system rolling upgrade",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/failover-clustering/"
            "Cluster-Operating-System-Rolling-Upgrade.md",
            read=date(2026, 11, 23),
        ),
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
    """Each switch that a clustered virtual machine uses is on every node, with the same type and the same options."""
    nodes = readable(nodes, _compared)
    used = {key: nic for _name, node in sorted(nodes.nodes.items()) for key, nic in node.used.items()}
    renamed = _renamed(nodes, used)
    for key, nic in sorted(used.items()):
        # What one node alone calls by another name is said once, not as missing on all of the others.
        if key not in renamed.values():
            yield from _missing(nodes, key, nic, renamed)
            yield from _unlike(nodes, key)
    require_all(nodes)
    if not used:
        raise NotApplicable(_("no clustered virtual machine is connected to a virtual switch"))


def _compared(node: Node) -> tuple[object, ...]:
    options = [(s.name, s.switch_type, s.iov_enabled, s.bandwidth_reservation_mode) for s in node.switches]
    return options, [nic.vm_name for nic in node.used.values()]


def _renamed(nodes: Cluster[Node], used: dict[str, VMNic]) -> dict[tuple[str, str], str]:
    """By node and common name: what a node calls the one switch that the others call by a name that it lacks."""
    found = {}
    for name, node in sorted(nodes.nodes.items()):
        peers = [peer for each, peer in nodes.nodes.items() if each != name]
        lacking = [key for key in used if key not in node.by_name and _is_odd(nodes, name, key)]
        types = {peer.by_name[key].switch_type for key in lacking for peer in peers if key in peer.by_name}
        own = [key for key in node.by_name if not any(key in peer.by_name for peer in peers)]
        fitting = [key for key in own if node.by_name[key].switch_type in types]
        if (len(lacking), len(fitting)) == (1, 1):
            found[name, lacking.pop()] = fitting.pop()
    return found


def _is_odd(nodes: Cluster[Node], name: str, key: str) -> bool:
    """Whether having, or not having, a switch of this name sets a node apart from most."""
    return name in odd_ones({each: key in node.by_name for each, node in nodes.nodes.items()})


def _missing(nodes: Cluster[Node], key: str, nic: VMNic, renamed: dict[tuple[str, str], str]) -> Iterator[Finding]:
    for name in sorted(name for name, node in nodes.nodes.items() if key not in node.by_name):
        if (name, key) in renamed:
            yield _other_name(nodes, name, nodes.nodes[name].by_name[renamed[name, key]].name, nic)
        else:
            message = _(
                "{node} has no virtual switch {switch}, which {vm} uses",
                node=Verbatim(name),
                switch=Verbatim(nic.switch_name),
                vm=Verbatim(nic.vm_name),
            )
            yield on_node(nodes, name, message, hint=_CREATE, evidence={"Name": None})


def _other_name(nodes: Cluster[Node], name: str, mine: str, nic: VMNic) -> Finding:
    message = _(
        "{node} calls its virtual switch {mine}, other nodes call theirs {common}; {vm} uses it",
        node=Verbatim(name),
        mine=Verbatim(mine),
        common=Verbatim(nic.switch_name),
        vm=Verbatim(nic.vm_name),
    )
    fix = Fix("Rename-VMSwitch", Name=mine, NewName=nic.switch_name, before={"Name": mine}, note=_SAME_NETWORKS)
    return on_node(nodes, name, message, fix, evidence={"Name": mine})


def _unlike(nodes: Cluster[Node], key: str) -> Iterator[Finding]:
    switches = {name: node.by_name[key] for name, node in nodes.nodes.items() if key in node.by_name}
    compared = (
        ("SwitchType", {name: switch.switch_type.powershell for name, switch in switches.items()}, None),
        ("IovEnabled", {name: switch.iov_enabled for name, switch in switches.items()}, Severity.WARNING),
        (
            "BandwidthReservationMode",
            {name: switch.bandwidth_reservation_mode.powershell for name, switch in switches.items()},
            Severity.INFO,
        ),
    )
    for setting, values, severity in compared:
        for name, (mine, common) in odd_ones(values).items():
            message = _(
                "{switch} has {setting} {mine} on {node}, {common} on other nodes",
                switch=Verbatim(switches[name].name),
                setting=Verbatim(setting),
                mine=Verbatim(mine),
                node=Verbatim(name),
                common=Verbatim(common),
            )
            yield on_node(nodes, name, message, hint=_ANEW, evidence={setting: mine}, severity=severity)


_CREATE = _(
    "Create a switch of this name and type on ports that lead to the same networks, or rename the one that is meant. "
    "If the virtual machine is never to run there, take the node from its possible owners."
)
_SAME_NETWORKS = _(
    "Compare the ports and VLANs of both switches first: after the renaming, virtual machines of other nodes come to "
    "this one. Those connected to it stay connected."
)
_ANEW = _(
    "Whether a switch has SR-IOV, and how it reserves bandwidth, is chosen when it is made: drain the node and make it "
    "anew like the others. Management goes down meanwhile if it uses the switch."
)
