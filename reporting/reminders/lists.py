"""The log of a cycle: who was reminded of which report, when, by whom, how, and what became of it."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.portal.filters import ScopedFilterSet
from campaign.portal.lists import Column, ListPage
from campaign.portal.pages import get_scoped
from campaign.text import fold
from reporting.models import Reminder, ReportingCycle


class ReminderFilters(ScopedFilterSet):
    """Unit or person, why, the way, and what became of it."""

    q = django_filters.CharFilter(method="found", label=gettext_lazy("Search"))
    why = django_filters.ChoiceFilter(
        choices=Reminder.Why.choices, label=gettext_lazy("Why"), empty_label=gettext_lazy("All")
    )
    channel = django_filters.ChoiceFilter(
        choices=Reminder.Channel.choices, label=gettext_lazy("How"), empty_label=gettext_lazy("All")
    )
    delivery = django_filters.ChoiceFilter(
        choices=Reminder.Delivery.choices,
        label=gettext_lazy("Delivered"),
        empty_label=gettext_lazy("All"),
    )

    class Meta:
        model = Reminder
        fields: tuple[str, ...] = ()

    def found(self, qs: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Every word in the name of the unit or of the person."""
        for word in fold(value).split():
            qs = qs.filter(Q(unit__search_key__contains=word) | Q(to__search_key__contains=word))
        return qs


def moment(reminder: Reminder) -> str:
    """When it was sent, to the minute."""
    return date_format(timezone.localtime(reminder.at), "SHORT_DATETIME_FORMAT")


def outcome(reminder: Reminder) -> str:
    """What became of it, with the mail server's words where it failed."""
    words = str(reminder.get_delivery_display())
    return f"{words}: {reminder.error}" if reminder.error else words


class ReminderLog(ListPage):
    """Reminders of one cycle, the latest first."""

    model = Reminder
    filters = ReminderFilters
    template = "reminders/log.html"
    title = gettext_lazy("Reminder log")
    noun = gettext_lazy("reminders")
    default_sort = "-at"
    file_slug = "nhat-ky-nhac-viec"
    columns = (
        Column("at", gettext_lazy("At"), moment, sort=("at", "pk"), width=18),
        Column(
            "unit", gettext_lazy("Unit"), lambda r: r.unit.name, sort=("unit__sort_key",),
            is_name=True, width=34,
        ),
        Column("to", gettext_lazy("Person"), lambda r: str(r.to), sort=("to__sort_key",), width=26),
        Column("why", gettext_lazy("Why"), lambda r: r.get_why_display(), sort=("why",), width=30),
        Column("channel", gettext_lazy("How"), lambda r: r.get_channel_display(), sort=("channel",)),
        Column("delivery", gettext_lazy("Delivered"), outcome, sort=("delivery",), width=30),
        Column(
            "by", gettext_lazy("Sent by"), lambda r: str(r.by) if r.by else _("The portal"),
            sort=("by__sort_key",), width=26,
        ),
    )  # fmt: skip

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.cycle = cycle_of(request.access, kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def rows(self) -> QuerySet[Any]:
        return (
            super()
            .rows()
            .filter(report__cycle=self.kwargs["pk"])
            .select_related("unit", "to", "by", "report")
        )

    def url_of(self, record: Reminder) -> str:
        return record.report.get_absolute_url()

    def edit_url_of(self, record: Reminder) -> str:
        return ""

    def more_context(self, page: Any) -> dict[str, Any]:
        return {"cycle": self.cycle, "crumbs": [(str(self.cycle), None), (_("Reminder log"), "")]}


def cycle_of(access: Any, pk: int) -> ReportingCycle:
    """A cycle of the person's province, or 404."""
    cycles = ReportingCycle.objects.within(access.register).select_related("template")
    cycle: ReportingCycle = get_scoped(cycles, pk=pk)
    return cycle
