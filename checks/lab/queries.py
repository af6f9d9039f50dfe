"""Which recorded rows a command asks for: the commands of a script are compared with the queries of the facts.

The lab knows the facts' queries, and no guideline. A command that no fact asks is not answered.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, get_type_hints

from checks import facts
from checks.facts.base import Expression, Fact, PowerShellEnum
from checks.lab.powershell import operators
from checks.lab.powershell.cmdlets import Command
from checks.lab.powershell.interpreter import Interpreter
from checks.lab.powershell.values import (
    ErrorRecord,
    Failure,
    Label,
    Row,
    ScriptBlock,
    each,
    find_name,
    like,
    member,
    to_text,
)
from checks.lab.recordings import Recording

Key = tuple[Any, ...]
"""A command in a form in which equal questions are equal."""

_ALIASES = {"gcim": "get-ciminstance", "gcm": "get-command"}
_FIRST_PARAMETER = {"get-ciminstance": "classname", "where-object": "filterscript"}
_IGNORED = frozenset({"erroraction", "ea", "warningaction", "verbose"})
_NARROWING = ("filter", "name")
_CONDITION = re.compile(
    r"\s*(\w+)\s*(=|<>|!=|>=|<=|>|<|like)\s*('(?:[^'\\]|\\.|'')*'|\"[^\"]*\"|-?\d+)\s*", re.IGNORECASE
)

_WQL_OPERATORS = {
    "=": "-eq",
    "<>": "-ne",
    "!=": "-ne",
    ">": "-gt",
    ">=": "-ge",
    "<": "-lt",
    "<=": "-le",
    "like": "-like",
}


class Answers:
    """One host's recorded answers, for the length of one process.

    A fact that is read several times gives its first samples first, so each process starts anew.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._asked: dict[str, int] = {}

    def find(self, pipeline: Sequence[Command]) -> tuple[int, list[Any]] | None:
        """The rows that the beginning of a pipeline asks for, and how many commands that is; None if unknown.

        Raises:
            Failure: the host gave an error when it was recorded, or was not asked this.
        """
        index = _index()
        keys = [_key(command) for command in pipeline]
        for length in range(len(keys), 0, -1):
            if known := index.get(tuple(keys[:length])):
                return length, self._rows(known, pipeline[0])
        return self._narrowed(pipeline[0])

    def _narrowed(self, command: Command) -> tuple[int, list[Any]] | None:
        """The rows of a command that asks for a part of what some fact asks for."""
        candidates = _by_base().get(_base(command), ())
        if not candidates:
            return None
        rows = self._rows(candidates, command)
        if (wanted := command.argument("filter")) is not None:
            rows = list(filter(_wql(to_text(wanted)), rows))
        if (name := command.argument("name", 0)) is not None and _command_name(command) != "get-ciminstance":
            rows = [row for row in rows if any(like(member(row, "Name"), pattern) for pattern in each(name))]
        return 1, rows

    def _rows(self, known: Iterable[type[Fact]], command: Command) -> list[Any]:
        """The rows of the facts that were recorded; several facts of one class are one table."""
        found: list[Row] = []
        recorded = False
        problem: Failure | None = None
        for fact in known:
            try:
                found += [row for row in self._recorded(fact) if row not in found]
                recorded = True
            except Failure as failure:
                problem = problem or failure
        if not recorded and problem is not None:
            raise Failure(ErrorRecord(problem.record.id, problem.record.message, command.name))
        return found

    def _recorded(self, fact: type[Fact]) -> list[Row]:
        name = fact.__name__
        if (error := self._recording.errors.get(name)) is not None:
            raise Failure(ErrorRecord(error.id, error.message))
        if name not in self._recording.facts:
            raise Failure(ErrorRecord("NotRecorded", f"The recording of {self._recording.name} does not hold {name}."))
        rows = each(self._recording.facts[name])
        if fact.samples > 1:
            rows = self._sample(name, rows)
        return [_row(fact, row) for row in rows]

    def _sample(self, name: str, rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The rows of the next sample; after the last, the last again."""
        samples = sorted({row.get("Sample", 1) for row in rows})
        turn = self._asked.get(name, 0)
        self._asked[name] = turn + 1
        wanted = samples[min(turn, len(samples) - 1)] if samples else 1
        return [{k: v for k, v in row.items() if k != "Sample"} for row in rows if row.get("Sample", 1) == wanted]


def _row(fact: type[Fact], recorded: Mapping[str, Any]) -> Row:
    """A recorded row as the cmdlet's object: enumerations have names again, dates are text."""
    labels, computed = _shape(fact)
    properties = {name: _value(value, labels.get(name)) for name, value in recorded.items()}
    return Row(properties, computed)


def _value(value: Any, enumeration: type[PowerShellEnum] | None) -> Any:
    if enumeration is not None and isinstance(value, int) and not isinstance(value, bool):
        known = next((item for item in enumeration if item.value == value), None)
        return Label(value, known.powershell if known is not None else str(value))
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_value(item, enumeration) for item in value]
    return Row({name: _value(item, None) for name, item in value.items()}) if isinstance(value, dict) else value


@functools.cache
def _shape(fact: type[Fact]) -> tuple[dict[str, type[PowerShellEnum]], dict[str, str]]:
    """The enumerations of a fact's properties, and the expressions under which properties were recorded."""
    hints = get_type_hints(fact)
    # CIM has plain numbers: names exist only where a cmdlet gives .NET objects.
    labels = {
        fact.property_name(name): hints[name]
        for name in fact.model_fields
        if isinstance(hints[name], type) and issubclass(hints[name], PowerShellEnum) and "CimInstance" not in fact.query
    }
    expressions = {name: each_of for name, each_of in fact.properties().items() if isinstance(each_of, Expression)}
    computed = {ScriptBlock(None, text.powershell).canonical: name for name, text in expressions.items()}
    return labels, computed


@functools.cache
def _index() -> dict[Key, tuple[type[Fact], ...]]:
    """The facts by their queries."""
    index: dict[Key, tuple[type[Fact], ...]] = {}
    for fact in all_facts():
        key = tuple(_key(command) for command in _commands(fact.question()))
        index[key] = (*index.get(key, ()), fact)
    return index


@functools.cache
def _by_base() -> dict[Key, tuple[type[Fact], ...]]:
    """The facts of a single command by that command without what narrows it."""
    bases: dict[Key, tuple[type[Fact], ...]] = {}
    for fact in all_facts():
        commands = _commands(fact.question())
        if len(commands) == 1:
            base = _base(commands[0])
            bases[base] = (*bases.get(base, ()), fact)
    return bases


@functools.cache
def all_facts() -> tuple[type[Fact], ...]:
    """Every fact that the product declares."""
    for module in pkgutil.iter_modules(facts.__path__, f"{facts.__name__}."):
        importlib.import_module(module.name)
    return tuple(sorted(_descendants(Fact), key=lambda fact: fact.__name__))


def _descendants(parent: type[Fact]) -> Iterator[type[Fact]]:
    for child in parent.__subclasses__():
        if child.__module__.startswith(f"{facts.__name__}."):
            yield child
        yield from _descendants(child)


class _Reader:
    """A host that runs nothing, and notes the pipeline that it was asked for."""

    name = ""

    def __init__(self) -> None:
        self.variables: dict[str, Any] = {}
        self.asked: tuple[Command, ...] = ()

    def query(self, pipeline: Sequence[Command]) -> tuple[int, list[Any]]:
        self.asked = tuple(pipeline)
        return len(pipeline), []


def _commands(question: str) -> tuple[Command, ...]:
    reader = _Reader()
    Interpreter(reader).run(question)
    return reader.asked


def _command_name(command: Command) -> str:
    lower = command.name.lower()
    return _ALIASES.get(lower, lower)


def _key(command: Command) -> Key:
    name = _command_name(command)
    given = {key: _canonical(key, value) for key, value in command.parameters.items() if key not in _IGNORED}
    first, *rest = [*command.positional, None]
    if first is not None:
        given.setdefault(_FIRST_PARAMETER.get(name, "name"), _canonical("", first))
    if given.get("namespace") == "root/cimv2":
        del given["namespace"]
    extra = tuple(_canonical("", value) for value in rest if value is not None)
    return name, tuple(sorted(given.items(), key=lambda item: item[0])), extra


def _base(command: Command) -> Key:
    name, given, extra = _key(command)
    narrowing = ("filter",) if name == "get-ciminstance" else _NARROWING
    return name, tuple(item for item in given if item[0] not in narrowing), extra


def _canonical(parameter: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_canonical(parameter, item) for item in value)
    if isinstance(value, ScriptBlock):
        return value.canonical
    text = to_text(value).lower()
    return text.replace("\\", "/").strip("/") if parameter == "namespace" else text


def _wql(text: str) -> Callable[[Row], bool]:
    """A WQL condition as CIM takes it in ``-Filter``: comparisons with AND and OR.

    Raises:
        Failure: it is not one.
    """
    alternatives = [
        [_condition(part) for part in re.split(r"\s+and\s+", alternative, flags=re.IGNORECASE)]
        for alternative in re.split(r"\s+or\s+", text.strip(), flags=re.IGNORECASE)
    ]
    return lambda row: any(all(holds(row) for holds in conditions) for conditions in alternatives)


def _condition(text: str) -> Callable[[Row], bool]:
    match = _CONDITION.fullmatch(text)
    if match is None:
        identifier = "HRESULT 0x80041017,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand"
        raise Failure(ErrorRecord(identifier, "Invalid query"))
    name, word, literal = match[1], match[2].lower(), match[3]
    wanted: Any = literal[1:-1].replace("''", "'").replace("\\\\", "\\") if literal[0] in "'\"" else int(literal)
    if word == "like":
        wanted = to_text(wanted).replace("%", "*").replace("_", "?")
    compare = _WQL_OPERATORS[word]
    return lambda row: find_name(row, name) is not None and bool(operators.apply(compare, member(row, name), wanted))
