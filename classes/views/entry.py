"""The form of a class."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.periods import today
from campaign.portal.access import PortalRequest
from campaign.portal.forms import ScopedModelForm
from campaign.portal.pages import FormPage, get_scoped
from classes import services
from classes.forms import (
    TrainingClassForm,
    session_formset,
)
from classes.models import (
    ClassSession,
    TrainingClass,
)
from classes.views.shared import BLANK_SESSIONS, crumbs
from units.models import Unit

HOMES = (Unit.Level.COMMUNE, Unit.Level.HAMLET)


class TrainingClassPage(FormPage):
    """Add a class, or change one."""

    model = TrainingClass
    form_class = TrainingClassForm
    template = "classes/form.html"
    title_new = gettext_lazy("New class")
    title_edit = gettext_lazy("Edit class")
    part_labels = {"sessions": gettext_lazy("Sessions")}
    #: kept on the pages of the sessions
    merged_parts = frozenset({"headcounts"})

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
            first.setdefault("place", self.own_place(own[0]))
        return first

    def own_place(self, unit_id: int) -> int | None:
        """The commune or hamlet the person works in: most classes are held at home."""
        found = Unit.objects.within(self.access.places).filter(pk=unit_id, level__in=HOMES)
        return found.values_list("pk", flat=True).first()

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
        form._errors.update(wrong)  # type: ignore[attr-defined]
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
