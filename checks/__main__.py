"""The command: ``hvnet``, or ``python -m checks`` from a checkout."""

from __future__ import annotations

import sys


def main() -> None:
    """Load the command, which takes a moment, and run it."""
    try:
        from checks.cli import main as run
    except KeyboardInterrupt:
        # Nothing has begun, so there is nothing to say.
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
