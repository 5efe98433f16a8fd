"""Who changed what: one entry for each change, with every field before and after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import models

from campaign.models import ChangeEntry
from campaign.portal.access import Access


def plain(value: Any) -> Any:
    """A field's value as JSON keeps it: ids for rows, ISO text for dates, text for decimals."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (models.QuerySet, list, tuple, set)):
        return sorted((plain(item) for item in value), key=str)
    return value


def snapshot(record: models.Model, fields: Iterable[str]) -> dict[str, Any]:
    """The named fields of a record as JSON keeps them."""
    kept = {}
    for name in fields:
        field = record._meta.get_field(name)
        if field.many_to_many:
            kept[name] = sorted(getattr(record, name).values_list("pk", flat=True)) if record.pk else []
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
