"""Community digital technology teams from a file."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.portal import history
from campaign.portal.imports.cells import DayCell, TextCell
from campaign.portal.imports.fields import CLEARED, ImportField
from campaign.portal.imports.kinds import import_kind
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import Problem, Row
from campaign.portal.imports.undoing import refuse_if_used
from units.import_cells import UnitCell, team_words
from units.imports.words import words_of
from units.models import CommunityTeam
from units.team_rules import SERVED, check_ending, check_founding, check_has_come

words = words_of("teams")


@import_kind
class TeamResource(ImportResource):
    """One team a row, found by the unit it serves and its name."""

    code = "teams"
    position = 5
    label = gettext_lazy("Teams")
    icon = "users"
    list_url = "teams:list"
    is_prefilled = True
    identity_column = "name"
    kept = (
        "unit", "name", "decision_number", "decided_on", "founded_on", "ended_on",
        "ended_reason", "note",
    )  # fmt: skip

    unit = ImportField(
        gettext_lazy("Hamlet or commune"), UnitCell("edit", SERVED), attribute="unit",
        required=True, width=26,
        headings=words.headings("unit"),
    )  # fmt: skip
    name = ImportField(
        gettext_lazy("Team name"), TextCell(150), attribute="name", required=True, width=42,
        headings=words.headings("name"),
        example=gettext_lazy("Community digital technology team of Hoà Út hamlet"),
    )  # fmt: skip
    decision_number = ImportField(
        gettext_lazy("Decision number"), TextCell(60), attribute="decision_number", kind="code",
        headings=words.headings("decision_number"),
    )  # fmt: skip
    decided_on = ImportField(
        gettext_lazy("Decision date"), DayCell(), attribute="decided_on", kind="date", width=13,
        headings=words.headings("decided_on"),
    )  # fmt: skip
    founded_on = ImportField(
        gettext_lazy("Active from"), DayCell(), attribute="founded_on", kind="date", width=13,
        can_clear=False, headings=words.headings("founded_on"),
        hint=gettext_lazy("Empty: from the day of the decision."),
    )  # fmt: skip
    ended_on = ImportField(
        gettext_lazy("Ended on"), DayCell(), attribute="ended_on", kind="date", width=13,
        headings=words.headings("ended_on"),
    )  # fmt: skip
    ended_reason = ImportField(
        gettext_lazy("Reason for ending"), TextCell(200), attribute="ended_reason", width=30,
        headings=words.headings("ended_reason"),
    )  # fmt: skip
    note = ImportField(
        gettext_lazy("Note"),
        TextCell(1000),
        attribute="note",
        width=30,
        headings=words.headings("note"),
    )

    class Meta:
        model = CommunityTeam
        fields: ClassVar[tuple[str, ...]] = (
            "unit", "name", "decision_number", "decided_on", "founded_on", "ended_on",
            "ended_reason", "note",
        )  # fmt: skip

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("unit")

    def prepare(self, rows: Sequence[Row]) -> None:
        teams = self.get_queryset().order_by("-ended_on")
        self._known = {self._key(t.unit_id, t.name): t for t in teams if t.ended_on is not None}
        self._known |= {self._key(t.unit_id, t.name): t for t in teams if t.ended_on is None}

    @staticmethod
    def _key(unit: int, name: str) -> tuple[int, str]:
        return (unit, team_words(name))

    def identity(self, values: Mapping[str, Any]) -> Hashable:
        if not {"unit", "name"} <= values.keys():
            return None
        return self._key(values["unit"].pk, values["name"])

    def find(self, values: Mapping[str, Any]) -> Any:
        key = self.identity(values)
        return self._known.get(key) if isinstance(key, tuple) else None

    def complete(self, values: dict[str, Any], problems: list[Problem]) -> None:
        for column in ("decided_on", "founded_on", "ended_on"):
            self.judge(column, problems, check_has_come, values.get(column))

    def apply(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        super().apply(record, values, is_new=is_new)
        if record.founded_on is None:
            record.founded_on = record.decided_on
        if values.get("ended_on") is CLEARED:
            record.ended_reason = ""

    def validate(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        if record.founded_on is None:
            raise ValidationError(
                {"founded_on": _("Say from which day the team is active, or when it was decided.")}
            )
        if record.ended_on:
            if values.get("ended_on"):
                _beside("ended_on", check_ending, record.ended_on, record.founded_on)
            _beside("founded_on", check_founding, record.founded_on, record.ended_on)
            if not record.ended_reason:
                raise ValidationError({"ended_reason": _("Say why the team ended.")})
        super().validate(record, values, is_new=is_new)

    def changed_after(self, record: Any, version: int) -> bool:
        """Members come and go without changing the team itself."""
        return any(name in self.kept for name in history.changed_since(record, version))

    def undo_new(self, record: Any) -> None:
        refuse_if_used(record)
        super().undo_new(record)


def _beside(column: str, rule: Any, *args: Any) -> None:
    """Ask a rule; its refusal belongs to a column."""
    try:
        rule(*args)
    except ValidationError as error:
        raise ValidationError({column: error}) from error
