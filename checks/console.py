"""What every command needs: the user's language, one clear line for an error, and the exit code that goes with it."""

from __future__ import annotations

import codecs
import difflib
import errno
import os
import sys
import traceback
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import IntEnum
from pathlib import Path
from typing import Any, TextIO

import typer.core
from rich.console import Console
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from checks.files import why
from checks.i18n import Message, Verbatim, _, choose, clean, translations

LANGUAGE = choose()
"""The language of this run; set once, before a command starts."""


class Exit(IntEnum):
    """Exit codes, as the documentation lists them."""

    OK = 0
    FAILED = 1
    WRONG_USE = 2
    UNDECIDED = 3
    INTERRUPTED = 130


class UserError(Exception):
    """Something that the user can put right: it is shown as one line, without a traceback."""

    def __init__(self, message: Message, code: Exit = Exit.WRONG_USE) -> None:
        super().__init__(str(message))
        self.message = message
        self.code = code


def say(message: Message) -> str:
    """A message in the language of this run."""
    return message.render(LANGUAGE)


def out() -> Console:
    """The console for results; wide enough for a table where it is not a terminal."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else 140)


def err() -> Console:
    """The console for progress and errors."""
    return Console(stderr=True, highlight=False)


def complain(message: Message) -> None:
    """Print one line about an error."""
    err().print(Text.assemble(("hvnet: ", "bold red"), clean(say(message))), soft_wrap=True)


def warn(message: Message) -> None:
    """Print one line about a danger that the user has chosen."""
    label = say(_("warning: "))
    err().print(Text.assemble(("hvnet: ", "bold yellow"), label, clean(say(message))), soft_wrap=True)


def run(command: Any, arguments: Sequence[str]) -> int:
    """Run a Typer command in the user's language; its exit code."""
    global LANGUAGE
    LANGUAGE = choose(_asked_language(arguments))
    _mend_streams()
    _translate(command)
    try:
        code = _invoke(command, arguments)
        sys.stdout.flush()
        return code
    except UserError as error:
        complain(error.message)
        return error.code
    except KeyboardInterrupt:
        complain(_("stopped"))
        return Exit.INTERRUPTED
    except BrokenPipeError:
        drop_output()
        return Exit.OK
    except OSError as error:
        complain(_system_error(error))
        return Exit.WRONG_USE
    except MemoryError:
        complain(_("there is not enough memory for this"))
        return Exit.WRONG_USE
    except Exception as error:
        if hasattr(error, "format_message"):
            complain(_usage(error))
            return Exit.WRONG_USE
        # Whoever reports this needs where it happened. 1 would say that a host failed.
        traceback.print_exc()
        complain(_("hvnet itself failed: {error}", error=Verbatim(f"{type(error).__name__}: {error}")))
        return Exit.WRONG_USE


def _invoke(command: Any, arguments: Sequence[str]) -> int:
    """Parse and call. Typer's own ``main`` would take Ctrl-C, closed pipes and the end of the input for itself."""
    try:
        with command.make_context("hvnet", list(arguments)) as context:
            return int(command.invoke(context) or 0)
    except typer.Exit as left:
        return int(left.exit_code)


def drop_output() -> None:
    """The reader of our output went away, as ``head`` does: nothing more is written, and there is nobody to tell."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _asked_language(arguments: Sequence[str]) -> str | None:
    """The value of ``--lang``: looked up before the options are parsed, for errors in them speak the language too."""
    for position, argument in enumerate(arguments):
        if argument == "--lang" and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith("--lang="):
            return argument.partition("=")[2]
    return None


def _system_error(error: OSError) -> Message:
    if error.filename:
        return _("{path}: {error}", path=Verbatim(error.filename), error=why(error))
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EIO):
        # Every file of ours has a name: without one, it is what we print.
        return _("the output could not be written: {error}", error=why(error))
    return why(error)


def _usage(error: Any) -> Message:
    """An error of the command line in our own words; Typer speaks English alone."""
    parameter = getattr(error, "param", None)
    name = getattr(error, "option_name", None) or _name_of(parameter)
    match type(error).__name__:
        case "NoSuchOption":
            close = ", ".join(getattr(error, "possibilities", None) or ())
            if close:
                return _("there is no option {name}; did you mean {close}?", name=Verbatim(name), close=Verbatim(close))
            return _("there is no option {name}; --help lists them", name=Verbatim(name))
        case "MissingParameter":
            return _("{name} is missing; --help tells more", name=Verbatim(name))
        case "BadParameter":
            return _unfit(name, parameter, error)
        case "BadOptionUsage":
            return _("option {name} needs a value", name=Verbatim(name))
        case "UsageError" if error.message.startswith(_NO_COMMAND):
            wrong = error.message.removeprefix(_NO_COMMAND).split("'")[1]
            near = difflib.get_close_matches(wrong, getattr(error.ctx.command, "commands", ()), n=1)
            if near:
                return _("there is no command {name}; did you mean {close}?", name=Verbatim(wrong), close=near[0])
            return _("there is no command {name}; --help lists them", name=Verbatim(wrong))
        case "UsageError" if error.message.startswith(_TOO_MANY):
            extra = error.message.removeprefix(_TOO_MANY).strip(" ()")
            return _("too many arguments: {given}; --help tells more", given=Verbatim(extra))
        case _:
            return _("wrong use: {problem}", problem=Verbatim(error.format_message().rstrip(".")))


_NO_COMMAND, _TOO_MANY = "No such command", "Got unexpected extra argument(s)"


def _unfit(name: str, parameter: Any, error: Any) -> Message:
    """A value that is no number, or too large or small a one: only numbers are read by Typer itself."""
    lowest, highest = getattr(parameter, "min", None), getattr(parameter, "max", None)
    if lowest is not None and highest is not None:
        limits = {"lowest": Verbatim(lowest), "highest": Verbatim(highest)}
        return _("{name} must be a number from {lowest} to {highest}", name=Verbatim(name), **limits)
    return _("{name} has a value that does not fit: {problem}", name=Verbatim(name), problem=Verbatim(error.message))


def _name_of(parameter: Any) -> str:
    if parameter is None:
        return ""
    return str(max(parameter.opts, key=len)) if str(parameter.opts[0]).startswith("-") else str(parameter.name).upper()


def _translate(command: Any) -> None:
    """Put help texts into the user's language; they are marked in the code as plain English."""
    text: Callable[[str], str] = translations(LANGUAGE).gettext
    # Typer marks the headings of its help with gettext, but brings no catalogue: ours has them.
    typer.core._ = text  # type: ignore[attr-defined,assignment]
    commands: list[TyperGroup | TyperCommand] = [command]
    while commands:
        each = commands.pop()
        each.help = _translated(each.help, text)
        # Shown in the list of commands; without it, Typer would cut the help off in the middle of a sentence.
        each.short_help = each.help
        own_help = each.get_help_option(typer.Context(each, help_option_names=["-h", "--help"]))
        for parameter in [*each.params, *([own_help] if own_help else [])]:
            setattr(parameter, "help", _translated(getattr(parameter, "help", None), text))  # noqa: B010 - not in the base
            _show_plainly(parameter)
        commands.extend(getattr(each, "commands", {}).values())


def _show_plainly(parameter: Any) -> None:
    """Have the help show things as manuals do: ``FILE``, and not ``{FILE}``, Python's types, or ``1<=x<=9``."""
    if getattr(parameter, "min", None) is not None:
        limits = say(_("{lowest} to {highest}", lowest=Verbatim(parameter.min), highest=Verbatim(parameter.max)))
        parameter._get_number_range_help_str = lambda: limits
    if parameter.param_type_name == "argument":
        name = parameter.metavar or parameter.name
        shown = name if parameter.required else f"[{name}]"
        parameter.display_type_rich = lambda ctx: None
        parameter._usage_display_name = lambda: f"{shown}..." if parameter.nargs != 1 else shown


def _translated(english: str | None, text: Callable[[str], str]) -> str:
    # The empty message id holds the catalogue's header.
    return text(english) if english else ""


TYPER_HELP = (
    _("Show this message and exit."),
    _("Options"),
    _("Arguments"),
    _("Commands"),
    _("default: {default}"),
    _("required"),
)
"""Words of Typer's own, here so that they are in the catalogue."""


def _mend_streams() -> None:
    """Streams that are there, and that can take any name."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Closed by whoever called us (>&-): what is printed has nowhere to go, but reports have.
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open to the end
    codecs.register_error(_SIMILAR, _similar)
    for stream in (sys.stdout, sys.stderr):
        _speak(stream)


def _speak(stream: TextIO) -> None:
    with suppress(AttributeError, OSError):
        # Redirected to a file, Windows would write its ANSI code page, which cannot hold every name.
        encoding = {} if stream.isatty() else {"encoding": "utf-8"}
        stream.reconfigure(errors=_SIMILAR, **encoding)  # type: ignore[attr-defined]


_SIMILAR = "hvnet-similar"
_SIGNS = {
    "\u2713": "+",
    "\u2717": "x",
    "\u2013": "-",
    "\u00b7": ".",
    "\u00d7": "x",
    "\u2026": "...",
    "\u201c": '"',
    "\u201d": '"',
}
"""What a terminal of few characters shows instead. A pass must not become a question mark: that is another verdict."""


def _similar(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_in_ascii, error.object[error.start : error.end])), error.end


def _in_ascii(character: str) -> str:
    bare = unicodedata.normalize("NFKD", character)[0]
    return _SIGNS.get(character) or (bare if bare.isascii() else "?")
