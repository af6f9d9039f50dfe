"""Guidelines of the area rdma."""
