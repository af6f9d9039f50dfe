"""What the guidelines that compare nodes have in common: who can be compared, who differs, and who was not read."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from checks.facts.management import Management
from checks.facts.needs import Cluster
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, Severity, Unknown


class Managed(Protocol):
    """A node that says who owns its configuration."""

    @property
    def management(self) -> Management: ...


T = TypeVar("T")
M = TypeVar("M", bound=Managed)
K = TypeVar("K", str, tuple[str, str])


def readable(nodes: Cluster[T], compared: Callable[[T], object]) -> Cluster[T]:
    """The nodes that report all that is compared; the others with the reason why they do not.

    *compared* reads everything that the check is going to read of one node.
    """
    reasons = dict(nodes.reasons)
    for name, node in nodes.nodes.items():
        try:
            compared(node)
        except Unknown as unknown:
            reasons[name] = unknown.reason
    kept = {name: node for name, node in nodes.nodes.items() if name not in reasons}
    return dataclasses.replace(nodes, nodes=kept, reasons=reasons)


def require_all(nodes: Cluster[Any]) -> None:
    """What every comparison ends with, after the findings that are certain.

    Raises:
        Unknown: a node was not read, or not in full: nobody knows whether it is like the others.
    """
    if nodes.reasons:
        raise Unknown(_not_judged(nodes.reasons))
    if nodes.missing:
        raise Unknown(
            _("the audit did not read these nodes: {nodes}", nodes=[Verbatim(name) for name in nodes.missing])
        )


def _not_judged(reasons: Mapping[str, Message]) -> Message:
    first, *others = [_("node {node}: {reason}", node=Verbatim(name), reason=reasons[name]) for name in sorted(reasons)]
    return _("several nodes could not be judged: {nodes}", nodes=[first, *others]) if others else first


def odd_ones(values: Mapping[K, Any], rank: Callable[[Any], Any] = lambda _value: None) -> dict[K, tuple[Any, Any]]:
    """Nodes, or what they have, that differ from most, each with its own value and the common one.

    Where as many say one thing as another, the nodes that come first by name are taken for right. A value of a higher
    *rank* is taken for right however few have it.
    """
    ordered = [values[name] for name in sorted(values)]
    counts = Counter(ordered)
    weight = {value: (rank(value), count) for value, count in counts.items()}
    common = max(ordered, key=weight.__getitem__, default=None)
    return {name: (values[name], common) for name in sorted(values) if values[name] != common}


def on_node(
    nodes: Cluster[M],
    name: str,
    message: Message,
    fix: Fix | None = None,
    *,
    hint: Message | None = None,
    evidence: Mapping[str, Any],
    severity: Severity | None = None,
) -> Finding:
    """A finding about one node; advice without a command where another tool owns the setting."""
    management = nodes.nodes[name].management
    direct = not management.is_external
    return Finding(
        message,
        subject=name,
        node=name,
        severity=severity if direct else Severity.INFO,
        evidence=evidence,
        fix=fix if direct else None,
        hint=hint if direct else management.hint,
    )
