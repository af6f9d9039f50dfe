"""Live migration: networks, transport, limits."""
