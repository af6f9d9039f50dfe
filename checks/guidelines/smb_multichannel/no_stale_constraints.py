"""MC002: each constraint of SMB Multichannel leads to an interface that exists and has a link."""

from __future__ import annotations

from collections.abc import Iterator

from checks import sources
from checks.facts.needs import Later
from checks.facts.net_adapter import NetAdapter
from checks.facts.smb import SmbClientInterface, SmbConstraint
from checks.facts.storage import SmbUse, first_label
from checks.facts.topology import is_up
from checks.guidelines import guideline
from checks.i18n import Verbatim, _
from checks.model import Finding, Fix, NotApplicable, Severity


@guideline(
    "MC002",
    title=_("Leave no stale SMB Multichannel constraint behind"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.SMB_MULTICHANNEL_TROUBLESHOOTING,
        sources.SMB_CONSTRAINT,
    ],
)
def no_stale_constraints(
    constraints: list[SmbConstraint],
    adapters: list[NetAdapter],
    interfaces: list[SmbClientInterface],
    use: Later[SmbUse],
) -> Iterator[Finding]:
    """Towards no server does SMB keep to interfaces that are gone, have no link, or lack the RDMA that others have."""
    if not constraints:
        raise NotApplicable(_("there is no constraint: SMB chooses among all interfaces"))
    known = {adapter.interface_guid: adapter for adapter in adapters}
    for server in dict.fromkeys(each.server_name for each in constraints):
        rows = [each for each in constraints if each.server_name == server]
        live = [each for each in rows if each.interface_guid in known and is_up(known[each.interface_guid])]
        if not live:
            yield _cut_off(server, rows, use.value)
            continue
        for row in rows:
            if row.interface_guid not in known:
                yield _gone(row)
            elif row not in live:
                yield _without_link(row)
        yield from _without_rdma(server, live, interfaces)


def _cut_off(server: str, rows: list[SmbConstraint], use: SmbUse) -> Finding:
    return Finding(
        _(
            "no interface that SMB may use towards {server} exists and has a link: {interfaces}",
            server=Verbatim(server),
            interfaces=[Verbatim(row.interface_alias) for row in rows],
        ),
        subject=server,
        # Other servers may be gone as well; and between nodes, constraints hold for live migration alone.
        severity=Severity.CRITICAL if first_label(server) in use.servers else Severity.WARNING,
        evidence={"InterfaceAlias": [row.interface_alias for row in rows]},
        # Without any constraint, storage could move to the management network: the right interface comes first.
        hint=_(
            "Add the right interface with New-SmbMultichannelConstraint first, then remove the old constraint with "
            "Remove-SmbMultichannelConstraint; without any, SMB chooses among all interfaces."
        ),
    )


def _gone(row: SmbConstraint) -> Finding:
    return Finding(
        _(
            "a constraint towards {server} names {interface}, which this host no longer has",
            server=Verbatim(row.server_name),
            interface=Verbatim(row.interface_alias),
        ),
        subject=row.server_name,
        severity=Severity.WARNING,
        evidence={"InterfaceAlias": row.interface_alias, "InterfaceIndex": row.interface_index},
        fix=Fix(
            "Remove-SmbMultichannelConstraint",
            ServerName=row.server_name,
            InterfaceIndex=row.interface_index,
            Force=True,
            before={"InterfaceAlias": row.interface_alias},
        ),
    )


def _without_link(row: SmbConstraint) -> Finding:
    return Finding(
        _(
            "{interface}, one of the interfaces that SMB may use towards {server}, has no link",
            interface=Verbatim(row.interface_alias),
            server=Verbatim(row.server_name),
        ),
        subject=row.server_name,
        severity=Severity.INFO,
        evidence={"InterfaceAlias": row.interface_alias},
        hint=_("Bring the link up; the constraint itself is in order."),
    )


def _without_rdma(server: str, live: list[SmbConstraint], interfaces: list[SmbClientInterface]) -> Iterator[Finding]:
    rdma = {each.interface_index for each in interfaces if each.rdma_capable}
    if not rdma or rdma & {row.interface_index for row in live}:
        return
    yield Finding(
        _(
            "towards {server}, SMB must use {interfaces}, without RDMA, although the host has interfaces with RDMA",
            server=Verbatim(server),
            interfaces=[Verbatim(row.interface_alias) for row in live],
        ),
        subject=server,
        severity=Severity.WARNING,
        evidence={"InterfaceAlias": [row.interface_alias for row in live]},
        hint=_(
            "If this is not meant, add the interfaces with RDMA with New-SmbMultichannelConstraint, then remove the "
            "others."
        ),
    )
