"""The firewall: which network category an interface is in, and which inbound TCP ports its rules let in.

Rules are told by their ports: their names differ between versions, and what they display is translated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Annotated, ClassVar

from pydantic import Field

from checks.facts.base import Expression, Fact, PowerShellEnum, Texts
from checks.facts.needs import Derived
from checks.facts.net_adapter import NetAdapter
from checks.facts.rights import ADMINISTRATORS, NETWORK, Right
from checks.facts.topology import Subnet
from checks.i18n import Message, Verbatim, _
from checks.model import Fix, Unknown

AddressTest = Callable[[str, Subnet], bool | None]


class NetworkCategory(PowerShellEnum):
    """NetworkCategory of MSFT_NetConnectionProfile."""

    PUBLIC = 0
    PRIVATE = 1
    DOMAIN_AUTHENTICATED = 2

    @property
    def profile(self) -> int:
        """The bit of the firewall profile that holds for it: 1 domain, 2 private, 4 public."""
        return {0: 4, 1: 2, 2: 1}[self.value]

    @property
    def profile_name(self) -> str:
        """The profile's name, as the firewall's cmdlets take it."""
        return {0: "Public", 1: "Private", 2: "Domain"}[self.value]


class ConnectionProfile(Fact):
    """The network category of connected interfaces. Source: MSFT_NetConnectionProfile."""

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = "Get-CimInstance -Namespace root/StandardCimv2 -ClassName MSFT_NetConnectionProfile"
    interface_index: int
    network_category: NetworkCategory


class FirewallProfile(Fact):
    """Whether the firewall is on, by profile, as policy leaves it. Source: Get-NetFirewallProfile."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-NetFirewallProfile -PolicyStore ActiveStore"
    name: str
    """Domain, Private or Public; never translated."""
    enabled: Annotated[int, Expression("[int]$_.Enabled")]
    """1 is on."""


class RuleAction(PowerShellEnum):
    """Action of a firewall rule."""

    NOT_CONFIGURED = 0
    ALLOW = 2
    BLOCK = 4


class FirewallRule(Fact):
    """Inbound rules that are on, those of Group Policy included. Source: Get-NetFirewallRule, NetSecurity module."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-NetFirewallRule -PolicyStore ActiveStore -Direction Inbound -Enabled True"
    instance_id: str = Field(alias="InstanceID")
    profiles: Annotated[int, Expression("[int]$_.Profile")]
    """Bits: 1 domain, 2 private, 4 public; 0 is every profile."""
    action: Annotated[RuleAction, Expression("[int]$_.Action")]


class FirewallPort(Fact):
    """TCP ports of firewall rules. Source: Get-NetFirewallPortFilter, NetSecurity module."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-NetFirewallPortFilter -PolicyStore ActiveStore -Protocol TCP"
    instance_id: str = Field(alias="InstanceID")
    """The rule's."""
    local_port: Annotated[Texts, Expression('@($_.LocalPort | ForEach-Object { "$_" })')]
    """Ports, ranges such as ``5000-5100``, or ``Any``."""


class FirewallAddress(Fact):
    """Addresses that firewall rules are limited to. Source: Get-NetFirewallAddressFilter, NetSecurity module."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-NetFirewallAddressFilter -PolicyStore ActiveStore"
    instance_id: str = Field(alias="InstanceID")
    """The rule's."""
    remote_address: Annotated[Texts, Expression('@($_.RemoteAddress | ForEach-Object { "$_" })')]
    """Addresses, subnets, ranges, or words such as ``Any`` and ``LocalSubnet``."""


class FirewallProgram(Fact):
    """Programs that firewall rules are for. Source: Get-NetFirewallApplicationFilter, NetSecurity module."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-NetFirewallApplicationFilter -PolicyStore ActiveStore"
    instance_id: str = Field(alias="InstanceID")
    """The rule's."""
    program: str
    """A path, ``System`` for what the kernel itself listens on, or ``Any``."""


@dataclass(frozen=True)
class Firewall(Derived):
    """What the firewall lets in."""

    profiles: list[FirewallProfile]
    rules: list[FirewallRule]
    ports: list[FirewallPort]
    addresses: list[FirewallAddress]
    programs: list[FirewallProgram]

    def is_on(self, category: NetworkCategory) -> bool:
        """Whether the profile of a network category filters at all.

        Raises:
            Unknown: the host does not say.
        """
        for profile in self.profiles:
            if profile.name == category.profile_name:
                return profile.enabled == _ON
        name = Verbatim(category.profile_name)
        raise Unknown(_("the firewall does not tell whether its profile {name} is on", name=name))

    def lets_in(self, port: int, category: NetworkCategory, subnet: Subnet) -> bool:
        """Whether a whole subnet reaches a TCP port of Windows itself through interfaces of a network category.

        A rule that blocks wins over any that allows.

        Raises:
            Unknown: it depends on rules for addresses in a form that we do not know.
        """
        rules = list(self._rules_for(port, category))
        blocked = self._holds_for(subnet, (r for r in rules if r.action is RuleAction.BLOCK), _touches)
        return not blocked and self._holds_for(subnet, (r for r in rules if r.action is RuleAction.ALLOW), _covers)

    def _holds_for(self, subnet: Subnet, rules: Iterable[FirewallRule], test: AddressTest) -> bool:
        answers = {text: test(text, subnet) for rule in rules for text in self._remote_addresses(rule)}
        if True in answers.values():
            return True
        unclear = [Verbatim(text) for text, answer in answers.items() if answer is None]
        if unclear:
            raise Unknown(_("could not tell for which addresses these firewall rules hold: {texts}", texts=unclear))
        return False

    def _rules_for(self, port: int, category: NetworkCategory) -> Iterable[FirewallRule]:
        """Rules for a TCP port that Windows itself listens on; most rules are for one program only."""
        of_port = {each.instance_id for each in self.ports if any(_holds(text, port) for text in each.local_port)}
        of_windows = {each.instance_id for each in self.programs if each.program.lower() in ("any", "system")}
        for rule in (each for each in self.rules if each.instance_id in of_port & of_windows):
            if rule.profiles in _EVERY or rule.profiles & category.profile:
                yield rule

    def _remote_addresses(self, rule: FirewallRule) -> Iterable[str]:
        return (text for each in self.addresses if each.instance_id == rule.instance_id for text in each.remote_address)


@dataclass(frozen=True)
class Doors(Derived):
    """The firewall as interfaces meet it, each by the profile of its network."""

    firewall: Firewall
    profiles: list[ConnectionProfile]

    def closed(self, port: int, paths: Iterable[tuple[NetAdapter, Subnet]]) -> Iterator[Closed]:
        """Where a TCP port of Windows is closed to the subnet of an interface.

        Raises:
            Unknown: after all that is certain, why it could not be told of another interface.
        """
        untold: list[Message] = []
        for adapter, subnet in paths:
            profile = next((p for p in self.profiles if p.interface_index == adapter.interface_index), None)
            if profile is None:
                untold.append(_("Windows gives {interface} no network profile", interface=Verbatim(adapter.name)))
                continue
            category = profile.network_category
            try:
                if self.firewall.is_on(category) and not self.firewall.lets_in(port, category, subnet):
                    yield Closed(port, adapter, subnet, category)
            except Unknown as unknown:
                untold.append(unknown.reason)
        if untold:
            raise Unknown(untold[0])


@dataclass(frozen=True)
class Closed:
    """A TCP port that the firewall closes to the subnet of an interface."""

    port: int
    adapter: NetAdapter
    subnet: Subnet
    category: NetworkCategory

    @property
    def evidence(self) -> dict[str, object]:
        """What shows it, under the names that PowerShell has for it."""
        return {"NetworkCategory": self.category.powershell, "LocalPort": self.port}

    def opened(self, prefix: str) -> Fix:
        """A rule for this port, this subnet and this profile alone."""
        name = f"{prefix}-{str(self.subnet).replace('/', '-').replace(':', '-')}"
        return Fix(
            "New-NetFirewallRule",
            Name=name,
            DisplayName=name,
            Direction="Inbound",
            Action="Allow",
            Protocol="TCP",
            LocalPort=self.port,
            Profile=self.category.profile_name,
            RemoteAddress=str(self.subnet),
            note=_("Opens the port to this subnet alone. Where Group Policy forbids local rules, add the rule there."),
        )


_ON = 1
_EVERY = (0, 7, 0x7FFFFFFF)
"""Forms in which a rule says that it holds for every profile."""
_WORDS = {"any": (4, 6), "localsubnet": (4, 6), "localsubnet4": (4,), "localsubnet6": (6,)}
"""Words for addresses, with the protocols that they hold for: what is on an interface's own subnet is local to it."""


def _holds(text: str, port: int) -> bool:
    """Whether a rule's port, range or word holds a port."""
    if text.lower() == "any":
        return True
    first, _hyphen, last = text.partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        return False
    return int(first) <= port <= int(last or first)


def _covers(text: str, subnet: Subnet) -> bool | None:
    """Whether a rule's address holds a whole subnet; None where we cannot tell."""
    found = _range(text, subnet)
    return None if found is None else found[0] <= int(subnet[0]) and int(subnet[-1]) <= found[1]


def _touches(text: str, subnet: Subnet) -> bool | None:
    """Whether a rule's address holds any of a subnet; None where we cannot tell."""
    found = _range(text, subnet)
    return None if found is None else found[0] <= int(subnet[-1]) and int(subnet[0]) <= found[1]


def _range(text: str, subnet: Subnet) -> tuple[int, int] | None:
    """The first and the last address that a rule names; nothing of the other protocol, None where we cannot tell."""
    if text.lower() in _WORDS:
        return _ALL if subnet.version in _WORDS[text.lower()] else _NOTHING
    try:
        if "-" in text:
            low, high = (ip_address(part.strip()) for part in text.split("-", 1))
            return (int(low), int(high)) if low.version == subnet.version else _NOTHING
        other = ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    return (int(other[0]), int(other[-1])) if other.version == subnet.version else _NOTHING


_ALL, _NOTHING = (0, 1 << 128), (1, 0)
