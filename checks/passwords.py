"""Where a password comes from: a file descriptor, the system's keyring, the environment, or a prompt.

Never from the command line, which every user of the machine can read. A password stays a `Secret` all the way, so no
``repr`` and no traceback with local variables shows it.
"""

from __future__ import annotations

import getpass
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from checks.console import UserError, say
from checks.i18n import Verbatim, _
from checks.transports import Secret

SERVICE = "hvnet"
"""The name under which the keyring has passwords; the account is the user name."""
_LONGEST = 4096
"""Bytes that are read from a descriptor."""


@dataclass(frozen=True)
class Source:
    """What the command line says about passwords."""

    fd: int | None = None
    keyring: bool = False


def password_of(source: Source, needed: Mapping[str, bool]) -> Callable[[str], Secret]:
    """A function from an account to its password.

    Args:
        source: where passwords come from, before the environment and the prompt.
        needed: the accounts, each with whether it cannot do without a password (Kerberos can, with a ticket).

    Raises:
        UserError: a password is missing, or there is one for several accounts: the others would be refused and locked.
    """
    if not needed:
        return lambda _owner: Secret()
    if source.fd is not None and source.keyring:
        raise UserError(_("--password-fd and --keyring exclude each other"))
    if source.keyring:
        found = {owner: _from_keyring(owner, must) for owner, must in needed.items()}
        return found.__getitem__
    shared, name = _shared(source)
    if not shared:
        found = {owner: _prompted(owner, must) for owner, must in needed.items()}
        return found.__getitem__
    if len(needed) > 1:
        raise UserError(
            _(
                "{source} holds one password, but the hosts have several accounts: {accounts}; choose one with --user, "
                "or use --keyring",
                source=Verbatim(name),
                accounts=Verbatim(", ".join(sorted(needed))),
            )
        )
    return lambda _owner: shared


def _shared(source: Source) -> tuple[Secret, str]:
    """The one password that is given for the run, and by what name."""
    if source.fd is not None:
        return _from_descriptor(source.fd), "--password-fd"
    return Secret(os.environ.get("HVNET_PASSWORD", "")), "HVNET_PASSWORD"


def _from_descriptor(descriptor: int) -> Secret:
    """The first line that a descriptor gives."""
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            found = Secret(stream.readline(_LONGEST).decode("utf-8").rstrip("\r\n"))
    except (OSError, UnicodeDecodeError):
        found = Secret()
    if not found:
        raise UserError(_("there is no password on file descriptor {number}", number=Verbatim(descriptor)))
    return found


def _from_keyring(owner: str, must: bool) -> Secret:
    if importlib.util.find_spec("keyring") is None:
        raise UserError(
            _("--keyring needs a library that is not here: install {extra}", extra=Verbatim("hvnet[keyring]"))
        )
    keyring = importlib.import_module("keyring")
    errors = importlib.import_module("keyring.errors")
    try:
        found = Secret(keyring.get_password(SERVICE, owner) or "")
    except errors.KeyringError as error:
        raise UserError(
            _(
                "the keyring cannot be read ({problem}); without one, use --password-fd or HVNET_PASSWORD",
                problem=Verbatim(type(error).__name__),
            )
        ) from None
    if must and not found:
        command = Verbatim(f"keyring set {SERVICE} {owner}")
        raise UserError(
            _(
                "the keyring has no password of {owner}; store it with: {command}",
                owner=Verbatim(owner),
                command=command,
            )
        )
    return found


def _prompted(owner: str, must: bool) -> Secret:
    if not sys.stdin.isatty():
        if must:
            raise UserError(_("there is nobody to ask for the password: set HVNET_PASSWORD"))
        return Secret()
    question = (
        _("Password of {user}: ", user=Verbatim(owner))
        if must
        else _("Password of {user} (empty to use the Kerberos ticket): ", user=Verbatim(owner))
    )
    try:
        found = Secret(getpass.getpass(say(question)))
    except EOFError:
        found = Secret()
    if must and not found:
        raise UserError(_("no password was given for {user}", user=Verbatim(owner)))
    return found
