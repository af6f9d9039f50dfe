"""Stale translations are seen, and nothing else is: digests, the lock, the commands, the gate."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from checks import catalogues, revisions
from checks.console import Exit, UserError
from checks.i18n import DEFAULT, LANGUAGES, REQUIRED, BitRate, Message, Percent, catalogue_path, lock_path
from checks.paths import DOCS, LOCALES
from checks.site import lock
from checks.site.gates import translations as gate
from checks.site.lock import State
from checks.site.source import PageSource
from checks.translations import Checkout, diff, status, sync, word_diff

ENGLISH = """\
---
description: What the page is for.
---
# Title

A lead with *stress* and a [link](lab.md#start).

## First { #first }

One sentence here. Another one follows `some_code` there.

- an item
- another item

```powershell
Get-VMHost   | Select-Object *
```

## Second { #second }

| A | B |
| --- | --- |
| 1 | `2` |
"""
PORTUGUESE = "# Título\n\nTexto.\n\n## Um { #first }\n\nTexto.\n\n## Dois { #second }\n\nTexto.\n"


def digests(text: str) -> dict[str, str]:
    return lock.digests(PageSource(Path("x.md"), text))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A small checkout with history, whose one page was translated and recorded."""
    write(tmp_path, DEFAULT, ENGLISH)
    write(tmp_path, "pt-BR", PORTUGUESE)
    (tmp_path / "locales").mkdir()
    found = Checkout(tmp_path, "pt-BR")
    assert sync(found, []) == (3, [])
    git(tmp_path, "init", "-q", "-b", "main")
    save(tmp_path)
    return found


def write(root: Path, language: str, text: str, page: str = "a.md") -> Path:
    path = root / "docs" / language / page
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def git(root: Path, *arguments: str) -> None:
    names = ("-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *names, *arguments], cwd=root, check=True, capture_output=True)


def save(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "x")


def states(checkout: Checkout) -> dict[str, str]:
    return {entry.name: entry.state.value for entry in checkout.entries() if entry.state is not State.FRESH}


def printed(function: object, checkout: Checkout, *arguments: str) -> tuple[int, str]:
    output = Console(file=io.StringIO(), width=200)
    code = function(checkout, *arguments, output)  # type: ignore[operator]
    return code, output.file.getvalue()  # type: ignore[attr-defined]


# What a digest is of


def test_sections_are_the_lead_and_the_headings_with_ids() -> None:
    assert list(digests(ENGLISH)) == ["_lead", "first", "second"]
    assert list(digests("# T\n\n```\n## not { #a-heading }\n```\n\n### Deep {: #deep }\n")) == ["_lead", "deep"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n", "\r\n"),
        ("sentence here. Another", "sentence here.\nAnother"),
        ("- an item", "* an item"),
        ("follows", "follows   "),
        ("*stress*", "_stress_"),
        ("{ #first }", "{#first}"),
        ("| A | B |\n| --- | --- |", "|A   |  B|\n|:------|---:|"),
        ("## First", "\n\n\n## First"),
        ("description: What the page is for.", 'description: "What the page\n  is for."\ntags: [x]'),
        ("```powershell\nGet-VMHost   | Select-Object *\n```", "```powershell\nGet-VMHost   | Select-Object *  \n```"),
    ],
)
def test_form_does_not_count(old: str, new: str) -> None:
    assert old in ENGLISH
    assert digests(ENGLISH.replace(old, new)) == digests(ENGLISH)


@pytest.mark.parametrize(
    ("old", "new", "section"),
    [
        ("What the page", "What this page", "_lead"),
        ("lab.md#start", "lab.md#hosts", "_lead"),
        ("One sentence", "Two sentences", "first"),
        ("some_code", "some_code_", "first"),
        ("Get-VMHost   |", "Get-VMHost |", "first"),
        ("| 1 | `2` |", "| 1 | `3` |", "second"),
        ("## Second", "## The second", "second"),
    ],
)
def test_words_links_and_code_count_and_only_for_their_section(old: str, new: str, section: str) -> None:
    before, after = digests(ENGLISH), digests(ENGLISH.replace(old, new))
    assert [name for name in before if before[name] != after[name]] == [section]


WORD = st.sampled_from(
    ["live", "migration", "*stress*", "`a  b_c`", "[x](y.md)", "_both_", "VMQ,", "5", "it's", "__x__"]
)
PARAGRAPH = st.lists(WORD, min_size=1, max_size=12)


@st.composite
def reformatted(draw: st.DrawFn) -> tuple[str, str]:
    """A page, and the same one as another editor would have written it."""
    original, other = ["# T\n"], ["# T\n"]
    for number in range(draw(st.integers(1, 3))):
        original.append(f"\n## S {{ #s{number} }}\n")
        other.append(f"\n\n## S {{#s{number}}}  \n")
        for words in draw(st.lists(PARAGRAPH, max_size=3)):
            bullet = draw(st.sampled_from([("", ""), ("- ", "* "), ("- ", "+ "), ("1. ", "1) ")]))
            gaps = draw(st.lists(st.sampled_from([" ", "\n", "  ", " \n"]), min_size=len(words), max_size=len(words)))
            original.append(f"\n{bullet[0]}{' '.join(words)}\n")
            restyled = [re.sub(r"^\*(\w+)\*$", r"_\1_", word) for word in words]
            other.append("\n" + bullet[1] + "".join(w + g for w, g in zip(restyled, gaps, strict=True)).rstrip() + "\n")
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    return "".join(original), "".join(other).replace("\n", ending)


@settings(max_examples=150, deadline=None)
@given(reformatted())
def test_reformatting_never_changes_a_digest(pages: tuple[str, str]) -> None:
    original, other = pages
    assert digests(original) == digests(other)


# The state of the real pages


def test_a_changed_sentence_makes_exactly_its_section_stale(tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copytree(LOCALES, tmp_path / "locales")
    checkout = Checkout(tmp_path, "pt-BR")
    sync(checkout, [])
    before = states(checkout)
    path = tmp_path / "docs/en/lab.md"
    path.write_text(path.read_text(encoding="utf-8").replace("loopback", "the loopback", 1), encoding="utf-8")
    changed = dict(states(checkout).items() - before.items())
    assert list(changed.values()) == ["stale"]
    assert next(iter(changed)).startswith("lab.md#")


# The commands


def test_states_of_every_kind(checkout: Checkout) -> None:
    write(checkout.root, DEFAULT, ENGLISH.replace("One sentence", "A sentence") + "\n## New { #new }\n\nMore.\n")
    write(checkout.root, "pt-BR", PORTUGUESE.replace("{ #second }", "{ #third }"))
    write(checkout.root, DEFAULT, "# B\n", "b.md")
    write(checkout.root, "pt-BR", "# B\n", "b.md")
    locked = lock.read(checkout.lock_file)
    lock.write(checkout.lock_file, {**locked, "gone.md": {"_lead": "0" * 16}})
    assert states(checkout) == {
        "a.md#first": "stale",
        "a.md#second": "missing",
        "a.md#new": "missing",
        "a.md#third": "extra",
        "b.md#_lead": "unrecorded",
        "gone.md#_lead": "orphan",
    }
    code, text = printed(status, checkout, "table")
    assert code == Exit.FAILED
    assert "docs/pt-BR/a.md:5" in text
    assert "not translated: 2" in text
    code, text = printed(status, checkout, "json")
    assert json.loads(text)["counts"] == {
        "fresh": 1, "stale": 1, "missing": 2, "unrecorded": 1, "orphan": 1, "extra": 1,
    }  # fmt: skip


def test_status_of_a_fresh_translation_is_success(checkout: Checkout) -> None:
    assert printed(status, checkout, "table") == (Exit.OK, "pt-BR · fresh: 3\n")


def test_sync_records_a_section_alone_or_a_page(checkout: Checkout) -> None:
    write(checkout.root, DEFAULT, ENGLISH.replace("One", "A").replace("| 1 |", "| 2 |"))
    assert sync(checkout, ["docs/en/a.md#first"]) == (1, [])
    assert states(checkout) == {"a.md#second": "stale"}
    assert sync(checkout, ["a"]) == (1, [])
    assert not states(checkout)


def test_sync_refuses_another_structure(checkout: Checkout) -> None:
    write(checkout.root, "pt-BR", PORTUGUESE.replace("{ #second }", "{ #dois }"))
    before = checkout.lock_file.read_bytes()
    write(checkout.root, DEFAULT, ENGLISH.replace("One", "A"))
    assert sync(checkout, ["a.md#first"]) == (0, ["a.md"])
    assert checkout.lock_file.read_bytes() == before


def test_sync_of_all_forgets_pages_that_are_gone(checkout: Checkout) -> None:
    for language in (DEFAULT, "pt-BR"):
        (checkout.docs / language / "a.md").unlink()
    assert sync(checkout, []) == (3, [])
    assert lock.read(checkout.lock_file) == {}


def test_unknown_pages_and_sections_are_told(checkout: Checkout) -> None:
    with pytest.raises(UserError, match=r"there is no page b\.md"):
        sync(checkout, ["b"])
    with pytest.raises(UserError, match=r"a\.md has no section nope; it has _lead, first, second"):
        diff(checkout, "a.md#nope", Console(file=io.StringIO()))


def test_diff_finds_the_locked_text_in_history_and_below_another_name(checkout: Checkout) -> None:
    git(checkout.root, "mv", "docs/en/a.md", "docs/en/b.md")
    git(checkout.root, "mv", "docs/pt-BR/a.md", "docs/pt-BR/b.md")
    locked = lock.read(checkout.lock_file)
    lock.write(checkout.lock_file, {"b.md": locked["a.md"]})
    save(checkout.root)
    for number in range(3):
        write(checkout.root, DEFAULT, ENGLISH.replace("One sentence", f"{number} sentences"), "b.md")
        save(checkout.root)
    code, text = printed(diff, checkout, "b.md#first")
    assert code == Exit.OK
    assert "[-One sentence-]{+2 sentences+} here." in text or "[-One-]{+2+} [-sentence-]{+sentences+} here." in text
    assert "docs/pt-BR/b.md:5" in text
    assert "## Um { #first }" in text


def test_diff_tells_when_history_lacks_the_text(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    locked = lock.read(checkout.lock_file)
    locked["a.md"]["first"] = "0" * 16
    lock.write(checkout.lock_file, locked)
    code, _text = printed(diff, checkout, "a.md#first")
    assert code == Exit.UNDECIDED
    assert "the history of this checkout lacks the English text" in capsys.readouterr().err


def test_diff_in_a_shallow_clone_says_so(
    checkout: Checkout, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    write(checkout.root, DEFAULT, ENGLISH.replace("One", "A"))
    save(checkout.root)
    clone = tmp_path_factory.mktemp("clone") / "c"
    git(checkout.root, "clone", "-q", "--depth", "1", checkout.root.as_uri(), str(clone))
    assert revisions.is_shallow(clone)
    assert printed(diff, Checkout(clone, "pt-BR"), "a.md#first")[0] == Exit.UNDECIDED
    assert "git fetch --unshallow" in capsys.readouterr().err


def test_a_word_diff_does_not_show_rewrapped_lines() -> None:
    assert word_diff("one two\nthree four", "one\ntwo three 4").plain == "one\ntwo three [-four-]{+4+}"


# The gate


def test_a_stale_section_is_told_with_its_place_and_the_command(checkout: Checkout) -> None:
    write(checkout.root, DEFAULT, ENGLISH.replace("One sentence", "A sentence"))
    found = [str(each) for each in gate.breaches(checkout.docs, REQUIRED, checkout.root / "locales")]
    assert len(found) == 1
    assert re.search(r"docs/pt-BR/a\.md:5: a\.md#first: the English text has changed", found[0])
    assert "`hvnet i18n sync a.md#first`" in found[0]


def test_a_section_that_nobody_recorded_is_told(checkout: Checkout) -> None:
    lock.write(checkout.lock_file, {})
    found = [str(each) for each in gate.breaches(checkout.docs, REQUIRED, checkout.root / "locales")]
    assert len(found) == 3
    assert all("nobody has recorded" in each for each in found)


def test_a_record_of_what_is_on_no_page_is_told(checkout: Checkout) -> None:
    locked = lock.read(checkout.lock_file)
    lock.write(checkout.lock_file, {"a.md": {**locked["a.md"], "old": "0" * 16}, "gone.md": {"_lead": "0" * 16}})
    found = [str(each) for each in gate.breaches(checkout.docs, REQUIRED, checkout.root / "locales")]
    told = re.findall(r"pt-BR\.lock\.yaml:1: (\S+): recorded, but on no page", "\n".join(found))
    assert told == ["a.md#old", "gone.md#_lead"]
    assert status(checkout, "json", Console(file=io.StringIO())) == Exit.FAILED
    sync(checkout, [])
    assert not list(gate.breaches(checkout.docs, REQUIRED, checkout.root / "locales"))


def test_titles_of_the_navigation_are_translated(checkout: Checkout) -> None:
    def said(navigation: str, translations: str) -> list[str]:
        (checkout.root / "mkdocs.yml").write_text(f"site_url: !ENV X\nnav:\n{navigation}", encoding="utf-8")
        (checkout.root / "locales/languages.yaml").write_text(
            f"- {{tag: en, name: English}}\n- tag: pt-BR\n  name: P\n  site:\n    nav_translations:\n{translations}",
            encoding="utf-8",
        )
        return [str(each) for each in gate.breaches(checkout.docs, REQUIRED, checkout.root / "locales")]

    navigation = "  - Home: index.md\n  - Topics:\n      - a.md\n      - More: b.md\n"
    assert said(navigation, "      Home: Início\n      Topics: Temas\n      More: Mais\n") == []
    assert [each.rpartition("/")[2] for each in said(navigation, "      Home: Início\n      Topics: Temas\n")] == [
        "mkdocs.yml:6: not translated into pt-BR: More"
    ]
    found = said(navigation, "      Home: Início\n      Old: Velho\n      Topics: Temas\n      More: Mais\n")
    assert [each.rpartition("/")[2] for each in found] == ["languages.yaml:7: the navigation has no title “Old”"]


def test_the_lock_reads_back_as_it_was_written(tmp_path: Path) -> None:
    wanted = {"b.md": {"_lead": "1234567890123456", "x": "12345e6789012345"}, "a.md": {"z": "0" * 16}}
    lock.write(tmp_path / "x.yaml", wanted)
    assert lock.read(tmp_path / "x.yaml") == wanted


def test_languages_that_are_required_are_locked() -> None:
    assert all(lock_path(language).exists() for language in REQUIRED[1:])
    assert set(REQUIRED) <= set(LANGUAGES)


# The catalogues


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_catalogues_compile(language: str) -> None:
    assert [str(each) for each in catalogues.problems(language)] == []


@pytest.mark.parametrize("language", LANGUAGES[1:])
@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext is not installed")
def test_msgfmt_agrees(language: str, tmp_path: Path) -> None:
    command = ["msgfmt", "--check", "-o", str(tmp_path / "x.mo"), str(catalogue_path(language))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('msgid "a {x}"\nmsgstr "b {y}"', "other placeholders"),
        ('msgid "a"\nmsgid_plural "{count} as"\nmsgstr[0] "b"\nmsgstr[1] ""', "not every plural form"),
        ('msgid "a\\n"\nmsgstr "b"', "a line break at the start or the end"),
        ("garbage", "cannot be read"),
        ('msgid "50% of it"\nmsgstr "50% disso"', None),
        ('msgid "a"\nmsgstr ""', None),
    ],
)
def test_what_does_not_fit_is_told(tmp_path: Path, entry: str, says: str | None) -> None:
    path = catalogue_path("pt-BR", tmp_path)
    path.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    head += '"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
    path.write_text(f"{head}{entry}\n", encoding="utf-8")
    found = [str(each) for each in catalogues.problems("pt-BR", tmp_path)]
    assert len(found) == (says is not None), found
    assert says is None or says in found[0]


def test_update_brings_and_takes_messages_and_is_then_quiet(tmp_path: Path) -> None:
    package, locales = tmp_path / "p", tmp_path / "locales"
    package.mkdir()
    (package / "a.py").write_text('_("one")\n_("two")\n', encoding="utf-8")
    assert len(catalogues.update(locales, package)) == len(LANGUAGES)
    assert catalogues.update(locales, package) == []
    path = catalogue_path("pt-BR", locales)
    path.write_text(
        path.read_text(encoding="utf-8").replace('"one"\nmsgstr ""', '"one"\nmsgstr "um"'), encoding="utf-8"
    )
    (package / "a.py").write_text('_("one")\n_("three")\n', encoding="utf-8")
    assert path in catalogues.update(locales, package)
    text = path.read_text(encoding="utf-8")
    assert 'msgstr "um"' in text
    assert '"three"' in text
    assert '"two"' not in text


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "December 1, 2026: 1,234.5 of 12.5\N{NO-BREAK SPACE}Gbps, 4.5%"),
        ("pt-BR", "1 de dezembro de 2026: 1.234,5 of 12,5\N{NO-BREAK SPACE}Gbps, 4,5%"),
    ],
)
def test_numbers_dates_and_units_follow_the_language(language: str, shown: str) -> None:
    values = {"day": date(2026, 12, 1), "number": 1234.5, "rate": BitRate(12.5e9), "share": Percent(0.045)}
    assert Message("{day}: {number} of {rate}, {share}", values).render(language) == shown
