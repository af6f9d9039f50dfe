"""From findings to what to change on each host, in which order. Nothing here changes anything.

Fixes that set the same thing become one step; fixes that contradict each other become none, and both are named.
First comes what disturbs nothing, then what moves storage or virtual machines, then what restarts an adapter, those
of the management network last, then what needs a restart of the host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from checks.audit import ClusterReport, HostReport, Report
from checks.facts.cluster import ClusterService
from checks.facts.management import Management
from checks.facts.needs import find
from checks.facts.net_adapter import NetAdapter
from checks.facts.topology import Topology, is_up
from checks.i18n import Message, Verbatim, _
from checks.judge import Result
from checks.model import Assignment, Command, Finding, Fix, Guideline, SideEffect, Unknown, Verdict, literal
from checks.powershell import reference

T = TypeVar("T")

NEEDED: tuple[type[Any], ...] = (ClusterService, Management, Topology)
"""What a plan has to know of a host, whatever the guidelines ask for."""

ORDER = (
    SideEffect.NONE,
    SideEffect.MOVES_STORAGE,
    SideEffect.MOVES_VMS,
    SideEffect.REPROGRAMS_ADAPTERS,
    SideEffect.RESTARTS_ADAPTER,
    SideEffect.REBOOTS,
)
DISRUPTIVE = (SideEffect.REPROGRAMS_ADAPTERS, SideEffect.RESTARTS_ADAPTER, SideEffect.REBOOTS)
"""Steps that run only where somebody asks for them by name."""

_NAMING = frozenset(
    {
        *("Category", "ControllerLocation", "ControllerNumber", "ControllerType", "Id", "InputObject", "Subnet"),
        *("InterfaceAlias", "InterfaceDescription", "InterfaceIndex", "ManagementOS", "Name", "RegistryKeyword"),
        *("SwitchName", "VMName", "VMNetworkAdapterName"),
        *("ComponentID", "DestinationPrefix", "Force", "NextHop", "ServerName"),
    }
)
"""Parameters that say what a command changes, not what it makes of it."""
_WITH_WILDCARDS = ("InterfaceAlias", "InterfaceDescription", "Name", "SwitchName", "VMName", "VMNetworkAdapterName")
_INVERSE = {
    "Add": "Remove", "Remove": "Add", "Enable": "Disable", "Disable": "Enable", "Install": "Uninstall",
    "Uninstall": "Install",
}  # fmt: skip

Target = tuple[str, ...]
"""One thing that a command sets: where, what, and which property of it."""


@dataclass(frozen=True)
class Reason:
    """A finding, and the guideline that it is of."""

    guideline: Guideline
    finding: Finding


@dataclass(frozen=True)
class Step:
    """Commands that belong together, and the findings that they mend."""

    commands: tuple[Command, ...]
    fix: Fix
    reasons: tuple[Reason, ...]
    adapters: tuple[str, ...] = ()
    """Adapters that the step restarts: each must be up again before anything else happens."""
    partners: tuple[str, ...] = ()
    """The other adapters of their team: they carry the traffic meanwhile, so they must be up before."""
    management: Message | None = None
    """What the step does to the way by which the host is managed, where it does anything."""

    @property
    def effect(self) -> SideEffect:
        """What the step disturbs."""
        return self.fix.effect

    @property
    def undo(self) -> tuple[Command, ...]:
        """The commands that put the former values back, last change first; empty where that is not known."""
        found = [_undone(command, self.fix.before) for command in reversed(self.commands)]
        return tuple(command for command in found if command) if all(found) else ()


@dataclass(frozen=True)
class Left:
    """A finding that the plan has no step for, and why."""

    reason: Reason
    why: Message | None


@dataclass(frozen=True)
class HostPlan:
    """What to change on one host."""

    host: str
    computer: str | None
    """The name that Windows gives the host: a plan must not run on another."""
    collected: str
    steps: tuple[Step, ...]
    left: tuple[Left, ...]
    unknown: tuple[tuple[Guideline | None, Message], ...]
    """What could not be told, and by which guideline."""


def plans(report: Report) -> list[HostPlan]:
    """A plan for each host that was read."""
    drafts = [_Draft(host) for host in report.hosts if host.snapshot is not None]
    for draft in drafts:
        draft.add(draft.host.results)
    for cluster in report.clusters:
        for draft, result in _of_nodes(cluster, drafts):
            draft.add([result])
    contradictory = _contradictory(drafts)
    emitted: dict[Target, _Emitted] = {}
    return [draft.plan(contradictory, emitted) for draft in drafts]


@dataclass
class _Emitted:
    """Where a target is set already."""

    draft: _Draft
    position: int


@dataclass
class _Draft:
    """The findings of a host on their way to a plan."""

    host: HostReport
    wanted: list[Reason] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    unknown: list[tuple[Guideline | None, Message]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.management: Management | Message = self._ask(Management)
        found = self._ask(Topology)
        self.topology = None if isinstance(found, Message) else found
        if isinstance(self.management, Message):
            self.unknown.append((None, self.management))

    def add(self, results: Iterable[Result]) -> None:
        """Sort the findings of results into those with a command for this host and those without."""
        for result in results:
            if result.reason is not None and (result.verdict is Verdict.UNKNOWN or result.is_partial):
                self.unknown.append((result.guideline, result.reason))
            for finding in result.findings:
                reason = Reason(result.guideline, finding)
                why = self._why_not(finding)
                if finding.fix is None or why is not None:
                    self.left.append(Left(reason, why))
                else:
                    self.wanted.append(reason)

    def plan(self, contradictory: Mapping[Target, list[str]], emitted: dict[Target, _Emitted]) -> HostPlan:
        """The steps in order; *emitted* says what is set already, here or by another node of the cluster."""
        for reason in self.wanted:
            self._step(reason, contradictory, emitted)
        system, snapshot = self.host.system, self.host.snapshot
        return HostPlan(
            self.host.name,
            system.reported("computer_name") if system else None,
            snapshot.collected if snapshot else "",
            tuple(sorted(self.steps, key=_rank)),
            tuple(self.left),
            tuple(self.unknown),
        )

    def targets(self, reason: Reason) -> Iterator[tuple[Target, str]]:
        """What a finding's fix sets, and to what."""
        for command in _fix(reason).commands:
            yield from _assignments(command, self._scope(command))

    def _why_not(self, finding: Finding) -> Message | None:
        if finding.fix is None:
            return finding.hint
        if isinstance(self.management, Message):
            return _("No command: who owns the network configuration is not known. {reason}", reason=self.management)
        if self.management.is_external:
            return finding.hint or self.management.hint
        pattern = _pattern(finding.fix)
        if pattern is not None:
            return _(
                "No command: {name} holds characters that PowerShell takes for wildcards. Do this by hand.",
                name=Verbatim(pattern),
            )
        if finding.fix.effect is SideEffect.RESTARTS_ADAPTER and not self._restarted(finding.fix):
            return _("No command: which adapters it restarts is not known. Do this by hand, one adapter at a time.")
        return None

    def _step(self, reason: Reason, contradictory: Mapping[Target, list[str]], emitted: dict[Target, _Emitted]) -> None:
        targets = [target for target, _value in self.targets(reason)]
        opposed = sorted({code for target in targets for code in contradictory.get(target, ())})
        if opposed:
            why = _("No command: the fixes of {codes} contradict each other.", codes=[Verbatim(c) for c in opposed])
            self.left.append(Left(reason, why))
            return
        fix = _fix(reason)
        new = [c for c in fix.commands if any(t not in emitted for t, _v in _assignments(c, self._scope(c)))]
        if not new:
            self._merge(reason, emitted[targets[0]])
            return
        self.steps.append(self._with_care(Step(tuple(new), fix, (reason,))))
        for target in targets:
            emitted.setdefault(target, _Emitted(self, len(self.steps) - 1))

    def _merge(self, reason: Reason, first: _Emitted) -> None:
        if first.draft is not self:
            why = _("Set once for the cluster, by the plan of {host}.", host=Verbatim(first.draft.host.name))
            self.left.append(Left(reason, why))
            return
        step = self.steps[first.position]
        self.steps[first.position] = replace(step, reasons=(*step.reasons, reason))

    def _with_care(self, step: Step) -> Step:
        if step.effect is not SideEffect.RESTARTS_ADAPTER:
            return step
        adapters = self._restarted(step.fix)
        return replace(
            step, adapters=adapters, partners=self._partners(adapters), management=self._managed_by(adapters)
        )

    def _restarted(self, fix: Fix) -> tuple[str, ...]:
        """Names of the adapters that a fix restarts: those that it names, else all that are in use."""
        named = [c.parameters.get("Name") for c in fix.commands if c.cmdlet.partition("-")[2].startswith("NetAdapter")]
        if named and all(isinstance(name, str) for name in named):
            return tuple(dict.fromkeys(str(name) for name in named))
        return tuple(_names(self.topology, lambda topology: topology.wires))

    def _partners(self, adapters: tuple[str, ...]) -> tuple[str, ...]:
        around = _names(self.topology, _team_around(adapters))
        return tuple(dict.fromkeys(name for name in around if name not in adapters))

    def _managed_by(self, adapters: tuple[str, ...]) -> Message | None:
        """What restarting adapters does to the host's management: it comes through the default gateway's network."""
        ports = _names(self.topology, _management_ports)
        if not ports:
            return _CANNOT_TELL
        if not set(adapters) & set(ports):
            return None
        return _ONLY_PATH if set(ports) <= set(adapters) else _ONE_OF_PATHS

    def _ask(self, what: type[T]) -> T | Message:
        try:
            found: T = find(what, self.host.snapshot)  # type: ignore[arg-type]
        except Unknown as unknown:
            return unknown.reason
        return found

    def _scope(self, command: Command) -> str:
        """Whose setting a command changes: the cluster's, which every node sees, or the host's own."""
        of_cluster = command.cmdlet.partition("-")[2].startswith("Cluster") and self.host.cluster
        return f"cluster {self.host.cluster}" if of_cluster else f"host {self.host.name}"


_ONLY_PATH = _(
    "This is the only way by which the host is managed: the session ends when the adapter restarts. Run the plan from "
    "the host's console."
)
_ONE_OF_PATHS = _("The host is managed through this adapter too; meanwhile, another one of the same team carries it.")
_CANNOT_TELL = _(
    "Whether the host is managed through this adapter alone is not known. Run the plan from the host's console."
)


def _of_nodes(cluster: ClusterReport, drafts: Iterable[_Draft]) -> Iterator[tuple[_Draft, Result]]:
    """The results of a cluster, taken apart by node: a finding without a node goes to the first."""
    members = {_computer(draft): draft for draft in drafts if draft.host.cluster == cluster.name}
    nodes = [name.lower() for name in cluster.nodes if name.lower() in members]
    for result in cluster.results:
        for name in nodes:
            mine = [f for f in result.findings if (f.node or nodes[0]).lower() == name]
            if mine or result.reason is not None:
                yield members[name], replace(result, findings=tuple(mine))


def _computer(draft: _Draft) -> str:
    system = draft.host.system
    return str(system.reported("computer_name") if system else "").lower()


def _contradictory(drafts: Iterable[_Draft]) -> dict[Target, list[str]]:
    """Targets that fixes set to different values, with the codes of the guidelines that want that."""
    values: dict[Target, dict[str, list[str]]] = {}
    for draft in drafts:
        for reason in draft.wanted:
            for target, value in draft.targets(reason):
                values.setdefault(target, {}).setdefault(value, []).append(reason.guideline.code)
    return {t: [code for codes in found.values() for code in codes] for t, found in values.items() if len(found) > 1}


def _assignments(command: Command, scope: str) -> Iterator[tuple[Target, str]]:
    """What a command sets, and to what. Whether a thing is there or on is a setting of it, named by the verb."""
    verb, _hyphen, noun = command.cmdlet.partition("-")
    naming = _named(command)
    named = sorted(f"{name}={literal(value)}".lower() for name, value in naming.items())
    if isinstance(command, Assignment):
        yield (scope, noun.lower(), *named, f".{command.name.lower()}"), literal(command.value)
        return
    settings = {name: value for name, value in command.parameters.items() if name not in naming}
    if verb not in ("Set", "Move") or not settings:
        yield (scope, noun.lower(), *named), verb
    for name, value in settings.items():
        yield (scope, noun.lower(), *named, f"-{name.lower()}"), literal(value)


def _undone(command: Command, before: Mapping[str, Any]) -> Command | None:
    if isinstance(command, Assignment):
        former = before.get(command.name)
        return None if former is None else replace(command, value=former)
    verb, _hyphen, noun = command.cmdlet.partition("-")
    naming = _named(command)
    if verb in _INVERSE:
        inverse = f"{_INVERSE[verb]}-{noun}"
        return Command(inverse, naming) if inverse in reference()["cmdlets"] else None
    if verb != "Set":
        return None
    settings = {name: value for name, value in command.parameters.items() if name not in naming}
    if not set(settings) <= set(before) and len(settings) == len(before) == 1:
        before = dict(zip(settings, before.values(), strict=True))
    if any(before.get(name) is None for name in settings):
        return None
    former = {name: str(before[name]) if isinstance(value, str) else before[name] for name, value in settings.items()}
    return Command(command.cmdlet, {**naming, **former})


def _named(command: Command) -> dict[str, Any]:
    """The parameters that say what a command changes."""
    # To flow control, a priority is what it changes; to other cmdlets, a setting.
    also = {"Priority"} if command.cmdlet.endswith("-NetQosFlowControl") else set()
    return {name: value for name, value in command.parameters.items() if name in _NAMING | also}


def _pattern(fix: Fix) -> str | None:
    """A name in a fix that PowerShell would take for a pattern: it could match more than it says."""
    values = (command.parameters.get(name) for command in fix.commands for name in _WITH_WILDCARDS)
    return next((v for v in values if isinstance(v, str) and any(c in "*?[]`" for c in v)), None)


def _fix(reason: Reason) -> Fix:
    if reason.finding.fix is None:
        raise ValueError("only findings with a fix are made into steps")
    return reason.finding.fix


def _rank(step: Step) -> tuple[int, bool, tuple[str, ...]]:
    # Sorting keeps the order of the guidelines among equals.
    return ORDER.index(step.effect), step.management is not None, step.adapters


def _names(topology: Topology | None, choose: Callable[[Topology], Iterable[NetAdapter]]) -> list[str]:
    """Names of those chosen ports that are up; none where the host did not say enough."""
    if topology is None:
        return []
    try:
        return [port.name for port in choose(topology) if is_up(port)]
    except Unknown:
        return []


def _team_around(adapters: Iterable[str]) -> Callable[[Topology], Iterable[NetAdapter]]:
    """The ports of every team that one of *adapters* is in: those below one switch, or below one LBFO interface."""

    def choose(topology: Topology) -> Iterator[NetAdapter]:
        described = {nic.interface_description for nic in topology.team_nics}
        teams = [*topology.uplinks.values()]
        teams += [topology.ports([each]) for each in topology.adapters if each.interface_description in described]
        for ports in teams:
            if not {port.name for port in ports}.isdisjoint(adapters):
                yield from ports

    return choose


def _management_ports(topology: Topology) -> Iterable[NetAdapter]:
    return topology.ports(topology.by_index[index] for index in sorted(topology.gateway_indexes))
