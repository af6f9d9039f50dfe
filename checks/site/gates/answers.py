"""Cases again, now judged: fixes mend what they were offered for, and every message of a check is seen in some case."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from checks import cases
from checks.i18n import Message, Verbatim, _
from checks.judge import Result
from checks.lab.mending import mistakes
from checks.model import Guideline
from checks.site.gates.breach import Breach, relative
from checks.site.gates.cases import line_of, private_modules


def breaches(guidelines: Sequence[Guideline], folder: Path) -> Iterator[Breach]:
    """What the cases show that they must not, and what they do not show."""
    for each in guidelines:
        path = folder / (each.slug.replace("-", "_") + ".yaml")
        try:
            found = cases.load(path)
        except cases.CaseError:
            continue  # told by the gate that reads the files
        results = [cases.judge(each, case) for case in found]
        yield from _mistaken(each, path, found, results)
        yield from _unseen(each, results)


def _mistaken(guideline: Guideline, path: Path, found: list[cases.Case], results: list[Result]) -> Iterator[Breach]:
    for case, result in zip(found, results, strict=True):
        for mistake in mistakes(guideline, case, result):
            message = _("the case is not as it says: {mistake}", mistake=Verbatim(mistake))
            yield Breach(relative(path), line_of(path, case.name), guideline.code, message)


def _unseen(guideline: Guideline, results: list[Result]) -> Iterator[Breach]:
    """Messages of the check and of its area's private modules that no case brings up."""
    module = sys.modules[guideline.check.__module__]
    seen = {message.text for result in results for message in _said(result)}
    for source in (module, *private_modules(module)):
        path = Path(inspect.getsourcefile(source) or "")
        for line, text in _declared(path):
            if text not in seen:
                message = _("no case brings up this message: {text}", text=Verbatim(text))
                yield Breach(relative(path), line, guideline.code, message)


def _said(result: Result) -> Iterator[Message]:
    """Every message of a result, those inside of messages included."""
    for finding in result.findings:
        parts = (finding.message, finding.hint, finding.fix.note if finding.fix else None)
        for part in parts:
            yield from _nested(part)
    yield from _nested(result.reason)


def _nested(value: object) -> Iterator[Message]:
    if isinstance(value, Message):
        yield value
        for inner in value.values.values():
            yield from _nested(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _nested(inner)


def _declared(path: Path) -> Iterator[tuple[int, str]]:
    """Messages that a module says: all but the titles and reasons in its decorators."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    decorators = {
        id(node) for each in ast.walk(tree) for part in getattr(each, "decorator_list", ()) for node in ast.walk(part)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "_n"):
            first = node.args[0] if node.args else None
            if id(node) not in decorators and isinstance(first, ast.Constant):
                yield node.lineno, str(first.value)
