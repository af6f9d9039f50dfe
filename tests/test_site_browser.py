"""The built site in a real browser: languages, search, filter, colour schemes, and nothing fetched from elsewhere."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from checks.guidelines import all_guidelines
from checks.i18n import LANGUAGES
from checks.model import AREAS, Guideline
from checks.paths import ROOT
from tests.browsing import PREFIX

TRANSPORT = "guidelines/live-migration/transport/"
GUIDELINES = all_guidelines()


def addresses(built: Path) -> list[str]:
    """Every page of the site, from its sitemap, relative to its root."""
    tree = ET.parse(built / "sitemap.xml")  # noqa: S314 - our own file
    places = [urlsplit(each.text or "").path for each in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    return [path.removeprefix(PREFIX) for path in places]


WIDTHS = (320, 390, 768, 1024)


def test_every_page_is_quiet_and_fits_its_screen(built: Path, root: str, browser: Browser) -> None:
    """No error, no request to another host, no address that is missing, the right language, no scrolling sideways."""
    pages = addresses(built)
    assert len(pages) == 2 * len(list((ROOT / "docs" / "en").rglob("*.md")))
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page, wrong = context.new_page(), []
    page.on("console", lambda m: wrong.append(f"{page.url}: {m.text}") if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("request", lambda r: None if r.url.startswith((root, "data:", "blob:")) else wrong.append(r.url))
    page.on("response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    for address in pages:
        page.goto(root + address)
        language = "pt-BR" if address.startswith("pt-BR/") else "en"
        if page.locator("html").get_attribute("lang") != language:
            wrong.append(f"{address} is not marked as {language}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wrong.append(f"{address} is wider than a screen of {width}")
        if not page.locator("meta[name=description]").get_attribute("content"):
            wrong.append(f"{address} has no description")
    context.close()
    assert wrong == []


def test_alternates_are_absolute(built: Path, root: str, page: Page) -> None:
    page.goto(root + TRANSPORT)
    links = page.locator('link[rel~="alternate"]').evaluate_all(
        "all => all.map(l => [l.hreflang, l.getAttribute('href')])"
    )
    base = f"http://127.0.0.1{PREFIX}"
    expected = {"en": base + TRANSPORT, "pt-BR": f"{base}pt-BR/{TRANSPORT}", "x-default": base + TRANSPORT}
    assert dict(links) == expected
    assert page.locator("link[rel=canonical]").get_attribute("href") == base + TRANSPORT


@pytest.mark.parametrize("address", ["", "lab/", "guidelines/", TRANSPORT])
def test_the_language_switch_stays_on_the_page(root: str, page: Page, address: str) -> None:
    page.goto(root + address)
    page.get_by_role("button", name="Select language").hover()
    page.get_by_role("link", name="Português (Brasil)").click()
    expect(page).to_have_url(f"{root}pt-BR/{address}")
    page.get_by_role("button", name="Selecione o idioma").hover()
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(root + address)


@pytest.mark.parametrize(
    ("language", "typed", "found"),
    [
        ("pt-BR/", "configuracao", "guidelines/"),
        ("pt-BR/", "configuração", "guidelines/"),
        ("pt-BR/", "fila", "guidelines/physical-nic/receive-buffers/"),
        ("pt-BR/", "filas", "guidelines/physical-nic/receive-buffers/"),
        ("pt-BR/", "migração dinâmica", "guidelines/live-migration/dedicated-network/"),
        ("pt-BR/", "LM002", TRANSPORT),
        ("", "LM002", TRANSPORT),
        ("", "Set-VMHost", TRANSPORT),
        ("", "*ReceiveBuffers", "guidelines/physical-nic/receive-buffers/"),
        ("", "queues", "guidelines/physical-nic/receive-buffers/"),
    ],
)
def test_search_finds_in_its_own_language(root: str, page: Page, language: str, typed: str, found: str) -> None:
    page.goto(f"{root}{language}lab/")
    page.locator(".md-search__input").click()
    page.locator(".md-search__input").press_sequentially(typed)
    results = page.locator(".md-search-result__link")
    expect(page.locator(f'.md-search-result__link[href*="{found}"]').first).to_be_attached(timeout=10_000)
    paths = results.evaluate_all("all => all.map(link => link.pathname)")
    assert all(("/pt-BR/" in path) == bool(language) for path in paths)
    if typed == "LM002":
        assert paths[0].endswith(TRANSPORT)


def _shown(guideline: Guideline) -> str:
    """What a row of the index says of a guideline, as far as it has words."""
    return f"{guideline.title.render('pt-BR')} {AREAS[guideline.area].render('pt-BR')}".lower()


def test_the_index_is_filtered_and_remembers_it(root: str, page: Page) -> None:
    page.goto(f"{root}pt-BR/guidelines/")
    rows, count = page.locator("#hv-guidelines tbody tr:visible"), page.locator("#hv-count")
    expect(rows).to_have_count(len(GUIDELINES))
    page.get_by_label("Texto ou código").fill("migracao")
    expect(rows).to_have_count(len([g for g in GUIDELINES if "migração" in _shown(g)]))
    page.get_by_label("Texto ou código").fill("lm002")
    expect(rows).to_have_count(1)
    expect(count).to_have_text("1 diretriz")
    page.get_by_label("Gravidade").select_option("warning")
    page.reload()
    expect(page.get_by_label("Texto ou código")).to_have_value("lm002")
    expect(rows).to_have_count(1)
    assert urlsplit(page.url).query == "text=lm002&severity=warning"
    page.get_by_label("Área", exact=True).select_option("physical-nic")
    expect(rows).to_have_count(0)
    expect(count).to_contain_text("Nenhuma diretriz")
    page.locator("#hv-filter").get_by_role("button", name="Limpar").click()
    expect(rows).to_have_count(len(GUIDELINES))
    assert urlsplit(page.url).query == ""


def test_the_filter_works_by_keyboard(root: str, page: Page) -> None:
    page.goto(f"{root}guidelines/")
    page.get_by_label("Text or code").focus()
    page.keyboard.type("nic001")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Area", exact=True)).to_be_focused()
    for _field in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#hv-guidelines tbody tr:visible")).to_have_count(len(GUIDELINES))


def test_without_scripts_the_index_is_complete(root: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{root}guidelines/?text=lm002")
    expect(page.locator("#hv-guidelines tbody tr:visible")).to_have_count(len(GUIDELINES))
    expect(page.locator("#hv-filter")).to_be_hidden()
    context.close()


def test_the_traceability_table_is_filtered(root: str, page: Page) -> None:
    page.goto(f"{root}pt-BR/traceability/")
    rows = page.locator("#hv-guidelines tbody tr:visible")
    expect(rows).to_have_count(len(GUIDELINES))
    page.get_by_label("Área").select_option("live-migration")
    expect(rows).to_have_count(len([g for g in GUIDELINES if g.area == "live-migration"]))
    page.get_by_label("Estado").select_option("covered")
    expect(rows).to_have_count(0)
    page.get_by_label("Estado").select_option("not_run")
    page.get_by_label("Texto ou código").fill("tcp/ip")
    page.reload()
    expect(rows).to_have_count(1)
    expect(page.locator("#hv-guidelines tr#lm002")).to_be_visible()
    query = dict(parse_qsl(urlsplit(page.url).query))
    assert query == {"text": "tcp/ip", "area": "live-migration", "state": "not_run"}
    with page.expect_response(lambda response: response.url == f"{root}traceability.json") as answer:
        page.get_by_role("link", name="JSON", exact=True).click()
    assert len(answer.value.json()["guidelines"]) == len(GUIDELINES)


def test_without_scripts_the_traceability_table_is_complete(root: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{root}traceability/?state=covered")
    expect(page.locator("#hv-guidelines tbody tr:visible")).to_have_count(len(GUIDELINES))
    expect(page.locator("#hv-filter")).to_be_hidden()
    context.close()


def test_an_address_that_does_not_exist_is_answered_in_every_language(root: str, page: Page) -> None:
    response = page.goto(f"{root}pt-BR/no/such/page/")
    assert response is not None and response.status == 404
    for language in LANGUAGES:
        expect(page.locator(f'section[lang="{language}"] h1')).to_be_visible()
    page.get_by_role("link", name="Rastreabilidade").last.click()
    expect(page).to_have_url(f"{root}pt-BR/traceability/")


def test_the_scheme_follows_the_system_and_can_be_changed(root: str, browser: Browser) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(f"{root}pt-BR/lab/")
    body = page.locator("body")
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    page.get_by_title("Mudar para cores claras").click()
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    page.reload()
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    context.close()


CONTRAST = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const over = (top, under) => top.slice(0, 3).map((c, i) => c * (top[3] ?? 1) + under[i] * (1 - (top[3] ?? 1)));
  const light = (c) => {
    const [r, g, b] = c.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) layers.push(rgb(getComputedStyle(each).backgroundColor));
    return layers.reverse().reduce((under, top) => (top.length ? over(top, under) : under), [255, 255, 255]);
  };
  const poor = [];
  for (const element of document.querySelectorAll('.md-content *, .md-header *, .md-footer *, .md-nav *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const style = getComputedStyle(element);
    if (!own || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (element.closest('svg, .headerlink, .md-header__topic, .md-clipboard')) continue;
    const back = ground(element), fore = over(rgb(style.color), back);
    const [high, low] = [light(fore), light(back)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    const name = `${element.tagName}.${element.className} ${element.textContent.trim().slice(0, 30)}`;
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${name}`);
  }
  return [...new Set(poor)];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_both_schemes(root: str, browser: Browser, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    poor = {}
    for address in ("", TRANSPORT, "guidelines/", "traceability/", "lab/", "glossary/"):
        page.goto(root + address)
        poor[address] = page.evaluate(CONTRAST)
    context.close()
    assert not any(poor.values()), poor


def test_without_test_results_nothing_is_green(root: str, page: Page) -> None:
    page.goto(f"{root}traceability/")
    expect(page.locator("tbody .hv-state:not(.hv-score)")).to_have_count(len(GUIDELINES))
    expect(page.locator("tbody .hv-state--covered:not(.hv-score)")).to_have_count(0)


def test_generated_parts_are_on_a_guidelines_page(root: str, page: Page) -> None:
    page.goto(f"{root}pt-BR/{TRANSPORT}")
    expect(page.locator(".hv-card .hv-code")).to_have_text("LM002")
    page.get_by_text("PowerShell", exact=True).first.click()
    expect(page.get_by_text("Get-VMHost |").first).to_be_visible()
    expect(page.locator(".hv-example__title .hv-badge--fail").first).to_have_text("reprovada")
    page.locator(".hv-card a.hv-state").click()
    expect(page.locator("#lm002")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("language", "says"), [("", "Remote direct memory access."), ("pt-BR/", "Acesso remoto direto à memória.")]
)
def test_a_term_is_explained_by_keyboard(root: str, page: Page, language: str, says: str) -> None:
    page.goto(f"{root}{language}{TRANSPORT}")
    term = page.locator("article abbr", has_text="RDMA")
    expect(term).to_have_count(1)
    term.focus()
    expect(page.locator(".md-tooltip2--active")).to_contain_text(says)
    assert page.locator("article :is(h1, h2, h3, pre, code, a) abbr").count() == 0
