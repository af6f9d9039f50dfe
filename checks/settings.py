"""Settings of a team: which guidelines, how severe, which thresholds. From YAML, or ``[tool.hvnet]`` in a TOML file.

A key that nobody knows is an error that names the nearest one: a misspelt threshold must not quietly stay the default.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from checks.files import syntax, why
from checks.guidelines import all_guidelines
from checks.i18n import Message, Verbatim, _
from checks.model import Guideline, Severity

DEFAULT_FILES = ("hvnet.yml", "hvnet.yaml", "pyproject.toml")
"""Looked for in the working folder, in this order; a TOML file counts where it has ``[tool.hvnet]``."""

KEYS = ("select", "ignore", "fail_on", "severities", "thresholds", "waivers", "inventory")


class SettingsError(Exception):
    """A settings file that cannot be used: one sentence with the file and the key."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True)
class Settings:
    """What a settings file says; without one, nothing differs from the guidelines themselves.

    ``severities`` and ``thresholds`` are by guideline code; a severity is the worst that a finding then has.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity = Severity.WARNING
    severities: Mapping[str, Severity] = field(default_factory=dict)
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    waivers: Path | None = None
    inventory: Path | None = None

    def limits(self, guideline: Guideline) -> Mapping[str, float]:
        """The thresholds of a guideline that differ from its defaults."""
        return self.thresholds.get(guideline.code, {})

    def with_severity(self, guideline: Guideline) -> Guideline:
        """The guideline with the severity that the settings give it."""
        severity = self.severities.get(guideline.code)
        return dataclasses.replace(guideline, severity=severity) if severity else guideline


def find(folder: Path) -> Path | None:
    """The settings file in a folder; None where there is none."""
    for name in DEFAULT_FILES:
        path = folder / name
        if path.is_file() and (path.suffix != ".toml" or "[tool.hvnet" in path.read_text("utf-8", "replace")):
            return path
    return None


def load(path: Path) -> Settings:
    """The settings in a file.

    Raises:
        SettingsError: the file cannot be read, or has a key or a value that does not fit.
    """
    data = _read(path)
    _known(path, "", data, KEYS)
    codes = {guideline.code: guideline for guideline in all_guidelines()}
    severities = _mapping(path, "severities", data.get("severities"))
    _known(path, "severities", severities, codes)
    thresholds = _mapping(path, "thresholds", data.get("thresholds"))
    _known(path, "thresholds", thresholds, codes)
    return Settings(
        select=_texts(path, "select", data.get("select")),
        ignore=_texts(path, "ignore", data.get("ignore")),
        fail_on=_severity(path, "fail_on", data.get("fail_on", "warning")),
        severities={code: _severity(path, f"severities.{code}", value) for code, value in severities.items()},
        thresholds={code: _limits(path, codes[code], value) for code, value in thresholds.items()},
        waivers=_beside(path, data.get("waivers")),
        inventory=_beside(path, data.get("inventory")),
    )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    except OSError as error:
        raise SettingsError(_("could not read {path}: {error}", path=str(path), error=why(error))) from None
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise SettingsError(
            _("{path} cannot be understood: {problem}", path=str(path), problem=syntax(error))
        ) from None
    if path.suffix == ".toml":
        data = data.get("tool", {}).get("hvnet", {})
    return _mapping(path, "", data)


def _limits(path: Path, guideline: Guideline, values: Any) -> dict[str, float]:
    place = f"thresholds.{guideline.code}"
    limits = _mapping(path, place, values)
    _known(path, place, limits, [threshold.name for threshold in guideline.thresholds])
    for name, value in limits.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise _unfit(path, f"{place}.{name}", value)
    return {name: float(value) for name, value in limits.items()}


def _severity(path: Path, place: str, value: Any) -> Severity:
    try:
        return Severity(value)
    except ValueError:
        known = Verbatim(", ".join(Severity))
        raise SettingsError(
            _(
                "{path}: {place} is {value}; known are {known}",
                path=str(path),
                place=place,
                value=Verbatim(value),
                known=known,
            )
        ) from None


def _texts(path: Path, place: str, value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(each, str) for each in values):
        raise _unfit(path, place, value)
    return tuple(values)


def _mapping(path: Path, place: str, value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _unfit(path, place, value)
    return {str(key): each for key, each in value.items()}


def _known(path: Path, place: str, found: Iterable[str], known: Iterable[str]) -> None:
    names = list(known)
    for name in found:
        if name in names:
            continue
        full = f"{place}.{name}".lstrip(".")
        close = difflib.get_close_matches(name, names, n=1)
        if close:
            raise SettingsError(
                _("{path}: nobody knows {key}; did you mean {close}?", path=str(path), key=full, close=close[0])
            )
        raise SettingsError(
            _(
                "{path}: nobody knows {key}; known are {known}",
                path=str(path),
                key=full,
                known=Verbatim(", ".join(names)),
            )
        )


def _unfit(path: Path, place: str, value: Any) -> SettingsError:
    return SettingsError(
        _("{path}: {place} has a value that does not fit: {value}", path=str(path), place=place, value=Verbatim(value))
    )


def _beside(path: Path, value: Any) -> Path | None:
    """A file that the settings name, relative to their own folder."""
    return None if value is None else path.parent / str(value)
