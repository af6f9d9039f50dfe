"""Windows itself: version, hardware, services that own the network configuration."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from checks.facts.base import Fact, PowerShellEnum, Texts
from checks.facts.rights import ADMINISTRATORS, ANYBODY, SERVICES, SYSTEM, Right
from checks.model import VERSIONS, WindowsVersion


class ProductType(PowerShellEnum):
    """Win32_OperatingSystem.ProductType."""

    WORKSTATION = 1
    DOMAIN_CONTROLLER = 2
    SERVER = 3


class OperatingSystem(Fact):
    """Version and language of Windows. Source: Win32_OperatingSystem."""

    rights: ClassVar[Right] = SYSTEM
    query: ClassVar[str] = "Get-CimInstance -ClassName Win32_OperatingSystem"
    computer_name: str = Field(alias="CSName")
    caption: str
    version: str
    build_number: int
    product_type: ProductType
    os_language: int = Field(alias="OSLanguage")
    mui_languages: Texts = Field(alias="MUILanguages")

    @property
    def windows(self) -> WindowsVersion | None:
        """The newest Windows Server version that this build is at least; None before 2012 R2."""
        builds = dict(zip((9600, 14393, 17763, 20348, 26100), VERSIONS, strict=True))
        return max((b, v) for b, v in [(0, None), *builds.items()] if b <= self.build_number)[1]


class VirtualMachineManagerAgent(Fact):
    """The agent of System Center Virtual Machine Manager; no row where it is not installed. Source: Win32_Service."""

    rights: ClassVar[Right] = SERVICES
    query: ClassVar[str] = "Get-CimInstance -ClassName Win32_Service -Filter \"Name='SCVMMAgent'\""
    name: str
    state: str


class NetworkAtcCommand(Fact):
    """Whether Network ATC is there to be asked; no row where it is not. Source: Get-Command."""

    rights: ClassVar[Right] = ANYBODY
    query: ClassVar[str] = "Get-Command -Name Get-NetIntent -ErrorAction SilentlyContinue"
    name: str


class NetIntent(Fact):
    """Intents of Network ATC, which then owns switches, adapters and migration settings. Source: Get-NetIntent."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-NetIntent"
    only_if: ClassVar[type[Fact] | None] = NetworkAtcCommand
    intent_name: str
