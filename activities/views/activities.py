"""The list of activities, the form, the page of one activity, cancelling."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from activities import own_fields, services
from activities.filters import ActivityFilters
from activities.forms import ActivityForm, EvidenceForm, check_taken_place, headcount_formset
from activities.models import Activity, ActivityHeadcount, ActivitySite, ActivityType, Evidence
from activities.views.words import (
    cancel_page,
    crumbs,
    crumbs_of_form,
    history_for,
    restore_page,
    state_of,
)
from campaign.models import Audience, Draft
from campaign.portal.access import Access, PortalRequest
from campaign.portal.imports.words import AT_LEAST
from campaign.portal.lists import CancelAct, Column, EditAct, ListPage
from campaign.portal.pages import FormPage, forgive, get_scoped, id_in
from campaign.portal.rules import rule
from units.fields import unit_label
from units.models import Unit

#: how many types the page that asks for the type offers as "used lately"
LATELY = 4


def _sum_of(parts: QuerySet[Any], field: str) -> Subquery:
    rows = parts.filter(activity=OuterRef("pk")).order_by().values("activity")
    return Subquery(rows.annotate(total=Sum(field)).values("total"))


def with_people(queryset: QuerySet[Activity]) -> QuerySet[Activity]:
    """Activities with ``people_here``, ``people_at_sites``, ``connected``; None is unknown."""
    sites = ActivitySite.objects.filter(is_connected=True)
    connected = sites.filter(activity=OuterRef("pk")).order_by().values("activity")
    return queryset.annotate(
        people_here=_sum_of(ActivityHeadcount.objects.get_queryset(), "people"),
        people_at_sites=_sum_of(sites, "people"),
        connected=Subquery(connected.annotate(total=Count("pk")).values("total")),
    )


def people_of(activity: Any) -> int | None:
    """Everybody reached: at the own place and at the connected sites; None when unknown."""
    known = [n for n in (activity.people_here, activity.people_at_sites) if n is not None]
    return sum(known) if known else None


class ActivityList(ListPage):
    """Activities of the own units, and what others did on the own territory."""

    model = Activity
    filters = ActivityFilters
    template = "activities/list.html"
    row_template = "activities/_row.html"
    title = gettext_lazy("Activities")
    noun = gettext_lazy("activities")
    default_sort = "-date"
    file_slug = "hoat-dong"
    acts = (
        EditAct(
            "edit",
            gettext_lazy("Edit many"),
            "pencil",
            form=ActivityForm,
            names=("topic", "mode", "venue", "audiences", "note"),
            alike=lambda activity: activity.type_id,
        ),
        EditAct(
            "assign",
            gettext_lazy("Assign hosts"),
            "user",
            form=ActivityForm,
            names=("team", "co_organisers"),
            alike=lambda activity: activity.type_id,
        ),
        CancelAct(
            gettext_lazy("Cancel activities"),
            cancel=partial(services.cancel, Activity),
            restore=partial(services.restore, Activity),
        ),
    )
    import_kind = "activities"
    columns = (
        Column(
            "date", gettext_lazy("Date"), lambda a: a.starts_on, "date", ("starts_on",), width=12
        ),
        Column(
            "title",
            gettext_lazy("Name of the activity"),
            lambda a: a.title,
            sort=("search_key",),
            width=46,
            is_name=True,
        ),
        Column(
            "type", gettext_lazy("Type"), lambda a: a.type.name, sort=("type__position",), width=26
        ),
        Column(
            "unit",
            gettext_lazy("Organising unit"),
            lambda a: unit_label(a.unit),
            sort=("unit__sort_key",),
            width=28,
        ),
        Column(
            "place",
            gettext_lazy("Place"),
            lambda a: unit_label(a.place) if a.place else None,
            sort=("place__sort_key",),
            width=24,
        ),
        Column(
            "topic",
            gettext_lazy("Topic"),
            lambda a: a.topic.name if a.topic else None,
            on_screen=False,
            width=26,
        ),
        Column(
            "audiences",
            gettext_lazy("Audiences"),
            lambda a: "; ".join(audience.name for audience in a.audiences.all()),
            on_screen=False,
            width=34,
        ),
        Column("mode", gettext_lazy("Mode"), lambda a: a.get_mode_display(), on_screen=False),
        Column("venue", gettext_lazy("Venue"), lambda a: a.venue, on_screen=False, width=26),
        Column(
            "chaired_by",
            gettext_lazy("Chaired by"),
            lambda a: a.chaired_by,
            on_screen=False,
            width=26,
        ),
        Column(
            "people_here",
            gettext_lazy("People counted"),
            lambda a: a.people_here,
            "int",
            on_screen=False,
            width=12,
        ),
        Column("people", gettext_lazy("People"), people_of, "int", ("people_sort",), width=12),
        Column(
            "at_least",
            gettext_lazy("At least"),
            lambda a: AT_LEAST if a.is_at_least else "",
            on_screen=False,
            width=9,
        ),
        Column("sites", gettext_lazy("Sites"), lambda a: a.connected, "int", width=10),
        Column(
            "households_visited",
            gettext_lazy("Households visited"),
            lambda a: a.households_visited,
            "int",
            on_screen=False,
            width=14,
        ),
        Column(
            "households",
            gettext_lazy("Households reached"),
            lambda a: a.households_reached,
            "int",
            ("households_reached",),
            width=14,
        ),
        Column("items", gettext_lazy("Items"), lambda a: a.items, "int", on_screen=False, width=10),
        Column("status", gettext_lazy("Status"), state_of, width=14),
    )

    def rows(self) -> QuerySet[Activity]:
        seen = with_people(super().rows())
        return (
            seen.annotate(people_sort=Coalesce("people_here", 0) + Coalesce("people_at_sites", 0))
            .select_related("type", "unit__parent", "place__parent", "topic")
            .prefetch_related(Prefetch("audiences", Audience.objects.order_by("position")))
        )

    def totals(self, queryset: QuerySet[Activity]) -> list[tuple[Any, int]]:
        """Sums of the whole filter over what counts; cancelled activities are left out."""
        counted = self.model.objects.within(self.access.view).filter(
            pk__in=queryset.filter(cancelled_at__isnull=True).values("pk")
        )
        own = counted.aggregate(
            activities=Count("pk"),
            visited=Sum("households_visited"),
            reached=Sum("households_reached"),
        )
        cells = counted.aggregate(people=Sum("headcounts__people"))
        at_sites = counted.aggregate(
            people=Sum("sites__people", filter=Q(sites__is_connected=True)),
            sites=Count("sites", filter=Q(sites__is_connected=True)),
        )
        people = (cells["people"] or 0) + (at_sites["people"] or 0)
        return [
            (_("activities"), own["activities"]),
            (_("people reached (turns)"), people),
            (_("connected sites"), at_sites["sites"]),
            (_("households visited"), own["visited"] or 0),
            (_("households reached"), own["reached"] or 0),
        ]

    def more_context(self, page: Any) -> dict[str, Any]:
        for activity in page:
            activity.people = people_of(activity)
        return {"may_add": self.access.may("enter")}


class ActivityEntry(FormPage):
    """Add or change an activity: the type first, then what the type asks for."""

    model = Activity
    form_class = ActivityForm
    template = "activities/form.html"
    title_new = gettext_lazy("Add an activity")
    title_edit = gettext_lazy("Change the activity")
    part_labels = {"headcounts": gettext_lazy("People, by group")}
    #: kept on pages of their own
    merged_parts = frozenset({"sites", "evidence"})

    # --- the type, then the form ----------------------------------------------------------

    def get(self, request: PortalRequest, **kwargs: Any) -> HttpResponse:
        if self.record is None and not self._knows_its_type():
            return self.ask_for_type()
        return super().get(request, **kwargs)

    def _knows_its_type(self) -> bool:
        asked = self.request.GET
        has_draft = Draft.objects.filter(by=self.access.user, form=self.draft_key).exists()
        return bool(asked.get("copy") or self.wanted_type() or has_draft or "discard" in asked)

    def wanted_type(self) -> ActivityType | None:
        """The type the address names."""
        code = self.request.GET.get("type", "")
        return ActivityType.objects.filter(code=code, is_archived=False).first() if code else None

    def ask_for_type(self) -> HttpResponse:
        """The first step: which kind of activity."""
        types = list(ActivityType.objects.filter(is_archived=False))
        own = Activity.objects.within(self.access.edit).filter(created_by=self.access.user)
        recent = list(dict.fromkeys(own.order_by("-pk").values_list("type_id", flat=True)[:40]))
        by_id = {one.pk: one for one in types}
        groups = [
            (label, [one for one in types if one.counts_as == value])
            for value, label in ActivityType.CountsAs.choices
        ]
        return render(
            self.request,
            "activities/choose_type.html",
            {
                "title": self.title_new,
                "crumbs": crumbs_of_form(self),
                "lately": [by_id[pk] for pk in recent if pk in by_id][:LATELY],
                "groups": [(label, members) for label, members in groups if members],
                "last": own.order_by("-pk").first(),
            },
        )

    def post(self, request: PortalRequest, **kwargs: Any) -> HttpResponse:
        if "change_type" not in request.POST:
            return super().post(request, **kwargs)
        data = request.POST.copy()
        data["type"] = data.get("next_type", "")
        form = self.form_class(data, instance=self.record, access=self.access)
        parts = self.formsets(self.record, data)
        forgive(form, *(row for part in parts.values() for row in part.forms))
        return self.show(form, parts)

    def draft_data(self, draft: Draft) -> Any:
        data = super().draft_data(draft)
        if wanted := self.wanted_type():
            data["type"] = str(wanted.pk)
        return data

    # --- what it is filled with -------------------------------------------------------------

    def initial(self) -> dict[str, Any]:
        if self.record is not None:
            return {}
        start = self._copied() or {
            "unit": self.access.unit_ids[0] if self.access.unit_ids else None,  # type: ignore[attr-defined]
            "place": self._only_place(),
        }
        if wanted := self.wanted_type():
            start["type"] = wanted.pk
        return start

    def _only_place(self) -> int | None:
        """The unit the person works in, where that is also where things happen."""
        own = self.access.unit_ids[0] if self.access.unit_ids else None  # type: ignore[attr-defined]
        levels = (Unit.Level.COMMUNE, Unit.Level.HAMLET)
        found = Unit.objects.within(self.access.places).filter(pk=own, level__in=levels).first()  # type: ignore[misc]
        return found.pk if found else None

    def _copied(self) -> dict[str, Any] | None:
        """An earlier activity, all but its day and its people; ``?copy=last`` is one's own last."""
        wanted = self.request.GET.get("copy")
        if not wanted:
            return None
        own = Activity.objects.within(self.access.edit).select_related("type")
        if wanted == "last":
            source = own.filter(created_by=self.access.user).order_by("-pk").first()
        else:
            source = get_scoped(own, pk=id_in(wanted)) if wanted.isdecimal() else None
        if source is None:
            return None
        plain = ("title", "venue", "mode", "chaired_by", "note")
        ids = ("type", "unit", "place", "team", "topic")
        many = ("audiences", "co_organisers", "teams_trained")
        return (
            {name: getattr(source, name) for name in plain}
            | {name: getattr(source, f"{name}_id") for name in ids}
            | {name: list(getattr(source, name).values_list("pk", flat=True)) for name in many}
            | {
                own_fields.PREFIX + spec["key"]: source.extra.get(spec["key"])
                for spec in own_fields.kept_in_extra(source.type.fields)
                if spec["type"] != "number"
            }
        )

    def formsets(self, record: Any, data: Any = None) -> dict[str, Any]:
        self.headcounts = headcount_formset(record, self.access, data)
        return {"headcounts": self.headcounts}

    def resolved(self, data: Any) -> tuple[Any, set[str]]:
        """The own fields are one value in the record, and several on the form."""
        data, dropped = super().resolved(data)
        if "extra" in dropped:
            dropped.discard("extra")
            for spec in own_fields.kept_in_extra(self.record.type.fields):
                data[own_fields.PREFIX + spec["key"]] = self.record.extra.get(spec["key"], "")
        return data, dropped

    def before_save(self, record: Activity, form: Any) -> None:
        if self.headcounts.people:
            check_taken_place(record.starts_on)
        if record.pk is None:
            record.created_by = self.access.user

    def success_message(self, record: Activity, *, is_new: bool) -> str:
        people = self.headcounts.people
        if people:
            return _("Saved: %(name)s, %(people)s people.") % {"name": record, "people": people}
        return super().success_message(record, is_new=is_new)

    def more_context(self) -> dict[str, Any]:
        types = ActivityType.objects.filter(is_archived=False)
        return {
            "types": types,
            "crumbs": crumbs_of_form(self),
            "cancel_url": self.record.get_absolute_url()
            if self.record
            else reverse("activities:list"),
        }


@rule("signed_in")
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    """One activity: its facts, people, sites, co-organisers, evidence and history."""
    access = request.access
    seen = with_people(Activity.objects.within(access.view)).select_related(
        "type", "unit", "place", "topic", "team", "created_by"
    )
    activity = get_scoped(seen, pk=pk)
    may_edit = access.edit.covers(activity.unit.path)
    sites = list(sites_in_view(activity, access))
    return render(
        request,
        "activities/detail.html",
        {
            "title": activity.title,
            "crumbs": crumbs(Activity, (activity.title, "")),
            "activity": activity,
            "people": people_of(activity),
            "cells": activity.headcounts.select_related("audience"),
            "sites": sites,
            "audiences": list(activity.audiences.all()),
            "partners": list(activity.co_organisers.all()),
            "teams": list(activity.teams_trained.select_related("unit")),
            "own_fields": activity.own_fields(),
            "evidence": list(Evidence.objects.within(access.view).filter(activity=activity)),
            "evidence_form": EvidenceForm(access=access) if may_edit else None,
            "may_edit": may_edit,
            "history": history_for(request, activity),
        },
    )


def sites_in_view(activity: Activity, access: Access) -> QuerySet[ActivitySite]:
    """The sites a reader may see: all of an activity in view, own ones of anybody else's."""
    sites = ActivitySite.objects.within(access.view).filter(activity=activity)
    return sites.select_related("unit").order_by("-is_connected", "unit__sort_key", "pk")


@rule("enter")
@require_http_methods(["GET", "POST"])
def cancel(request: PortalRequest, pk: int) -> HttpResponse:
    """Call an activity off, with a reason."""
    return cancel_page(
        request, Activity, pk, title=_("Cancel the activity"), restore_url="activities:restore"
    )


@rule("enter")
@require_POST
def restore(request: PortalRequest, pk: int) -> HttpResponse:
    """Take the cancellation back."""
    return restore_page(request, Activity, pk)
