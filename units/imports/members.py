"""Members of community teams from a file: one a row, or in sections headed by the team."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.imports.cells import (
    BirthCell,
    ChoiceCell,
    DayCell,
    Mend,
    PersonNameCell,
    PhoneCell,
)
from campaign.portal.imports.fields import ImportField
from campaign.portal.imports.kinds import import_kind
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import Line, Problem, Row, shown
from campaign.portal.pages import describe, get_scoped
from campaign.text import fold
from units.import_cells import TeamCell, UnitCell, team_words
from units.imports.words import words_of
from units.models import CommunityTeam, TeamMember
from units.team_rules import (
    SERVED,
    check_birth_year,
    check_has_come,
    check_leaving,
    check_one_leader,
)

Role, Background, Sex = TeamMember.Role, TeamMember.Background, TeamMember.Sex

_HEADS_A_TEAM = re.compile(r"^to (?:cong nghe|cnsc|cns|chuyen doi so|cds)\b.*|^to cnscd\b.*")
_INDEX = re.compile(r"[\dIVXLivxlA-Ha-h]{1,5}[.)]?")


class BirthYearCell(BirthCell):
    """The year somebody was born in, also from a whole birth date."""

    def read(self, value: Any, mend: Mend) -> int:  # type: ignore[override]
        year, _day = super().read(value, mend)
        return year

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return shown(value)


def choices(of: Any) -> dict[Any, str]:
    """{value: label} of words the model knows."""
    return {choice.value: choice.label for choice in of}


words = words_of("members")


@import_kind
class MemberResource(ImportResource):
    """One member a row, found by team, name and what tells people of one name apart.

    The team stands in every row, in merged cells, or in a row above its members; within
    ``context={"team": pk}`` nobody asks for it.
    """

    code = "members"
    position = 6
    label = gettext_lazy("Team members")
    icon = "users"
    list_url = "teams:list"
    identity_column = "full_name"
    kept = (
        "team", "full_name", "sex", "birth_year", "phone", "role", "background", "joined_on",
        "left_on",
    )  # fmt: skip

    team = ImportField(
        gettext_lazy("Team"), TeamCell("edit"), attribute="team", required=True, width=42,
        carries_down=True, can_clear=False,
        headings=words.headings("team"),
    )  # fmt: skip
    unit = ImportField(
        gettext_lazy("Hamlet or commune"), UnitCell("edit", SERVED, former=True), width=26,
        carries_down=True, can_clear=False,
        headings=words.headings("unit"),
        hint=gettext_lazy("Needed only where several teams have one name."),
    )  # fmt: skip
    full_name = ImportField(
        gettext_lazy("Full name"), PersonNameCell(), attribute="full_name", required=True,
        width=28, headings=words.headings("full_name"),
        example=gettext_lazy("Danh Thị Sa Ry"),
    )  # fmt: skip
    role = ImportField(
        gettext_lazy("Role"), ChoiceCell(lambda: choices(Role), words.synonyms("role")),
        attribute="role", width=14, headings=words.headings("role"),
    )  # fmt: skip
    background = ImportField(
        gettext_lazy("Background"), ChoiceCell(lambda: choices(Background), words.synonyms("background")),
        attribute="background", width=22,
        headings=words.headings("background"),
    )  # fmt: skip
    sex = ImportField(
        gettext_lazy("Sex"), ChoiceCell(lambda: choices(Sex), words.synonyms("sex")),
        attribute="sex", width=10, headings=words.headings("sex"),
    )  # fmt: skip
    birth_year = ImportField(
        gettext_lazy("Birth year"), BirthYearCell(), attribute="birth_year", kind="code", width=11,
        headings=words.headings("birth_year"),
    )  # fmt: skip
    phone = ImportField(
        gettext_lazy("Phone"), PhoneCell(), attribute="phone", kind="code", width=14,
        headings=words.headings("phone"),
    )  # fmt: skip
    joined_on = ImportField(
        gettext_lazy("Joined on"), DayCell(), attribute="joined_on", kind="date", width=13,
        can_clear=False, headings=words.headings("joined_on"),
        hint=gettext_lazy("Empty: with the team."),
    )  # fmt: skip
    left_on = ImportField(
        gettext_lazy("Left on"), DayCell(), attribute="left_on", kind="date", width=13,
        headings=words.headings("left_on"),
    )  # fmt: skip

    class Meta:
        model = TeamMember
        fields: ClassVar[tuple[str, ...]] = (
            "team", "unit", "full_name", "role", "background", "sex", "birth_year", "phone",
            "joined_on", "left_on",
        )  # fmt: skip

    # --- the team ----------------------------------------------------------------------------

    def used_columns(self) -> dict[str, ImportField]:
        """Within a team, nobody asks for team or hamlet."""
        own = ("team", "unit") if "team" in self.context else ()
        return {name: f for name, f in self.columns().items() if name not in own}

    def section(self, cells: Sequence[Any]) -> dict[str, Any]:
        """ "Tổ CNSCĐ ấp Hoà Út" alone in a row heads its members below."""
        texts = [shown(cell) for cell in cells if cell is not None]
        if len(texts) > 1 and _INDEX.fullmatch(texts[0]):
            texts = texts[1:]
        if len(texts) == 1 and _HEADS_A_TEAM.match(team_words(texts[0])):
            return {"team": texts[0].rstrip(" :"), "unit": None}
        return {}

    def get_queryset(self) -> Any:
        members = super().get_queryset().select_related("team__unit")
        if "team" in self.context:
            members = members.filter(team=self.context["team"])
        return members

    def prepare(self, rows: Sequence[Row]) -> None:
        self._within = None
        if "team" in self.context:
            teams = CommunityTeam.objects.within(self.access.edit).select_related("unit")
            self._within = get_scoped(teams, pk=self.context["team"])
        self._rosters: dict[int, dict[int, TeamMember]] = {}
        self._namesakes: dict[tuple[int, str], list[TeamMember]] = {}
        for member in self.get_queryset().order_by("joined_on", "pk"):
            self._rosters.setdefault(member.team_id, {})[member.pk] = member
            self._namesakes.setdefault(self._name_key(member), []).append(member)
        self._read: set[int] = set()
        self._ahead: dict[str, list[Row]] = {}
        for row in rows:
            self._ahead.setdefault(fold(shown(row.cells.get("full_name"))), []).append(row)
        self._before: dict[int, tuple[CommunityTeam, list[dict[str, Any]]]] = {}

    @staticmethod
    def _name_key(member: TeamMember) -> tuple[int, str]:
        return (member.team_id, fold(member.full_name))

    # --- one row -----------------------------------------------------------------------------

    def read(self, row: Row, problems: list[Problem]) -> dict[str, Any]:
        if row.cells.get("unit") and row.cells.get("team"):
            reader: Any = self.columns()["team"].widget
            team = reader.beside(row.cells["team"], row.cells["unit"])
            row = replace(row, cells={**row.cells, "team": team})
        return super().read(row, problems)

    def complete(self, values: dict[str, Any], problems: list[Problem]) -> None:
        if self._within is not None:
            values["team"] = self._within
        self.judge("birth_year", problems, check_birth_year, values.get("birth_year"))
        for column in ("joined_on", "left_on"):
            self.judge(column, problems, check_has_come, values.get(column))
        team, unit = values.get("team"), values.get("unit")
        if team is not None and unit is not None and not team.unit.path.startswith(unit.path):
            message = _("This team belongs to %(unit)s.") % {"unit": team.unit}
            problems.append(Problem("unit", "other_unit", message, shown(unit)))

    def identity(self, values: Mapping[str, Any]) -> Hashable:
        if not {"team", "full_name"} <= values.keys():
            return None
        told = (
            values.get("birth_year"),
            values.get("phone") if not values.get("birth_year") else 0,
        )
        return (values["team"].pk, fold(values["full_name"]), *told, values.get("joined_on"))

    def find(self, values: Mapping[str, Any]) -> Any:
        if not {"team", "full_name"} <= values.keys():
            return None
        likely = [m for m in self._known_as(values) if not _is_somebody_else(m, values)]
        told_apart = [m for m in likely if _is_surely(m, values)] or [
            m for m in likely if _is_told_alike(m, values)
        ]
        if told_apart:
            same_day = [m for m in told_apart if m.joined_on == values.get("joined_on")]
            return (same_day or told_apart)[-1]
        return likely[0] if len(likely) == 1 and not _has_other_phone(likely[0], values) else None

    def _known_as(self, values: Mapping[str, Any]) -> list[TeamMember]:
        return self._namesakes.get((values["team"].pk, fold(values["full_name"])), [])

    def candidates(self, values: Mapping[str, Any], record: Any) -> list[dict[str, Any]]:
        """People of the same name in the team who are not told apart."""
        return [
            {"id": m.pk, "label": m.full_name, "detail": f"{m.birth_year or ''} {m.phone}".strip()}
            for m in self._known_as(values)
            if m.pk and not _is_somebody_else(m, values)
        ]

    def apply(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        super().apply(record, values, is_new=is_new)
        if record.joined_on is None:
            record.joined_on = record.team.founded_on

    def validate(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        if record.left_on:
            try:
                check_leaving(record.left_on, record.joined_on)
            except ValidationError as error:
                raise ValidationError({"left_on": error}) from error
        super().validate(record, values, is_new=is_new)
        roster = self._rosters.setdefault(record.team_id, {})
        if record.role == Role.LEADER:
            others = [self._to_be(m) for m in roster.values() if m.pk != record.pk or not m.pk]
            try:
                check_one_leader([*others, record])
            except ValidationError as error:
                raise ValidationError({"role": error}) from error
        roster[record.pk or -1 - len(roster)] = record
        self._read.add(record.pk)

    def _to_be(self, member: TeamMember) -> TeamMember:
        """A leader as a later row of the file leaves them: the new one may stand above the old."""
        if member.role != Role.LEADER or member.pk is None or member.pk in self._read:
            return member
        mended = self.mended.copy()
        for row in self._ahead.get(fold(member.full_name), ()):
            problems: list[Problem] = []
            values = self.read(row, problems)
            self.complete(values, problems)
            if not problems and self.find(values) is member:
                member = copy(member)
                self.apply(member, values, is_new=False)
                break
        self.mended = mended
        return member

    # --- the history of the team -------------------------------------------------------------

    def finish(self, lines: Sequence[Line], *, save: bool) -> None:
        self._tell_teams("import")

    def save(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        self._keep_roster([record.team])
        super().save(record, values, is_new=is_new)

    def undo(self, lines: Sequence[Any]) -> None:
        self._before = {}
        records = self.records_of([line.record_id for line in lines])
        self._keep_roster([record.team for record in records.values()])
        super().undo(lines)
        self._tell_teams("undo")

    def _keep_roster(self, teams: Iterable[CommunityTeam]) -> None:
        """Remember who was in a team before the first of its rows is stored."""
        for team in teams:
            if team.pk not in self._before:
                self._before[team.pk] = (team, describe(team.members.all()))

    def _tell_teams(self, door: str) -> None:
        """Write into the history of each team, once, what became of its members."""
        teams = CommunityTeam.objects.within(self.access.edit).select_for_update(of=("self",))
        for pk, (_team, before) in self._before.items():
            team = teams.select_related("unit").get(pk=pk)
            team.version += 1
            team.save(update_fields=["version", "updated_at"])
            history.record_change(
                team, ChangeEntry.Action.CHANGED, access=self.access, door=door,
                changes=history.differences(
                    {"members": before}, {"members": describe(team.members.all())}
                ),
            )  # fmt: skip
        self._before = {}


def _is_somebody_else(member: TeamMember, values: Mapping[str, Any]) -> bool:
    """Another birth year and not the same phone; or a term before or after this one."""
    joined, left = values.get("joined_on"), values.get("left_on")
    if member.left_on and joined and joined >= member.left_on:
        return True
    if isinstance(left, date) and member.joined_on >= left:
        return True
    born = values.get("birth_year")
    differs = isinstance(born, int) and member.birth_year and born != member.birth_year
    return bool(differs) and not (member.phone and values.get("phone") == member.phone)


def _is_surely(member: TeamMember, values: Mapping[str, Any]) -> bool:
    """The same birth year or the same phone."""
    same_year = member.birth_year and values.get("birth_year") == member.birth_year
    return bool(same_year or (member.phone and values.get("phone") == member.phone))


def _is_told_alike(member: TeamMember, values: Mapping[str, Any]) -> bool:
    """Neither record nor row says more than the name."""
    return not (
        member.birth_year or member.phone or values.get("birth_year") or values.get("phone")
    )


def _has_other_phone(member: TeamMember, values: Mapping[str, Any]) -> bool:
    phone = values.get("phone")
    return bool(member.phone and isinstance(phone, str) and phone and phone != member.phone)
