"""Reads PowerShell back as Windows PowerShell would: commands with their decoded arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checks.lab.powershell.syntax import Node, parse
from checks.model import Assignment, Command

_LITERAL = re.compile(r"'(?:[^'\u2018-\u201b]|(['\u2018-\u201b])\1)*'")


def commands(script: str) -> list[Command]:
    """Every command of a script, wherever it stands; those inside arguments follow the one that they are in.

    A property that is assigned to what a command finds is one with it.
    """
    return list(_found(parse(script.removeprefix("\ufeff"))))


def _found(node: Node) -> Iterator[Command]:
    if assignment := _assignment(node):
        yield assignment
        return
    if node.kind == "command":
        yield _command(node)
    for child in node.children:
        yield from _found(child)


def _assignment(node: Node) -> Assignment | None:
    """``(Get-Cluster).SameSubnetThreshold = 10``; None for any other node, and for variables."""
    target = node.one("member_access") if node.kind == "assignment_expression" else None
    found = _first(target, "command") if target else None
    assigned = node.one("pipeline")
    if target is None or found is None or assigned is None:
        return None
    name = target.one("member_name")
    assert name is not None
    command = _command(found)
    return Assignment(command.cmdlet, command.parameters, name=name.text, value=value(assigned))


def _first(node: Node, kind: str) -> Node | None:
    if node.kind == kind:
        return node
    return next((found for child in node.children if (found := _first(child, kind))), None)


def _command(node: Node) -> Command:
    name = node.one("command_name")
    elements = node.one("command_elements")
    parameters: dict[str, Any] = {}
    current, position = None, 0
    for part in elements.children if elements else ():
        if part.kind == "command_argument_sep":
            continue
        if part.kind == "command_parameter":
            current = part.text.lstrip("-")
            parameters[current] = True
        elif current is not None:
            parameters[current], current = value(part), None
        else:
            parameters[str(position)], position = value(part), position + 1
    return Command(name.text if name else node.text, parameters)


def value(node: Node) -> Any:
    """A literal, a list of literals or a command in parentheses."""
    if node.kind == "string_literal" and node.text.startswith("'"):
        # The grammar knows the plain apostrophe alone; PowerShell ends a string at any of five.
        assert _LITERAL.fullmatch(node.text), node.text
        return re.sub(r"(['\u2018-\u201b])\1", r"\1", node.text[1:-1])
    if node.kind == "integer_literal":
        return int(node.text, 0)
    if node.kind == "variable":
        return {"$true": True, "$false": False, "$null": None}.get(node.text, node.text)
    if node.kind == "array_literal_expression":
        return [value(child) for child in node.children if child.text != ","]
    if node.kind == "cast_expression":
        number = node.one("integer_literal")
        assert node.text.startswith("[char]") and number, node.text
        return chr(int(number.text, 16))
    if node.kind == "additive_expression":
        left, plus, right = node.children
        assert plus.text == "+"
        return _sum(value(left), value(right))
    if node.kind in ("parenthesized_expression", "pipeline", "pipeline_chain"):
        inner = [child for child in node.children if child.kind not in ("(", ")")]
        assert len(inner) == 1, node.text
        return _command(inner[0]) if inner[0].kind == "command" else value(inner[0])
    return node.text


def _sum(left: str, right: str) -> str:
    """Text put together; the halves of one character meet."""
    return (left + right).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
