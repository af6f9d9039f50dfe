"""MC001: SMB Multichannel is on, for the client and for the server."""

from __future__ import annotations

from collections.abc import Iterator

from checks import sources
from checks.facts.net_adapter import NetAdapter
from checks.facts.smb import SmbClientConfiguration, SmbServerConfiguration
from checks.facts.storage import SmbUse
from checks.facts.topology import Topology
from checks.guidelines import guideline
from checks.i18n import Message, _, _n
from checks.model import Finding, Fix, NotApplicable, Severity

_CONNECTIONS = 4
"""Connections per interface with RSS that Windows opens unless told otherwise."""


@guideline(
    "MC001",
    title=_("Keep SMB Multichannel on, for the client and for the server"),
    severity=Severity.CRITICAL,
    since="2012 R2",
    sources=[
        sources.SMB_DIRECT,
        sources.SMB_MULTICHANNEL_TROUBLESHOOTING,
        sources.SMB_CLIENT_CONFIGURATION,
    ],
)
def enabled(
    client: SmbClientConfiguration, server: SmbServerConfiguration, use: SmbUse, topology: Topology
) -> Iterator[Finding]:
    """EnableMultiChannel is on in both configurations, with as many connections as Windows has by default."""
    if topology.is_nested and len(_ways(topology)) < 2:
        raise NotApplicable(_("the host is a virtual machine with one network interface"))
    if not client.enable_multi_channel:
        yield _off(
            _("the SMB client has Multichannel off: each connection keeps to one path, and without RDMA"), use, "Client"
        )
    if not server.enable_multi_channel:
        yield _off(_("the SMB server has Multichannel off: it offers its clients one path, and no RDMA"), use, "Server")
    if client.connection_count_per_rss_network_interface < _CONNECTIONS:
        yield _few(client)


def _ways(topology: Topology) -> list[NetAdapter]:
    indexes = {index for indexes in topology.networks.values() for index in indexes}
    return [topology.by_index[index] for index in sorted(indexes)]


def _off(message: Message, use: SmbUse, side: str) -> Finding:
    former = {"EnableMultiChannel": False}
    return Finding(
        message,
        subject=use.host.value.name,
        severity=_severity(use),
        evidence=former,
        fix=Fix(
            f"Set-Smb{side}Configuration",
            EnableMultiChannel=True,
            Force=True,
            before=former,
            note=_("Holds for new connections; those that exist keep their single path until they are made anew."),
        ),
    )


def _severity(use: SmbUse) -> Severity:
    """Shared volumes on a SAN need SMB only for what a node cannot write by itself: slow, but not at a stand."""
    if use.for_storage and not use.for_disks:
        return Severity.WARNING
    return use.stakes


def _few(client: SmbClientConfiguration) -> Finding:
    count = client.connection_count_per_rss_network_interface
    former = {"ConnectionCountPerRssNetworkInterface": count}
    return Finding(
        _n(
            "the SMB client opens {count} connection per interface with RSS, {default} by default",
            "the SMB client opens {count} connections per interface with RSS, {default} by default",
            count,
            default=_CONNECTIONS,
        ),
        subject="SMB",
        severity=Severity.INFO,
        evidence=former,
        fix=Fix(
            "Set-SmbClientConfiguration", ConnectionCountPerRssNetworkInterface=_CONNECTIONS, Force=True, before=former
        ),
    )
