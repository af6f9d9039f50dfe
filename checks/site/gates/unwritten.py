"""What ``hvnet new`` has left to be written: no mark of its templates may stay in a guideline's files."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path

from checks.i18n import Verbatim, _
from checks.model import Guideline
from checks.site.gates.breach import Breach, relative
from checks.site.place import page_of

MARK = "TODO:"


def breaches(guidelines: Sequence[Guideline], docs: Path, cases: Path, languages: Sequence[str]) -> Iterator[Breach]:
    """Every line that still bears the mark."""
    for each in guidelines:
        check = Path(inspect.getsourcefile(inspect.unwrap(each.check)) or "")
        pages = [docs / language / page_of(each) for language in languages]
        for path in (check, cases / (each.slug.replace("-", "_") + ".yaml"), *pages):
            if path.is_file():
                yield from _marks(each, path)


def _marks(guideline: Guideline, path: Path) -> Iterator[Breach]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        _before, mark, text = line.partition(MARK)
        if mark:
            message = _("still to be written: {text}", text=Verbatim(text.strip(" \"'.)(,")))
            yield Breach(relative(path), number, guideline.code, message)
