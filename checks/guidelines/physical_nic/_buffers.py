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
    lowest: int
    step: int
    choices: tuple[int, ...]
    """The values that the driver takes, where it lists them; they may be codes rather than counts."""

    @property
    def is_automatic(self) -> bool:
        """Several drivers write 0 where they size the ring themselves."""
        return not self.current

    def above(self, default: int, highest: int) -> int:
        """Twice the default up to the maximum, on the driver's grid; or the next value on its list."""
        if self.choices:
            return min((value for value in self.choices if value > default), default=highest)
        doubled = min(default * 2, highest)
        on_grid = doubled - (doubled - self.lowest) % self.step
        return on_grid if on_grid > default else doubled


@dataclass(frozen=True)
class Direction:
    """Which counters tell whether a ring is too short."""

    delivered: Callable[[NetAdapterStatistics], int]
    discarded: Callable[[NetAdapterStatistics], int]


RECEIVE = Direction(lambda s: s.received_packets, lambda s: s.received_discarded_packets)
TRANSMIT = Direction(lambda s: s.sent_packets, lambda s: s.outbound_discarded_packets)


@dataclass(frozen=True)
class Owner:
    """What decides how loud a finding is, and whether it has a command."""

    management: Management
    carries_vms: bool
    """Whether VMs reach the network through this host: it has an external switch, or is a node of a cluster."""


def ring_of(setting: AdvancedProperty) -> Ring:
    """The ring that a driver setting describes.

    Raises:
        Unknown: the value is not a number.
    """
    try:
        (value,) = setting.registry_value
        current = int(value)
    except ValueError:
        raise Unknown(_("{adapter} reports a value for {keyword} that is not a number", **_names(setting))) from None
    listed = (_number(value) for value in setting.valid_registry_values)
    choices = tuple(value for value in listed if value is not None)
    return Ring(
        current=current,
        default=_number(setting.default_registry_value),
        highest=max(choices, default=_number(setting.numeric_parameter_max_value)),
        lowest=_number(setting.numeric_parameter_min_value) or 0,
        step=_number(setting.numeric_parameter_step_value) or 1,
        choices=choices,
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
    owner: Owner,
    threshold: float,
) -> Iterator[Finding]:
    """Findings for adapters whose ring is no longer than the driver's default.

    Raises:
        NotApplicable: no adapter in scope lets its ring be set.
        Unknown: a driver does not say what its default is, or writes no number.
    """
    if not adapters:
        raise NotApplicable(_("no adapter in scope: none carries an external switch, migration or cluster traffic"))
    pairs = [(a, s) for a in adapters for s in settings if s.instance_id == a.interface_guid]
    reasons, adjustable = [], False
    for adapter, setting in pairs:
        try:
            ring = ring_of(setting)
        except Unknown as unknown:
            reasons.append(unknown.reason)
            continue
        adjustable = adjustable or not ring.is_automatic
        if ring.is_automatic or (ring.highest is not None and ring.current >= ring.highest):
            continue
        if ring.default is None or ring.highest is None:
            reasons.append(_("the driver of {adapter} gives no default or no maximum for {keyword}", **_names(setting)))
        elif ring.current <= ring.default:
            size = ring.above(ring.default, ring.highest)
            yield _too_short(adapter, setting, ring, size, share_of(adapter), owner, threshold)
    if reasons:
        raise Unknown(reasons[0])
    if not adjustable:
        raise NotApplicable(_("the drivers of these adapters size their buffers themselves"))


def _too_short(
    adapter: NetAdapter,
    setting: AdvancedProperty,
    ring: Ring,
    size: int,
    share: float | None,
    owner: Owner,
    threshold: float,
) -> Finding:
    losing = share is not None and share >= threshold
    fix = Fix(
        "Set-NetAdapterAdvancedProperty",
        Name=adapter.name,
        RegistryKeyword=setting.registry_keyword,
        RegistryValue=str(size),
        effect=SideEffect.RESTARTS_ADAPTER,
        before={f"{adapter.name} {setting.registry_keyword}": ring.current},
        note=_NEXT_STEP,
    )
    direct = not owner.management.is_external
    return Finding(
        _message(adapter, setting, ring, share, threshold),
        subject=adapter.name,
        severity=Severity.WARNING if losing and direct and owner.carries_vms else Severity.INFO,
        evidence={
            "RegistryKeyword": setting.registry_keyword,
            "RegistryValue": ring.current,
            "DefaultRegistryValue": ring.default,
            "NumericParameterMaxValue": ring.highest,
        },
        # Without discards, a restart of the adapter would buy nothing.
        fix=fix if losing and direct else None,
        hint=owner.management.hint if not direct else None if losing else _WATCH,
    )


_NEXT_STEP = _(
    "One step at a time: double the value, watch the discards, and stop when they do. Each buffer costs memory of the "
    "host, once per queue."
)
_WATCH = _("Leave the value as it is, and audit the host again while it is busy, such as during a live migration.")


def _message(
    adapter: NetAdapter, setting: AdvancedProperty, ring: Ring, share: float | None, threshold: float
) -> Message:
    values = {
        "adapter": Verbatim(adapter.name),
        "keyword": Verbatim(setting.registry_keyword),
        "current": Verbatim(ring.current),
        "default": Verbatim(ring.default),
        "highest": Verbatim(ring.highest),
    }
    if share is None:
        return _(
            "{adapter} has {keyword} at {current} (the driver's default is {default}, its maximum {highest}); "
            "there was too little traffic to see discards",
            **values,
        )
    if share >= threshold:
        return _(
            "{adapter} discards at least {share} of its packets with {keyword} at {current} "
            "(the driver's default is {default}, its maximum {highest})",
            share=Percent(share),
            **values,
        )
    return _(
        "{adapter} has {keyword} at {current} (the driver's default is {default}, its maximum {highest}); "
        "it discards next to nothing, so there is nothing to do yet",
        **values,
    )


def _number(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def _names(setting: AdvancedProperty) -> dict[str, Verbatim]:
    return {"adapter": Verbatim(setting.name), "keyword": Verbatim(setting.registry_keyword)}
