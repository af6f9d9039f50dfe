"""FC008: whoever encrypts storage traffic over RDMA knows what it costs before Windows Server 2022."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks.facts.cluster import ClusterService, ClusterSettings
from checks.facts.rdma import Rdma
from checks.facts.smb import SmbServerConfiguration
from checks.facts.system import OperatingSystem
from checks.guidelines import guideline
from checks.i18n import Message, Verbatim, _
from checks.model import Finding, NotApplicable, Severity, Source, Unknown

_WINDOWS_SERVER_2022 = 20348
"""The first build that encrypts before RDMA places the data."""
_ENCRYPTED = 2
"""Of SecurityLevelForStorage: 0 is clear text, 1 signed."""


@guideline(
    "FC008",
    title=_("Encrypt storage traffic over RDMA with Windows Server 2022 or later"),
    severity=Severity.INFO,
    since="2012 R2",
    sources=[
        Source(
            "SMB Direct",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/storage/file-server/smb-direct.md",
            read=date(2026, 11, 23),
            says=_(
                "Before Windows Server 2022, SMB encryption turns direct data placement off; since then, data is "
                "encrypted before it is placed."
            ),
        ),
        Source(
            "Overview of Server Message Block signing",
            "MicrosoftDocs/windowsserverdocs: WindowsServerDocs/storage/file-server/smb-signing-overview.md",
            read=date(2026, 11, 23),
        ),
        Source(
            "SecurityLevel",
            "https://learn.microsoft.com/en-us/previous-versions/windows/desktop/mscs/clusters-securitylevel",
            read=date(2026, 11, 23),
        ),
    ],
)
def storage_encryption_vs_rdma(
    system: OperatingSystem,
    rdma: Rdma,
    server: SmbServerConfiguration,
    service: list[ClusterService],
    cluster: ClusterSettings | None,
) -> Iterator[Finding]:
    """Before Windows Server 2022, SMB traffic on a host that uses RDMA is not encrypted without its price known."""
    if rdma.topology.is_nested:
        raise NotApplicable(_("the host is itself a virtual machine"))
    if not rdma.endpoints:
        raise NotApplicable(_("no interface of the host uses RDMA"))
    if system.build_number >= _WINDOWS_SERVER_2022:
        return
    # Signing is left alone: it protects against far worse than a slow copy.
    if server.encrypt_data:
        yield Finding(
            _("the SMB server encrypts all of its shares: on this Windows version, RDMA then runs as slowly as TCP"),
            subject=system.computer_name,
            evidence={"EncryptData": True, "BuildNumber": system.build_number},
            hint=_choices(rdma),
        )
    if cluster is not None and cluster.security_level_for_storage == _ENCRYPTED:
        yield Finding(
            _(
                "the cluster encrypts its storage traffic: on this Windows version, RDMA then runs as slowly as TCP",
            ),
            subject=cluster.name,
            evidence={"SecurityLevelForStorage": _ENCRYPTED, "BuildNumber": system.build_number},
            hint=_choices(rdma),
        )
    if service and cluster is None:
        raise Unknown(_("the cluster service is installed, but there is no answer from the cluster"))


def _choices(rdma: Rdma) -> Message:
    return _(
        "Leave the encryption on, and plan the upgrade to Windows Server 2022 or later: there it costs RDMA little. "
        "If the storage is too slow until then, first give {adapters} networks that nothing else can reach, and let "
        "those who answer for security decide.",
        adapters=[Verbatim(adapter.name) for adapter in rdma.endpoints],
    )
