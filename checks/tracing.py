"""``hvnet trace``: the traceability table without MkDocs."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checks import console
from checks.console import UserError, say
from checks.guidelines import all_guidelines
from checks.i18n import Message, Percent, Verbatim, _, clean
from checks.paths import ROOT
from checks.site import mutation, results
from checks.site.results import Outcome, State
from checks.site.trace import Row, Trace, trace
from checks.site.tracefiles import as_csv, as_json

FORMATS = ("table", "json", "csv")
_COLOURS = {State.COVERED: "green", State.FAILED: "red", State.NOT_RUN: "default", State.ORPHAN: "yellow"}


def load(junit: Path | None) -> Trace:
    """What belongs to each guideline of this checkout.

    Raises:
        UserError: this is an installation, the named file is not pytest's, or the tests cannot be collected.
    """
    if not (ROOT / "mkdocs.yml").exists():
        raise UserError(_("{command} needs a checkout: there are no pages and tests here", command=Verbatim("trace")))
    path = junit or ROOT / Path(os.environ.get("HVNET_JUNIT") or results.JUNIT)
    if junit and not junit.exists():
        raise UserError(_("there is no file {path}", path=Verbatim(junit)))
    try:
        return trace(all_guidelines(), results.load(path), mutation.load())
    except (results.CollectionError, mutation.MutationError) as error:
        raise UserError(Message("{error}", {"error": Verbatim(error)})) from None
    except results.NotJUnit:
        raise UserError(_("{path} is not a JUnit file of pytest", path=Verbatim(path))) from None


def write(found: Trace, format: str, output: Console) -> None:
    """Print it in one of the :data:`FORMATS`."""
    if format == "table":
        show(found, output)
    else:
        text = as_json(found) if format == "json" else as_csv(found)
        # As it is: the line ends of CSV are its own.
        output.file.write(text)


def show(found: Trace, output: Console) -> None:
    """The table for a person."""
    table = Table()
    for heading in (_("Code"), _("Guideline"), _("State"), _("Tests"), _("Mutation score")):
        table.add_column(say(heading), no_wrap=heading.text in ("Code", "State"))
    for row in found.rows:
        table.add_row(*_cells(row))
    output.print(table)
    for name in found.orphans:
        output.print(Text(f"{say(State.ORPHAN.label)}: {clean(name)}"), soft_wrap=True)
    output.print(Text(say(_tested(found))))
    output.print(Text(say(_measured(found))))


def _cells(row: Row) -> tuple[Text, ...]:
    state = row.tally.state
    counts = ", ".join(f"{row.tally.count(each)} {say(each.label)}" for each in Outcome if row.tally.count(each))
    score = Percent(row.score.score, 1).render(console.LANGUAGE) if row.score else say(_("not measured"))
    return (
        Text(row.guideline.code),
        Text(say(row.guideline.title)),
        Text(say(state.label), _COLOURS[state]),
        Text(counts),
        Text(score),
    )


def _tested(found: Trace) -> Message:
    if found.results.finished is None:
        return _("There are no results of a test run, so no test counts as passed.")
    return _("Results of the test run of {moment}.", moment=found.results.finished)


def _measured(found: Trace) -> Message:
    if found.mutation.measured is None:
        return _("No mutation score was measured.")
    return _("Mutation scores of {date}.", date=found.mutation.measured)
