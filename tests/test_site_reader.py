"""What a reader's browser makes of the site: data on a page, languages offered, keyboard, axe, copying, paper."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from checks.paths import ROOT
from checks.site.metadata import About, changed, locale_of, with_metadata
from tests.browsing import PREFIX

TRANSPORT = "guidelines/live-migration/transport/"
AXE = ROOT / "tools" / "site-audit" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ["", TRANSPORT, "network-io-performance/", "guidelines/", "traceability/", "glossary/"]

SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const each of list.getEntries()) sum += each.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""


def test_what_is_told_of_a_page_cannot_leave_its_place() -> None:
    hostile = '</script><script>alert("1")</script>&'
    about = About(hostile, hostile, "en", "https://x.example/a/", "hvnet", "https://x.example/", "https://y.example/")
    html = with_metadata("<head></head>", about)
    assert html.count("<script") == 1
    text = html.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    assert json.loads(text)["headline"] == hostile
    assert "dateModified" not in text


def test_locales_of_previews_name_a_country() -> None:
    assert (locale_of("en"), locale_of("pt-BR")) == ("en_US", "pt_BR")


def test_without_a_repository_no_page_has_a_date(tmp_path: Path) -> None:
    assert changed(tmp_path) == {}


@pytest.mark.parametrize(("language", "prefix"), [("en", ""), ("pt-BR", "pt-BR/")])
def test_each_page_tells_about_itself(root: str, page: Page, language: str, prefix: str) -> None:
    page.goto(root + prefix + TRANSPORT)
    said = json.loads(page.locator('script[type="application/ld+json"]').inner_text())
    canonical = page.locator("link[rel=canonical]").get_attribute("href")
    assert said["@type"] == "TechArticle"
    assert said["inLanguage"] == language
    assert said["url"] == canonical == f"http://127.0.0.1{PREFIX}{prefix}{TRANSPORT}"
    assert said["headline"] == page.locator('meta[property="og:title"]').get_attribute("content")
    description = page.locator("meta[name=description]").get_attribute("content")
    assert said["description"] == description
    assert page.locator('meta[property="og:description"]').get_attribute("content") == description
    assert page.locator('meta[name="twitter:description"]').get_attribute("content") == description
    assert said["isPartOf"]["url"] == f"http://127.0.0.1{PREFIX}{prefix}"
    assert date.fromisoformat(said["dateModified"]) >= date(2026, 11, 1)


@pytest.mark.parametrize(
    ("locale", "address", "offer", "other"),
    [
        ("pt-BR", "lab/", "Ler esta página em português", "pt-BR/lab/"),
        ("pt-PT", TRANSPORT, "Ler esta página em português", f"pt-BR/{TRANSPORT}"),
        ("en-GB", "pt-BR/lab/", "Read this page in English", "lab/"),
    ],
)
def test_the_readers_language_is_offered_once(
    root: str, browser: Browser, locale: str, address: str, offer: str, other: str
) -> None:
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.goto(root + address)
    region = page.locator(".hv-offer:visible")
    expect(region).to_have_attribute("role", "region")
    expect(page).to_have_url(root + address)
    link = region.get_by_role("link", name=offer)
    assert link.evaluate("link => link.href") == root + other
    assert page.evaluate(SHIFT) < 0.1
    link.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(region).to_have_count(0)
    page.goto(root + address)
    expect(page.locator(".hv-offer")).not_to_have_count(0)
    expect(region).to_have_count(0)
    context.close()


@pytest.mark.parametrize(("locale", "address"), [("en-US", "lab/"), ("pt-BR", "pt-BR/lab/"), ("de-DE", "lab/")])
def test_nobody_else_is_offered_a_language(root: str, browser: Browser, locale: str, address: str) -> None:
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.goto(root + address)
    expect(page.locator(".hv-offer")).to_have_count(1)
    expect(page.locator(".hv-offer:visible")).to_have_count(0)
    context.close()


def test_escape_closes_the_offer(root: str, browser: Browser) -> None:
    context = browser.new_context(locale="pt-BR")
    page = context.new_page()
    page.goto(f"{root}lab/")
    page.locator(".hv-offer a").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".hv-offer:visible")).to_have_count(0)
    context.close()


FOCUSED = """() => {
  const e = document.activeElement;
  const style = getComputedStyle(e), label = e.nextElementSibling ? getComputedStyle(e.nextElementSibling) : style;
  const places = ["md-skip", "md-search", "md-select", "md-content", "md-nav--primary", "md-footer"];
  const name = e.matches("[name=__palette]") ? "palette" : places.find((each) => e.closest(`.${each}`)) ?? e.tagName;
  const form = e.closest(".md-search__form");
  const seen = [style, label, ...(form ? [getComputedStyle(form)] : [])].some((s) => s.outlineStyle !== "none");
  return [name, seen || e === document.body, e.outerHTML.slice(0, 90)];
}"""


@pytest.mark.parametrize("prefix", ["", "pt-BR/"])
def test_the_keyboard_alone_reaches_everything(root: str, page: Page, prefix: str) -> None:
    page.goto(f"{root}{prefix}lab/")
    reached, unseen = set(), []
    for _press in range(75):
        page.keyboard.press("Tab")
        name, seen, html = page.evaluate(FOCUSED)
        reached.add(name)
        if not seen:
            unseen.append(html)
    assert reached >= {"md-skip", "palette", "md-select", "md-search", "md-nav--primary", "md-content"}
    assert unseen == []


def press_until(page: Page, matching: str, most: int = 40) -> str:
    """Go on by keyboard until something that matches is reached; gives its name."""
    for _press in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", matching):
            assert page.evaluate(FOCUSED)[1], f"{matching} is reached, but nobody sees it"
            return str(page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()"))
    pytest.fail(f"the keyboard does not reach {matching}")


@pytest.mark.parametrize(
    ("prefix", "menu", "section", "link"),
    [("", "Navigation", "Topics", "Terminology"), ("pt-BR/", "Navegação", "Temas", "Terminologia")],
)
def test_the_drawer_of_a_phone_is_used_by_keyboard(
    root: str, browser: Browser, prefix: str, menu: str, section: str, link: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{root}{prefix}lab/")
    assert press_until(page, ".md-header button") == menu
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name=menu)
    expect(button).to_have_attribute("aria-expanded", "true")
    switch = f".md-nav__toggle[aria-label='{section}']"
    assert press_until(page, switch) == section
    expect(page.get_by_role("link", name=link, exact=True)).to_have_count(0)
    page.keyboard.press("Space")
    expect(page.get_by_role("link", name=link, exact=True)).to_be_visible()
    assert press_until(page, "a.md-nav__link", 1) == link
    page.keyboard.press("Escape")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(button).to_be_focused()
    press_until(page, ".md-content a")
    assert page.locator(".md-sidebar--primary :focus").count() == 0
    context.close()


def test_without_scripts_a_phone_has_its_drawer(root: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{root}lab/")
    expect(page.locator(".md-header label[for=__drawer]")).to_be_visible()
    expect(page.locator("[data-hv-drawer]")).to_be_hidden()
    page.locator(".md-header label[for=__drawer]").click()
    expect(page.locator(".md-nav--primary .md-nav__link:visible").first).to_be_in_viewport()
    context.close()


@pytest.mark.skipif(not AXE.exists(), reason="make site-audit installs axe-core")
@pytest.mark.parametrize("prefix", ["", "pt-BR/"])
def test_axe_finds_nothing_on_a_phone(root: str, browser: Browser, prefix: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, reduced_motion="reduce", locale="pt-BR")
    page = context.new_page()
    found = []
    for address in [TRANSPORT, "traceability/"]:
        page.goto(root + prefix + address)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for look in ("closed", "open"):
            if look == "open":
                page.locator("[data-hv-drawer]").click()
                page.wait_for_timeout(500)
            violations = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations)")
            found += [(address, look, each["id"], each["nodes"][0]["html"][:120]) for each in violations]
    context.close()
    assert found == []


@pytest.mark.skipif(not AXE.exists(), reason="make site-audit installs axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("prefix", ["", "pt-BR/"])
def test_axe_finds_nothing(root: str, browser: Browser, scheme: str, prefix: str) -> None:
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce", locale="pt-BR")  # type: ignore[arg-type]
    page = context.new_page()
    found = []
    for address in [*PAGES, "no/such/page/"]:
        page.goto(root + prefix + address)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        violations = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations)")
        found += [(address, each["id"], each["nodes"][0]["html"][:120]) for each in violations]
    context.close()
    assert found == []


PLACES = """() => [...document.querySelectorAll(".md-content :is(p, li, td, h2, pre)")]
  .map((each) => { const { x, y } = each.getBoundingClientRect(); return `${Math.round(x)} ${Math.round(y)}`; })"""


@pytest.mark.parametrize("width", [390, 768])
def test_nothing_moves_at_the_first_touch(root: str, browser: Browser, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(root + TRANSPORT)
    wrapped = page.locator(".md-typeset__table")
    expect(wrapped).to_have_count(0)  # the theme's script has not run yet
    before = page.evaluate(PLACES)
    page.mouse.move(10, 400)
    expect(wrapped).not_to_have_count(0)
    page.wait_for_timeout(300)
    assert page.evaluate(PLACES) == before
    context.close()


def test_copying_takes_the_snippet_and_nothing_else(root: str, browser: Browser) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{root}using-hvnet/")
    block = page.locator("div.highlight").first
    wanted = block.locator("code").inner_text()
    block.hover()
    block.locator("button.md-code__button").first.click()
    expect(page.locator(".md-dialog--active")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.rstrip("\n") == wanted.rstrip("\n")
    assert copied.startswith("py -m venv .venv")
    context.close()


def test_paper_gets_the_text_and_no_controls(root: str, page: Page) -> None:
    page.goto(root + TRANSPORT)
    page.emulate_media(media="print")
    for hidden in (".md-header", ".md-sidebar", ".hv-offer", ".headerlink", ".md-code__nav"):
        assert page.locator(f"{hidden}:visible").count() == 0, hidden
    expect(page.locator(".hv-card")).to_be_visible()
    assert page.locator("pre > code").first.evaluate("code => getComputedStyle(code).whiteSpace") == "pre-wrap"


def test_paper_gets_what_is_folded_too(root: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 412, "height": 823})  # where the theme's script waits
    page = context.new_page()
    page.goto(root + TRANSPORT)
    folded = page.locator("details:not([open]) > :not(summary)").first
    shown = "each => each.checkVisibility({ contentVisibilityAuto: true })"
    assert not folded.evaluate(shown)
    page.emulate_media(media="print")
    assert folded.evaluate(shown)
    context.close()
