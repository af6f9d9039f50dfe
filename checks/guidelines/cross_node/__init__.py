"""Nodes of one cluster, compared."""
