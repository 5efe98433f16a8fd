"""Dividing whole numbers so that the parts add up again exactly."""

from __future__ import annotations

from collections.abc import Sequence


def shares(total: int, weights: Sequence[float], *, least: int = 0) -> list[int]:
    """Divide ``total`` by weights (largest remainders); nobody gets less than ``least``.

    The parts add up to ``total`` exactly. Raises ValueError when there is too little to go round.
    """
    spare = total - least * len(weights)
    if spare < 0 or not weights:
        raise ValueError(f"{total} cannot be divided among {len(weights)}, {least} at least.")
    whole = sum(weights)
    exact = [spare * weight / whole for weight in weights]
    parts = [least + int(part) for part in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: int(exact[i]) - exact[i])
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def scaled(number: int, size: float, *, least: int = 1) -> int:
    """A number of the full-size demonstration at another size."""
    return max(least, round(number * size))
