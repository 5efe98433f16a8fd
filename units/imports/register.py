"""What the imports of units share: hamlets and organisations below the units somebody keeps."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import Problem, Row
from campaign.portal.imports.undoing import refuse_if_used
from campaign.text import sort_key
from units.models import Unit
from units.rules import refuse_twin

Level = Unit.Level


class RegisterResource(ImportResource):
    """Units found by their code, else by the unit above them and their name."""

    rule: ClassVar[str] = "units"
    scope: ClassVar[str] = "manage"
    list_url: ClassVar[str] = "units:list"
    identity_column: ClassVar[str] = "name"
    columns_of: ClassVar[Mapping[str, str]] = {"short_name": "name"}
    #: the levels of the units that are brought in, and of those they stand under
    levels: ClassVar[tuple[str, ...]]
    parents: ClassVar[tuple[str, ...]]

    def get_queryset(self) -> Any:
        units = super().get_queryset().filter(level__in=self.levels)
        return units.select_related("parent")

    def prepare(self, rows: Sequence[Row]) -> None:
        above = Unit.objects.within(self.access.manage).filter(level__in=self.parents)
        self._above: list[Unit] = list(above.in_force().select_related("parent"))
        self._below: dict[int, list[Unit]] = {}
        self._coded: dict[str, Unit] = {}
        self._named: dict[tuple[int, str], Unit] = {}
        for unit in self.get_queryset().in_force():
            self._below.setdefault(unit.parent_id, []).append(unit)
            self._coded[unit.code] = unit
            self._named[unit.parent_id, sort_key(unit.name)] = unit
        self._next_codes: dict[int, int] = {}

    def complete(self, values: dict[str, Any], problems: list[Problem]) -> None:
        code = values.get("unit_code", "")
        known = self._coded.get(code)
        if code and known is None:
            message = _("You keep no unit with the code %(code)s. A new one has none.")
            problems.append(Problem("unit_code", "unknown", message % {"code": code}, code))
        self.put_under(values, known, problems)
        parent = values.get("above")
        if known is not None and parent is not None and known.parent_id != parent.pk:
            message = _("%(code)s belongs to %(unit)s.")
            words = {"code": known.code, "unit": known.parent}
            problems.append(Problem("unit_code", "elsewhere", message % words, code))
        self.call(values, known, problems)

    def put_under(
        self, values: dict[str, Any], known: Unit | None, problems: list[Problem]
    ) -> None:
        """Find the unit above: named in the row, or the only one there is; keep it as "above"."""
        raise NotImplementedError

    def call(self, values: dict[str, Any], known: Unit | None, problems: list[Problem]) -> None:
        """Work out kind, official name ("full") and short name ("short") of the unit."""
        raise NotImplementedError

    def find(self, values: Mapping[str, Any]) -> Any:
        if values.get("unit_code"):
            return self._coded.get(values["unit_code"])
        key = self.identity(values)
        return self._named.get(key) if isinstance(key, tuple) else None

    def identity(self, values: Mapping[str, Any]) -> Hashable:
        if values.get("above") is None or not values.get("full"):
            return None
        return (values["above"].pk, sort_key(values["full"]))

    def start(self, values: Mapping[str, Any]) -> Unit:
        parent = values["above"]
        return Unit(
            parent=parent, level=self.level_under(parent), code_system=Unit.CodeSystem.PORTAL,
            code=self._new_code(parent), path=Unit.unrooted_path(),
        )  # fmt: skip

    def level_under(self, parent: Unit) -> str:
        """The level a new unit gets."""
        return self.levels[0]

    def _new_code(self, parent: Unit) -> str:
        """The next code of a unit, counted on for all rows of the file."""
        start = f"{parent.code}-"
        if parent.pk not in self._next_codes:
            self._next_codes[parent.pk] = int(parent.next_code().removeprefix(start))
        number = self._next_codes[parent.pk]
        self._next_codes[parent.pk] = number + 1
        return f"{start}{number:02d}"

    def apply(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        """Found by its name, a unit keeps the name as it is written; by its code, it may change."""
        super().apply(record, values, is_new=is_new)
        before, full = record.name, values.get("full", "")
        if full and (values.get("unit_code") or sort_key(full) != sort_key(before)):
            record.name, record.short_name = full, values.get("short") or record.short_name
        elif values.get("short_name"):
            record.short_name = values["short"]
        if is_new:
            record.set_keys()
        elif record.name != before:
            record.set_keys(record.former_names())

    def validate(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        siblings = self._below.setdefault(record.parent_id, [])
        try:
            refuse_twin(record, record.parent, siblings)
        except ValidationError as error:
            raise ValidationError({"name": error}) from error
        super().validate(record, values, is_new=is_new)
        siblings[:] = [unit for unit in siblings if unit.pk is None or unit.pk != record.pk]
        siblings.append(record)

    def save(self, record: Any, values: Mapping[str, Any], *, is_new: bool) -> None:
        super().save(record, values, is_new=is_new)
        if is_new:
            record.take_root()

    def restore(self, record: Any, before: Mapping[str, Any]) -> None:
        super().restore(record, before)
        record.set_keys(record.former_names())
        record.save(update_fields=["search_key", "sort_key"])

    def undo_new(self, record: Any) -> None:
        refuse_if_used(record, besides=("profiles",))
        super().undo_new(record)
