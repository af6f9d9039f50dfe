"""Tests of the guidelines: which ones pytest collects, and how they last ended."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET  # the file is pytest's own
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from checks.i18n import Message, _
from checks.paths import ROOT

JUNIT = ROOT / "build" / "junit.xml"
"""Where pytest's last results are looked for: ``pytest --junitxml=build/junit.xml``."""

FOLDER = "tests/guidelines"


class Outcome(StrEnum):
    """How a test last ended. A test that was skipped has not run."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not_run"

    @property
    def label(self) -> Message:
        """The outcome in words."""
        return _OUTCOME_LABELS[self]


_OUTCOME_LABELS = {Outcome.PASSED: _("passed"), Outcome.FAILED: _("failed"), Outcome.NOT_RUN: _("not run")}


class State(StrEnum):
    """How well a guideline is covered by its tests."""

    COVERED = "covered"
    FAILED = "failed"
    NOT_RUN = "not_run"
    ORPHAN = "orphan"

    @property
    def label(self) -> Message:
        """The state in words."""
        return _STATE_LABELS[self]


_STATE_LABELS = {
    State.COVERED: _("covered"),
    State.FAILED: _("failed"),
    State.NOT_RUN: _("not run"),
    State.ORPHAN: _("orphan"),
}


class CollectionError(Exception):
    """pytest could not collect the tests of the guidelines."""


class NotJUnit(Exception):  # noqa: N818 - says what it is
    """A file of results is not XML."""


@dataclass(frozen=True)
class Tally:
    """The tests of one case file, by how they last ended."""

    outcomes: Mapping[str, Outcome]

    def count(self, outcome: Outcome) -> int:
        """How many tests ended that way."""
        return sum(each is outcome for each in self.outcomes.values())

    @property
    def state(self) -> State:
        """Failed before not run before covered; without any test, an orphan."""
        if not self.outcomes:
            return State.ORPHAN
        if self.count(Outcome.FAILED):
            return State.FAILED
        return State.NOT_RUN if self.count(Outcome.NOT_RUN) else State.COVERED


@dataclass(frozen=True)
class Results:
    """The collected tests, and what the last run said of them."""

    collected: Sequence[str] = ()
    """Node IDs such as ``tests/guidelines/live_migration/transport.yaml::plain TCP/IP``."""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """By JUnit address, which :func:`address` makes of a node ID."""
    finished: datetime | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """The case files that tests were collected from."""
        return tuple(dict.fromkeys(node.partition("::")[0] for node in self.collected))

    def tally(self, path: str) -> Tally:
        """The tests of the case file at *path*, from the repository's root."""
        mine = [node for node in self.collected if node.partition("::")[0] == path]
        found = {node: self.outcomes.get(address(node), Outcome.NOT_RUN) for node in mine}
        return Tally({node.partition("::")[2]: outcome for node, outcome in found.items()})

    @property
    def stale(self) -> tuple[str, ...]:
        """Addresses of results whose test is no longer collected."""
        known = {address(node) for node in self.collected}
        prefix = FOLDER.replace("/", ".")
        return tuple(sorted(each for each in self.outcomes if each.startswith(prefix) and each not in known))


def address(node: str) -> str:
    """The address that pytest's JUnit file gives a node ID: class name and name, joined by a dot."""
    path, _colons, name = node.partition("::")
    return f"{path.replace('/', '.').removesuffix('.py')}.{name.replace('::', '.')}"


def collect(root: Path = ROOT) -> tuple[str, ...]:
    """The node IDs that pytest collects from the case files.

    Raises:
        CollectionError: pytest found none, or something is wrong with one of the files.
    """
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(  # noqa: S603 - our own interpreter and a fixed command
        [*command, FOLDER], cwd=root, capture_output=True, text=True, encoding="utf-8", check=False
    )
    nodes = tuple(line for line in done.stdout.splitlines() if line.startswith(FOLDER + "/") and "::" in line)
    if done.returncode != 0 or not nodes:
        wrong = [line for line in done.stdout.splitlines() if line.startswith(("E  ", "ERROR "))]
        raise CollectionError("; ".join(wrong) or done.stderr.strip() or f"no test was collected from {FOLDER}")
    return nodes


def load(junit: Path = JUNIT, collected: Sequence[str] | None = None) -> Results:
    """Collected tests with the results of the last run; without a results file, nothing has run.

    Raises:
        NotJUnit: the results file is not XML.
    """
    nodes = collect() if collected is None else collected
    if not junit.exists():
        return Results(nodes)
    try:
        tree = ET.parse(junit).getroot()  # noqa: S314 - the file is pytest's own
    except ET.ParseError as error:
        raise NotJUnit(f"{junit}: {error}") from None
    suite = next(tree.iter("testsuite"), None)
    stamp = suite.get("timestamp") if suite is not None else None
    outcomes: dict[str, Outcome] = {}
    for name, outcome in _outcomes(tree):
        # A test that is run twice, as on two interpreters, is as good as its worse result.
        outcomes[name] = Outcome.FAILED if Outcome.FAILED in (outcome, outcomes.get(name)) else outcome
    return Results(nodes, outcomes, datetime.fromisoformat(stamp).astimezone() if stamp else None)


def _outcomes(tree: ET.Element) -> Iterator[tuple[str, Outcome]]:
    for case in tree.iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            yield name, Outcome.FAILED
        else:
            yield name, Outcome.NOT_RUN if case.find("skipped") is not None else Outcome.PASSED
