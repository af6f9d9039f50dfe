"""``hvnet verify``: every gate, without MkDocs, one line per breach."""

from __future__ import annotations

import time

from rich.console import Console
from rich.text import Text

from checks import console
from checks.console import Exit, UserError, say
from checks.i18n import Verbatim, _, _n
from checks.paths import ROOT
from checks.site import gates


def verify_tree(output: Console) -> int:
    """Run the gates over the checkout and print what they found.

    Raises:
        UserError: this is an installation, without pages' sources and tests to verify.
    """
    if not (ROOT / "mkdocs.yml").exists():
        raise UserError(_("{command} needs a checkout: there are no pages and tests here", command=Verbatim("verify")))
    started = time.monotonic()
    breaches = gates.breaches()
    for breach in breaches:
        output.print(Text(breach.render(console.LANGUAGE)), soft_wrap=True)
    seconds = time.monotonic() - started
    if breaches:
        output.print(say(_n("{count} breach", "{count} breaches", len(breaches))))
        return Exit.FAILED
    output.print(say(_("no breach ({seconds} s)", seconds=round(seconds, 1))))
    return Exit.OK
