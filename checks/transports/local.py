"""This machine: the same script through the same bootstrap, without a network."""

from __future__ import annotations

import os
import shutil
import subprocess

from checks.i18n import _
from checks.transports import Output, TransportError, powershell

_PROGRAMS = ("powershell", "powershell.exe", "pwsh")
"""In order of preference: Windows PowerShell, which hosts have; PowerShell 7 only where it is the only one."""


class Local:
    """Runs scripts with the PowerShell of this machine.

    Args:
        timeout: seconds until the process is ended.
    """

    def __init__(self, timeout: float = 120.0) -> None:
        self._timeout = timeout

    def run(self, script: str) -> Output:
        """Run *script* and return what it printed.

        Raises:
            TransportError: there is no PowerShell here, it cannot be started, or it took too long.
            ValueError: the script is not ASCII.
        """
        stdin = powershell.encode(script)
        program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
        if program is None:
            raise TransportError(
                "unreachable",
                _("There is no PowerShell on this machine; run this on the Hyper-V host, or name a host to reach."),
            )
        try:
            done = subprocess.run(  # noqa: S603 - a program found on PATH, with arguments of our own
                [program, *powershell.ARGUMENTS], input=stdin, capture_output=True, timeout=self._timeout, check=False
            )
        except subprocess.TimeoutExpired:
            raise TransportError(
                "timeout", _("PowerShell on this machine did not finish within {seconds} s.", seconds=self._timeout)
            ) from None
        except OSError as error:
            raise TransportError(
                "unreachable",
                _(
                    "PowerShell on this machine cannot be started ({error}).",
                    error=error.strerror or os.strerror(error.errno or 0),
                ),
            ) from None
        return powershell.output(done.stdout, done.stderr, done.returncode)
