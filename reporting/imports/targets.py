"""Targets from a file, or from the table of the units beneath: one a row."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import Audience, CampaignSettings
from campaign.portal.figures import num
from campaign.portal.imports.cells import ChoiceCell, DayCell, DecimalCell, Mend, TextCell
from campaign.portal.imports.fields import CLEARED, ImportField
from campaign.portal.imports.kinds import import_kind
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import Problem, Row, shown
from campaign.portal.imports.word_lists import Words
from campaign.portal.imports.words import EnumCell, WordCell
from campaign.portal.pages import get_scoped
from reporting.models import Target
from reporting.targets.filters import LEVELS
from reporting.targets.measures import MEASURES, measure
from reporting.targets.periods import TargetPeriodCell
from reporting.targets.rules import HIGHEST, Basis, check_audience, check_basis
from reporting.targets.splitting import units_beneath
from units.import_cells import UnitCell

_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+")

words = Words(Path(__file__).parents[1] / "data" / "import_words.csv", "target")


class AmountCell(DecimalCell):
    """A target: 10000, 10.000, 62,5, 80%. Dots between threes group, as people write plans."""

    def __init__(self) -> None:
        super().__init__(least=0, most=int(HIGHEST), places=2)

    def read(self, value: Any, mend: Mend) -> Decimal:
        text = shown(value).strip()
        if isinstance(value, str) and _GROUPED.fullmatch(text):
            value = text.replace(".", "")
        return super().read(value, mend).quantize(Decimal("0.01"))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        if not isinstance(value, Decimal):
            return shown(value)
        return num(value) if value == value.to_integral_value() else num(value, 2).rstrip("0")


def names() -> dict[Any, str]:
    """{code: name} of what a target can be set for."""
    return {code: one.name for code, one in MEASURES.items()}


class OfMeasures(ChoiceCell):
    """An indicator by any of its names."""

    def labels(self) -> dict[Any, str]:
        if self._labels is None:
            self._synonyms = {code: one.names for code, one in MEASURES.items()}
        return super().labels()


@import_kind
class TargetResource(ImportResource):
    """One target a row, found by its unit, indicator, period and audience.

    Within ``context={"parent": pk}`` all rows share in one target of the unit above: nobody asks
    for more than the unit and its share.
    """

    code = "target"
    label = gettext_lazy("Targets")
    icon = "target"
    rule = "targets"
    scope = "targets"
    list_url = "targets:list"
    identity_column = "unit"
    kept = (
        "unit", "indicator", "scheme", "period", "audience", "basis", "value", "document_number",
        "document_date", "document_issuer", "note",
    )  # fmt: skip

    unit = ImportField(
        gettext_lazy("Unit"), UnitCell("targets", LEVELS), attribute="unit", required=True,
        width=28, can_clear=False, headings=words.headings("unit"),
        hint=gettext_lazy("Its code, or its name."),
    )  # fmt: skip
    indicator = ImportField(
        gettext_lazy("Indicator"), OfMeasures(names), attribute="indicator", required=True,
        width=48, can_clear=False, headings=words.headings("indicator"),
    )  # fmt: skip
    period = ImportField(
        gettext_lazy("Period"), TargetPeriodCell(), attribute="days_meant", required=True,
        width=16, can_clear=False, headings=words.headings("period"), example="2026",
    )  # fmt: skip
    audience = ImportField(
        gettext_lazy("Audience"), WordCell(Audience), attribute="audience", width=22,
        headings=words.headings("audience"), hint=gettext_lazy("Empty: everybody."),
    )  # fmt: skip
    value = ImportField(
        gettext_lazy("Target value"), AmountCell(), attribute="value", required=True, kind="decimal",
        width=14, can_clear=False, headings=words.headings("value"), example="10000",
    )  # fmt: skip
    basis = ImportField(
        gettext_lazy("Measured as"), EnumCell(Basis, words.synonyms("basis")), attribute="basis",
        width=26, can_clear=False, headings=words.headings("basis"),
        hint=gettext_lazy("Empty: a number; of a rate, the rate."),
    )  # fmt: skip
    document_number = ImportField(
        gettext_lazy("Document number"), TextCell(60), attribute="document_number", width=18,
        headings=words.headings("document_number"),
    )  # fmt: skip
    document_date = ImportField(
        gettext_lazy("Document date"), DayCell(), attribute="document_date", kind="date",
        width=13, headings=words.headings("document_date"),
    )  # fmt: skip
    document_issuer = ImportField(
        gettext_lazy("Issued by"), TextCell(200), attribute="document_issuer", width=26,
        headings=words.headings("document_issuer"),
    )  # fmt: skip
    note = ImportField(
        gettext_lazy("Note"), TextCell(1000), attribute="note", width=30,
        headings=words.headings("note"),
    )  # fmt: skip

    class Meta:
        model = Target
        fields: ClassVar[tuple[str, ...]] = (
            "unit", "indicator", "period", "audience", "value", "basis", "document_number",
            "document_date", "document_issuer", "note",
        )  # fmt: skip

    # --- within one target of the unit above -------------------------------------------------

    def used_columns(self) -> dict[str, ImportField]:
        """Among the parts of one target, nobody asks for anything but unit, share and note."""
        if "parent" not in self.context:
            return super().used_columns()
        return {name: self.columns()[name] for name in ("unit", "value", "note")}

    def get_queryset(self) -> Any:
        targets = super().get_queryset().select_related("unit__parent", "audience")
        if "parent" in self.context:
            whole = self.whole()
            targets = targets.filter(
                indicator=whole.indicator, scheme=whole.scheme, period=whole.period,
                audience=whole.audience_id, unit__in=list(self._beneath),
            )  # fmt: skip
        return targets

    def whole(self) -> Target:
        """The target the rows share in."""
        if not hasattr(self, "_whole"):
            seen = Target.objects.within(self.access.view).select_related("unit", "audience")
            self._whole: Target = get_scoped(seen, pk=self.context["parent"])
            self._beneath = {unit.pk for unit in units_beneath(self._whole.unit, self.access)}
        return self._whole

    # --- the walk ----------------------------------------------------------------------------

    def prepare(self, rows: Sequence[Row]) -> None:
        self._known = {
            (t.unit_id, t.indicator, t.scheme, t.period, t.audience_id): t
            for t in self.get_queryset()
        }
        above = Target.objects.within(self.access.view).order_by()
        keys = ("unit_id", "indicator", "scheme", "period", "audience_id")
        self._above = {tuple(row[:-1]): row[-1] for row in above.values_list(*keys, "pk")}
        self._scheme = str(CampaignSettings.current().scheme)

    def complete(self, values: dict[str, Any], problems: list[Problem]) -> None:
        if "parent" in self.context:
            self._complete_share(values, problems)
            return
        if "indicator" not in values:
            return
        about = measure(values["indicator"])
        if "basis" in values:
            try:
                check_basis(about, values["basis"])
            except Exception as error:
                problems.append(Problem("basis", "basis", error.messages[0], values["basis"]))  # type: ignore[attr-defined]
        audience = values.get("audience")
        if audience is not None and audience is not CLEARED:
            self.judge("audience", problems, lambda a: check_audience(about, a), audience)

    def _complete_share(self, values: dict[str, Any], problems: list[Problem]) -> None:
        whole = self.whole()
        values |= {
            "indicator": whole.indicator, "period": whole.days_meant, "audience": whole.audience,
            "basis": whole.basis,
        }  # fmt: skip
        unit = values.get("unit")
        if unit is not None and unit.pk not in self._beneath:
            message = _("“%(unit)s” does not share in the target of %(whole)s.") % {
                "unit": unit, "whole": whole.unit,
            }  # fmt: skip
            problems.append(Problem("unit", "elsewhere", message, unit.name))

    def identity(self, values: Mapping[str, Any]) -> Hashable:
        if not {"unit", "indicator", "period"} <= values.keys():
            return None
        audience = values.get("audience")
        period = values["period"]
        return (
            values["unit"].pk, values["indicator"], str(period.scheme), period.code,
            audience.pk if isinstance(audience, Audience) else None,
        )  # fmt: skip

    def find(self, values: Mapping[str, Any]) -> Any:
        key = self.identity(values)
        return self._known.get(key) if isinstance(key, tuple) else None

    def start(self, values: Mapping[str, Any]) -> Target:
        """A new target is a number, a rate where the indicator is one; a share has its document."""
        is_ratio = measure(values["indicator"]).is_ratio
        record = Target(basis=Basis.OWN if is_ratio else Basis.NUMBER)
        if "parent" in self.context:
            whole = self.whole()
            for name in ("document_number", "document_date", "document_issuer"):
                setattr(record, name, getattr(whole, name))
        return record

    def apply(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        rest = {name: value for name, value in values.items() if name != "period"}
        super().apply(record, rest, is_new=is_new)
        if "period" in values:
            record.scheme, record.period = str(values["period"].scheme), values["period"].code

    def not_validated(self, record: Any) -> set[str]:
        return super().not_validated(record) | {"starts_on", "ends_on"}

    def save(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        record.stands_alone()
        if record.parent_id is None:
            key = (
                record.unit.parent_id, record.indicator, record.scheme, record.period,
                record.audience_id,
            )  # fmt: skip
            record.parent_id = self._above.get(key)
            record.rule = Target.Rule.MANUAL if record.parent_id else ""
        super().save(record, values, is_new=is_new)
