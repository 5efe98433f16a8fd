"""Activities of every type from a file, with the people who came."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities import own_fields
from activities.choices import partners_of
from activities.forms import (
    check_end,
    check_in_force,
    check_reached,
    check_start,
    check_taken_place,
)
from activities.imports.own_cells import PREFIX, own_columns
from activities.models import Activity, ActivityHeadcount, ActivityType
from campaign.models import Audience, Mode, Topic
from campaign.portal import history
from campaign.portal.imports.cells import DayCell, TextCell, WholeCell
from campaign.portal.imports.fields import ImportField
from campaign.portal.imports.headcounts import (
    TRAITS,
    Cell,
    Uncountable,
    counted,
    people_of,
    says,
)
from campaign.portal.imports.kinds import import_kind
from campaign.portal.imports.natural import NaturalResource, said
from campaign.portal.imports.rows import Fix, Problem, Row, Unclear, shown
from campaign.portal.imports.words import (
    AtLeast,
    BoundCell,
    CountCell,
    EnumCell,
    NoteCell,
    SeveralCell,
    WordCell,
)
from units.import_cells import TeamCell, UnitCell
from units.models import CommunityTeam, Unit

DAY = "starts_on"
MANY = ("audiences", "co_organisers", "teams_trained")
HEADS = ("people", "women")
UNCOUNTABLE = {
    "groups": ("", gettext_lazy("People were counted by group. Change that on the form.")),
    "total": ("women", gettext_lazy("Write how many people came in all.")),
    "more": ("women", gettext_lazy("More women than people.")),
}


class PartnerCell(UnitCell):
    """A unit that may be credited, as the form offers it."""

    def units(self) -> list[Unit]:
        return list(partners_of(self.access).select_related("parent"))


@import_kind
class ActivityResource(NaturalResource):
    """One activity a row, found by its name, unit, day and place; its type says what it asks."""

    code = "activities"
    label = gettext_lazy("Activities")
    icon = "megaphone"
    list_url = "activities:list"
    identity_column = "title"
    told_apart_by = ("title", "unit", DAY, "place")
    kept = (
        "title", "type", "unit", "place", "team", "starts_on", "ends_on", "venue", "mode",
        "topic", "audiences", "co_organisers", "chaired_by", "teams_trained",
        "households_visited", "households_reached", "items", "is_at_least", "extra", "note",
    )  # fmt: skip
    columns_of = {"headcounts": "people"}

    title = ImportField(
        gettext_lazy("Name of the activity"), TextCell(200), attribute="title", required=True,
        width=46, headings=("hoạt động", "tên hội nghị", "nội dung hoạt động", "tên sự kiện"),
        example=gettext_lazy("Talk on safe use of the internet"),
    )  # fmt: skip
    type = ImportField(
        gettext_lazy("Type"), WordCell(ActivityType), attribute="type", required=True, width=28,
        headings=("loại hoạt động", "loại hình"),
    )  # fmt: skip
    unit = ImportField(
        gettext_lazy("Organising unit"), UnitCell("edit", former=True, day=DAY),
        attribute="unit", width=28, headings=("đơn vị", "đơn vị chủ trì", "cơ quan"),
        can_clear=False, hint=gettext_lazy("Empty: your own unit."),
    )  # fmt: skip
    starts_on = ImportField(
        gettext_lazy("Date"), DayCell(), attribute="starts_on", required=True, kind="date",
        width=13, headings=("ngày tổ chức", "thời gian", "từ ngày", "ngày bắt đầu"),
    )  # fmt: skip
    ends_on = ImportField(
        gettext_lazy("Until"), DayCell(), attribute="ends_on", kind="date", width=13,
        headings=("ngày kết thúc",),
    )  # fmt: skip
    place = ImportField(
        gettext_lazy("Place"), UnitCell("places", former=True, within="unit", day=DAY),
        attribute="place", width=28,
        headings=("địa bàn", "ấp", "khóm", "thôn", "ấp, khóm", "xã", "nơi tổ chức"),
        hint=gettext_lazy("The hamlet or commune where it took place."),
    )  # fmt: skip
    venue = ImportField(
        gettext_lazy("Venue"), TextCell(200), attribute="venue", width=28,
        headings=("điểm tổ chức", "hội trường", "địa điểm tổ chức"),
    )  # fmt: skip
    mode = ImportField(
        gettext_lazy("Mode"), EnumCell(Mode), attribute="mode", width=16, can_clear=False,
        headings=("phương thức", "hình thức tổ chức"),
    )  # fmt: skip
    topic = ImportField(
        gettext_lazy("Topic"), WordCell(Topic), attribute="topic", width=30,
        headings=("chủ đề", "chuyên đề", "nội dung chính"),
    )  # fmt: skip
    team = ImportField(
        gettext_lazy("Team"), TeamCell("edit"), attribute="team", width=34,
        headings=("tổ phụ trách", "tổ cnscđ", "tổ công nghệ số cộng đồng"),
    )  # fmt: skip
    audiences = ImportField(
        gettext_lazy("Audiences"), SeveralCell(WordCell(Audience)), width=34,
        headings=("đối tượng tham gia", "thành phần"),
    )  # fmt: skip
    co_organisers = ImportField(
        gettext_lazy("Co-organisers"), SeveralCell(PartnerCell("listed", former=True)), width=28,
        headings=("phối hợp", "cơ quan phối hợp"),
    )  # fmt: skip
    chaired_by = ImportField(
        gettext_lazy("Chaired by"), TextCell(150), attribute="chaired_by", width=26,
        headings=("chủ trì", "người chủ trì"),
    )  # fmt: skip
    teams_trained = ImportField(
        gettext_lazy("Teams trained"), SeveralCell(TeamCell("view")), width=34,
        headings=("tổ được tập huấn",),
    )  # fmt: skip
    teams_of = ImportField(
        gettext_lazy("All active teams of"), SeveralCell(UnitCell("view")), width=26,
        can_clear=False,
        hint=gettext_lazy("Every team of the chosen units that was active on the day is added."),
    )  # fmt: skip
    households_visited = ImportField(
        gettext_lazy("Households visited"), WholeCell(), attribute="households_visited",
        kind="int", width=14, headings=("số hộ đã đến", "số hộ"),
    )  # fmt: skip
    households_reached = ImportField(
        gettext_lazy("Households reached"), WholeCell(), attribute="households_reached",
        kind="int", width=14, headings=("số hộ được hướng dẫn",),
    )  # fmt: skip
    items = ImportField(
        gettext_lazy("Items"), WholeCell(), attribute="items", kind="int", width=12,
        headings=("số tin bài", "tin, bài", "số lượt phát"),
    )  # fmt: skip
    people = ImportField(
        gettext_lazy("People counted"), CountCell(), kind="int", width=14, can_clear=False,
        headings=("số người", "lượt người", "số lượt người", "số người dự", "người tham dự"),
        hint=gettext_lazy("Without the people at connected sites."),
    )  # fmt: skip
    women = ImportField(
        gettext_lazy("of them women"), WholeCell(), kind="int", width=12, can_clear=False,
        headings=("nữ", "trong đó nữ", "số nữ"),
    )  # fmt: skip
    is_at_least = ImportField(
        gettext_lazy("At least"), BoundCell(), attribute="is_at_least", width=10,
        headings=("là số tối thiểu", "số tối thiểu"),
    )  # fmt: skip
    note = ImportField(
        gettext_lazy("Note"), NoteCell(), attribute="note", width=30, headings=("ghi chú",)
    )

    class Meta:
        model = Activity
        fields: ClassVar[tuple[str, ...]] = (
            "title", "type", "unit", "starts_on", "ends_on", "place", "venue", "mode", "topic",
            "team", "audiences", "co_organisers", "chaired_by", "teams_trained", "teams_of",
            "households_visited", "households_reached", "items", "people", "women",
            "is_at_least", "note",
        )  # fmt: skip

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        own, self._column_of = own_columns()
        self._columns |= own

    # --- finding ------------------------------------------------------------------------------

    def get_queryset(self) -> Any:
        return (
            super()
            .get_queryset()
            .select_related("unit__parent", "place__parent", "team__unit__parent", "topic", "type")
            .prefetch_related(
                "audiences", "co_organisers__parent", "teams_trained__unit__parent", "headcounts",
                "sites",
            )
        )  # fmt: skip

    def prepare(self, rows: Any) -> None:
        super().prepare(rows)
        own = [pk for pk in self.access.unit_ids if pk]  # type: ignore[attr-defined]
        self._own = Unit.objects.within(self.access.edit).filter(pk__in=own[:1]).first()

    def identity(self, values: Mapping[str, Any]) -> Any:
        return super().identity({"unit": self._own, **values})

    def text_of(self, record: Activity, column: str) -> str:
        if column in MANY:
            return self.columns()[column].widget.render(getattr(record, column).all())
        if column in HEADS:
            number = people_of(record.headcounts.all(), "f" if column == "women" else "")
            return "" if number is None else str(number)
        if column == "teams_of":
            return ""
        if column.startswith(PREFIX):
            return self._own_text(record, column)
        return super().text_of(record, column)

    def _own_text(self, record: Activity, column: str) -> str:
        for spec in own_fields.kept_in_extra(record.type.fields):
            answer = record.extra.get(spec["key"])
            if self._column_of.get((record.type_id, spec["key"])) == column and answer is not None:
                return self.columns()[column].widget.render(answer)
        return ""

    def _standing(self, row: Row, record: Any) -> set[str]:
        standing = super()._standing(row, record)
        if record is not None and "people" in row.cells and "people" not in standing:
            sites = [s.people for s in record.sites.all() if s.is_connected and s.people]
            whole = sum(sites) + (people_of(record.headcounts.all()) or 0)
            if sites and shown(row.cells["people"]) == str(whole):
                standing.add("people")  # the total of a list, with the connected sites
        return standing

    # --- reading ------------------------------------------------------------------------------

    def complete(self, values: dict[str, Any], problems: list[Problem]) -> None:
        day = said(values, DAY)
        self.judge(DAY, problems, check_start, day)
        for name in ("unit", "place"):
            self.judge(name, problems, check_in_force, values.get(name), day)
        if isinstance(values.get("people"), AtLeast):
            values.setdefault("is_at_least", True)

    # --- storing ------------------------------------------------------------------------------

    def start(self, values: Mapping[str, Any]) -> Activity:
        return Activity(unit=self._own)

    def apply(self, record: Activity, values: Mapping[str, Any], *, is_new: bool) -> None:
        before = None if is_new else record.type_id
        super().apply(record, values, is_new=is_new)
        record.extra = self._answers(record, values)
        record.heads = self._heads(record, values)  # type: ignore[attr-defined]
        self._refuse_what_is_not_asked(record, values)
        if before != record.type_id or any(said(values, n) is None for n in values):
            self._ask_for_own_fields(record, values)

    def _answers(self, record: Activity, values: Mapping[str, Any]) -> dict[str, Any]:
        """The answers to the own fields of the type: those of the row over those kept."""
        answers = {}
        for spec in own_fields.kept_in_extra(record.type.fields):
            column = self._column_of.get((record.type_id, spec["key"]), "")
            kept = record.extra.get(spec["key"])
            answer = said(values, column) if column in values else kept
            if answer not in (None, "", False):
                answers[spec["key"]] = answer
        return answers

    def _refuse_what_is_not_asked(self, record: Activity, values: Mapping[str, Any]) -> None:
        """Refuse answers the type has no question for; what it holds already may stay."""
        asked = {*own_fields.asked_columns(record.type.fields)}
        asked |= {column for (kind, _key), column in self._column_of.items()
                  if kind == record.type_id}  # fmt: skip
        if "teams_trained" in asked:
            asked.add("teams_of")
        for name in values:
            is_own = name.startswith(PREFIX) or name in (*own_fields.COLUMNS, "teams_of")
            if is_own and name not in asked and said(values, name) and name not in self._left:
                message = _("Activities of the type “%(type)s” have no such answer.")
                raise _refusal(name, message % {"type": record.type}, "not_asked", (
                    Fix(_("Leave it empty"), ""),
                ))  # fmt: skip

    def _ask_for_own_fields(self, record: Activity, values: Mapping[str, Any]) -> None:
        for spec in record.type.fields:
            key, is_column = spec["key"], spec["type"] == "column"
            if not spec.get("required") or spec["type"] == "flag":
                continue
            if key == "teams_trained" and is_column:
                if not self._many(record, key, values):
                    raise _refusal(key, _("Choose the teams that were trained."), "required")
                continue
            column = key if is_column else self._column_of.get((record.type_id, key), "")
            answer = getattr(record, key, None) if is_column else record.extra.get(key)
            if answer in (None, "") and column:
                message = _("Fill in: %(column)s.") % {"column": self.label_of(column)}
                raise _refusal(column, message, "required")

    def _heads(self, record: Activity, values: Mapping[str, Any]) -> list[Cell] | None:
        """The people counted, as the row wants them; None where it says nothing new."""
        people, women = (said(values, name) if name in values else None for name in HEADS)
        if people is None and women is None:
            return None
        now = list(record.headcounts.all()) if record.pk else []
        try:
            cells = counted(now, people, women)
        except Uncountable as error:
            column, message = UNCOUNTABLE[error.code]
            fallback = "people" if people is not None else "women"
            raise _refusal(column or fallback, str(message), error.code) from error
        if says(now, cells):
            return None
        if record.starts_on and any(number for _sex, number in cells):
            _ask("people", check_taken_place, record.starts_on)
        return cells

    def validate(self, record: Activity, values: Mapping[str, Any], *, is_new: bool) -> None:
        if not record.unit_id:
            message = _("Fill in: %(column)s.") % {"column": self.label_of("unit")}
            raise _refusal("unit", message, "required")
        if is_new:
            _ask("unit", check_in_force, record.unit, record.starts_on)
        if record.ends_on is not None:
            _ask("ends_on", check_end, record.ends_on, record.starts_on)
        if record.households_reached is not None:
            _ask("households_reached", check_reached, record.households_reached,
                 record.households_visited)  # fmt: skip
        super().validate(record, values, is_new=is_new)

    def snapshot(self, record: Activity) -> dict[str, Any]:
        kept = history.snapshot(record, [name for name in self.kept if name not in MANY])
        for name in MANY:
            kept[name] = sorted(one.pk for one in getattr(record, name).all()) if record.pk else []
        kept["headcounts"] = _described(record.headcounts.all() if record.pk else ())
        return kept

    def planned(self, record: Activity, values: Mapping[str, Any]) -> dict[str, Any]:
        kept = history.snapshot(record, [name for name in self.kept if name not in MANY])
        for name in MANY:
            kept[name] = sorted(one.pk for one in self._many(record, name, values))
        heads: list[Cell] | None = record.heads  # type: ignore[attr-defined]
        if heads is None:
            cells = list(record.headcounts.all()) if record.pk else []
        else:
            cells = [ActivityHeadcount(sex=sex, people=people) for sex, people in heads]
        return {**kept, "headcounts": _described(cells)}

    def _many(self, record: Activity, name: str, values: Mapping[str, Any]) -> list[Any]:
        found = list(getattr(record, name).all()) if record.pk else []
        if name in values:
            found = said(values, name) or []
        if name == "teams_trained" and record.starts_on:
            for unit in said(values, "teams_of") or []:
                teams = CommunityTeam.objects.within(self.access.view).filter(
                    unit__path__gte=unit.path, unit__path__lt=unit.path_end
                )
                found = [*found, *teams.active_on(record.starts_on)]
        return list({one.pk: one for one in found}.values())

    def save(self, record: Activity, values: Mapping[str, Any], *, is_new: bool) -> None:
        if is_new:
            record.created_by = self.access.user  # type: ignore[assignment]
        named = [n for n in MANY if n in values or (n == "teams_trained" and "teams_of" in values)]
        many = {name: self._many(record, name, values) for name in named}
        super().save(record, values, is_new=is_new)
        for name, found in many.items():
            getattr(record, name).set(found)
        heads: list[Cell] | None = record.heads  # type: ignore[attr-defined]
        if heads is not None:
            self._store_heads(record, [{"sex": sex, "people": people} for sex, people in heads])

    @staticmethod
    def _store_heads(record: Activity, cells: list[dict[str, Any]]) -> None:
        record.headcounts.all().delete()
        ActivityHeadcount.objects.bulk_create(
            ActivityHeadcount(activity=record, **cell) for cell in cells
        )

    # --- in words, since then, and undo -------------------------------------------------------

    def in_words(self, column: str, value: Any, record: Any) -> str:
        if column == "headcounts":
            return str(sum(cell["people"] for cell in value)) if value else "–"
        return super().in_words(column, value, record)

    def changed_since(self, record: Activity, version: int) -> dict[str, list[Any]]:
        theirs = super().changed_since(record, version)
        if "headcounts" in theirs:
            theirs["headcounts"] = [_sorted(rows or ()) for rows in theirs["headcounts"]]
        return theirs

    def outdated(self, row: Row, record: Activity, version: int) -> Collection[str]:
        theirs = history.changed_since(record, version)
        if "headcounts" not in theirs:
            return ()
        then = [
            ActivityHeadcount(sex=cell["sex"], people=cell["people"])
            for cell in theirs["headcounts"][0] or ()
        ]
        said_then = {"people": people_of(then), "women": people_of(then, "f")}
        return [n for n, number in said_then.items() if shown(row.cells.get(n)) == shown(number)]

    def changed_after(self, record: Activity, version: int) -> bool:
        """Photos that were added since do not change the activity itself."""
        return super().changed_after(record, version) or record.evidence.exists()

    def restore(self, record: Activity, before: Mapping[str, Any]) -> None:
        super().restore(record, {n: v for n, v in before.items() if n != "headcounts"})
        self._store_heads(record, list(before["headcounts"]))


def _described(cells: Any) -> list[dict[str, Any]]:
    return _sorted([{name: getattr(c, name) for name in (*TRAITS, "people")} for c in cells])


def _sorted(rows: Any) -> list[dict[str, Any]]:
    """Headcounts as the history keeps them, without the record they belong to, in one order."""
    plain = [
        {("audience_id" if k == "audience" else k): v for k, v in row.items() if k != "activity"}
        for row in rows
    ]
    return sorted(plain, key=lambda row: str(sorted(row.items(), key=str)))


def _ask(column: str, rule: Any, *values: Any) -> None:
    try:
        rule(*values)
    except ValidationError as error:
        raise ValidationError({column: error}) from error


def _refusal(column: str, message: str, code: str, fixes: Any = ()) -> ValidationError:
    return ValidationError({column: Unclear(message, code=code, fixes=fixes)})
