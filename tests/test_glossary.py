"""The glossary: complete, without contradictions; what it forbids is told, what it explains is explained once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from checks import glossary
from checks.glossary import Glossary, Tooltip, is_said, load
from checks.i18n import LANGUAGES, REQUIRED
from checks.paths import DOCS
from checks.site.gates import terms
from checks.site.place import Place, Repository, Site
from checks.site.prose import plain
from checks.site.render import render_page
from checks.site.results import Results
from checks.site.search import variants
from checks.site.source import PageSource
from checks.site.terms import glossary as glossary_page
from checks.site.tooltips import with_tooltips

BOTH = REQUIRED


def said(text: str, language: str = "pt-BR") -> list[str]:
    page = PageSource(Path("page.md"), text)
    return [str(breach) for breach in terms.page_breaches(page, language, load())]


# The file


def test_it_loads() -> None:
    known = load()
    assert len(known.terms) > 140
    assert sum(bool(term.definition) for term in known.terms) > 60


@pytest.mark.parametrize("language", BOTH)
def test_nothing_right_is_forbidden(language: str) -> None:
    right = {name for term in load().terms for name in (term.name(language), *term.also(language))}
    right |= {text for term in load().terms for text in term.definition.values() if term.definition[language] == text}
    right -= {word for word, _use in load().once(language)}
    wrong = [(text, finding.said) for text in right for finding in terms.findings(text, language, load())]
    assert not wrong


def test_every_area_of_the_words_is_there() -> None:
    names = {term.en for term in load().terms}
    assert {"live migration", "virtual switch", "network adapter", "waiver", "RDMA", "virtual machine queue"} <= names


def broken(change: Callable[[dict[str, Any]], object]) -> str:
    data = yaml.safe_load(glossary.PATH.read_text(encoding="utf-8"))
    change(data)
    with pytest.raises(ValidationError) as error:
        Glossary.model_validate(data)
    return str(error.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data["terms"].append(data["terms"][1]), "more than once: host"),
        (lambda data: data["terms"][1].pop("gender"), "gender"),
        (lambda data: data["terms"][1].update(colour="red"), "Extra inputs are not permitted"),
        (lambda data: data["terms"][1]["definition"].pop("pt-BR"), "host: definition is not there in every language"),
        (lambda data: data["terms"][1]["definition"].update(en="No stop"), "with a full stop"),
        (lambda data: data["terms"][1]["variants"].update(es=["anfitrión"]), "no such language: es"),
        (lambda data: data["terms"][1].update(acronym="H"), "an acronym and its expansion go together"),
        (lambda data: data["terms"][2].update(keep_english=True), "kept in English"),
        (lambda data: data["terms"][2]["forbidden"].update({"pt-BR": ["hospedeiro"]}), "forbidden more than once"),
    ],
)
def test_what_is_not_complete_is_refused(change: Callable[[dict[str, Any]], object], says: str) -> None:
    assert says in broken(change)


def test_words_are_found_whole() -> None:
    assert is_said("ficheiro", "Ficheiro de log")
    assert is_said("banda larga", "a banda\nlarga")
    assert not is_said("gere", "ele gerencia")
    assert not is_said("Registo", "registo")


# The gate


def test_the_project_says_what_its_glossary_says() -> None:
    assert [str(breach) for breach in terms.breaches(DOCS, BOTH)] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# T\n\nAbra o ficheiro.", "page.md:3: not “ficheiro” but arquivo"),
        ("# Cartão de rede", "page.md:1: not “Cartão de rede” but adaptador de rede"),
        ("Habilite o VMQ.", "not “o VMQ”: it is a VMQ"),
        ("Os processadores dos VMQs.", "not “dos VMQs”: it is a VMQ"),
        ("no VMQ", "not “no VMQ”"),
        ("O suporte da RDMA", "not “da RDMA”: it is o RDMA"),
        ("| a | utilizador |\n", "not “utilizador” but usuário"),
        ("A *opção virtual* liga.", "not “opção virtual” but comutador virtual"),
        ("[o host alvo](x.md)", "not “host alvo” but host de destino"),
        ("O adaptador suporta RDMA.", "not “suporta” but dar suporte a"),
        ("migração dinâmica\n\nmigração ao vivo\n\nA migração dinâmica", "page.md:5: “migração dinâmica” only at the"),
        ("---\ndescription: O ecrã.\n---\n# T", "page.md:2: not “ecrã” but tela"),
        ("Nada. <!-- glossary: allow ecrã -->", "page.md:1: nothing on this line needs the exception for “ecrã”"),
    ],
)
def test_a_wrong_word_is_told(text: str, says: str) -> None:
    found = said(text)
    assert len(found) == 1
    assert says in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "`o VMQ` e `ficheiro`",
        "```text\nficheiro\n```",
        "[tabela](ficheiro.md)",
        "[O cartão de rede](https://example.org/a)",
        "https://example.org/ficheiro",
        "Onde se lê “o cartão de rede”, é a placa de rede.",
        "> o cartão de rede",
        '{{ diagram("ficheiro") }}',
        "Não diga o VMQ. <!-- glossary: allow o VMQ -->",
        "Suporte a RDMA e a CPU da VM.",
        "o NIC Teaming",
        "A migração ao vivo (migração dinâmica) é isso.",
        "uma placa de rede, a VMQ, as VMQs, à VMQ",
    ],
)
def test_what_is_right_or_not_ours_is_let_through(text: str) -> None:
    assert said(text) == []


def test_english_has_wrong_words_too() -> None:
    assert "not “whitelist” but allowlist" in said("The whitelist.", "en")[0]
    assert said("The allowlist, the VM's memory.", "en") == []


def test_a_wrong_word_in_the_catalogue_is_told(tmp_path: Path) -> None:
    path = tmp_path / "hvnet.po"
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    path.write_text(f'{head}msgid "the file {{name}}"\nmsgstr "o ficheiro {{name}}"\n', encoding="utf-8")
    [breach] = terms.catalogue_breaches(path, "pt-BR", load())
    assert "hvnet.po:4: not “ficheiro” but arquivo" in str(breach)
    path.write_text(f'{head}# glossary: allow ficheiro\nmsgid "a"\nmsgstr "o ficheiro"\n', encoding="utf-8")
    assert not list(terms.catalogue_breaches(path, "pt-BR", load()))


def test_placeholders_are_no_words() -> None:
    assert plain("o host {host} e `x`").split() == ["o", "host", "e"]


# The page, the tooltips, the search


@pytest.mark.parametrize("language", BOTH)
def test_the_page_has_every_term(language: str) -> None:
    place = Place(Site(Repository("https://example.org", "main"), (), Results()), language, "glossary.md")
    html = render_page("{{ glossary() }}", place, {"glossary": glossary_page})
    assert html.count("<dfn>") == len(load().terms)
    assert "\n\n" not in html.strip()


TOOLTIPS = {
    "RDMA": Tooltip("RDMA", 'Remote "direct" access.'),
    "live migration": Tooltip("live migration", "Moving."),
    "VM": Tooltip("virtual machine", "A."),
    "virtual machine": Tooltip("virtual machine", "B."),
}


def test_the_first_mention_is_explained() -> None:
    made = with_tooltips("<p>Live migration by RDMA; RDMA again.</p><p>A VM is a virtual machine.</p>", TOOLTIPS)
    assert made.count("<abbr ") == 3
    assert '<abbr title="Moving." tabindex="0">Live migration</abbr>' in made
    assert 'title="Remote &quot;direct&quot; access."' in made
    assert made.endswith("is a virtual machine.</p>")


@pytest.mark.parametrize(
    "html",
    [
        '<h2 id="x">RDMA<a class="headerlink" href="#x">¶</a></h2>',
        "<p><code>RDMA</code></p>",
        '<pre><span class="n">RDMA</span></pre>',
        '<p><a href="rdma/">RDMA</a></p>',
        '<div class="hv-card"><p>RDMA</p></div>',
        "<svg><text>RDMA</text></svg>",
        '<p title="RDMA">xRDMAx, RDMA-like</p>',
        "<!-- RDMA -->",
    ],
)
def test_what_is_no_text_stays(html: str) -> None:
    assert with_tooltips(html, TOOLTIPS) == html


def test_what_follows_an_open_tag_is_still_looked_at() -> None:
    assert "<abbr" in with_tooltips("<h2>x</h2><p>a<br>b<img src=x> RDMA", TOOLTIPS)


def test_languages_without_glossary_have_no_tooltips() -> None:
    assert load().tooltips("xx") == {}
    assert load().synonyms("xx") == []
    assert all(load().tooltips(language) for language in BOTH if language in LANGUAGES)


@pytest.mark.parametrize(
    ("language", "text", "typed"),
    [
        ("en", "live migration", "vmotion"),
        ("en", "virtual switches", "vswitch"),
        ("en", "VMQs", "virtual"),
        ("pt-BR", "migrações ao vivo", "dinâmica"),
        ("pt-BR", "comutador virtual", "switch"),
        ("pt-BR", "os adaptadores de rede", "placa"),
        ("pt-BR", "diretrizes", "guideline"),
        ("pt-BR", "o RDMA", "remoto"),
        ("pt-BR", "com compactação", "compressão"),
        ("pt-BR", "com compactação", "compression"),
    ],
)
def test_readers_find_terms_by_other_names(language: str, text: str, typed: str) -> None:
    [found] = variants([{"title": "", "text": text}], language)
    assert typed in found.split()


def test_lower_case_words_are_not_taken_for_acronyms() -> None:
    [found] = variants([{"title": "", "text": "a set of hosts"}], "en")
    assert "embedded" not in found
