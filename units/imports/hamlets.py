"""Hamlets from a file, with the people and households of a year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.portal.imports.cells import CellReader, Mend, PhoneCell, TextCell, WholeCell
from campaign.portal.imports.fields import ImportField
from campaign.portal.imports.kinds import import_kind
from campaign.portal.imports.rows import Line, Problem, Row, Unclear, shown
from campaign.text import fold
from units import kinds
from units.import_cells import UnitCell
from units.imports.register import Level, RegisterResource
from units.imports.words import words_of
from units.models import Unit, UnitProfile
from units.rules import PARTS_OF_PEOPLE, check_parts, check_year

COUNTS = ("population", "households")

words = words_of("hamlets")


class HamletKindCell(CellReader):
    """The kind of a hamlet: its Vietnamese word, or the label of the screen."""

    def labels(self) -> dict[Any, str]:
        """{kind: word} of the kinds of hamlets."""
        return {k: word for k, (level, word) in kinds.words().items() if level == Level.HAMLET}

    def read(self, value: Any, mend: Mend) -> str:
        text = shown(value)
        kind = kinds.kind_of_word(text)
        if not kind:
            by_label = {fold(str(k.label)): k.value for k in Unit.Kind if k.value in self.labels()}
            kind = by_label.get(fold(text), "")
        if not kind:
            known = ", ".join(self.labels().values())
            message = _("“%(text)s” is no kind of hamlet. Write one of: %(known)s.")
            raise Unclear(message % {"text": text, "known": known}, code="unknown")
        return kind

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return self.labels().get(value, "")


@import_kind
class HamletResource(RegisterResource):
    """One hamlet a row, of the communes somebody keeps."""

    code = "hamlets"
    is_prefilled = True
    label = gettext_lazy("Hamlets")
    icon = "map-pin"
    levels = (Level.HAMLET,)
    parents = (Level.COMMUNE,)
    kept = ("kind", "name", "short_name", "contact_name", "contact_phone")

    unit_code = ImportField(
        gettext_lazy("Hamlet code"), TextCell(20), kind="code", can_clear=False,
        headings=words.headings("unit_code"), hint=gettext_lazy("Empty for a new one."),
    )  # fmt: skip
    commune_code = ImportField(
        gettext_lazy("Commune code"), UnitCell("manage", (Level.COMMUNE,)), kind="code",
        can_clear=False, headings=words.headings("commune_code"),
        hint=gettext_lazy("The code or the name is enough."),
    )  # fmt: skip
    commune = ImportField(
        gettext_lazy("Commune"), UnitCell("manage", (Level.COMMUNE,)), width=26,
        can_clear=False, headings=words.headings("commune"),
    )  # fmt: skip
    kind = ImportField(
        gettext_lazy("Kind of unit"), HamletKindCell(), attribute="kind", can_clear=False,
        headings=words.headings("kind"), hint=gettext_lazy("Here, or in front of the name."),
    )  # fmt: skip
    name = ImportField(
        gettext_lazy("Name"), TextCell(150), required=True, width=28,
        headings=words.headings("name"), example=gettext_lazy("Hoà Út"),
    )  # fmt: skip
    population = ImportField(
        gettext_lazy("Population"), WholeCell(), kind="int", width=12, can_clear=False,
        headings=words.headings("population"),
    )  # fmt: skip
    households = ImportField(
        gettext_lazy("Households"), WholeCell(), kind="int", width=12, can_clear=False,
        headings=words.headings("households"),
    )  # fmt: skip
    year = ImportField(
        gettext_lazy("Year of the figures"), WholeCell(0, 9_999), kind="code", width=12,
        can_clear=False, headings=words.headings("year"),
        hint=gettext_lazy("Empty: this year."),
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
            "unit_code", "commune_code", "commune", "kind", "name", "population", "households",
            "year", "contact_name", "contact_phone",
        )  # fmt: skip

    _year: int | None = None
    """The year of the figures in the row at hand; None where it has none."""

    def texts_of(self, record: Any) -> dict[str, str]:
        known = {"unit_code": record.code, "commune": record.parent.name, "name": record.name}
        return {**super().texts_of(record), **known}

    # --- the row -----------------------------------------------------------------------------

    def prepare(self, rows: Sequence[Row]) -> None:
        super().prepare(rows)
        self._read_profiles()

    def put_under(
        self, values: dict[str, Any], known: Unit | None, problems: list[Problem]
    ) -> None:
        named = values.get("commune_code") or values.get("commune")
        if named is None and not {p.column for p in problems} & {"commune_code", "commune"}:
            named = known.parent if known else None
            if named is None and len(self._above) == 1:
                named = self._above[0]
            if named is None:
                message = _("Say the commune: its code, or its name.")
                problems.append(Problem("commune", "required", message))
        values["above"] = named

    def call(self, values: dict[str, Any], known: Unit | None, problems: list[Problem]) -> None:
        """The kind and the name without it: from two columns, or from one ("Ấp Hoà Út")."""
        self._year = None
        self.judge("year", problems, check_year, values.get("year"))
        if any(name in values for name in COUNTS):
            self._year = values.get("year") or timezone.localdate().year
        written = values.get("name", "")
        kind, short = kinds.split_name(written, Level.HAMLET)
        if values.get("kind") and values["kind"] != kind:
            kind, short = values["kind"], written
        kind = kind or (known.kind if known else "")
        if written and not kind and not any(p.column == "kind" for p in problems):
            message = _("Say the kind: in this column, or in front of the name.")
            problems.append(Problem("kind", "required", message, written))
        if kind and (written or values.get("kind")):
            short = (short or (known.short_name if known else ""))[:120]
            values |= {"kind": kind, "short": short, "full": kinds.full_name(kind, short)}

    def validate(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        super().validate(record, values, is_new=is_new)
        if self._year is not None:
            check_parts(self._profile_to_be(record, values))

    # --- the figures of its year ---------------------------------------------------------------

    def _read_profiles(self) -> None:
        profiles = UnitProfile.objects.within(self.access.manage).filter(unit__level=Level.HAMLET)
        self._profiles = {(profile.unit_id, profile.year): profile for profile in profiles}
        self._year = None

    def _profile_to_be(self, record: Unit, values: Mapping[str, Any]) -> UnitProfile:
        known = self._profiles.get((record.pk, self._year or 0))
        counts = {name: values.get(name, getattr(known, name, None)) for name in COUNTS}
        parts = {name: getattr(known, name, None) for name in PARTS_OF_PEOPLE}
        return UnitProfile(**counts, **parts)

    def snapshot(self, record: Any) -> dict[str, Any]:
        known = super().snapshot(record)
        if self._year is not None:
            profile = self._profiles.get((record.pk, self._year))
            known |= {name: getattr(profile, name, None) for name in COUNTS} | {"year": self._year}
        return known

    def planned(self, record: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        planned = super().planned(record, values)
        return planned | {name: values[name] for name in COUNTS if name in values}

    def save(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        super().save(record, values, is_new=is_new)
        if self._year is not None:
            self._set_figures(record, self._year, {n: values[n] for n in COUNTS if n in values})

    def _set_figures(self, record: Unit, year: int, counts: Mapping[str, Any]) -> None:
        profile = self._profiles.get((record.pk, year)) or UnitProfile(unit=record, year=year)
        before = {name: getattr(profile, name) for name in counts}
        if before == counts and profile.pk:
            return
        for name, count in counts.items():
            setattr(profile, name, count)
        profile.version += 1 if profile.pk else 0
        profile.save()
        self._profiles[record.pk, year] = profile

    # --- taking back ---------------------------------------------------------------------------

    def _store(self, line: Line, record: Any, *args: Any, **kwargs: Any) -> None:
        super()._store(line, record, *args, **kwargs)
        profile = self._profiles.get((record.pk, self._year or 0))
        if line.before is not None and profile is not None:
            line.before = line.before | {"figures_version": profile.version}

    def standing_in_the_way(self, lines: Iterable[Any]) -> list[tuple[Any, str]]:
        lines = list(lines)
        found = super().standing_in_the_way(lines)
        told = {line.number for line, _reason in found}
        self._read_profiles()
        for line in lines:
            if line.number not in told and self._figures_were_changed(line):
                found.append((line, _("It was changed after the import.")))
        return found

    def _figures_were_changed(self, line: Any) -> bool:
        profiles = [p for (unit, _year), p in self._profiles.items() if unit == line.record_id]
        if line.before is None:
            return len(profiles) > 1 or any(profile.version > 1 for profile in profiles)
        version = line.before.get("figures_version")
        return version is not None and not any(
            (p.year, p.version) == (line.before["year"], version) for p in profiles
        )

    def undo(self, lines: Sequence[Any]) -> None:
        self._read_profiles()
        for line in sorted(lines, key=lambda line: -line.number):
            self._year = (line.before or {}).get("year")
            super().undo([line])

    def restore(self, record: Any, before: Mapping[str, Any]) -> None:
        super().restore(record, {name: before[name] for name in self.kept})
        profile = self._profiles.get((record.pk, before.get("year", 0)))
        if profile is None:
            return
        counts = {name: before[name] for name in COUNTS}
        if profile.version == 1 and not any(counts.values()):
            self._profiles.pop((record.pk, profile.year)).delete()
        else:
            self._set_figures(record, profile.year, counts)
