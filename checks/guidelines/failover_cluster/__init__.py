"""Failover clusters: networks, storage, quorum."""
