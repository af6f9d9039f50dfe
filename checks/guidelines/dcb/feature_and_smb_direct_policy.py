"""DCB001: where RoCE is in use, Windows has DCB and tags SMB Direct with one priority of its own."""

from __future__ import annotations

from collections.abc import Iterator

from checks import sources
from checks.facts.dcb import EVERYTHING_ELSE, SMB_DIRECT, Dcb
from checks.facts.management import Management
from checks.guidelines import guideline
from checks.guidelines.dcb._findings import owned, subject
from checks.i18n import Verbatim, _
from checks.model import Finding, Fix, Severity, SideEffect

RECOMMENDED = (3, 4)
"""Priorities that Microsoft recommends for RDMA; Network ATC takes 3."""


@guideline(
    "DCB001",
    title=_("Install DCB and give SMB Direct one priority"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.CONVERGED_NIC,
        sources.HOST_NETWORK_REQUIREMENTS,
        sources.NEW_QOS_POLICY,
        sources.SWITCH_PFC,
    ],
)
def feature_and_smb_direct_policy(dcb: Dcb, management: Management) -> Iterator[Finding]:
    """The feature is there, and all policies of SMB Direct give it the same priority, which is not 0."""
    roce = subject(dcb.ports)
    if not dcb.feature:
        yield owned(_not_installed(roce), management, dcb)
    match dcb.smb_direct_priorities:
        case ():
            yield owned(_no_policy(dcb, roce), management, dcb)
        case (priority,) if priority <= EVERYTHING_ELSE:
            yield owned(_untagged(dcb, roce), management, dcb)
        case (priority,):
            if priority not in RECOMMENDED:
                yield owned(_unusual(priority, roce), management, dcb)
        case _:
            yield owned(_several(dcb, roce), management, dcb)


def _not_installed(roce: str) -> Finding:
    return Finding(
        _("RoCE is in use on {ports}, but Data Center Bridging is not installed", ports=Verbatim(roce)),
        subject=roce,
        fix=Fix(
            "Install-WindowsFeature",
            Name="Data-Center-Bridging",
            note=_("The feature alone changes nothing on the wire: priority, PFC, and classes come after it."),
        ),
    )


def _no_policy(dcb: Dcb, roce: str) -> Finding:
    by_tcp = dcb.policies_for("smb")
    if by_tcp:
        message = _(
            "SMB Direct has no priority: the policy {policy} matches SMB over TCP only", policy=Verbatim(by_tcp[0].name)
        )
    else:
        message = _("SMB Direct has no priority: no QoS policy matches it")
    return Finding(
        message,
        subject=roce,
        fix=Fix(
            "New-NetQosPolicy",
            Name=_free_name(dcb),
            NetDirectPortMatchCondition=SMB_DIRECT,
            PriorityValue=RECOMMENDED[0],
            effect=SideEffect.REPROGRAMS_ADAPTERS,
            note=_WHICH,
        ),
    )


def _free_name(dcb: Dcb) -> str:
    """A name that no policy has: those of the template are often called SMB."""
    taken = {policy.name.lower() for policy in dcb.policies}
    return next(name for name in ("SMB", "SMB Direct", f"SMB Direct {SMB_DIRECT}") if name.lower() not in taken)


def _several(dcb: Dcb, roce: str) -> Finding:
    given = {policy.name: policy.priority for policy in dcb.smb_direct}
    return Finding(
        _(
            "QoS policies give SMB Direct different priorities: {policies}",
            policies=[Verbatim(f"{name} {priority}") for name, priority in given.items()],
        ),
        subject=roce,
        evidence={"PriorityValue8021Action": [policy.priority for policy in dcb.smb_direct]},
        # Which of them the switches pause is written in the switches.
        hint=_(
            "Keep the priority that the switches pause: change the other policies to it, or remove them afterwards. "
            "Policies of Group Policy are changed there."
        ),
    )


def _untagged(dcb: Dcb, roce: str) -> Finding:
    policy = dcb.smb_direct[0]
    fix = Fix(
        "Set-NetQosPolicy",
        Name=policy.name,
        PriorityValue=RECOMMENDED[0],
        effect=SideEffect.REPROGRAMS_ADAPTERS,
        note=_WHICH,
        before={"PriorityValue8021Action": policy.priority},
    )
    for other in dcb.smb_direct[1:]:
        fix = fix.then("Set-NetQosPolicy", Name=other.name, PriorityValue=RECOMMENDED[0])
    return Finding(
        _("the policy {policy} leaves SMB Direct in the class of all other traffic", policy=Verbatim(policy.name)),
        subject=roce,
        evidence={"PriorityValue8021Action": policy.priority},
        fix=fix,
    )


def _unusual(priority: int, roce: str) -> Finding:
    return Finding(
        _("SMB Direct has priority {priority}", priority=Verbatim(priority)),
        subject=roce,
        severity=Severity.INFO,
        evidence={"PriorityValue8021Action": priority},
        hint=_(
            "It works where every node and every switch uses the same. Microsoft recommends 3 or 4, which templates of "
            "switches expect."
        ),
    )


_WHICH = _(
    "Where the switches pause another priority than 3, take that one. It must be the same on every node; "
    "PFC (DCB002) and the traffic class (DCB003) follow it."
)
