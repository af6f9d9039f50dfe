"""FC005: SMB is bound to the adapters of the cluster's networks, and its services run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from checks import sources
from checks.facts.base import Only
from checks.facts.cluster import ClusterSharedVolume, NetworkRole
from checks.facts.hyperv import MigrationPerformance, VMHost
from checks.facts.needs import Later
from checks.facts.net_adapter import AdapterBinding, NetAdapter
from checks.facts.system import SmbService
from checks.guidelines import guideline
from checks.guidelines.failover_cluster._networks import Networks, require_several_nodes
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, Fix, Severity, SideEffect, Source, Unknown

_COMPONENTS = ("ms_msclient", "ms_server")
"""The SMB client (Client for Microsoft Networks) and the SMB server (File and Printer Sharing)."""
_SERVICES = ("LanmanServer", "LanmanWorkstation")


@dataclass(frozen=True)
class Nic:
    """An adapter of this node that the cluster uses, and what SMB lacks on it."""

    adapter: NetAdapter
    is_private: bool
    """Whether its network is for the cluster alone, and clients do not come that way."""
    unbound: tuple[str, ...]


@guideline(
    "FC005",
    title=_("Keep SMB client and server bound on cluster adapters"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.CLUSTER_SHARED_VOLUMES,
        sources.SMB_MULTICHANNEL_TROUBLESHOOTING,
        Source(
            "Enable-NetAdapterBinding",
            "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/NetAdapter/Enable-NetAdapterBinding.md",
            read=date(2026, 11, 23),
        ),
    ],
)
def smb_bindings_on_cluster_nics(
    networks: Networks,
    bindings: Annotated[list[AdapterBinding], Only(*_COMPONENTS)],
    services: list[SmbService],
    volumes: list[ClusterSharedVolume],
    host: Later[VMHost],
) -> Iterator[Finding]:
    """Both components are enabled on the adapters of networks with role 1 or 3; both services start by themselves."""
    require_several_nodes(networks.service, networks.nodes)
    # Without shared volumes, only live migration over SMB would miss the binding.
    option = MigrationPerformance.SMB if volumes else host.value.virtual_machine_migration_performance_option
    worst = None if option is MigrationPerformance.SMB else Severity.INFO
    yield from _services(services, worst)
    bound = {(each.instance_id, each.component_id.lower()): each.enabled for each in bindings}
    adapters, private = _adapters(networks)
    if not adapters:
        raise Unknown(_("no interface of the cluster's networks was found among the adapters of this node"))
    known = [a for a in adapters if all((a.interface_guid, each) in bound for each in _COMPONENTS)]
    untold = [Verbatim(a.name) for a in adapters if a not in known]
    nics = [
        Nic(a, a in private, tuple(each for each in _COMPONENTS if not bound[a.interface_guid, each])) for a in known
    ]
    yield from _unbound(nics, complete=not untold, worst=worst)
    _require_services(services)
    if untold:
        raise Unknown(_("these adapters report no binding of SMB: {adapters}", adapters=untold))


def _adapters(networks: Networks) -> tuple[list[NetAdapter], list[NetAdapter]]:
    """Adapters of this node in the cluster's networks; and those of them in networks that clients do not use."""
    role_of = {network.id: network.role for network in networks.used}
    found = [
        (networks.adapter_of[i.adapter_id], role_of[i.network_id]) for i in networks.local if i.network_id in role_of
    ]
    return [adapter for adapter, _role in found], [a for a, role in found if role is NetworkRole.CLUSTER]


def _services(services: list[SmbService], worst: Severity | None) -> Iterator[Finding]:
    """The services of the SMB server and client run, and will after the next start of Windows."""
    for service in services:
        name = Verbatim(service.name)
        if service.state == "Stopped":
            yield Finding(
                _("the service {service} does not run: this node has no SMB", service=name),
                subject=service.name,
                severity=worst,
                evidence=_evidence(service),
                fix=Fix("Set-Service", Name=service.name, StartupType="Automatic", before=_evidence(service)).then(
                    "Start-Service", Name=service.name
                ),
            )
        elif service.start_mode in ("Manual", "Disabled"):
            yield Finding(
                _("the service {service} does not start with Windows", service=name),
                subject=service.name,
                severity=worst or Severity.WARNING,
                evidence=_evidence(service),
                fix=Fix("Set-Service", Name=service.name, StartupType="Automatic", before=_evidence(service)),
            )


def _require_services(services: list[SmbService]) -> None:
    """End the check where a service is not listed, or on its way up or down.

    Raises:
        Unknown: it cannot be told whether SMB works.
    """
    settled = {service.name.lower() for service in services if service.state in ("Running", "Stopped")}
    untold = [Verbatim(name) for name in _SERVICES if name.lower() not in settled]
    if untold:
        raise Unknown(_("these services are missing, or are starting or stopping: {services}", services=untold))


def _evidence(service: SmbService) -> dict[str, str]:
    return {"StartMode": service.start_mode, "State": service.state}


def _unbound(nics: list[Nic], *, complete: bool, worst: Severity | None) -> Iterator[Finding]:
    """A finding per adapter; critical where SMB has no other adapter of the cluster left."""
    whole = [nic for nic in nics if not nic.unbound]
    nothing_left = complete and not whole
    private_left = any(nic.is_private for nic in nics)
    for nic in nics:
        if not nic.unbound:
            continue
        # Clients come by the other networks too: SMB is offered there only where it has no other way.
        leave = not nic.is_private and (private_left or bool(whole))
        severity = Severity.CRITICAL if nothing_left else Severity.WARNING
        yield Finding(
            _message(nic, nothing_left=nothing_left),
            subject=nic.adapter.name,
            severity=Severity.INFO if leave else worst or severity,
            evidence=dict.fromkeys(nic.unbound, False),
            fix=None if leave else _bind(nic),
            hint=_LEAVE if leave else None,
        )


def _message(nic: Nic, *, nothing_left: bool) -> Message:
    names = {"adapter": Verbatim(nic.adapter.name), "components": [Verbatim(each) for each in nic.unbound]}
    if nothing_left:
        return _("{adapter} lacks {components}, and no other adapter of the cluster has both halves of SMB", **names)
    return _("{adapter} lacks {components}: the cluster's SMB traffic leaves this adapter out", **names)


def _bind(nic: Nic) -> Fix:
    return Fix(
        "Enable-NetAdapterBinding",
        Name=nic.adapter.name,
        ComponentID=list(nic.unbound),
        effect=SideEffect.RESTARTS_ADAPTER,
        before=dict.fromkeys(nic.unbound, False),
        note=_("Change one node at a time, and see that SMB offers the adapter before the next."),
    )


_LEAVE = _(
    "Clients reach this network too. Where SMB was taken off on purpose, leave it so: "
    "the cluster's own networks carry the traffic."
)
