"""What the reporting app keeps, by room: figures, declarations."""

from reporting.models.declared import DeclaredFigure, ExternalRanking
from reporting.models.rollups import (
    COUNTERS,
    Axis,
    Counters,
    DirtyMark,
    RollupCell,
    RollupFact,
    RollupState,
    RollupTrait,
    VerificationRun,
)

__all__ = [
    "COUNTERS",
    "Axis",
    "Counters",
    "DeclaredFigure",
    "DirtyMark",
    "ExternalRanking",
    "RollupCell",
    "RollupFact",
    "RollupState",
    "RollupTrait",
    "VerificationRun",
]
