"""What every command needs: the user's language, one clear line for an error, and the exit code that goes with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import IntEnum
from typing import Any, TextIO

import typer.core
from rich.console import Console
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

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
    for stream in (sys.stdout, sys.stderr):
        _speak_utf8(stream)
    _translate(command)
    try:
        result = command.main(args=list(arguments), prog_name="hvnet", standalone_mode=False)
        sys.stdout.flush()
        return int(result or 0)
    except UserError as error:
        complain(error.message)
        return error.code
    except KeyboardInterrupt:
        complain(_("stopped"))
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away, as `head` does; there is nobody to tell.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except OSError as error:
        complain(_system_error(error))
        return Exit.WRONG_USE
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        complain(_usage(error))
        return Exit.WRONG_USE


def _asked_language(arguments: Sequence[str]) -> str | None:
    """The value of ``--lang``: looked up before the options are parsed, for errors in them speak the language too."""
    for position, argument in enumerate(arguments):
        if argument == "--lang" and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith("--lang="):
            return argument.partition("=")[2]
    return None


def _system_error(error: OSError) -> Message:
    said = Verbatim(error.strerror or type(error).__name__)
    if not error.filename:
        return Message("{error}", {"error": said})
    return _("{path}: {error}", path=Verbatim(error.filename), error=said)


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
            return _(
                "{name} has a value that does not fit: {problem}", name=Verbatim(name), problem=Verbatim(error.message)
            )
        case "BadOptionUsage":
            return _("option {name} needs a value", name=Verbatim(name))
        case _:
            return _("wrong use: {problem}", problem=Verbatim(error.format_message().rstrip(".")))


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
        own_help = each.get_help_option(typer.Context(each, help_option_names=["-h", "--help"]))
        for parameter in [*each.params, *([own_help] if own_help else [])]:
            setattr(parameter, "help", _translated(getattr(parameter, "help", None), text))  # noqa: B010 - not in the base
        commands.extend(getattr(each, "commands", {}).values())


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


def _speak_utf8(stream: TextIO) -> None:
    # Redirected to a file, Windows would write its ANSI code page, which cannot hold every name.
    with suppress(AttributeError, OSError):
        if not stream.isatty():
            stream.reconfigure(encoding="utf-8")  # type: ignore[attr-defined]
