"""The nouns of hvnet: guideline, finding, fix, verdict, severity. Nothing here reads a host or a file."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Any, Literal

from checks.i18n import Message, _

WindowsVersion = Literal["2012 R2", "2016", "2019", "2022", "2025"]
VERSIONS: tuple[WindowsVersion, ...] = ("2012 R2", "2016", "2019", "2022", "2025")
"""Windows Server versions that hvnet speaks about, oldest first."""


class Verdict(StrEnum):
    """What a check can say of a host. Unknown is never counted as pass or fail."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"
    WAIVED = "waived"

    @property
    def label(self) -> Message:
        """The verdict in words."""
        return _VERDICT_LABELS[self]


_VERDICT_LABELS = {
    Verdict.PASS: _("pass"),
    Verdict.FAIL: _("fail"),
    Verdict.NOT_APPLICABLE: _("not applicable"),
    Verdict.UNKNOWN: _("unknown"),
    Verdict.WAIVED: _("waived"),
}


class Severity(StrEnum):
    """How much a finding matters. Critical is for what breaks or stalls traffic; info is advice."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info, 2 for critical: severities compare by it."""
        return list(Severity).index(self)

    @property
    def label(self) -> Message:
        """The severity in words."""
        return _SEVERITY_LABELS[self]


_SEVERITY_LABELS = {
    Severity.INFO: _("info"),
    Severity.WARNING: _("warning"),
    Severity.CRITICAL: _("critical"),
}


class SideEffect(StrEnum):
    """What applying a fix disturbs."""

    NONE = "none"
    REPROGRAMS_ADAPTERS = "reprograms_adapters"
    RESTARTS_ADAPTER = "restarts_adapter"
    MOVES_STORAGE = "moves_storage"
    MOVES_VMS = "moves_vms"
    REBOOTS = "reboots"
    CUTS_CONNECTIONS = "cuts_connections"

    @property
    def label(self) -> Message:
        """The side effect in a sentence."""
        return _EFFECT_LABELS[self]


_EFFECT_LABELS = {
    SideEffect.NONE: _("Takes effect at once and interrupts nothing."),
    SideEffect.REPROGRAMS_ADAPTERS: _(
        "Reprograms the network adapters at once: RDMA traffic may stall for a moment. "
        "Drain the node first, and change one node at a time."
    ),
    SideEffect.RESTARTS_ADAPTER: _(
        "Restarts the network adapter: its link is down for some seconds. "
        "Drain the node first, and change one adapter of a team at a time."
    ),
    SideEffect.MOVES_STORAGE: _(
        "Copies virtual disks while the VM runs: heavy storage and network traffic until it ends."
    ),
    SideEffect.MOVES_VMS: _("Moves virtual machines to another node."),
    SideEffect.REBOOTS: _("Needs a restart of the host."),
    SideEffect.CUTS_CONNECTIONS: _(
        "Ends the connections that depend on what it changes, perhaps your own session. "
        "Have the console at hand, and change one node at a time."
    ),
}


class NotApplicable(Exception):  # noqa: N818 - an answer, not an error
    """Raised by a check that has nothing to judge on this host."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Unknown(Exception):  # noqa: N818 - an answer, not an error
    """Raised by a check that cannot tell from the facts."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True)
class Command:
    """One PowerShell command: a cmdlet and its parameters. A value may be a command again."""

    cmdlet: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.cmdlet, *(_argument(name, value) for name, value in self.parameters.items())])


@dataclass(frozen=True)
class Assignment(Command):
    """A property of what a cmdlet finds, set to a value: most objects of a cluster have no ``Set-`` cmdlet."""

    name: str = ""
    value: Any = None

    def __str__(self) -> str:
        return f"({super().__str__()}).{self.name} = {literal(self.value)}"


@dataclass(frozen=True, init=False)
class Fix:
    """What mends a finding: commands in order, the values they replace, and what they disturb.

    ``before`` holds the values that stood there, so that a person can go back. ``note`` says what the
    commands do not do by themselves.
    """

    commands: tuple[Command, ...]
    effect: SideEffect
    before: Mapping[str, Any]
    note: Message | None

    def __init__(
        self,
        cmdlet: str,
        /,
        *,
        effect: SideEffect = SideEffect.NONE,
        before: Mapping[str, Any] | None = None,
        note: Message | None = None,
        **parameters: Any,
    ) -> None:
        object.__setattr__(self, "commands", (Command(cmdlet, parameters),))
        object.__setattr__(self, "effect", effect)
        object.__setattr__(self, "before", dict(before or {}))
        object.__setattr__(self, "note", note)

    @classmethod
    def of(
        cls,
        *commands: Command,
        effect: SideEffect = SideEffect.NONE,
        before: Mapping[str, Any] | None = None,
        note: Message | None = None,
    ) -> Fix:
        """A fix of commands that exist already, in their order."""
        fix = cls(commands[0].cmdlet, effect=effect, before=before, note=note)
        object.__setattr__(fix, "commands", commands)
        return fix

    def then(self, cmdlet: str, /, **parameters: Any) -> Fix:
        """The same fix with one more command at its end."""
        longer = Fix(cmdlet, effect=self.effect, before=self.before, note=self.note)
        object.__setattr__(longer, "commands", (*self.commands, Command(cmdlet, parameters)))
        return longer

    @property
    def script(self) -> str:
        """The commands as PowerShell, one a line, the former values as comments above them."""
        former = (f"# {_comment(name)}: {_comment(former_value(value))}" for name, value in self.before.items())
        return "\n".join([*former, *(str(command) for command in self.commands)])


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, on one object, with its evidence and its fix.

    ``severity`` None means the guideline's own; ``evidence`` holds the values that were judged, under the
    names that PowerShell gives them.
    """

    message: Message
    subject: str
    severity: Severity | None = None
    fix: Fix | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    node: str | None = None
    """The host that the finding is about, where a check compares several."""
    hint: Message | None = None
    """What to do where no command is right, such as on hosts that another tool manages."""


@dataclass(frozen=True)
class Source:
    """Where a recommendation comes from: a page, and the day it was read."""

    title: str
    location: str
    """``owner/repository: path`` or an https address."""
    read: date
    says: Message | None = None
    """What the page says on the matter, in our words."""

    @property
    def url(self) -> str:
        """An address that a browser opens."""
        if self.location.startswith("https://"):
            return self.location
        repository, _colon, path = self.location.partition(": ")
        return f"https://github.com/{repository}/blob/HEAD/{path}"


@dataclass(frozen=True)
class Threshold:
    """A number that is ours and not Microsoft's: its default and why it is that."""

    name: str
    default: float
    reason: Message


Check = Callable[..., Iterator[Finding]]


@dataclass(frozen=True)
class Guideline:
    """One recommendation: its names, what it claims, and the check that judges it."""

    code: str
    slug: str
    title: Message
    severity: Severity
    since: WindowsVersion
    sources: tuple[Source, ...]
    check: Check
    thresholds: tuple[Threshold, ...] = ()

    @property
    def area(self) -> str:
        """The first part of the slug, such as ``live-migration``."""
        return self.slug.partition("/")[0]

    @property
    def versions(self) -> tuple[WindowsVersion, ...]:
        """Windows Server versions that the guideline holds for."""
        return VERSIONS[VERSIONS.index(self.since) :]


AREAS: dict[str, Message] = {
    "live-migration": _("Live migration"),
    "failover-cluster": _("Failover cluster"),
    "rdma": _("RDMA"),
    "dcb": _("Data Center Bridging"),
    "smb-multichannel": _("SMB Multichannel"),
    "cross-node": _("Between nodes"),
    "physical-nic": _("Physical network adapters"),
    "virtual-switch": _("Virtual switch"),
    "vmq": _("VMQ and VMMQ"),
    "sriov": _("SR-IOV"),
    "vm-adapter": _("VM network adapters"),
    "host": _("Host"),
    "bottleneck": _("Bottlenecks"),
    "linux-guest": _("Linux guests"),
}
"""Areas in the order in which pages and reports list them."""


def quote(text: str) -> str:
    """A string as a PowerShell literal that nothing can break out of, and in which nothing can hide.

    Windows PowerShell takes the typographic quotes U+2018 to U+201B for an apostrophe, so they are doubled too.
    Control characters, line separators and direction marks are written as ``[char]0x202E``: a string that holds any
    is a sum in parentheses.
    """
    parts = [_quoted("".join(run)) if shown else _code_units(run) for shown, run in _runs(text)]
    if len(parts) <= 1 and not any(part.startswith("[") for part in parts):
        return parts[0] if parts else "''"
    # A sum is a string only where it begins with one.
    return "(" + " + ".join(parts if parts[0].startswith("'") else ["''", *parts]) + ")"


def _runs(text: str) -> Iterator[tuple[bool, list[str]]]:
    for shown, run in groupby(text, key=lambda c: unicodedata.category(c) not in _HIDDEN):
        yield shown, list(run)


_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _quoted(text: str) -> str:
    return "'" + "".join(c * 2 if c in "'\u2018\u2019\u201a\u201b" else c for c in text) + "'"


def _code_units(characters: Iterable[str]) -> str:
    """Characters by their numbers; PowerShell's are UTF-16, so that some take two."""
    raw = "".join(characters).encode("utf-16-be", "surrogatepass").hex().upper()
    return " + ".join(f"[char]0x{raw[i : i + 4]}" for i in range(0, len(raw), 4))


def literal(value: Any) -> str:
    """A value as PowerShell writes it: string, number, boolean, list or a command in parentheses."""
    match value:
        case None:
            return "$null"
        case bool():
            return "$true" if value else "$false"
        case int() | float():
            return str(value)
        case Command():
            return f"({value})"
        case list() | tuple():
            return ", ".join(literal(item) for item in value)
        case _:
            return quote(str(value))


def _argument(name: str, value: Any) -> str:
    # A switch that is on has no value: True alone would be read as the next positional argument.
    return f"-{name}:{literal(value)}" if isinstance(value, bool) else f"-{name} {literal(value)}"


def former_value(value: Any) -> str:
    """A former value in a comment: as PowerShell writes it where there is none, and an enumeration by its name too."""
    if value is None or value == "":
        return literal(value)
    if isinstance(value, list | tuple):
        return ", ".join(former_value(item) for item in value)
    name = getattr(value, "powershell", None)
    return f"{name} ({int(value)})" if name else str(value)


def _comment(value: Any) -> str:
    # A line break inside a comment would end the comment and start a command.
    return " ".join(str(value).split())
