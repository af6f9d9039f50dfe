"""Spelling: the pages and the catalogue are right, what is wrong is told, and the lists hold no more than they must."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checks.paths import DOCS
from checks.site import spelling

if not spelling.available() and "CI" not in os.environ:
    pytest.skip("hunspell or a dictionary is not installed, so no word can be looked up", allow_module_level=True)


def page(tmp_path: Path, language: str, text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(spelling, "catalogue_path", lambda _language: tmp_path / "none.po")
    (tmp_path / language).mkdir()
    (tmp_path / language / "page.md").write_text(text, encoding="utf-8")
    return [str(breach) for breach in spelling.breaches(tmp_path)]


def test_the_project_is_spelled_right() -> None:
    assert [str(breach) for breach in spelling.breaches()] == []


@pytest.mark.parametrize("language", spelling.DICTIONARIES)
def test_the_lists_are_sorted_and_needed(language: str) -> None:
    words = (spelling.LISTS / f"{language}.txt").read_text(encoding="utf-8").split("\n")[:-1]
    assert words == sorted(set(words), key=lambda word: (word.casefold(), word))
    unknown = spelling.misspelled(words, [spelling.DICTIONARIES[language]], [])
    assert set(words) == unknown, "the dictionary or the glossary has these itself"


@pytest.mark.parametrize(
    ("language", "text", "says"),
    [
        ("en", "# T\n\nThe adpater is slow.", "page.md:3: the dictionaries do not know “adpater”"),
        ("pt-BR", "A freqüência é alta.", "page.md:1: the dictionaries do not know “freqüência”"),
        ("pt-BR", "---\ndescription: Uma idéia.\n---\n# T", "page.md:2: the dictionaries do not know “idéia”"),
        ("pt-BR", "A rede *dedicate network* serve.", ""),
        ("pt-BR", "A rede *dedicaded network* serve.", "page.md:1: the dictionaries do not know “dedicaded”"),
        ("pt-BR", "A network serve.", "page.md:1: the dictionaries do not know “network”"),
    ],
)
def test_a_slip_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, text: str, says: str) -> None:
    found = page(tmp_path, language, text, monkeypatch)
    assert [says] == [line[line.index("page.md") :] for line in found] if says else not found


def test_code_links_and_names_are_not_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "`adpater` [x](adpater.md) <b class='adpater'>x</b> {{ adpater() }} hv01 --adpater CONTOSO\\adpater\n"
    assert not page(tmp_path, "en", f"{text}\n```\nadpater\n```\n\n!!! adpater\n    x\n", monkeypatch)


def test_a_translation_may_take_words_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "hvnet.po"
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    path.write_text(f'{head}msgid "a table"\nmsgstr "o formato table e o network"\n', encoding="utf-8")
    monkeypatch.setattr(spelling, "catalogue_path", lambda _language: path)
    (tmp_path / "docs").mkdir()
    own, foreign = spelling.words_of(tmp_path / "docs", "pt-BR")
    assert [word.text for word in foreign] == ["table"]
    assert "network" in [word.text for word in own]


def test_pages_are_read() -> None:
    own, foreign = spelling.words_of(DOCS, "pt-BR")
    assert len(own) > 5000 and len(foreign) > 500
