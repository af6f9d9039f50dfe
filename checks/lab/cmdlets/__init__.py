"""What a fix's cmdlets do to recorded facts. The lab knows these cmdlets, and no guideline.

Each function takes the facts of one host, as PowerShell names them, and a command's parameters, and changes the
facts as Windows would. A cmdlet that is not here cannot be applied, and says so.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from checks.lab.cmdlets import adapters, cluster, hyperv, network, qos, smb
from checks.lab.cmdlets.rows import Facts
from checks.model import Assignment, Fix
from checks.snapshot import Snapshot

_CMDLETS: dict[str, Callable[[Facts, Mapping[str, Any]], None]] = {
    **adapters.CMDLETS,
    **cluster.CMDLETS,
    **hyperv.CMDLETS,
    **network.CMDLETS,
    **qos.CMDLETS,
    **smb.CMDLETS,
}


def apply(snapshot: Snapshot, fix: Fix) -> Snapshot:
    """The snapshot as it would be after the fix.

    Raises:
        LookupError: the lab does not know a cmdlet of the fix, or what it is to change is not there.
    """
    facts = copy.deepcopy(snapshot.facts)
    for command in fix.commands:
        if isinstance(command, Assignment):
            cluster.assign(facts, command)
        elif command.cmdlet in _CMDLETS:
            _CMDLETS[command.cmdlet](facts, command.parameters)
        else:
            raise LookupError(f"the lab does not know {command.cmdlet}")
    return snapshot.model_copy(update={"facts": facts})
