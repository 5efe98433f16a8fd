"""Who changed what: one entry for each change, with every field before and after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import ChangeEntry
from campaign.portal.access import Access
from campaign.portal.scope import ScopedModel


def plain(value: Any) -> Any:
    """A field's value as JSON keeps it: ids for rows, ISO text for dates, text for decimals."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (models.QuerySet, list, tuple, set)):
        items = [plain(item) for item in value]
        numbers = all(isinstance(item, int) for item in items)
        if isinstance(value, (models.QuerySet, set)) or numbers:
            return sorted(items, key=None if numbers else str)
        return items
    return value


def snapshot(record: models.Model, fields: Iterable[str]) -> dict[str, Any]:
    """The named fields of a record as JSON keeps them."""
    kept = {}
    for name in fields:
        field = record._meta.get_field(name)
        if field.many_to_many:
            kept[name] = (
                sorted(getattr(record, name).values_list("pk", flat=True)) if record.pk else []
            )
        else:
            kept[name] = plain(getattr(record, field.attname))  # type: ignore[union-attr]
    return kept


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """{field: [before, after]} for what is not the same."""
    return {
        name: [before.get(name), after.get(name)]
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    }


def unit_path_of(record: models.Model) -> str:
    """The path of the unit that owns the record ('' when it owns none)."""
    holder: Any = record
    for step in filter(None, getattr(record, "unit_field", "").split("__")):
        holder = getattr(holder, step, None)
    return getattr(holder, "path", "") or ""


def record_change(
    record: models.Model,
    action: str,
    *,
    access: Access | None,
    changes: dict[str, list[Any]] | None = None,
    reason: str = "",
    door: str = "form",
) -> ChangeEntry:
    """Write down one change of one record."""
    return ChangeEntry.objects.create(
        by=access.user if access else None,
        action=action,
        model=record._meta.label_lower,
        record_id=record.pk,
        record_label=str(record)[:200],
        unit_path=unit_path_of(record),
        version=getattr(record, "version", None),
        changes=changes or {},
        reason=reason,
        door=door,
    )


def history_of(record: models.Model) -> models.QuerySet[ChangeEntry]:
    """Every change of a record, newest first. Whoever may see the record may see its history."""
    return ChangeEntry.objects.filter(
        model=record._meta.label_lower, record_id=record.pk
    ).select_related("by")


def changed_since(record: models.Model, version: int) -> dict[str, list[Any]]:
    """{field: [value at that version, value now]} of what others changed since a version."""
    entries = ChangeEntry.objects.filter(
        model=record._meta.label_lower, record_id=record.pk, version__gt=version
    ).order_by("version", "pk")
    found: dict[str, list[Any]] = {}
    for entry in entries:
        for name, (before, after) in entry.changes.items():
            found.setdefault(name, [before, after])[1] = after
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def log_for(access: Access, words: str = "") -> models.QuerySet[ChangeEntry]:
    """The log of changes a person may read: of units in view, and of no unit at all.

    ``words`` looks for the name of a record; people whose roster the reader may not open are not
    found by their names.
    """
    log = ChangeEntry.objects.filter(models.Q(unit_path="") | access.view.q("unit_path"))
    if words:
        known = access.people.q("unit_path") | ~models.Q(model__in=kinds_about_people())
        log = log.filter(known, record_label__icontains=words)
    return log.select_related("by")


def kinds_about_people() -> list[str]:
    """The kinds of records only those may read who work with the people of a unit."""
    return [
        model._meta.label_lower
        for model in apps.get_models()
        if issubclass(model, ScopedModel)
        and "people" in model.scope_kinds
        and "view" not in model.scope_kinds
    ]


def veiled(entry: ChangeEntry, access: Access) -> ChangeEntry:
    """The entry without the name and the values of a person the reader may not know."""
    if entry.model in kinds_about_people() and not access.people.covers(entry.unit_path):
        entry.record_label, entry.reason, entry.changes = f"#{entry.record_id}", "", {}
    return entry


def in_words(entry: ChangeEntry) -> list[dict[str, Any]]:
    """The changes of an entry for people: field name, value before, value after.

    Values of choice fields are shown by their words; parts of a record by how many there are.
    """
    try:
        model = apps.get_model(entry.model)
    except (LookupError, ValueError):
        return [_line(name, pair) for name, pair in entry.changes.items()]
    return [_line(name, pair, _field_of(model, name)) for name, pair in entry.changes.items()]


def _field_of(model: type[models.Model], name: str) -> Any:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _line(name: str, pair: list[Any], field: Any = None) -> dict[str, Any]:
    label = getattr(field, "verbose_name", None) or PART_NAMES.get(name) or name.replace("_", " ")
    before, after = (_shown(value, field) for value in [*pair, None, None][:2])
    return {"label": label, "before": before, "after": after}


def value_in_words(model: type[models.Model], name: str, value: Any) -> str:
    """One kept value of a field for people: "–" for nothing, the word of a choice."""
    return _shown(value, _field_of(model, name))


def _shown(value: Any, field: Any) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return _("%(count)s items") % {"count": len(value)}
    if choices := dict(getattr(field, "flatchoices", ()) or ()):
        return str(choices.get(value, value))
    if isinstance(value, str) and isinstance(field, models.DateField):
        return date_format(datetime.fromisoformat(value), "SHORT_DATE_FORMAT")
    if isinstance(value, int) and isinstance(field, models.ForeignKey):
        return f"#{value}"
    return str(value)


#: parts of records the history names, beside their own fields
PART_NAMES = {
    "sessions": gettext_lazy("sessions"),
    "headcounts": gettext_lazy("headcounts"),
    "present": gettext_lazy("attendance"),
    "enrolled": gettext_lazy("roster"),
    "completed": gettext_lazy("completion"),
    "sites": gettext_lazy("sites"),
    "evidence": gettext_lazy("evidence"),
    "members": gettext_lazy("members"),
    "population": gettext_lazy("population"),
    "households": gettext_lazy("households"),
    "year": gettext_lazy("year"),
}


def told(entries: Iterable[ChangeEntry], *models_shown: type[models.Model]) -> list[dict[str, Any]]:
    """Changes as a page tells them: when, who, what was done, which fields, and why."""
    by_label = {model._meta.label_lower: model for model in models_shown}
    lines = []
    for entry in entries:
        model = by_label.get(entry.model)
        fields = (*model._meta.fields, *model._meta.many_to_many) if model else ()
        names = PART_NAMES | {field.name: field.verbose_name for field in fields}
        lines.append(
            {
                "at": entry.at,
                "by": entry.by.full_name if entry.by else "",
                "action": entry.get_action_display(),
                "reason": entry.reason,
                "record": entry.record_label,
                "fields": [str(names[name]) for name in entry.changes if name in names],
            }
        )
    return lines
