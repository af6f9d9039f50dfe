"""Check the spelling of pages and of the Portuguese catalogue: `make spelling`.

It needs hunspell with its dictionaries (on Debian: hunspell hunspell-en-us hunspell-pt-br). A word that is right goes
into ``locales/spelling/<language>.txt``, in its place by the alphabet.
"""

from __future__ import annotations

import sys

from checks.site import spelling


def main() -> int:
    """Print what the dictionaries do not know, by file and line."""
    if not spelling.available():
        print("hunspell or a dictionary is missing (on Debian: hunspell hunspell-en-us hunspell-pt-br)")
        return 2
    found = spelling.breaches()
    for breach in found:
        print(breach)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
