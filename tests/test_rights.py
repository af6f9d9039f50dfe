"""What each fact needs: every fact says it, and the table names every guideline that its lack can make unknown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checks.collector import plan
from checks.facts.rights import ADMINISTRATORS, ANYBODY, CLUSTER, HYPER_V, NETWORK, SERVICES, Right
from checks.guidelines import all_guidelines
from checks.judge import Result, compares_nodes, group, judge_cluster, judge_host
from checks.lab.recordings import all_recordings
from checks.model import Verdict
from checks.site.rights import Row, rows
from checks.snapshot import FactError, Snapshot

ROWS = rows(all_guidelines())
RECORDED = {each.name: each.snapshot for each in all_recordings()}


def test_every_fact_is_in_one_row() -> None:
    listed = [fact for row in ROWS for fact in row.facts]
    assert sorted(fact.__name__ for fact in listed) == sorted(fact.__name__ for fact in plan(all_guidelines()).facts)


def without(row: Row) -> dict[str, Snapshot]:
    """The recorded hosts as an account sees them that lacks the right."""
    denied = {fact.__name__: FactError(id="AccessDenied", message="Access is denied.") for fact in row.facts}
    return {
        name: host.model_copy(update={"errors": {**host.errors, **denied}})
        for name, host in RECORDED.items()
    }  # fmt: skip


def results(snapshots: dict[str, Snapshot]) -> Iterator[Result]:
    for guideline in all_guidelines():
        if compares_nodes(guideline):
            yield from (judge_cluster(guideline, cluster) for cluster in group(snapshots))
        else:
            yield from (judge_host(guideline, snapshot) for snapshot in snapshots.values())


def undecided(snapshots: dict[str, Snapshot]) -> set[str]:
    return {r.guideline.code for r in results(snapshots) if r.verdict is Verdict.UNKNOWN or r.is_partial}


def _name(row: Row) -> str:
    return str(row.right.label)


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_without_a_right_only_the_guidelines_of_its_row_become_unknown(row: Row) -> None:
    became = undecided(without(row)) - undecided(RECORDED)
    assert became <= {guideline.code for guideline in row.guidelines}


@pytest.mark.parametrize("right", [HYPER_V, NETWORK, SERVICES, CLUSTER], ids=lambda right: str(right.label))
def test_without_a_right_something_does_become_unknown(right: Right) -> None:
    (row,) = (row for row in ROWS if row.right is right)
    assert undecided(without(row)) - undecided(RECORDED)


def test_what_is_not_documented_says_so() -> None:
    for row in ROWS:
        assert row.right.source is not None or row.right in (ADMINISTRATORS, ANYBODY)
    assert ADMINISTRATORS.remark is not None
