"""Measures the built site with Lighthouse and axe, as a phone gets it over gzip, and writes benchmarks/site.md.

Exits with 1 where a score is below the limit, a page too large, axe finds anything, or another host is asked; the
performance score counts only where Lighthouse finds the machine quick enough to measure it. With
--check, as in CI, Lighthouse measures one language, axe still looks at both, and what was measured goes to
build/site.md; the committed figures stay as they are.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median_low
from typing import Any

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
MODULES = ROOT / "tools" / "site-audit" / "node_modules"
REPORT = ROOT / "benchmarks" / "site.md"
CHECKED = ROOT / "build" / "site.md"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
GUIDELINE = "guidelines/live-migration/transport/"
PAGES = ["", "network-io-performance/", GUIDELINE, "guidelines/", "traceability/"]
ALSO_AXE = ["glossary/", "no/such/page/"]
PREFIXES = ["", "pt-BR/"]
SCORES = ["performance", "accessibility", "best-practices", "seo"]
LOWEST, LARGEST = 95, 200
RUNS, RUNS_OF_CHECK = 3, 5
"""How often a page is measured. The report keeps the median. With --check, the first run that reaches the limit ends
it, for other work on the machine can only cost points."""
SLOW = 1000
"""Benchmark index below which Lighthouse itself warns that the machine is too slow, or too busy, for its performance
score to speak of the page: then that score is shown, and not judged."""
PHONE: Any = {"viewport": {"width": 412, "height": 823}, "is_mobile": True, "has_touch": True}
TOUCH = """() => new Promise((done) => {
  let longest = 0;
  const note = (list) => list.getEntries().forEach((each) => (longest = Math.max(longest, each.duration)));
  new PerformanceObserver(note).observe({ type: "longtask" });
  dispatchEvent(new Event("pointerdown"));
  setTimeout(() => done(longest), 2000);
})"""
TEXT = {".html", ".css", ".js", ".json", ".svg", ".xml"}


class Handler(SimpleHTTPRequestHandler):
    """Serves the site as a web server does: text compressed, its own page for addresses that do not exist."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        status = 200 if path.is_file() else 404
        path = path if status == 200 else Path(self.directory) / "404.html"
        body = path.read_bytes()
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Cache-Control", "max-age=3600")
        if path.suffix in TEXT:
            body = gzip.compress(body, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> int:
    """Build, serve, measure, report."""
    parser = argparse.ArgumentParser(description="Measure the built site with Lighthouse and axe.")
    parser.add_argument(
        "--check", action="store_true", help=f"measure one language and write {CHECKED.relative_to(ROOT)} instead"
    )
    check = parser.parse_args().check
    report, languages = (CHECKED, PREFIXES[:1]) if check else (REPORT, PREFIXES)
    missing = _missing()
    if missing:
        print(f"site_audit: {missing}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(site))) as server:
            root = f"http://127.0.0.1:{server.server_port}/"
            _build(site, root)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                found = {
                    prefix + page: _measured(root, prefix + page, check=check) for prefix in languages for page in PAGES
                }
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS[1:])
                    version, violations = browser.version, _axe(browser, root)
                    for page, each in found.items():
                        each["touch"] = median_low([_first_touch(browser, root + page) for _run in range(RUNS)])
                    browser.close()
            finally:
                server.shutdown()
    report.parent.mkdir(exist_ok=True)
    report.write_text(_report(found, violations, version), encoding="utf-8")
    wrong = [*violations, *(line for page, each in found.items() for line in _wrong(page, each))]
    print("\n".join(wrong) or f"{report.relative_to(ROOT)}: nothing below {LOWEST}, no violation")
    return 1 if wrong else 0


def _missing() -> str:
    """What is needed and not there, in one line; empty where all is there."""
    if not (shutil.which("node") and Path(CHROMIUM).exists()):
        return f"needs node, npm and {CHROMIUM} (on Debian: apt install nodejs npm chromium)"
    return "" if (MODULES / "lighthouse").exists() else "Lighthouse is not installed; `make site-audit` does that"


def _build(site: Path, root: str) -> None:
    variables = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "HVNET_SITE_URL": root}
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(site)]
    subprocess.run(command, cwd=ROOT, env=variables, check=True)  # noqa: S603 - our own command


def _measured(root: str, page: str, *, check: bool = False) -> dict[str, Any]:
    """The one of a page's measurements that counts."""
    if not check:
        return _median([_lighthouse(root, page) for _run in range(RUNS)])
    runs = [_lighthouse(root, page)]
    while runs[-1]["scores"][0] < LOWEST and len(runs) < RUNS_OF_CHECK:
        runs.append(_lighthouse(root, page))
    return _chosen(runs, max(each["scores"][0] for each in runs))


def _median(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The run with the median performance."""
    return _chosen(runs, median_low([each["scores"][0] for each in runs]))


def _chosen(runs: Sequence[dict[str, Any]], performance: int) -> dict[str, Any]:
    """The run with this performance, with the worst of all runs in what does not depend on time."""
    chosen = next(each for each in runs if each["scores"][0] == performance)
    others = [min(each["scores"][place] for each in runs) for place in range(1, len(SCORES))]
    worst = {name: max(each[name] for each in runs) for name in ("kilobytes", "others")}
    return {**chosen, **worst, "scores": [performance, *others], "runs": len(runs)}


def _lighthouse(root: str, page: str) -> dict[str, Any]:
    """The scores of a page, what costs points, and what its first visit transfers."""
    command = [
        "node",
        str(MODULES / "lighthouse" / "cli" / "index.js"),
        root + page,
        "--quiet",
        "--output=json",
        f"--chrome-flags={' '.join(FLAGS)}",
        f"--only-categories={','.join(SCORES)}",
    ]
    variables = {**os.environ, "CHROME_PATH": CHROMIUM}
    run = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603
    if run.returncode:
        sys.exit(f"site_audit: Lighthouse could not measure /{page}: {run.stderr.strip()[-500:]}")
    told = json.loads(run.stdout)
    audits = told["audits"]
    requests = audits["network-requests"]["details"]["items"]
    lost = {
        reference["id"]
        for category in told["categories"].values()
        for reference in category["auditRefs"]
        if reference["weight"] and (audits[reference["id"]]["score"] or 0) < 0.9
        if audits[reference["id"]]["scoreDisplayMode"] in ("binary", "numeric")
    }
    return {
        "scores": [round((told["categories"][each]["score"] or 0) * 100) for each in SCORES],
        "kilobytes": sum(each.get("transferSize", 0) for each in requests) / 1000,
        "others": sum(not each["url"].startswith((root, "data:", "blob:")) for each in requests),
        "lost": sorted(lost),
        "speed": round(told["environment"]["benchmarkIndex"]),
    }


def _first_touch(browser: Browser, address: str) -> int:
    """What the theme's script, which waits for a sign of the reader, then keeps a phone busy for: the longest task, ms.

    The processor is slowed down by four, as Lighthouse assumes a phone's to be.
    """
    context = browser.new_context(**PHONE)
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(address)
    page.wait_for_timeout(1000)
    longest = page.evaluate(TOUCH)
    context.close()
    return round(longest)


def _axe(browser: Browser, root: str) -> list[str]:
    """What axe finds on the pages, in both schemes."""
    script = (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    found = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, reduced_motion="reduce", locale="pt-BR")  # type: ignore[arg-type]
        page = context.new_page()
        for address in [prefix + each for prefix in PREFIXES for each in [*PAGES, *ALSO_AXE]]:
            page.goto(root + address)
            page.evaluate(script)
            ids = page.evaluate("axe.run().then((result) => result.violations.map((each) => each.id))")
            found += [f"axe: /{address} ({scheme}): {each}" for each in ids]
        context.close()
    return found


def _wrong(page: str, found: dict[str, Any]) -> list[str]:
    judged = dict(zip(SCORES, found["scores"], strict=True))
    if found["speed"] < SLOW:
        del judged["performance"]
    wrong = [f"/{page}: {name} {score}" for name, score in judged.items() if score < LOWEST]
    if page.endswith(GUIDELINE) and found["kilobytes"] > LARGEST:
        wrong.append(f"/{page}: {found['kilobytes']:.0f} KB")
    if found["others"]:
        wrong.append(f"/{page}: {found['others']} requests to other hosts")
    return wrong


def _report(found: dict[str, dict[str, Any]], violations: list[str], chromium: str) -> str:
    rows = [
        f"| `/{page}` | {' | '.join(map(str, each['scores']))} | {each['kilobytes']:.0f} | {each['others']} "
        f"| {each['touch']} | {each['runs']} | {each['speed']} | {', '.join(each['lost']) or '—'} |"
        for page, each in found.items()
    ]
    versions = {name: _version(name) for name in ("lighthouse", "axe-core")}
    pages = len(PREFIXES) * (len(PAGES) + len(ALSO_AXE))
    lines = [
        "# The site, measured",
        "",
        f"By `make site-audit` on {datetime.now(UTC):%Y-%m-%d}: Lighthouse {versions['lighthouse']} (as a phone), "
        f"axe-core {versions['axe-core']}, Chromium {chromium}, a loopback HTTP/1.1 server with gzip, first visits.",
        "",
        "| Page | Performance | Accessibility | Best practices | SEO | KB | Other hosts | First touch, ms | Runs "
        "| Benchmark index | Audits below 0.9 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|",
        *rows,
        "",
        f"Each page is measured {RUNS} times, and the median performance counts; in CI up to {RUNS_OF_CHECK} times "
        "until it reaches the limit, and the best counts. "
        "All else is the worst of the runs. Where Lighthouse's benchmark index of the machine is below "
        f"{SLOW}, it warns that the machine is too slow or busy to tell: performance is then shown, not judged.",
        "",
        "First touch: on a narrow screen the theme's script waits for a sign of the reader, or for five quiet seconds; "
        "Lighthouse does not see it run. This is the longest task that it then takes, on a processor slowed down by "
        "four.",
        "",
        f"axe: {len(violations)} violations on {pages} pages in two colour schemes.",
        *(f"- {each}" for each in violations),
        "",
        f"Limits: every score at least {LOWEST}, a guideline's page at most {LARGEST} KB, no request to another host, "
        "no violation.",
    ]
    return "\n".join(lines) + "\n"


def _version(name: str) -> str:
    return str(json.loads((MODULES / name / "package.json").read_text(encoding="utf-8"))["version"])


if __name__ == "__main__":
    sys.exit(main())
