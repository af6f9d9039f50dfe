"""PowerShell text to a tree: tree-sitter's grammar, with its chains of single children taken out."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import tree_sitter_powershell
from tree_sitter import Language, Parser
from tree_sitter import Node as Parsed

_LANGUAGE = Language(tree_sitter_powershell.language())

_BARE_LISTS = re.compile(
    r"""
    (?P<skip> @'[ \t]*\n.*?\n'@ | @"[ \t]*\n.*?\n"@ | '(?:[^']|'')*' | "(?:[^"`]|`.|"")*" | <\#.*?\#> | \#[^\n]* )
    | (?P<comma>,\s*) (?P<later>[A-Za-z_*?][\w*?/\\-]*) (?![\w(.])
    | (?<![\w$.:\]\[-]) (?P<first>[A-Za-z_*?][\w*?/\\-]*) (?=\s*,)
    """,
    re.DOTALL | re.VERBOSE,
)


class ParseFailure(Exception):  # noqa: N818 - PowerShell calls it so
    """The text is not PowerShell, or not a part of it that the grammar knows."""

    def __init__(self, line: int, near: str) -> None:
        super().__init__(f"line {line}: {near}")
        self.line = line
        self.near = near


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of syntax: the grammar's name for it, its text, and its parts, punctuation included."""

    kind: str
    text: str
    start: int
    """Where it begins, in bytes of the text that was parsed."""
    end: int
    children: tuple[Node, ...]

    def all(self, *kinds: str) -> list[Node]:
        """The direct parts of these kinds."""
        return [child for child in self.children if child.kind in kinds]

    def one(self, *kinds: str) -> Node | None:
        """The first direct part of one of these kinds."""
        return next((child for child in self.children if child.kind in kinds), None)


def quote_lists(text: str) -> str:
    """*text* with quotes around the bare words of lists such as ``Select-Object Name, Id``.

    PowerShell reads both the same; tree-sitter's grammar (0.26) knows the quoted form alone.
    """

    def quoted(match: re.Match[str]) -> str:
        if match["skip"] is not None:
            return match["skip"]
        return f"{match['comma']}'{match['later']}'" if match["later"] else f"'{match['first']}'"

    return _BARE_LISTS.sub(quoted, text)


@functools.lru_cache(maxsize=256)
def parse(text: str) -> Node:
    """The tree of a script.

    Raises:
        ParseFailure: where the text stops making sense.
    """
    source = quote_lists(text.replace("\r\n", "\n"))
    # A parser keeps state, so each call, in whatever thread, has its own.
    root = Parser(_LANGUAGE).parse(source.encode()).root_node
    if root.has_error:
        wrong = _first_error(root)
        raise ParseFailure(wrong.start_point[0] + 1, _text(wrong).split("\n")[0][:60])
    try:
        return _node(root)
    except RecursionError:
        raise ParseFailure(1, "an expression nested this deep") from None


def _first_error(node: Parsed) -> Parsed:
    for child in node.children:
        if child.has_error or child.is_missing:
            return _first_error(child)
    return node


def _node(parsed: Parsed) -> Node:
    children = [child for child in parsed.children if child.type != "comment"]
    while len(children) == 1 and parsed.type.endswith(("_expression", "_with_unary_operator")):
        parsed = children[0]
        children = [child for child in parsed.children if child.type != "comment"]
    return Node(
        parsed.type, _text(parsed), parsed.start_byte, parsed.end_byte, tuple(_node(child) for child in children)
    )


def _text(parsed: Parsed) -> str:
    return (parsed.text or b"").decode("utf-8", "replace")
