"""The site built once for a run, served on loopback, and a browser to look at it with."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from checks.paths import ROOT

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PREFIX = "/kb/"
"""The site is served below a path, as on a project's pages: nothing may count on the root."""


@pytest.fixture(scope="session")
def built(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly, once for all workers of a run."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    site, done, failed = shared / "site", shared / "site.done", shared / "site.failed"
    try:
        (shared / "site.lock").mkdir()
    except FileExistsError:
        _wait(done, failed)
    else:
        _build(site, done, failed)
    if failed.exists():
        pytest.fail(failed.read_text(encoding="utf-8"))
    return site


def _build(site: Path, done: Path, failed: Path) -> None:
    variables = {
        "NO_MKDOCS_2_WARNING": "1",
        "HVNET_SITE_URL": f"http://127.0.0.1{PREFIX}",
        "HVNET_JUNIT": str(site / "none"),
    }
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    run = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    (failed if run.returncode else done).write_text(run.stdout + run.stderr, encoding="utf-8")


def _wait(done: Path, failed: Path) -> None:
    for _attempt in range(3000):
        if done.exists() or failed.exists():
            return
        time.sleep(0.1)
    pytest.fail("another worker did not finish the site within five minutes")


class Handler(SimpleHTTPRequestHandler):
    """Serves the site below its path, and its own page for addresses that do not exist."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix(PREFIX.rstrip("/")) if path.startswith(PREFIX) else "/none")

    def log_message(self, format: str, *args: object) -> None:
        pass

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        body = (Path(self.directory) / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="session")
def root(built: Path) -> Iterator[str]:
    """The address of the site on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(built))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists() and "CI" not in os.environ:
        pytest.skip(f"{CHROMIUM} is not installed, so no page can be looked at")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    yield context.new_page()
    context.close()
