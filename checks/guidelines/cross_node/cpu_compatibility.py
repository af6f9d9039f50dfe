"""XN007: running virtual machines fit the processors of every node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from checks import sources
from checks.facts.hyperv import VM, VMProcessor
from checks.facts.needs import Cluster, Derived, Later
from checks.facts.system import Processor
from checks.guidelines import guideline
from checks.guidelines.cross_node._nodes import odd_ones, readable, require_all
from checks.i18n import Verbatim, _
from checks.model import Finding, Fix, Severity, Source, Unknown

_QUERY = Verbatim("Get-VMProcessor")
OFF = 3
"""State of a virtual machine."""


@dataclass(frozen=True)
class Node(Derived):
    """The processors of a node, and the virtual machines that it runs."""

    processors: list[Processor]
    vms: Later[list[VM]]
    vm_processors: Later[list[VMProcessor]]

    @property
    def processor(self) -> Processor:
        """The first processor; those of one machine never differ."""
        return next(iter(self.processors))

    @property
    def name(self) -> str:
        """What the processors are called."""
        return " ".join(self.processor.name.split())

    @property
    def generation(self) -> tuple[int, int]:
        """Family, model and stepping: processors with other names but the same generation have the same features."""
        return self.processor.level, self.processor.revision

    @property
    def limited(self) -> dict[str, bool]:
        """By the id of a virtual machine, whether it does without the features that only newer processors have."""
        return {each.vm_id: each.compatibility_for_migration_enabled for each in self.vm_processors.value}

    @property
    def clustered_vms(self) -> list[VM]:
        """The cluster's virtual machines on this node."""
        return [vm for vm in self.vms.value if vm.is_clustered]

    @property
    def strict_vms(self) -> list[VM]:
        """Those of them that use all features of its processors."""
        return [vm for vm in self.clustered_vms if self.limited.get(vm.id) is False]


@guideline(
    "XN007",
    title=_("Make virtual machines fit the processors of all nodes"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        Source(
            "Processor Compatibility Mode in Hyper-V",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/virtualization/hyper-v/manage/"
            "processor-compatibility-mode-hyper-v.md",
            read=date(2026, 11, 23),
        ),
        Source(
            "Configure processor compatibility mode in Hyper-V virtual machines",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/virtualization/hyper-v/"
            "configure-processor-compatibility-mode.md",
            read=date(2026, 11, 23),
        ),
        sources.CLUSTERING_REQUIREMENTS,
    ],
)
def cpu_compatibility(nodes: Cluster[Node]) -> Iterator[Finding]:
    """All processors are of one maker; where they are of several generations, virtual machines are limited."""
    nodes = readable(nodes, _processors)
    if len({node.name for node in nodes.nodes.values()}) > 1:
        yield from _makers(nodes)
        nodes = readable(nodes, lambda node: node.generation)
        yield from _generations(nodes)
        nodes = readable(nodes, _told)
    require_all(nodes)


def _processors(node: Node) -> tuple[str, str]:
    if not node.processors:
        raise Unknown(_("{query} gave no answer", query=Verbatim("Win32_Processor")))
    return node.processor.manufacturer, node.name


def _vms(node: Node) -> list[tuple[str, int]]:
    return [(vm.name, vm.state) for vm in node.strict_vms]


def _told(node: Node) -> None:
    silent = [Verbatim(vm.name) for vm in node.clustered_vms if vm.id not in node.limited]
    if silent:
        raise Unknown(_("{query} does not show these virtual machines: {vms}", query=_QUERY, vms=silent))


def _makers(nodes: Cluster[Node]) -> Iterator[Finding]:
    makers = {name: node.processor.manufacturer for name, node in nodes.nodes.items()}
    for name, (mine, common) in odd_ones(makers).items():
        yield Finding(
            _(
                "{node} has processors of {mine}, other nodes of {common}: no running virtual machine can move between "
                "them",
                node=Verbatim(name),
                mine=Verbatim(mine),
                common=Verbatim(common),
            ),
            subject=name,
            node=name,
            evidence={"Manufacturer": mine, "Name": nodes.nodes[name].name},
            hint=_(
                "No setting helps: form a cluster of these nodes alone, and move virtual machines to it turned off."
            ),
        )


def _generations(nodes: Cluster[Node]) -> Iterator[Finding]:
    """Virtual machines that could not run on another node of the same maker."""
    for name, node in sorted(readable(nodes, _vms).nodes.items()):
        peers = {
            each: peer
            for each, peer in nodes.nodes.items()
            if peer.processor.manufacturer == node.processor.manufacturer
        }
        others = [f"{each} ({peer.name})" for each, peer in peers.items() if peer.generation != node.generation]
        if not others:
            continue
        for vm in node.strict_vms:
            yield _strict(vm, name, node, sorted(others))


def _strict(vm: VM, name: str, node: Node, others: list[str]) -> Finding:
    fix = Fix(
        "Set-VMProcessor",
        VMName=vm.name,
        CompatibilityForMigrationEnabled=True,
        before={"CompatibilityForMigrationEnabled": False},
        note=_("Hides newer instructions from the virtual machine: measure what encrypts, compresses or computes."),
    )
    is_off = vm.state == OFF
    return Finding(
        _(
            "{vm} on {node} uses all that {mine} can do, but other nodes have other processors: {others}",
            vm=Verbatim(vm.name),
            node=Verbatim(name),
            mine=Verbatim(node.name),
            others=[Verbatim(other) for other in others],
        ),
        subject=vm.name,
        node=name,
        severity=Severity.INFO if is_off else Severity.WARNING,
        evidence={"CompatibilityForMigrationEnabled": False},
        fix=fix if is_off else None,
        hint=None if is_off else _SHUT_DOWN,
    )


_SHUT_DOWN = _(
    "Plan an hour in which the virtual machine can be shut down, then turn processor compatibility on with "
    "Set-VMProcessor and start it."
)
