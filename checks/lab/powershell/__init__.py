"""The small read-only part of PowerShell that the lab answers: enough for facts, nothing that could change a host."""
