"""Attendance: one session, or everybody by every session."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaign.periods import today
from campaign.portal.access import PortalRequest
from campaign.portal.pages import FormPage, get_scoped, id_in
from campaign.portal.rules import rule
from classes import services
from classes.forms import (
    SessionForm,
    headcount_formset,
)
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    TrainingClass,
)
from classes.views.shared import BLANK_SESSIONS, crumbs, knows_people


class SessionPage(FormPage):
    """Attendance of one session: ticks on the roster, people counted beyond it."""

    model = ClassSession
    form_class = SessionForm
    template = "classes/session.html"
    title_new = title_edit = gettext_lazy("Attendance")
    part_labels = {"headcounts": gettext_lazy("People counted")}
    merged_parts = frozenset({"present"})

    def get_record(self, pk: int | None) -> ClassSession:
        rows = ClassSession.objects.within(self.access.edit).select_related(
            "training_class__unit", "training_class__audience", "training_class__place__parent"
        )
        return get_scoped(rows, training_class_id=pk, number=self.kwargs["number"])

    @property
    def is_open(self) -> bool:
        """Whether attendance may be entered: neither the class nor the session was called off."""
        return not (
            self.record.training_class.is_cancelled
            or self.record.status == ClassSession.Status.CANCELLED
        )

    def formsets(self, record: Any, data: Any = None) -> dict[str, Any]:
        if not record.training_class.takes_headcount:
            return {}
        rows = record.headcounts.order_by("pk")
        extra = 1 if record.training_class.takes_roster else BLANK_SESSIONS
        part = headcount_formset(extra)(
            data, instance=record, queryset=rows, prefix="headcounts", access=self.access
        )
        return {"headcounts": part}

    def post(self, request: PortalRequest, **kwargs: Any) -> HttpResponse:
        if not self.is_open:
            messages.error(request, _("This session was cancelled: restore it first."))
            return redirect(self.record.training_class)
        return super().post(request, **kwargs)

    def after_save(self, record: ClassSession, form: Any, *, is_new: bool) -> None:
        now, was = form.present, form.was_ticked
        services.mark(record, added=now - was, removed=was - now)
        if "held_on" in form.changed_data:
            services.note_moved_session(record, access=self.access)

    def more_history(self, record: ClassSession) -> dict[str, Any]:
        return {"present": services.present_at(record)}

    def success_url(self, record: ClassSession) -> str:
        return record.training_class.get_absolute_url()

    def success_message(self, record: ClassSession, *, is_new: bool) -> str:
        saved = get_scoped(record.training_class.sessions.with_figures(), pk=record.pk)
        return _("Saved: session %(number)s, %(attended)s attended.") % {
            "number": saved.number,
            "attended": saved.attended,
        }

    def more_context(self) -> dict[str, Any]:
        session = self.record
        home = session.training_class
        return {
            "crumbs": crumbs(
                (home.code, home.get_absolute_url()),
                (_("Session %(number)s") % {"number": session.number}, ""),
            ),
            "class": home,
            "is_open": self.is_open,
            "of": home.sessions.count(),
            "back_url": home.get_absolute_url(),
            "today": today(),
        }


@rule("people")
def attendance_grid(request: PortalRequest, pk: int) -> HttpResponse:
    """Everybody on the list by every session, on one page."""
    access = request.access
    found = get_scoped(TrainingClass.objects.within(access.edit).select_related("unit"), pk=pk)
    if not found.takes_roster or not knows_people(access, found):
        raise Http404
    sessions = list(found.sessions.exclude(status=ClassSession.Status.CANCELLED).order_by("number"))
    enrolments = list(
        found.enrolments.select_related("participant").order_by("participant__sort_key", "pk")
    )
    open_ids = {s.pk for s in sessions if s.held_on <= today()}
    if request.method == "POST" and not found.is_cancelled:
        was, now = (
            _ticks(request.POST.getlist(name), open_ids, enrolments) for name in ("was", "now")
        )
        changed = services.record_grid(pk, was=was, now=now, access=access)
        messages.success(
            request,
            ngettext("Saved: %(count)s mark changed.", "Saved: %(count)s marks changed.", changed)
            % {"count": changed},
        )
        return redirect("classes:attendance", pk=pk)
    ticked = set(
        Attendance.objects.within(access.people)
        .filter(session__in=[s.pk for s in sessions])
        .values_list("session_id", "enrolment_id")
    )
    rows = [
        {
            "person": e.participant,
            "enrolment": e,
            "cells": [
                {
                    "key": f"{s.pk}-{e.pk}",
                    "on": (s.pk, e.pk) in ticked,
                    "open": s.pk in open_ids,
                    "session": s,
                }
                for s in sessions
            ],
            "times": sum((s.pk, e.pk) in ticked for s in sessions),
        }
        for e in enrolments
    ]
    return render(
        request,
        "classes/attendance.html",
        {
            "record": found,
            "sessions": sessions,
            "rows": rows,
            "sums": [sum((s.pk, e.pk) in ticked for e in enrolments) for s in sessions],
            "crumbs": crumbs((found.code, found.get_absolute_url()), (_("Attendance"), "")),
        },
    )


def _ticks(keys: list[str], sessions: set[int], enrolments: list[Enrolment]) -> dict[int, set[int]]:
    known = {e.pk for e in enrolments}
    found: dict[int, set[int]] = {pk: set() for pk in sessions}
    for key in keys:
        session, _dash, enrolment = key.partition("-")
        if id_in(session) in sessions and id_in(enrolment) in known:
            found[id_in(session)].add(id_in(enrolment))
    return found
