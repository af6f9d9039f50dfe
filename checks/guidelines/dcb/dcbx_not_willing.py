"""DCB006: Windows decides about DCB on the ports with RoCE, and not the switch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks import sources
from checks.facts.dcb import Dcb
from checks.facts.management import Management
from checks.facts.net_adapter import NetAdapter
from checks.guidelines import guideline
from checks.guidelines.dcb._findings import of, owned
from checks.i18n import Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, SideEffect, Source


@guideline(
    "DCB006",
    title=_("Let Windows decide about DCB, not the switch"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.SET_DCBX_SETTING,
        sources.MANAGE_DCB,
        sources.SWITCH_PFC,
        sources.SWITCH_QOS,
        Source(
            "Microsoft.AzLocal.CSSTools: Windows.Network.QoS.DcbxEnabled.ps1",
            "https://www.powershellgallery.com/packages/Microsoft.AzLocal.CSSTools/1.2607.16.2249/Content/"
            "modules%5CAzStack.Insights%5Crules%5CWindows.Network.QoS.DcbxEnabled.ps1",
            read=date(2026, 11, 23),
        ),
    ],
)
def dcbx_not_willing(dcb: Dcb, management: Management) -> Iterator[Finding]:
    """No port with RoCE is willing where Windows configures DCB."""
    ports = dcb.ports
    if not dcb.feature:
        raise NotApplicable(
            _(
                "Data Center Bridging is not installed, so Windows configures nothing; see {code}",
                code=Verbatim("DCB001"),
            )
        )
    if not dcb.is_configured:
        raise NotApplicable(_("Windows configures no DCB on this host: no priority, no PFC, no traffic class"))
    for port in ports:
        if dcb.is_willing(port):
            yield owned(_willing(dcb, port), management, dcb)
        elif dcb.willing(port.name):
            yield owned(_by_itself(port), management, dcb)


def _willing(dcb: Dcb, port: NetAdapter) -> Finding:
    runs = dcb.runs_settings(port)
    complete = _is_complete(dcb, port)
    return Finding(
        _("{port} takes PFC and classes from the switch, and runs the same for now", port=Verbatim(port.name))
        if runs
        else _("{port} takes PFC and classes from the switch, not from Windows", port=Verbatim(port.name)),
        subject=port.name,
        severity=Severity.WARNING if runs else None,
        evidence={"Willing": True},
        fix=_fix(dcb, port) if complete else None,
        hint=None if complete else _FIRST,
    )


def _is_complete(dcb: Dcb, port: NetAdapter) -> bool:
    """Whether what reaches the port then makes SMB Direct lossless."""
    paused = dcb.paused(dcb.flow_control_owner(port))
    return any(priority in paused for priority in dcb.smb_direct_priorities)


_FIRST = _(
    "First give SMB Direct a priority and turn on PFC for it (DCB001, DCB002): what Windows holds reaches "
    "the port at once."
)


def _fix(dcb: Dcb, port: NetAdapter) -> Fix:
    # A port's own word counts, where Windows has one: then the others stay as they are.
    owner = "" if dcb.willing(port.name) is None else port.name
    return Fix(
        "Set-NetQosDcbxSetting",
        Willing=False,
        effect=SideEffect.REPROGRAMS_ADAPTERS,
        note=_("The settings of Windows reach the adapters at once: complete them first, and do one node at a time."),
        before={"Willing": True},
        **of(owner),
    )


def _by_itself(port: NetAdapter) -> Finding:
    return Finding(
        _("{port} by itself is willing, although the host is not", port=Verbatim(port.name)),
        subject=port.name,
        severity=Severity.INFO,
        evidence={"Willing": True},
        fix=Fix(
            "Set-NetQosDcbxSetting",
            InterfaceAlias=port.name,
            Willing=False,
            effect=SideEffect.REPROGRAMS_ADAPTERS,
            note=_("It runs the settings of Windows already: this only leaves no doubt."),
            before={"Willing": True},
        ),
    )
