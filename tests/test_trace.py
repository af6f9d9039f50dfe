"""Traceability as a page, as files and in the terminal; what was not measured or has not run is never green."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import pytest
import typer.main
from jsonschema import Draft202012Validator

from checks import console
from checks.cli import app
from checks.guidelines import all_guidelines
from checks.model import Guideline
from checks.paths import ROOT
from checks.site import mutation, tracefiles
from checks.site.calls import CALLS
from checks.site.mutation import Mutation, MutationError, Score
from checks.site.place import Place, Repository, Site, cases_of
from checks.site.results import Outcome, Results, State, address
from checks.site.trace import Trace, trace

GUIDELINES = all_guidelines()
FIRST, SECOND, THIRD = GUIDELINES[:3]
NODES = [f"{cases_of(each)}::{name}" for each in GUIDELINES for name in ("one", "=1+1")]
MEASURED = Mutation(
    date=date(2026, 11, 23),
    overall=0.9,
    guidelines={
        FIRST.code: Score(killed=9, survived=1, score=0.9),
        SECOND.code: Score(killed=7, survived=3, score=0.7),
    },
)
MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def results() -> Results:
    """The first guideline passed, the second failed, the others have not run; one test is gone."""
    outcomes = {address(node): Outcome.PASSED for node in NODES if node.startswith(cases_of(FIRST))}
    outcomes[address(f"{cases_of(SECOND)}::one")] = Outcome.FAILED
    outcomes["tests.guidelines.gone.yaml.old"] = Outcome.PASSED
    return Results([*NODES, "tests/guidelines/gone.yaml::new"], outcomes, MOMENT)


@pytest.fixture(scope="module")
def found() -> Trace:
    return trace(GUIDELINES, results(), MEASURED)


def html(measured: Mutation, tested: Results, language: str = "en") -> str:
    site = Site(Repository("https://github.com/hvnet/hvnet"), GUIDELINES, tested, True, measured)
    return unescape(CALLS["traceability"](Place(site, language, "traceability.md")))


def row(page: str, guideline: Guideline) -> str:
    return page.partition(f'<tr id="{guideline.code.lower()}"')[2].partition("</tr>")[0]


# The page


def test_a_row_has_what_filters_ask_for_and_all_that_belongs_to_the_guideline() -> None:
    mine = row(html(MEASURED, results()), FIRST)
    for part in (
        f'data-area="{FIRST.area}"',
        f'data-severity="{FIRST.severity.value}"',
        'data-state="covered"',
        "read on November 23, 2026",
        FIRST.sources[0].url,
        f"/blob/main/{cases_of(FIRST)}",
        'hreflang="pt-BR"',
        "hv-test--passed",
        "hv-state--covered hv-score",
        "9 of 10 changes noticed",
        "90%",
    ):
        assert part in mine, part


def test_tests_are_counted_and_only_those_that_failed_are_named() -> None:
    page = html(MEASURED, results())
    assert "<li>one</li>" in row(page, SECOND) and "=1+1" not in row(page, SECOND)
    assert "hv-tests" not in row(page, FIRST) and "=1+1" not in row(page, FIRST)


def test_a_row_does_not_grow_with_its_tests() -> None:
    """With 118 guidelines, the page has to stay one that a phone can show."""
    few = html(MEASURED, Results(NODES))
    many = html(MEASURED, Results([f"{cases_of(each)}::{name}" for each in GUIDELINES for name in range(100)]))
    assert len(many) - len(few) < 10 * len(GUIDELINES)
    assert len(few) / len(GUIDELINES) < 4000


def test_a_low_score_is_not_green_and_neither_is_one_that_was_not_measured() -> None:
    page = html(MEASURED, results())
    assert "hv-state--orphan hv-score" in row(page, SECOND) and "70%" in row(page, SECOND)
    assert "hv-state--not_run hv-score" in row(page, THIRD) and "not measured" in row(page, THIRD)


def test_without_files_nothing_is_green() -> None:
    page = html(Mutation(), Results(NODES), "pt-BR")
    body = page.partition("<tbody>")[2]
    assert "hv-state--covered" not in body and "hv-test--passed" not in body
    assert body.count("não medida") == len(GUIDELINES)
    assert "Nenhuma pontuação de mutação foi medida." in page


@pytest.mark.parametrize(("language", "base"), [("en", "../"), ("pt-BR", "../../")])
def test_the_page_links_its_files_and_says_when_all_was_measured(language: str, base: str) -> None:
    page = html(MEASURED, results(), language)
    assert all(f'href="{base}{name}"' in page for name in tracefiles.NAMES)
    said = {"en": "Mutation scores of November 23, 2026.", "pt-BR": "mutação de 23 de novembro de 2026."}
    assert said[language] in page
    assert page.count("<option") == page.count("</option>") > len(State)


# The mutation scores


def test_a_file_that_is_not_there_measures_nothing(tmp_path: Path) -> None:
    assert mutation.load(tmp_path / "none.json") == Mutation()


def test_a_file_of_mutation_scores_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mutation.json"
    text = '{"date": "2026-11-23", "overall": 0.9, "guidelines": {"X": {"killed": 4, "survived": 1, "score": 0.8}}}'
    path.write_text(text, encoding="utf-8")
    read = mutation.load(path)
    assert (read.measured, read.guidelines["X"].is_enough) == (date(2026, 11, 23), True)
    path.write_text('{"guidelines": {"X": {}}}', encoding="utf-8")
    with pytest.raises(MutationError, match=r"mutation\.json: guidelines\.X\.killed"):
        mutation.load(path)


def test_the_floor_is_that_of_the_tool() -> None:
    text = (ROOT / "tools" / "mutation.py").read_text(encoding="utf-8")
    assert f"OVERALL, EACH = 0.95, {mutation.FLOOR:.2f}" in text


# The files


def test_the_schema_is_up_to_date_and_a_schema() -> None:
    assert tracefiles.SCHEMA_FILE.read_text(encoding="utf-8") == tracefiles.schema_text(), (
        "run python -m checks.site.tracefiles"
    )
    Draft202012Validator.check_schema(tracefiles.schema())


@pytest.mark.parametrize("empty", [False, True])
def test_the_json_fits_its_schema(found: Trace, empty: bool) -> None:
    document = json.loads(tracefiles.as_json(trace(GUIDELINES, Results(NODES)) if empty else found))
    assert [e.message for e in Draft202012Validator(tracefiles.schema()).iter_errors(document)] == []
    assert len(document["guidelines"]) == len(GUIDELINES)
    assert (document["tested"], document["measured"]) == (
        (None, None) if empty else ("2026-11-23T12:00:00Z", "2026-11-23")
    )


def test_the_schema_refuses_what_is_unknown(found: Trace) -> None:
    document = json.loads(tracefiles.as_json(found))
    document["guidelines"][0]["state"] = "green"
    del document["orphans"]
    assert len(list(Draft202012Validator(tracefiles.schema()).iter_errors(document))) == 2


def test_the_json_says_the_state_of_each(found: Trace) -> None:
    document = json.loads(tracefiles.as_json(found))
    states = {each["code"]: each["state"] for each in document["guidelines"]}
    assert (states[FIRST.code], states[SECOND.code], states[THIRD.code]) == ("covered", "failed", "not_run")
    assert document["states"]["orphan"] == len(document["orphans"]) == 2
    mine = next(each for each in document["guidelines"] if each["code"] == FIRST.code)
    assert all((ROOT / path).is_file() for path in (*mine["pages"].values(), mine["check"], mine["cases"]))
    assert mine["tests"] == [{"name": "one", "outcome": "passed"}, {"name": "=1+1", "outcome": "passed"}]
    assert next(each["mutation"] for each in document["guidelines"] if each["code"] == THIRD.code) is None


def test_the_csv_is_for_spreadsheets(found: Trace) -> None:
    text = tracefiles.as_csv(found)
    assert text.startswith("\N{BYTE ORDER MARK}code,")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\N{BYTE ORDER MARK}"), newline="")))
    assert len(rows) == len(GUIDELINES) + 2
    mine = next(each for each in rows if each["code"] == FIRST.code)
    assert (mine["passed"], mine["not_run"], mine["mutation_score"], mine["state"]) == ("2", "0", "0.9", "covered")
    assert mine["title_pt-BR"] == FIRST.title.render("pt-BR")
    unmeasured = next(each for each in rows if each["code"] == THIRD.code)
    assert (unmeasured["mutation_score"], unmeasured["mutation_date"]) == ("", "")
    assert [each["state"] for each in rows if not each["code"]] == ["orphan", "orphan"]


def test_no_cell_is_a_formula() -> None:
    hostile = Results(["=cmd|' /C calc'!A0::x"], {})
    assert "\r\n,'=cmd|" in tracefiles.as_csv(trace((), hostile))


def test_all_files_are_published(found: Trace, tmp_path: Path) -> None:
    tracefiles.publish(found, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(tracefiles.NAMES)
    assert b"\r\r\n" not in (tmp_path / "traceability.csv").read_bytes()


# The command


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = console.run(typer.main.get_command(app), [str(each) for each in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def junit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("checks.site.results.collect", lambda: tuple(NODES))
    path = tmp_path / "junit.xml"
    module, _dot, name = address(NODES[0]).rpartition(".yaml.")
    path.write_text(
        '<testsuites><testsuite timestamp="2026-11-23T12:00:00+00:00">'
        f'<testcase classname="{module}.yaml" name="{name}"><failure/></testcase></testsuite></testsuites>',
        encoding="utf-8",
    )
    return path


def test_the_command_shows_the_table_in_both_languages(junit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _said = call(capsys, "trace", "--junit", junit, "--lang", "en")
    assert code == 0 and FIRST.code in text and "1 failed, 1 not run" in text and "Results of the test run" in text
    text = call(capsys, "trace", "--junit", junit, "--lang", "pt-BR")[1]
    assert "com falha" in text and "Pontuação de mutação" in text


def test_the_command_gives_the_files(junit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(call(capsys, "trace", "--junit", junit, "--format", "json")[1])
    assert document["states"]["failed"] == 1 and document["states"]["covered"] == 0
    assert call(capsys, "trace", "--junit", junit, "-f", "csv")[1].startswith("\N{BYTE ORDER MARK}code,")


def test_the_command_says_what_is_wrong(junit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no format xml" in call(capsys, "trace", "--format", "xml", "--lang", "en")[2]
    assert "there is no file" in call(capsys, "trace", "--junit", tmp_path / "no.xml", "--lang", "en")[2]
    junit.write_text("<x", encoding="utf-8")
    code, _text, said = call(capsys, "trace", "--junit", junit, "--lang", "en")
    assert code == 2 and "is not a JUnit file" in said
