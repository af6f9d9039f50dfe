"""The guidelines: one module each, found by looking into this folder. There is no list to keep."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from typing import Any, get_type_hints

from checks.i18n import Message
from checks.model import Check, Guideline, Severity, Source, Threshold, WindowsVersion


def guideline(
    code: str,
    *,
    title: Message,
    severity: Severity,
    since: WindowsVersion,
    sources: Sequence[Source],
    thresholds: Sequence[Threshold] = (),
) -> Callable[[Check], Check]:
    """Declare the check below it as a guideline.

    ``severity`` is the worst that a finding of it can have; ``since`` the first Windows Server version that it
    holds for. Keyword-only parameters of the check are its ``thresholds``.
    """

    def declare(check: Check) -> Check:
        named = {p.name for p in inspect.signature(check).parameters.values() if p.kind is p.KEYWORD_ONLY}
        if named != {threshold.name for threshold in thresholds}:
            raise TypeError(f"{code}: thresholds and keyword-only parameters of the check differ")
        check.guideline = Guideline(  # type: ignore[attr-defined]
            code=code,
            slug=_slug(check.__module__),
            title=title,
            severity=severity,
            since=since,
            sources=tuple(sources),
            check=check,
            thresholds=tuple(thresholds),
        )
        return check

    return declare


@functools.cache
def all_guidelines() -> tuple[Guideline, ...]:
    """Every guideline, by code.

    Raises:
        LookupError: none was found, which is never right.
    """
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(__path__, prefix=f"{__name__}.")
        if not found.ispkg
    ]
    declared = [
        value.guideline
        for module in modules
        for value in vars(module).values()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and hasattr(value, "guideline")
    ]
    if not declared:
        raise LookupError("no guideline was found")
    return tuple(sorted(declared, key=lambda each: each.code))


def parameters(each: Guideline) -> dict[str, Any]:
    """The facts that a check asks for: parameter name and annotation, thresholds left out."""
    hints = _hints(each.check)
    limits = {threshold.name for threshold in each.thresholds}
    return {name: hint for name, hint in hints.items() if name != "return" and name not in limits}


@functools.cache
def _hints(check: Check) -> dict[str, Any]:
    return get_type_hints(check, include_extras=True)


def _slug(module: str) -> str:
    area, name = module.split(".")[-2:]
    return f"{area}/{name}".replace("_", "-")
