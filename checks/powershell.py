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
    known = _properties(fact.question())
    names: list[str] = []
    for name, expression in fact.properties().items():
        read = re.findall(r"\$_\.(\w+)", expression.powershell)[:1] if expression else [name]
        names += read if name != "Sample" else []
    return [name for name in names if name.lower() not in known]


def lacks_property(query: str, name: str) -> bool:
    """Whether the objects that a query answers with are not known to have this property."""
    return name.lower() not in _properties(query)


def read_properties(text: str) -> list[Problem]:
    """Properties that a pipeline shows or selects and the objects of its first cmdlet do not have.

    Only what is certain is told: where the type of the objects is not known, or something in between makes new
    ones, nothing is.
    """
    try:
        chains = list(_all(parse(text), "pipeline_chain"))
    except ParseFailure:
        return []
    found = []
    for chain in chains:
        commands = chain.all("command")
        known = _properties_of(commands[0]) if commands else set()
        for command in commands[1:]:
            named = command.one("command_name")
            name = named.text.lower() if named else ""
            if name in _SHOWING and known:
                found += [
                    Problem(_line(text, command), _("{cmdlet} has no property {name}", **_pair(commands[0], word)))
                    for word in _words(command)
                    if word.lower() not in known
                ]
            known = known if name in _PASSING else _properties_of(command)
    return found


_PASSING = {"where-object", "sort-object"}
_SHOWING = {"select-object", "format-list", "format-table", "sort-object"}


def _properties_of(command: Node) -> set[str]:
    named = command.one("command_name")
    name = _cmdlets().get(named.text.lower(), "") if named else ""
    if name == "Get-CimInstance":
        return _properties(" ".join(command.text.split()))
    return _properties(f"{name} -ManagementOS" if "-ManagementOS" in command.text else name) if name else set()


def _pair(command: Node, name: str) -> dict[str, Verbatim]:
    named = command.one("command_name")
    return {"cmdlet": Verbatim(named.text if named else command.text), "name": Verbatim(name)}


def _words(command: Node) -> list[str]:
    """Plain property names among the arguments of a command; patterns and values of parameters are left out."""
    elements = command.one("command_elements")
    words, after_parameter = [], False
    for element in elements.children if elements else ():
        if element.kind == "command_parameter":
            after_parameter = element.text.lower() not in ("-property", "-expandproperty", "-autosize", "-wrap")
        elif element.kind in ("generic_token", "array_literal_expression", "string_literal"):
            parts = element.all("string_literal") if element.children else (element,)
            words += [] if after_parameter else [part.text.strip("'\"") for part in parts or (element,)]
            after_parameter = False
        elif element.kind != "command_argument_sep":
            after_parameter = False
    return [word for word in words if re.fullmatch(r"\w+", word)]


def _all(node: Node, kind: str) -> Iterator[Node]:
    if node.kind == kind:
        yield node
    for child in node.children:
        yield from _all(child, kind)


def _properties(query: str) -> set[str]:
    """Properties of the objects that a query answers with, in lower case; none where their type is not known."""
    if match := re.match(r"Get-CimInstance\s+(?:-Namespace\s+(\S+)\s+)?-ClassName\s+'?(\w+)", query):
        wanted = f"cim#root/{(match[1] or 'root/cimv2').partition('/')[2]}/{match[2]}".lower()
    else:
        stages = [stage.split() for stage in query.split("|") if not stage.strip().startswith("Where-Object")]
        if not stages:
            return set()
        wanted = str(reference()["answers"].get(stages[-1][0], stages[-1][0])).lower()
        if wanted.endswith(".vmnetworkadapterbase"):
            # The documentation names the base class; the objects are of one of the two below it.
            kind = "vminternalnetworkadapter" if "-ManagementOS" in stages[-1] else "vmnetworkadapter"
            wanted = f"microsoft.hyperv.powershell.{kind}"
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
