"""The copy of the site for machines without a network: opened as files, it searches in each language."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from checks.paths import ROOT


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("offline")
    command = [sys.executable, str(ROOT / "tools" / "offline.py"), str(target)]
    subprocess.run(command, check=True, capture_output=True)
    with zipfile.ZipFile(target / "hvnet-site-offline.zip") as packed:
        packed.extractall(target / "unpacked")
    return target / "unpacked" / "hvnet-site"


@pytest.mark.parametrize(
    ("language", "typed", "other"), [("", "queues", "pt-BR/"), ("pt-BR/", "configuracao", "")], ids=["en", "pt-BR"]
)
def test_files_search_and_switch_language(
    unpacked: Path, browser: Browser, language: str, typed: str, other: str
) -> None:
    context = browser.new_context()
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
    page.goto(f"{unpacked.as_uri()}/{language}lab.html")
    page.locator(".md-search__input").click()
    page.locator(".md-search__input").press_sequentially(typed)
    found = page.locator(".md-search-result__link").first
    expect(found).to_be_attached(timeout=10_000)
    path = str(found.evaluate("link => decodeURIComponent(link.pathname)"))
    assert path.startswith(f"{unpacked}/{language}")
    assert Path(path).is_file()
    switch = page.locator(".md-select__link").nth(0 if language else 1)
    assert switch.evaluate("link => link.href") == f"{unpacked.as_uri()}/{other}lab.html"
    assert asked == []
    context.close()
