"""Import and export resources whose rows, and the rows they point to, stay in scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import tablib
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import transaction
from django.utils.translation import gettext as _
from import_export.resources import ModelResource
from import_export.results import RowResult

from campaign.portal.access import Access
from campaign.portal.scope import ScopedModel

ROW = "row"
"""The column of a dataset that says which row of the spreadsheet it is."""

OUTCOMES = {
    RowResult.IMPORT_TYPE_NEW: "new",
    RowResult.IMPORT_TYPE_UPDATE: "changed",
    RowResult.IMPORT_TYPE_SKIP: "unchanged",
}


@dataclass(frozen=True)
class Line:
    """What becomes of one row: its number in the spreadsheet, what was written, what is wrong."""

    number: int
    outcome: str
    values: dict[str, Any]
    errors: dict[str, list[str]]
    changes: list[str]

    @property
    def bad(self) -> set[str]:
        """The columns to put right."""
        return set(self.errors)


@dataclass(frozen=True)
class Check:
    """What an import would do, or did, row by row."""

    lines: Sequence[Line]

    def of(self, outcome: str) -> list[Line]:
        """The rows with this outcome: new, changed, unchanged or error."""
        return [line for line in self.lines if line.outcome == outcome]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are of each outcome."""
        return {name: len(self.of(name)) for name in (*OUTCOMES.values(), "error")}

    @property
    def is_clean(self) -> bool:
        """Whether every row is right: only then is anything saved."""
        return bool(self.lines) and not self.of("error")


class ScopedResource(ModelResource):
    """A resource that reads and writes on somebody's behalf.

    Every row is validated by the model, as a typed one is; bad rows are reported with the number
    the spreadsheet gives them, and nothing is saved unless all of them are right. A row that
    changes nothing is left alone, so that the same file twice is the same as once.
    """

    scope: ClassVar[str] = "edit"

    def __init__(self, *, access: Access, **kwargs: Any) -> None:
        self.access = access
        super().__init__(**kwargs)

    def get_queryset(self) -> Any:
        """Rows in scope: others can be neither found nor changed."""
        model: type[ScopedModel] = self._meta.model
        return model.objects.within(getattr(self.access, self.scope))

    def check(self, dataset: tablib.Dataset) -> Check:
        """Say what would become of every row; nothing is saved."""
        return self._outcome(self.import_data(dataset, dry_run=True), dataset)

    def save_all(self, dataset: tablib.Dataset) -> Check:
        """Save every row, or none when one of them is wrong."""
        with transaction.atomic():
            check = self._outcome(self.import_data(dataset, dry_run=False), dataset)
            if not check.is_clean:
                transaction.set_rollback(True)
        return check

    def changes_in_words(self, row: RowResult) -> list[str]:
        """What a row changes, for the reader."""
        return []

    def _outcome(self, result: Any, dataset: tablib.Dataset) -> Check:
        for error in result.base_errors:
            raise error.error
        lines = []
        for written, row in zip(dataset, result.rows, strict=True):
            values = dict(zip(dataset.headers, written, strict=True))
            errors = _errors_of(row)
            outcome = "error" if errors else OUTCOMES[row.import_type]
            changes = [] if errors else self.changes_in_words(row)
            lines.append(Line(values[ROW], outcome, values, errors, changes))
        return Check(lines)


def _errors_of(row: RowResult) -> dict[str, list[str]]:
    """{column: what is wrong}; '' for what concerns the row as a whole."""
    if row.validation_error is not None:
        found = row.validation_error.update_error_dict({})
        return {
            "" if name == NON_FIELD_ERRORS else name: [
                message for error in errors for message in error.messages
            ]
            for name, errors in found.items()
        }  # fmt: skip
    if row.errors:
        return {"": [_("This row could not be read. Check its values.")]}
    return {}
