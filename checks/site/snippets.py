"""What a guideline's page calls for: the command and the PowerShell, thresholds, sources, the card."""

from __future__ import annotations

import re

from checks.i18n import Message, _, _n
from checks.judge import compares_nodes
from checks.model import AREAS
from checks.site.escape import fence, indented
from checks.site.examples import required
from checks.site.place import Place, cases_of, check_of
from checks.site.powershell import named_facts, plan_of, script
from checks.site.reads import reads_of
from checks.site.render import CallError, part
from checks.site.results import Outcome, Tally

SHOWN_FACTS = 4
"""Facts up to which a page lists them openly."""

_DIAGRAM_NAME = re.compile(r"[a-z0-9-]+")
_H1 = re.compile(r"^# .+$", re.MULTILINE)


def check(place: Place) -> str:
    """``{{ check() }}``: the command, the PowerShell to paste, and the table of the facts that the check reads."""
    guideline = required(place)
    plan = plan_of(guideline)
    named, every, reads = named_facts(guideline), plan.ordered, reads_of(guideline)
    hosts = "hv01.contoso.com hv02.contoso.com" if compares_nodes(guideline) else "hv01.contoso.com"
    tabs = [("hvnet", fence(f'hvnet check {hosts} --user "CONTOSO\\maria" --select {guideline.code}', "console"))]
    if named and len(named) < len(every):
        tabs.append(("PowerShell", fence(script(plan, named, reads), "powershell")))
        tabs.append((place.say(_("PowerShell, all facts")), fence(script(plan, every, reads), "powershell")))
    else:
        tabs.append(("PowerShell", fence(script(plan, every, reads), "powershell")))
    rows = {
        fact: (fact.__name__, fact.question(plan.keys(fact)), list(fact.properties(reads.get(fact, ()))))
        for fact in every
    }
    # A short list is shown, a long one is folded away.
    own = [rows[fact] for fact in named] if len(named) <= SHOWN_FACTS else []
    shared = [row for row in rows.values() if row not in own]
    table = part("facts.html.j2", place, own=own, shared=shared)
    return "\n\n".join([*(f'=== "{title}"\n\n{indented(code)}' for title, code in tabs), table])


def thresholds(place: Place) -> str:
    """``{{ thresholds() }}``: the numbers that are ours, with the reason for each."""
    guideline = required(place)
    if not guideline.thresholds:
        raise CallError(f"{guideline.code} has no thresholds")
    return part("thresholds.html.j2", place, guideline=guideline)


def sources(place: Place) -> str:
    """``{{ sources() }}``: what the guideline rests on, and when it was read."""
    return part("sources.html.j2", place, sources=required(place).sources)


def card(place: Place) -> str:
    """What stands before the prose of a guideline's page."""
    guideline = required(place)
    path = cases_of(guideline)
    tally = place.site.results.tally(path)
    return part(
        "card.html.j2",
        place,
        guideline=guideline,
        area=place.say(AREAS[guideline.area]),
        is_cluster=compares_nodes(guideline),
        check=check_of(guideline),
        cases=path,
        tally=tally,
        tests=place.say(_tests(tally)),
    )


def diagram(place: Place, name: str) -> str:
    """``{{ diagram("name") }}``: a drawing whose words are in the page's language."""
    if not _DIAGRAM_NAME.fullmatch(name):
        raise CallError(f"{name!r} is not a diagram's name")
    return part(f"diagrams/{name}.svg.j2", place)


def _tests(tally: Tally) -> Message:
    """The tests in words; what has not run is never said to pass."""
    failed, passed, left = (tally.count(each) for each in (Outcome.FAILED, Outcome.PASSED, Outcome.NOT_RUN))
    if failed:
        return _("{failed} failed, {passed} passed, {left} not run", failed=failed, passed=passed, left=left)
    if left:
        return _("{passed} passed, {left} not run", passed=passed, left=left)
    return _n("{count} passed", "{count} passed", passed)


def with_card(markdown: str, place: Place) -> str:
    """The rendered source of a guideline's page with its card after the title; any other page as it is."""
    if place.guideline is None:
        return markdown
    title = _H1.search(markdown)
    at = title.end() if title else 0
    return f"{markdown[:at]}\n\n{card(place)}\n\n{markdown[at:].lstrip()}"
