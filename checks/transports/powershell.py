"""How a script is handed to PowerShell, and how what it prints is read: the same on every way to a host."""

from __future__ import annotations

import base64
import html
import re

from checks.transports import Output

BOOTSTRAP = "$input | Out-String | Invoke-Expression"
"""Runs the script that comes in through standard input.

The script never meets the 8,191 characters of a command line, and stays in plain text. ``Invoke-Expression`` works
in Constrained Language Mode, where ``[scriptblock]::Create`` does not.
"""

ARGUMENTS = (
    "-NoLogo",
    "-NoProfile",
    "-NonInteractive",
    "-EncodedCommand",
    base64.b64encode(BOOTSTRAP.encode("utf-16-le")).decode("ascii"),
)

_CLIXML = "#< CLIXML"
_CLIXML_ERROR = re.compile(r'<S S="Error">(.*?)</S>', re.DOTALL)
_CLIXML_CODE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def encode(script: str) -> bytes:
    """A script as PowerShell reads it from standard input.

    Raises:
        ValueError: the script is not ASCII; other characters would depend on the host's code page.
    """
    if not script.isascii():
        raise ValueError("the script must be ASCII")
    return (script.rstrip("\n") + "\n").encode("ascii")


def output(stdout: bytes, stderr: bytes, exit_code: int) -> Output:
    """What a PowerShell process printed, as text."""
    return Output(
        stdout=stdout.decode("utf-8", "replace").removeprefix("\ufeff"),
        stderr=errors(stderr.decode("utf-8", "replace")),
        exit_code=exit_code,
    )


def errors(stderr: str) -> str:
    """The error text on standard error.

    PowerShell wraps it in CLIXML together with its progress bars; the latter are no errors and are left out.
    """
    plain, found, wrapped = stderr.partition(_CLIXML)
    if not found:
        return stderr
    texts = (_CLIXML_CODE.sub(lambda code: chr(int(code[1], 16)), text) for text in _CLIXML_ERROR.findall(wrapped))
    return plain + html.unescape("".join(texts))
