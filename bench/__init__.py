"""How fast the portal is, against named references, on a synthetic province. See docs/benchmarks.md."""
