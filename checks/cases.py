"""Case files: facts and the verdict that they must give. They are the tests and the examples on the pages.

A file is a mapping. ``bases`` holds facts that several cases share; each case names its base and gives the facts
that differ: of a single row, the properties that differ; of a list, all rows. Facts bear the names and values that
PowerShell gives them, so that they can be pasted.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from checks.facts.base import Fact
from checks.facts.needs import wanted
from checks.facts.system import OperatingSystem
from checks.guidelines import parameters
from checks.judge import ClusterFacts, Result, compares_nodes, judge_cluster, judge_host
from checks.model import Guideline, Severity, Verdict, WindowsVersion
from checks.paths import CASES
from checks.snapshot import Snapshot, from_facts

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""In C where PyYAML was built with it: reading case files was most of the gates' time."""


class CaseError(Exception):
    """A case file is not as it must be; the text says which file and what."""


class Case(BaseModel):
    """One case.

    ``facts`` (with ``errors`` for facts that could not be read) describe a host; ``nodes`` describe the nodes of a
    cluster, and ``missing`` those that were not read. ``says`` are the English messages of the findings, or the
    reason where there is none. ``title`` names the case on the pages, in each language.

    A case may claim more of its findings, in the order of ``says``: their ``severities``; their ``fixes``, which are
    the commands as PowerShell, one a line; their ``hints`` in English; the values ``before`` that a fix writes down;
    and the ``evidence``. ``null`` stands for a finding without. A key that is left out claims nothing.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    verdict: Verdict
    severity: Severity | None = None
    says: list[str] = []
    severities: list[Severity] | None = None
    fixes: list[str | None] | None = None
    hints: list[str | None] | None = None
    before: list[dict[str, Any] | None] | None = None
    evidence: list[dict[str, Any]] | None = None
    windows: WindowsVersion | None = None
    base: str | None = None
    facts: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    nodes: dict[str, dict[str, Any]] = {}
    missing: list[str] = []
    show: bool = False
    title: dict[str, str] = {}
    origin: str = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    bases: dict[str, dict[str, Any]] = {}
    cases: list[Case]


@dataclass(frozen=True)
class Judged:
    """A case and what the check said of it."""

    case: Case
    result: Result


def case_path(guideline: Guideline) -> Path:
    """Where a guideline's cases are."""
    return CASES / (guideline.slug.replace("-", "_") + ".yaml")


def load(path: Path) -> list[Case]:
    """The cases in a file, each with the facts of its base filled in.

    Raises:
        CaseError: the file is missing, is not YAML, or does not have the form of a case file.
    """
    try:
        return list(_loaded(path, path.stat().st_mtime_ns))
    except OSError as error:
        raise CaseError(f"{path}: {error.strerror}") from None


@functools.lru_cache(maxsize=512)
def _loaded(path: Path, _changed: int) -> tuple[Case, ...]:
    """The cases of a file as it was at one moment: several gates ask for the same file."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
        file = _File.model_validate(data)
    except yaml.YAMLError as error:
        raise CaseError(f"{path}: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise CaseError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    names = [case.name for case in file.cases]
    if len(set(names)) != len(names) or not names:
        raise CaseError(f"{path}: a file needs at least one case, and their names must differ")
    return tuple(_filled(path, file, case) for case in file.cases)


def names(path: Path) -> list[str]:
    """The names of the cases in a file; none where there is no such file."""
    return [case.name for case in load(path)] if path.exists() else []


def judge(guideline: Guideline, case: Case) -> Result:
    """What the guideline's check says of a case."""
    if compares_nodes(guideline):
        return judge_cluster(guideline, cluster(case))
    return judge_host(guideline, snapshot(case))


def snapshot(case: Case) -> Snapshot:
    """The host of a case."""
    return from_facts(case.facts, case.errors)


def cluster(case: Case) -> ClusterFacts:
    """The cluster of a case."""
    nodes = {
        name: from_facts({k: v for k, v in facts.items() if k != "errors"}, facts.get("errors"))
        for name, facts in case.nodes.items()
    }
    return ClusterFacts("cluster", nodes, tuple(case.missing))


def problems(guideline: Guideline, case: Case) -> Iterator[str]:
    """What is wrong with the facts of a case: facts that the check does not read, properties that do not exist."""
    known: dict[str, type[Fact]] = {OperatingSystem.__name__: OperatingSystem}
    """Of every host it says whether the guideline holds for its Windows."""
    known |= {
        fact.__name__: fact for annotation in parameters(guideline).values() for fact, _only in wanted(annotation)
    }
    for facts in (case.facts, *case.nodes.values()):
        for name, rows in facts.items():
            if name == "errors":
                continue
            if name not in known:
                yield f"{case.name}: the check does not read {name}{_nearest(name, known)}"
                continue
            yield from _property_problems(case, known[name], rows)


def _property_problems(case: Case, fact: type[Fact], rows: Any) -> Iterator[str]:
    properties = fact.properties()
    for row in rows if isinstance(rows, list) else [rows]:
        for key in row:
            if key not in properties:
                yield f"{case.name}: {fact.__name__} has no property {key}{_nearest(key, properties)}"


def _filled(path: Path, file: _File, case: Case) -> Case:
    if case.base is not None and case.base not in file.bases:
        raise CaseError(f"{path}: {case.name}: there is no base {case.base}{_nearest(case.base, file.bases)}")
    base = file.bases.get(case.base or "", {})
    facts = {} if case.nodes else _merged(base, case.facts)
    for name in case.errors:
        facts.pop(name, None)
    nodes = {name: _merged(base, own) for name, own in case.nodes.items()}
    return case.model_copy(update={"facts": facts, "nodes": nodes})


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A base's facts with a case's own: a single row is filled in, a list takes the place of the base's."""
    merged = {**base, **own}
    for name, rows in own.items():
        if isinstance(rows, dict) and isinstance(base.get(name), dict):
            merged[name] = {**base[name], **rows}
    return merged


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
