"""The tests that the pytest plugin makes of hosts and guidelines.

Hosts are read once: by the only process, or by xdist's controller, which leaves what it read in a folder for the
workers. Judging is the same in each of them.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
from collections.abc import Generator, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from checks import choices, snapshot
from checks.audit import Collected, Report, Run, collect, select
from checks.console import UserError
from checks.i18n import Message, Verbatim, _, choose
from checks.judge import Result
from checks.model import Finding, Guideline, Severity, Verdict
from checks.report.text import Part, advice, parts, say, worst_first

ROOT = "hvnet"
"""The first part of every node id. It is no folder: ``pytest hvnet::HV16`` runs the tests of one host."""


class Advice(pytest.PytestWarning):
    """Findings that do not fail a test."""


class Plugin:
    """The plugin of one pytest process that was given hosts."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.language = choose(config.getoption("hvnet_lang"))
        try:
            self.choices = choices.load(
                self._path("hvnet_config"), self._path("hvnet_waivers"), None, folder=config.rootpath
            )
            self.guidelines = select(self.choices.settings.select, self.choices.settings.ignore)
        except (UserError, LookupError) as error:
            raise self._usage(error) from None
        self._folder: Path | None = None
        self._wanted: list[str] = []
        for marker in _markers(self.guidelines):
            config.addinivalue_line("markers", marker)

    @cached_property
    def report(self) -> Report:
        """The verdicts."""
        return self.choices.judge(self.collected, self.guidelines)

    @cached_property
    def collected(self) -> Collected:
        """What the hosts answered: read here, or by the controller before."""
        left = getattr(self.config, "workerinput", {}).get("hvnet")
        return _load(Path(left)) if left else self._read()

    def pytest_sessionstart(self) -> None:
        """Read the hosts before any test and any worker starts; what cannot be used ends the run here."""
        if not self.collected.snapshots and not self.collected.failures:
            raise pytest.UsageError("hvnet: no host")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of xdist where the answers are."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="hvnet-"))
            _save(self.collected, self._folder, self.language)
        node.workerinput["hvnet"] = str(self._folder)

    def pytest_unconfigure(self) -> None:
        """Remove what was left for the workers."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, Any, Any]:
        """Keep our own node ids from pytest, which would look for files of that name."""
        asked = self.config.args
        self._wanted = [each for each in asked if _is_ours(each)]
        self.config.args = [each for each in asked if not _is_ours(each)]
        try:
            return (yield)
        finally:
            self.config.args = asked

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add the tests of the hosts, before ``-k``, ``-m`` and ``--lf`` choose among all."""
        root: Root = Root.from_parent(session, name=ROOT, nodeid=ROOT, plugin=self)
        for item in session.genitems(root):
            if not self._wanted or any(f"{item.nodeid}::".startswith(f"{each}::") for each in self._wanted):
                items.append(item)

    def _read(self) -> Collected:
        try:
            collected = collect(self._runs(), self.guidelines)
            for path in map(Path, self.config.getoption("hvnet_snapshot") or ()):
                name = path.stem if path.stem not in collected.snapshots else str(path)
                collected.snapshots[name] = snapshot.load(path)
        except (UserError, snapshot.SnapshotError) as error:
            raise self._usage(error) from None
        if collected.was_interrupted:
            raise KeyboardInterrupt
        return collected

    def _runs(self) -> dict[str, Run]:
        path = self._path("hvnet_inventory")
        if path is None:
            return {}
        # The client is wanted here alone.
        from checks.hosts import Access
        from checks.runs import over_winrm

        return over_winrm((), Access(), path)

    def _path(self, option: str) -> Path | None:
        value = self.config.getoption(option)
        return Path(value) if value else None

    def _usage(self, error: Exception) -> pytest.UsageError:
        reason: Message | None = getattr(error, "message", None) or getattr(error, "reason", None)
        if reason is None:
            reason = _("there is no guideline {name}; `hvnet list` shows them all", name=Verbatim(error.args[0]))
        return pytest.UsageError(f"hvnet: {say(reason, self.language)}")


class Root(pytest.Collector):
    """The root of all hosts and clusters."""

    def __init__(self, *, plugin: Plugin, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plugin = plugin

    def collect(self) -> Iterator[Target]:
        """A node per host and cluster, in an order that is the same in every process."""
        for part in parts(self.plugin.report):
            yield Target.from_parent(self, name=_node_name(part), part=part)


class Target(pytest.Collector):
    """One host or cluster."""

    parent: Root

    def __init__(self, *, part: Part, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.part = part

    def collect(self) -> Iterator[Test]:
        """A test per guideline."""
        for result in self.part.results:
            test: Test = Test.from_parent(
                self, name=result.guideline.code, part=self.part, result=result, plugin=self.parent.plugin
            )
            yield test


class Test(pytest.Item):
    """One guideline on one host or cluster."""

    __test__ = False

    def __init__(self, *, part: Part, result: Result, plugin: Plugin, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.part, self.result, self.plugin = part, result, plugin
        self.add_marker(_marker(result.guideline.area))
        self.add_marker(result.guideline.severity.value)
        self.user_properties += [("guideline", result.guideline.code), ("verdict", result.verdict.value)]

    def setup(self) -> None:
        """What has no verdict to test: skipped with the reason, or an error where it could not be told."""
        result = self.result
        if result.verdict is Verdict.NOT_APPLICABLE:
            pytest.skip(self._say(result.reason))
        if result.verdict is Verdict.WAIVED:
            notes = (f"{self._say(finding.message)} ({self._say(note)})" for finding, note in result.waived)
            pytest.skip("; ".join(notes))
        if result.verdict is Verdict.UNKNOWN or (result.is_partial and not self._failed):
            # A failure of the setup is what pytest calls an error.
            pytest.fail("\n".join([self._doubt(), *self._lines(result)]), pytrace=False)

    def runtest(self) -> None:
        """Fail on findings from the settings' severity on; milder ones are a warning."""
        lines = list(self._lines(self.result))
        if self._failed:
            pytest.fail("\n".join([*lines, self._doubt()] if self.result.is_partial else lines), pytrace=False)
        if lines:
            text = "\n".join(lines)
            self.add_report_section("call", "hvnet", text)
            warnings.warn_explicit(Advice(f"{self.part.name} {self.name}: {text}"), None, self.nodeid, 1)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """How pytest heads what it shows of the test."""
        title = say(self.result.guideline.title, self.plugin.language)
        return self.path, None, f"{self.part.name} {self.name}: {title}"

    @property
    def _failed(self) -> bool:
        severity, fail_on = self.result.severity, self.plugin.choices.fail_on
        return severity is not None and severity.rank >= fail_on.rank

    def _lines(self, result: Result) -> Iterator[str]:
        for finding in worst_first(result):
            severity: Severity = result.severity_of(finding)
            yield f"{self._say(severity.label)}: {self._say(finding.message)}"
            yield from (f"    {each}" for each in self._remedy(finding))

    def _remedy(self, finding: Finding) -> Iterator[str]:
        if finding.fix:
            yield from finding.fix.script.splitlines()
        yield from advice(finding, self.plugin.language)

    def _doubt(self) -> str:
        reason = self.result.reason or Verdict.UNKNOWN.label
        return self._say(_("could not be told: {reason}", reason=reason))

    def _say(self, message: Message | None) -> str:
        return say(message, self.plugin.language)


def _markers(guidelines: tuple[Guideline, ...]) -> Iterator[str]:
    for area in dict.fromkeys(guideline.area for guideline in guidelines):
        yield f"{_marker(area)}: guidelines on {area.replace('-', ' ')} (hvnet)"
    for severity in Severity:
        yield f"{severity.value}: guidelines whose findings can be {severity.value} (hvnet)"


def _marker(area: str) -> str:
    return area.replace("-", "_")


def _node_name(part: Part) -> str:
    """A host's name as part of a node id, where two colons separate."""
    return part.name.replace("::", ":_")


def _is_ours(argument: str) -> bool:
    return argument.split("::")[0] == ROOT and not Path(ROOT).exists()


def _save(collected: Collected, folder: Path, language: str) -> None:
    names = {host: f"{number}.json" for number, host in enumerate(collected.snapshots)}
    for host, name in names.items():
        (folder / name).write_text(snapshot.dump(collected.snapshots[host]), encoding="utf-8")
    failures = {host: [kind, reason.render(language)] for host, (kind, reason) in collected.failures.items()}
    (folder / "index.json").write_text(json.dumps({"snapshots": names, "failures": failures}), encoding="utf-8")


def _load(folder: Path) -> Collected:
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return Collected(
        {host: snapshot.load(folder / name) for host, name in index["snapshots"].items()},
        {host: (kind, Message("{text}", {"text": text})) for host, (kind, text) in index["failures"].items()},
    )
