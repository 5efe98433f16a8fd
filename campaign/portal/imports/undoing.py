"""Taking an import back: whole or not at all, and not over what was edited since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access


class Undoing:
    """The half of a resource that takes saved lines back."""

    if TYPE_CHECKING:
        access: Access
        is_saving: bool

        def get_queryset(self) -> Any: ...
        def snapshot(self, record: Any) -> dict[str, Any]: ...
        def version_of(self, record: Any) -> int: ...

    def undo_new(self, record: Any) -> None:
        """Take away a record that an import added; raises ValidationError when it cannot go."""
        record.delete()

    def restore(self, record: Any, before: Mapping[str, Any]) -> None:
        """Put a record back to what ``snapshot`` said of it."""
        for name, value in before.items():
            field = record._meta.get_field(name)
            if field.many_to_many:
                getattr(record, name).set(value)
            else:
                setattr(record, field.attname, field.to_python(value))
        record.version += 1
        if hasattr(record, "clean"):
            record.clean()
        record.save()

    def standing_in_the_way(self, lines: Iterable[Any]) -> list[tuple[Any, str]]:
        """The saved lines that cannot be taken back, each with the reason."""
        found = []
        records = self.records_of([line.record_id for line in lines])
        for line in lines:
            record = records.get(line.record_id)
            if record is None:
                found.append((line, _("It is no longer there, or no longer yours.")))
            elif line.version is not None and self.changed_after(record, line.version):
                found.append((line, _("It was changed after the import.")))
        return found

    def changed_after(self, record: Any, version: int) -> bool:
        """Whether a record was changed since the version an import left it at."""
        return self.version_of(record) != version

    def records_of(self, pks: Iterable[int]) -> dict[int, Any]:
        """Records in scope by id; while an import is saved, nobody else changes them."""
        queryset = self.get_queryset()
        if self.is_saving:
            queryset = queryset.select_for_update(of=("self",))
        return queryset.in_bulk(list(pks))

    def undo(self, lines: Sequence[Any]) -> None:
        """Take saved lines back, the last first (in the caller's transaction)."""
        records = self.records_of([line.record_id for line in lines])
        action = ChangeEntry.Action
        for line in sorted(lines, key=lambda line: -line.number):
            record = records[line.record_id]
            if line.before is None:
                history.record_change(record, action.DELETED, access=self.access, door="undo")
                self.undo_new(record)
                continue
            now = self.snapshot(record)
            self.restore(record, line.before)
            history.record_change(
                record, action.CHANGED, access=self.access, door="undo",
                changes=history.differences(now, line.before),
            )  # fmt: skip


def refuse_if_used(record: Any, *, besides: Iterable[str] = ()) -> None:
    """Refuse to take a record away that others refer to; ``besides`` are parts that go with it."""
    for relation in record._meta.get_fields(include_hidden=True):
        if not relation.is_relation or relation.concrete or not hasattr(relation, "field"):
            continue
        if relation.get_accessor_name() in besides:
            continue
        related = relation.related_model
        manager = getattr(related, "unscoped", related._base_manager)
        if manager.filter(**{relation.field.name: record}).exists():
            raise ValidationError(
                _("%(name)s is in use by now (%(kind)s).")
                % {"name": record, "kind": related._meta.verbose_name_plural},
                code="in_use",
            )
