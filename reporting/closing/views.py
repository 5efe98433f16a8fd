"""Pages of closed periods: what is closed and opened for a while, and what was amended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from campaign.portal.access import Access, PortalRequest
from campaign.portal.figures import num
from campaign.portal.filters import PeriodFilter, ScopedFilterSet
from campaign.portal.forms import ScopedForm
from campaign.portal.lists import Column, ListPage
from campaign.portal.pages import get_scoped, id_in
from campaign.portal.rules import rule
from reporting.closing import amendments, locks
from reporting.closing.amendment_telling import (
    fields_of,
    figures_of,
    in_short,
    kind_of,
    page_of,
)
from reporting.models import Amendment, PeriodLock, UnlockWindow
from units.fields import UnitFilter

SEEN = (("no", gettext_lazy("Not looked at yet")), ("yes", gettext_lazy("Seen")))
STANDING = (
    ("closed", gettext_lazy("Closed")),
    ("open", gettext_lazy("Open for some time")),
    ("released", gettext_lazy("Released")),
)
HOURS = (4, 24, 48, 72)


def moment(at: Any) -> str:
    """A moment to the minute."""
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else ""


def days_of(lock: PeriodLock) -> str:
    """The days of a closed period, the year of the first only where it is another one."""
    first, last = (date_format(day, "SHORT_DATE_FORMAT") for day in (lock.starts_on, lock.ends_on))
    return f"{first[:5] if first[5:] == last[5:] else first}–{last}"


# --- Amendments ---------------------------------------------------------------------------------


class AmendmentFilters(ScopedFilterSet):
    """Search, unit, whether somebody looked at it, and the closed period."""

    q = django_filters.CharFilter(
        field_name="record_label", lookup_expr="icontains", label=gettext_lazy("Search")
    )
    unit = UnitFilter(field_name="unit", label=gettext_lazy("Unit"))
    seen = django_filters.ChoiceFilter(
        choices=SEEN, method="by_seen", label=gettext_lazy("Seen"), empty_label=gettext_lazy("All")
    )
    period = PeriodFilter("lock__ends_on")

    class Meta:
        model = Amendment
        fields: tuple[str, ...] = ()

    def by_seen(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Those the approver has looked at, or has not."""
        return qs.filter(seen_at__isnull=value == "no")


class AmendmentList(ListPage):
    """Changes of records in closed periods, the latest first."""

    model = Amendment
    filters = AmendmentFilters
    template = "closing/amendments.html"
    row_template = "closing/_amendment_row.html"
    title = gettext_lazy("Amendments")
    noun = gettext_lazy("amendments")
    default_sort = "-at"
    file_slug = "dieu-chinh-sau-chot"
    columns = (
        Column(
            "record", gettext_lazy("Changed record"), lambda a: f"{kind_of(a)}: {a.record_label}",
            sort=("record_label", "pk"), is_name=True, width=44,
        ),
        Column("unit", gettext_lazy("Unit"), lambda a: a.unit.name, sort=("unit__sort_key",), width=26),
        Column("period", gettext_lazy("Closed period"), lambda a: days_of(a.lock),
               sort=("lock__ends_on", "pk"), width=24),
        Column("figures", gettext_lazy("What it moved"), lambda a: in_short(figures_of(a)), width=40),
        Column("changes", gettext_lazy("Changed"), lambda a: in_short(fields_of(a)),
               on_screen=False, width=50),
        Column("reason", gettext_lazy("Reason"), lambda a: a.reason, width=40),
        Column("by", gettext_lazy("Changed by"), lambda a: a.by.full_name if a.by else "",
               sort=("by__sort_key",), width=24),
        Column("at", gettext_lazy("At"), lambda a: moment(a.at), sort=("at", "pk"), width=18),
        Column("seen", gettext_lazy("Seen"), lambda a: moment(a.seen_at), sort=("seen_at", "pk"),
               width=18),
    )  # fmt: skip

    def get(self, request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        amendments.gather()
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Any]:
        return super().rows().select_related("unit", "lock", "by", "seen_by")

    def more_context(self, page: Any) -> dict[str, Any]:
        for row in page:
            row.figures_in_short = in_short(figures_of(row))
        unseen = [row.pk for row in page if row.seen_at is None]
        return {"unseen": unseen if self.access.may("review") else []}


@rule("signed_in")
def amendment(request: PortalRequest, pk: int) -> HttpResponse:
    """One amendment: what was changed, what it moved, who did it and why."""
    rows = Amendment.objects.within(request.access.view)
    found = get_scoped(
        rows.select_related("unit", "lock__report", "window", "by", "seen_by"), pk=pk
    )
    context = {
        "record": found,
        "title": found.record_label,
        "kind": kind_of(found),
        "days": days_of(found.lock),
        "fields": fields_of(found),
        "figures": figures_of(found),
        "url": page_of(found, request.access),
        "may_see": found.seen_at is None and _may_review(request, found),
        "crumbs": [(_("Amendments"), reverse("amendments:list")), (found.record_label, "")],
    }
    return render(request, "closing/amendment.html", context)


def _may_review(request: PortalRequest, found: Any) -> bool:
    return request.access.may("review") and request.access.review.covers(found.unit.path)


@rule("review")
@require_POST
def seen(request: PortalRequest) -> HttpResponse:
    """Say that amendments were looked at: one, or those a list shows."""
    picked = {id_in(text) for text in request.POST.getlist("pick")} - {0}
    rows = Amendment.objects.within(request.access.review).filter(pk__in=picked, seen_at=None)
    count = rows.update(seen_at=timezone.now(), seen_by=request.access.user)
    words = ngettext(
        "%(count)s amendment was marked as seen.",
        "%(count)s amendments were marked as seen.",
        count,
    )
    messages.success(request, words % {"count": num(count)})
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("amendments:list")
    return redirect(back)


# --- What is closed -----------------------------------------------------------------------------


class LockFilters(ScopedFilterSet):
    """Unit, how it stands, and the period."""

    unit = UnitFilter(field_name="unit", label=gettext_lazy("Unit"))
    standing = django_filters.ChoiceFilter(
        choices=STANDING, method="by_standing", label=gettext_lazy("State"),
        empty_label=gettext_lazy("All"),
    )  # fmt: skip
    period = PeriodFilter("ends_on")

    class Meta:
        model = PeriodLock
        fields: tuple[str, ...] = ()

    def by_standing(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Closed, open for some time, or released for good."""
        if value == "released":
            return qs.filter(released_at__isnull=False)
        return qs.filter(released_at__isnull=True, is_open=value == "open")


def in_force(access: Access) -> Exists:
    """Whether an unlocking is in force now, of the lock of the outer query."""
    now = timezone.now()
    windows = UnlockWindow.objects.within(access.view)
    return Exists(windows.filter(lock=OuterRef("pk"), ended_at=None, at__lte=now, until__gt=now))


def standing_of(lock: Any) -> str:
    """How a closed period stands now."""
    if lock.released_at:
        return str(dict(STANDING)["released"])
    return str(dict(STANDING)["open" if lock.is_open else "closed"])


class LockList(ListPage):
    """Closed periods: whose records, which days, since when, by whom."""

    model = PeriodLock
    filters = LockFilters
    template = "closing/locks.html"
    title = gettext_lazy("What is closed")
    noun = gettext_lazy("closed periods")
    default_sort = "-period"
    file_slug = "ky-da-chot"
    columns = (
        Column("unit", gettext_lazy("Unit"), lambda x: x.unit.name, sort=("unit__sort_key", "pk"),
               is_name=True, width=34),
        Column("period", gettext_lazy("Closed period"), days_of, sort=("ends_on", "starts_on", "pk"),
               width=26),
        Column("state", gettext_lazy("State"), standing_of, width=20),
        Column("at", gettext_lazy("Since"), lambda x: moment(x.at), sort=("at", "pk"), width=18),
        Column("by", gettext_lazy("Closed by"), lambda x: x.by.full_name if x.by else "",
               sort=("by__sort_key",), width=26),
    )  # fmt: skip

    def rows(self) -> QuerySet[Any]:
        rows = super().rows().annotate(is_open=in_force(self.access))
        return rows.select_related("unit", "by", "report__cycle__template")


def hours_in_words() -> list[tuple[int, str]]:
    """How long a closed period may be opened."""
    return [
        (hours, ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours})
        for hours in HOURS
    ]


class WindowForm(ScopedForm):
    """For how long, and why."""

    hours = forms.TypedChoiceField(
        label=gettext_lazy("Open for"), coerce=int, choices=hours_in_words
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


@rule("signed_in")
def lock(request: PortalRequest, pk: int) -> HttpResponse:
    """One closed period, its unlockings; the focal officer opens it for some hours here."""
    locked = PeriodLock.objects.within(request.access.view)
    found = get_scoped(
        locked.annotate(is_open=in_force(request.access)).select_related("unit", "by", "report"),
        pk=pk,
    )
    may_open = _may_review(request, found) and found.released_at is None
    form = WindowForm(
        request.POST or None, access=request.access, initial={"hours": 24}
    ) if may_open else None  # fmt: skip
    if request.method == "POST" and form is not None and form.is_valid():
        until = timezone.now() + timedelta(hours=form.cleaned_data["hours"])
        try:
            locks.open_window(found, until, form.cleaned_data["reason"], request.access)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request,
                _("%(unit)s may change its records until %(until)s.")
                % {"unit": found.unit.name, "until": moment(until)},
            )
            return redirect("locks:detail", pk=pk)
    now = timezone.now()
    windows = UnlockWindow.objects.within(request.access.view).filter(lock=found)
    context = {
        "record": found,
        "title": found.unit.name,
        "days": days_of(found),
        "standing": standing_of(found),
        "form": form,
        "windows": [
            {"row": row, "is_open": row.ended_at is None and row.at <= now < row.until}
            for row in windows.select_related("by")
        ],
        "amended": Amendment.objects.within(request.access.view).filter(lock=found).count(),
        "crumbs": [(_("What is closed"), reverse("locks:list")), (found.unit.name, "")],
    }
    return render(
        request, "closing/lock.html", context, status=422 if form and form.errors else 200
    )


@rule("review")
@require_POST
def end_window(request: PortalRequest, pk: int) -> HttpResponse:
    """Close the records again before the time is up."""
    windows = UnlockWindow.objects.within(request.access.review)
    found = locks.end_window(get_scoped(windows, pk=pk), request.access)
    messages.success(request, _("Closed again."))
    return redirect("locks:detail", pk=found.lock_id)
