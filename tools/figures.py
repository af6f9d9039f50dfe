"""Write the figures of both READMEs anew: `make figures`.

They stand between ``<!-- figures -->`` and ``<!-- /figures -->``. Guidelines, cases and gates are counted, and a test
holds them; the time of ``hvnet verify`` and the number of tests are those of the run that wrote them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from checks import cases
from checks.guidelines import all_guidelines
from checks.i18n import Percent, number
from checks.site import mutation
from checks.site.gates import GATES

ROOT = Path(__file__).resolve().parent.parent
READMES = {"en": ROOT / "README.md", "pt-BR": ROOT / "README.pt-BR.md"}
BLOCK = re.compile(r"(<!-- figures -->\n).*?(<!-- /figures -->)", re.DOTALL)

LABELS = {
    "en": {
        "head": ("what", "how many"),
        "guidelines": "guidelines, each in two languages with its check",
        "cases": "cases, each a test and some the examples on the pages",
        "gates": "gates that `hvnet verify` asks",
        "verify": "time of `hvnet verify`",
        "mutation": "changes of the checks that the cases notice",
        "tests": "tests in all",
        "unmeasured": "not measured",
    },
    "pt-BR": {
        "head": ("o quê", "quanto"),
        "guidelines": "diretrizes, cada uma em dois idiomas e com a sua verificação",
        "cases": "casos, todos testes e alguns também exemplos nas páginas",
        "gates": "conferências que o `hvnet verify` faz",
        "verify": "tempo do `hvnet verify`",
        "mutation": "alterações das verificações que os casos percebem",
        "tests": "testes no total",
        "unmeasured": "não medida",
    },
}


def main() -> None:
    """Measure, and write both files."""
    measured = {**countable(), "tests": tests(), "verify": verify()}
    score = mutation.load()
    for language, path in READMES.items():
        text = path.read_text(encoding="utf-8")
        if not BLOCK.search(text):
            sys.exit(f"{path.name} has no place for the figures")
        table = render(language, measured, score)
        path.write_text(BLOCK.sub(lambda found, table=table: found[1] + table + found[2], text), encoding="utf-8")
        print(table)


def countable() -> dict[str, float]:
    """What can be counted without running anything."""
    known = all_guidelines()
    return {
        "guidelines": len(known),
        "cases": sum(len(cases.load(cases.case_path(each))) for each in known),
        "gates": len(GATES),
    }


def tests() -> int:
    """How many tests pytest collects."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own tool
    found = re.search(r"^(\d+) tests collected", done.stdout, re.MULTILINE)
    if done.returncode or not found:
        sys.exit(done.stdout + done.stderr)
    return int(found[1])


def verify() -> float:
    """Seconds that ``hvnet verify`` takes; it must find nothing."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "checks", "verify"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own tool
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return time.perf_counter() - started


def render(language: str, figures: dict[str, float], score: mutation.Mutation) -> str:
    """The table in a language."""
    labels = LABELS[language]
    day = f" ({score.measured.isoformat()})" if score.measured else ""
    shown = {
        **{name: number(figures[name], language) for name in ("guidelines", "cases", "gates")},
        "verify": f"{number(figures['verify'], language, '0.0')} s",
        "mutation": str(labels["unmeasured"])
        if score.overall is None
        else Percent(score.overall, 1).render(language) + day,
        "tests": number(figures["tests"], language),
    }
    rows = [labels["head"], ("---", "---:"), *((labels[name], value) for name, value in shown.items())]
    return "".join(f"| {what} | {value} |\n" for what, value in rows)


if __name__ == "__main__":
    main()
