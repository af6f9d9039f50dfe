"""NIC001: receive buffers above the driver's default, on adapters that discard packets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from checks import sources
from checks.facts.base import Only
from checks.facts.management import Management
from checks.facts.needs import Later
from checks.facts.net_adapter import AdvancedProperty, NetAdapter, NetAdapterStatistics
from checks.facts.topology import MigrationPaths
from checks.guidelines import guideline
from checks.guidelines.physical_nic._buffers import RECEIVE, Owner, discards, judge
from checks.i18n import _
from checks.model import Finding, NotApplicable, Severity, Threshold


@guideline(
    "NIC001",
    title=_("Raise the receive buffers where packets are discarded"),
    severity=Severity.WARNING,
    since="2012 R2",
    sources=[
        sources.NETWORK_IO_PERFORMANCE,
        sources.TUNING_NETWORK_ADAPTERS,
        sources.EDITABLE_KEYWORDS,
    ],
    thresholds=[
        Threshold(
            "discard_share",
            0.001,
            _("One packet in a thousand, in every window: TCP then shrinks its window; Microsoft gives no number."),
        ),
        Threshold(
            "minimum_packets",
            10_000,
            _("Packets per window. With fewer, a single discarded burst would look like a share."),
        ),
    ],
)
def receive_buffers(
    paths: MigrationPaths,
    settings: Annotated[list[AdvancedProperty], Only("*ReceiveBuffers")],
    counters: Later[list[NetAdapterStatistics]],
    management: Management,
    *,
    discard_share: float,
    minimum_packets: float,
) -> Iterator[Finding]:
    """Adapters in scope that discard packets have longer rings than the driver's default."""
    if paths.topology.is_nested:
        raise NotApplicable(_("this host is a virtual machine: its adapters have no hardware buffers"))

    def share_of(adapter: NetAdapter) -> float | None:
        samples = [sample for sample in counters.value if sample.instance_id == adapter.interface_guid]
        return discards(samples, RECEIVE, int(minimum_packets))

    owner = Owner(management, carries_vms=bool(paths.topology.uplinks) or paths.is_clustered)
    yield from judge(paths.in_scope, settings, share_of, owner, discard_share)
