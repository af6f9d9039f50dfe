"""What the site shows is made without the site's generator: with MkDocs and its theme out of reach."""

from __future__ import annotations

import subprocess
import sys

from checks.paths import ROOT

SCRIPT = """
import sys
sys.modules |= dict.fromkeys(("mkdocs", "material", "mkdocs_static_i18n"))
from pathlib import Path
from checks.guidelines import all_guidelines
from checks.i18n import REQUIRED
from checks.paths import DOCS
from checks.site import fallback, gates, head, metadata, nav, offer, results, search, tooltips
from checks.site.calls import CALLS
from checks.site.place import Place, Repository, Site
from checks.site.render import render_page
from checks.site.snippets import with_card

site = Site(Repository("https://example.org"), all_guidelines(), results.load(Path("none")))
for language in REQUIRED:
    for path in sorted((DOCS / language).rglob("*.md")):
        place = Place(site, language, path.relative_to(DOCS / language).as_posix())
        print(with_card(render_page(path.read_text(encoding="utf-8"), place, CALLS), place).count("{{ "))
print(*gates.breaches(), sep="\\n")
"""


def test_pages_are_rendered_and_gates_asked_without_mkdocs() -> None:
    command = [sys.executable, "-c", SCRIPT]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("\n") > 60
