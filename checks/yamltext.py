"""Facts as YAML in the form of case files: one row of a list on one line, and one property of anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml


class Row(dict[str, Any]):
    """A mapping that stays on one line."""


def compact(facts: Any) -> str:
    """YAML with one row of a list on one line, and one property of anything else."""
    text: str = yaml.dump(_rows(facts), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    return text.rstrip()


def _rows(value: Any) -> Any:
    if isinstance(value, Row):
        return value
    if isinstance(value, Mapping):
        return {name: _rows(each) for name, each in value.items()}
    return [Row(each) if isinstance(each, Mapping) else each for each in value] if isinstance(value, list) else value


class _Dumper(yaml.SafeDumper):
    """Writes what stands in two places twice, and not as an anchor."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(
    Row, lambda dumper, row: dumper.represent_mapping("tag:yaml.org,2002:map", row, flow_style=True)
)
