"""Commands for traffic classes, as far as the other classes leave room for them."""

from __future__ import annotations

from checks.facts.dcb import Dcb
from checks.facts.qos import QosTrafficClass
from checks.guidelines.dcb._findings import of
from checks.guidelines.dcb._switches import SWITCH_FIRST
from checks.i18n import Message, Verbatim, _
from checks.model import Fix, SideEffect


def new_class(dcb: Dcb, owner: str, name: str, priority: int, share: int) -> Fix | None:
    """The command for a class of its own; None where the other classes leave too little for it."""
    if share > dcb.left(owner):
        return None
    taken = {row.name.lower() for row in dcb.classes(owner)}
    return Fix(
        "New-NetQosTrafficClass",
        Name=name if name.lower() not in taken else f"{name} {priority}",
        Priority=priority,
        BandwidthPercentage=share,
        Algorithm="ETS",
        effect=SideEffect.REPROGRAMS_ADAPTERS,
        note=SWITCH_FIRST,
        **of(owner),
    )


def new_share(dcb: Dcb, owner: str, row: QosTrafficClass, share: int) -> Fix | None:
    """The command for another share, by ETS; None where the other classes leave too little for it."""
    if share - row.bandwidth_percentage > dcb.left(owner):
        return None
    return Fix(
        "Set-NetQosTrafficClass",
        Name=row.name,
        BandwidthPercentage=share,
        Algorithm="ETS",
        effect=SideEffect.REPROGRAMS_ADAPTERS,
        note=SWITCH_FIRST,
        before={"Algorithm": called(row), "BandwidthPercentage": row.bandwidth_percentage},
        **of(owner),
    )


def no_room(share: int) -> Message:
    """What to do where the other classes leave too little."""
    return _(
        "The other traffic classes leave less than {share}% for it: make them smaller first.", share=Verbatim(share)
    )


def called(row: QosTrafficClass) -> str:
    """The algorithm of a class as the cmdlets write it."""
    return {0: "Strict", 2: "ETS"}[row.algorithm]
