"""Mutate every check and see whether its cases notice: `make mutation`.

Each module of ``checks/guidelines`` is changed in one place at a time (another operator, another number, a condition
turned round), in a copy of the tree, and the cases of its guidelines are judged again. A change that no case notices
survives. Survivors that mean the same are listed with a reason in ``tests/mutation_equivalents.yaml``.

Cosmic Ray makes the changes: mutmut leaves decorated functions alone, and every check is decorated.

The result goes to ``benchmarks/mutation.json``, which the traceability page reads. Exit 1 where the cases kill less than
95 % of all changes, or less than 80 % of a guideline's.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import WorkerOutcome, WorkResult

from checks.guidelines import all_guidelines

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "benchmarks" / "mutation.json"
EQUIVALENTS = ROOT / "tests" / "mutation_equivalents.yaml"
OVERALL, EACH = 0.95, 0.80
SECONDS = 20
"""Longest that the cases of one change may take; a change that runs longer is noticed."""

_SENSIBLE = {("Add", "Sub"), ("Sub", "Add"), ("Mul", "Div"), ("Div", "Mul"), ("FloorDiv", "Mul"), ("Mod", "Mul")}
"""Arithmetic that somebody could mistake; the others of Cosmic Ray fail in the first case."""


def main() -> int:
    """Mutate everything and write the result."""
    modules = sorted(_modules())
    with tempfile.TemporaryDirectory(prefix="hvnet-mutation-") as folder:
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            found = list(pool.map(lambda each: _mutate(each, Path(folder)), modules))
    result = _result(dict(zip(modules, found, strict=True)))
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for code, score in result["guidelines"].items():
        print(f"{code:8} {score['score']:6.1%}  {score['killed']} killed, {score['survived']} survived")
    for survivor in result["survivors"]:
        print(f"{survivor['module']}:{survivor['line']}: {survivor['operator']}: {survivor['text']}")
    print(f"overall  {result['overall']:6.1%}")
    weak = [code for code, score in result["guidelines"].items() if score["score"] < EACH]
    return 1 if weak or result["overall"] < OVERALL else 0


def _modules() -> Iterator[str]:
    for path in (ROOT / "checks" / "guidelines").rglob("*.py"):
        if path.name != "__init__.py":
            yield path.relative_to(ROOT).as_posix()


def _codes(module: str) -> list[str]:
    """Guidelines whose cases test a module: its own, or all of the area that share a private one."""
    name = module.removesuffix(".py").replace("/", ".")
    if "._" not in name:
        return [g.code for g in all_guidelines() if g.check.__module__ == name]
    area = name.rpartition(".")[0]
    return [g.code for g in all_guidelines() if g.check.__module__.rpartition(".")[0] == area]


def _mutate(module: str, folder: Path) -> list[dict[str, Any]]:
    """Every change of one module, with what became of it."""
    tree = folder / module.replace("/", "-")
    shutil.copytree(ROOT / "checks", tree / "checks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests" / "guidelines", tree / "tests" / "guidelines")
    shutil.copytree(ROOT / "tools", tree / "tools")
    shutil.copytree(ROOT / "locales", tree / "locales")
    config = tree / "cosmic.toml"
    command = f"{sys.executable} tools/cases_hold.py {' '.join(_codes(module))}"
    config.write_text(
        f'[cosmic-ray]\nmodule-path = "{module}"\ntimeout = {SECONDS}.0\nexcluded-modules = []\n'
        f'test-command = "{command}"\n[cosmic-ray.distributor]\nname = "local"\n'
    )
    session = tree / "session.sqlite"
    _cosmic_ray(tree, "init", str(config), str(session))
    with use_db(str(session), WorkDB.Mode.open) as database:
        _leave_out(database, ROOT / module)
    _cosmic_ray(tree, "exec", str(config), str(session))
    with use_db(str(session), WorkDB.Mode.open) as database:
        return list(_outcomes(database, module))


def _cosmic_ray(tree: Path, *arguments: str) -> None:
    tool = Path(sys.executable).with_name("cosmic-ray")
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([str(tool), *arguments], cwd=tree, env=environment, check=True, capture_output=True)  # noqa: S603


def _leave_out(database: Any, path: Path) -> None:
    """Leave out what is not behaviour: annotations, declarations above a check, and nonsense arithmetic."""
    quiet = _quiet_lines(path)
    for item in list(database.pending_work_items):
        mutation = item.mutations[0]
        operator = mutation.operator_name.removeprefix("core/")
        parts = operator.split("_")
        odd = parts[0] == "ReplaceBinaryOperator" and (parts[1], parts[2]) not in _SENSIBLE
        if odd or operator == "RemoveDecorator" or mutation.start_pos[0] in quiet:
            database.set_result(item.job_id, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))


def _quiet_lines(path: Path) -> set[int]:
    """Lines of decorators, annotations, imports and constants of the module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    quiet: set[int] = set()
    for node in ast.walk(tree):
        above = list(getattr(node, "decorator_list", ()))
        if isinstance(node, ast.FunctionDef):
            above += [node.returns] if node.returns else []
            above += [a.annotation for a in (*node.args.args, *node.args.kwonlyargs) if a.annotation]
        if isinstance(node, ast.AnnAssign):
            above.append(node.annotation)
        for each in above:
            quiet.update(range(each.lineno, (each.end_lineno or each.lineno) + 1))
    return quiet


def _outcomes(database: Any, module: str) -> Iterator[dict[str, Any]]:
    source = (ROOT / module).read_text(encoding="utf-8").splitlines()
    for item, result in database.completed_work_items:
        if result.worker_outcome is WorkerOutcome.SKIPPED:
            continue
        mutation = item.mutations[0]
        line = mutation.start_pos[0]
        yield {
            "module": module,
            "line": line,
            "text": source[line - 1].strip(),
            "operator": mutation.operator_name.removeprefix("core/"),
            "survived": not result.is_killed,
        }


def _result(found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    equivalent = yaml.safe_load(EQUIVALENTS.read_text(encoding="utf-8")) if EQUIVALENTS.exists() else []
    same = {(each["module"], each["text"], each["operator"]) for each in equivalent or ()}
    killed: dict[str, int] = defaultdict(int)
    survived: dict[str, int] = defaultdict(int)
    survivors = []
    totals = [0, 0]
    for module, outcomes in found.items():
        for each in outcomes:
            lives = each.pop("survived")
            if lives and (each["module"], each["text"], each["operator"]) in same:
                continue
            totals[lives] += 1
            survivors += [each] if lives else []
            for code in _codes(module):
                (survived if lives else killed)[code] += 1
    codes = sorted({*killed, *survived})
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "overall": round(totals[0] / max(1, sum(totals)), 4),
        "guidelines": {
            code: {
                "killed": killed[code],
                "survived": survived[code],
                "score": round(killed[code] / (killed[code] + survived[code]), 4),
            }
            for code in codes
        },
        "survivors": survivors,
    }


if __name__ == "__main__":
    sys.exit(main())
