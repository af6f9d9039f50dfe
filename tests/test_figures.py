"""The figures in the READMEs: there, in form, and equal to what can be counted."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import re
from datetime import date

import pytest

from checks.i18n import LANGUAGES, number
from checks.site import gates
from checks.site.mutation import Mutation
from tests.running import tool

FIGURES = tool("figures")
VALUES = (
    r"[\d.,]+",
    r"[\d.,]+",
    r"\d+",
    r"\d+[.,]\d s",
    r"[\d.,]+% \(\d{4}-\d\d-\d\d\)|not measured|não medida",
    r"[\d.,]+",
)


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]


@pytest.mark.parametrize("language", FIGURES.READMES)
def test_the_readme_has_the_figures_of_today(language: str) -> None:
    blocks = FIGURES.BLOCK.findall(text := FIGURES.READMES[language].read_text(encoding="utf-8"))
    assert len(blocks) == 1
    table = rows(FIGURES.BLOCK.search(text)[0])[1:-1]
    labels = FIGURES.LABELS[language]
    names = ("guidelines", "cases", "gates", "verify", "mutation", "tests")
    assert [row[0] for row in table] == [labels["head"][0], "---", *(labels[name] for name in names)]
    assert all(re.fullmatch(form, row[1]) for form, row in zip(VALUES, table[2:], strict=True)), table
    counted = [number(value, language) for value in FIGURES.countable().values()]
    assert [row[1] for row in table[2:5]] == counted, "run `make figures`"


def test_numbers_are_written_as_the_language_writes_them() -> None:
    found = {"guidelines": 6, "cases": 1234, "gates": 9, "verify": 7.25, "tests": 2000}
    score = Mutation(overall=0.9285, date=date(2026, 11, 23))
    english, portuguese = (FIGURES.render(language, found, score) for language in FIGURES.READMES)
    assert [row[1] for row in rows(english)[2:]] == ["6", "1,234", "9", "7.2 s", "92.8% (2026-11-23)", "2,000"]
    assert [row[1] for row in rows(portuguese)[2:]] == ["6", "1.234", "9", "7,2 s", "92,8% (2026-11-23)", "2.000"]
    assert "| not measured |" in FIGURES.render("en", found, Mutation())


def test_every_language_has_labels() -> None:
    assert set(FIGURES.READMES) == set(FIGURES.LABELS) <= set(LANGUAGES)
    assert FIGURES.LABELS["en"].keys() == FIGURES.LABELS["pt-BR"].keys()


def test_every_gate_is_counted_and_asked() -> None:
    named = {f"{gates.__name__}.{found.name}" for found in pkgutil.iter_modules(gates.__path__)}
    asking = {name for name in named if hasattr(importlib.import_module(name), "breaches")}
    assert {gate.__name__ for gate in gates.GATES} == asking
    source = inspect.getsource(gates)
    assert all(f"{name.rpartition('.')[2]}.breaches(" in source for name in asking)
