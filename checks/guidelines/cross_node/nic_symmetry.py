"""XN002: for the same purpose, the nodes of a cluster have as many ports, of the same model, speed and driver."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from checks import sources
from checks.facts.needs import Cluster, Derived
from checks.facts.net_adapter import NetAdapter
from checks.facts.topology import Topology, is_up
from checks.guidelines import guideline
from checks.guidelines.cross_node._nodes import odd_ones, readable, require_all
from checks.i18n import BitRate, Message, Verbatim, _
from checks.model import Finding, NotApplicable, Severity

SWITCHES = ""
"""The purpose of ports that carry each node's only virtual switch; of others it is the switch, or their subnet."""
Ports = dict[str, list[NetAdapter]]
"""Ports by node."""


@dataclass(frozen=True)
class Node(Derived):
    """The ports of a node by what they are for."""

    topology: Topology

    def by_purpose(self, names: bool) -> Ports:
        """Ports below virtual switches, if wanted by *names*, and those that hold an address themselves, by subnet."""
        bound = self.topology.bound
        found = {name.lower(): ports for name, ports in self.topology.uplinks.items() if ports} if names else {}
        if bound and not names:
            found[SWITCHES] = bound
        for subnet, indexes in self.topology.networks.items():
            ports = self.topology.ports(self.topology.by_index[index] for index in indexes)
            # Behind a host vNIC are the ports of its switch, which are counted already.
            if own := [port for port in ports if port not in bound and port.hardware_interface]:
                found[str(subnet)] = own
        return found


@guideline(
    "XN002",
    title=_("Use the same network adapters on all nodes"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.HOST_NETWORK_REQUIREMENTS,
        sources.CLUSTERING_REQUIREMENTS,
        sources.SMB_BANDWIDTH_CONTROL,
        sources.NETWORK_ATC,
    ],
)
def nic_symmetry(nodes: Cluster[Node]) -> Iterator[Finding]:
    """Number, model, speed and driver of the ports that carry switches, or are in one subnet, are alike."""
    nodes = readable(nodes, _compared)
    if any(node.topology.is_nested for node in nodes.nodes.values()):
        raise NotApplicable(_("nodes of this cluster are virtual machines themselves"))
    # Where each node has one switch, its name does not matter; of several, each is compared with its namesakes.
    names = any(len(node.topology.uplinks) > 1 for node in nodes.nodes.values())
    found = {name: node.by_purpose(names) for name, node in nodes.nodes.items()}
    called = {switch.lower(): switch for node in nodes.nodes.values() for switch in node.topology.uplinks}
    for purpose in sorted({purpose for ports in found.values() for purpose in ports}):
        # A node without any port for a purpose is what the guidelines on cluster networks are about.
        ports = {name: by_purpose.get(purpose, []) for name, by_purpose in found.items()}
        label = Verbatim(called.get(purpose, purpose)) if purpose else _("virtual switches")
        yield from _purpose(label, {name: having for name, having in ports.items() if having})
    require_all(nodes)


def _compared(node: Node) -> list[object]:
    ports = [port for ports in node.by_purpose(names=False).values() for port in ports]
    settings = [(_model(port), _called(port), _driver(port)) for port in ports]
    return [settings, [_speed(port) for port in ports if is_up(port)]]


def _purpose(label: Verbatim | Message, ports: Ports) -> Iterator[Finding]:
    counts = {name: len(found) for name, found in ports.items()}
    for name, (mine, common) in odd_ones(counts).items():
        message = _(
            "ports for {purpose}: {node} has {mine}; other nodes have {common}", **_values(label, name, mine, common)
        )
        yield _finding(name, message, {"NetAdapter": [port.name for port in ports[name]]}, _COUNT)
    other = _other_models(ports)
    for name, common in other.items():
        called = _texts(_distinct(ports[name], _called))
        message = _(
            "adapters for {purpose}: {node} has {mine}; other nodes have {common}",
            **_values(label, name, called, _texts(_distinct(ports[common], _called))),
        )
        yield _finding(name, message, {"InterfaceDescription": [port.interface_description for port in ports[name]]})
    speeds = {name: _distinct(filter(is_up, found), _speed) for name, found in ports.items()}
    for name, (rates, usual) in odd_ones({name: found for name, found in speeds.items() if found}).items():
        message = _(
            "link speed for {purpose}: {node} has {mine}; other nodes have {common}",
            **_values(label, name, [*map(BitRate, rates)], [*map(BitRate, usual)]),
        )
        yield _finding(name, message, {"TransmitLinkSpeed": list(rates)})
    # Other models have other drivers anyway.
    drivers = {name: _distinct(found, _driver) for name, found in ports.items() if name not in other}
    for name, (versions, usual) in odd_ones(drivers).items():
        message = _(
            "driver for {purpose}: {node} has {mine}; other nodes have {common}",
            **_values(label, name, _texts(versions), _texts(usual)),
        )
        yield _finding(name, message, {"DriverVersionString": list(versions)}, _DRIVER, Severity.INFO)


def _other_models(ports: Ports) -> dict[str, str]:
    """Nodes with other models than most, each with a node that has the common ones.

    A card on the board and one in a slot have other ids, although they are the same: then their descriptions agree.
    """
    models = {name: _distinct(found, _model) for name, found in ports.items()}
    first = {model: name for name, model in sorted(models.items(), reverse=True)}
    found = {}
    for name, (_mine, common) in odd_ones(models).items():
        if _distinct(ports[name], _called) != _distinct(ports[first[common]], _called):
            found[name] = first[common]
    return found


def _model(port: NetAdapter) -> str:
    """Vendor and device, without what tells variants of a card apart."""
    return port.component_id.lower().partition("&subsys")[0]


def _called(port: NetAdapter) -> str:
    """The description without the number that Windows gives a second adapter of the kind."""
    return re.sub(r"\s+#\d+$", "", port.interface_description)


def _driver(port: NetAdapter) -> str:
    return port.driver_version_string


def _speed(port: NetAdapter) -> int:
    return port.transmit_link_speed


def _distinct(ports: Any, of: Callable[[NetAdapter], Any]) -> tuple[Any, ...]:
    return tuple(sorted({of(port) for port in ports}))


def _texts(values: tuple[str, ...]) -> list[Verbatim]:
    return [Verbatim(value) for value in values]


def _values(label: Verbatim | Message, name: str, mine: Any, common: Any) -> dict[str, Any]:
    return {"purpose": label, "node": Verbatim(name), "mine": mine, "common": common}


def _finding(
    name: str,
    message: Message,
    evidence: dict[str, Any],
    hint: Message | None = None,
    severity: Severity = Severity.WARNING,
) -> Finding:
    return Finding(message, subject=name, node=name, severity=severity, evidence=evidence, hint=hint or _HARDWARE)


_HARDWARE = _("Equal hardware is the remedy. Until then, give the weaker node no more work than its ports can carry.")
_COUNT = _("Connect and add the missing ports, or take the extra ones away, on the drained node.")
_DRIVER = _("Bring the older one to the newer driver and its firmware, on the drained node; the adapters restart.")
