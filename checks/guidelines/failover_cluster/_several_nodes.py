"""What guidelines share that judge a cluster of at least two nodes."""

from __future__ import annotations

from checks.facts.cluster import ClusterNode, ClusterService, ClusterSettings
from checks.i18n import _
from checks.model import NotApplicable, Unknown


def several_nodes(
    service: list[ClusterService], cluster: ClusterSettings | None, nodes: list[ClusterNode]
) -> ClusterSettings:
    """The settings of a cluster that has other nodes than this one.

    Raises:
        NotApplicable: the host is in no cluster, or alone in its cluster.
        Unknown: the cluster does not answer.
    """
    if not service:
        raise NotApplicable(_("the host is not a node of a failover cluster"))
    if cluster is None:
        raise Unknown(_("the cluster service is installed, but there is no answer from the cluster"))
    if len(nodes) < 2:
        raise NotApplicable(_("the cluster has one node only"))
    return cluster
