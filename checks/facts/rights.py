"""What an account must be allowed to, to read a fact. Each fact names one right; signing in comes before all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from checks.i18n import Message, _
from checks.model import Source


@dataclass(frozen=True, eq=False)
class Right:
    """A group or a right, and how it is given.

    ``source`` says where Microsoft documents it; None means that it is our experience, or a guess on the safe side.
    """

    label: Message
    given_by: Message | None
    source: Source | None
    remark: Message | None = None


_STANDARD_USERS = Source(
    "Enable-ServerManagerStandardUserRemoting",
    "https://learn.microsoft.com/powershell/module/servermanager/enable-servermanagerstandarduserremoting",
    read=date(2026, 11, 23),
)
_GROUPS = Source(
    "Active Directory security groups",
    "https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-security-groups",
    read=date(2026, 11, 23),
)
_CLUSTER_ACCESS = Source(
    "Grant-ClusterAccess",
    "MicrosoftDocs/windows-powershell-docs: docset/winserver2022-ps/failoverclusters/Grant-ClusterAccess.md",
    read=date(2026, 11, 23),
)
_NAMESPACES = Source(
    "Namespace Access Rights Constants",
    "https://learn.microsoft.com/windows/win32/wmisdk/namespace-access-rights-constants",
    read=date(2026, 11, 23),
)

ANYBODY = Right(_("Nothing beyond signing in"), None, None)
SYSTEM = Right(
    _("Reading the WMI namespace root\\cimv2"), _("Enable-ServerManagerStandardUserRemoting"), _STANDARD_USERS
)
SERVICES = Right(
    _("Status of services in the Service Control Manager"),
    _("Enable-ServerManagerStandardUserRemoting"),
    _STANDARD_USERS,
)
FEATURES = Right(
    _("Inventory of roles and features"),
    _("Enable-ServerManagerStandardUserRemoting"),
    _STANDARD_USERS,
    _("Documented for Server Manager; Get-WindowsFeature itself may still ask for an administrator."),
)
NETWORK = Right(
    _("Reading the WMI namespace root\\StandardCimv2"),
    _("Every user has it by default"),
    _NAMESPACES,
    _("The classes may check more than the namespace does."),
)
HYPER_V = Right(
    _("Hyper-V Administrators"),
    _("Membership in the group, S-1-5-32-578"),
    _GROUPS,
    _("There is no group that only reads: this one may change everything in Hyper-V."),
)
CLUSTER = Right(_("Reading the cluster"), _("Grant-ClusterAccess -ReadOnly"), _CLUSTER_ACCESS)
ADMINISTRATORS = Right(
    _("Administrators of the host"),
    _("Membership in the group, S-1-5-32-544"),
    None,
    _("Not documented: others were seen to be denied, or nobody tried."),
)
