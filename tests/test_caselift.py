"""``hvnet case``: what is printed can be pasted into a case file and holds there, and tells no names."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer.main
import yaml

from checks import caselift, cases, console, snapshot
from checks.cli import app
from checks.guidelines import all_guidelines
from checks.judge import compares_nodes, group, judge_cluster, judge_host
from checks.lab.mending import mistakes
from checks.lab.recordings import all_recordings
from checks.model import Guideline, Verdict
from checks.redact import redact
from checks.snapshot import FactError, Snapshot

GUIDELINES = all_guidelines()
HOSTS = {each.name: each.snapshot for each in all_recordings()}
REDACTED = redact(HOSTS, b"any key")


def known(code: str) -> Guideline:
    return next(each for each in GUIDELINES if each.code == code)


def pasted(text: str, folder: Path) -> list[cases.Case]:
    """The cases as a file of their own reads them."""
    path = folder / "pasted.yaml"
    path.write_text(f"cases:\n{text}", encoding="utf-8")
    return cases.load(path)


def verdicts(guideline: Guideline, hosts: dict[str, Snapshot]) -> list[Verdict]:
    """What the guideline says of the whole snapshots."""
    if compares_nodes(guideline):
        return [judge_cluster(guideline, cluster).verdict for cluster in group(hosts)]
    return [judge_host(guideline, each).verdict for each in hosts.values()]


@pytest.mark.parametrize("hosts", [HOSTS, REDACTED], ids=["as recorded", "redacted"])
@pytest.mark.parametrize("guideline", GUIDELINES, ids=lambda each: each.code)
def test_every_case_holds_and_says_what_the_host_does(
    guideline: Guideline, hosts: dict[str, Snapshot], tmp_path: Path
) -> None:
    lifted = caselift.lift(guideline, hosts, "redacted")
    found = pasted(caselift.as_yaml(lifted, cases.names(cases.case_path(guideline))), tmp_path)
    assert [case.verdict for case in found] == verdicts(guideline, hosts)
    for case in found:
        assert not list(mistakes(guideline, case)), case.name
        assert case.says or case.verdict is Verdict.PASS
        assert case.origin.startswith(("snapshot", "2 snapshots", "3 snapshots")) and case.origin.endswith(", redacted")


@pytest.mark.parametrize("guideline", GUIDELINES, ids=lambda each: each.code)
def test_a_pasted_case_fits_below_those_that_are_there(guideline: Guideline, tmp_path: Path) -> None:
    lifted = caselift.lift(guideline, HOSTS)
    own = cases.case_path(guideline).read_text(encoding="utf-8")
    path = tmp_path / "all.yaml"
    path.write_text(own + caselift.as_yaml([*lifted, *lifted], cases.names(cases.case_path(guideline))), "utf-8")
    found = cases.load(path)
    assert len(found) == len(cases.load(cases.case_path(guideline))) + 2 * len(lifted)


def test_facts_that_could_not_be_read_are_errors(tmp_path: Path) -> None:
    guideline = known("XN001")
    hosts = {name: HOSTS[name] for name in ("HV19-A", "HV19-B")}
    broken = hosts["HV19-B"].model_copy(deep=True)
    del broken.facts["VMHost"]
    broken.errors["VMHost"] = FactError(id="Denied", message="no: access")
    found = pasted(caselift.as_yaml(caselift.lift(guideline, {**hosts, "HV19-B": broken})), tmp_path)
    assert found[0].nodes["HV19-B"]["errors"] == {"VMHost": {"id": "Denied", "message": "no: access"}}
    assert not list(mistakes(guideline, found[0]))
    alone = pasted(caselift.as_yaml(caselift.lift(known("LM002"), {"HV19-B": broken})), tmp_path)[0]
    assert (alone.verdict, set(alone.errors)) == (Verdict.UNKNOWN, {"VMHost"})


def test_a_node_that_was_not_read_is_missing() -> None:
    case = caselift.lift(known("XN001"), {"HV19-A": HOSTS["HV19-A"]})[0]
    assert case.missing == ["HV19-B"]


def test_only_what_the_check_reads_is_taken() -> None:
    guideline = known("NIC001")
    host = next(each for each in HOSTS.values() if each.facts.get("AdvancedProperty"))
    wide = host.model_copy(deep=True)
    wide.facts["AdvancedProperty"].append({"RegistryKeyword": "*JumboPacket", "Secret": "x"})
    wide.facts["VMHost"][0]["Secret"] = "x"
    facts = caselift.lift(guideline, {"h": wide})[0].facts
    assert {row["RegistryKeyword"] for row in facts["AdvancedProperty"]} == {"*ReceiveBuffers"}
    assert "Secret" not in str(facts) and "VMHardDisk" not in facts


def test_a_fact_that_was_narrowed_to_other_keys_is_left_out() -> None:
    narrow = HOSTS["HV22-A"].model_copy(update={"keys": {"AdvancedProperty": ["*TransmitBuffers"]}})
    assert "AdvancedProperty" not in caselift.lift(known("NIC001"), {"h": narrow})[0].facts


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = console.run(typer.main.get_command(app), [str(each) for each in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "prod-hv.json"
    path.write_text(snapshot.dump(HOSTS["HV22-A"]), encoding="utf-8")
    return path


def test_the_command_tells_no_names_unless_asked(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text, _said = call(capsys, "case", "LM002", "--snapshot", file)
    assert code == 0 and "HV22-A" not in text and "host-" in text and "redacted" in text
    assert not list(mistakes(known("LM002"), pasted(text, tmp_path)[0]))
    code, text, _said = call(capsys, "case", "live-migration/transport", "--snapshot", file, "--no-redact")
    assert code == 0 and yaml.safe_load(text)[0]["facts"]["VMHost"]["Name"] == "HV22-A"


def test_hosts_without_a_cluster_make_no_case_of_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "alone.json"
    path.write_text(snapshot.dump(HOSTS["HV16"].model_copy(update={"facts": {}})), encoding="utf-8")
    code, text, said = call(capsys, "case", "XN001", "--snapshot", path)
    assert (code, text) == (2, "") and "these hosts form none" in said
