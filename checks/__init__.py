"""hvnet: a bilingual, executable knowledge base about tuning Hyper-V network I/O."""

__version__ = "0.1.0"
