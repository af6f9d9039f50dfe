"""XN006: where Network ATC configures a node, every intent has been applied there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks import sources
from checks.facts.system import NetIntent, NetIntentStatus, OperatingSystem
from checks.guidelines import guideline
from checks.i18n import Verbatim, _
from checks.model import Command, Finding, NotApplicable, Severity, Source, Unknown


@guideline(
    "XN006",
    title=_("Keep the intents of Network ATC applied on every node"),
    severity=Severity.CRITICAL,
    since="2025",
    sources=[
        Source(
            "Network intent status on cluster nodes",
            "Azure/AzureLocal-Supportability: TSG/EnvironmentValidator/Networking/"
            "Troubleshoot-Network-Test-Cluster-Intent-Status.md",
            read=date(2026, 11, 23),
        ),
        sources.NETWORK_ATC,
        Source(
            "Set-NetIntentRetryState",
            "MicrosoftDocs/windows-powershell-docs: docset/winserver2025-ps/NetworkATC/Set-NetIntentRetryState.md",
            read=date(2026, 11, 23),
        ),
    ],
)
def network_atc_healthy(
    intents: list[NetIntent], statuses: list[NetIntentStatus], system: OperatingSystem
) -> Iterator[Finding]:
    """Each intent has succeeded on this node. What Network ATC is still at work on is neither right nor wrong."""
    if not intents:
        raise NotApplicable(_("Network ATC has no intents on this host"))
    # The cluster tells the status of all nodes, even of those that left it: each node answers for itself here.
    mine = {row.intent_name.lower(): row for row in statuses if _short(row.host) == _short(system.computer_name)}
    silent = [intent.intent_name for intent in intents if intent.intent_name.lower() not in mine]
    busy = []
    for intent in intents:
        row = mine.get(intent.intent_name.lower())
        if row and _has_failed(row):
            yield _failed(intent, row)
        elif row and not _has_succeeded(row):
            busy.append(intent.intent_name)
    if silent:
        raise Unknown(
            _("Network ATC has no status of these intents on this node: {intents}", intents=[*map(Verbatim, silent)])
        )
    if busy:
        raise Unknown(
            _(
                "Network ATC is still at work on these intents, ask again later: {intents}",
                intents=[*map(Verbatim, busy)],
            )
        )


def _short(host: str) -> str:
    return host.partition(".")[0].lower()


def _has_failed(row: NetIntentStatus) -> bool:
    """Whether an attempt has failed. Network ATC tries again some times by itself, and names the error meanwhile."""
    is_again = row.configuration_status == "Retrying" and bool(row.error)
    return row.configuration_status == "Failed" or row.provisioning_status == "Error" or is_again


def _has_succeeded(row: NetIntentStatus) -> bool:
    return row.configuration_status == "Success" and row.provisioning_status == "Completed"


def _failed(intent: NetIntent, row: NetIntentStatus) -> Finding:
    is_final = row.configuration_status != "Retrying"
    retry = Command("Set-NetIntentRetryState", {"Name": intent.intent_name, "NodeName": row.host})
    return Finding(
        _("Network ATC could not apply the intent {intent}: {error}", **_named(intent, row))
        if is_final
        else _("Network ATC could not apply the intent {intent} and tries again: {error}", **_named(intent, row)),
        subject=intent.intent_name,
        # Without its intent, storage runs with what a node has by accident.
        severity=Severity.CRITICAL if intent.is_storage_intent_set and is_final else Severity.WARNING,
        evidence={
            "ConfigurationStatus": row.configuration_status,
            "ProvisioningStatus": row.provisioning_status,
            "Error": row.error,
        },
        hint=_("Remove what the error names, then have it tried again: {command}", command=Verbatim(retry)),
    )


def _named(intent: NetIntent, row: NetIntentStatus) -> dict[str, object]:
    return {"intent": Verbatim(intent.intent_name), "error": Verbatim(row.error or "?")}
