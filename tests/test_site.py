"""The site's functions without MkDocs: rendering, escaping, index, traceability, search, head, gates."""

from __future__ import annotations

import dataclasses
import functools
import logging
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from checks.collector import question
from checks.facts.base import Fact
from checks.facts.cluster import ClusterSettings
from checks.facts.hyperv import VMDvd
from checks.facts.net_adapter import AdvancedProperty, NetAdapterStatistics
from checks.facts.system import NetIntent
from checks.guidelines import all_guidelines
from checks.i18n import DEFAULT, LANGUAGES, Message, _
from checks.judge import Result
from checks.model import Finding, Guideline, Source, Verdict
from checks.paths import CASES, DOCS, ROOT
from checks.site import gates, results
from checks.site.calls import CALLS
from checks.site.escape import escape, fence
from checks.site.gates import answers, chain, messages, windows
from checks.site.gates import pages as page_gates
from checks.site.head import base_of, fix_head, set_search_base, without_alternates
from checks.site.nav import with_guidelines
from checks.site.overview import not_found
from checks.site.place import Place, Repository, Site, cases_of, check_of, page_of
from checks.site.powershell import named_facts, pasteable, plan_of, script
from checks.site.reads import reads_of
from checks.site.render import RenderError, part, render_page
from checks.site.results import Outcome, Results, State, Tally
from checks.site.search import fold, split, variants
from checks.site.snippets import card, with_card
from checks.site.source import PageSource
from checks.site.trace import trace

GUIDELINES = all_guidelines()
REPOSITORY = Repository("https://github.com/hvnet/hvnet", "main")


def known(code: str) -> Guideline:
    return next(each for each in GUIDELINES if each.code == code)


def place(page: str = "index.md", language: str = "en", found: Results | None = None) -> Place:
    return Place(Site(REPOSITORY, GUIDELINES, found or Results()), language, page)


def at(code: str, language: str = "en") -> Place:
    return place(page_of(known(code)), language)


# Rendering


def test_calls_are_replaced_and_the_rest_stays() -> None:
    text = "before\n\n{{ hello('x') }}\n\nafter { #id } {#id2}"
    done = render_page(text, place(), {"hello": lambda where, name: f"<p>{name} in {where.language}</p>"})
    assert "<p>x in en</p>" in done
    assert done.endswith("after { #id } {#id2}")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("one\n{{ nothing() }}", "docs/en/index.md:2: 'nothing' is undefined"),
        ("one\n\n{{ check() }}", "docs/en/index.md:3: check(): this page belongs to no guideline"),
        ("{{ check(1, 2) }}", "docs/en/index.md:1: check(): "),
        ("{{ diagram('none-such') }}", "docs/en/index.md:1: diagram(): there is no diagrams/none-such.svg.j2"),
        ("{{ diagram('../card') }}", "is not a diagram's name"),
        ("{% if %}", "docs/en/index.md:1: "),
    ],
)
def test_an_error_names_page_line_and_call(source: str, says: str) -> None:
    with pytest.raises(RenderError, match=re.escape(says)):
        render_page(source, place(), CALLS)


def test_lines_count_from_the_start_of_the_file() -> None:
    with pytest.raises(RenderError, match=r"index\.md:8: "):
        render_page("\n{{ nothing }}", place(), CALLS, first_line=7)


def test_a_page_cannot_leave_the_sandbox() -> None:
    with pytest.raises(RenderError):
        render_page("{{ check.__globals__ }}", place(), CALLS)


def test_raw_blocks_show_braces() -> None:
    assert render_page("{% raw %}${{ secrets.X }}{% endraw %}", place(), CALLS) == "${{ secrets.X }}"


def test_a_diagram_speaks_the_language_of_its_page() -> None:
    english, portuguese = (render_page("{{ diagram('buffers-burst') }}", place("x.md", t), CALLS) for t in LANGUAGES)
    assert english != portuguese
    assert "<svg" in english


# Escaping


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "`code`", "a|b", "**b**", "[x](y)", "{{ x }}", "&amp;"])
def test_escaped_text_is_inert_and_reads_the_same(text: str) -> None:
    made = str(escape(text))
    assert not re.search(r"[<>`|*\[\]{}\"']", made)
    assert unescape(made) == text


def test_a_value_cannot_begin_a_line() -> None:
    assert "\n" not in escape("one\r\n\n```\ntwo\u2028three")


@pytest.mark.parametrize("code", ["plain", "a ``` b", "`````"])
def test_code_cannot_close_its_fence(code: str) -> None:
    first, *inner, last = fence(code, "yaml").split("\n")
    assert first == f"{last}yaml"
    assert "\n".join(inner) == code
    assert last not in code


def test_hostile_findings_stay_text() -> None:
    finding = Finding(_("{x}", x="<img src=x onerror=alert(1)> ``` | {{ 7*7 }}"), subject="<b>host</b>")
    result = Result(known("LM002"), Verdict.FAIL, (finding,))
    html = part("example_output.html.j2", place(), result=result, example=None)
    assert "<img" not in html and "<b>" not in html and "{{" not in html and "`" not in html


# Calls of a guideline's page


@pytest.mark.parametrize("each", GUIDELINES, ids=lambda g: g.code)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_renders(each: Guideline, language: str) -> None:
    path = DOCS / language / page_of(each)
    where = place(page_of(each), language)
    text = with_card(render_page(path.read_text(encoding="utf-8"), where, CALLS), where)
    assert "hvnet check hv01.contoso.com" in text
    assert f"--select {each.code}" in text
    assert 'class="hv-card"' in text
    assert text.index("# ") < text.index('class="hv-card"') < text.index("## ")
    assert "hv-badge--fail" in text


@pytest.mark.parametrize("fact", [AdvancedProperty, NetAdapterStatistics, NetIntent])
def test_powershell_to_paste_is_what_the_collector_asks(fact: type) -> None:
    keys = ("*ReceiveBuffers",) if fact is AdvancedProperty else ()
    flat = " ".join(pasteable(fact, keys).split())
    asked = " ".join(question(fact, keys).split())
    assert asked in flat
    assert max(map(len, pasteable(fact, keys).splitlines())) < 160


def test_a_page_asks_for_the_properties_that_its_check_reads_and_for_names() -> None:
    text = script(plan_of(known("LM008")), [ClusterSettings, VMDvd], reads_of(known("LM008")))
    assert "Get-Cluster |\n        Select-Object Name, SharedVolumesRoot\n" in text
    assert "Select-Object VMId, VMName, Path, DvdMediaType, ControllerNumber, ControllerLocation" in text
    assert Fact.__getattribute__ is object.__getattribute__  # nothing is left watching


def test_facts_that_a_check_names_come_first() -> None:
    assert [fact.__name__ for fact in named_facts(known("NIC001"))] == ["AdvancedProperty", "NetAdapterStatistics"]
    assert set(named_facts(known("XN001"))) < set(plan_of(known("XN001")).facts)


def test_the_card_links_check_cases_and_tests() -> None:
    html = unescape(card(at("LM002", "pt-BR")))
    assert "https://github.com/hvnet/hvnet/blob/main/checks/guidelines/live_migration/transport.py" in html
    assert "https://github.com/hvnet/hvnet/blob/main/tests/guidelines/live_migration/transport.yaml" in html
    assert 'href="../../../traceability/#lm002"' in html
    assert "23 de novembro de 2026" in html
    assert "hv-state--orphan" in html


def test_links_follow_the_configured_addresses() -> None:
    assert (
        Repository.of("https://x.example/r/", "edit/trunk/docs/").file("a.py") == "https://x.example/r/blob/trunk/a.py"
    )
    assert at("LM002").link("traceability.md", "pt-BR") == "../../../pt-BR/traceability/"
    assert place("index.md").link("guidelines/index.md") == "guidelines/"
    assert place("lab.md", "pt-BR").link("lab.md", "en") == "../../lab/"
    files = dataclasses.replace(at("LM002"), site=Site(REPOSITORY, GUIDELINES, Results(), directory_urls=False))
    assert files.link("traceability.md") == "../../traceability.html"


def test_dates_are_written_as_the_language_writes_them() -> None:
    assert place().date(date(2026, 11, 3)) == "November 3, 2026"
    assert place(language="pt-BR").date(date(2026, 11, 3)) == "3 de novembro de 2026"


# Index, navigation, the page for addresses that do not exist


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_index_lists_every_guideline(language: str) -> None:
    html = unescape(CALLS["guideline_index"](place("guidelines/index.md", language)))
    assert html.count("<tr data-area=") == len(GUIDELINES)
    for each in GUIDELINES:
        assert each.title.render(language) in html
        assert f'href="{each.slug}/"' in html


def test_navigation_gets_an_area_per_language() -> None:
    nav = [{"Home": "index.md"}, {"Guidelines": ["guidelines/index.md"]}]
    filled = with_guidelines(nav, GUIDELINES, "pt-BR")
    sections = filled[1]["Guidelines"][1:]
    assert list(sections[0]) == ["Migração ao vivo"]
    assert sum(len(pages) for each in sections for pages in each.values()) == len(GUIDELINES)
    assert nav == [{"Home": "index.md"}, {"Guidelines": ["guidelines/index.md"]}]


def test_the_page_for_lost_addresses_speaks_every_language() -> None:
    html = not_found(place().site, "/kb/")
    assert all(f'lang="{tag}"' in html for tag in LANGUAGES)
    assert 'href="/kb/pt-BR/traceability/"' in html


# Results and traceability

JUNIT = """<?xml version="1.0"?><testsuites><testsuite name="pytest" timestamp="2026-11-23T10:00:00+00:00">
<testcase classname="tests.guidelines.live_migration.transport.yaml" name="plain TCP/IP"/>
<testcase classname="tests.guidelines.live_migration.transport.yaml" name="broken"><failure message="m"/></testcase>
<testcase classname="tests.guidelines.live_migration.transport.yaml" name="left out"><skipped/></testcase>
<testcase classname="tests.guidelines.gone.old.yaml" name="x"/>
<testcase classname="tests.test_cli" name="test_x"/></testsuite></testsuites>"""
FILE = "tests/guidelines/live_migration/transport.yaml"


@pytest.fixture
def junit(tmp_path: Path) -> Path:
    path = tmp_path / "junit.xml"
    path.write_text(JUNIT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("names", "state"),
    [
        (["plain TCP/IP"], State.COVERED),
        (["plain TCP/IP", "broken"], State.FAILED),
        (["plain TCP/IP", "left out"], State.NOT_RUN),
        (["plain TCP/IP", "new"], State.NOT_RUN),
        ([], State.ORPHAN),
    ],
)
def test_states(junit: Path, names: list[str], state: State) -> None:
    found = results.load(junit, [f"{FILE}::{name}" for name in names])
    assert found.tally(FILE).state is state


def test_without_results_nothing_counts_as_passed(tmp_path: Path) -> None:
    found = results.load(tmp_path / "none.xml", [f"{FILE}::a"])
    assert found.tally(FILE).outcomes == {"a": Outcome.NOT_RUN}
    html = CALLS["traceability"](place("traceability.md", found=found))
    assert 'hv-state--covered"><strong>0' in html


def test_what_has_lost_its_guideline_is_an_orphan(junit: Path) -> None:
    found = results.load(junit, [f"{FILE}::plain TCP/IP", "tests/guidelines/host/none.yaml::a"])
    assert trace(GUIDELINES, found).orphans == [
        "tests/guidelines/host/none.yaml",
        "tests.guidelines.gone.old.yaml.x",
        "tests.guidelines.live_migration.transport.yaml.broken",
        "tests.guidelines.live_migration.transport.yaml.left out",
    ]


def test_the_table_has_a_row_per_guideline(junit: Path) -> None:
    found = results.load(junit, [f"{FILE}::plain TCP/IP"])
    html = unescape(CALLS["traceability"](place("traceability.md", "pt-BR", found)))
    assert all(f'<tr id="{each.code.lower()}" ' in html for each in GUIDELINES)
    assert 'href="../../guidelines/live-migration/transport/" hreflang="en"' in html
    assert "23 de novembro de 2026" in html


def test_addresses_are_those_of_pytest(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("def test_b():\n    pass\n")
    assert results.address("tests/x/y.yaml::a b") == "tests.x.y.yaml.a b"
    assert results.address("tests/test_a.py::test_b") == "tests.test_a.test_b"


def test_pytest_collects_the_cases() -> None:
    nodes = results.collect()
    assert any(node.startswith(f"{FILE}::") for node in nodes)


def test_collection_that_fails_says_why(tmp_path: Path) -> None:
    folder = tmp_path / results.FOLDER
    folder.mkdir(parents=True)
    (folder / "test_x.py").write_text("def broken(:\n")
    with pytest.raises(results.CollectionError, match="SyntaxError"):
        results.collect(tmp_path)


# Search


def index(*documents: tuple[str, str, str]) -> dict[str, object]:
    docs = [{"location": where, "title": title, "text": text} for where, title, text in documents]
    return {
        "config": {
            "lang": ["en", "pt"],
            "separator": r"\s+",
            "fields": {"title": {"boost": 1000}, "text": {"boost": 1}},
        },
        "docs": docs,
    }


def test_each_language_gets_its_own_index() -> None:
    made = split(index(("lab/", "Lab", "a"), ("pt-BR/lab/#x", "Lab", "b")), LANGUAGES, {"lab/": "LM001"})
    assert [doc["location"] for doc in made["en"]["docs"]] == ["lab/"]
    assert [doc["location"] for doc in made["pt-BR"]["docs"]] == ["lab/#x"]
    assert made["pt-BR"]["config"]["lang"] == ["pt"]
    assert made["en"]["docs"][0]["title"] == "LM001 Lab"
    assert "alt" in made["en"]["config"]["fields"]


@pytest.mark.parametrize(
    ("text", "found_by"),
    [
        ("a configuração", "configuracao"),
        ("as configurações", "configuração"),
        ("a fila", "filas"),
        ("as filas", "fila"),
        ("a migração ao vivo", "dinâmica"),
        ("a migração ao vivo", "dinamica"),
        ("o cmdlet Set-VMHost", "host"),
        ("*ReceiveBuffers", "buffers"),
    ],
)
def test_readers_find_what_they_type(text: str, found_by: str) -> None:
    [alternatives] = variants([{"title": "", "text": text}], "pt-BR")
    words = set(re.findall(r"\w+", text.lower())) | set(alternatives.split())
    assert any(word.startswith(found_by) for word in words)


def test_folding() -> None:
    assert fold("configuração") == "configuracao"


# Head

HTML = (
    '<html lang="pt" class="no-js"><head><link rel="alternate" href="../en/" hreflang="en"></head><body>'
    '<div data-md-component="search" role="dialog"></div>'
    '<script id="__config" type="application/json">{"annotate": null, "base": "../..", "features": []}</script>'
)


def test_the_head_says_which_language_it_is_in() -> None:
    made = fix_head(
        HTML, "pt-BR/lab/", "pt-BR", {"en": "lab/", "pt-BR": "pt-BR/lab/"}, "https://x.example/kb/", "Busca"
    )
    assert '<html lang="pt-BR"' in made
    assert '<link rel="alternate " href="https://x.example/kb/pt-BR/lab/" hreflang="pt-BR">' in made
    assert '<link rel="alternate " href="https://x.example/kb/lab/" hreflang="x-default">' in made
    assert 'rel="alternate"' not in made
    assert '"base": "../"' in made
    assert 'role="dialog" aria-label="Busca"' in made


def test_home_pages_are_at_the_root_of_their_language() -> None:
    made = fix_head(HTML, "", "en", {"en": "./", "pt-BR": "pt-BR/"}, "https://x.example/", "Search")
    assert 'href="https://x.example/" hreflang="en"' in made


@pytest.mark.parametrize(
    ("url", "root", "base"),
    [("", "", "./"), ("lab/", "", "../"), ("pt-BR/", "pt-BR/", "./"), ("pt-BR/a/b/", "pt-BR/", "../../")],
)
def test_the_base_ends_in_a_slash(url: str, root: str, base: str) -> None:
    assert base_of(url, root) == base


def test_pages_without_configuration_stay() -> None:
    assert set_search_base("<p>", "../") == "<p>"
    assert "alternate" not in without_alternates(HTML)


# Sources of pages


def test_a_page_is_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text(
        "---\ntitle: t\n---\n# Title\n\n## Why { #why }\n[a](b.md#c) `[no](code.md)` <https://x.example>\n"
        "```powershell\n# not a heading\n[no](link.md)\n```\n{{ check() }}\n{% raw %}{{ no }}{% endraw %}\n",
        encoding="utf-8",
    )
    page = PageSource.read(path)
    assert page.title and (page.title.line, page.title.text) == (4, "Title")
    assert [heading.id for heading in page.headings] == ["title", "why"]
    assert [(link.line, link.text) for link in page.links] == [(7, "b.md#c"), (7, "https://x.example")]
    assert [(block.line, block.text) for block in page.blocks] == [(8, "```powershell\n# not a heading\n[no](link.md)")]
    assert [(call.line, call.text) for call in page.calls] == [(12, "check()")]


# Gates


@dataclasses.dataclass
class Tree:
    """A copy of pages and cases to break."""

    docs: Path
    cases: Path

    def breaches(self, guidelines: tuple[Guideline, ...] = GUIDELINES, nodes: list[str] | None = None) -> list[str]:
        collected = NODES if nodes is None else nodes
        found = gates.breaches(docs=self.docs, case_folder=self.cases, guidelines=guidelines, collected=collected)
        return [str(breach) for breach in found]

    def edit(self, language: str, page: str, old: str, new: str) -> None:
        path = self.docs / language / page
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


NODES = [f"{cases_of(each)}::x" for each in GUIDELINES]
TRANSPORT = "guidelines/live-migration/transport.md"


def _of_one(breaches: Callable[..., Iterator[gates.Breach]], known: Sequence[Guideline], *folders: Path) -> object:
    return breaches([each for each in known if each.code == "LM002"], *folders)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    # The catalogues have tests of their own, and reading every message takes a second.
    monkeypatch.setattr(messages, "breaches", lambda languages: ())
    # So does judging the cases of all guidelines; what is broken here are those of one.
    for gate in (answers, windows):
        monkeypatch.setattr(gate, "breaches", functools.partial(_of_one, gate.breaches))
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copytree(CASES, tmp_path / "cases")
    return Tree(tmp_path / "docs", tmp_path / "cases")


def test_nothing_is_wrong_with_the_project() -> None:
    assert [str(breach) for breach in gates.breaches()] == []


def _drop_page(tree: Tree) -> None:
    (tree.docs / "pt-BR" / TRANSPORT).unlink()


def _stray_page(tree: Tree) -> None:
    for language in LANGUAGES:
        (tree.docs / language / "guidelines/live-migration/stray.md").write_text("# Stray\n", encoding="utf-8")


def _drop_cases(tree: Tree) -> None:
    (tree.cases / "live_migration/transport.yaml").unlink()


def _stray_cases(tree: Tree) -> None:
    (tree.cases / "live_migration/stray.yaml").write_text("cases: []\n", encoding="utf-8")


def _broken_cases(tree: Tree) -> None:
    (tree.cases / "live_migration/transport.yaml").write_text("cases: [{}]\n", encoding="utf-8")


def _edit(language: str, old: str, new: str, page: str = TRANSPORT) -> Callable[[Tree], None]:
    return lambda tree: tree.edit(language, page, old, new)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_drop_page, r"LM002: there is no page .*pt-BR/guidelines/live-migration/transport.md"),
        (_stray_page, r"stray.md:1: this page belongs to no guideline"),
        (_drop_cases, r"transport.py:\d+: LM002: there is no case file"),
        (_stray_cases, r"stray.yaml:1: these cases belong to no guideline"),
        (_broken_cases, r"transport.yaml:1: LM002: the case file is wrong"),
        (_edit("pt-BR", "# Use ", "# Não use "), r"transport.md:\d+: LM002: the title is “Não use"),
        (_edit("en", "{ #undo }", "{ #undoing }"), r"LM002: there is no section #undo"),
        (_edit("pt-BR", "{ #undo }", "{ #desfazer }"), r"the heading with id ## desfazer has no counterpart in en"),
        (_edit("pt-BR", "{{ check() }}", ""), r"transport.md:\d+: the call check\(\) has no counterpart in pt-BR"),
        (_edit("en", "```powershell\n", "```powershell\n# more\n"), r"transport.md:\d+: the code block has no equal"),
        (
            _edit("en", "{{ check() }}", "{{ check() }}\n[x](../index.md)"),
            r"the link to ../index.md has no counterpart",
        ),
        (_edit("en", "](", "](nowhere.md) [x]("), r"transport.md:\d+: the link to nowhere.md leads nowhere"),
        (_edit("pt-BR", "](using-hvnet.md)", "](using-hvnet.md#nichts)", "index.md"), r"no heading with the id nichts"),
    ],
)
def test_a_breach_is_told_with_its_place(tree: Tree, spoil: Callable[[Tree], None], says: str) -> None:
    spoil(tree)
    found = tree.breaches()
    assert any(re.search(says, line) for line in found), found


def test_missing_kinds_of_cases_are_told(tree: Tree) -> None:
    path = tree.cases / "live_migration/transport.yaml"
    path.write_text("cases:\n  - {name: only, verdict: pass, facts: {NoFact: {}}}\n", encoding="utf-8")
    found = [line for line in tree.breaches() if "transport.yaml" in line]
    for kind in ("verdict fail", "verdict unknown", "verdict not_applicable", "an older Windows", "is shown"):
        assert any(kind in line for line in found), kind
    assert any(":2: LM002: the case is wrong: only: the check does not read NoFact" in line for line in found)


def test_a_case_that_pytest_does_not_collect_is_told(tree: Tree) -> None:
    nodes = [node for node in NODES if "transport" not in node]
    assert any("LM002: pytest collects no test" in line for line in tree.breaches(nodes=nodes))


def test_a_code_belongs_to_one_guideline(tree: Tree) -> None:
    twin = dataclasses.replace(known("LM001"), code="LM002")
    assert any("another guideline has this code too" in line for line in tree.breaches((*GUIDELINES, twin)))


def test_a_guideline_without_page_is_told_in_every_language(tree: Tree) -> None:
    fresh = dataclasses.replace(known("LM001"), code="LM099", slug="live-migration/fresh")
    found = [line for line in tree.breaches((*GUIDELINES, fresh)) if "LM099: there is no page" in line]
    assert len(found) == len(LANGUAGES)


def test_an_untranslated_title_is_told(tmp_path: Path) -> None:
    fresh = dataclasses.replace(known("LM001"), title=Message("Never translated"))
    found = chain.breaches([fresh], DOCS, CASES, NODES, LANGUAGES)
    assert any("the title is not translated into pt-BR" in str(breach) for breach in found)


def test_finding_no_guideline_is_a_breach(tree: Tree) -> None:
    assert any("the search for guidelines found none" in line for line in tree.breaches(()))


def test_a_page_in_one_language_only_is_told(tree: Tree) -> None:
    (tree.docs / "en" / "extra.md").write_text("# Extra\n", encoding="utf-8")
    assert any("extra.md:1: there is no such page in pt-BR" in line for line in tree.breaches())


def test_headings_keep_their_order(tmp_path: Path) -> None:
    for language, order in (("en", "a b"), ("pt-BR", "b a")):
        (tmp_path / language).mkdir()
        text = "# T\n" + "".join(f"## X {{ #{each} }}\n" for each in order.split())
        (tmp_path / language / "x.md").write_text(text, encoding="utf-8")
    assert any("another order" in str(breach) for breach in page_gates.breaches(tmp_path, LANGUAGES))


def test_front_matter_that_nobody_can_read_is_told(tmp_path: Path) -> None:
    for language in LANGUAGES:
        (tmp_path / language).mkdir()
        text = "---\ndescription: Set it up: power, drivers\n---\n# T\n"
        (tmp_path / language / "x.md").write_text(text, encoding="utf-8")
    found = [str(breach) for breach in page_gates.breaches(tmp_path, LANGUAGES)]
    assert len(found) == len(LANGUAGES)
    assert "x.md:2: the front matter is not YAML" in found[0]


def test_messages_are_found_in_python_and_in_templates() -> None:
    found = {entry.id for entry in messages.extracted()}
    assert {"live migration is off on this host", "Facts this check reads"} <= found


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('msgid "hello {name}"\nmsgstr ""', "not translated into pt-BR: hello {name}"),
        ('#, fuzzy\nmsgid "hello {name}"\nmsgstr "olá {name}"', "not translated into pt-BR"),
        ('msgid "hello {name}"\nmsgstr "olá {nome}"', "other placeholders than in English: hello {name}"),
        ('msgid "hello {name}"\nmsgstr "olá {name}"', None),
    ],
)
def test_catalogues_are_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, says: str | None) -> None:
    package, catalogue = tmp_path / "package", tmp_path / "x.po"
    package.mkdir()
    (package / "a.py").write_text('_("hello {name}", name=1)\n', encoding="utf-8")
    catalogue.write_text(
        f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n{entry}\n', encoding="utf-8"
    )
    monkeypatch.setattr(messages, "catalogue_path", lambda language: catalogue)
    found = [str(breach) for breach in messages.breaches((DEFAULT, "pt-BR"), package)]
    assert len(found) == (says is not None)
    assert says is None or says in found[0]


def test_paths_in_the_repository() -> None:
    assert check_of(known("LM002")) == "checks/guidelines/live_migration/transport.py"
    assert cases_of(known("LM002")) == FILE
    assert Tally({}).state is State.ORPHAN
    assert Source("t", "a/b: c.md", date(2026, 1, 1)).url.startswith("https://github.com/a/b/")


# MkDocs, through the plugin


def test_a_breach_fails_a_strict_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    breach = gates.Breach("docs/en/x.md", 7, "LM002", Message("something is wrong"))
    monkeypatch.setattr(gates, "breaches", lambda **_known: [breach])
    said = _build(tmp_path / "site")
    assert "WARNING - docs/en/x.md:7: LM002: something is wrong" in said
    assert said.endswith("exit code 1")
    assert (tmp_path / "site/pt-BR/search/search_index.json").exists()


def test_a_call_that_does_not_exist_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "breaches", lambda **_known: [])
    monkeypatch.delitem(CALLS, "lab_hosts")
    assert re.search(r"docs/en/lab\.md:\d+: 'lab_hosts' is undefined", _build(tmp_path / "site"))


def _build(site: Path) -> str:
    """What a strict build says."""
    records: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(  # type: ignore[method-assign]
        f"{record.levelname} - {record.getMessage().removeprefix('checks: ')}"
    )
    logger = logging.getLogger("mkdocs")
    logger.addHandler(handler)
    try:
        build(load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(site)))
    except SystemExit as abort:
        records.append(f"exit code {abort.code}")
    except Exception as error:
        records.append(str(error))
    finally:
        logger.removeHandler(handler)
    return "\n".join(records)
