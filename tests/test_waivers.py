"""Waivers: shown, never hidden; expired or useless ones are reported; a malformed one stops the run."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from checks.audit import Collected, Report, audit, select
from checks.i18n import LANGUAGES
from checks.lab.recordings import all_recordings
from checks.model import Verdict
from checks.waivers import WaiverError, apply, load

DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def report() -> Report:
    return audit(Collected({each.name: each.snapshot for each in all_recordings()}), select())


def waiver(tmp_path: Path, **changes: object) -> Path:
    values = {
        "guideline": "LM002",
        "host": "hv1*",
        "subject": "'*'",
        "reason": "CPU-starved until the refresh",
        "owner": "ana",
        "expires": "2026-11-23",
    } | changes
    path = tmp_path / "waivers.yml"
    path.write_text("- " + "\n  ".join(f"{key}: {value}" for key, value in values.items() if value is not None) + "\n")
    return path


def verdict(report: Report, host: str, code: str) -> Verdict:
    results = next(each.results for each in (*report.hosts, *report.clusters) if each.name == host)
    return next(result.verdict for result in results if result.guideline.code == code)


def test_a_covered_finding_is_waived_and_still_there(report: Report, tmp_path: Path) -> None:
    assert verdict(report, "HV16", "LM002") is Verdict.FAIL
    after = apply(report, load(waiver(tmp_path)), DAY)
    assert verdict(after, "HV16", "LM002") is Verdict.WAIVED
    result = next(r for h in after.hosts if h.name == "HV16" for r in h.results if r.guideline.code == "LM002")
    finding, note = result.waived[0]
    assert "TCP/IP" in str(finding.message)
    assert "ana" in str(note)
    assert after.counts[Verdict.WAIVED] == 1
    assert not after.remarks
    assert verdict(after, "HV16", "LM001") is Verdict.FAIL, "another guideline is not covered"


def test_the_last_day_is_included_and_the_next_is_not(report: Report, tmp_path: Path) -> None:
    waivers = load(waiver(tmp_path))
    assert verdict(apply(report, waivers, date(2026, 11, 23)), "HV16", "LM002") is Verdict.WAIVED
    late = apply(report, waivers, date(2026, 11, 24))
    assert verdict(late, "HV16", "LM002") is Verdict.FAIL
    assert "expired on November 23, 2026" in str(late.remarks[0])


def test_a_waiver_that_covers_nothing_is_reported(report: Report, tmp_path: Path) -> None:
    after = apply(report, load(waiver(tmp_path, host="nobody")), DAY)
    assert "covers no finding" in str(after.remarks[0])
    assert "line 1" in str(after.remarks[0])


def test_a_waiver_of_a_guideline_that_was_not_asked_for_is_no_remark(report: Report, tmp_path: Path) -> None:
    hosts = tuple(
        dataclasses.replace(host, results=tuple(r for r in host.results if r.guideline.code == "LM001"))
        for host in report.hosts
    )
    selected = dataclasses.replace(report, hosts=hosts, clusters=())
    assert not apply(selected, load(waiver(tmp_path, host="nobody")), DAY).remarks


def test_part_of_the_findings_leaves_a_failure(report: Report, tmp_path: Path) -> None:
    path = waiver(tmp_path, guideline="NIC001", host="HV22-LBFO", subject="Ethernet 2")
    after = apply(report, load(path), DAY)
    assert verdict(after, "HV22-LBFO", "NIC001") is Verdict.FAIL
    result = next(r for h in after.hosts if h.name == "HV22-LBFO" for r in h.results if r.guideline.code == "NIC001")
    assert len(result.waived) == 1
    assert len(result.findings) == 1


def test_a_node_of_a_cluster_can_be_waived_by_its_own_name(report: Report, tmp_path: Path) -> None:
    after = apply(report, load(waiver(tmp_path, guideline="XN001", host="HV22-B")), DAY)
    assert verdict(after, "HVCLU22", "XN001") is Verdict.WAIVED


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"owner": None}, "owner is missing"),
        ({"reason": "''"}, "reason is missing"),
        ({"expires": "soon"}, "expires is a day"),
        ({"guideline": "LM999"}, "no guideline LM999"),
        ({"until": "2027-01-01"}, "nobody knows until"),
    ],
)
def test_a_malformed_waiver_stops_with_file_and_line(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    with pytest.raises(WaiverError) as failure:
        load(waiver(tmp_path, **changes))
    assert says in str(failure.value)
    assert "waivers.yml, line 1" in str(failure.value)
    for language in LANGUAGES:
        assert "{" not in failure.value.reason.render(language)


@pytest.mark.parametrize(("text", "says"), [("a: b", "not a list"), ("- x", "is a mapping"), ("- [", "understood")])
def test_what_is_no_list_of_waivers_says_so(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "waivers.yml"
    path.write_text(text)
    with pytest.raises(WaiverError, match=says):
        load(path)


def test_an_empty_file_waives_nothing(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yml"
    path.write_text("# none\n")
    assert load(path) == []
