"""The page of one class: what it shows, calling it and its sessions off."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import PortalRequest
from campaign.portal.pages import get_scoped
from campaign.portal.rules import rule
from classes import services
from classes.forms import (
    ReasonForm,
)
from classes.models import (
    ClassSession,
    TrainingClass,
)
from classes.views.shared import crumbs, knows_people


@rule("signed_in")
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    """One class: facts, sessions with their figures, people, history."""
    access = request.access
    found = get_scoped(
        TrainingClass.objects.within(access.view)
        .with_figures()
        .select_related("unit__parent", "place__parent", "topic", "audience", "team", "created_by"),
        pk=pk,
    )
    sessions = list(found.sessions.with_figures().select_related("training_class"))
    is_own = access.view.covers(found.unit.path)
    people = (
        list(
            found.enrolments.select_related("participant__hamlet")
            .annotate(times=Count("attendances"))
            .order_by("participant__sort_key", "pk")
        )
        if knows_people(access, found) and found.takes_roster
        else []
    )
    return render(
        request,
        "classes/detail.html",
        {
            "record": found,
            "sessions": sessions,
            "people": people,
            "can_edit": access.edit.covers(found.unit.path),
            "is_own": is_own,
            "knows_people": knows_people(access, found),
            "ticked": sum(s.ticked for s in sessions if s.status == ClassSession.Status.HELD),
            "counted": sum(s.counted for s in sessions if s.status == ClassSession.Status.HELD),
            "history": history.told(changes_of(found, sessions)[:30], TrainingClass, ClassSession)
            if is_own
            else [],
            "crumbs": crumbs((found.code, "")),
        },
    )


def changes_of(found: TrainingClass, sessions: list[ClassSession]) -> models.QuerySet[ChangeEntry]:
    """The history of a class and of its sessions, newest first."""
    return (
        ChangeEntry.objects.filter(
            Q(model=TrainingClass._meta.label_lower, record_id=found.pk)
            | Q(model=ClassSession._meta.label_lower, record_id__in=[s.pk for s in sessions])
        )
        .exclude(action=ChangeEntry.Action.VIEWED)
        .select_related("by")
    )


@rule("enter")
def cancel(request: PortalRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then call the class off."""
    found = get_scoped(TrainingClass.objects.within(request.access.edit), pk=pk)
    form = ReasonForm(request.POST or None, access=request.access)
    if request.method == "POST" and form.is_valid():
        try:
            services.cancel_class(pk, reason=form.cleaned_data["reason"], access=request.access)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request,
                _("Cancelled: class %(code)s.") % {"code": found.code},
                extra_tags=f"undo:{reverse('classes:restore', args=[pk])}",
            )
            return redirect(found)
    return render(
        request,
        "classes/cancel.html",
        {
            "record": found,
            "form": form,
            "crumbs": crumbs((found.code, found.get_absolute_url()), (_("Cancel class"), "")),
        },
        status=422 if form.errors else 200,
    )


@rule("enter")
@require_POST
def restore(request: PortalRequest, pk: int) -> HttpResponse:
    """Take the cancellation of a class back."""
    get_scoped(TrainingClass.objects.within(request.access.edit), pk=pk)
    found = services.restore_class(pk, access=request.access)
    messages.success(request, _("Restored: class %(code)s.") % {"code": found.code})
    return redirect(found)


def _session_or_404(request: PortalRequest, pk: int, number: int) -> ClassSession:
    return get_scoped(
        ClassSession.objects.within(request.access.edit).select_related("training_class"),
        training_class_id=pk,
        number=number,
    )


@rule("enter")
@require_POST
def cancel_session(request: PortalRequest, pk: int, number: int) -> HttpResponse:
    """Call one session off."""
    session = _session_or_404(request, pk, number)
    services.cancel_session(pk, number, access=request.access)
    messages.success(
        request,
        _("Cancelled: session %(number)s.") % {"number": number},
        extra_tags=f"undo:{reverse('classes:restore_session', args=[pk, number])}",
    )
    return redirect(session.training_class)


@rule("enter")
@require_POST
def restore_session(request: PortalRequest, pk: int, number: int) -> HttpResponse:
    """Take the cancelling of one session back."""
    session = _session_or_404(request, pk, number)
    services.restore_session(pk, number, access=request.access)
    messages.success(request, _("Restored: session %(number)s.") % {"number": number})
    return redirect(session.training_class)
