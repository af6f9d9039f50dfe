"""Recorded hosts: one YAML file each, with the facts that PowerShell gave and the errors of those it could not give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from checks.model import WindowsVersion
from checks.paths import LAB_HOSTS
from checks.snapshot import FactError, Snapshot, from_facts


class Recording(BaseModel):
    """A host as it was recorded.

    ``facts`` maps a fact's class name to its rows, with PowerShell's property names and values; a single row needs no
    list. ``errors`` holds what the host said where a fact could not be read. ``about`` and ``origin`` say, in each
    language and with addresses, what the host is for and where its values come from.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    address: str
    """Its loopback address in the lab."""
    windows: WindowsVersion
    language: str = "en-US"
    powershell: str = "5.1"
    about: dict[str, str]
    origin: list[str]
    facts: dict[str, Any]
    errors: dict[str, FactError] = {}

    @property
    def snapshot(self) -> Snapshot:
        """The host's facts as a snapshot."""
        return from_facts(self.facts, {name: error.model_dump() for name, error in self.errors.items()})


def load(path: Path) -> Recording:
    """The recording in a file."""
    return Recording.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def all_recordings() -> list[Recording]:
    """Every recorded host, by name.

    Raises:
        LookupError: none was found.
    """
    found = [load(path) for path in sorted(LAB_HOSTS.glob("*.yaml"))]
    if not found:
        raise LookupError(f"no recorded host in {LAB_HOSTS}")
    return found
