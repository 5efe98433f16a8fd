"""What kinds of rows have in common that are about people on the list of a class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import Http404

from campaign.portal import history
from campaign.portal.access import Access
from campaign.portal.imports.fields import CLEARED
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import WHOLE_ROW, Decisions, Line, Problem, Row, Unclear, shown
from classes.imports.cells import class_code
from classes.imports.rosters import Home, Homes, Listed, in_parts, listed_in
from classes.models import Enrolment, Participant


class ListResource(ImportResource):
    """Rows about people of a class: of one that is known beforehand, or of those they name."""

    rule = "people"
    scope = "people"

    def __init__(
        self,
        *,
        access: Access,
        context: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(access=access, context=context, options=options)
        self._home: Home | None = None
        self._looked_up: dict[int, Listed] = {}
        if "training_class" in self.context:
            homes = Homes(access)
            homes.read(pks=[int(self.context["training_class"])])
            self._home = next(iter(homes.by_pk.values()), None)
            if self._home is None:
                raise Http404

    def read_homes(self, rows: Sequence[Row]) -> Homes:
        """The classes rows are about; locked while rows are saved."""
        homes = self._homes = Homes(self.access)
        texts = {shown(row.cells.get("training_class")) for row in rows}
        codes = {class_code(text) for text in texts if text}
        homes.read(codes=codes, lock=self.is_saving)
        for found in self._keyed.values():
            homes.by_pk.setdefault(found.home.pk, found.home)
        if self._home is not None:
            homes.read(pks=[self._home.pk], lock=self.is_saving)
            self._home = homes.by_pk[self._home.pk]
        return homes

    def homes_of(self, pks: Iterable[int]) -> Homes:
        """Some classes with their sessions."""
        homes = Homes(self.access)
        homes.read(pks=set(pks))
        homes.read_sessions()
        homes.read_meetings()
        return homes

    def records_of(self, pks: Iterable[int]) -> dict[int, Any]:
        chosen = list(pks)
        if not chosen:
            return {}
        rows = Enrolment.objects.within(self.access.people).order_by()
        homes = self.homes_of(
            home
            for some in in_parts(chosen)
            for home in rows.filter(pk__in=some).values_list("training_class_id", flat=True)
        )
        found = listed_in(homes, self.access, with_presence=True, pks=chosen)
        return {listed.pk: listed for _name, listed in found if listed.pk}

    def line(self, row: Row, decisions: Decisions, *, save: bool) -> Line:
        self._number, self._keyed_home = row.number, None
        return super().line(row, decisions, save=save)

    def _by_row_key(self, row: Row, problems: list[Problem]) -> tuple[Any, int | None]:
        record, based_on = super()._by_row_key(row, problems)
        self._keyed_home = record.home if record is not None else None
        return record, based_on

    def _home_of(self, values: dict[str, Any], problems: list[Problem]) -> Home | None:
        """The class of a row, where it is one that lists people."""
        home, code = self._home, values.get("training_class")
        column = "training_class" if home is None else WHOLE_ROW
        if home is None and code is None:
            return None
        try:
            home = home or self._homes.named(str(code))
            home.check_takes_people()
        except Unclear as unclear:
            problems.append(told_at(column, unclear))
            return None
        return home

    def _place(self, values: dict[str, Any], home: Home, problems: list[Problem]) -> None:
        text = values.get("hamlet")
        if text is None or text is CLEARED:
            return
        hamlets = self.columns()["hamlet"].widget.hamlets
        try:
            values["hamlet"] = hamlets.named(text, home.commune).pk
        except Unclear as unclear:
            del values["hamlet"]
            problems.append(told_at("hamlet", unclear))

    def version_of(self, record: Any) -> int:
        return int(self._listed(record).version or 0)

    def _listed(self, record: Any) -> Listed:
        """A record as rows are compared with it; enrolments are looked up, once each."""
        if isinstance(record, Listed):
            return record
        if record.pk not in self._looked_up:
            self._looked_up |= self.records_of([record.pk])
        return self._looked_up[record.pk]

    def copy_of(self, record: Listed) -> Listed:
        return record.copy()

    def changed_since(self, record: Listed, version: int) -> dict[str, list[Any]]:
        return history.changed_since(Participant(pk=record.person), version)


def told_at(column: str, unclear: Unclear) -> Problem:
    """A refusal as a problem of a column."""
    return Problem(column, str(unclear.code), unclear.messages[0], unclear.text, unclear.fixes)
