"""Recognised solutions from a file."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy

from activities.forms import check_day, check_in_force
from activities.models import Solution, SolutionField
from campaign.portal.imports.cells import DayCell, TextCell, YesCell
from campaign.portal.imports.fields import ImportField
from campaign.portal.imports.kinds import import_kind
from campaign.portal.imports.natural import NaturalResource, said
from campaign.portal.imports.rows import Problem
from campaign.portal.imports.words import WordCell
from units.import_cells import UnitCell


@import_kind
class SolutionResource(NaturalResource):
    """One recognised solution a row, found by its name, unit and day of recognition."""

    code = "solutions"
    position = 8
    label = gettext_lazy("Recognised solutions")
    icon = "lightbulb"
    list_url = "activities:solutions"
    told_apart_by = ("name", "unit", "recognised_on")
    kept = (
        "name", "field", "unit", "authors", "recognised_on", "decision_number", "uses_it",
    )  # fmt: skip

    name = ImportField(
        gettext_lazy("Name"), TextCell(200), attribute="name", required=True, width=50,
        headings=("tên giải pháp", "giải pháp", "tên sáng kiến", "sáng kiến"),
        example=gettext_lazy("Queue numbers by phone"),
    )  # fmt: skip
    field = ImportField(
        gettext_lazy("Field of work"), WordCell(SolutionField), attribute="field",
        required=True, width=28, headings=("lĩnh vực",),
    )  # fmt: skip
    unit = ImportField(
        gettext_lazy("Unit"), UnitCell("edit", former=True, day="recognised_on"),
        attribute="unit", required=True, width=28, headings=("đơn vị", "cơ quan", "đơn vị công nhận"),
    )  # fmt: skip
    authors = ImportField(
        gettext_lazy("Authors"), TextCell(300), attribute="authors", width=30,
        headings=("tác giả", "nhóm tác giả"),
    )  # fmt: skip
    recognised_on = ImportField(
        gettext_lazy("Recognised on"), DayCell(), attribute="recognised_on", required=True,
        kind="date", width=13, headings=("ngày công nhận",),
    )  # fmt: skip
    decision_number = ImportField(
        gettext_lazy("Decision number"), TextCell(60), attribute="decision_number", kind="code",
        headings=("số quyết định", "quyết định"),
    )  # fmt: skip
    uses_it = ImportField(
        gettext_lazy("Applies IT"), YesCell(), attribute="uses_it", width=12,
        headings=("ứng dụng CNTT",),
    )  # fmt: skip

    class Meta:
        model = Solution
        fields: ClassVar[tuple[str, ...]] = (
            "name", "field", "unit", "authors", "recognised_on", "decision_number", "uses_it",
        )  # fmt: skip

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("unit__parent", "field")

    def complete(self, values: dict[str, Any], problems: list[Problem]) -> None:
        day = said(values, "recognised_on")
        self.judge("recognised_on", problems, check_day, day)
        self.judge("unit", problems, check_in_force, values.get("unit"), day)
