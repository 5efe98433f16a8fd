"""How fast the portal is, against named references: docs/benchmarks.md."""
