"""From what the user named to what runs a script on each host: hosts, or the part of an inventory that they name."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from checks import inventory as inventory_file
from checks.audit import Run
from checks.console import UserError
from checks.hosts import Access, from_inventory, targets
from checks.i18n import Verbatim, _
from checks.inventory import Entry, InventoryError
from checks.transports.accounts import Accounts
from checks.transports.winrm import WinRM


def over_winrm(hosts: Sequence[str], access: Access, inventory: Path | None = None) -> dict[str, Run]:
    """What runs a script on each host. With an inventory, *hosts* choose among its hosts and groups; none means all.

    Raises:
        UserError: the inventory cannot be used, nothing in it matches, or a host cannot be reached as described.
    """
    accounts = Accounts()
    found = targets(hosts, access) if inventory is None else from_inventory(entries(inventory, hosts), access)
    return {target.name: WinRM(target, accounts=accounts).run for target in found}


def entries(path: Path, patterns: Sequence[str] = ()) -> list[Entry]:
    """The hosts of an inventory whose name or group matches a pattern with ``*`` and ``?``; without one, all.

    Raises:
        UserError: the inventory cannot be used, or a pattern matches nothing.
    """
    try:
        known = inventory_file.load(path)
    except InventoryError as error:
        raise UserError(error.reason) from None
    for pattern in patterns:
        if not any(_matches(entry, pattern) for entry in known):
            raise UserError(_("{path} has no host or group {name}", path=Verbatim(path), name=Verbatim(pattern)))
    return [entry for entry in known if not patterns or any(_matches(entry, pattern) for pattern in patterns)]


def _matches(entry: Entry, pattern: str) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for name in (entry.name, *entry.groups))
