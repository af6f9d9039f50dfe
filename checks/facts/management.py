"""Who owns the network configuration of a host: itself, Network ATC or Virtual Machine Manager."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.needs import Derived
from checks.facts.system import NetIntent, VirtualMachineManagerAgent
from checks.i18n import Message, Verbatim, _


@dataclass(frozen=True)
class Management(Derived):
    """Tools that would undo a change made past them."""

    intents: list[NetIntent]
    agents: list[VirtualMachineManagerAgent]

    @property
    def by_atc(self) -> bool:
        """Whether Network ATC owns the configuration."""
        return bool(self.intents)

    @property
    def is_external(self) -> bool:
        """Whether a direct change would be reverted, or would set this host apart from the others."""
        return self.by_atc or bool(self.agents)

    @property
    def hint(self) -> Message:
        """Where to make the change instead."""
        if self.by_atc:
            names = [Verbatim(intent.intent_name) for intent in self.intents]
            return _(
                "Network ATC owns this setting: change it with Set-NetIntent, for the intents {names}.", names=names
            )
        return _("Virtual Machine Manager owns this setting: change it there, in the host's or switch's properties.")
