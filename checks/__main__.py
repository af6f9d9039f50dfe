"""``python -m checks``: the command, from a checkout."""

from checks.cli import main

main()
