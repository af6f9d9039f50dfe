"""Case files: readable, true to the facts, and with every kind of answer that the check can give."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

from checks import cases
from checks.i18n import Verbatim, _
from checks.model import VERSIONS, Guideline, Verdict
from checks.site.gates.breach import Breach, relative

OLD = VERSIONS[:2]
"""Windows versions on which properties are absent that later ones have."""


def breaches(guidelines: Sequence[Guideline], folder: Path) -> Iterator[Breach]:
    """What is wrong with the case files that exist."""
    for each in guidelines:
        path = folder / (each.slug.replace("-", "_") + ".yaml")
        if path.exists():
            yield from _file(each, path)


def _file(guideline: Guideline, path: Path) -> Iterator[Breach]:
    try:
        found = cases.load(path)
    except cases.CaseError as error:
        yield Breach(relative(path), 1, guideline.code, _("the case file is wrong: {error}", error=Verbatim(error)))
        return
    for case in found:
        for problem in cases.problems(guideline, case):
            message = _("the case is wrong: {error}", error=Verbatim(problem))
            yield Breach(relative(path), line_of(path, case.name), guideline.code, message)
    have = {case.verdict for case in found}
    for verdict in _required(guideline):
        if verdict not in have:
            message = _("there is no case with verdict {verdict}", verdict=Verbatim(verdict.value))
            yield Breach(relative(path), 1, guideline.code, message)
    if guideline.since in OLD and not any(case.windows in OLD for case in found):
        message = _("there is no case from an older Windows ({versions})", versions=Verbatim(", ".join(OLD)))
        yield Breach(relative(path), 1, guideline.code, message)
    if not any(case.show for case in found):
        yield Breach(relative(path), 1, guideline.code, _("no case is shown on the page (show: true)"))


def _required(guideline: Guideline) -> Iterator[Verdict]:
    yield from (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN)
    module = sys.modules[guideline.check.__module__]
    if any("raise NotApplicable" in inspect.getsource(each) for each in (module, *private_modules(module))):
        yield Verdict.NOT_APPLICABLE


def private_modules(module: ModuleType) -> Iterator[ModuleType]:
    """Modules beside a check that only checks of its area use, such as ``_buffers``."""
    names = {getattr(value, "__module__", "") for value in vars(module).values()}
    package = module.__name__.rpartition(".")[0]
    yield from (sys.modules[name] for name in sorted(names) if str(name).startswith(f"{package}._"))


def line_of(path: Path, name: str) -> int:
    """The line that a case's name stands on."""
    pattern = re.compile(rf"name:\s*[\"']?{re.escape(name)}")
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if pattern.search(line)), 1)
