"""Small things several of these pages say and do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities import services
from activities.forms import ReasonForm
from activities.models import Activity, ExemplaryModel, Solution
from campaign.portal import history
from campaign.portal.access import PortalRequest
from campaign.portal.pages import get_scoped

CANCELLED = gettext_lazy("Cancelled")
COUNTED = gettext_lazy("Counted")


#: (label, address) of the lists these pages lie under
HOMES = {
    Activity: (gettext_lazy("Activities"), "activities:list"),
    ExemplaryModel: (gettext_lazy("Exemplary models"), "activities:models"),
    Solution: (gettext_lazy("Recognised solutions"), "activities:solutions"),
}


def crumbs(model: Any, *steps: tuple[Any, str]) -> list[tuple[Any, str]]:
    """The way down to a page: the list, the record, the step."""
    label, address = HOMES[model]
    return [(label, reverse(address)), *steps]


def crumbs_of_form(page: Any) -> list[tuple[Any, str]]:
    """The way down to the form of a new record, or of one that is changed."""
    if page.record is None:
        return crumbs(page.model, (page.title_new, ""))
    record = page.record
    return crumbs(page.model, (str(record), record.get_absolute_url()), (_("Edit"), ""))


def state_of(record: Any) -> Any:
    """Whether a record counts, as a word."""
    return CANCELLED if record.cancelled_at else COUNTED


def names(rows: Iterable[Any]) -> str:
    """Several words in one cell."""
    return ", ".join(row.name for row in rows)


def cancel_page(
    request: PortalRequest, model: Any, pk: int, *, title: str, restore_url: str
) -> HttpResponse:
    """Ask why, then call a record off; the message offers to take it back."""
    record = get_scoped(model.objects.within(request.access.edit), pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.cancel(model, pk, reason=form.cleaned_data["reason"], access=request.access)
        messages.success(
            request,
            _("Cancelled: %(name)s. It no longer counts.") % {"name": record},
            extra_tags=f"undo:{reverse(restore_url, args=[pk])}",
        )
        return redirect(record.get_absolute_url())
    return render(
        request,
        "activities/cancel.html",
        {
            "title": title,
            "record": record,
            "form": form,
            "crumbs": crumbs(model, (str(record), record.get_absolute_url()), (title, "")),
        },
        status=422 if form.errors else 200,
    )


def restore_page(request: PortalRequest, model: Any, pk: int) -> HttpResponse:
    """Take a cancellation back."""
    record = get_scoped(model.objects.within(request.access.edit), pk=pk)
    services.restore(model, pk, access=request.access)
    messages.success(request, _("Counts again: %(name)s.") % {"name": record})
    return redirect(record.get_absolute_url())


def history_for(request: PortalRequest, record: Any) -> list[Any]:
    """What was done to a record; people who only see it happened on their land see no history."""
    if not request.access.view.covers(record.unit.path):
        return []
    return history.told(history.history_of(record)[:30], type(record))
