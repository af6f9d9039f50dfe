"""How long the gates take, today and for twenty times as many guidelines: `python benchmarks/verify.py`.

The guidelines that exist are given to the gates twenty times over, with the cache of case files emptied in between;
pytest's collection, which runs beside them, is worked out from its start and its time per case. CPU seconds of this
process, so that the load of the machine does not count.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable

from checks import cases
from checks.guidelines import all_guidelines
from checks.paths import CASES, DOCS, ROOT
from checks.site.gates import answers, codes, windows
from checks.site.gates import cases as case_gate

TIMES = 20


def main() -> None:
    """Print a table for benchmarks/verify.md."""
    known = all_guidelines()
    gates: dict[str, Callable[[], object]] = {
        "case files": lambda: list(case_gate.breaches(known, CASES)),
        "answers and fixes": lambda: list(answers.breaches(known, CASES)),
        "PowerShell": lambda: list(windows.breaches(known, DOCS, CASES)),
        "codes": lambda: list(codes.breaches(known)),
    }
    count = sum(len(cases.load(cases.case_path(each))) for each in known)
    print(f"{len(known)} guidelines, {count} cases")
    print("| part | CPU s | CPU s for 20 times as many |\n| --- | ---: | ---: |")
    total = [0.0, 0.0]
    for name, gate in gates.items():
        once, often = measure(gate, 1), measure(gate, TIMES)
        total = [total[0] + once, total[1] + often]
        print(f"| {name} | {once:.2f} | {often:.2f} |")
    start, each = collection(count)
    beside = f"{start + count * each:.2f} | {start + TIMES * count * each:.2f}"
    print(f"| pytest's collection, beside the others | {beside} |")
    print(f"| the gates together, without the collection | {total[0]:.2f} | {total[1]:.2f} |")


def measure(gate: Callable[[], object], times: int) -> float:
    """CPU seconds of so many runs, each with an empty cache of case files."""
    started = time.process_time()
    for _turn in range(times):
        cases._loaded.cache_clear()
        gate()
    return time.process_time() - started


def collection(count: int) -> tuple[float, float]:
    """CPU seconds that pytest takes to start, and for each case: from collecting one file and from collecting all."""
    folder = CASES.relative_to(ROOT)
    one = min(CASES.rglob("*.yaml"), key=lambda path: path.stat().st_size).relative_to(ROOT)
    few = len(cases.load(ROOT / one))
    small, large = _collecting(str(one)), _collecting(str(folder))
    each = max(0.0, (large - small) / (count - few))
    return small - few * each, each


def _collecting(what: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", what]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
