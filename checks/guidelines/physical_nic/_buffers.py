"""What the guidelines on receive and on transmit buffers have in common: one ring, its limits, its discards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from checks.facts.management import Management
from checks.facts.net_adapter import AdvancedProperty, NetAdapter, NetAdapterStatistics
from checks.i18n import Message, Percent, Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity, SideEffect, Unknown


@dataclass(frozen=True)
class Ring:
    """The buffers of one adapter in one direction, in the driver's own unit."""

    current: int
    default: int | None
    highest: int | None
    step: int

    @property
    def is_automatic(self) -> bool:
        """Several drivers write 0 where they size the ring themselves."""
        return self.current == 0

    @property
    def next_size(self) -> int:
        """Twice the present size, on the driver's grid and within its range."""
        doubled = self.current * 2
        return min(doubled - doubled % self.step or doubled, self.highest or doubled)


@dataclass(frozen=True)
class Direction:
    """Which counters tell whether a ring is too short."""

    delivered: Callable[[NetAdapterStatistics], int]
    discarded: Callable[[NetAdapterStatistics], int]


RECEIVE = Direction(lambda s: s.received_packets, lambda s: s.received_discarded_packets)
TRANSMIT = Direction(lambda s: s.sent_packets, lambda s: s.outbound_discarded_packets)


def ring_of(setting: AdvancedProperty) -> Ring:
    """The ring that a driver setting describes.

    Raises:
        Unknown: the value is not a number.
    """
    try:
        current = int(setting.registry_value[0])
    except (ValueError, IndexError):
        raise Unknown(_("{adapter} reports a value for {keyword} that is not a number", **_names(setting))) from None
    return Ring(
        current=current,
        default=_number(setting.default_registry_value),
        highest=_number(setting.numeric_parameter_max_value)
        or max((_number(value) or 0 for value in setting.valid_registry_values), default=None),
        step=_number(setting.numeric_parameter_step_value) or 1,
    )


def discards(samples: Sequence[NetAdapterStatistics], direction: Direction, minimum: int) -> float | None:
    """The smallest share of discarded packets over all windows between samples; None where traffic was too thin.

    The smallest, so that one burst is no evidence: a share of 0 means that at least one window had no discard.
    """
    ordered = sorted(samples, key=lambda sample: sample.sample)
    shares = []
    for earlier, later in pairwise(ordered):
        delivered = direction.delivered(later) - direction.delivered(earlier)
        lost = direction.discarded(later) - direction.discarded(earlier)
        # A counter that went back means that the adapter was restarted in between.
        if lost < 0 or delivered < minimum:
            return None
        shares.append(lost / (delivered + lost))
    return min(shares, default=None)


def judge(
    adapters: Sequence[NetAdapter],
    settings: Sequence[AdvancedProperty],
    share_of: Callable[[NetAdapter], float | None],
    management: Management,
    threshold: float,
) -> Iterator[Finding]:
    """Findings for adapters whose ring is still at the driver's default.

    Raises:
        NotApplicable: no adapter in scope lets its ring be set.
        Unknown: a driver does not say what its default is.
    """
    rings = [(a, s, ring_of(s)) for a in adapters for s in settings if s.instance_id == a.interface_guid]
    adjustable = [(a, s, ring) for a, s, ring in rings if not ring.is_automatic]
    if not adapters:
        raise NotApplicable(_("no adapter in scope: none carries an external switch, migration or cluster traffic"))
    if not adjustable:
        raise NotApplicable(_("the drivers of these adapters size their buffers themselves"))
    untold = []
    for adapter, setting, ring in adjustable:
        if ring.highest is not None and ring.current >= ring.highest:
            continue
        if ring.default is None or ring.highest is None:
            untold.append(adapter.name)
        elif ring.current <= ring.default:
            yield _at_default(adapter, setting, ring, share_of(adapter), management, threshold)
    if untold:
        raise Unknown(
            _("the driver gives no default or no maximum for {adapters}", adapters=[Verbatim(n) for n in untold])
        )


def _at_default(
    adapter: NetAdapter,
    setting: AdvancedProperty,
    ring: Ring,
    share: float | None,
    management: Management,
    threshold: float,
) -> Finding:
    losing = share is not None and share >= threshold
    before = {f"{adapter.name} {setting.registry_keyword}": ring.current}
    direct = not management.is_external
    fix = Fix(
        "Set-NetAdapterAdvancedProperty",
        Name=adapter.name,
        RegistryKeyword=setting.registry_keyword,
        RegistryValue=str(ring.next_size),
        effect=SideEffect.RESTARTS_ADAPTER,
        before=before,
        note=_NEXT_STEP,
    )
    return Finding(
        _message(adapter, setting, ring, share, threshold),
        subject=adapter.name,
        severity=Severity.WARNING if losing and direct else Severity.INFO,
        evidence={
            "RegistryKeyword": setting.registry_keyword,
            "RegistryValue": ring.current,
            "DefaultRegistryValue": ring.default,
            "NumericParameterMaxValue": ring.highest,
        },
        fix=fix if direct else None,
        hint=None if direct else management.hint,
    )


_NEXT_STEP = _(
    "One step at a time: double the value, watch the discards, and stop when they do. Each buffer costs memory of the "
    "host, once per queue."
)


def _message(
    adapter: NetAdapter, setting: AdvancedProperty, ring: Ring, share: float | None, threshold: float
) -> Message:
    values = {
        "adapter": Verbatim(adapter.name),
        "keyword": Verbatim(setting.registry_keyword),
        "current": ring.current,
        "highest": ring.highest,
    }
    if share is None:
        return _(
            "{adapter} keeps the driver's default of {current} for {keyword} (up to {highest}); "
            "there was too little traffic to see discards",
            **values,
        )
    if share >= threshold:
        return _(
            "{adapter} discards at least {share} of its packets with the driver's default of {current} for {keyword} "
            "(up to {highest})",
            share=Percent(share),
            **values,
        )
    return _(
        "{adapter} keeps the driver's default of {current} for {keyword} (up to {highest}); it discards next to "
        "nothing, so there is nothing to do yet",
        **values,
    )


def _number(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def _names(setting: AdvancedProperty) -> dict[str, Verbatim]:
    return {"adapter": Verbatim(setting.name), "keyword": Verbatim(setting.registry_keyword)}
