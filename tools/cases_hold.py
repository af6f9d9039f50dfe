"""Judge the cases of guidelines without pytest; exit 1 at the first that is not as it says. For mutation testing.

python tools/cases_hold.py LM002 NIC001
"""

from __future__ import annotations

import sys

from checks import cases
from checks.guidelines import all_guidelines
from checks.lab.mending import mistakes


def main(codes: list[str]) -> int:
    """0 where every case of these guidelines holds."""
    for guideline in all_guidelines():
        if guideline.code in codes:
            for case in cases.load(cases.case_path(guideline)):
                for mistake in mistakes(guideline, case):
                    print(f"{guideline.code} {case.name}: {mistake}")
                    return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
