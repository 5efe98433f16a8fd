"""Who came to which session, from a file: one row is one person of a list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.periods import today
from campaign.portal.access import Access
from campaign.portal.imports.cells import BirthCell, PersonNameCell, PhoneCell, nearest
from campaign.portal.imports.fields import ImportField
from campaign.portal.imports.kinds import import_kind
from campaign.portal.imports.rows import ROW_KEY, Change, Fix, Line, Problem, Row, Unclear, shown
from campaign.text import fold, person_sort_key
from classes import services
from classes.imports.cells import ClassCodeCell, HamletCell
from classes.imports.lists import ListResource, told_at
from classes.imports.marks import EITHER, Mark, mark_field, mark_in, mark_named
from classes.imports.rosters import Home, Listed, Meeting, best_match, listed_in
from classes.models import ClassSession, Enrolment

OFFERED = 12
"""Sessions one may choose from where no class is known beforehand."""


@import_kind
class AttendanceResource(ListResource):
    """A row ticks somebody of a list at sessions, each a column found by its number or day.

    A blank cell changes nothing; a dash takes a tick away. A planned session at which somebody is
    ticked was held, one to come is refused.
    """

    code = "attendance"
    position = 2
    label = gettext_lazy("Attendance of classes")
    icon = "clipboard-check"
    identity_column = "full_name"
    list_url = "classes:list"

    training_class = ImportField(
        gettext_lazy("class code"), ClassCodeCell(30), required=True, kind="code", width=16,
        headings=("mã lớp", "lớp", "mã lớp học"), example="DHO-26-0117", can_clear=False,
        carries_down=True,
    )  # fmt: skip
    full_name = ImportField(
        gettext_lazy("Full name"), PersonNameCell(), required=True, width=28, can_clear=False,
        headings=("họ và tên", "họ tên", "tên học viên", "họ và tên học viên", "học viên", "tên"),
        example="Nguyễn Thị Mẫu",
    )  # fmt: skip
    birth = ImportField(
        gettext_lazy("Birth year or date"), BirthCell(), width=16, can_clear=False,
        headings=("ngày/năm sinh", "năm sinh", "ngày sinh", "sinh", "sinh năm", "sn", "born"),
    )  # fmt: skip
    phone = ImportField(
        gettext_lazy("Phone"), PhoneCell(), kind="code", width=14, can_clear=False,
        headings=("điện thoại", "sđt", "số điện thoại", "đt", "di động"),
    )  # fmt: skip
    hamlet = ImportField(
        gettext_lazy("Hamlet"), HamletCell(), width=24, can_clear=False,
        headings=("ấp", "khóm", "thôn", "tổ dân phố", "ấp khóm", "địa chỉ", "nơi ở", "hamlet"),
    )  # fmt: skip

    class Meta:
        model = Enrolment
        fields: ClassVar[tuple[str, ...]] = (
            "training_class", "full_name", "birth", "phone", "hamlet",
        )  # fmt: skip

    def __init__(
        self,
        *,
        access: Access,
        context: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(access=access, context=context, options=options)
        self._marks: dict[str, Mark] = {}
        numbers: Iterable[int] = range(1, OFFERED + 1)
        if self._home is not None:
            homes = self.homes_of([self._home.pk])
            numbers = [meeting.number for meeting in homes.by_pk[self._home.pk].meetings]
        self.know(Mark(number=number).name for number in numbers)

    # --- columns -----------------------------------------------------------------------------

    def know(self, names: Iterable[str]) -> None:
        for name in names:
            mark = mark_named(name)
            if mark is not None and name not in self._marks:
                self._marks[name] = mark
                self._columns[name] = mark_field(mark)

    def column_of(self, title: str) -> str:
        mark = mark_in(title)
        if mark is None:
            return ""
        self.know([mark.name])
        return mark.name

    def template_rows(self) -> list[dict[str, Any]]:
        """The people on the list of the class, ready to be marked."""
        if self._home is None:
            return []
        homes = self.homes_of([self._home.pk])
        people = [r for _name, r in listed_in(homes, self.access, with_presence=True)]
        return [
            {ROW_KEY: self.row_key(r)} | {n: self.text_of(r, n) for n in self.used_columns()}
            for r in sorted(people, key=lambda r: (person_sort_key(str(r)), r.pk))
        ]

    def text_of(self, record: Any, column: str) -> str:
        listed = self._listed(record)
        if column in self._marks:
            meeting = listed.home.meeting(self._marks[column])
            return "x" if meeting and meeting.pk in listed.present else ""
        if column == "hamlet":
            widget: Any = self.columns()["hamlet"].widget
            return str(widget.labels().get(listed.traits["hamlet"], ""))
        born = listed.traits["birth_date"] and date.fromisoformat(listed.traits["birth_date"])
        said = {
            "training_class": listed.home.code,
            "birth": born or listed.traits["birth_year"],
        }
        return shown(said[column] if column in said else listed.traits[column])

    # --- reading -----------------------------------------------------------------------------

    def prepare(self, rows: Sequence[Row]) -> None:
        homes = self.read_homes(rows)
        homes.read_meetings()
        self._people: dict[int, dict[str, list[Listed]]] = defaultdict(dict)
        for name, listed in listed_in(homes, self.access, with_presence=True):
            self._people[listed.home.pk].setdefault(name, []).append(listed)
        self._to_save: list[tuple[Line, Listed]] = []
        written = {
            fold(shown(row.cells.get(name))) for row in rows for name in self._marks
        }  # fmt: skip
        for name in self._marks:
            widget: Any = self._columns[name].widget
            widget.is_v_unclear = {"x", EITHER} <= written

    def complete(self, values: dict[str, Any], problems: list[Problem]) -> None:
        home = self._keyed_home or self._home_of(values, problems)
        if home is None:
            return
        self._place(values, home, problems)
        values["marks"] = self._marks_of(values, home, problems)
        if self._keyed_home is None and "full_name" in values and not problems:
            try:
                values["record"] = self._person(values, home)
            except Unclear as unclear:
                problems.append(told_at("full_name", unclear))

    def _marks_of(
        self, values: Mapping[str, Any], home: Home, problems: list[Problem]
    ) -> dict[int, bool]:
        """{session: whether the person was there}; told at the column where there is none."""
        found: dict[int, bool] = {}
        for name in self._marks.keys() & values.keys():
            try:
                meeting = self._meeting(name, home)
            except Unclear as unclear:
                problems.append(told_at(name, unclear))
                continue
            is_present = values[name] is True
            if found.setdefault(meeting.pk, is_present) != is_present:
                message = _("Two columns say different things about one session.")
                problems.append(Problem(name, "twice", message))
        return found

    def _meeting(self, name: str, home: Home) -> Meeting:
        """The session of a class a column is about, if people can have been there."""
        mark = self._marks[name]
        meeting = home.meeting(mark)
        words = {"code": home.code, "session": mark.label}
        if meeting is None:
            raise Unclear(
                _("Class %(code)s has no session “%(session)s”. Leave the cell empty.") % words,
                code="no_session", text=mark.label,
            )  # fmt: skip
        if meeting.status == ClassSession.Status.CANCELLED:
            raise Unclear(
                _("“%(session)s” of class %(code)s was called off. Leave the cell empty.") % words,
                code="cancelled", text=mark.label,
            )  # fmt: skip
        if meeting.held_on > today():
            day = date_format(meeting.held_on, "DATE_FORMAT")
            message = _("Session %(number)s is on %(day)s: nobody can be present yet.")
            raise Unclear(
                message % {"number": meeting.number, "day": day}, code="future", text=mark.label
            )
        return meeting

    def _person(self, values: Mapping[str, Any], home: Home) -> Listed:
        """Whoever of the list a row is about: by name, and by what else it says."""
        name, birth = values["full_name"], values.get("birth")
        known = self._people[home.pk]
        people = known.get(fold(name), [])
        year, day = birth or (None, None)
        phone, hamlet = values.get("phone", ""), values.get("hamlet")
        if year or phone or hamlet:
            people = best_match((fold(name), year, phone, hamlet), day, people)
        if len(people) == 1:
            return people[0].copy()
        words = {"name": name, "code": home.code}
        if people:
            raise Unclear(
                _("Several people called %(name)s are on the list of class %(code)s: say the birth year too.")
                % words, code="several", text=name,
            )  # fmt: skip
        names = {str(listed) for listed_people in known.values() for listed in listed_people}
        raise Unclear(
            _("%(name)s is not on the list of class %(code)s. Put the person on it first.") % words,
            code="not_listed", text=name, fixes=[Fix(near, near) for near in nearest(name, sorted(names))],
        )  # fmt: skip

    def find(self, values: Mapping[str, Any]) -> Any:
        return values.get("record")

    def _ask_for_missing(self, values: Mapping[str, Any], problems: list[Problem]) -> None:
        """A row that is refused for the person is told so, not asked for more."""
        if not any(problem.level == "error" for problem in problems):
            super()._ask_for_missing(values, problems)

    # --- writing -----------------------------------------------------------------------------

    def apply(self, record: Listed, values: Mapping[str, Any], *, is_new: bool) -> None:
        marks = values.get("marks", {})
        there = {pk for pk, is_present in marks.items() if is_present}
        record.present = (record.present - marks.keys()) | there

    def validate(self, record: Listed, values: Mapping[str, Any], *, is_new: bool) -> None:
        """Everything was judged cell by cell."""
        code = values.get("training_class", record.home.code)
        if code != record.home.code:
            message = _("This person is on the list of class %(code)s.")
            raise ValidationError({"training_class": message % {"code": record.home.code}})

    def snapshot(self, record: Listed) -> dict[str, Any]:
        return {"present": sorted(record.present)}

    def _told(self, differing: Mapping[str, list[Any]], record: Any) -> list[Change]:
        then, now = (set(pks) for pks in differing["present"])
        return [
            Change(Mark(number=one.number).label, *(_word(one.pk in pks) for pks in (then, now)))
            for one in record.home.meetings
            if (one.pk in then) != (one.pk in now)
        ]

    def _store(
        self,
        line: Line,
        record: Listed,
        values: Mapping[str, Any],
        before: dict[str, Any] | None,
        after: dict[str, Any],
        *,
        is_new: bool,
    ) -> None:
        then, now = set((before or {})["present"]), set(after["present"])
        planned = {m.pk for m in record.home.meetings if m.status == ClassSession.Status.PLANNED}
        line.before = {
            "home": record.home.pk, "added": sorted(now - then), "removed": sorted(then - now),
            "opened": sorted((now - then) & planned),
        }  # fmt: skip
        line.is_saved = True
        self._to_save.append((line, record))

    def finish(self, lines: Sequence[Line], *, save: bool) -> None:
        if save:
            record_marks([(line.record_id, line.before) for line, _r in self._to_save], self.access)

    # --- undo --------------------------------------------------------------------------------

    def standing_in_the_way(self, lines: Iterable[Any]) -> list[tuple[Any, str]]:
        lines = list(lines)
        records = self.records_of([line.record_id for line in lines])
        found = []
        for line in lines:
            record = records.get(line.record_id)
            if record is None:
                found.append((line, _("It is no longer there, or no longer yours.")))
            elif not set(line.before["added"]) <= record.present or (
                record.present & set(line.before["removed"])
            ):
                found.append((line, _("Attendance was recorded after the import.")))
        return found

    def undo(self, lines: Sequence[Any]) -> None:
        taken_back = [
            (line.record_id, line.before | {"added": line.before["removed"], "removed": line.before["added"]})
            for line in lines
        ]  # fmt: skip
        record_marks(taken_back, self.access, door="undo")
        opened = {pk for line in lines for pk in line.before["opened"]}
        services.plan_again(opened, access=self.access, door="undo")


def record_marks(
    marks: Iterable[tuple[int | None, Mapping[str, Any] | None]],
    access: Access,
    door: str = "import",
) -> None:
    """Tick people at sessions and take ticks away, class by class, as the grid does."""
    was: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    now: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for pk, did in marks:
        if pk is None or did is None:
            continue
        for session in did["added"]:
            now[did["home"]][session].add(pk)
        for session in did["removed"]:
            was[did["home"]][session].add(pk)
            now[did["home"]].setdefault(session, set())
    for home, sessions in sorted(now.items()):
        services.record_grid(home, was=was[home], now=sessions, access=access, door=door)


def _word(is_present: bool) -> str:
    return _("Present") if is_present else "–"
