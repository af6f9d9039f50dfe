"""The calls that pages may make. What is not here does not exist for a page."""

from __future__ import annotations

from collections.abc import Callable

from checks.site.areas import guideline_map
from checks.site.examples import examples, fix
from checks.site.overview import guideline_index, lab_hosts, traceability
from checks.site.rights import rights
from checks.site.snippets import check, diagram, sources, thresholds
from checks.site.terms import glossary

CALLS: dict[str, Callable[..., str]] = {
    "check": check,
    "diagram": diagram,
    "examples": examples,
    "fix": fix,
    "glossary": glossary,
    "guideline_index": guideline_index,
    "guideline_map": guideline_map,
    "lab_hosts": lab_hosts,
    "rights": rights,
    "sources": sources,
    "thresholds": thresholds,
    "traceability": traceability,
}
