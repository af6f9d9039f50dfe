"""PowerShell looked at without running it: does it parse, are its names known, does it only read.

The names come from ``checks/reference.json``, an extract of Microsoft's documentation and of real modules. No
documentation of 2012 R2 is in it: what Windows Server 2016 knows is taken for it.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from checks.facts.base import Fact
from checks.i18n import Message, Verbatim, _
from checks.lab.powershell.syntax import Node, ParseFailure, parse
from checks.model import WindowsVersion
from checks.paths import PACKAGE

READING = re.compile(r"Get-\w+|(Select|Where|ForEach|Sort|Group|Measure|Compare)-Object|ConvertTo-Json|Format-\w+")
"""Cmdlets that change nothing."""

# Strict mode is of the session, which ends with the script.
_ALSO_READING = {"Set-StrictMode", "Start-Sleep"}
_OLDER_THAN_ITS_DOCUMENTATION = {"ServerManager"}
"""Modules that came long before the version whose documentation is in the extract."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a script, and the line that it is in, counted from 1."""

    line: int
    message: Message


@functools.cache
def reference() -> dict[str, Any]:
    """The extract: cmdlets with versions and parameters, types with properties, and which cmdlet answers with which."""
    found: dict[str, Any] = json.loads((PACKAGE / "reference.json").read_text(encoding="utf-8"))
    return found


def review(text: str, versions: Iterable[WindowsVersion], *, only_reads: bool) -> list[Problem]:
    """What is wrong with a script that is to run on these Windows Server versions."""
    try:
        tree = parse(text)
    except ParseFailure as failure:
        return [Problem(failure.line, _("this does not parse: {near}", near=Verbatim(failure.near)))]
    return [
        Problem(_line(text, command), message)
        for command in _commands(tree)
        for message in _command_problems(command, versions, only_reads=only_reads)
    ]


def unknown_properties(fact: type[Fact]) -> list[str]:
    """Properties that a fact reads and its query's objects do not have; all of them where the type is not known."""
    known = _properties(fact)
    names: list[str] = []
    for name, expression in fact.properties().items():
        read = re.findall(r"\$_\.(\w+)", expression.powershell)[:1] if expression else [name]
        names += read if name != "Sample" else []
    return [name for name in names if name.lower() not in known]


def _properties(fact: type[Fact]) -> set[str]:
    query = fact.question()
    if match := re.match(r"Get-CimInstance (?:-Namespace (\S+) )?-ClassName (\w+)", query):
        wanted = f"cim#root/{(match[1] or 'root/cimv2').partition('/')[2]}/{match[2]}".lower()
    else:
        stages = [stage.split() for stage in query.split("|") if not stage.strip().startswith("Where-Object")]
        wanted = str(reference()["answers"].get(stages[-1][0], stages[-1][0])).lower()
        if "-ManagementOS" in stages[-1]:
            wanted = "microsoft.hyperv.powershell.vminternalnetworkadapter"
    properties: list[str] = next((p for name, p in reference()["types"].items() if name.lower() == wanted), [])
    return {name.lower() for name in properties}


def _commands(node: Node) -> Iterator[Node]:
    if node.kind == "command":
        yield node
    for child in node.children:
        yield from _commands(child)


def _command_problems(command: Node, versions: Iterable[WindowsVersion], *, only_reads: bool) -> Iterator[Message]:
    named = command.one("command_name")
    name = named.text if named else command.text
    known = _cmdlets().get(name.lower())
    if known is None:
        yield _("no Windows Server version knows {cmdlet}", cmdlet=Verbatim(name))
        return
    if only_reads and not READING.fullmatch(known) and known not in _ALSO_READING:
        yield _("{cmdlet} could change something", cmdlet=Verbatim(known))
    lacking = _lacking(known, versions)
    if lacking:
        yield _("{cmdlet} is not in Windows Server {versions}", cmdlet=Verbatim(known), versions=lacking)
    parameters = {p.lower() for p in (*reference()["cmdlets"][known]["parameters"], *reference()["common"])}
    elements = command.one("command_elements")
    for parameter in elements.all("command_parameter") if elements else ():
        if parameter.text.lstrip("-").rstrip(":").lower() not in parameters:
            yield _("{cmdlet} has no parameter {name}", cmdlet=Verbatim(known), name=Verbatim(parameter.text))


@functools.cache
def _cmdlets() -> dict[str, str]:
    """Cmdlets as they are written, by their names in lower case."""
    return {cmdlet.lower(): cmdlet for cmdlet in reference()["cmdlets"]}


def _lacking(cmdlet: str, versions: Iterable[WindowsVersion]) -> list[Verbatim]:
    entry = reference()["cmdlets"][cmdlet]
    if not entry["versions"] or entry["module"] in _OLDER_THAN_ITS_DOCUMENTATION:
        return []
    wanted = dict.fromkeys("2016" if version == "2012 R2" else version for version in versions)
    return [Verbatim(version) for version in wanted if version not in entry["versions"]]


def _line(text: str, node: Node) -> int:
    # Offsets are of the text as it was parsed, which differs in quotes only: lines stay.
    return text.count("\n", 0, text.find(node.text.splitlines()[0]) + 1) + 1
