"""Pages of classes: the list, one class, its form, its attendance, the people on its list."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from campaign.models import CampaignSettings, ChangeEntry
from campaign.periods import Kind, Period, today
from campaign.portal import history
from campaign.portal.access import Access, PortalRequest
from campaign.portal.forms import ScopedModelForm
from campaign.portal.pages import Column, FormPage, ListPage, get_scoped
from campaign.portal.rules import rule
from campaign.text import fold
from classes import services
from classes.filters import NO_ROSTER, WEEK, TrainingClassFilters
from classes.forms import (
    CompletionForm,
    PersonFormSet,
    ReasonForm,
    SessionForm,
    TrainingClassForm,
    headcount_formset,
    session_formset,
)
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    TrainingClass,
)
from units.models import Unit

State = TrainingClass.State
#: the colour and icon of each state
STATE_TAGS = {
    State.PLANNED: ("mute", "calendar"),
    State.IN_PROGRESS: ("info", "clock"),
    State.ENDED: ("ok", "check"),
    State.MISSING: ("warn", "triangle-alert"),
    State.CANCELLED: ("mute", "ban"),
}
BLANK_SESSIONS = 3


def crumbs(*steps: tuple[Any, str]) -> list[tuple[Any, str]]:
    """The way down to a page of classes."""
    return [(_("Classes"), reverse("classes:list") if steps else ""), *steps]


def _commune(row: TrainingClass) -> str:
    place = row.place
    if place is not None and place.level == Unit.Level.HAMLET and place.parent is not None:
        place = place.parent
    return place.short_name if place else ""


def _hamlet(row: TrainingClass) -> str:
    return row.place.short_name if row.place and row.place.level == Unit.Level.HAMLET else ""


class TrainingClassList(ListPage):
    """Every class in view, narrowed and counted."""

    model = TrainingClass
    filters = TrainingClassFilters
    template = "classes/list.html"
    title = gettext_lazy("Classes")
    noun = gettext_lazy("classes")
    default_sort = "-starts_on"
    file_slug = "Lop-hoc"
    columns: ClassVar = [
        Column("code", gettext_lazy("Code"), lambda c: c.code, "code", ("code",), width=15),
        Column("title", gettext_lazy("Class name"), lambda c: c.title, sort=("title",), width=40),
        Column(
            "place",
            gettext_lazy("Commune · hamlet"),
            _commune,
            sort=("place__parent__sort_key", "place__sort_key"),
            in_file=False,
        ),
        Column("commune", gettext_lazy("Commune"), _commune, on_screen=False),
        Column("hamlet", gettext_lazy("Hamlet"), _hamlet, on_screen=False),
        Column(
            "unit",
            gettext_lazy("Organising unit"),
            lambda c: c.unit.name,
            on_screen=False,
            width=28,
        ),
        Column("form", gettext_lazy("Form"), lambda c: c.get_form_display(), on_screen=False),
        Column("topic", gettext_lazy("Topic"), lambda c: c.topic.name, on_screen=False, width=26),
        Column(
            "audience",
            gettext_lazy("Audience"),
            lambda c: c.audience.name,
            sort=("audience__position",),
        ),
        Column("mode", gettext_lazy("Mode"), lambda c: c.get_mode_display(), on_screen=False),
        Column("starts_on", gettext_lazy("Starts"), lambda c: c.starts_on, "date", ("starts_on",)),
        Column(
            "sessions",
            gettext_lazy("Sessions"),
            lambda c: c.sessions_all,
            "int",
            ("sessions_held",),
            width=10,
        ),
        Column(
            "held",
            gettext_lazy("Held"),
            lambda c: c.sessions_held,
            "int",
            on_screen=False,
            width=10,
        ),
        Column(
            "enrolled",
            gettext_lazy("Enrolled"),
            lambda c: c.enrolled,
            "int",
            ("enrolled",),
            width=10,
        ),
        Column(
            "attended",
            gettext_lazy("Attended"),
            lambda c: c.attended,
            "int",
            ("attended",),
            width=12,
        ),
        Column(
            "completed",
            gettext_lazy("Completed"),
            lambda c: c.completed,
            "int",
            ("completed",),
            width=12,
        ),
        Column(
            "is_at_least",
            gettext_lazy("Lower bound"),
            lambda c: "≥" if c.is_at_least else "",
            on_screen=False,
            width=10,
        ),
        Column("venue", gettext_lazy("Venue"), lambda c: c.venue, on_screen=False, width=28),
        Column(
            "trainers", gettext_lazy("Instructors"), lambda c: c.trainers, on_screen=False, width=28
        ),
        Column("state", gettext_lazy("Status"), lambda c: c.state.label),
    ]

    def rows(self) -> models.QuerySet[TrainingClass]:
        return (
            TrainingClass.objects.within(self.access.view)
            .with_figures()
            .select_related("unit", "place__parent", "audience", "topic")
        )

    def totals(self, queryset: models.QuerySet[TrainingClass]) -> list[tuple[Any, int]]:
        sums = queryset.sums()
        return [
            (_("enrolled"), sums["enrolled"]),
            (_("attendances"), sums["attended"]),
            (_("completed"), sums["completed"]),
        ]

    def more_context(self, page: Any) -> dict[str, Any]:
        shown = [
            chip for chip in self.chips() if chip["name"] not in ("q", "period", "unit", "status")
        ]
        return {
            "crumbs": crumbs(),
            "tabs": self.tabs(),
            "state_tags": STATE_TAGS,
            "more_chips": shown,
            "can_add": self.access.may("enter"),
            "exists": page.paginator.count > 0 or self.everything.exists(),
        }

    @property
    def everything(self) -> Any:
        """Every class in view."""
        return TrainingClass.objects.within(self.access.view)

    def tabs(self) -> list[dict[str, Any]]:
        """Ready-made filters, each with how many classes it finds."""
        week = Period.containing(today(), Kind.WEEK)
        rows = self.everything
        found = [
            ("", _("All"), rows.count(), False),
            (WEEK, _("This week"), rows.meeting_between(week.start, week.end).count(), False),
            (State.MISSING, _("Missing attendance"), rows.in_state(State.MISSING).count(), True),
            (NO_ROSTER, _("Without roster"), rows.without_roster().count(), False),
        ]
        path, chosen = reverse("classes:list"), self.request.GET.get("status", "")
        others = any(self.request.GET.get(k) for k in self.filterset.form.fields if k != "status")
        return [
            {
                "label": label,
                "count": count,
                "hot": hot and count,
                "url": f"{path}?status={key}" if key else path,
                "current": chosen == key and not (others and not key),
            }
            for key, label, count, hot in found
        ]


# --- the form -----------------------------------------------------------------------------------


class TrainingClassPage(FormPage):
    """Add a class, or change one."""

    model = TrainingClass
    form_class = TrainingClassForm
    template = "classes/form.html"
    title_new = gettext_lazy("New class")
    title_edit = gettext_lazy("Edit class")
    part_labels = {"sessions": gettext_lazy("Sessions")}

    def initial(self) -> dict[str, Any]:
        if self.record is not None:
            return {}
        first: dict[str, Any] = {"starts_on": today(), "lay_out_every": 1}
        source = self.copied() or self.last_own()
        if source is not None:
            first |= {
                "unit": source.unit_id,
                "place": source.place_id,
                "topic": source.topic_id,
                "audience": source.audience_id,
                "venue_kind": source.venue_kind,
                "venue": source.venue,
                "mode": source.mode,
                "counting": source.counting,
                "team": source.team_id,
            }
        if self.copied() is not None and source is not None:
            first |= {
                "title": source.title,
                "form": source.form,
                "trainers": source.trainers,
                "capacity": source.capacity,
                "other_topics": [t.pk for t in source.other_topics.all()],
                "co_organisers": [u.pk for u in source.co_organisers.all()],
            }
        own = [pk for pk in self.access.unit_ids if pk]  # type: ignore[attr-defined]
        if own:
            first.setdefault("unit", own[0])
        return first

    def copied(self) -> TrainingClass | None:
        """The class a new one is made after (``?copy=``)."""
        wanted = self.request.GET.get("copy", "")
        if not wanted:
            return None
        if not wanted.isdecimal():
            raise Http404
        return get_scoped(TrainingClass.objects.within(self.access.edit), pk=wanted[:18])

    def last_own(self) -> TrainingClass | None:
        """The class this person recorded last: the next one is often held there too."""
        return (
            TrainingClass.objects.within(self.access.edit)
            .filter(created_by=self.access.user)
            .order_by("-pk")
            .first()
        )

    def formsets(self, record: Any, data: Any = None) -> dict[str, Any]:
        rows = ClassSession.objects.within(self.access.edit)
        rows = record.sessions.order_by("number") if record else rows.none()
        extra = 0 if record else BLANK_SESSIONS
        part = session_formset(extra)(
            data,
            instance=record or TrainingClass(),
            queryset=rows,
            prefix="sessions",
            access=self.access,
        )
        return {"sessions": part}

    def post(self, request: PortalRequest, **kwargs: Any) -> HttpResponse:
        if "lay_out" in request.POST:
            return self.lay_out(request.POST.copy())
        return super().post(request, **kwargs)

    def lay_out(self, data: Any) -> HttpResponse:
        """Fill the empty lines of the schedule: so many sessions, every so many days."""
        form = TrainingClassForm(data, instance=self.record, access=self.access)
        form.is_valid()
        count, start = form.cleaned_data.get("lay_out_count"), form.cleaned_data.get("starts_on")
        wrong = {
            n: form.errors[n]
            for n in ("starts_on", "lay_out_count", "lay_out_every", "lay_out_time")
            if n in form.errors
        }
        if count is None and not wrong:
            wrong = {"lay_out_count": form.error_class([_("How many sessions?")])}
        if not wrong and start and count:
            every = form.cleaned_data.get("lay_out_every") or 1
            at = form.cleaned_data.get("lay_out_time")
            fill_rows(data, [start + timedelta(days=every * n) for n in range(count)], at)
        formsets = self.formsets(self.record, data)
        form = TrainingClassForm(data, instance=self.record, access=self.access)
        for one in (form, *formsets["sessions"].forms):
            one.is_valid()
            one._errors = type(one.errors)()
        form._errors.update(wrong)
        return self.show(form, formsets, status=422 if wrong else 200)

    def before_save(self, record: TrainingClass, form: ScopedModelForm) -> None:
        if not record.code:
            record.code = services.new_code(record.unit, record.starts_on)
            record.created_by = self.access.user
        record.clean()

    def more_context(self) -> dict[str, Any]:
        here = self.record
        return {
            "crumbs": crumbs(
                *(
                    [(here.code, here.get_absolute_url()), (_("Edit"), "")]
                    if here
                    else [(_("New class"), "")]
                )
            ),
            "back_url": here.get_absolute_url() if here else reverse("classes:list"),
        }

    def success_message(self, record: Any, *, is_new: bool) -> str:
        if is_new:
            return _("Saved: class %(code)s, %(name)s.") % {"code": record.code, "name": record}
        return super().success_message(record, is_new=is_new)


def fill_rows(data: Any, days: list[date], at: Any) -> None:
    """Put days into the empty lines of a sent schedule, adding lines as needed."""
    total = int(data.get("sessions-TOTAL_FORMS") or 0)
    taken = {data.get(f"sessions-{n}-held_on", "").strip() for n in range(total)}
    free = [n for n in range(total) if not data.get(f"sessions-{n}-held_on", "").strip()]
    for day in days:
        text = f"{day:%d/%m/%Y}"
        if text in taken:
            continue
        if free:
            row = free.pop(0)
        else:
            row, total = total, total + 1
        data[f"sessions-{row}-held_on"] = text
        data[f"sessions-{row}-starts_at"] = f"{at:%H:%M}" if at else ""
    data["sessions-TOTAL_FORMS"] = str(total)


# --- one class ----------------------------------------------------------------------------------


def knows_people(access: Access, training_class: TrainingClass) -> bool:
    """Whether the person may read the list of this class: it belongs to a unit of their own."""
    return access.people.covers(training_class.unit.path)


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
            "state_tags": STATE_TAGS,
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
    return ChangeEntry.objects.filter(
        Q(model=TrainingClass._meta.label_lower, record_id=found.pk)
        | Q(model=ClassSession._meta.label_lower, record_id__in=[s.pk for s in sessions])
    ).exclude(action=ChangeEntry.Action.VIEWED).select_related("by")


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


# --- attendance ---------------------------------------------------------------------------------


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
        if (
            session.isdecimal()
            and enrolment.isdecimal()
            and int(session) in sessions
            and int(enrolment) in known
        ):
            found[int(session)].add(int(enrolment))
    return found


# --- the list of people -------------------------------------------------------------------------


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
    formset = PersonFormSet(data, prefix="people", access=access, initial=[initial] * 0)
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
        found, ChangeEntry.Action.VIEWED, access=access, door="page",
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
    chosen = [int(key) for key in request.POST.getlist("pick") if key.isdecimal()]
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
    chosen = [int(key) for key in request.POST.getlist("pick") if key.isdecimal()]
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
        messages.success(request, words % {"count": count, "day": date_format(day, "DATE_FORMAT")})
    else:
        words = ngettext(
            "%(count)s person is marked as not completed.",
            "%(count)s people are marked as not completed.",
            count,
        )
        messages.success(request, words % {"count": count})
