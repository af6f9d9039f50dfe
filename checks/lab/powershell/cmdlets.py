"""The cmdlets that handle what others have read: they choose, filter, convert and show. None changes a host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from checks.lab.powershell import display, json, operators
from checks.lab.powershell.values import (
    ErrorRecord,
    Failure,
    Row,
    ScriptBlock,
    Table,
    collapse,
    each,
    find_name,
    like,
    member,
    to_number,
    to_text,
    truth,
    utf16,
)

SWITCHES = frozenset(
    {"unique", "compress", "managementos", "off", "listavailable", "wait", "force", "autosize", "descending"}
)
"""Parameters that take no value."""


@dataclass
class Command:
    """A command with its arguments evaluated; parameters by name in lower case."""

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    positional: list[Any] = field(default_factory=list)

    @property
    def action(self) -> str:
        """``-ErrorAction``, in lower case."""
        return to_text(self.parameters.get("erroraction", self.parameters.get("ea"))).lower()

    def argument(self, name: str, position: int | None = None) -> Any:
        """A parameter given by name or by position; None where it is missing."""
        if name in self.parameters:
            return self.parameters[name]
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return None


class Session(Protocol):
    """What a cmdlet needs of the process that it runs in."""

    def call(self, block: ScriptBlock, item: Any) -> list[Any]:
        """Run a script block for one object."""

    def evaluate(self, script: str) -> list[Any]:
        """Run a script."""

    @property
    def host(self) -> Any:
        """The host."""


Cmdlet = Callable[[Session, Command, list[Any]], list[Any]]


def find(name: str) -> Cmdlet | None:
    """The cmdlet of this name or alias."""
    lower = name.lower()
    return _CMDLETS.get(_ALIASES.get(lower, lower))


def _select(session: Session, command: Command, values: list[Any]) -> list[Any]:
    expanded = command.argument("expandproperty")
    wanted = each(command.argument("property", 0))
    if expanded is not None:
        chosen: list[Any] = [item for value in values for item in each(member(value, to_text(expanded)))]
    elif wanted:
        chosen = [Row(_columns(session, value, wanted)) for value in values]
    else:
        chosen = values
    if "unique" in command.parameters:
        chosen = _unique(chosen)
    first, last = command.argument("first"), command.argument("last")
    if first is not None:
        chosen = chosen[: int(to_number(first))]
    if last is not None:
        chosen = chosen[-int(to_number(last)) :]
    return chosen


def _columns(session: Session, value: Any, wanted: Sequence[Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in wanted:
        if isinstance(column, Table):
            name, expression = _calculated(column)
            row[name] = _computed(session, value, expression)
            continue
        text = to_text(column)
        if "*" in text or "?" in text:
            row.update({name: item for name, item in _properties(value).items() if like(name, text)})
            continue
        own = find_name(value, text) if isinstance(value, Row | Table) else None
        row[own or text] = member(value, text)
    return row


def _calculated(column: Table) -> tuple[str, Any]:
    keys = {key.lower(): item for key, item in column.items()}
    name = next((keys[key] for key in ("n", "name", "l", "label") if key in keys), None)
    expression = next((keys[key] for key in ("e", "expression") if key in keys), None)
    if name is None or expression is None:
        raise Failure(ErrorRecord("DictionaryKeyUnknown", "A calculated property needs a name and an expression."))
    return to_text(name), expression


def _computed(session: Session, value: Any, expression: Any) -> Any:
    """A calculated property: as it was recorded under this expression, or worked out now."""
    if not isinstance(expression, ScriptBlock):
        return member(value, to_text(expression))
    recorded = value.computed.get(expression.canonical) if isinstance(value, Row) else None
    # A calculated property is what its block puts out: one value stands alone, none is null, even from @( ).
    return collapse(each(value.get(recorded)) if recorded is not None else session.call(expression, value))


def _where(session: Session, command: Command, values: list[Any]) -> list[Any]:
    condition = command.argument("filterscript", 0)
    if isinstance(condition, ScriptBlock):
        return [value for value in values if truth(collapse(session.call(condition, value)))]
    name = to_text(command.argument("property", 0))
    operator = next((key for key in command.parameters if key not in ("property", "value", "erroraction", "ea")), None)
    if operator is None:
        return [value for value in values if truth(member(value, name))]
    right = command.parameters[operator]
    return [value for value in values if truth(operators.apply(f"-{operator}", member(value, name), right))]


def _for_each(session: Session, command: Command, values: list[Any]) -> list[Any]:
    action = command.argument("process", 0)
    if isinstance(action, ScriptBlock):
        return [item for value in values for item in session.call(action, value)]
    return [item for value in values for item in each(member(value, to_text(action)))]


def _sort(session: Session, command: Command, values: list[Any]) -> list[Any]:
    names = [to_text(name) for name in each(command.argument("property", 0))]

    def key(value: Any) -> tuple[tuple[int, Any], ...]:
        parts = [member(value, name) for name in names] if names else [value]
        return tuple((0, part) if isinstance(part, int | float) else (1, to_text(part).lower()) for part in parts)

    return sorted(values, key=key, reverse="descending" in command.parameters)


def _convert_to_json(session: Session, command: Command, values: list[Any]) -> list[Any]:
    if "inputobject" in command.parameters or command.positional:
        value = command.argument("inputobject", 0)
    elif values:
        value = collapse(values)
    else:
        return []
    depth = command.argument("depth")
    text = json.convert(
        value, depth=2 if depth is None else int(to_number(depth)), compress="compress" in command.parameters
    )
    return [utf16(text)]


def _format_list(session: Session, command: Command, values: list[Any]) -> list[Any]:
    return [display.as_list(values, [to_text(name) for name in each(command.argument("property", 0))])]


def _format_table(session: Session, command: Command, values: list[Any]) -> list[Any]:
    return [display.as_table(values, [to_text(name) for name in each(command.argument("property", 0))])]


def _out_string(session: Session, command: Command, values: list[Any]) -> list[Any]:
    return [display.show(values)]


def _out_null(session: Session, command: Command, values: list[Any]) -> list[Any]:
    return []


def _write_output(session: Session, command: Command, values: list[Any]) -> list[Any]:
    given = [*each(command.parameters.get("inputobject")), *command.positional]
    return [item for value in given for item in each(value)] or values


def _invoke_expression(session: Session, command: Command, values: list[Any]) -> list[Any]:
    scripts = each(command.argument("command", 0)) or values
    return [item for script in scripts for item in session.evaluate(to_text(script))]


def _get_date(session: Session, command: Command, values: list[Any]) -> list[Any]:
    return [datetime.now().astimezone()]


def _get_culture(session: Session, command: Command, values: list[Any]) -> list[Any]:
    return [Row({"Name": session.host.variables["psuiculture"]})]


def _hostname(session: Session, command: Command, values: list[Any]) -> list[Any]:
    return [session.host.name]


def _nothing(session: Session, command: Command, values: list[Any]) -> list[Any]:
    """Settings and pauses: a recording has nothing to wait for."""
    return []


def _unique(values: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for value in values:
        if not any(value == other for other in kept):
            kept.append(value)
    return kept


def _properties(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Row | Table) else {"Length": len(value)} if isinstance(value, str) else {}


_CMDLETS: dict[str, Cmdlet] = {
    "convertto-json": _convert_to_json,
    "foreach-object": _for_each,
    "format-list": _format_list,
    "format-table": _format_table,
    "get-culture": _get_culture,
    "get-date": _get_date,
    "get-uiculture": _get_culture,
    "hostname": _hostname,
    "hostname.exe": _hostname,
    "invoke-expression": _invoke_expression,
    "out-null": _out_null,
    "out-string": _out_string,
    "select-object": _select,
    "set-strictmode": _nothing,
    "sort-object": _sort,
    "start-sleep": _nothing,
    "where-object": _where,
    "write-output": _write_output,
}

_ALIASES = {
    "%": "foreach-object",
    "?": "where-object",
    "echo": "write-output",
    "fl": "format-list",
    "foreach": "foreach-object",
    "ft": "format-table",
    "iex": "invoke-expression",
    "select": "select-object",
    "sleep": "start-sleep",
    "sort": "sort-object",
    "where": "where-object",
    "write": "write-output",
}
