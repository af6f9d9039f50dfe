"""The firewall: which network category an interface is in, and which inbound TCP ports its rules let in.

Rules are told by their ports: their names differ between versions, and what they display is translated.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from checks.facts.base import Expression, Fact, PowerShellEnum, Texts
from checks.facts.rights import ADMINISTRATORS, NETWORK, Right


class NetworkCategory(PowerShellEnum):
    """NetworkCategory of MSFT_NetConnectionProfile."""

    PUBLIC = 0
    PRIVATE = 1
    DOMAIN_AUTHENTICATED = 2

    @property
    def profile(self) -> int:
        """The bit of the firewall profile that holds for it: 1 domain, 2 private, 4 public."""
        return {0: 4, 1: 2, 2: 1}[self.value]


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


class FirewallRule(Fact):
    """Inbound rules that are on and allow, those of Group Policy included. Source: Get-NetFirewallRule."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-NetFirewallRule -PolicyStore ActiveStore -Direction Inbound -Enabled True -Action Allow"
    instance_id: str = Field(alias="InstanceID")
    profiles: Annotated[int, Expression("[int]$_.Profile")]
    """Bits: 1 domain, 2 private, 4 public; 0 is every profile."""


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
