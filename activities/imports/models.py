"""Exemplary models from a file."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy

from activities.forms import check_ended, check_in_force, check_recognised, check_start
from activities.models import ExemplaryModel, ModelKind
from campaign.portal.imports.cells import DayCell, TextCell
from campaign.portal.imports.fields import ImportField
from campaign.portal.imports.kinds import import_kind
from campaign.portal.imports.natural import NaturalResource, said
from campaign.portal.imports.rows import Problem
from campaign.portal.imports.words import NoteCell, WordCell
from units.import_cells import UnitCell

DAY = "started_on"


@import_kind
class ModelResource(NaturalResource):
    """One exemplary model a row, found by its name, unit, day of start and place."""

    code = "models"
    position = 7
    label = gettext_lazy("Exemplary models")
    icon = "star"
    list_url = "activities:models"
    told_apart_by = ("name", "unit", DAY, "place")
    kept = (
        "name", "kind", "unit", "place", "started_on", "recognised_on", "decision_number",
        "ended_on", "description",
    )  # fmt: skip

    name = ImportField(
        gettext_lazy("Name"), TextCell(200), attribute="name", required=True, width=46,
        headings=("tên mô hình", "mô hình"), example=gettext_lazy("Digital market of An Hoà"),
    )  # fmt: skip
    kind = ImportField(
        gettext_lazy("Kind"), WordCell(ModelKind), attribute="kind", required=True, width=26,
        headings=("loại", "kiểu mô hình"),
    )  # fmt: skip
    unit = ImportField(
        gettext_lazy("Organising unit"), UnitCell("edit", former=True, day=DAY),
        attribute="unit", required=True, width=28,
        headings=("đơn vị", "đơn vị thực hiện", "cơ quan", "đơn vị chủ trì"),
    )  # fmt: skip
    place = ImportField(
        gettext_lazy("Place"), UnitCell("places", former=True, within="unit", day=DAY),
        attribute="place", width=28,
        headings=("địa bàn", "nơi thực hiện", "ấp", "thôn", "xã"),
    )  # fmt: skip
    started_on = ImportField(
        gettext_lazy("Started on"), DayCell(), attribute="started_on", required=True,
        kind="date", width=13, headings=("ngày triển khai", "bắt đầu từ"),
    )  # fmt: skip
    recognised_on = ImportField(
        gettext_lazy("Recognised on"), DayCell(), attribute="recognised_on", kind="date",
        width=13, headings=("ngày công nhận",),
    )  # fmt: skip
    decision_number = ImportField(
        gettext_lazy("Decision number"), TextCell(60), attribute="decision_number", kind="code",
        width=20, headings=("số quyết định", "quyết định"),
    )  # fmt: skip
    ended_on = ImportField(
        gettext_lazy("Ended on"), DayCell(), attribute="ended_on", kind="date", width=13,
        headings=("ngày kết thúc",),
    )  # fmt: skip
    description = ImportField(
        gettext_lazy("Description"), NoteCell(), attribute="description", width=50,
        headings=("nội dung", "mô tả mô hình", "ghi chú"),
    )  # fmt: skip

    class Meta:
        model = ExemplaryModel
        fields: ClassVar[tuple[str, ...]] = (
            "name", "kind", "unit", "place", "started_on", "recognised_on", "decision_number",
            "ended_on", "description",
        )  # fmt: skip

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("unit__parent", "place__parent", "kind")

    def complete(self, values: dict[str, Any], problems: list[Problem]) -> None:
        day = said(values, DAY)
        self.judge(DAY, problems, check_start, day)
        for name in ("unit", "place"):
            self.judge(name, problems, check_in_force, values.get(name), day)
        self.judge("recognised_on", problems, check_recognised, values.get("recognised_on"), day)
        self.judge("ended_on", problems, check_ended, values.get("ended_on"), day)
