"""Names and form of the guidelines themselves: codes are of their area and never used again, functions are short."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import yaml

from checks.i18n import Verbatim, _
from checks.model import Guideline
from checks.paths import GUIDELINES
from checks.site.gates.breach import Breach, at_check, relative

RETIRED = GUIDELINES / "retired.yaml"
LONGEST = 40
"""Lines that a function of a guideline may have: its reader is a Windows administrator."""

PREFIXES = {
    "live-migration": "LM",
    "failover-cluster": "FC",
    "rdma": "RD",
    "dcb": "DCB",
    "smb-multichannel": "MC",
    "cross-node": "XN",
    "physical-nic": "NIC",
    "virtual-switch": "VS",
    "vmq": "VMQ",
    "sriov": "IOV",
    "vm-adapter": "VM",
    "host": "HOST",
    "bottleneck": "BN",
    "linux-guest": "LX",
}
"""Area -> the letters that its codes begin with."""


def breaches(
    guidelines: Sequence[Guideline], retired: Path = RETIRED, folder: Path = GUIDELINES, today: date | None = None
) -> Iterator[Breach]:
    """Codes that do not fit or were used before, sources without a day, functions that are too long."""
    gone = retired_codes(retired)
    for each in guidelines:
        prefix = PREFIXES.get(each.area)
        if prefix is None or not re.fullmatch(rf"{prefix}\d{{3}}", each.code):
            wanted = Verbatim(f"{prefix}001" if prefix else ", ".join(PREFIXES))
            yield at_check(each, _("the code does not fit the area; it is like {wanted}", wanted=wanted))
        if each.code in gone:
            yield at_check(each, _("the code belonged to a guideline that was retired; it is not used again"))
        if not each.sources:
            yield at_check(each, _("the guideline names no source"))
        for source in each.sources:
            if source.read > (today or datetime.now(UTC).date()):
                yield at_check(each, _("the source {title} was read in the future", title=Verbatim(source.title)))
    for path in sorted(folder.rglob("*.py")):
        yield from _long(path)


def mentions(guidelines: Sequence[Guideline], docs: Path) -> Iterator[Breach]:
    """Codes that pages name although no guideline has them: the code was renamed, or is a slip."""
    known = {each.code for each in guidelines}
    pattern = re.compile(rf"\b(?:{'|'.join(PREFIXES.values())})\d{{3}}\b")
    for path in sorted(docs.rglob("*.md")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for code in dict.fromkeys(pattern.findall(line)):
                if code not in known:
                    yield Breach(relative(path), number, code, _("no guideline has this code"))


def retired_codes(path: Path = RETIRED) -> set[str]:
    """Codes that guidelines had that are gone."""
    return {entry["code"] for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or ()}


def _long(path: Path) -> Iterator[Breach]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            # The declaration above a check is data, not code to follow.
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST:
                values = {"name": Verbatim(node.name), "lines": lines, "longest": LONGEST}
                message = _("{name} has {lines} lines; a function of a guideline has {longest} at most", **values)
                yield Breach(relative(path), node.lineno, None, message)
