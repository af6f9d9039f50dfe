"""An audit: targets and guidelines in, one report out. A host that cannot be read is a row, never a gap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from checks import __version__
from checks.collector import plan, read, script
from checks.facts.needs import find
from checks.facts.system import OperatingSystem
from checks.guidelines import all_guidelines
from checks.i18n import Message, Verbatim, _
from checks.judge import ClusterFacts, Result, cluster_of, compares_nodes, group, judge_cluster, judge_host
from checks.model import Guideline, NotApplicable, Severity, Unknown, Verdict
from checks.settings import Settings
from checks.snapshot import BEGIN, END, Snapshot, SnapshotError
from checks.transports import Output, TransportError, winrm

WORKERS = 32
"""Hosts asked at the same time: a host spends nearly all of its time waiting for Windows."""

STOPPING_SECONDS = 3.0
"""What hosts may take, after Ctrl-C, to give back their shells."""
_COLLECTOR = Verbatim("hvnet collector")
_SHOWN = 300
"""Characters of a host's own words that a reason repeats."""

Run = Callable[[str], Output]
"""Runs a script on one host, as a transport does."""


class Stage(StrEnum):
    """What an audit is doing with a host."""

    WAITING = "waiting"
    COLLECTING = "collecting"
    DONE = "done"
    FAILED = "failed"


Progress = Callable[[str, Stage], None]


@dataclass(frozen=True)
class HostReport:
    """What an audit says of one host.

    ``name`` is what the user called it. ``error`` says why it could not be read; its results are then all unknown.
    """

    name: str
    results: tuple[Result, ...]
    snapshot: Snapshot | None = None
    error: Message | None = None
    error_kind: str = ""
    system: OperatingSystem | None = None
    cluster: str | None = None


@dataclass(frozen=True)
class ClusterReport:
    """What the guidelines that compare nodes say of one cluster."""

    name: str
    nodes: tuple[str, ...]
    missing: tuple[str, ...]
    results: tuple[Result, ...]


@dataclass(frozen=True)
class Report:
    """The verdicts of an audit: hosts and clusters, each by guidelines."""

    hosts: tuple[HostReport, ...]
    clusters: tuple[ClusterReport, ...]
    guidelines: tuple[Guideline, ...]
    started: datetime
    finished: datetime
    hvnet: str = __version__
    was_interrupted: bool = False
    remarks: tuple[Message, ...] = ()
    """What else the reader should know: waivers that expired or cover nothing, nodes that nobody asked."""

    @property
    def results(self) -> list[Result]:
        """All results, of hosts and of clusters."""
        parts: list[HostReport | ClusterReport] = [*self.hosts, *self.clusters]
        return [result for part in parts for result in part.results]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many results have each verdict, none left out."""
        return {verdict: sum(r.verdict is verdict for r in self.results) for verdict in Verdict}

    def failed(self, at_least: Severity = Severity.WARNING) -> bool:
        """Whether a finding is as severe as *at_least*."""
        return any(r.severity is not None and r.severity.rank >= at_least.rank for r in self.results)

    @property
    def is_undecided(self) -> bool:
        """Whether something could not be told."""
        return any(r.verdict is Verdict.UNKNOWN or r.is_partial for r in self.results)


@dataclass
class Collected:
    """The outcome of asking hosts: a snapshot or a reason for each."""

    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    failures: dict[str, tuple[str, Message]] = field(default_factory=dict)
    was_interrupted: bool = False

    def has(self, host: str) -> bool:
        """Whether a host answered or failed."""
        return host in self.snapshots or host in self.failures


def select(wanted: Iterable[str] = (), ignored: Iterable[str] = ()) -> tuple[Guideline, ...]:
    """Guidelines by prefixes of their code or slug; none wanted means all.

    Raises:
        LookupError: a prefix matches nothing; the argument is that prefix.
    """
    guidelines = all_guidelines()
    for prefix in (*wanted, *ignored):
        if not any(_matches(guideline, prefix) for guideline in guidelines):
            raise LookupError(prefix)
    chosen = [g for g in guidelines if not wanted or any(_matches(g, prefix) for prefix in wanted)]
    return tuple(g for g in chosen if not any(_matches(g, prefix) for prefix in ignored))


def collect(
    hosts: Mapping[str, Run],
    guidelines: Iterable[Guideline],
    progress: Progress | None = None,
    workers: int = WORKERS,
    also: Iterable[type[Any]] = (),
    into: Collected | None = None,
) -> Collected:
    """Ask each host, all at once, for the facts that the guidelines and *also* need. Ctrl-C keeps what has come in.

    *into* is filled where it is given: whoever follows the progress finds there what each host answered.
    """
    tell = progress or (lambda _host, _stage: None)
    text = script(plan(guidelines, also))
    collected = Collected() if into is None else into
    pool = ThreadPoolExecutor(max_workers=max(1, min(workers, len(hosts))), thread_name_prefix="hvnet")
    waiting: dict[Future[Snapshot], str] = {}
    try:
        for host, run in hosts.items():
            tell(host, Stage.WAITING)
            waiting[pool.submit(_ask, host, run, text, tell)] = host
        for future in as_completed(waiting):
            _keep(collected, waiting[future], future, tell)
    except KeyboardInterrupt:
        collected.was_interrupted = True
        pool.shutdown(wait=False, cancel_futures=True)
        for future, host in waiting.items():
            if future.done() and not future.cancelled() and not collected.has(host):
                _keep(collected, host, future, tell)
        _stop([future for future in waiting if not future.cancelled()])
    finally:
        pool.shutdown(wait=not collected.was_interrupted, cancel_futures=True)
    for host in hosts:
        if not collected.has(host):
            collected.failures[host] = ("interrupted", _("the audit was stopped before this host answered"))
    return collected


def audit(
    collected: Collected,
    guidelines: Sequence[Guideline],
    started: datetime | None = None,
    settings: Settings | None = None,
) -> Report:
    """Judge hosts and the clusters that they say they form."""
    chosen = settings or Settings()
    guidelines = tuple(chosen.with_severity(guideline) for guideline in guidelines)
    clusters = list(group(collected.snapshots))
    hosts = [_host(name, facts, guidelines, chosen) for name, facts in collected.snapshots.items()]
    hosts += [_dead(name, kind, reason, guidelines) for name, (kind, reason) in collected.failures.items()]
    now = datetime.now(UTC)
    return Report(
        hosts=tuple(sorted(hosts, key=lambda host: host.name.lower())),
        clusters=tuple(_cluster(cluster, guidelines, chosen) for cluster in clusters),
        guidelines=tuple(guidelines),
        started=started or now,
        finished=now,
        was_interrupted=collected.was_interrupted,
        remarks=tuple(_not_asked(cluster) for cluster in clusters if cluster.missing),
    )


def _stop(running: Sequence[Future[Snapshot]]) -> None:
    """Let hosts that still run the script give back their shells; a second Ctrl-C does not wait for them."""
    with suppress(KeyboardInterrupt):
        winrm.stop()
        wait(running, STOPPING_SECONDS)


def _ask(host: str, run: Run, text: str, tell: Progress) -> Snapshot:
    tell(host, Stage.COLLECTING)
    output = run(text)
    reason = _damage(output)
    if reason is not None:
        raise SnapshotError(reason)
    try:
        return read(output.stdout, host)
    except SnapshotError as error:
        raise SnapshotError(
            _(
                "What the script printed cannot be read: {problem}. Run the output of {command} on the host by hand to "
                "see what changes it.",
                problem=error.reason,
                command=_COLLECTOR,
            )
        ) from None


def _damage(output: Output) -> Message | None:
    """Why an output cannot be what the script prints: ASCII, between marker lines."""
    begin = output.stdout.find(BEGIN)
    end = output.stdout.find(END, begin)
    if begin < 0:
        said = " ".join(output.stderr.split()) or " ".join(output.stdout.split())
        return _(
            "PowerShell did not run the script and ended with exit code {code}: “{text}”. Run the output of {command} "
            "on the host by hand to see what stops it.",
            code=Verbatim(output.exit_code),
            text=said[:_SHOWN],
            command=_COLLECTOR,
        )
    if end < 0:
        return _(
            "The output was cut off before its end. Ask the host again, and look at the memory that WinRM allows a "
            "shell ({setting}).",
            setting=Verbatim("MaxMemoryPerShellMB"),
        )
    if output.stdout.find("\N{REPLACEMENT CHARACTER}", begin, end) >= 0:
        return _(
            "The output holds characters that the script does not print. Run the output of {command} on the host by "
            "hand to see what changes it.",
            command=_COLLECTOR,
        )
    return None


def _keep(collected: Collected, host: str, future: Future[Snapshot], tell: Progress) -> None:
    try:
        collected.snapshots[host] = future.result()
        tell(host, Stage.DONE)
        return
    except TransportError as error:
        collected.failures[host] = (error.kind, error.reason)
    except SnapshotError as error:
        collected.failures[host] = ("protocol", error.reason)
    except Exception as error:  # one host must not end the audit of the others
        reason = _("hvnet itself failed on this host: {error}", error=Verbatim(f"{type(error).__name__}: {error}"))
        collected.failures[host] = ("internal", reason)
    tell(host, Stage.FAILED)


def _host(name: str, snapshot: Snapshot, guidelines: Sequence[Guideline], settings: Settings) -> HostReport:
    membership: str | None = None
    doubt: Message | None = None
    try:
        found = cluster_of(snapshot)
        membership = found[0] if found else None
    except Unknown as unknown:
        doubt = unknown.reason
    results = []
    for guideline in guidelines:
        if not compares_nodes(guideline):
            results.append(judge_host(guideline, snapshot, settings.limits(guideline)))
        elif doubt is not None:
            results.append(Result(guideline, Verdict.UNKNOWN, reason=doubt))
        elif membership is None:
            reason = NotApplicable(_("the host is not a node of a failover cluster")).reason
            results.append(Result(guideline, Verdict.NOT_APPLICABLE, reason=reason))
    return HostReport(name, tuple(results), snapshot, system=_system(snapshot), cluster=membership)


def _dead(name: str, kind: str, reason: Message, guidelines: Sequence[Guideline]) -> HostReport:
    results = tuple(Result(guideline, Verdict.UNKNOWN, reason=reason) for guideline in guidelines)
    return HostReport(name, results, error=reason, error_kind=kind)


def _cluster(cluster: ClusterFacts, guidelines: Sequence[Guideline], settings: Settings) -> ClusterReport:
    comparing = (guideline for guideline in guidelines if compares_nodes(guideline))
    results = tuple(judge_cluster(guideline, cluster, settings.limits(guideline)) for guideline in comparing)
    return ClusterReport(cluster.name, tuple(cluster.snapshots), cluster.missing, results)


def _not_asked(cluster: ClusterFacts) -> Message:
    missing = [Verbatim(name) for name in cluster.missing]
    return _("cluster {name}: these nodes were not read: {missing}", name=Verbatim(cluster.name), missing=missing)


def _system(snapshot: Snapshot) -> OperatingSystem | None:
    try:
        system: OperatingSystem = find(OperatingSystem, snapshot)
    except Unknown:
        return None
    return system


def _matches(guideline: Guideline, prefix: str) -> bool:
    return guideline.code.upper().startswith(prefix.upper()) or guideline.slug.startswith(prefix.lower())
