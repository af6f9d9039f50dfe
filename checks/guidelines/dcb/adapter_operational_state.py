"""DCB005: the ports run the flow control and the classes that are configured."""

from __future__ import annotations

from collections.abc import Iterator

from checks import sources
from checks.facts.dcb import Dcb, paused_by
from checks.facts.management import Management
from checks.facts.net_adapter import NetAdapter
from checks.facts.qos import QosAdapter
from checks.guidelines import guideline
from checks.guidelines.dcb._findings import owned, weighed
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, Severity, SideEffect


@guideline(
    "DCB005",
    title=_("Verify that the ports run the DCB configuration"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.GET_ADAPTER_QOS,
        sources.ENABLE_ADAPTER_QOS,
        sources.NEW_TRAFFIC_CLASS,
        sources.CONVERGED_NIC,
        sources.SWITCH_PFC,
    ],
)
def adapter_operational_state(dcb: Dcb, management: Management) -> Iterator[Finding]:
    """Every port with RoCE has DCB on, classes enough, and runs what Windows configures."""
    running = []
    for port in dcb.ports:
        adapter = dcb.adapter(port)
        if adapter is None or not adapter.hardware_pfc_classes:
            yield weighed(_without(port), dcb)
        elif not adapter.enabled:
            yield owned(_off(port), management, dcb)
        else:
            running.append((port, adapter))
    priority = dcb.priority
    dcb.require_authority()
    for port, adapter in running:
        if finding := _too_few(dcb, port, adapter) or _unlike(dcb, port, adapter, priority):
            yield owned(finding, management, dcb)
        if finding := _unlike_switch(port, adapter):
            yield finding


def _without(port: NetAdapter) -> Finding:
    return Finding(
        _("{port} speaks RoCE, but its driver offers no DCB", port=Verbatim(port.name)),
        subject=port.name,
        evidence={
            "InterfaceDescription": port.interface_description,
            "DriverVersionString": port.driver_version_string,
        },
        hint=_("Install the vendor's driver and firmware; the adapters that Windows brings drivers for often lack it."),
    )


def _off(port: NetAdapter) -> Finding:
    return Finding(
        _("DCB is off on {port}: it runs neither PFC nor traffic classes", port=Verbatim(port.name)),
        subject=port.name,
        evidence={"Enabled": False},
        fix=Fix(
            "Enable-NetAdapterQos",
            Name=port.name,
            effect=SideEffect.RESTARTS_ADAPTER,
            before={"Enabled": False},
        ),
    )


def _too_few(dcb: Dcb, port: NetAdapter, adapter: QosAdapter) -> Finding | None:
    """Windows sends a port nothing at all where it is to run more classes than it has."""
    wanted = len(dcb.classes(dcb.classes_owner(port)))
    offered = min(adapter.hardware_classes, adapter.hardware_ets_classes)
    # The default class is always configured: alone, it asks for nothing.
    if wanted <= max(offered, 1):
        return None
    return Finding(
        _(
            "{wanted} traffic classes are configured, and {port} has {offered}: Windows sends it none of them",
            port=Verbatim(port.name),
            offered=offered,
            wanted=wanted,
        ),
        subject=port.name,
        evidence={"NumberOfTrafficClasses": offered},
        hint=_(
            "Remove traffic classes that nothing needs. Three are enough: SMB Direct, the cluster, and the default."
        ),
    )


def _unlike(dcb: Dcb, port: NetAdapter, adapter: QosAdapter, priority: int) -> Finding | None:
    wanted, found = dcb.paused(dcb.flow_control_owner(port)), paused_by(adapter)
    if wanted != found:
        return Finding(
            _(
                "priorities that {port} pauses: {found}; configured: {wanted}",
                port=Verbatim(port.name),
                found=_listed(found),
                wanted=_listed(wanted),
            ),
            subject=port.name,
            severity=None if priority not in found else Severity.WARNING,
            evidence={"PriorityFlowControlEnableArray": list(adapter.flow_control)},
            hint=_READ_AGAIN,
        )
    unlike = dcb.unlike_classes(port, adapter)
    if not unlike:
        return None
    return Finding(
        _(
            "{port} does not run these traffic classes as they are configured: {classes}",
            port=Verbatim(port.name),
            classes=[Verbatim(row.name) for row in unlike],
        ),
        subject=port.name,
        severity=Severity.WARNING,
        evidence={
            "PriorityAssignmentTable": list(adapter.classes),
            "BandwidthAssignmentTable": list(adapter.bandwidth),
            "TsaAssignmentTable": list(adapter.algorithms),
        },
        hint=_READ_AGAIN,
    )


_READ_AGAIN = _(
    "Read it again after some seconds: a driver takes its time. If it stays so, look for a kernel debugger, which "
    "blocks DCB, and for the event log of the adapter; then restart the adapter while the node is drained."
)


def _unlike_switch(port: NetAdapter, adapter: QosAdapter) -> Finding | None:
    """What the switch announces is an indication only: with flow control forced on, many announce nothing."""
    announced = {priority for priority, is_on in enumerate(adapter.remote_flow_control) if is_on}
    if not adapter.remote_flow_control or announced == paused_by(adapter):
        return None
    return Finding(
        _(
            "priorities with PFC that the switch announces: {announced}; that {port} pauses: {found}",
            announced=_listed(announced),
            port=Verbatim(port.name),
            found=_listed(paused_by(adapter)),
        ),
        subject=port.name,
        severity=Severity.INFO,
        evidence={"RemoteSettings": list(adapter.remote_flow_control)},
        hint=_("Compare with the configuration of the switch port; its announcement alone proves nothing."),
    )


def _listed(priorities: set[int]) -> list[Verbatim] | Message:
    return [Verbatim(each) for each in sorted(priorities)] or _("(none)")
