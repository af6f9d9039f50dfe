"""A case out of snapshots: what one guideline reads of a real host, with what its check says of it today."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, count
from typing import Any

from checks import cases
from checks.cases import Case
from checks.facts.base import Fact
from checks.facts.needs import wanted
from checks.facts.system import OperatingSystem
from checks.guidelines import parameters
from checks.judge import ClusterFacts, Result, compares_nodes, group, host_name, is_older
from checks.model import Guideline, Unknown, Verdict, WindowsVersion
from checks.snapshot import Snapshot
from checks.yamltext import Row, compact


def lift(guideline: Guideline, snapshots: Mapping[str, Snapshot], remark: str = "") -> list[Case]:
    """A case per host, or per cluster where the guideline compares nodes; none where the hosts form no cluster.

    Args:
        guideline: whose check reads the facts.
        snapshots: the hosts, by name.
        remark: what the line about the origin ends in.
    """
    if compares_nodes(guideline):
        return [_cluster(guideline, each, remark) for each in group(snapshots)]
    return [_host(guideline, name, each, remark) for name, each in snapshots.items()]


def as_yaml(found: Sequence[Case], taken: Sequence[str] = ()) -> str:
    """Cases as they stand in a case file, ready to be pasted below its last one.

    A name that is *taken* by another case of the file gets a number.
    """
    names = set(taken)
    texts = []
    for case in found:
        name = next(each for each in _numbered(case.name) if each not in names)
        names.add(name)
        lines = compact(_entry(case.model_copy(update={"name": name}))).splitlines()
        texts.append("\n".join(["- " + lines[0], *("  " + line for line in lines[1:])]))
    return textwrap.indent("\n".join(texts), "  ") + "\n"


def _host(guideline: Guideline, name: str, snapshot: Snapshot, remark: str) -> Case:
    facts, errors = _cut(guideline, snapshot)
    case = Case(
        name=name,
        verdict=Verdict.UNKNOWN,
        windows=_windows(snapshot),
        facts=facts,
        errors=errors,
        origin=_origin([snapshot], remark),
    )
    return _judged(guideline, case, _called(snapshot, name))


def _cluster(guideline: Guideline, cluster: ClusterFacts, remark: str) -> Case:
    nodes = {}
    for name, snapshot in cluster.snapshots.items():
        facts, errors = _cut(guideline, snapshot)
        nodes[name] = facts | ({"errors": errors} if errors else {})
    versions = {_windows(snapshot) for snapshot in cluster.snapshots.values()}
    case = Case(
        name=cluster.name,
        verdict=Verdict.UNKNOWN,
        windows=versions.pop() if len(versions) == 1 else None,
        nodes=nodes,
        missing=list(cluster.missing),
        origin=_origin(list(cluster.snapshots.values()), remark),
    )
    return _judged(guideline, case, cluster.name)


def _judged(guideline: Guideline, case: Case, called: str) -> Case:
    """The case with what the check says of it: the facts are cut, so they are judged as they will be."""
    result = cases.judge(guideline, case)
    return case.model_copy(
        update={
            "name": f"{result.verdict.value.replace('_', ' ')} on {called}",
            "verdict": result.verdict,
            "severity": result.severity,
            "says": _says(result),
        }
    )


def _says(result: Result) -> list[str]:
    messages = [finding.message for finding in result.findings] or ([result.reason] if result.reason else [])
    # A no-break space between a number and its unit is written as a plain one in case files.
    return [str(message).replace("\N{NO-BREAK SPACE}", " ") for message in messages]


def _cut(guideline: Guideline, snapshot: Snapshot) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts that the check reads, with the properties that it knows, and the errors of those that are missing."""
    facts: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    needs = _needs(guideline)
    if is_older(guideline, snapshot):
        needs.setdefault(OperatingSystem, None)  # the verdict depends on it, though the check does not read it
    for fact, keys in needs.items():
        name = fact.__name__
        if name in snapshot.errors:
            errors[name] = snapshot.errors[name].model_dump()
        elif name in snapshot.facts and _holds(snapshot, fact, keys):
            facts[name] = [_row(fact, row) for row in snapshot.facts[name] if _is_wanted(fact, row, keys)]
    return facts, errors


def _needs(guideline: Guideline) -> dict[type[Fact], set[str] | None]:
    """The facts behind a check, each with the keys that narrow it; None for all of its rows."""
    found: dict[type[Fact], set[str] | None] = {}
    for fact, only in chain.from_iterable(wanted(annotation) for annotation in parameters(guideline).values()):
        known = found.get(fact, set())
        found[fact] = None if only is None or known is None else known | {key.lower() for key in only.keys}
    return found


def _holds(snapshot: Snapshot, fact: type[Fact], keys: set[str] | None) -> bool:
    """Whether the snapshot was narrowed to no fewer keys than the check asks for."""
    asked = snapshot.keys.get(fact.__name__)
    return asked is None or keys is None or keys <= {key.lower() for key in asked}


def _is_wanted(fact: type[Fact], row: Mapping[str, Any], keys: set[str] | None) -> bool:
    return keys is None or fact.key is None or str(row.get(fact.key, "")).lower() in keys


def _row(fact: type[Fact], row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in fact.properties()}


def _windows(snapshot: Snapshot) -> WindowsVersion | None:
    try:
        found = snapshot.rows(OperatingSystem)
        return found[0].windows if found else None
    except Unknown:
        return None


def _called(snapshot: Snapshot, otherwise: str) -> str:
    try:
        return host_name(snapshot)
    except Unknown:
        return otherwise


def _origin(snapshots: Sequence[Snapshot], remark: str) -> str:
    """Where the facts come from: the build of Windows, the day and the collector."""
    builds = sorted({str(row["BuildNumber"]) for each in snapshots for row in _systems(each) if row.get("BuildNumber")})
    days = sorted({each.collected[:10] for each in snapshots if each.collected})
    tools = sorted({each.hvnet for each in snapshots if each.hvnet})
    text = "snapshot" if len(snapshots) == 1 else f"{len(snapshots)} snapshots"
    text += f" of {', '.join(days)}" if days else ""
    text += f" by hvnet {', '.join(tools)}" if tools else ""
    text += f", Windows build {', '.join(builds)}" if builds else ""
    return f"{text}, {remark}" if remark else text


def _systems(snapshot: Snapshot) -> list[dict[str, Any]]:
    return snapshot.facts.get(OperatingSystem.__name__, [])


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name} ({number})" for number in count(2))


def _entry(case: Case) -> dict[str, Any]:
    """The case in the order of keys that case files have, without those that say nothing."""
    order = ("name", "verdict", "severity", "windows", "says", "missing", "facts", "errors", "nodes", "origin")
    data = case.model_dump(mode="json")
    shaped = {name: {fact: _fact(rows) for fact, rows in node.items()} for name, node in data["nodes"].items()}
    data |= {"facts": {fact: _fact(rows) for fact, rows in data["facts"].items()}, "nodes": shaped}
    data["errors"] = {fact: Row(error) for fact, error in data["errors"].items()}
    return {key: data[key] for key in order if data[key] not in (None, [], {}, "")}


def _fact(rows: Any) -> Any:
    """Rows of a fact: a single one needs no list. The errors of a node are a mapping of rows."""
    if isinstance(rows, Mapping):
        return {name: Row(error) for name, error in rows.items()}
    return Row(rows[0]) if len(rows) == 1 else [Row(row) for row in rows]
