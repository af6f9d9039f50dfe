"""A further language, from the command to the browser, in a copy of the checkout."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Page, expect

from checks import newlanguage
from checks.console import UserError
from checks.i18n import read_languages
from checks.paths import LOCALES, ROOT

NEEDED = ("checks", "docs", "locales", "tests", "benchmarks", "mkdocs.yml", "pyproject.toml")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout that speaks Spanish."""
    root = tmp_path_factory.mktemp("copy")
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, root / name)
    call(root, "checks", "i18n", "new", "es")
    return root


@pytest.fixture(scope="module")
def built(copy: Path) -> Path:
    """Its site, built strictly, with the first page that somebody translates."""
    (copy / "docs/es/lab.md").write_text("---\ndescription: x\n---\n# El laboratorio\n", encoding="utf-8")
    call(copy, "mkdocs", "build", "--strict")
    return copy / "site"


@pytest.fixture(scope="module")
def root(built: Path) -> Iterator[str]:
    """The address of the site on loopback."""
    handler = functools.partial(Quiet, directory=str(built))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        pass


def call(root: Path, module: str, *arguments: str) -> str:
    """Run a module with the copy's own code."""
    variables = {
        **os.environ,
        "PYTHONPATH": str(root),
        "LC_ALL": "C.UTF-8",
        "NO_MKDOCS_2_WARNING": "1",
        "HVNET_SITE_URL": "http://127.0.0.1/",
        "HVNET_JUNIT": str(root / "none"),
    }
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=root, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_command_writes_what_a_language_needs(copy: Path) -> None:
    spanish = read_languages(copy / "locales")[-1]
    assert (spanish.tag, spanish.name, spanish.required) == ("es", "Español", False)
    catalogue = (copy / "locales/es/LC_MESSAGES/hvnet.po").read_text(encoding="utf-8")
    assert '"Language: es\\n"' in catalogue
    assert 'msgid "Not translated yet"\nmsgstr ""' in catalogue
    assert yaml.safe_load((copy / "locales/es.lock.yaml").read_text(encoding="utf-8")) is None
    assert [path.name for path in (copy / "docs/es").iterdir()] == [".gitkeep"]


def test_the_gates_do_not_ask_for_it_but_the_command_speaks_it(copy: Path) -> None:
    assert "usage" in call(copy, "checks", "--lang", "es", "--help").lower()
    assert call(copy, "checks", "i18n", "compile-check") == ""


def test_the_site_speaks_the_language(root: str, page: Page) -> None:
    """One test, for the site is built once: note and language, switch, search, and a page that is translated."""
    page.goto(f"{root}es/traceability/")
    assert page.locator("html").get_attribute("lang") == "es"
    note = page.locator(".hv-fallback")
    expect(note).to_contain_text("There is no Español text of this page yet, so it is in English.")
    assert note.get_attribute("lang") == "en"
    assert page.locator("article h1").evaluate("h => h.closest('[lang]').lang") == "en"

    page.goto(f"{root}es/lab/")
    expect(page.locator("article h1")).to_contain_text("El laboratorio")
    expect(page.locator(".hv-fallback")).to_have_count(0)

    page.goto(f"{root}traceability/")
    page.get_by_role("button", name="Select language").hover()
    page.get_by_role("link", name="Español").click()
    expect(page).to_have_url(f"{root}es/traceability/")
    page.locator(".md-select button").hover()
    page.get_by_role("link", name="Português (Brasil)").click()
    expect(page).to_have_url(f"{root}pt-BR/traceability/")
    expect(page.locator(".hv-fallback")).to_have_count(0)

    for typed, target in (("LM002", "guidelines/live-migration/transport/"), ("laboratorio", "lab/")):
        page.goto(f"{root}es/lab/")
        page.locator(".md-search__input").click()
        page.locator(".md-search__input").press_sequentially(typed)
        expect(page.locator(f'.md-search-result__link[href*="{target}"]').first).to_be_attached(timeout=10_000)
        paths = page.locator(".md-search-result__link").evaluate_all("all => all.map(link => link.pathname)")
        assert all(path.startswith("/es/") for path in paths)


@pytest.mark.parametrize("tag", ["en", "pt-BR", "xx", "spanish", "pt_PT", "../x"])
def test_tags_that_are_taken_or_unknown_are_refused(tmp_path: Path, tag: str) -> None:
    shutil.copytree(LOCALES, tmp_path / "locales")
    with pytest.raises(UserError):
        newlanguage.start(tmp_path, tag)
    assert not (tmp_path / "docs").exists()
