"""Declared figures from a file: a unit, an indicator and a period a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.periods import Period
from campaign.portal.imports.cells import ChoiceCell, TextCell, WholeCell
from campaign.portal.imports.fields import CLEARED, ImportField
from campaign.portal.imports.kinds import import_kind
from campaign.portal.imports.periods import PeriodCell
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import Problem, Row
from campaign.portal.imports.word_lists import Words
from reporting.declared.indicators import DECLARED, DECLARED_BY_CODE
from reporting.declared.rules import (
    LEVELS,
    before,
    check_amount,
    check_explained,
    check_period,
    doubts_of,
    profiles_of,
)
from reporting.models import DeclaredFigure
from units.import_cells import UnitCell
from units.models import Unit

MOST = 999_999_999_999

words = Words(Path(__file__).parents[1] / "data" / "import_words.csv", "declared")


def names() -> dict[Any, str]:
    """{code: name} of what can be declared."""
    return {one.code: one.name for one in DECLARED}


OTHER_NAMES = {one.code: (*one.names.values(), *one.words) for one in DECLARED}


@import_kind
class DeclaredResource(ImportResource):
    """One declaration a row, found by its unit, indicator and period.

    Within a report the context names the unit and the period, and rows only say the rest.
    """

    code = "declared"
    label = gettext_lazy("Declared figures")
    icon = "clipboard-list"
    list_url = "declared:list"
    identity_column = "indicator"
    kept = ("unit", "indicator", "scheme", "period", "value", "denominator", "source", "note")

    unit = ImportField(
        gettext_lazy("Unit"), UnitCell("edit", LEVELS), attribute="unit", required=True,
        width=28, headings=words.headings("unit"), hint=gettext_lazy("Its code, or its name."),
    )  # fmt: skip
    indicator = ImportField(
        gettext_lazy("Indicator"), ChoiceCell(names, OTHER_NAMES), attribute="indicator",
        required=True, width=56, headings=words.headings("indicator"),
    )  # fmt: skip
    period = ImportField(
        gettext_lazy("Period"), PeriodCell(), attribute="days_meant", required=True, width=20,
        headings=words.headings("period"), example="9/2026",
    )  # fmt: skip
    value = ImportField(
        gettext_lazy("Value"), WholeCell(0, MOST), kind="int", width=14, can_clear=False,
        headings=words.headings("value"), hint=gettext_lazy("Of a count."),
    )  # fmt: skip
    numerator = ImportField(
        gettext_lazy("Numerator"), WholeCell(0, MOST), kind="int", width=14, can_clear=False,
        headings=words.headings("numerator"), hint=gettext_lazy("Of a rate."),
    )  # fmt: skip
    denominator = ImportField(
        gettext_lazy("Denominator"), WholeCell(1, MOST), attribute="denominator", kind="int",
        width=14, headings=words.headings("denominator"), hint=gettext_lazy("Of a rate."),
    )  # fmt: skip
    source = ImportField(
        gettext_lazy("Source"), TextCell(300), attribute="source", required=True, width=40,
        headings=words.headings("source"),
    )  # fmt: skip
    note = ImportField(
        gettext_lazy("Note"), TextCell(1000), attribute="note", width=30,
        headings=words.headings("note"),
    )  # fmt: skip

    class Meta:
        model = DeclaredFigure
        fields: ClassVar[tuple[str, ...]] = (
            "unit", "indicator", "period", "value", "numerator", "denominator", "source", "note",
        )  # fmt: skip

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("unit")

    def prepare(self, rows: Sequence[Row]) -> None:
        self._known = {(f.unit_id, f.indicator, f.scheme, f.period): f for f in self.get_queryset()}
        self._of: dict[Hashable, list[DeclaredFigure]] = defaultdict(list)
        for figure in self._known.values():
            self._of[figure.unit_id, figure.indicator, figure.scheme].append(figure)
        self._profiles = profiles_of(self.access)
        self._was: tuple[Any, Any] = (None, None)
        self._within: dict[str, Any] = {}
        if "unit" in self.context:
            units = Unit.objects.within(self.access.edit).filter(level__in=LEVELS)
            self._within["unit"] = units.get(pk=self.context["unit"])
        if "period" in self.context:
            period, scheme = self.context["period"], self.context["scheme"]
            self._within["period"] = Period.parse(period, scheme)

    def complete(self, values: dict[str, Any], problems: list[Problem]) -> None:
        values.update(self._within)
        self.judge("period", problems, check_period, values.get("period"))
        about = DECLARED_BY_CODE.get(values.get("indicator", ""))
        if about is None:
            return
        if about.is_rate:
            values["amount"] = values.get("numerator", values.get("value"))
        else:
            values["amount"] = values.get("value")
            if "numerator" in values:
                message = _("“%(name)s” is a count: write it as a value.") % {"name": about}
                problems.append(Problem("numerator", "no_rate", message))

    def identity(self, values: Mapping[str, Any]) -> Hashable:
        if not {"unit", "indicator", "period"} <= values.keys():
            return None
        period = values["period"]
        return (values["unit"].pk, values["indicator"], str(period.scheme), period.code)

    def find(self, values: Mapping[str, Any]) -> Any:
        key = self.identity(values)
        return self._known.get(key) if isinstance(key, tuple) else None

    def apply(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        self._was = (None, None) if is_new else (record.value, record.denominator)
        for name in ("unit", "indicator", "source", "note", "denominator"):
            if name in values:
                cleared = None if name == "denominator" else ""
                setattr(record, name, cleared if values[name] is CLEARED else values[name])
        if "period" in values:
            record.scheme, record.period = str(values["period"].scheme), values["period"].code
        if values.get("amount") is not None:
            record.value = values["amount"]

    def not_validated(self, record: Any) -> set[str]:
        return super().not_validated(record) | {"starts_on", "ends_on"}

    def validate(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        column = "numerator" if record.about.is_rate else "value"
        if record.value is None:
            message = _("Fill in: %(column)s.") % {"column": self.label_of(column)}
            raise ValidationError({column: ValidationError(message, code="required")})
        try:
            check_amount(record.about, record.value, record.denominator)
        except ValidationError as error:
            found = error.error_dict
            raise ValidationError(
                {column if name == "value" else name: told for name, told in found.items()}
            ) from error
        if (record.value, record.denominator) != self._was:
            self._ask_for_a_sentence(record)
        super().validate(record, values, is_new=is_new)

    def _ask_for_a_sentence(self, record: DeclaredFigure) -> None:
        """The rules of doubt, as in the form: a figure that looks wrong needs a note."""
        past = before(record.days_meant, self._of[record.unit_id, record.indicator, record.scheme])
        profile = self._profiles(record.unit_id, record.days_meant.end.year)
        doubts = doubts_of(
            record.about, record.value, record.denominator, record.days_meant, past, profile
        )
        check_explained(doubts, record.note)
