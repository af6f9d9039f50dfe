"""A snapshot: the facts of one host at one moment. Everything after collection works on snapshots."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from checks.facts.base import Fact, Only
from checks.files import why
from checks.i18n import Message, Verbatim, _
from checks.model import Unknown

F = TypeVar("F", bound=Fact)

SCHEMA = 1
"""Version of the snapshot format; it grows only when old files would be read wrongly."""

BEGIN, END = "HVNET-BEGIN", "HVNET-END"
"""Marker lines around the JSON: without the second one, an answer was cut off."""


class SnapshotError(Exception):
    """A file or an answer is not a snapshot that we can read."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


class FactError(BaseModel):
    """Why a fact could not be read: the host's own words, and the error's name, which Windows does not translate."""

    id: str = ""
    message: str = ""


class Session(BaseModel):
    """The PowerShell that collected."""

    powershell: str = ""
    language_mode: str = ""
    culture: str = ""


class Snapshot(BaseModel):
    """Facts and errors of one host, under the names that PowerShell gives them.

    ``facts`` maps a fact's class name to its rows; a fact that is in neither ``facts`` nor ``errors`` was not asked
    for. ``keys`` says to which keys a fact was narrowed.
    """

    model_config = ConfigDict(extra="ignore")

    schema_version: int = Field(default=SCHEMA, alias="schema")
    collected: str = ""
    hvnet: str = ""
    session: Session = Session()
    facts: dict[str, list[dict[str, Any]]] = {}
    errors: dict[str, FactError] = {}
    keys: dict[str, list[str]] = {}

    def rows(self, fact: type[F], only: Only | None = None) -> list[F]:
        """All rows of a fact, or those with the keys asked for.

        Raises:
            Unknown: the fact could not be read, or was not asked for.
        """
        name = fact.__name__
        if error := self.errors.get(name):
            raise Unknown(
                _(
                    "could not read {fact}: {error}",
                    fact=Verbatim(fact.called()),
                    error=Verbatim(" ".join(error.message.split()) or error.id),
                )
            )
        if name not in self.facts or not self._asked(name, only):
            raise Unknown(_("the snapshot does not hold {fact}; collect it again", fact=name))
        rows = self.facts[name]
        if only is not None and fact.key is not None:
            column, keys = fact.key, {key.lower() for key in only.keys}
            rows = [row for row in rows if str(row.get(column, "")).lower() in keys]
        return [fact.read(row) for row in rows]

    def _asked(self, name: str, only: Only | None) -> bool:
        if only is None or name not in self.keys:
            return True
        return {key.lower() for key in only.keys} <= {key.lower() for key in self.keys[name]}


def parse(text: str, where: str) -> Snapshot:
    """The snapshot in *text*: plain JSON, or a collector's output with its marker lines.

    Raises:
        SnapshotError: with one sentence that says what is wrong with *where*.
    """
    document = _between_markers(text, where)
    try:
        data = json.loads(document)
    except (ValueError, RecursionError):
        raise SnapshotError(_("{where} is not a snapshot: it does not hold valid JSON", where=where)) from None
    return validate(data, where)


def validate(data: Any, where: str) -> Snapshot:
    """A snapshot from decoded JSON.

    Raises:
        SnapshotError: the data is not a snapshot, or of a newer schema.
    """
    if not isinstance(data, Mapping) or "facts" not in data:
        raise SnapshotError(_("{where} is not a snapshot: it has no facts", where=where))
    schema = data.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise SnapshotError(_("{where} is not a snapshot: it does not say its schema", where=where))
    if schema > SCHEMA:
        raise SnapshotError(
            _(
                "{where} has snapshot schema {found}; this hvnet reads up to {known}",
                where=where,
                found=Verbatim(schema),
                known=SCHEMA,
            )
        )
    errors = data.get("errors") or {}
    if isinstance(errors, Mapping):
        errors = {name: error for name, error in errors.items() if error}
    try:
        return Snapshot.model_validate({**_unwrapped(data), "errors": errors})
    except RecursionError:
        raise SnapshotError(_("{where} is not a snapshot: it does not hold valid JSON", where=where)) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise SnapshotError(
            _(
                "{where} is not a snapshot: {place} does not hold what belongs there",
                where=where,
                place=Verbatim(".".join(str(part) for part in first["loc"])),
            )
        ) from None


def load(path: Path) -> Snapshot:
    """The snapshot in a file, UTF-8 or UTF-16 as Windows PowerShell's redirection writes it.

    Raises:
        SnapshotError: the file cannot be read or is not a snapshot.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SnapshotError(_("could not read {where}: {error}", where=str(path), error=why(error))) from None
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        raise SnapshotError(_("{where} is not a snapshot: it is not text", where=str(path))) from None
    return parse(text, str(path))


def dump(snapshot: Snapshot) -> str:
    """A snapshot as JSON, ready for a file."""
    text = json.dumps(snapshot.model_dump(by_alias=True), indent=1, ensure_ascii=False)
    # Half a character, which a name in Windows may hold, has no UTF-8.
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text) + "\n"


def from_facts(facts: Mapping[str, Any], errors: Mapping[str, Any] | None = None) -> Snapshot:
    """A snapshot from facts as case files and lab hosts write them: a single row needs no list."""
    rows = {name: value if isinstance(value, list) else [value] for name, value in facts.items()}
    return validate({"schema": SCHEMA, "facts": rows, "errors": dict(errors or {})}, "facts")


def _unwrapped(value: Any) -> Any:
    """A value without the wrapping that Windows PowerShell 5.1 sometimes puts around an array: ``{value, Count}``."""
    if isinstance(value, dict):
        if set(value) == {"value", "Count"} and isinstance(value["value"], list):
            return _unwrapped(value["value"])
        return {key: _unwrapped(each) for key, each in value.items()}
    return [_unwrapped(each) for each in value] if isinstance(value, list) else value


def _between_markers(text: str, where: str) -> str:
    start = text.find(BEGIN)
    if start < 0:
        return text.strip()
    end = text.find(END, start)
    if end < 0:
        raise SnapshotError(_("the output of {where} was cut off: its end marker is missing", where=where))
    return text[start + len(BEGIN) : end].strip()
