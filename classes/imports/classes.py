"""Classes from a file, each with its sessions and the people counted at them."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import Audience, Mode, Topic
from campaign.portal import history
from campaign.portal.imports.cells import DayCell, DecimalCell, TextCell, WholeCell
from campaign.portal.imports.fields import CLEARED, ImportField
from campaign.portal.imports.kinds import import_kind
from campaign.portal.imports.natural import NaturalResource, keyless, said
from campaign.portal.imports.rows import Fix, Problem, Row, shown
from campaign.portal.imports.words import (
    AtLeast,
    BoundCell,
    CountCell,
    EnumCell,
    NoteCell,
    SeveralCell,
    WordCell,
)
from classes import services
from classes.forms.days import check_day
from classes.imports import schedule
from classes.imports.session_cells import EachCell, SessionsCell
from classes.imports.texts import PART_COLUMNS, PARTS_IN_WORDS, ClassTexts, texts_then
from classes.models import WHOLE, TrainingClass
from classes.rules import LONGEST_STEP, MOST_PEOPLE, check_capacity, check_team_on, check_title
from units.import_cells import TeamCell, UnitCell
from units.models import Unit

PLACES = (Unit.Level.COMMUNE, Unit.Level.HAMLET)
CREDITED = (Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)
MANY = ("other_topics", "co_organisers")
DAY = "starts_on"


@import_kind
class ClassResource(ClassTexts, NaturalResource):
    """One class a row: found by its code, else by its name, unit, first day and place."""

    code = "classes"
    label = gettext_lazy("Classes")
    icon = "graduation-cap"
    list_url = "classes:list"
    identity_column = "title"
    told_apart_by = ("title", "unit", DAY, "place")
    kept = (
        "form", "title", "topic", "other_topics", "audience", "mode", "unit", "place", "team",
        "co_organisers", "venue_kind", "venue", "trainers", "capacity", "starts_on", "counting",
        "is_at_least", "note",
    )  # fmt: skip
    columns_of = {"place": "hamlet", "headcounts": "people"}

    class_code = ImportField(
        gettext_lazy("Code"), TextCell(30), kind="code", width=15,
        headings=("mã lớp", "mã lớp học"), can_clear=False,
        hint=gettext_lazy("Only for classes that are here already; a new one is given its code."),
    )  # fmt: skip
    title = ImportField(
        gettext_lazy("Class name"), TextCell(200), attribute="title", required=True, width=40,
        headings=("lớp", "lớp học", "tên lớp học", "tên buổi hướng dẫn", "tên chương trình"),
        example=gettext_lazy("Using VNeID and online public services"),
    )  # fmt: skip
    form = ImportField(
        gettext_lazy("Form"), EnumCell(TrainingClass.Form), attribute="form", width=16,
        headings=("loại", "loại lớp", "hình thức lớp"), can_clear=False,
    )  # fmt: skip
    topic = ImportField(
        gettext_lazy("Topic"), WordCell(Topic), attribute="topic", required=True, width=30,
        headings=("chủ đề", "chuyên đề", "nội dung chính", "nội dung hướng dẫn"),
    )  # fmt: skip
    other_topics = ImportField(
        gettext_lazy("Other topics"), SeveralCell(WordCell(Topic)), width=26,
        headings=("chủ đề khác", "nội dung lồng ghép"),
    )  # fmt: skip
    audience = ImportField(
        gettext_lazy("Audience"), WordCell(Audience), attribute="audience", required=True,
        width=26, headings=("đối tượng chính", "đối tượng tham gia", "thành phần"),
    )  # fmt: skip
    mode = ImportField(
        gettext_lazy("Way of meeting"), EnumCell(Mode), attribute="mode", width=16,
        headings=("phương thức tổ chức", "hình thức học", "mode"), can_clear=False,
    )  # fmt: skip
    unit = ImportField(
        gettext_lazy("Organising unit"), UnitCell("edit", former=True, day=DAY),
        attribute="unit", width=28, headings=("đơn vị", "đơn vị chủ trì", "cơ quan"),
        can_clear=False, hint=gettext_lazy("Empty: your own unit."),
    )  # fmt: skip
    commune = ImportField(
        gettext_lazy("Commune"), UnitCell("places", (Unit.Level.COMMUNE,), former=True, day=DAY),
        width=24, headings=("xã phường", "xã, phường", "phường", "tên xã"),
    )  # fmt: skip
    hamlet = ImportField(
        gettext_lazy("Hamlet"), UnitCell("places", PLACES, former=True, within="commune", day=DAY),
        width=26,
        headings=("ấp", "khóm", "thôn", "địa bàn", "thôn ấp", "ấp, khóm", "nơi tổ chức"),
        hint=gettext_lazy("The commune or hamlet where people meet. Empty: the whole province, online."),
    )  # fmt: skip
    team = ImportField(
        gettext_lazy("Team"), TeamCell("edit"), attribute="team", width=34,
        headings=("tổ phụ trách", "tổ công nghệ số cộng đồng", "tổ cnscđ"),
    )  # fmt: skip
    co_organisers = ImportField(
        gettext_lazy("Co-organisers"), SeveralCell(UnitCell("listed", CREDITED, former=True)),
        width=28, headings=("phối hợp", "cơ quan phối hợp"),
    )  # fmt: skip
    venue_kind = ImportField(
        gettext_lazy("Kind of venue"), EnumCell(TrainingClass.VenueKind), attribute="venue_kind",
        width=20, headings=("loại điểm tổ chức",),
    )  # fmt: skip
    venue = ImportField(
        gettext_lazy("Venue"), TextCell(200), attribute="venue", width=28,
        headings=("địa điểm", "địa điểm tổ chức", "điểm tổ chức", "nơi học"),
    )  # fmt: skip
    trainers = ImportField(
        gettext_lazy("Instructors"), TextCell(300), attribute="trainers", width=28,
        headings=("giảng viên", "người hướng dẫn", "báo cáo viên"),
    )  # fmt: skip
    capacity = ImportField(
        gettext_lazy("Capacity"), WholeCell(1, MOST_PEOPLE), attribute="capacity", kind="int",
        width=10, headings=("số chỗ", "quy mô"),
    )  # fmt: skip
    starts_on = ImportField(
        gettext_lazy("Starts"), DayCell(), attribute="starts_on", kind="date", width=13,
        headings=("ngày khai giảng", "ngày bắt đầu", "ngày tổ chức", "ngày", "thời gian"),
        can_clear=False, hint=gettext_lazy("Empty: the day of the first session."),
    )  # fmt: skip
    sessions = ImportField(
        gettext_lazy("Days of sessions"), SessionsCell(), width=30, can_clear=False,
        headings=("các ngày học", "ngày học", "các buổi", "lịch học"),
        example="12/03/2026; 14/03/2026 18:30",
    )  # fmt: skip
    session_count = ImportField(
        gettext_lazy("Sessions"), SessionsCell(), kind="int", width=10, can_clear=False,
        headings=("số buổi", "số buổi học"),
        hint=gettext_lazy("Instead of the days: so many sessions from the first day on."),
    )  # fmt: skip
    every = ImportField(
        gettext_lazy("Every … days"), WholeCell(1, LONGEST_STEP), kind="int", width=10,
        can_clear=False,
    )  # fmt: skip
    hours = ImportField(
        gettext_lazy("Hours of a session"), EachCell(DecimalCell(0, 24)), width=12,
        can_clear=False, headings=("số giờ", "thời lượng", "số giờ mỗi buổi"),
    )  # fmt: skip
    counting = ImportField(
        gettext_lazy("How people are counted"), EnumCell(TrainingClass.Counting),
        attribute="counting", width=22, headings=("cách đếm",), can_clear=False,
    )  # fmt: skip
    people = ImportField(
        gettext_lazy("People counted"), EachCell(CountCell(0, MOST_PEOPLE)), width=16,
        can_clear=False, example="30; 28",
        headings=("lượt người", "số lượt", "số lượt người", "số người", "tổng số", "người dự"),
        hint=gettext_lazy("One number for each session, beside who is on the roster."),
    )  # fmt: skip
    women = ImportField(
        gettext_lazy("of them women"), EachCell(WholeCell(0, MOST_PEOPLE)), width=12,
        can_clear=False, headings=("nữ", "trong đó nữ", "số nữ"),
    )  # fmt: skip
    is_at_least = ImportField(
        gettext_lazy("Lower bound"), BoundCell(), attribute="is_at_least", width=10,
        headings=("ít nhất", "số tối thiểu"),
    )  # fmt: skip
    note = ImportField(
        gettext_lazy("Note"), NoteCell(), attribute="note", width=30, headings=("ghi chú",)
    )

    class Meta:
        model = TrainingClass
        fields: ClassVar[tuple[str, ...]] = (
            "class_code", "title", "form", "topic", "other_topics", "audience", "mode", "unit",
            "commune", "hamlet", "team", "co_organisers", "venue_kind", "venue", "trainers",
            "capacity", "starts_on", "sessions", "session_count", "every", "hours", "counting",
            "people", "women", "is_at_least", "note",
        )  # fmt: skip

    # --- finding ------------------------------------------------------------------------------

    def get_queryset(self) -> Any:
        return (
            super()
            .get_queryset()
            .select_related("unit__parent", "place__parent", "team__unit__parent", "topic", "audience")
            .prefetch_related("other_topics", "co_organisers__parent", "sessions__headcounts")
        )  # fmt: skip

    def prepare(self, rows: Sequence[Row]) -> None:
        super().prepare(rows)
        self._own = self._own_unit()
        written = (shown(row.cells.get("class_code")) for row in keyless(rows))
        codes = {code.strip().upper() for code in written} - {""}
        mine = self.get_queryset().filter(code__in=codes).values_list("code", "pk")
        pks = dict(mine)
        found = self.records_of(pks.values()) if pks else {}
        self._by_code = {code: found[pk] for code, pk in pks.items()}
        seen = TrainingClass.objects.within(self.access.view).filter(code__in=codes)
        self._seen_only = set(seen.values_list("code", flat=True)) - set(self._by_code)

    def _own_unit(self) -> Unit | None:
        """The unit a class belongs to where the row names none, as the form offers it."""
        own = [pk for pk in self.access.unit_ids if pk]  # type: ignore[attr-defined]
        return Unit.objects.within(self.access.edit).filter(pk__in=own[:1]).first()

    def left_out(self, row: Row) -> str:
        if shown(row.cells.get("class_code")).strip().upper() in self._seen_only:
            return _("You may see this record, not change it.")
        return super().left_out(row)

    def identity(self, values: Mapping[str, Any]) -> Hashable:
        first = _first_day(values)
        return super().identity({"unit": self._own, **values, DAY: first})

    def find(self, values: Mapping[str, Any]) -> Any:
        if code := said(values, "class_code"):
            return self._by_code.get(code.upper())
        return super().find(values)

    # --- reading ------------------------------------------------------------------------------

    def _standing(self, row: Row, record: Any) -> set[str]:
        standing = super()._standing(row, record)
        if "commune" in row.cells and "commune" not in standing:
            standing.discard("hamlet")  # another commune has other hamlets
        return standing

    def complete(self, values: dict[str, Any], problems: list[Problem]) -> None:
        self._check_code(values, problems)
        for name, rule in (("title", check_title), ("capacity", check_capacity), (DAY, check_day)):
            self.judge(name, problems, rule, values.get(name))
        commune, hamlet = said(values, "commune"), said(values, "hamlet")
        if hamlet or commune or CLEARED in (values.get("hamlet"), values.get("commune")):
            values["place"] = hamlet or commune
        counts = said(values, "people") or []
        if any(isinstance(count, AtLeast) for count in counts):
            values.setdefault("is_at_least", True)

    def _check_code(self, values: Mapping[str, Any], problems: list[Problem]) -> None:
        code = said(values, "class_code")
        if code and code.upper() not in self._by_code:
            problems.append(
                Problem(
                    "class_code", "unknown",
                    _("You have no class with the code %(code)s. A new class is given its code.")
                    % {"code": code}, code, (Fix(_("Leave it empty"), ""),),
                )
            )  # fmt: skip

    def _ask_for_missing(self, values: Mapping[str, Any], problems: list[Problem]) -> None:
        if not said(values, "class_code"):  # a code nobody knows is what is wrong, nothing else
            super()._ask_for_missing(values, problems)

    # --- storing ------------------------------------------------------------------------------

    def start(self, values: Mapping[str, Any]) -> TrainingClass:
        return TrainingClass(unit=self._own, starts_on=_first_day(values))  # type: ignore[misc]

    def apply(self, record: TrainingClass, values: Mapping[str, Any], *, is_new: bool) -> None:
        super().apply(record, values, is_new=is_new)
        if "place" in values and not _is_inside(record.place, values):
            record.place = values["place"]
        self._refuse_incomplete(record, values, is_new=is_new)
        record.plan = schedule.plan(record, values, is_new=is_new)  # type: ignore[attr-defined]

    def _refuse_incomplete(
        self, record: TrainingClass, values: Mapping[str, Any], *, is_new: bool
    ) -> None:
        code = said(values, "class_code")
        if not is_new and code and code.upper() != record.code:
            message = _("The row key belongs to class %(code)s.") % {"code": record.code}
            raise schedule.refuse("class_code", message, code="other")
        for name, value in (("unit", record.unit_id), (DAY, record.starts_on)):
            if not value:
                message = _("Fill in: %(column)s.") % {"column": self.label_of(name)}
                raise schedule.refuse(name, message, code="required")

    def validate(self, record: TrainingClass, values: Mapping[str, Any], *, is_new: bool) -> None:
        before = None if is_new else self._before
        for name in ("unit", "place"):
            unit = getattr(record, name)
            if unit is not None and (before is None or before[name] != unit.pk):
                column = "hamlet" if name == "place" and said(values, "hamlet") else name
                self._judged({"place": "commune"}.get(column, column),
                             services.check_unit_on, unit, record.starts_on)  # fmt: skip
        self._judged("team", check_team_on, record.team, record.starts_on)
        super().validate(record, values, is_new=is_new)

    @staticmethod
    def _judged(column: str, rule: Any, *args: Any) -> None:
        try:
            rule(*args)
        except ValidationError as error:
            raise ValidationError({column: error}) from error

    def not_validated(self, record: TrainingClass) -> set[str]:
        return super().not_validated(record) | {"code"}

    def snapshot(self, record: TrainingClass) -> dict[str, Any]:
        plain = [name for name in self.kept if name not in MANY]
        kept = history.snapshot(record, plain)
        for name in MANY:
            kept[name] = sorted(one.pk for one in getattr(record, name).all()) if record.pk else []
        kept |= schedule.parts_of(record.sessions.all() if record.pk else ())
        self._before = kept
        return kept

    def planned(self, record: TrainingClass, values: Mapping[str, Any]) -> dict[str, Any]:
        kept = history.snapshot(record, [name for name in self.kept if name not in MANY])
        for name in MANY:
            kept[name] = sorted(one.pk for one in self._many(record, name, values))
        return kept | schedule.planned_parts(record, record.plan)  # type: ignore[attr-defined]

    @staticmethod
    def _many(record: TrainingClass, name: str, values: Mapping[str, Any]) -> list[Any]:
        if name not in values:
            return list(getattr(record, name).all()) if record.pk else []
        found = said(values, name) or []
        return [one for one in found if name != "other_topics" or one.pk != record.topic_id]

    def save(self, record: TrainingClass, values: Mapping[str, Any], *, is_new: bool) -> None:
        if is_new:
            record.code = services.new_code(record.unit, record.starts_on)
            record.created_by = self.access.user  # type: ignore[assignment]
            record.clean()
        many = {name: self._many(record, name, values) for name in MANY if name in values}
        super().save(record, values, is_new=is_new)
        for name, found in many.items():
            getattr(record, name).set(found)
        schedule.store(record, record.plan, is_new=is_new, access=self.access)  # type: ignore[attr-defined]
        record._prefetched_objects_cache = {}  # type: ignore[attr-defined]

    def in_words(self, column: str, value: Any, record: Any) -> str:
        if column in PARTS_IN_WORDS:
            return PARTS_IN_WORDS[column](value) or "–"
        if column in MANY:
            return self._names_of(column, value or []) or "–"
        return super().in_words(column, value, record)

    def _names_of(self, column: str, pks: Sequence[int]) -> str:
        if column == "other_topics":
            rows = Topic.objects.filter(pk__in=pks)
        else:
            rows = Unit.objects.get_queryset().listed(self.access).filter(pk__in=pks)  # type: ignore[attr-defined]
        return self.columns()[column].widget.render(rows)

    # --- what changed since, and undo ---------------------------------------------------------

    def changed_since(self, record: TrainingClass, version: int) -> dict[str, list[Any]]:
        own, parts = divmod(version, WHOLE)
        theirs = history.changed_since(record, own)
        now = self.version_of(record) % WHOLE
        if now != parts or {"sessions", "headcounts"} & theirs.keys():
            kept = schedule.parts_of(record.sessions.all())
            theirs |= {name: [None, value] for name, value in kept.items()}
        return theirs

    def outdated(self, row: Row, record: TrainingClass, version: int) -> Collection[str]:
        then = texts_then(record, version)
        return [
            name for name in PART_COLUMNS
            if name in then and self._squeezed_cell(row, name) == then[name]
        ]  # fmt: skip

    @staticmethod
    def _squeezed_cell(row: Row, column: str) -> str:
        return " ".join(shown(row.cells.get(column)).split())

    def changed_after(self, record: TrainingClass, version: int) -> bool:
        """People who were put on the roster since do not change the class itself."""
        return super().changed_after(record, version) or record.enrolments.exists()

    def restore(self, record: TrainingClass, before: Mapping[str, Any]) -> None:
        parts = {name: before[name] for name in ("sessions", "headcounts")}
        super().restore(record, {n: v for n, v in before.items() if n not in parts})
        schedule.put_back(record, parts)
        record._prefetched_objects_cache = {}  # type: ignore[attr-defined]


def _first_day(values: Mapping[str, Any]) -> date | None:
    """The day a class starts: as the row says, else of its first session."""
    moments = said(values, "sessions")
    first = min((day for day, _at in moments), default=None) if isinstance(moments, list) else None
    return said(values, DAY) or first


def _is_inside(place: Unit | None, values: Mapping[str, Any]) -> bool:
    """Whether a row names only the commune in which the place of its class lies already."""
    commune = said(values, "commune")
    return (
        place is not None and commune is not None and "hamlet" not in values
        and place.path.startswith(commune.path)
    )  # fmt: skip
