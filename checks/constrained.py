"""Two gates for what is sent to a host: Constrained Language Mode, and Windows PowerShell 4.0.

The first holds a script to what a host under application control lets run: types of a list, methods and properties of
those alone. Which type an object has is worked out where that is certain; a method on anything else is refused. The
list is that of about_Language_Modes for Windows PowerShell 5.1, less what came after 4.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from checks.i18n import Message, Verbatim, _
from checks.lab.powershell.syntax import Node, ParseFailure, parse, quote_lists
from checks.powershell import Problem


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ALLOWED_TYPES = _words(
    """
    adsi adsisearcher alias allowemptycollection allowemptystring allownull argumentcompleter
    argumentcompletions array bigint bool byte char cimclass cimconverter ciminstance cimsession cimtype
    cmdletbinding cultureinfo datetime decimal double dsclocalconfigurationmanager dscproperty dscresource
    experimentaction experimental experimentalfeature float guid hashtable int int16 int32 int64 ipaddress
    ipendpoint long mailaddress microsoft.powershell.commands.modulespecification nullstring object[]
    objectsecurity ordered outputtype parameter physicaladdress pscredential pscustomobject psdefaultvalue
    pslistmodifier psobject psprimitivedictionary pstypenameattribute ref regex sbyte securestring semver short
    single string supportswildcards switch timespan uint uint16 uint32 uint64 ulong uri ushort validatecount
    validatedrive validatelength validatenotnull validatenotnullorempty validatepattern validaterange
    validatescript validateset validatetrusteddata validateuserdrive version void wildcardpattern wmi wmiclass
    wmisearcher x500distinguishedname x509certificate xml
    """
)
"""MicrosoftDocs/PowerShell-Docs: reference/5.1/Microsoft.PowerShell.Core/About/about_Language_Modes.md."""

_LATER_TYPES = _words(
    """
    argumentcompleter argumentcompletions dsclocalconfigurationmanager dscproperty dscresource experimentaction
    experimental experimentalfeature semver short supportswildcards uint ulong ushort validatedrive
    validatetrusteddata validateuserdrive
    """
)
_LATER_CMDLETS = _words(
    """
    compress-archive convertfrom-string convertto-clixml expand-archive format-hex get-clipboard
    get-computerinfo get-error get-timezone get-uptime join-string new-guid new-temporaryfile remove-service
    set-clipboard test-json write-information
    """
)
_LATER_PARAMETERS: Mapping[str, frozenset[str]] = {
    "": frozenset({"informationaction", "informationvariable", "progressaction"}),
    "convertfrom-json": frozenset({"ashashtable", "datekind", "depth", "noenumerate"}),
    "convertto-json": frozenset({"asarray", "enumsasstrings", "escapehandling"}),
    "foreach-object": frozenset({"asjob", "parallel", "throttlelimit", "timeoutseconds", "usenewrunspace"}),
    "get-date": frozenset({"asutc", "unixtimeseconds"}),
    "measure-object": frozenset({"allstats", "standarddeviation"}),
    "out-string": frozenset({"nonewline"}),
    "select-object": frozenset({"caseinsensitive", "skipindex", "skiplast"}),
    "sort-object": frozenset({"bottom", "stable", "top"}),
    "start-sleep": frozenset({"duration"}),
    "where-object": frozenset({"not"}),
}
"""Parameters that Windows PowerShell 4.0 lacks, by cmdlet; those without a cmdlet are common to all."""

_REFUSED_CMDLETS = {"new-object", "add-type"}
_YIELDED = {
    "convertto-csv": "string", "convertto-json": "string", "get-ciminstance": "ciminstance", "get-date": "datetime",
    "new-timespan": "timespan", "out-string": "string",
}  # fmt: skip
"""Types of what cmdlets yield."""
_OF_LITERALS = {
    "decimal_integer_literal": "int", "format_expression": "string", "hash_literal_expression": "hashtable",
    "hexadecimal_integer_literal": "int", "integer_literal": "int", "real_literal": "double",
    "script_block_expression": "scriptblock", "string_literal": "string",
}  # fmt: skip
_SAME_TYPE = {
    "string": re.compile(r"insert|pad\w+|remove|replace|substring|tolower\w*|toupper\w*|trim\w*", re.IGNORECASE),
    "datetime": re.compile(r"add\w*|tolocaltime|touniversaltime", re.IGNORECASE),
    "timespan": re.compile(r"add|duration|negate|subtract", re.IGNORECASE),
}  # fmt: skip
"""Methods whose answer is of the type of the object itself."""

_NOT_CODE = re.compile(
    r"""@'[ \t]*\n.*?\n'@ | @"[ \t]*\n.*?\n"@ | '(?:[^']|'')*' | "(?:[^"`]|`.|"")*" | <\#.*?\#> | \#[^\n]*""",
    re.DOTALL | re.VERBOSE,
)
_LATER_OPERATORS = re.compile(r"\?\?=?|\?\.|(?<=[\w}])\?\[|(?<=[\s)])\?\s(?=[^|\n{]+\s:\s)")

Types = dict[str, str | None]
Rule = Callable[[Node, Types], Iterator[Message]]


def review(text: str) -> list[Problem]:
    """What Constrained Language Mode or Windows PowerShell 4.0 would refuse, by line."""
    return sorted([*constrained(text), *floor(text)], key=lambda problem: problem.line)


def constrained(text: str) -> list[Problem]:
    """What Constrained Language Mode would refuse."""
    return _walked(text, (_types, _methods, _assignments, _commands))


def floor(text: str) -> list[Problem]:
    """What Windows PowerShell 4.0, of Windows Server 2012 R2, does not know."""
    return _walked(text, (_later_syntax, _later_types, _later_commands))


def _walked(text: str, rules: tuple[Rule, ...]) -> list[Problem]:
    try:
        tree = parse(text)
    except ParseFailure as failure:
        return _unparsed(text, failure)
    source = quote_lists(text.replace("\r\n", "\n")).encode()
    types = _variables(tree)
    return [
        Problem(source.count(b"\n", 0, node.start) + 1, message)
        for node in _all(tree)
        for rule in rules
        for message in rule(node, types)
    ]


def _unparsed(text: str, failure: ParseFailure) -> list[Problem]:
    """The grammar knows no operator of PowerShell 7: where one is, it is named."""
    code = _NOT_CODE.sub(lambda match: re.sub(r"[^\n]", "_", match[0]), text.replace("\r\n", "\n"))
    found = [
        Problem(code.count("\n", 0, match.start()) + 1, _later(match[0].strip()))
        for match in _LATER_OPERATORS.finditer(code)
    ]
    return found or [Problem(failure.line, _("this does not parse: {near}", near=Verbatim(failure.near)))]


def _types(node: Node, _known: Types) -> Iterator[Message]:
    for name in _type_names(node):
        bare = name.removesuffix("[]")
        if name.lower() not in ALLOWED_TYPES and bare.lower() not in ALLOWED_TYPES:
            yield _("the type {name} is not allowed in Constrained Language Mode", name=Verbatim(f"[{name}]"))


def _methods(node: Node, types: Types) -> Iterator[Message]:
    if node.kind != "invokation_expression":
        return
    target, name = node.children[0], _member(node)
    if "::" not in [child.text for child in node.children] and name.lower() != "tostring":
        kind = _type_of(target, types)
        if kind not in ALLOWED_TYPES:
            yield _("the method {name} is called on an object that may be of any type", name=Verbatim(name))
    arguments = node.one("argument_list")
    if arguments and any(_type_of(each, types) == "scriptblock" for each in _arguments(arguments)):
        yield _("a script block is handed to the method {name}", name=Verbatim(name))


def _assignments(node: Node, types: Types) -> Iterator[Message]:
    counting = ("_increment_expression", "_decrement_expression")
    is_change = node.kind == "assignment_expression" or node.kind.endswith(counting)
    member = node.one("member_access") if is_change else None
    # What stands on the right of a sign is read, not set.
    if member is None or (node.kind == "assignment_expression" and node.children[0] is not member):
        return
    if member.children[0].kind != "type_literal" and _type_of(member.children[0], types) not in ALLOWED_TYPES:
        yield _("the property {name} is set on an object that may be of any type", name=Verbatim(member.text))


def _commands(node: Node, _types: Types) -> Iterator[Message]:
    if node.kind in ("class_statement", "enum_statement"):
        yield _("Constrained Language Mode allows no new types")
    if node.kind != "command":
        return
    if any(child.text == "." for child in node.all("command_invokation_operator")):
        yield _("dot-sourcing is not allowed")
    name = _name(node)
    if name in _REFUSED_CMDLETS:
        yield _("{cmdlet} is not allowed", cmdlet=Verbatim(node.children[0].text))


def _later_syntax(node: Node, _types: Types) -> Iterator[Message]:
    match node.kind:
        case "pipeline_chain_tail" | "foreach_parameter":
            yield _later(node.text)
        case "class_statement":
            yield _later("class")
        case "enum_statement":
            yield _later("enum")
        case "invokation_expression" if _member(node).lower() == "new" and "::" in [c.text for c in node.children]:
            yield _later("::new()")
        case "command" if _name(node) in ("using", "clean"):
            yield _later(_name(node))


def _later_types(node: Node, _types: Types) -> Iterator[Message]:
    for name in _type_names(node):
        if name.removesuffix("[]").lower() in _LATER_TYPES:
            yield _later(f"[{name}]")


def _later_commands(node: Node, _types: Types) -> Iterator[Message]:
    if node.kind != "command":
        return
    name = _name(node)
    if name in _LATER_CMDLETS:
        yield _later(node.children[0].text)
    later = _LATER_PARAMETERS[""] | _LATER_PARAMETERS.get(name, frozenset())
    elements = node.one("command_elements")
    for parameter in elements.all("command_parameter") if elements else ():
        if parameter.text.lstrip("-").rstrip(":").lower() in later:
            yield _later(f"{node.children[0].text} {parameter.text}")


def _later(what: str) -> Message:
    return _("{what} came after Windows PowerShell 4.0", what=Verbatim(what))


def _type_names(node: Node) -> Iterator[str]:
    """Names of the types and attributes that a node is."""
    if node.kind in ("type_literal", "attribute_name"):
        text = re.sub(r"\s", "", node.text)
        yield text[1:-1] if text.startswith("[") else text


def _variables(tree: Node) -> Types:
    """The types of variables, where every assignment gives the same one."""
    types: Types = {}
    for node in _all(tree):
        found = _assigned(node, types)
        if found is not None:
            name, kind = found
            types[name] = kind if types.get(name, kind) == kind else None
    return types


def _assigned(node: Node, types: Types) -> tuple[str, str | None] | None:
    if node.kind == "assignment_expression" and node.children[0].kind == "variable":
        return node.children[0].text.lower(), _type_of(node.children[-1], types)
    if node.kind == "script_parameter" and (variable := node.one("variable")):
        attributes = [
            name for attribute in node.all("attribute_list") for each in _all(attribute) for name in _type_names(each)
        ]
        return variable.text.lower(), attributes[-1].lower() if attributes else None
    if node.kind == "foreach_statement" and (variable := node.one("variable")):
        return variable.text.lower(), None
    return None


def _type_of(node: Node, types: Types) -> str | None:
    """The type of an expression's value, where that is certain."""
    if node.kind in _OF_LITERALS:
        return _OF_LITERALS[node.kind]
    match node.kind:
        case "variable":
            return types.get(node.text.lower())
        case "cast_expression":
            return next((name.lower() for child in node.children for name in _type_names(child)), None)
        case "additive_expression":
            return _type_of(node.children[0], types)
        case "invokation_expression":
            return _answer(node, types)
        case "command":
            return _YIELDED.get(_name(node))
        case "parenthesized_expression" | "pipeline" | "pipeline_chain":
            inner = [child for child in node.children if child.kind not in ("(", ")")]
            return _type_of(inner[-1], types) if inner else None
        case _:
            return None


def _answer(node: Node, types: Types) -> str | None:
    name, kind = _member(node), _type_of(node.children[0], types)
    if name.lower() == "tostring":
        return "string"
    same = _SAME_TYPE.get(kind or "")
    return kind if same and same.fullmatch(name) else None


def _arguments(arguments: Node) -> Iterator[Node]:
    for each in arguments.all("argument_expression_list"):
        yield from each.children


def _member(node: Node) -> str:
    member = node.one("member_name")
    return member.text if member else ""


def _name(command: Node) -> str:
    name = command.one("command_name")
    return name.text.lower() if name else ""


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all(child)
