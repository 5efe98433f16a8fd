"""The province's report on a cycle: compiled from the units' reports, written, locked, handed out.

``gather`` reads everything once into plain values (``content.Gathered``) that are kept with the
version. All the rest - readiness, paper, annexes, differences - is worked out from these values
alone, so that a version reads the same years later.
"""
