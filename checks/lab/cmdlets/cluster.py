"""The cmdlets of the FailoverClusters module, and properties that are assigned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.lab.cmdlets.rows import Facts, found
from checks.model import Assignment, Command

_OBJECTS = {"Get-Cluster": "ClusterSettings", "Get-ClusterNetwork": "ClusterNetwork"}
"""Facts by the cmdlet whose objects take assignments."""


def assign(facts: Facts, assignment: Assignment) -> None:
    """Set a property of the object that a cmdlet finds.

    Raises:
        LookupError: the lab does not know the object, or it has no such property.
    """
    if assignment.cmdlet not in _OBJECTS:
        raise LookupError(f"the lab assigns nothing to what {assignment.cmdlet} finds")
    row = found(facts, _OBJECTS[assignment.cmdlet], **assignment.parameters)
    if assignment.name not in row:
        raise LookupError(f"{assignment.cmdlet} finds nothing with the property {assignment.name}")
    if assignment.name == "SMBBandwidthLimitFactor" and row.get("SetSMBBandwidthLimit") == 1:
        _scale_limits(facts, assignment.value / row[assignment.name])
    row[assignment.name] = assignment.value


def _scale_limits(facts: Facts, by: float) -> None:
    """Where the cluster limits live migration, each node's limit follows the factor."""
    for limit in facts.get("SmbBandwidthLimit", []):
        if limit["Category"] in (2, "LiveMigration"):
            limit["BytesPerSecond"] = int(limit["BytesPerSecond"] * by)


def _set_cluster_parameter(facts: Facts, parameters: Mapping[str, Any]) -> None:
    of = parameters["InputObject"]
    if not isinstance(of, Command) or of.cmdlet != "Get-ClusterResourceType":
        raise LookupError("the lab sets parameters of cluster resource types only")
    rows = facts.setdefault("MigrationParameter", [])
    rows[:] = [row for row in rows if row["Name"] != parameters["Name"]]
    rows.append({"Name": parameters["Name"], "Value": parameters["Value"]})


def _update_functional_level(facts: Facts, _parameters: Mapping[str, Any]) -> None:
    # The upper half of each node's number is the level that it supports.
    level = min(row["NodeHighestVersion"] >> 16 for row in facts["ClusterNode"])
    facts["ClusterSettings"][0]["ClusterFunctionalLevel"] = level


def _resume_resource(facts: Facts, parameters: Mapping[str, Any]) -> None:
    found(facts, "ClusterSharedVolumeState", Name=parameters["Name"])
    for row in facts["ClusterSharedVolumeState"]:
        if row["Name"] == parameters["Name"]:
            # The lowest bit is what somebody asked for; a volume without another reason is direct again.
            row["FileSystemRedirectedIOReason"] &= ~1
            if not row["FileSystemRedirectedIOReason"] and not row["BlockRedirectedIOReason"]:
                row["StateInfo"] = 2


CMDLETS = {
    "Resume-ClusterResource": _resume_resource,
    "Set-ClusterParameter": _set_cluster_parameter,
    "Update-ClusterFunctionalLevel": _update_functional_level,
}
