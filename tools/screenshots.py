"""Take the README's screenshots: a guideline's page in each language, from the site that the demo built.

    make demo SERVE=no && .venv/bin/python tools/screenshots.py

Uses the system's Chromium. The files go to ``.github/screenshots``, which the site does not publish.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from checks.demo import serving

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "guideline-en": ("guidelines/live-migration/transport/", "light"),
    "guideline-pt-BR": ("pt-BR/guidelines/physical-nic/receive-buffers/", "light"),
}
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def main() -> None:
    """Take them all."""
    target = ROOT / ".github" / "screenshots"
    target.mkdir(parents=True, exist_ok=True)
    with serving(ROOT / "demo" / "site", 0) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        for name, (page, scheme) in PAGES.items():
            language = "pt-BR" if page.startswith("pt-BR") else "en"
            context = browser.new_context(color_scheme=scheme, locale=language, viewport={"width": 1280, "height": 900})
            tab = context.new_page()
            tab.goto(address + page)
            tab.wait_for_timeout(300)
            tab.screenshot(path=target / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
