"""Does a fix mend? The lab applies what a case's findings offer, and the check is asked again."""

from __future__ import annotations

from checks import cases
from checks.judge import ClusterFacts, Result, compares_nodes, judge_cluster, judge_host
from checks.lab.cmdlets import apply
from checks.model import Finding, Guideline, Verdict


def unmended(guideline: Guideline, case: cases.Case, result: Result) -> list[str]:
    """What is still wrong with a failing case after its fixes; nothing where they do what they promise.

    Raises:
        LookupError: the lab does not know a cmdlet, or what it is to change is not there.
    """
    fixable = [finding for finding in result.findings if finding.fix]
    after = _after(guideline, case, fixable)
    promised = {str(finding.message) for finding in fixable}
    left = [str(finding.message) for finding in after.findings if str(finding.message) in promised]
    all_fixable = len(fixable) == len(result.findings) and not result.is_partial
    if not left and all_fixable and after.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE):
        left = [f"{after.verdict.value}: {after.reason or [str(finding.message) for finding in after.findings]}"]
    return left


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
