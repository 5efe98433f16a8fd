"""Records that are made up first and written at once: a few statements for a whole province."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import Model

from activities.models import (
    Activity,
    ActivityHeadcount,
    ActivitySite,
    ExemplaryModel,
    Solution,
)
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from reporting.models import DeclaredFigure, ExternalRanking
from units.models import CommunityTeam, TeamMember, UnitProfile

BATCH = 1000

#: what is written first stands first
ORDER: tuple[type[Model], ...] = (
    UnitProfile, CommunityTeam, TeamMember,
    TrainingClass, ClassSession, SessionHeadcount, Participant, Enrolment, Attendance,
    Activity, ActivityHeadcount, ActivitySite, ExemplaryModel, Solution, ExternalRanking,
    DeclaredFigure,
)  # fmt: skip

Row = TypeVar("Row", bound=Model)


class Book:
    """Rows waiting to be written; rows may refer to rows that wait as well."""

    def __init__(self) -> None:
        self.rows: dict[type[Model], list[Any]] = defaultdict(list)
        self._links: list[tuple[Any, Model, list[Model]]] = []

    def add(self, row: Row) -> Row:
        """Put a row down; ``clean`` works out its keys where the model keeps any."""
        self.rows[type(row)].append(row)
        return row

    def link(self, field: Any, row: Model, targets: Iterable[Model]) -> None:
        """Tie a row to others through a many-to-many field: ``link(Activity.audiences, ...)``."""
        self._links.append((field, row, list(targets)))

    def write(self) -> dict[str, int]:
        """Write everything down; returns how many rows of each table."""
        for model in ORDER:
            rows = self.rows.get(model, [])
            model._default_manager.bulk_create(rows, batch_size=BATCH)
        self._write_links()
        written = {model.__name__: len(rows) for model, rows in self.rows.items()}
        self.rows.clear()
        return written

    def _write_links(self) -> None:
        through: dict[Any, list[Any]] = defaultdict(list)
        for field, row, targets in self._links:
            table = field.through
            own = field.field.m2m_field_name()
            other = field.field.m2m_reverse_field_name()
            through[table].extend(
                table(**{f"{own}_id": row.pk, f"{other}_id": target.pk}) for target in targets
            )
        for table, rows in through.items():
            table._default_manager.bulk_create(rows, batch_size=BATCH)
        self._links.clear()
