"""People, households and areas of units by year, from a statistics table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy

from campaign.portal.imports.cells import TextCell, WholeCell, YesCell
from campaign.portal.imports.fields import ImportField
from campaign.portal.imports.kinds import import_kind
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import Problem, Row
from units.import_cells import UnitCell
from units.imports.words import words_of
from units.models import UnitProfile
from units.rules import PARTS_OF_PEOPLE, check_parts, check_year

COUNTS = ("population", "households", *PARTS_OF_PEOPLE)
FLAGS = ("is_mountain", "is_border", "is_island", "is_minority_majority")

words = words_of("figures_of_units")


def label_of(name: str) -> Any:
    """What the profile calls a figure."""
    field: Any = UnitProfile._meta.get_field(name)
    return field.verbose_name


def count(name: str) -> ImportField:
    """A column for a count of the profile."""
    label = label_of(name)
    return ImportField(
        label, WholeCell(), attribute=name, kind="int", width=14, headings=words.headings(name)
    )


def flag(name: str) -> ImportField:
    """A column for a flag of the area: x for yes."""
    label = label_of(name)
    return ImportField(label, YesCell(), attribute=name, width=12, headings=words.headings(name))


@import_kind
class FiguresResource(ImportResource):
    """The figures of one unit in one year a row."""

    code = "figures_of_units"
    label = gettext_lazy("Yearly figures of units")
    icon = "chart-column"
    rule = "units"
    scope = "manage"
    list_url = "units:list"
    identity_column = "unit"
    kept = ("unit", "year", *COUNTS, *FLAGS, "source")

    unit = ImportField(
        gettext_lazy("Unit"), UnitCell("manage"), attribute="unit", required=True, width=30,
        headings=words.headings("unit"), hint=gettext_lazy("Its code, or its name."),
    )  # fmt: skip
    year = ImportField(
        gettext_lazy("Year"), WholeCell(0, 9_999), attribute="year", kind="code", width=10,
        can_clear=False, headings=words.headings("year"), hint=gettext_lazy("Empty: this year."),
    )  # fmt: skip
    population = count("population")
    households = count("households")
    adults = count("adults")
    elderly = count("elderly")
    ethnic_minority = count("ethnic_minority")
    staff = count("staff")
    is_mountain = flag("is_mountain")
    is_border = flag("is_border")
    is_island = flag("is_island")
    is_minority_majority = flag("is_minority_majority")
    source = ImportField(
        gettext_lazy("Source"), TextCell(200), attribute="source", width=36,
        headings=words.headings("source"),
    )  # fmt: skip

    class Meta:
        model = UnitProfile
        fields: ClassVar[tuple[str, ...]] = ("unit", "year", *COUNTS, *FLAGS, "source")

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("unit")

    def prepare(self, rows: Sequence[Row]) -> None:
        self._known = {(p.unit_id, p.year): p for p in self.get_queryset()}

    def complete(self, values: dict[str, Any], problems: list[Problem]) -> None:
        values.setdefault("year", timezone.localdate().year)
        self.judge("year", problems, check_year, values["year"])

    def identity(self, values: Mapping[str, Any]) -> Hashable:
        return (values["unit"].pk, values["year"]) if "unit" in values else None

    def find(self, values: Mapping[str, Any]) -> Any:
        key = self.identity(values)
        return self._known.get(key) if isinstance(key, tuple) else None

    def start(self, values: Mapping[str, Any]) -> UnitProfile:
        """The areas of a unit seldom change: a new year begins with those of the last."""
        unit = values["unit"].pk
        years = [profile for (pk, _year), profile in self._known.items() if pk == unit]
        last = max(years, key=lambda profile: profile.year, default=None)
        return UnitProfile(**{name: getattr(last, name, False) for name in FLAGS})

    def validate(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        check_parts(record)
        super().validate(record, values, is_new=is_new)
