"""The list of people of a class."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from campaign.models import CampaignSettings, ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access, PortalRequest
from campaign.portal.pages import get_scoped, id_in
from campaign.portal.rules import rule
from campaign.text import fold
from classes import services
from classes.forms import (
    CompletionForm,
    PersonFormSet,
)
from classes.models import (
    Enrolment,
    Participant,
    TrainingClass,
)
from classes.views.shared import crumbs, knows_people
from units.models import Unit


def _roster_class(request: PortalRequest, pk: int) -> TrainingClass:
    found = get_scoped(
        TrainingClass.objects.within(request.access.edit).select_related(
            "unit__parent", "audience", "place"
        ),
        pk=pk,
    )
    if not knows_people(request.access, found):
        raise Http404
    return found


@rule("people")
def people(request: PortalRequest, pk: int) -> HttpResponse:
    """The list of a class: who is on it, and adding people, new or known."""
    access = request.access
    found = _roster_class(request, pk)
    data = request.POST if request.method == "POST" else None
    initial = _row_defaults(found)
    formset = PersonFormSet(data, prefix="people", access=access, initial=[initial] * 0)  # type: ignore[call-arg]
    for row in formset.forms:
        for name, value in initial.items():
            row.fields[name].initial = value
    for name, value in initial.items():
        formset.empty_form.fields[name].initial = value
    if data is not None and found.takes_roster and not found.is_cancelled and formset.is_valid():
        count = add_people(found, formset, access)
        messages.success(
            request,
            ngettext(
                "%(count)s person was added to the list.",
                "%(count)s people were added to the list.",
                count,
            )
            % {"count": count},
        )
        return redirect("classes:people", pk=pk)
    enrolments = (
        found.enrolments.select_related("participant__hamlet", "participant__audience")
        .annotate(times=Count("attendances"))
        .order_by("participant__sort_key", "pk")
    )
    words = request.GET.get("q", "").strip()
    history.record_change(
        found,
        ChangeEntry.Action.VIEWED,
        access=access,
        door="page",
        reason=_("Opened the list of the class"),
    )
    return render(
        request,
        "classes/people.html",
        {
            "record": found,
            "enrolments": enrolments,
            "formset": formset,
            "q": words,
            "found": find_people(words, found, access) if words else None,
            "keeps_traits": CampaignSettings.current().keeps_sensitive_traits,
            "completion": CompletionForm(access=access),
            "crumbs": crumbs((found.code, found.get_absolute_url()), (_("Participants"), "")),
        },
        status=422 if data is not None else 200,
    )


def _row_defaults(found: TrainingClass) -> dict[str, Any]:
    hamlet = found.place_id if found.place and found.place.level == Unit.Level.HAMLET else None
    return {"hamlet": hamlet, "audience": found.audience_id}


def find_people(words: str, found: TrainingClass, access: Access) -> list[Participant]:
    """People of the own register who are not on the list yet, by name or phone."""
    rows = (
        Participant.objects.within(access.people).distinct_people().select_related("hamlet", "unit")
    )
    for word in fold(words).split():
        rows = rows.filter(search_key__contains=word)
    listed = found.enrolments.order_by().values("participant_id")
    return list(rows.exclude(pk__in=listed).order_by("sort_key", "pk")[:30])


@transaction.atomic
def add_people(found: TrainingClass, formset: Any, access: Access) -> int:
    """Put the typed people on the list: known ones as they are, new ones into the register."""
    chosen = []
    for row in formset.forms:
        if not row.has_changed() or not row.cleaned_data.get("full_name"):
            continue
        choice = row.cleaned_data["same_as"]
        if choice != "new":
            chosen.append(int(choice))
            continue
        person = Participant(unit=found.unit, **row.values())
        person.clean()
        person.save()
        history.record_change(person, ChangeEntry.Action.CREATED, access=access, reason=found.code)
        chosen.append(person.pk)
    return len(services.enrol(found.pk, chosen, access=access))


@rule("people")
@require_POST
def enrol(request: PortalRequest, pk: int) -> HttpResponse:
    """Put known people on the list."""
    _roster_class(request, pk)
    chosen = [id_in(key) for key in request.POST.getlist("pick") if id_in(key)]
    try:
        count = len(services.enrol(pk, chosen, access=request.access))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(
            request,
            ngettext(
                "%(count)s person was added to the list.",
                "%(count)s people were added to the list.",
                count,
            )
            % {"count": count},
        )
    return redirect("classes:people", pk=pk)


@rule("people")
@require_POST
def roster_action(request: PortalRequest, pk: int) -> HttpResponse:
    """What is done with the chosen people of a list: completed, not completed, taken off."""
    _roster_class(request, pk)
    chosen = [id_in(key) for key in request.POST.getlist("pick") if id_in(key)]
    action = request.POST.get("action", "")
    try:
        if action == "remove":
            _remove(request, pk, chosen)
        elif action in ("complete", "reopen"):
            _complete(request, pk, chosen, is_done=action == "complete")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("classes:people", pk=pk)


def _remove(request: PortalRequest, pk: int, chosen: list[int]) -> None:
    rows = Enrolment.objects.within(request.access.edit).filter(training_class_id=pk, pk__in=chosen)
    kept = []
    count = 0
    for enrolment in rows:
        try:
            services.remove_enrolment(enrolment.pk, access=request.access)
            count += 1
        except ValidationError as error:
            kept += error.messages
    if kept:
        messages.warning(request, " ".join(kept))
    if count:
        messages.success(
            request,
            ngettext(
                "%(count)s person was taken off the list.",
                "%(count)s people were taken off the list.",
                count,
            )
            % {"count": count},
        )


def _complete(request: PortalRequest, pk: int, chosen: list[int], *, is_done: bool) -> None:
    day = None
    if is_done:
        form = CompletionForm(request.POST, access=request.access)
        if not form.is_valid():
            raise ValidationError([error for errors in form.errors.values() for error in errors])
        day = form.cleaned_data["completed_on"]
    count = services.complete(pk, chosen, completed_on=day, access=request.access)
    if is_done:
        words = ngettext(
            "%(count)s person completed the class on %(day)s.",
            "%(count)s people completed the class on %(day)s.",
            count,
        )
        messages.success(request, words % {"count": count, "day": date_format(day, "DATE_FORMAT")})  # type: ignore[arg-type]
    else:
        words = ngettext(
            "%(count)s person is marked as not completed.",
            "%(count)s people are marked as not completed.",
            count,
        )
        messages.success(request, words % {"count": count})
