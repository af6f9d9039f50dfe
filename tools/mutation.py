"""Mutate every check and see whether its cases notice: `make mutation`.

Each module of ``checks/guidelines`` is changed in one place at a time (another operator, another number, a condition
turned round), and the cases of its guidelines are judged again. A change that no case notices survives. Survivors that
mean the same are listed with a reason in ``tests/mutation_equivalents.yaml``.

Cosmic Ray knows the changes: mutmut leaves decorated functions alone, and every check is decorated. Each change is
judged in a process of its own, forked from one that has read everything else; no file is touched.

The result goes to ``benchmarks/mutation.json``, which the traceability page reads. Exit 1 where the cases kill less
than 95 % of all changes, or less than 80 % of a guideline's, or where a listed equivalent no longer survives.

    python tools/mutation.py                                               everything
    python tools/mutation.py checks/guidelines/live_migration/transport.py this module; the result is shown only
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import json
import multiprocessing
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from checks import cases
from checks.guidelines import all_guidelines
from checks.lab.mending import mistakes

Span = tuple[tuple[int, int], tuple[int, int]]
"""From a line and column to another one."""
ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "benchmarks" / "mutation.json"
EQUIVALENTS = ROOT / "tests" / "mutation_equivalents.yaml"
OVERALL, EACH = 0.95, 0.80
SECONDS = 20
"""Longest that the cases of one change may take; a change that runs longer is noticed."""

_ARITHMETIC = {("Add", "Sub"), ("Sub", "Add"), ("Mul", "Div"), ("Div", "Mul"), ("FloorDiv", "Mul"), ("Mod", "Mul")}
"""Arithmetic that somebody could mistake; the others of Cosmic Ray fail in the first case."""
_IDENTITY = ("Is", "IsNot")
"""Identity is mistaken for its opposite alone. Between enum members and None, ``==`` says what ``is`` says; nobody
orders them with ``<``; and ``is`` in place of ``==`` depends on which values CPython keeps once."""


@dataclass(frozen=True)
class Mutant:
    """One change: the operator of Cosmic Ray, and which of the places in the module that it fits."""

    module: str
    operator: str
    occurrence: int
    line: int
    text: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What an equivalent names."""
        return self.module, self.text, self.operator


class _TooLong(BaseException):
    """The cases of a change took too long. No exception that a check's judge catches."""


def main(arguments: list[str]) -> int:
    """Mutate everything, or the modules that were named, and show the result; write it where it is whole."""
    modules = arguments or sorted(_modules())
    left_out: Counter[str] = Counter()
    mutants: list[Mutant] = []
    for module in modules:
        for mutant, why in _mutants(module):
            if why:
                left_out[why] += 1
            else:
                mutants.append(mutant)
    for code, mistake in _mistakes():
        print(f"{code}: {mistake}")
        return 1
    # A process for each change: what it imports is gone with it.
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        outcomes = pool.map(_survives, mutants, chunksize=1)
    left_out["no longer Python"] += outcomes.count(None)
    listed = yaml.safe_load(EQUIVALENTS.read_text(encoding="utf-8")) if EQUIVALENTS.exists() else None
    same = {(each["module"], each["text"], each["operator"]) for each in listed or () if each["module"] in modules}
    alive = [mutant for mutant, lives in zip(mutants, outcomes, strict=True) if lives]
    left_out["equivalent, listed with a reason"] = sum(mutant.key in same for mutant in alive)
    stale = sorted(same - {mutant.key for mutant in alive})
    survivors = [mutant for mutant in alive if mutant.key not in same]
    dead = [mutant for mutant, lives in zip(mutants, outcomes, strict=True) if lives is False]
    result = _result(dead, survivors, left_out)
    if not arguments:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _show(result)
    for module, text, operator in stale:
        print(f"listed as equivalent, but no such change survives: {module}: {operator}: {text}")
    weak = [code for code, score in result["guidelines"].items() if score["score"] < EACH]
    return 1 if weak or stale or result["overall"] < OVERALL else 0


def _show(result: dict[str, Any]) -> None:
    for survivor in result["survivors"]:
        print(f"{survivor['module']}:{survivor['line']}: {survivor['operator']}: {survivor['text']}")
    for why, number in result["left_out"].items():
        print(f"left out {number:6}  {why}")
    for code, score in result["guidelines"].items():
        print(f"{code:8} {score['score']:6.1%}  {score['killed']} killed, {score['survived']} survived")
    print(f"overall  {result['overall']:6.1%}")


def _modules() -> Iterator[str]:
    for path in (ROOT / "checks" / "guidelines").rglob("*.py"):
        if path.name != "__init__.py":
            yield path.relative_to(ROOT).as_posix()


def _name(module: str) -> str:
    return module.removesuffix(".py").replace("/", ".")


@functools.cache
def _codes(module: str) -> tuple[str, ...]:
    """Guidelines whose cases test a module: its own, or all of the area that share a private one."""
    name = _name(module)
    if "._" not in name:
        return tuple(g.code for g in all_guidelines() if g.check.__module__ == name)
    area = name.rpartition(".")[0]
    return tuple(g.code for g in all_guidelines() if g.check.__module__.rpartition(".")[0] == area)


@functools.cache
def _loaded_cases() -> dict[str, list[cases.Case]]:
    return {g.code: cases.load(cases.case_path(g)) for g in all_guidelines()}


def _mistakes() -> Iterator[tuple[str, str]]:
    """Cases that do not hold before anything is changed: with them, every change would seem noticed."""
    for guideline in all_guidelines():
        for case in _loaded_cases()[guideline.code]:
            yield from ((f"{guideline.code} {case.name}", mistake) for mistake in mistakes(guideline, case))


def _mutants(module: str) -> Iterator[tuple[Mutant, str]]:
    """Every change of a module that Cosmic Ray knows, each with the reason why it is left out."""
    source = (ROOT / module).read_text(encoding="utf-8")
    lines = source.splitlines()
    tree, nodes = ast.parse(source), list(ast_nodes(get_ast(source)))
    operations = _operations(tree)
    quiet, loud = _declarations(tree)
    for name in operator_names():
        if get_operator(name).arguments():
            continue
        operator = get_operator(name)()
        places = (start for node in nodes for start, _end in operator.mutation_positions(node))
        for occurrence, (line, column) in enumerate(places):
            short = name.removeprefix("core/")
            mutant = Mutant(module, short, occurrence, line, lines[line - 1].strip())
            place = (line, column)
            declared = _within(place, quiet) and not _within(place, loud)
            yield mutant, _why_not(short, declared, _within(place, operations))


def _within(place: tuple[int, int], spans: list[Span]) -> bool:
    return any(start <= place < end for start, end in spans)


def _why_not(operator: str, is_declared: bool, is_operation: bool) -> str:
    """Why a change says nothing about the cases; empty where it counts."""
    kind, _underscore, change = operator.partition("_")
    before, _underscore, after = change.partition("_")
    if operator == "RemoveDecorator" or is_declared:
        return "declarations: decorators without the thresholds' numbers, annotations"
    if kind == "ReplaceBinaryOperator":
        if not is_operation:
            return "stars that are no operator"
        if (before, after) not in _ARITHMETIC:
            return "arithmetic that nobody mistakes"
    if kind == "ReplaceComparisonOperator":
        wrong_way = before in _IDENTITY and after not in _IDENTITY
        if wrong_way or (before not in _IDENTITY and after in _IDENTITY):
            return "`is` and `==` for each other, and an order of what is compared with `is`"
    return ""


def _declarations(tree: ast.Module) -> tuple[list[Span], list[Span]]:
    """Where decorators and annotations are, and in them the numbers of thresholds, which are behaviour."""
    quiet: list[Span] = []
    loud: list[Span] = []
    for node in ast.walk(tree):
        above = list(getattr(node, "decorator_list", ()))
        if isinstance(node, ast.FunctionDef):
            above += [node.returns] if node.returns else []
            above += [a.annotation for a in (*node.args.args, *node.args.kwonlyargs) if a.annotation]
        if isinstance(node, ast.AnnAssign):
            above.append(node.annotation)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Threshold":
            loud.append(_span(node.args[1]))
        quiet += map(_span, above)
    return quiet, loud


def _span(node: ast.expr) -> Span:
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


def _operations(tree: ast.Module) -> list[Span]:
    """Where binary operators are written: from the end of their left side to the beginning of their right."""
    return [(_span(node.left)[1], _span(node.right)[0]) for node in ast.walk(tree) if isinstance(node, ast.BinOp)]


def _survives(mutant: Mutant) -> bool | None:
    """Whether no case notices a change; None where it is no Python any more. Runs in a process of its own."""
    source = (ROOT / mutant.module).read_text(encoding="utf-8")
    changed = mutate_code(source, get_operator(f"core/{mutant.operator}")(), mutant.occurrence)
    try:
        code = compile(changed or "", mutant.module, "exec")
    except SyntaxError:
        return None
    codes, loaded = _codes(mutant.module), _loaded_cases()
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS)
    try:
        _put_in_place(_name(mutant.module), code)
        judged = ((g, case) for g in all_guidelines() if g.code in codes for case in loaded[g.code])
        return not any(next(mistakes(g, case), None) for g, case in judged)
    except (Exception, _TooLong):
        return False
    finally:
        signal.alarm(0)


def _put_in_place(name: str, code: Any) -> None:
    """Have the changed module stand for the one on disk, and all guidelines declared anew."""
    for each in [each for each in sys.modules if each.startswith("checks.guidelines.")]:
        del sys.modules[each]
    all_guidelines.cache_clear()
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise LookupError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    exec(code, module.__dict__)  # noqa: S102 - our own source


def _too_long(_signal: int, _frame: object) -> None:
    raise _TooLong


def _result(dead: list[Mutant], survivors: list[Mutant], left_out: Counter[str]) -> dict[str, Any]:
    killed = Counter(code for mutant in dead for code in _codes(mutant.module))
    survived = Counter(code for mutant in survivors for code in _codes(mutant.module))
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "overall": round(len(dead) / max(1, len(dead) + len(survivors)), 4),
        "guidelines": {
            code: {
                "killed": killed[code],
                "survived": survived[code],
                "score": round(killed[code] / (killed[code] + survived[code]), 4),
            }
            for code in sorted({*killed, *survived})
        },
        "left_out": dict(sorted(left_out.items())),
        "survivors": [{k: v for k, v in asdict(mutant).items() if k != "occurrence"} for mutant in survivors],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
