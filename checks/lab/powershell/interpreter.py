"""Runs the small read-only part of PowerShell that the lab answers: statements, expressions and pipelines.

What it does not know ends in an error that says so; it never guesses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from checks.lab.powershell import cmdlets, display, operators, syntax
from checks.lab.powershell.cmdlets import Command
from checks.lab.powershell.syntax import Node, ParseFailure
from checks.lab.powershell.values import (
    ErrorRecord,
    Failure,
    ScriptBlock,
    Table,
    collapse,
    each,
    member,
    to_number,
    to_text,
    truth,
)

_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")
_BACKTICKS = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_SWALLOWED = ("silentlycontinue", "ignore")
_MAX_DEPTH = 50


class Host(Protocol):
    """The machine that a script runs on."""

    @property
    def name(self) -> str:
        """The host's name."""

    @property
    def variables(self) -> dict[str, Any]:
        """Variables that PowerShell itself sets, by name in lower case."""

    def query(self, pipeline: Sequence[Command]) -> tuple[int, list[Any]] | None:
        """The rows that the first commands of a pipeline give, and how many commands that took; None if unknown.

        Raises:
            Failure: the host gave an error instead.
        """


@dataclass
class Outcome:
    """How a script ended."""

    stdout: str
    errors: list[ErrorRecord] = field(default_factory=list)
    exit_code: int = 0


class _Exit(Exception):  # noqa: N818 - control flow
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Return(Exception):  # noqa: N818 - control flow
    def __init__(self, values: list[Any]) -> None:
        super().__init__()
        self.values = values


class Interpreter:
    """One PowerShell process."""

    def __init__(self, host: Host, read_input: Callable[[], str] = str) -> None:
        self.host = host
        self.variables: dict[str, Any] = {"true": True, "false": False, "null": None, **host.variables}
        self._read_input = read_input
        self._errors: list[ErrorRecord] = []
        self._printed: list[Any] = []
        self._succeeded = True
        self._tries = 0
        self._depth = 0

    def run(self, script: str) -> Outcome:
        """Run a script to its end."""
        output: list[Any] = []
        exit_code = None
        try:
            self._script(script, output)
        except _Exit as leave:
            exit_code = leave.code
        except Failure as failure:
            output += self._printed
            self._errors.append(failure.record)
            self._succeeded = False
        if exit_code is None:
            exit_code = 0 if self._succeeded else 1
        return Outcome(display.show(output), self._errors, exit_code)

    def evaluate(self, script: str) -> list[Any]:
        """``Invoke-Expression``: what a script puts out.

        Raises:
            Failure: it is not PowerShell, or ended in an error.
        """
        output: list[Any] = []
        try:
            self._script(script, output)
        except Failure:
            # What came before the error has been printed already.
            self._printed += output
            raise
        return output

    def call(self, block: ScriptBlock, item: Any) -> list[Any]:
        """Run a script block for one object of a pipeline."""
        before = self.variables.get("_")
        self.variables["_"] = item
        output: list[Any] = []
        try:
            self._nested(block.body, output)
        except _Return as leave:
            output += leave.values
        finally:
            self.variables["_"] = before
        return output

    # Statements

    def _script(self, script: str, output: list[Any]) -> None:
        if not script.strip():
            return
        try:
            tree = syntax.parse(script)
        except ParseFailure as wrong:
            message = f"At line:{wrong.line}: unexpected token '{wrong.near}' in expression or statement."
            raise Failure(ErrorRecord("UnexpectedToken", message)) from None
        try:
            self._nested(tree, output)
        except _Return as leave:
            output += leave.values
        except RecursionError:
            raise _unknown("an expression this deep") from None

    def _nested(self, block: Node | None, output: list[Any]) -> None:
        """The statements below a node, wherever the grammar puts them."""
        if block is None:
            return
        if self._depth >= _MAX_DEPTH:
            raise _unknown("blocks this deep")
        self._depth += 1
        try:
            for statement in _statements(block):
                self._guarded(statement, output)
        finally:
            self._depth -= 1

    def _guarded(self, statement: Node, output: list[Any]) -> None:
        """One statement; outside ``try``, its error lets the next one run unless the preference is Stop."""
        try:
            self._statement(statement, output)
        except Failure as failure:
            stops = to_text(self.variables.get("erroractionpreference")).lower() == "stop"
            if self._tries or stops:
                raise
            self._errors.append(failure.record)
            self._succeeded = False
        else:
            self._succeeded = True

    def _statement(self, node: Node, output: list[Any]) -> None:
        run = _STATEMENTS.get(node.kind)
        if run is None:
            raise _unknown(node.text)
        run(self, node, output)

    def _pipeline_statement(self, node: Node, output: list[Any]) -> None:
        if (assignment := node.one("assignment_expression")) is not None:
            self._assign(assignment)
        elif (chain := node.one("pipeline_chain")) is not None and len(node.children) == 1:
            output += self._chain(chain)
        else:
            raise _unknown(node.text)

    def _if(self, node: Node, output: list[Any]) -> None:
        clauses = [node, *(clause for part in node.all("elseif_clauses") for clause in part.all("elseif_clause"))]
        for clause in clauses:
            condition = clause.one("pipeline")
            if condition is not None and truth(self._value(condition)):
                return self._nested(clause.one("statement_block"), output)
        otherwise = node.one("else_clause")
        return self._nested(otherwise.one("statement_block") if otherwise else None, output)

    def _foreach(self, node: Node, output: list[Any]) -> None:
        variable, source = node.one("variable"), node.one("pipeline")
        if variable is None or source is None:
            raise _unknown(node.text)
        for item in each(self._value(source)):
            self.variables[_variable_name(variable)] = item
            self._nested(node.one("statement_block"), output)

    def _try(self, node: Node, output: list[Any]) -> None:
        clauses = node.one("catch_clauses")
        try:
            self._tries += 1
            try:
                self._nested(node.one("statement_block"), output)
            finally:
                self._tries -= 1
        except Failure as failure:
            clause = clauses.one("catch_clause") if clauses else None
            if clause is None or clause.one("catch_type_list") is not None:
                raise
            body = clause.one("statement_block")
            output += self.call(ScriptBlock(body, ""), failure.record)
        finally:
            last = node.one("finally_clause")
            if last is not None:
                self._nested(last.one("statement_block"), output)

    def _flow(self, node: Node, output: list[Any]) -> None:
        word, argument = node.children[0].text.lower(), node.one("pipeline")
        value = self._value(argument) if argument is not None else None
        if word == "exit":
            raise _Exit(int(to_number(value)))
        if word == "return":
            raise _Return(each(value))
        if word == "throw":
            raise Failure(ErrorRecord(to_text(value), to_text(value)))
        raise _unknown(node.text)

    def _nothing(self, node: Node, output: list[Any]) -> None:
        """An empty statement."""

    # Pipelines

    def _assign(self, node: Node) -> None:
        target, operator, source = node.children[0], node.one("assignement_operator"), node.one("pipeline")
        if target.kind != "variable" or operator is None or source is None:
            raise _unknown(node.text)
        value, name = self._value(source), _variable_name(target)
        if operator.text == "+=":
            value = operators.add(self.variables.get(name), value)
        elif operator.text != "=":
            raise _unknown(node.text)
        self.variables[name] = value

    def _value(self, pipeline: Node) -> Any:
        """What a pipeline is worth: an expression's own value, or what commands give."""
        chain = pipeline.one("pipeline_chain")
        if chain is None or len(pipeline.children) != 1:
            raise _unknown(pipeline.text)
        if len(chain.children) == 1 and chain.children[0].kind != "command":
            return self._expression(chain.children[0])
        return collapse(self._chain(chain))

    def _chain(self, chain: Node) -> list[Any]:
        parts = [part for part in chain.children if part.kind != "|"]
        if parts[0].kind == "command":
            commands = [self._command(part) for part in parts]
            used, values = self._first(commands)
        else:
            values, used = each(self._expression(parts[0])), 0
            commands = [self._command(part) for part in parts[1:]]
        for command in commands[used:]:
            values = self._run(command, values)
        return values

    def _first(self, commands: list[Command]) -> tuple[int, list[Any]]:
        """The values that a pipeline of commands begins with, and how many commands gave them."""
        if (span := _RANGE.fullmatch(commands[0].name)) is not None:
            return 1, operators.span(int(span[1]), int(span[2]))
        try:
            answered = self.host.query(commands)
        except Failure:
            if commands[0].action in _SWALLOWED:
                return 1, []
            raise
        return answered if answered is not None else (1, self._run(commands[0], []))

    def _run(self, command: Command, values: list[Any]) -> list[Any]:
        run = cmdlets.find(command.name)
        try:
            if run is None:
                raise Failure(_not_recognized(command.name))
            return run(self, command, values)
        except Failure:
            if command.action in _SWALLOWED:
                return []
            raise

    def _command(self, node: Node) -> Command:
        name = node.one("command_name")
        if name is None:
            raise _unknown(node.text)
        elements = node.one("command_elements")
        command = Command(name.text)
        waiting: str | None = None
        for part in elements.children if elements else ():
            if part.kind == "command_argument_sep":
                continue
            if part.kind == "command_parameter":
                waiting = part.text[1:].lower()
                command.parameters[waiting] = True
                waiting = None if waiting in cmdlets.SWITCHES else waiting
            elif part.kind == "redirection":
                continue
            else:
                value = self._argument(part)
                if waiting is None:
                    command.positional.append(value)
                else:
                    command.parameters[waiting], waiting = value, None
        return command

    def _argument(self, node: Node) -> Any:
        if node.kind == "generic_token":
            return node.text
        return self._expression(node)

    # Expressions

    def _expression(self, node: Node) -> Any:
        evaluate = _EXPRESSIONS.get(node.kind)
        if evaluate is not None:
            return evaluate(self, node)
        if node.kind in operators.BINARY:
            return self._binary(node)
        raise _unknown(node.text)

    def _binary(self, node: Node) -> Any:
        value = self._expression(node.children[0])
        for operator, operand in zip(node.children[1::2], node.children[2::2], strict=True):
            word = operator.text.strip().lower()
            if word in ("-and", "-or"):
                value = self._logical(word, value, operand)
            else:
                value = operators.apply(word, value, self._expression(operand))
        return value

    def _logical(self, word: str, left: Any, operand: Node) -> bool:
        if truth(left) is (word == "-or"):
            return word == "-or"
        return truth(self._expression(operand))

    def _list(self, node: Node) -> list[Any]:
        return [self._argument(part) for part in node.children if part.kind != ","]

    def _unary(self, node: Node) -> Any:
        operator, operand = node.children[0].text.lower(), node.children[-1]
        value = self._expression(operand)
        if operator in ("-not", "!"):
            return not truth(value)
        if operator == "-":
            return -to_number(value)
        if operator == ",":
            return [value]
        raise _unknown(node.text)

    def _cast(self, node: Node) -> Any:
        kind, value = _type_name(node.children[0]), self._expression(node.children[1])
        return operators.cast(kind, value)

    def _variable(self, node: Node) -> Any:
        name = _variable_name(node)
        if name == "input":
            return self._read_input().splitlines()
        if name == "env:computername":
            return self.host.name
        return self.variables.get(name)

    def _member(self, node: Node) -> Any:
        owner, name = node.children[0], node.one("member_name")
        if name is None or owner.kind == "type_literal":
            raise _unknown(node.text)
        return member(self._expression(owner), self._member_name(name))

    def _method(self, node: Node) -> Any:
        owner, name, arguments = node.children[0], node.one("member_name"), node.one("argument_list")
        if name is None or arguments is None:
            raise _unknown(node.text)
        listed = arguments.one("argument_expression_list")
        values = [self._expression(part) for part in listed.children if part.kind != ","] if listed else []
        method = self._member_name(name).lower()
        if owner.kind == "type_literal":
            return operators.static(_type_name(owner), method, values)
        return operators.method(self._expression(owner), method, values)

    def _member_name(self, node: Node) -> str:
        part = node.children[0] if node.children else node
        return to_text(self._expression(part)) if part.kind in _EXPRESSIONS else part.text

    def _element(self, node: Node) -> Any:
        owner, index = self._expression(node.children[0]), self._expression(node.children[2])
        if isinstance(owner, Table):
            return member(owner, to_text(index))
        position = int(to_number(index))
        items = owner if isinstance(owner, list | str) else each(owner)
        return items[position] if -len(items) <= position < len(items) else None

    def _parenthesized(self, node: Node) -> Any:
        inner = node.one("pipeline")
        if inner is None:
            raise _unknown(node.text)
        return self._value(inner)

    def _array(self, node: Node) -> list[Any]:
        output: list[Any] = []
        self._nested(node, output)
        return output

    def _sub_expression(self, node: Node) -> Any:
        return collapse(self._array(node))

    def _hash(self, node: Node) -> Table:
        table = Table()
        body = node.one("hash_literal_body")
        for entry in body.all("hash_entry") if body else ():
            key, value = entry.children[0], entry.one("pipeline")
            if value is None:
                raise _unknown(entry.text)
            name = to_text(self._expression(key)) if key.kind in _EXPRESSIONS else key.text
            table[name] = self._value(value)
        return table

    def _block(self, node: Node) -> ScriptBlock:
        return ScriptBlock(node.one("script_block"), node.text[1:-1].strip())

    def _string(self, node: Node) -> str:
        inner = node.children[0]
        if inner.kind == "verbatim_string_characters":
            return inner.text[1:-1].replace("''", "'")
        if inner.kind == "verbatim_here_string_characters":
            return inner.text.partition("\n")[2].rpartition("\n")[0]
        if inner.kind == "expandable_string_literal":
            return self._expanded(inner, '"', '"')
        raise _unknown(node.text)

    def _expanded(self, node: Node, opening: str, closing: str) -> str:
        """A string in double quotes, its variables and expressions filled in."""
        source = node.text.encode()
        parts, position = [], len(opening)
        for child in node.children:
            start, end = child.start - node.start, child.end - node.start
            parts.append(_unescaped(source[position:start].decode()))
            if child.kind in ("variable", "sub_expression"):
                parts.append(to_text(self._expression(child)))
            else:
                parts.append(_unescaped(child.text))
            position = end
        parts.append(_unescaped(source[position : len(source) - len(closing)].decode()))
        return "".join(parts)

    def _integer(self, node: Node) -> int:
        return int(to_number(node.text))

    def _real(self, node: Node) -> float:
        return float(node.text)


_STATEMENTS: dict[str, Callable[[Interpreter, Node, list[Any]], None]] = {
    "pipeline": Interpreter._pipeline_statement,
    "if_statement": Interpreter._if,
    "foreach_statement": Interpreter._foreach,
    "try_statement": Interpreter._try,
    "flow_control_statement": Interpreter._flow,
    "empty_statement": Interpreter._nothing,
}

_EXPRESSIONS: dict[str, Callable[[Interpreter, Node], Any]] = {
    "array_literal_expression": Interpreter._list,
    "expression_with_unary_operator": Interpreter._unary,
    "cast_expression": Interpreter._cast,
    "variable": Interpreter._variable,
    "member_access": Interpreter._member,
    "invokation_expression": Interpreter._method,
    "element_access": Interpreter._element,
    "parenthesized_expression": Interpreter._parenthesized,
    "array_expression": Interpreter._array,
    "sub_expression": Interpreter._sub_expression,
    "hash_literal_expression": Interpreter._hash,
    "script_block_expression": Interpreter._block,
    "string_literal": Interpreter._string,
    "integer_literal": Interpreter._integer,
    "real_literal": Interpreter._real,
}


def _statements(block: Node) -> Iterator[Node]:
    for child in block.children:
        if child.kind in ("statement_list", "script_block", "script_block_body", "named_block_list"):
            yield from _statements(child)
        elif child.kind not in ("{", "}", "@(", "$(", ")", "param_block"):
            yield child


def _variable_name(node: Node) -> str:
    """``$Name``, ``${name}`` or ``$script:name`` in lower case, without its scope."""
    name = node.text.lstrip("$").strip("{}").lower()
    scope, _, rest = name.partition(":")
    return rest if scope in ("script", "global", "local", "private") and rest else name


def _type_name(node: Node) -> str:
    return node.text.strip("[]").lower().removeprefix("system.").removeprefix("text.regularexpressions.")


def _unescaped(text: str) -> str:
    text = text.replace('""', '"')
    return re.sub("`(.)", lambda match: _BACKTICKS.get(match[1], match[1]), text, flags=re.DOTALL)


def _not_recognized(name: str) -> ErrorRecord:
    return ErrorRecord(
        "CommandNotFoundException",
        f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program. "
        "Check the spelling of the name, or if a path was included, verify that the path is correct and try again.",
        name,
    )


def _unknown(text: str) -> Failure:
    """The error for PowerShell that is beyond the lab."""
    shown = " ".join(text.split())
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return Failure(
        ErrorRecord("NotSupportedByLab", f"The lab replays recorded facts and does not run PowerShell: {shown}")
    )
