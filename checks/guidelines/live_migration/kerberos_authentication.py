"""LM007: standalone hosts of a domain authenticate live migration with Kerberos."""

from __future__ import annotations

from collections.abc import Iterator

from checks import sources
from checks.facts.cluster import ClusterService
from checks.facts.hyperv import MigrationAuthentication, VMHost
from checks.facts.management import Management
from checks.facts.needs import Later
from checks.facts.system import ComputerSystem, DeviceGuard, OperatingSystem
from checks.guidelines import guideline
from checks.i18n import Message, _
from checks.model import Finding, Fix, NotApplicable, Severity, Unknown

CREDENTIAL_GUARD = 1
"""Its number among the SecurityServicesRunning of Win32_DeviceGuard."""
_WITHOUT_GUARD = (None, "2012 R2")
"""Versions of Windows Server that have no Credential Guard, and no class to ask."""


@guideline(
    "LM007",
    title=_("Authenticate live migration between standalone hosts with Kerberos"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.MIGRATION_WITHOUT_CLUSTERING,
        sources.CREDENTIAL_GUARD_ISSUES,
        sources.SET_VMHOST,
    ],
)
def kerberos_authentication(
    host: VMHost,
    service: list[ClusterService],
    machine: Later[ComputerSystem],
    system: Later[OperatingSystem],
    guard: Later[DeviceGuard],
    management: Later[Management],
) -> Iterator[Finding]:
    """CredSSP is an inconvenience as long as Credential Guard does not run, and an outage once it does."""
    if service:
        raise NotApplicable(_("the host is a node of a failover cluster, which moves virtual machines by itself"))
    if not host.virtual_machine_migration_enabled:
        raise NotApplicable(_("live migration is off on this host"))
    if not machine.value.part_of_domain:
        raise NotApplicable(_("the host is in no domain, so there is no Kerberos for it to use"))
    if host.virtual_machine_migration_authentication_type is MigrationAuthentication.KERBEROS:
        return
    try:
        guarded = _is_guarded(system, guard)
    except Unknown:
        # That it is CredSSP is certain all the same.
        yield _inconvenient(host)
        raise
    yield _blocked(host, management.value) if guarded else _inconvenient(host)


def _is_guarded(system: Later[OperatingSystem], guard: Later[DeviceGuard]) -> bool:
    if system.value.windows in _WITHOUT_GUARD:
        return False
    return CREDENTIAL_GUARD in guard.value.security_services_running


def _blocked(host: VMHost, management: Management) -> Finding:
    former = {"VirtualMachineMigrationAuthenticationType": "CredSSP"}
    # Network ATC leaves authentication alone; Virtual Machine Manager does not.
    managed = bool(management.agents)
    return Finding(
        _("live migration authenticates with CredSSP while Credential Guard runs: migrations from this host fail"),
        subject=host.name,
        evidence={**former, "SecurityServicesRunning": [CREDENTIAL_GUARD]},
        fix=None
        if managed
        else Fix("Set-VMHost", VirtualMachineMigrationAuthenticationType="Kerberos", before=former, note=_DELEGATION),
        hint=_DELEGATION if managed else None,
    )


def _inconvenient(host: VMHost) -> Finding:
    return Finding(
        _("live migration authenticates with CredSSP: it works only for somebody who is signed in on the source host"),
        subject=host.name,
        severity=Severity.INFO,
        evidence={"VirtualMachineMigrationAuthenticationType": "CredSSP"},
        # With Kerberos and no delegation, nothing would migrate any more: no command before that is done.
        hint=_FIRST_DELEGATION,
    )


_DELEGATION: Message = _(
    "Set up constrained delegation between the hosts first, in both directions, for the services cifs and Microsoft "
    "Virtual System Migration Service. Do not turn Credential Guard off instead."
)
_FIRST_DELEGATION: Message = _(
    "Set up constrained delegation between the hosts, in both directions; only then choose Kerberos on both: without "
    "delegation, migrations that work today would fail."
)
