"""Is a case as it says? Its verdict, words and commands, and that each fix mends what it was offered for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks import cases
from checks.judge import ClusterFacts, Result, compares_nodes, judge_cluster, judge_host
from checks.lab.cmdlets import apply
from checks.model import Finding, Guideline, Verdict


def mistakes(guideline: Guideline, case: cases.Case, judged: Result | None = None) -> Iterator[str]:
    """What a case claims that is not so; nothing where it is as it says. *judged* saves judging it again."""
    yield from cases.problems(guideline, case)
    result = judged or cases.judge(guideline, case)
    said = [_plain(message) for message in _said(result)]
    context = f"says {said}, reason: {result.reason}"
    if result.verdict is not case.verdict:
        yield f"gives {result.verdict}, not {case.verdict}; {context}"
    if case.severity not in (None, result.severity):
        yield f"is {result.severity}, not {case.severity}; {context}"
    if case.says and said != case.says:
        yield f"{context}, not {case.says}"
    for name, found in claims(result).items():
        claimed = getattr(case, name)
        if claimed is not None and claimed != found:
            yield f"{name}: {found}, not {claimed}"
    if result.verdict is Verdict.FAIL:
        yield from (f"after its fix it still says: {text}" for text in unmended(guideline, case, result))


def claims(result: Result) -> dict[str, list[Any]]:
    """What a case may claim of each finding beside its words, under the keys of case files."""
    findings = result.findings
    return {
        "severities": [result.severity_of(finding) for finding in findings],
        "fixes": ["\n".join(map(str, finding.fix.commands)) if finding.fix else None for finding in findings],
        "hints": [_plain(finding.hint) if finding.hint else None for finding in findings],
        "before": [dict(finding.fix.before) if finding.fix else None for finding in findings],
        "evidence": [dict(finding.evidence) for finding in findings],
    }


def unmended(guideline: Guideline, case: cases.Case, result: Result) -> list[str]:
    """What is still wrong with a failing case after its fixes; nothing where they do what they promise."""
    fixable = [finding for finding in result.findings if finding.fix]
    try:
        after = _after(guideline, case, fixable)
    except LookupError as error:
        return [str(error)]
    promised = {str(finding.message) for finding in fixable}
    left = [str(finding.message) for finding in after.findings if str(finding.message) in promised]
    all_fixable = len(fixable) == len(result.findings) and not result.is_partial
    if not left and all_fixable and after.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE):
        left = [f"{after.verdict.value}: {after.reason or [str(finding.message) for finding in after.findings]}"]
    return left


def _said(result: Result) -> list[object]:
    return [finding.message for finding in result.findings] or [result.reason or ""]


def _plain(message: object) -> str:
    """A message in English. A no-break space between a number and its unit is a plain one in case files."""
    return str(message).replace("\N{NO-BREAK SPACE}", " ")


def _after(guideline: Guideline, case: cases.Case, findings: list[Finding]) -> Result:
    if not compares_nodes(guideline):
        host = cases.snapshot(case)
        for finding in findings:
            host = apply(host, finding.fix) if finding.fix else host
        return judge_host(guideline, host)
    cluster = cases.cluster(case)
    nodes = dict(cluster.snapshots)
    for finding in findings:
        if finding.fix and finding.node:
            nodes[finding.node] = apply(nodes[finding.node], finding.fix)
    return judge_cluster(guideline, ClusterFacts(cluster.name, nodes, cluster.missing))
