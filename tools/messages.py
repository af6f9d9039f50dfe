"""Bring new messages into the catalogues and take away those that are gone: `make messages`.

Then translate what is empty in ``locales/<language>/LC_MESSAGES/hvnet.po``, with Poedit or any editor. On Windows:

    .venv\\Scripts\\python tools\\messages.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.frontend import CommandLineInterface

from checks.i18n import DEFAULT, LANGUAGES

LOCALES = Path(__file__).resolve().parent.parent / "locales"
EXTRACT = (
    "pybabel -q extract -F locales/babel.cfg -k _ -k _n:1,2 -k mark --no-location --sort-output --no-wrap "
    "--project hvnet -o locales/hvnet.pot"
)
UPDATE = "pybabel -q update -i locales/hvnet.pot -d locales -D hvnet --no-fuzzy-matching --ignore-obsolete --no-wrap"


def main() -> None:
    """Extract, then update the catalogue of each language."""
    run([*EXTRACT.split(), "--copyright-holder", "The hvnet authors", "checks"])
    for language in LANGUAGES:
        if language != DEFAULT:
            run([*UPDATE.split(), "-l", language.replace("-", "_")])


def run(command: list[str]) -> None:
    """One command of Babel, from the root of the checkout."""
    code = CommandLineInterface().run(command)  # type: ignore[no-untyped-call]
    if code:
        sys.exit(code)


if __name__ == "__main__":
    import os

    os.chdir(LOCALES.parent)
    main()
