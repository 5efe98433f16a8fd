"""Hamlets from Excel or CSV: every row is checked as a typed one is."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import tablib
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.results import RowResult

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.resources import ROW, ScopedResource
from campaign.portal.workbooks import WorkbookRefused, find_header, read_table
from campaign.text import BadPhone, clean_name, normal_phone, sort_key
from units import kinds
from units.codes import restored
from units.models import Unit, UnitProfile

_COLUMNS = Path(__file__).parent / "data" / "hamlet_columns.csv"

LABELS = {
    "code": gettext_lazy("Hamlet code"),
    "commune_code": gettext_lazy("Commune code"),
    "commune": gettext_lazy("Commune"),
    "kind": gettext_lazy("Kind of unit"),
    "name": gettext_lazy("Name"),
    "population": gettext_lazy("Population"),
    "households": gettext_lazy("Households"),
    "year": gettext_lazy("Year of the figures"),
    "contact_name": gettext_lazy("Head or contact"),
    "contact_phone": gettext_lazy("Phone"),
}
"""The columns of the template, in their order, with their headings."""

KEPT = ("kind", "name", "short_name", "contact_name", "contact_phone")
COUNTS = ("population", "households")


@cache
def _headings() -> dict[str, tuple[str, ...]]:
    with _COLUMNS.open(encoding="utf-8", newline="") as file:
        return {row["key"]: tuple(row["headings"].split("|")) for row in csv.DictReader(file)}


def read_hamlets(file: BinaryIO, *, filename: str) -> tablib.Dataset:
    """The rows of an uploaded table, by column, each with its number in the spreadsheet."""
    sheet = read_table(file, filename=filename)
    columns = {key: (*words, str(LABELS[key])) for key, words in _headings().items()}
    header = find_header(sheet.rows, columns)
    if header is None or "name" not in header.columns:
        raise WorkbookRefused(
            "header",
            _("No row of headings was found. The first rows must name the columns: %(columns)s.")
            % {"columns": ", ".join(str(label) for label in LABELS.values())},
        )
    dataset = tablib.Dataset(headers=[*LABELS, ROW])
    for place in range(header.first_row, len(sheet.rows)):
        row = sheet.rows[place]
        values = {
            key: row[column] if column < len(row) else None
            for key, column in header.columns.items()
        }
        if any(value not in (None, "") for value in values.values()):
            dataset.append([*(values.get(key) for key in LABELS), place + 1])
    return dataset


def text_of(value: Any) -> str:
    """A cell as tidy text: whole numbers without a point, dates as they are written here."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, (date, datetime)):
        return f"{value:%d/%m/%Y}"
    return clean_name(str(value))


def count_of(value: Any) -> int | None:
    """A cell as a count: 1234, "1.234" and "1 234" are the same."""
    text = text_of(value)
    if not text:
        return None
    if re.fullmatch(r"\d{1,3}([.,\u00a0 ]\d{3})+", text):
        text = re.sub(r"\D", "", text)
    if not text.isdecimal() or int(text) > 10_000_000:
        raise ValidationError(
            _("“%(text)s” is not a count. Write a whole number, such as 1234.") % {"text": text}
        )
    return int(text)


class HamletResource(ScopedResource):
    """Hamlets of the communes somebody keeps, found by code, else by commune and name."""

    scope: ClassVar[str] = "manage"

    class Meta:
        model = Unit
        fields = ("code", *KEPT)
        import_id_fields = ("code",)
        skip_unchanged = True
        report_skipped = True
        use_transactions = True
        clean_model_instances = True
        store_row_values = True
        store_instance = True
        skip_html_diff = True

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Read once what the rows are compared with."""
        units = self.get_queryset()
        self.communes = list(units.communes().in_force().select_related("parent"))
        hamlets = list(units.hamlets().in_force().select_related("parent"))
        self.by_code = {unit.code: unit for unit in hamlets}
        self.by_name = {(unit.parent_id, sort_key(unit.name)): unit for unit in hamlets}
        profiles = UnitProfile.objects.within(self.access.manage).filter(unit__level="hamlet")
        self.profiles = {(profile.unit_id, profile.year): profile for profile in profiles}
        self.seen: dict[Any, int] = {}
        self.next_codes: dict[int, int] = {}

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """Turn what was written into what is kept; collect everything that is wrong."""
        errors: dict[str, Any] = {}
        self.parent = self._commune(row, errors)
        row["kind"], row["short_name"] = self._kind_and_name(row, errors)
        row["name"] = kinds.full_name(row["kind"], row["short_name"])
        for name in (*COUNTS, "year"):
            try:
                row[name] = count_of(row[name])
            except ValidationError as error:
                errors[name] = error
        self._check_figures(row, errors)
        row["contact_name"] = text_of(row["contact_name"])
        try:
            row["contact_phone"] = normal_phone(text_of(row["contact_phone"]))
        except BadPhone as bad:
            errors["contact_phone"] = bad.message
        if errors:
            raise ValidationError(errors)
        self.found = self._existing(row)
        self._refuse_twice(row)
        row["code"] = self.found.code if self.found else self._new_code()

    def _commune(self, row: Any, errors: dict[str, Any]) -> Unit | None:
        """The commune a row names by code or name; the only one there is needs no naming."""
        code, name = text_of(row["commune_code"]), text_of(row["commune"])
        known = self.by_code.get(text_of(row["code"]))
        if not code and not name:
            if known is not None:
                return known.parent
            if len(self.communes) == 1:
                return self.communes[0]
            errors["commune"] = _("Say the commune: its code, or its name.")
            return None
        column = "commune_code" if code else "commune"
        key = sort_key(name)
        if code:
            found = [unit for unit in self.communes if unit.code == restored(code)]
        else:
            found = [u for u in self.communes if key in (sort_key(u.name), u.sort_key)]
        if len(found) == 1:
            return found[0]
        message = (
            _("Several communes are called “%(text)s”: write the commune code.")
            if found
            else _("You keep no commune with the code or name “%(text)s”.")
        )
        errors[column] = message % {"text": code or name}
        return None

    def _kind_and_name(self, row: Any, errors: dict[str, Any]) -> tuple[str, str]:
        """The kind and the name without it: from two columns, or from one ("Ấp Hoà Út")."""
        written, kind_word = text_of(row["name"]), text_of(row["kind"])
        kind, short = kinds.split_name(written, Unit.Level.HAMLET)
        if kind_word:
            named = kinds.kind_of_word(kind_word) or self._kind_of_label(kind_word)
            if not named:
                known = ", ".join(
                    word for level, word in kinds.words().values() if level == Unit.Level.HAMLET
                )
                errors["kind"] = _("“%(text)s” is no kind of hamlet. Write one of: %(known)s.") % {
                    "text": kind_word, "known": known,
                }  # fmt: skip
            elif named != kind:
                kind, short = named, written
        if not written:
            errors["name"] = _("Write the name of the hamlet.")
        elif not kind and "kind" not in errors:
            errors["kind"] = _("Say the kind: in this column, or in front of the name.")
        return kind, short[:120]

    @staticmethod
    def _kind_of_label(text: str) -> str:
        key = sort_key(text)
        return next((k.value for k in Unit.Kind if sort_key(str(k.label)) == key), "")

    def _check_figures(self, row: Any, errors: dict[str, Any]) -> None:
        year = row["year"] if "year" not in errors else None
        if year is not None and not 2015 <= year <= timezone.localdate().year + 1:
            errors["year"] = _("Write a year from 2015 to next year.")
        if not errors.keys() & set(COUNTS):
            people, households = row["population"], row["households"]
            if people is not None and households is not None and households > people:
                errors["households"] = _("More than the population.")

    def _existing(self, row: Any) -> Unit | None:
        code = text_of(row["code"])
        if code:
            unit = self.by_code.get(code)
            if unit is None:
                raise ValidationError(
                    {"code": _("You keep no hamlet with the code %(code)s. A new one has none.")
                     % {"code": code}}
                )  # fmt: skip
            if self.parent and unit.parent_id != self.parent.pk:
                raise ValidationError(
                    {"code": _("%(code)s is a hamlet of %(commune)s.")
                     % {"code": code, "commune": unit.parent.name}}
                )  # fmt: skip
            return unit
        return self.by_name.get((self.parent.pk, sort_key(row["name"])))  # type: ignore[union-attr]

    def _refuse_twice(self, row: Any) -> None:
        key = (self.parent.pk, sort_key(row["name"]))  # type: ignore[union-attr]
        twin = self.by_name.get(key)
        if twin is not None and self.found is not None and twin.pk != self.found.pk:
            words = {"name": twin.name, "code": twin.code}
            raise ValidationError({"name": _("“%(name)s” is already there, as %(code)s.") % words})
        first = self.seen.setdefault(key, row[ROW])
        if first != row[ROW]:
            raise ValidationError(
                {"name": _("Row %(number)s says the same hamlet.") % {"number": first}}
            )

    def _new_code(self) -> str:
        """The next code of the commune, counted on for all rows of the file."""
        start = f"{self.parent.code}-"  # type: ignore[union-attr]
        if self.parent.pk not in self.next_codes:  # type: ignore[union-attr]
            self.next_codes[self.parent.pk] = int(self.parent.next_code().removeprefix(start))  # type: ignore[union-attr]
        number = self.next_codes[self.parent.pk]  # type: ignore[union-attr]
        self.next_codes[self.parent.pk] = number + 1  # type: ignore[union-attr]
        return f"{start}{number:02d}"

    def get_instance(self, instance_loader: Any, row: Any) -> Unit | None:
        """The hamlet a row is about."""
        return self.found

    def init_instance(self, row: Any = None) -> Unit:
        """A new hamlet under its commune."""
        return Unit(
            parent=self.parent, level=Unit.Level.HAMLET, code_system=Unit.CodeSystem.PORTAL,
            path=Unit.unrooted_path(),
        )  # fmt: skip

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        self.before = {} if new else history.snapshot(instance, KEPT)

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        super().import_instance(instance, row, **kwargs)
        if not self.before:
            instance.set_keys()
        elif instance.name != self.before["name"]:
            instance.set_keys(instance.former_names())

    def skip_row(
        self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None
    ) -> bool:
        same = super().skip_row(instance, original, row, import_validation_errors)
        return bool(self.before) and same and not self._new_figures(instance, row)

    def _new_figures(self, instance: Unit, row: Any) -> dict[str, list[int | None]]:
        """{figure: [known, written]} where the row says something new of its year."""
        profile = self.profiles.get((instance.pk, self._year(row)))
        return {
            name: [getattr(profile, name, None), row[name]]
            for name in COUNTS
            if row[name] is not None and row[name] != getattr(profile, name, None)
        }

    @staticmethod
    def _year(row: Any) -> int:
        return row["year"] or timezone.localdate().year

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        if is_create:
            instance.save(force_insert=True)
            instance.take_root()
        else:
            instance.version += 1
            instance.save()

    def after_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """Store the figures of the year, and write everything down in the history."""
        figures = self._new_figures(instance, row)
        changes = history.differences(self.before, history.snapshot(instance, KEPT)) | figures
        if figures:
            key = (instance.pk, self._year(row))
            profile = self.profiles.get(key) or UnitProfile(unit=instance, year=key[1])
            for name, (_known, written) in figures.items():
                setattr(profile, name, written)
            profile.version += 0 if profile.pk is None else 1
            profile.save()
            self.profiles[key] = profile
        action = ChangeEntry.Action
        history.record_change(
            instance, action.CHANGED if self.before else action.CREATED, access=self.access,
            changes=changes, door="import",
        )  # fmt: skip
        row["changes"] = changes

    def changes_in_words(self, row: RowResult) -> list[str]:
        """Each changed value, with the one before."""
        if row.import_type != RowResult.IMPORT_TYPE_UPDATE:
            return []
        labels = {**LABELS, "short_name": LABELS["name"]}
        return [
            _("%(column)s: %(after)s, before %(before)s")
            % {"column": labels[name], "after": pair[1] or "–", "before": pair[0] or "–"}
            for name, pair in (row.row_values or {}).get("changes", {}).items()
            if name in labels and name != "short_name"
        ]
