"""Where the project's own files are: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent
_INSTALLED = PACKAGE / "_data"


def _data(name: str) -> Path:
    packed = _INSTALLED / name
    return packed if packed.exists() else ROOT / name


DOCS = _data("docs")
LOCALES = _data("locales")
GUIDELINES = PACKAGE / "guidelines"
CASES = ROOT / "tests" / "guidelines"
LAB_HOSTS = PACKAGE / "lab" / "hosts"
