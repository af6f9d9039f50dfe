"""Every format: valid for those who read it, in both languages, whatever a host calls itself."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from checks.audit import ClusterReport, Collected, HostReport, Report, audit, select
from checks.i18n import LANGUAGES, Message, Verbatim
from checks.judge import Result
from checks.lab.recordings import all_recordings
from checks.model import Finding, Fix, Severity, Verdict
from checks.paths import ROOT
from checks.report import FORMATS, document, html, jsonl, junit, page, sarif, write
from checks.report import csv as csv_report
from checks.report import json as json_report
from checks.report import markdown as markdown_report
from checks.report.text import line
from checks.waivers import apply, load

SCHEMAS = Path(__file__).parent / "schemas"
WAIVERS = """
- {guideline: LM002, host: HV16, subject: '*', reason: until the refresh, owner: ana, expires: 2026-12-31}
- {guideline: LM002, host: nobody, subject: '*', reason: r, owner: ana, expires: 2026-12-31}
"""
HOSTILE = (
    "=cmd|' /C calc'!A0",
    "x;=1+1",
    "a\n@octocat #1 GH-1",
    "<script>alert(1)</script>",
    "]]>&lt;!--",
    "[click](https://evil.example) ![x](y)",
    "https://evil.example www.evil.example a@evil.example",
    "`code` ```fence``` | pipe | \\| ~~x~~ **b** _i_ $x$",
    "{0} {name} {{",
    "\x00\x1b[2J\x9b\u202e\ufffe\uffff\ud800\U0010ffff",
    "</details></td></tr>",
    "../../etc/passwd",
    "..",
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The lab, a host that is dead, and waivers: every verdict is there."""
    collected = Collected({each.name: each.snapshot for each in all_recordings()})
    collected.failures["hv99"] = ("unreachable", Message("no answer from {host}", {"host": Verbatim("hv99")}))
    waivers = tmp_path_factory.mktemp("reports") / "waivers.yml"
    waivers.write_text(WAIVERS)
    found = apply(audit(collected, select()), load(waivers), date(2026, 11, 23))
    assert all(found.counts.values()), "every verdict takes part"
    return found


def hostile(text: str) -> Report:
    """A report in which all that a host can say is *text*."""
    guideline = select(["LM002"])[0]
    message = Message("{a} is {b}", {"a": text, "b": Verbatim(text)})
    finding = Finding(message, text, fix=Fix("Set-VMHost", before={text: text}, Name=text), evidence={text: text})
    advice = Finding(message, text, severity=Severity.INFO, hint=message, node=text)
    note = Message("waived until {day} by {owner}", {"day": text, "owner": text})
    results = (
        Result(guideline, Verdict.FAIL, (finding, advice, finding), message, is_partial=True),
        Result(guideline, Verdict.FAIL, (advice,)),
        Result(guideline, Verdict.UNKNOWN, reason=message),
        Result(guideline, Verdict.NOT_APPLICABLE, reason=message),
        Result(guideline, Verdict.WAIVED, waived=((finding, note),)),
        Result(guideline, Verdict.PASS),
    )
    now = audit(Collected(), [guideline]).finished
    hosts = (
        HostReport(text, results, cluster=text),
        HostReport(f"{text}2", results[2:3], error=message, error_kind="x"),
    )
    return Report(hosts, (ClusterReport(text, (text,), (text,), results),), (guideline,), now, now, remarks=(message,))


def runs_of(text: str) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = json.loads(text)["runs"]
    return runs


# JSON and JSON Lines


@pytest.fixture(scope="module")
def json_schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(document.schema())


@pytest.mark.parametrize("language", LANGUAGES)
def test_json_is_as_its_schema_says(report: Report, language: str) -> None:
    jsonschema.validate(json.loads(json_report.render(report, language)), document.schema())


def test_the_published_schema_is_up_to_date() -> None:
    again = 'python -c "from checks.report import document; document.publish()"'
    assert document.SCHEMA_FILE.read_text("utf-8") == document.schema_text(), f"run: {again}"
    jsonschema.Draft202012Validator.check_schema(json.loads(document.SCHEMA_FILE.read_text("utf-8")))


def test_the_schema_knows_every_key_and_every_verdict(report: Report) -> None:
    found = json.loads(json_report.render(report, "en"))
    for changed in ({**found, "extra": 1}, {k: v for k, v in found.items() if k != "remarks"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(changed, document.schema())
    literals = document.schema()["$defs"]["ResultDocument"]["properties"]["verdict"]["enum"]
    assert set(literals) == set(Verdict)


def test_json_has_waived_findings_and_remarks(report: Report) -> None:
    found = json.loads(json_report.render(report, "pt-BR"))
    host = next(each for each in found["hosts"] if each["name"] == "HV16")
    waived = next(each for each in host["results"] if each["verdict"] == "waived")["waived"][0]
    assert waived["finding"]["message_id"]["text"] == "live migration copies memory over plain TCP/IP"
    assert waived["waiver_id"]["values"] == {"day": "2026-12-31", "owner": "ana", "reason": "until the refresh"}
    assert "LM002" in found["remarks"][0]


def test_json_lines_hold_the_objects_of_json(report: Report) -> None:
    lines = [json.loads(line) for line in jsonl.render(report, "en").splitlines()]
    whole = json.loads(json_report.render(report, "en"))
    kinds = [line.pop("kind") for line in lines]
    hosts, clusters = len(report.hosts), len(report.clusters)
    assert kinds == ["host"] * hosts + ["cluster"] * clusters + ["summary"]
    assert lines[:hosts] == whole["hosts"]
    assert lines[hosts:-1] == whole["clusters"]
    assert {**lines[-1], "hosts": whole["hosts"], "clusters": whole["clusters"]} == whole


def test_a_stream_writes_each_host_once_and_at_once(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.jsonl"
    stream = jsonl.Stream(path, "en")
    stream.host(report.hosts[3])
    assert len(path.read_text("utf-8").splitlines()) == 1
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600
    stream.close(report)
    names = [json.loads(line).get("name") for line in path.read_text("utf-8").splitlines()]
    assert names[0] == report.hosts[3].name
    assert sorted(map(str, names)) == sorted(map(str, [*(p.name for p in (*report.hosts, *report.clusters)), None]))


def test_a_stream_that_cannot_be_written_says_so_at_the_end(report: Report, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    stream = jsonl.Stream(tmp_path / "file" / "report.jsonl", "en")
    stream.host(report.hosts[0])
    with pytest.raises(OSError, match="file"):
        stream.close(report)


# JUnit


@pytest.fixture(scope="module")
def junit_schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")


@pytest.mark.parametrize("language", LANGUAGES)
def test_junit_is_valid_for_jenkins(report: Report, junit_schema: xmlschema.XMLSchema, language: str) -> None:
    junit_schema.validate(junit.render(report, language))


def junit_outcomes(text: str) -> dict[str, str]:
    root = ElementTree.fromstring(text)  # noqa: S314 - made by this test
    return {
        str(case.get("name")): next((c.tag for c in case if c.tag != "system-out"), "")
        for case in root.iter("testcase")
    }


def test_junit_tells_verdicts_apart(report: Report) -> None:
    text = junit.render(report, "en")
    found = junit_outcomes(text)
    expected = {"failure": 0, "error": 0, "skipped": 0, "": 0}
    for part in (*report.hosts, *report.clusters):
        for result in part.results:
            outcome = found[f"{result.guideline.code} {result.guideline.slug} [{part.name}]"]
            expected[outcome] += 1
            if result.verdict is Verdict.UNKNOWN or (result.is_partial and result.severity is Severity.INFO):
                assert outcome == "error", "unknown is never a pass"
            elif result.verdict is Verdict.FAIL:
                assert outcome == ("" if result.severity is Severity.INFO else "failure")
            else:
                assert outcome == ("" if result.verdict is Verdict.PASS else "skipped")
    assert len(found) == len(report.results), "a name is never used twice: GitLab would show one of the two"
    root = ElementTree.fromstring(text)  # noqa: S314 - made by this test
    assert [root.get(name) for name in ("tests", "failures", "errors")] == [
        str(len(found)), str(expected["failure"]), str(expected["error"]),
    ]  # fmt: skip


def test_junit_says_how_severe_and_what_to_do(report: Report) -> None:
    root = ElementTree.fromstring(junit.render(report, "pt-BR"))  # noqa: S314 - made by this test
    case = next(c for c in root.iter("testcase") if c.get("name") == "LM001 live-migration/dedicated-network [HV16]")
    failure = case.find("failure")
    assert case.get("classname") == "live-migration"
    assert failure is not None
    assert failure.get("type") == "warning"
    assert "a migração ao vivo pode usar qualquer rede" in str(failure.get("message"))
    assert "Add-VMMigrationNetwork" in str(failure.text)
    suite = next(each for each in root.iter("testsuite") if each.get("name") == "HV16")
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert properties["hvnet"] == report.hvnet
    assert "2016" in str(properties["windows"])
    advised = next(c for c in root.iter("testcase") if c.get("name") == "LM002 live-migration/transport [HV22-B]")
    assert "informativa: " in str(advised.findtext("system-out"))


# SARIF


@pytest.fixture(scope="module")
def sarif_schema() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads((SCHEMAS / "sarif-schema-2.1.0.json").read_text("utf-8")))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("render", [sarif.render, sarif.render_alerts])
def test_sarif_is_valid(
    report: Report, sarif_schema: jsonschema.Draft7Validator, render: Callable[[Report, str], str], language: str
) -> None:
    sarif_schema.validate(json.loads(render(report, language)))


@pytest.mark.parametrize("render", [sarif.render, sarif.render_alerts])
def test_sarif_has_what_code_scanning_requires(report: Report, render: Callable[[Report, str], str]) -> None:
    (run,) = runs_of(render(report, "pt-BR"))
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) <= 25_000
    for rule in rules:
        for text in (rule["shortDescription"]["text"], rule["fullDescription"]["text"], rule["help"]["text"]):
            assert text
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert rule["defaultConfiguration"]["level"] in ("note", "warning", "error")
        assert len(rule["properties"]["tags"]) <= 20
        assert rule["helpUri"] in rule["help"]["markdown"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"(hosts|clusters)/[A-Za-z0-9._~%-]+", place["artifactLocation"]["uri"])
        assert set(place["region"]) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert re.fullmatch(r"[0-9a-f]{16}:\d+", result["partialFingerprints"]["primaryLocationLineHash"])


def test_sarif_rules_speak_the_language_and_lead_to_its_page(report: Report) -> None:
    rules = {
        language: {rule["id"]: rule for rule in runs_of(sarif.render(report, language))[0]["tool"]["driver"]["rules"]}
        for language in LANGUAGES
    }
    assert rules["en"]["LM002"]["helpUri"] == "https://hvnet.example/guidelines/live-migration/transport/"
    portuguese = rules["pt-BR"]["LM002"]
    assert portuguese["helpUri"] == "https://hvnet.example/pt-BR/guidelines/live-migration/transport/"
    assert portuguese["shortDescription"]["text"] == "Use compactação ou SMB na migração ao vivo, e não TCP/IP puro"
    assert "compactação" in portuguese["help"]["markdown"]
    assert f'"{page.SITE}"' in (ROOT / "mkdocs.yml").read_text("utf-8")


def test_sarif_kinds_are_the_verdicts(report: Report) -> None:
    (run,) = runs_of(sarif.render(report, "en"))
    kinds: dict[tuple[str, str], set[tuple[str, str | None]]] = {}
    for each in run["results"]:
        key = (each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], each["ruleId"])
        kinds.setdefault(key, set()).add((each["kind"], each.get("level")))
        assert ("suppressions" in each) == (key == ("hosts/HV16", "LM002"))
    levels = {Severity.INFO: "note", Severity.WARNING: "warning", Severity.CRITICAL: "error"}
    for part in (*report.hosts, *report.clusters):
        for result in part.results:
            folder = "hosts" if isinstance(part, HostReport) else "clusters"
            told = [*result.findings, *(finding for finding, _note in result.waived)]
            expected: set[tuple[str, str | None]] = {("fail", levels[result.severity_of(each)]) for each in told}
            if result.verdict is Verdict.UNKNOWN or result.is_partial:
                expected.add(("open", None))
            elif not told:
                expected = {("pass" if result.verdict is Verdict.PASS else "notApplicable", None)}
            assert kinds[f"{folder}/{part.name}", result.guideline.code] == expected


def test_sarif_says_who_accepted_and_what_was_not_read(report: Report) -> None:
    (run,) = runs_of(sarif.render(report, "en"))
    suppressed = next(each for each in run["results"] if "suppressions" in each)
    assert suppressed["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "waived until December 31, 2026 by ana: until the refresh",
        }
    ]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    dead = [each for each in invocation["toolExecutionNotifications"] if each["descriptor"]["id"] == "unread-host"]
    assert [each["message"]["text"] for each in dead] == ["hv99: no answer from hv99"]
    unknown = [each for each in invocation["toolExecutionNotifications"] if each["descriptor"]["id"] == "unknown"]
    assert "LM002" in [each["associatedRule"]["id"] for each in unknown]
    assert "covers no finding" in invocation["toolConfigurationNotifications"][0]["message"]["text"]


def test_alerts_are_what_failed_or_could_not_be_told(report: Report) -> None:
    whole, alerts = (runs_of(each(report, "en"))[0]["results"] for each in (sarif.render, sarif.render_alerts))
    assert alerts == [r for r in whole if r["kind"] in ("fail", "open") and "suppressions" not in r]
    assert 0 < len(alerts) < len(whole)


def test_fingerprints_are_the_same_in_every_run_and_language(report: Report) -> None:
    def marks(found: Report, language: str, kept: Callable[[Any], bool] = lambda _each: True) -> list[str]:
        results = runs_of(sarif.render(found, language))[0]["results"]
        return [each["partialFingerprints"]["primaryLocationLineHash"] for each in results if kept(each)]

    english = marks(report, "en")
    assert len(set(english)) == len(english)
    assert marks(report, "pt-BR") == english
    fewer = dataclasses.replace(report, hosts=report.hosts[2:], guidelines=report.guidelines)
    assert set(marks(fewer, "en")) < set(english), "another host more or less changes none"
    waived_before = dataclasses.replace(report, remarks=())
    assert marks(waived_before, "en") == english


def test_a_finding_with_other_numbers_is_the_same_finding() -> None:
    guideline = select(["LM002"])[0]
    now = audit(Collected(), [guideline]).finished

    def mark(number: int) -> str:
        finding = Finding(Message("{n} lost", {"n": number}), "nic1")
        host = HostReport("hv01", (Result(guideline, Verdict.FAIL, (finding,)),))
        text = sarif.render(Report((host,), (), (guideline,), now, now), "en")
        return str(runs_of(text)[0]["results"][0]["partialFingerprints"])

    assert mark(1) == mark(2)


# CSV


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\N{BYTE ORDER MARK}"), newline="")))


def test_csv_is_what_spreadsheets_read(report: Report) -> None:
    text = csv_report.render(report, "pt-BR")
    assert text.startswith("\N{BYTE ORDER MARK}kind,name,")
    assert text.endswith("\r\n")
    rows = rows_of(text)
    assert all(None not in row and None not in row.values() for row in rows)
    waived = next(row for row in rows if row["verdict"] == "waived")
    assert waived["name"] == "HV16"
    assert "ana" in waived["message"]
    fix = next(row for row in rows if row["guideline"] == "LM001" and row["verdict"] == "fail")["fix"]
    assert "Add-VMMigrationNetwork" in fix


def test_csv_loses_nothing(report: Report) -> None:
    rows = rows_of(csv_report.render(report, "en"))
    expected = 0
    for result in report.results:
        told = len(result.findings) + len(result.waived)
        expected += told + (result.is_partial or (not told))
    assert len(rows) == expected
    assert {row["verdict"] for row in rows} == set(Verdict)


def test_csv_translates_its_last_column_alone(report: Report) -> None:
    both = [rows_of(csv_report.render(report, language)) for language in LANGUAGES]
    messages = [[row.pop("message") for row in rows] for rows in both]
    assert both[0] == both[1]
    assert messages[0] != messages[1]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_is_a_formula_in_any_country(text: str, separator: str) -> None:
    found = csv_report.render(hostile(text), "en").removeprefix("\N{BYTE ORDER MARK}")
    for row in csv.reader(io.StringIO(found, newline=""), delimiter=separator):
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "-", "@")), cell


# Markdown


def plain_of(text: str) -> tuple[str, set[str], str]:
    """What a reader sees, the kinds of markup that made it, and the HTML in it."""
    seen, kinds, markup = [], set(), []
    for block in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        kinds.add(block.type)
        for token in block.children or ():
            kinds.add(token.type)
            seen.append(token.content)
        if block.type == "fence":
            seen.append(block.content)
        if block.type == "html_block":
            markup.append(block.content)
        seen.append("\n")
    return "".join(seen).replace("\u200b", ""), kinds, "".join(markup)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown_shows_text_as_text(text: str, language: str) -> None:
    rendered = markdown_report.render(hostile(text), language)
    seen, kinds, markup = plain_of(rendered)
    assert line(text) in seen
    assert not kinds & {"link_open", "image", "s_open", "em_open", "html_inline"}
    assert "<" not in re.sub(r"</?(details|summary)>", "", markup)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", rendered.replace("&#8203;", "\u200b"), flags=re.DOTALL)
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.", outside), "GitHub would make a link of it"


def test_markdown_of_the_lab(report: Report) -> None:
    text = markdown_report.render(report, "pt-BR")
    seen, kinds, _markup = plain_of(text)
    assert "table_open" in kinds
    assert "isenta até 31 de dezembro de 2026" in seen
    assert "no answer from hv99" in seen
    assert "Set-VMHost -VirtualMachineMigrationPerformanceOption 'SMB'" in text
    for host in report.hosts:
        assert f"| `{host.name}` |" in text


# All of them


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", FORMATS)
def test_waived_findings_and_remarks_are_in_every_format(
    report: Report, kind: str, language: str, tmp_path: Path
) -> None:
    path = tmp_path / "report"
    write(report, kind, language, path)
    text = " ".join(path.read_text("utf-8").split())
    if kind != "code-scanning":
        assert "until the refresh" in text
    if kind not in ("csv", "junit"):
        assert re.search("covers no finding|não cobre nenhuma constatação", text)


def test_every_message_of_a_format_is_in_the_language(report: Report) -> None:
    portuguese = html.render(report, "pt-BR")
    assert "isenta até 31 de dezembro de 2026" in portuguese
    assert "waived until" not in portuguese


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_host_is_only_text(
    kind: str,
    text: str,
    tmp_path: Path,
    junit_schema: xmlschema.XMLSchema,
    sarif_schema: jsonschema.Draft7Validator,
    json_schema: jsonschema.Draft202012Validator,
) -> None:
    path = tmp_path / "report"
    write(hostile(text), kind, "en", path)
    written = path.read_bytes().decode("utf-8")
    assert not re.search("[\x00\x1b\x9b\u202e\ud800]", written)
    if kind == "junit":
        junit_schema.validate(written)
    elif kind in ("sarif", "code-scanning"):
        sarif_schema.validate(json.loads(written))
        for result in runs_of(written)[0]["results"]:
            uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"(hosts|clusters)/[A-Za-z0-9._~%-]+", uri)
            assert uri.split("/")[1] not in (".", "..")
            assert not re.search(r"(?<!\{)(\{\{)*\{\w+\}", result["message"]["text"]), "a placeholder"
            assert not re.search(r"(?<!\\)\]\(", result["message"]["text"]), "a link"
    elif kind == "html":
        assert "<script>alert" not in written
    elif kind == "json":
        json_schema.validate(json.loads(written))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec=None, exclude_categories=[]), min_size=1, max_size=40))
def test_whatever_a_host_says(
    text: str,
    junit_schema: xmlschema.XMLSchema,
    sarif_schema: jsonschema.Draft7Validator,
    json_schema: jsonschema.Draft202012Validator,
) -> None:
    found = hostile(text)
    junit_schema.validate(junit.render(found, "pt-BR"))
    sarif_schema.validate(json.loads(sarif.render(found, "pt-BR")))
    json_schema.validate(json.loads(json_report.render(found, "pt-BR")))
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(csv_report.render(found, "en")[1:], newline=""), delimiter=separator):
            assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)
    kinds = plain_of(markdown_report.render(found, "en"))[1]
    assert not kinds & {"link_open", "image", "s_open", "em_open", "html_inline"}
