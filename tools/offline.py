"""Builds the site as a zip that works without a server: pages as files, and search in every language."""

from __future__ import annotations

import os
import posixpath
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = "hvnet-site"
SCRIPT = "assets/javascripts/offline.js"


def main(target: Path) -> Path:
    """Build below *target*, and return the zip."""
    site = target / NAME
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", "mkdocs-offline.yml", "--site-dir", str(site)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, check=True)  # noqa: S603
    (site / "404.html").unlink()  # only a server shows it
    for index in site.rglob("search/search_index.json"):
        # A page opened as a file may not read another file, but may run it.
        index.with_suffix(".js").write_text(f"var __index = {index.read_text(encoding='utf-8')}", encoding="utf-8")
        index.unlink()
    for page in site.rglob("*.html"):
        script = posixpath.relpath(SCRIPT, page.parent.relative_to(site).as_posix())
        html = page.read_text(encoding="utf-8")
        page.write_text(html.replace("</head>", f'<script src="{script}"></script>\n</head>', 1), encoding="utf-8")
    return Path(shutil.make_archive(str(target / f"{NAME}-offline"), "zip", target, NAME))


if __name__ == "__main__":
    print(main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "offline").resolve()))
