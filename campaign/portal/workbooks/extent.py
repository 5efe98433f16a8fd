"""Counting how far the filled cells of a workbook reach, before anything is allocated."""

from campaign.portal.workbooks import refusals
from campaign.portal.workbooks.refusals import Limits


class Extent:
    """How far the filled cells of one sheet reach; refuses as soon as it is too far."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.rows = 0
        self.columns = 0

    @property
    def cells(self) -> int:
        """Cells of the rectangle a reader allocates for this sheet."""
        return self.rows * self.columns

    def add(self, row: int, column: int) -> None:
        """Count a filled cell; rows and columns count from 1."""
        if row <= self.rows and column <= self.columns:
            return
        if row > self.limits.last_row:
            raise refusals.too_many_rows(self.limits.rows)
        if column > self.limits.columns:
            raise refusals.too_many_columns(self.limits.columns)
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)
        if self.cells > self.limits.cells:
            raise refusals.too_many_cells()
