"""Reading figures: for units, on an axis, in a period, on behalf of somebody.

Standard periods of provinces, communes and departments are one stored row each. Everything else -
hamlets, schools, weeks, free ranges, conditions, figures restricted to one's own records - is added
up from facts by the same definitions; both ways give the same numbers.
"""

from reporting.figures.answers import (
    AsOf,
    Figure,
    as_of,
    children,
    data_version,
    figures,
    own_here,
    populations,
    series,
)
from reporting.figures.breakdowns import Part, breakdown
from reporting.figures.drill import Row, Rows, rows
from reporting.models import Axis

__all__ = [
    "AsOf", "Axis", "Figure", "Part", "Row", "Rows", "as_of", "breakdown", "children",
    "data_version", "figures", "own_here", "populations", "rows", "series",
]  # fmt: skip
