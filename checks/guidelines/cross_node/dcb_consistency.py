"""XN005: nodes with RoCE tag, pause and share alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from checks import sources
from checks.facts.dcb import EVERYTHING_ELSE, Dcb
from checks.facts.management import Management
from checks.facts.needs import Cluster, Derived
from checks.facts.qos import QosAlgorithm, QosTrafficClass
from checks.guidelines import guideline
from checks.guidelines.cross_node._nodes import odd_ones, on_node, readable, require_all
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, NotApplicable, Severity, Threshold

Class = tuple[tuple[int, ...], QosAlgorithm, int]
"""Priorities, algorithm and percentage of a traffic class; its name says nothing."""


@dataclass(frozen=True)
class Node(Derived):
    """What is compared of a node."""

    dcb: Dcb
    management: Management

    @property
    def has_roce(self) -> bool:
        """Whether RoCE is in use, so that the settings matter."""
        try:
            return bool(self.dcb.ports)
        except NotApplicable:
            return False

    @property
    def smb_direct(self) -> tuple[int, ...]:
        """Priorities of SMB Direct."""
        return self.dcb.smb_direct_priorities

    @property
    def heartbeats(self) -> tuple[int, ...]:
        """Priorities of the cluster's heartbeats."""
        return tuple(sorted({policy.priority for policy in self.dcb.policies_for("cluster")}))

    @property
    def paused(self) -> tuple[int, ...]:
        """Priorities that any port with RoCE is told to pause; none without Data Center Bridging."""
        if not self.dcb.feature:
            return ()
        self.dcb.require_authority()
        owners = self.dcb.owners(self.dcb.flow_control_owner)
        return tuple(sorted({priority for owner in owners for priority in self.dcb.paused(owner)}))

    @property
    def classes(self) -> tuple[Class, ...]:
        """Traffic classes of the ports with RoCE, without the default class, which has what is left over."""
        if not self.dcb.feature:
            return ()
        owners = self.dcb.owners(self.dcb.classes_owner)
        rows = [row for owner in owners for row in self.dcb.classes(owner) if EVERYTHING_ELSE not in row.priority]
        return tuple(sorted({_class(row) for row in rows}))


@guideline(
    "XN005",
    title=_("Set Data Center Bridging alike on every node"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.ENABLE_FLOW_CONTROL,
        sources.HOST_NETWORK_REQUIREMENTS,
        sources.CONVERGED_NIC,
    ],
    thresholds=[
        Threshold(
            "percent_tolerance",
            1,
            _("Shares are whole percents, and calculators round them differently: one percent is no difference."),
        )
    ],
)
def dcb_consistency(nodes: Cluster[Node], *, percent_tolerance: float) -> Iterator[Finding]:
    """The nodes with RoCE give the same priorities, pause the same ones and share alike."""
    nodes = readable(nodes, lambda node: node.has_roce and _compared(node))
    roce = {name: node for name, node in nodes.nodes.items() if node.has_roce}
    # A node without virtual machines of its own has those of the others as soon as one is drained.
    stakes = max((node.dcb.use.stakes for node in roce.values()), key=_rank, default=Severity.INFO)
    for setting, read, severity in _PRIORITIES:
        # With RoCE, none is never right, however many nodes have none.
        for name, (mine, common) in odd_ones({name: read(node) for name, node in roce.items()}, rank=bool).items():
            shown = [[*map(Verbatim, each)] for each in (mine, common)]
            yield _finding(nodes, name, setting, shown, min(severity, stakes, key=_rank))
    for name, (mine, common) in odd_ones({name: node.classes for name, node in roce.items()}, rank=bool).items():
        if not _are_close(mine, common, percent_tolerance):
            shown = [[*map(_shown, each)] for each in (mine, common)]
            yield _finding(nodes, name, _("traffic classes"), shown, min(Severity.WARNING, stakes, key=_rank))
    require_all(nodes)
    if len(roce) < 2:
        raise NotApplicable(_("fewer than two nodes of the cluster use RoCE"))


def _compared(node: Node) -> tuple[object, ...]:
    return node.smb_direct, node.heartbeats, node.paused, node.classes, node.dcb.use.stakes


def _rank(severity: Severity) -> int:
    return severity.rank


def _class(row: QosTrafficClass) -> Class:
    # Strict classes take what they want: a percentage says nothing there.
    percentage = row.bandwidth_percentage if row.algorithm is QosAlgorithm.ETS else 0
    return tuple(sorted(row.priority)), row.algorithm, percentage


def _are_close(mine: tuple[Class, ...], common: tuple[Class, ...], tolerance: float) -> bool:
    """Whether classes differ by hardly more than rounding."""
    if [each[:2] for each in mine] != [each[:2] for each in common]:
        return False
    return all(abs(one - other) <= tolerance for (*_a, one), (*_b, other) in zip(mine, common, strict=True))


def _finding(
    nodes: Cluster[Node], name: str, setting: Message, shown: list[list[Verbatim]], severity: Severity
) -> Finding:
    mine, common = shown
    message = _(
        "{setting}: {node} has {mine}; other nodes have {common}",
        setting=setting,
        node=Verbatim(name),
        mine=mine or _("none"),
        common=common or _("none"),
    )
    return on_node(
        nodes, name, message, hint=_ALIKE, evidence={"Priority": [each.value for each in mine]}, severity=severity
    )


def _shown(each: Class) -> Verbatim:
    priorities, algorithm, percentage = each
    share = f"ETS {percentage}%" if algorithm is QosAlgorithm.ETS else "Strict"
    return Verbatim(f"{'+'.join(map(str, priorities))}: {share}")


_PRIORITIES: tuple[tuple[Message, Callable[[Node], tuple[int, ...]], Severity], ...] = (
    (_("priority of SMB Direct"), lambda node: node.smb_direct, Severity.CRITICAL),
    (_("priorities that pause"), lambda node: node.paused, Severity.CRITICAL),
    (_("priority of heartbeats"), lambda node: node.heartbeats, Severity.WARNING),
)
_ALIKE = _(
    "See what is right with DCB001 to DCB004, and what the switch has. Then change one node at a time, drained and in "
    "storage maintenance."
)
