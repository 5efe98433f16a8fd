"""Departments, schools, cooperatives, markets and other organisations from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.portal.imports.cells import ChoiceCell, DayCell, PhoneCell, TextCell
from campaign.portal.imports.fields import ImportField
from campaign.portal.imports.kinds import import_kind
from campaign.portal.imports.rows import Problem
from campaign.text import fold
from units.forms import BODY_KINDS
from units.import_cells import UnitCell
from units.imports.register import Level, RegisterResource
from units.imports.words import words_of
from units.models import Unit

PARENTS = (Level.PROVINCE, Level.DEPARTMENT, Level.COMMUNE)

words = words_of("organisations")


def kind_labels() -> dict[Any, str]:
    """{kind: label} of departments and organisations."""
    kinds: list[Any] = [*BODY_KINDS]
    return {kind.value: kind.label for kind in kinds}


@import_kind
class OrganisationResource(RegisterResource):
    """One department or organisation a row, under the province, a department or a commune."""

    code = "organisations"
    label = gettext_lazy("Departments and organisations")
    icon = "building-2"
    levels = (Level.DEPARTMENT, Level.ORGANISATION)
    parents = PARENTS
    kept = ("kind", "name", "short_name", "valid_from", "contact_name", "contact_phone")
    columns_of: ClassVar[Mapping[str, str]] = {}

    unit_code = ImportField(
        gettext_lazy("Code"), TextCell(20), kind="code", can_clear=False,
        headings=words.headings("unit_code"), hint=gettext_lazy("Empty for a new one."),
    )  # fmt: skip
    parent = ImportField(
        gettext_lazy("Belongs to"), UnitCell("manage", PARENTS), width=30, can_clear=False,
        headings=words.headings("parent"),
    )  # fmt: skip
    kind = ImportField(
        gettext_lazy("Kind of unit"), ChoiceCell(kind_labels, words.synonyms("kind")),
        attribute="kind", width=24, can_clear=False, headings=words.headings("kind"),
    )  # fmt: skip
    name = ImportField(
        gettext_lazy("Name"), TextCell(150), required=True, width=42,
        headings=words.headings("name"), example=gettext_lazy("Định Hoà Primary School"),
    )  # fmt: skip
    short_name = ImportField(
        gettext_lazy("Short name"), TextCell(150), width=26,
        can_clear=False, headings=words.headings("short_name"),
    )  # fmt: skip
    valid_from = ImportField(
        gettext_lazy("Exists from"), DayCell(), attribute="valid_from", kind="date", width=13,
        headings=words.headings("valid_from"),
    )  # fmt: skip
    contact_name = ImportField(
        gettext_lazy("Head or contact"), TextCell(120), attribute="contact_name", width=26,
        headings=words.headings("contact_name"),
    )  # fmt: skip
    contact_phone = ImportField(
        gettext_lazy("Phone"), PhoneCell(), attribute="contact_phone", kind="code", width=14,
        headings=words.headings("contact_phone"),
    )  # fmt: skip

    class Meta:
        model = Unit
        fields: ClassVar[tuple[str, ...]] = (
            "unit_code", "parent", "kind", "name", "short_name", "valid_from", "contact_name",
            "contact_phone",
        )  # fmt: skip

    def put_under(
        self, values: dict[str, Any], known: Unit | None, problems: list[Problem]
    ) -> None:
        named = values.get("parent")
        if named is None and not any(p.column == "parent" for p in problems):
            named = known.parent if known else None
            if named is None and len(self._above) == 1:
                named = self._above[0]
            if named is None:
                message = _("Say the unit it belongs to: its code, or its name.")
                problems.append(Problem("parent", "required", message))
        values["above"] = named

    def call(self, values: dict[str, Any], known: Unit | None, problems: list[Problem]) -> None:
        values |= {"full": values.get("name", ""), "short": values.get("short_name", "")}

    def apply(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        """The kind may be told by the first word of the name: "Trường", "Chợ", "Hợp tác xã"."""
        super().apply(record, values, is_new=is_new)
        record.kind = record.kind or kind_by_name(record.name)
        record.short_name = record.short_name or record.name
        if is_new:
            record.set_keys()

    def level_under(self, parent: Unit) -> str:
        return Level.DEPARTMENT if parent.level == Level.PROVINCE else Level.ORGANISATION

    def validate(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        if not record.kind:
            raise ValidationError({"kind": _("Say the kind of unit.")})
        super().validate(record, values, is_new=is_new)


def kind_by_name(name: str) -> str:
    """The kind the first words of a name tell, the longest that fit; '' when they tell none."""
    folded = f"{fold(name)} "
    fits = [
        (len(word), kind)
        for kind, synonyms in words.synonyms("kind").items()
        for word in map(fold, synonyms)
        if folded.startswith(f"{word} ")
    ]
    return max(fits, default=(0, ""))[1]
