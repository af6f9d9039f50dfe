"""A recorded host as a machine of the lab: it answers the script that arrives from the facts that were recorded.

The lab replays facts; it does not run PowerShell. It parses what a client sends and works out the small read-only
part of the language that asks for facts, chooses among their properties and prints them. It knows the facts' queries,
and neither guidelines nor the verdicts that are expected. What it does not know is an error, as on Windows.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from checks.lab.machine import ProcessResult, Stdin
from checks.lab.powershell.cmdlets import Command
from checks.lab.powershell.interpreter import Interpreter
from checks.lab.powershell.values import ErrorRecord, Row
from checks.lab.queries import Answers
from checks.lab.recordings import Recording

_TOKEN = re.compile(r'(?:"[^"]*"|[^\s"])+')
_WITH_VALUE = ("executionpolicy", "inputformat", "outputformat", "windowstyle", "version", "configurationname")
_WITHOUT_VALUE = ("nologo", "noprofile", "noninteractive", "noexit", "sta", "mta")


class RecordedHost:
    """A machine that answers as *recording* says. Each process starts from the recording anew."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    @property
    def name(self) -> str:
        """The recorded host's name."""
        return self._recording.name

    @property
    def address(self) -> str:
        """Its loopback address in the lab."""
        return self._recording.address

    def run(self, command: str, arguments: Sequence[str], stdin: Stdin) -> ProcessResult:
        """Run a command line: ``powershell`` with a script, or ``hostname``."""
        tokens = _TOKEN.findall(" ".join((command, *arguments)))
        if [token.lower() for token in tokens[:2]] in (["cmd", "/c"], ["cmd.exe", "/c"]):
            tokens = tokens[2:]
        program = _program(tokens[0]) if tokens else ""
        if program == "hostname":
            return ProcessResult(f"{self.name}\r\n".encode())
        if program == "powershell":
            return self._powershell(tokens[1:], stdin)
        shown = tokens[0].strip('"') if tokens else ""
        text = f"'{shown}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n"
        return ProcessResult(stderr=text.encode(), exit_code=1)

    def _powershell(self, arguments: list[str], stdin: Stdin) -> ProcessResult:
        try:
            script, encoded = _script(arguments)
        except ValueError as error:
            return ProcessResult(stderr=f"{error}\r\n".encode(), exit_code=-196608)

        def read_input() -> str:
            return stdin.read().decode("utf-8", "replace")

        text = script if script is not None else read_input()
        outcome = Interpreter(_Session(self._recording), read_input).run(text)
        stderr = _clixml(outcome.errors) if encoded else "".join(_error_text(error) for error in outcome.errors)
        return ProcessResult(outcome.stdout.encode(), stderr.encode(), outcome.exit_code)


class _Session:
    """The recorded host as one PowerShell process sees it."""

    def __init__(self, recording: Recording) -> None:
        self.name = recording.name
        self._answers = Answers(recording)
        self.variables: dict[str, Any] = {
            "psversiontable": Row({"PSVersion": recording.powershell, "PSEdition": "Desktop"}),
            "executioncontext": Row({"SessionState": Row({"LanguageMode": "FullLanguage"})}),
            "psculture": recording.language,
            "psuiculture": recording.language,
            "erroractionpreference": "Continue",
        }

    def query(self, pipeline: Sequence[Command]) -> tuple[int, list[Any]] | None:
        return self._answers.find(pipeline)


def _program(token: str) -> str:
    """``powershell`` for ``"C:\\Windows\\…\\PowerShell.exe"``."""
    return token.strip('"').replace("/", "\\").rpartition("\\")[2].lower().removesuffix(".exe")


def _script(arguments: list[str]) -> tuple[str | None, bool]:
    """The script of a command line, and whether it came encoded; None where it comes through standard input.

    Raises:
        ValueError: PowerShell would not start with these arguments.
    """
    rest = iter(arguments)
    for argument in rest:
        option = argument.lower().lstrip("-/") if argument[0] in "-/" else None
        if option is None:
            return _unquoted([argument, *rest]), False
        if not option:
            return None, False
        if option in ("ec", "e") or "encodedcommand".startswith(option):
            return _decoded(next(rest, "")), True
        if "command".startswith(option):
            text = _unquoted(rest)
            return (None if text == "-" else text), False
        if any(known.startswith(option) for known in _WITH_VALUE) or option in ("ep", "ex"):
            next(rest, None)
        elif not any(known.startswith(option) for known in _WITHOUT_VALUE):
            raise ValueError(f"The lab does not know the argument {argument} of powershell.exe.")
    return None, False


def _decoded(encoded: str) -> str:
    if not encoded:
        raise ValueError("Cannot process the command because of a missing parameter.")
    try:
        return base64.b64decode(encoded.strip('"'), validate=True).decode("utf-16-le")
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError("Cannot process the value of the EncodedCommand argument; it is not Base64.") from None


def _unquoted(tokens: Iterator[str] | list[str]) -> str:
    """The rest of a command line as PowerShell gets it: cmd.exe's quotes are gone."""
    text = " ".join(tokens).strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1] else text


def _error_text(error: ErrorRecord) -> str:
    head = f"{error.command} : {error.message}" if error.command else error.message
    category = "ObjectNotFound" if error.id == "CommandNotFoundException" else "NotSpecified"
    return (
        f"{head}\r\n    + CategoryInfo          : {category}: ({error.command}:String) []\r\n"
        f"    + FullyQualifiedErrorId : {error.id}\r\n \r\n"
    )


def _clixml(errors: Sequence[ErrorRecord]) -> str:
    """Errors as PowerShell writes them to standard error when its script came encoded."""
    if not errors:
        return ""
    lines = "".join(_error_text(error) for error in errors).splitlines()
    texts = "".join(f'<S S="Error">{escape(line, quote=False)}_x000D__x000A_</S>' for line in lines)
    return (
        f'#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">{texts}</Objs>'
    )
