"""Windows itself: version, hardware, services that own the network configuration."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from checks.facts.base import Fact, Numbers, PowerShellEnum, Texts
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


class ComputerSystem(Fact):
    """The machine, and whether it is in a domain. Source: Win32_ComputerSystem."""

    rights: ClassVar[Right] = SYSTEM
    query: ClassVar[str] = "Get-CimInstance -ClassName Win32_ComputerSystem"
    manufacturer: str
    model: str
    part_of_domain: bool


class Processor(Fact):
    """Processors, a row per socket. Source: Win32_Processor."""

    rights: ClassVar[Right] = SYSTEM
    query: ClassVar[str] = "Get-CimInstance -ClassName Win32_Processor"
    name: str
    manufacturer: str
    """``GenuineIntel`` or ``AuthenticAMD``."""
    level: int
    """The family, such as 6 for Xeon."""
    revision: int
    """The model in the upper byte and the stepping in the lower; 21764 is ``5504``, model 85 and stepping 4."""


class DeviceGuard(Fact):
    """Security that rests on virtualization. Source: Win32_DeviceGuard; Windows Server 2012 R2 does not know it."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-CimInstance -Namespace root/Microsoft/Windows/DeviceGuard -ClassName Win32_DeviceGuard"
    security_services_running: Numbers = ()
    """1 among them is Credential Guard."""


class WindowsRevision(Fact):
    """The last part of Windows' build number, which each update raises. Source: the registry."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-ItemProperty -Path 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion'"
    ubr: int = Field(alias="UBR")


class SmbService(Fact):
    """The services of SMB's server and client. Source: Win32_Service."""

    rights: ClassVar[Right] = SERVICES
    query: ClassVar[str] = (
        "Get-CimInstance -ClassName Win32_Service -Filter \"Name='LanmanServer' OR Name='LanmanWorkstation'\""
    )
    name: str
    start_mode: str
    """``Auto``, ``Manual`` or ``Disabled``."""
    state: str
    """``Running``, ``Stopped`` or a state in between."""


class IscsiService(Fact):
    """The iSCSI initiator; no row where it does not run. Source: Win32_Service."""

    rights: ClassVar[Right] = SERVICES
    query: ClassVar[str] = "Get-CimInstance -ClassName Win32_Service -Filter \"Name='MSiSCSI' AND State='Running'\""
    name: str


class IscsiConnection(Fact):
    """Connections of the iSCSI initiator; adapters with their own do not show. Source: MSFT_iSCSIConnection."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-CimInstance -Namespace root/Microsoft/Windows/Storage -ClassName MSFT_iSCSIConnection"
    only_if: ClassVar[type[Fact] | None] = IscsiService
    initiator_address: str
    target_address: str


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
    is_storage_intent_set: bool = False
    """Whether the intent carries storage traffic."""


class NetIntentStatus(Fact):
    """What became of each intent on each node. Source: Get-NetIntentStatus, NetworkATC module."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-NetIntentStatus"
    only_if: ClassVar[type[Fact] | None] = NetworkAtcCommand
    intent_name: str
    host: str
    configuration_status: str
    """Success, Failed, Retrying, Validating, Provisioning or Pending."""
    provisioning_status: str = ""
    """Completed or Error; empty while the intent is being looked at again."""
    last_success: str = ""
    error: str = ""
