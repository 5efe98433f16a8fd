"""What happens to activities, models and solutions beside being filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from activities import pictures
from activities.models import Activity, ActivitySite, Evidence, ExemplaryModel
from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access
from campaign.portal.images import FileRefused
from campaign.portal.scope import PATH_STEP, next_path
from campaign.text import nfc
from units.models import Unit

COMMUNE_PATH = 2 * PATH_STEP  # the province, then the commune
MOST_EVIDENCE = 60  # files one activity may carry


# --- Called off, and taken back -------------------------------------------------------------


def _locked(model: Any, pk: int, access: Access) -> Any:
    return model.objects.within(access.edit).select_for_update(of=("self",)).get(pk=pk)


@transaction.atomic
def cancel(model: Any, pk: int, *, reason: str, access: Access, door: str = "form") -> Any:
    """Call off a record with a reason: it stays on record and leaves the figures."""
    record = _locked(model, pk, access)
    if record.cancelled_at is not None:
        return record
    record.cancelled_at, record.cancelled_reason = timezone.now(), reason
    _store(record, "cancelled_at", "cancelled_reason")
    history.record_change(
        record, ChangeEntry.Action.CANCELLED, access=access, reason=reason, door=door
    )
    return record


@transaction.atomic
def restore(model: Any, pk: int, *, access: Access, door: str = "form") -> Any:
    """Take a cancellation back: the record counts again."""
    record = _locked(model, pk, access)
    if record.cancelled_at is None:
        return record
    record.cancelled_at, record.cancelled_reason = None, ""
    _store(record, "cancelled_at", "cancelled_reason")
    history.record_change(record, ChangeEntry.Action.RESTORED, access=access, door=door)
    return record


@transaction.atomic
def end_model(pk: int, *, ended_on: date | None, reason: str, access: Access) -> ExemplaryModel:
    """Say from which day a model is no longer kept up; without a day it is kept up again."""
    record = _locked(ExemplaryModel, pk, access)
    before = history.snapshot(record, ["ended_on"])
    record.ended_on = ended_on
    record.full_clean()
    _store(record, "ended_on")
    history.record_change(
        record,
        ChangeEntry.Action.CHANGED,
        access=access,
        reason=reason,
        changes=history.differences(before, history.snapshot(record, ["ended_on"])),
    )
    return record


def _store(record: Any, *fields: str) -> None:
    record.version += 1
    record.save(update_fields=[*fields, "version", "updated_at"])


# --- Connected sites ------------------------------------------------------------------------


@dataclass(frozen=True)
class SiteEntry:
    """What was entered for one unit: connected, not connected, or no site at all (None)."""

    is_connected: bool | None
    people: int | None = None


def site_units(activity: Activity, access: Access) -> QuerySet[Unit]:
    """The units that can be sites of an event: hamlets of the commune that holds it, otherwise
    every commune of the province; and whatever is a site already."""
    owner = activity.unit
    chosen = Q(pk__in=activity.sites.values("unit_id"))
    on_the_day = Unit.objects.in_force(activity.starts_on)  # type: ignore[attr-defined]
    if owner.level in (Unit.Level.COMMUNE, Unit.Level.HAMLET):
        commune = owner.path[:COMMUNE_PATH]
        inside = Q(level=Unit.Level.HAMLET, path__gte=commune, path__lt=next_path(commune))
    else:
        inside = Q(level=Unit.Level.COMMUNE)
    possible = Unit.objects.filter(Q(pk__in=on_the_day.filter(inside).values("pk")) | chosen)
    return possible.listed(access).order_by("level", "sort_key", "pk")  # type: ignore[attr-defined]


@transaction.atomic
def save_sites(
    pk: int, entries: Mapping[int, SiteEntry], *, version: int | None, access: Access
) -> Activity:
    """Store which units were connected to an event, and how many people came there.

    Only the units given are touched. Somebody else's change meanwhile is refused with its
    author's name: the person looks again, nothing is overwritten unseen.
    """
    activity = _locked(Activity, pk, access)
    allowed = set(site_units(activity, access).values_list("pk", flat=True))
    if set(entries) - allowed:
        raise Unit.DoesNotExist
    if version is not None and version != activity.version:
        _refuse_if_sites_changed(activity, version)
    now = {site.unit_id: site for site in activity.sites.all()}
    before = {unit: [s.is_connected, s.people] for unit, s in now.items()}
    fresh, changed, gone = [], [], []
    for unit_id, entry in entries.items():
        site = now.get(unit_id)
        if entry.is_connected is None:
            gone += [site.pk] if site else []
        elif site is None:
            fresh.append(
                ActivitySite(
                    activity=activity,
                    unit_id=unit_id,
                    is_connected=entry.is_connected,
                    people=entry.people,
                )
            )
        elif (site.is_connected, site.people) != (entry.is_connected, entry.people):
            site.is_connected, site.people = entry.is_connected, entry.people
            changed.append(site)
    if not (fresh or changed or gone):
        return activity
    activity.sites.filter(pk__in=gone).delete()
    activity.sites.bulk_create(fresh)
    activity.sites.bulk_update(changed, ["is_connected", "people"])
    after = {site.unit_id: [site.is_connected, site.people] for site in activity.sites.all()}
    _store(activity)
    history.record_change(
        activity,
        ChangeEntry.Action.CHANGED,
        access=access,
        changes={"sites": [_listed(before), _listed(after)]},
    )
    return activity


def _listed(sites: Mapping[int, list[Any]]) -> list[list[Any]]:
    return [[unit, *values] for unit, values in sorted(sites.items())]


def _refuse_if_sites_changed(activity: Activity, version: int) -> None:
    later = history.history_of(activity).filter(version__gt=version)
    for entry in later:
        if "sites" in entry.changes:
            raise ValidationError(
                _("%(who)s changed the sites meanwhile. Check the table and save again.")
                % {"who": entry.by or _("Somebody")},
                code="conflict",
            )


# --- Evidence -------------------------------------------------------------------------------


def add_evidence(
    pk: int, files: list[Any], *, caption: str, access: Access
) -> tuple[list[Evidence], list[str]]:
    """Keep photos and PDF files with an activity; returns those kept and why others were not."""
    activity = Activity.objects.within(access.edit).select_related("unit").get(pk=pk)
    kept: list[Evidence] = []
    refused: list[str] = []
    for file in files:
        name = shown_name(file.name)
        if activity.evidence.count() >= MOST_EVIDENCE:
            refused.append(
                _("%(file)s: an activity carries up to %(most)s files.")
                % {"file": name, "most": MOST_EVIDENCE}
            )
            continue
        try:
            kept.append(_keep(activity, file, name=name, caption=caption, access=access))
        except FileRefused as error:
            refused.append(f"{name}: {error.message}")
    return kept, refused


def shown_name(name: str) -> str:
    """The name a file came with, without folders and control characters."""
    base = nfc(name or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in base if c.isprintable())[-150:] or "file"


@transaction.atomic
def _keep(
    activity: Activity, file: BinaryIO, *, name: str, caption: str, access: Access
) -> Evidence:
    kind, content = pictures.cleaned(file)
    evidence = Evidence(
        unit=activity.unit,
        activity=activity,
        kind=kind,
        caption=caption,
        file_name=name,
        size=content.size,
        added_by=access.user,
    )
    evidence.file.save(content.name, content, save=False)  # type: ignore[arg-type]
    evidence.save()
    if kind == Evidence.Kind.PHOTO:
        pictures.keep_thumbnail(evidence)
    history.record_change(
        activity,
        ChangeEntry.Action.CHANGED,
        access=access,
        changes={"evidence": [None, name]},
        door="evidence",
    )
    return evidence


@transaction.atomic
def remove_evidence(pk: int, *, reason: str, access: Access) -> Activity:
    """Take a photo or document away, for a reason that stays in the history."""
    evidence = Evidence.objects.within(access.edit).select_for_update(of=("self",)).get(pk=pk)
    activity = evidence.activity
    history.record_change(
        activity,
        ChangeEntry.Action.CHANGED,
        access=access,
        reason=reason,
        changes={"evidence": [evidence.file_name, None]},
        door="evidence",
    )
    evidence.delete()
    transaction.on_commit(lambda: pictures.forget(evidence.file))
    return activity
