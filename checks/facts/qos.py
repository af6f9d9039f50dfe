"""Quality of service: policies that tag traffic, priorities that pause, classes that share, and what the ports run."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from checks.facts.base import Expression, Fact, Flags, Numbers, OwnerGuid, PowerShellEnum
from checks.facts.rights import ADMINISTRATORS, FEATURES, NETWORK, Right

_CIM = "Get-CimInstance -Namespace root/StandardCimv2 -ClassName"


def _of_host_and_ports(data: str, cmdlet: str) -> str:
    """The settings of the host, and from Windows Server 2016 on those of each port: nothing but the cmdlet gives them.

    A port has rows even where nobody gave it settings of its own; they then hold what Windows starts from.
    """
    ports = f"Get-NetAdapterQos | ForEach-Object {{ {cmdlet} -InterfaceAlias $_.Name }}"
    knows = f"(Get-Command -Name {cmdlet}).Parameters.Keys -contains 'InterfaceAlias'"
    return f"{_CIM} {data} | ForEach-Object -Process {{ $_ }} -End {{ if ({knows}) {{ {ports} }} }}"


class QosAlgorithm(PowerShellEnum):
    """Algorithm of a traffic class."""

    STRICT = 0
    ETS = 2


class DcbFeature(Fact):
    """The Windows feature Data Center Bridging; no row where it is not installed. Source: Get-WindowsFeature."""

    rights: ClassVar[Right] = FEATURES
    query: ClassVar[str] = "Get-WindowsFeature -Name Data-Center-Bridging | Where-Object { $_.Installed }"
    name: str


class QosPolicy(Fact):
    """Policies in force, those of Group Policy included. Source: Get-NetQosPolicy, NetQos module."""

    rights: ClassVar[Right] = ADMINISTRATORS
    query: ClassVar[str] = "Get-NetQosPolicy -PolicyStore ActiveStore"
    name: str
    template: Annotated[str, Expression('"$($_.TemplateMatchCondition)"')]
    """What the policy is for: None, SMB, LiveMigration, Cluster and others; never translated."""
    net_direct_port: Annotated[int, Expression("$_.NetDirectPortMatchCondition")]
    """The port of RDMA traffic that it is for; 0 where it is for none, 445 for SMB Direct."""
    priority: Annotated[int, Expression("[int]$_.PriorityValue8021Action")]
    """The 802.1p priority that it gives; -1 where it gives none."""


class QosFlowControl(Fact):
    """Priorities and whether they pause instead of losing frames. Source: MSFT_NetQosFlowControlSettingData.

    Rows without an interface hold for the host, others for one port.
    """

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = _of_host_and_ports("MSFT_NetQosFlowControlSettingData", "Get-NetQosFlowControl")
    only_if: ClassVar[type[Fact] | None] = DcbFeature
    priority: int
    enabled: bool
    interface_alias: str = ""


class QosTrafficClass(Fact):
    """Classes that share a port's bandwidth. Source: MSFT_NetQosTrafficClassSettingData.

    Rows without an interface hold for the host, others for one port. ``[Default]`` is always there and has what the
    others leave.
    """

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = _of_host_and_ports("MSFT_NetQosTrafficClassSettingData", "Get-NetQosTrafficClass")
    only_if: ClassVar[type[Fact] | None] = DcbFeature
    name: str
    priority: Annotated[Numbers, Expression("@($_.Priority)")]
    """802.1p priorities."""
    algorithm: QosAlgorithm
    bandwidth_percentage: int
    interface_alias: str = ""


class QosDcbxSetting(Fact):
    """Whether a host takes its classes from the switch. Source: MSFT_NetQosDcbxSettingData.

    The row without an interface holds for the host, others for one port.
    """

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = _of_host_and_ports("MSFT_NetQosDcbxSettingData", "Get-NetQosDcbxSetting")
    only_if: ClassVar[type[Fact] | None] = DcbFeature
    willing: bool
    interface_alias: str = ""


class QosAdapter(Fact):
    """What the ports run of all this. Source: MSFT_NetAdapterQosSettingData."""

    rights: ClassVar[Right] = NETWORK
    query: ClassVar[str] = f"{_CIM} MSFT_NetAdapterQosSettingData"
    name: str
    instance_id: OwnerGuid = Field(alias="InstanceID")
    """The GUID of the adapter."""
    enabled: bool
    flow_control: Annotated[Flags, Expression("@($_.OperationalSettings.PriorityFlowControlEnableArray)")]
    """Eight values, one a priority: True where the port pauses it."""
    classes: Annotated[Numbers, Expression("@($_.OperationalSettings.PriorityAssignmentTable)")]
    """Eight values, one a priority: the number of its class."""
    bandwidth: Annotated[Numbers, Expression("@($_.OperationalSettings.BandwidthAssignmentTable)")]
    """Eight values, one a class: its percentage."""
    algorithms: Annotated[Numbers, Expression("@($_.OperationalSettings.TsaAssignmentTable)")]
    """Eight values, one a class: 0 strict, 2 ETS."""
    hardware_classes: Annotated[int, Expression("$_.HardwareCapabilities.NumberOfTrafficClasses")]
    hardware_ets_classes: Annotated[int, Expression("$_.HardwareCapabilities.NumberOfEtsCapableTrafficClasses")]
    hardware_pfc_classes: Annotated[int, Expression("$_.HardwareCapabilities.NumberOfPfcEnabledTrafficClasses")]
    remote_flow_control: Annotated[Flags, Expression("@($_.RemoteSettings.PriorityFlowControlEnableArray)")] = ()
    """The same as the switch announces it; empty where it announces nothing."""
