"""What is settled once for the reports of a template: the province's own form, and who gets them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import PortalRequest
from campaign.portal.pages import get_scoped
from campaign.portal.rules import rule
from reporting.compiled import own_forms
from reporting.compiled.delivery import people_to_choose
from reporting.compiled.forms import OwnFormUpload, SubscribeForm
from reporting.compiled.gather import codes_of
from reporting.compiled.pages import crumbs
from reporting.compiled.views import cycle_in
from reporting.indicators import BY_CODE
from reporting.models import ReportingCycle, ReportLetter, Subscription

LETTERS = 20


@rule("review")
@require_http_methods(["GET", "POST"])
def settings(request: PortalRequest, pk: int) -> HttpResponse:
    """The form of the province for the reports of a template, and who gets them by themselves."""
    cycle = cycle_in(pk, request.access)
    form = OwnFormUpload(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            kept = own_forms.keep_form(cycle, form.cleaned_data["file"], request.access)
        except ValidationError as refused:
            form.add_error("file", refused)
        else:
            for words in (_("The form is kept."), *kept.sheets):
                messages.success(request, words)
            return redirect("compiled:settings", pk=pk)
    return _page(request, cycle, form)


def _page(
    request: PortalRequest, cycle: ReportingCycle, form: OwnFormUpload, asked: Any = None
) -> HttpResponse:
    access = request.access
    orders = Subscription.objects.within(access.review).filter(template=cycle.template)
    letters = ReportLetter.objects.within(access.review).filter(
        compiled__cycle__template=cycle.template
    )
    context = {
        "title": _("The province's own form, and who gets the report"),
        "cycle": cycle,
        "form": form,
        "current": own_forms.current_form(cycle.template, access),
        "codes": [(code, BY_CODE[code].label) for code in codes_of(cycle)],
        "subscribe": asked or SubscribeForm(None, people_to_choose(cycle.unit)),
        "orders": orders.select_related("to"),
        "letters": letters.select_related("to", "compiled__cycle__template")[:LETTERS],
        "crumbs": crumbs(cycle, (_("Settings"), "")),
    }
    wrong = form.errors or (asked is not None and asked.errors)
    return render(request, "compiled/settings.html", context, status=422 if wrong else 200)


@rule("review")
@require_POST
def subscribe(request: PortalRequest, pk: int) -> HttpResponse:
    """Let somebody have the reports of a template by themselves."""
    cycle = cycle_in(pk, request.access)
    people = {str(one.pk): one for one in people_to_choose(cycle.unit)}
    form = SubscribeForm(request.POST, list(people.values()))
    if not form.is_valid():
        return _page(request, cycle, OwnFormUpload(), form)
    to, when = people[form.cleaned_data["to"]], form.cleaned_data["when"]
    with transaction.atomic():
        row, is_new = Subscription.unscoped.get_or_create(
            template=cycle.template, to=to, when=when,
            defaults={"unit": cycle.unit, "added_by": request.access.user},
        )  # fmt: skip
        if is_new:
            history.record_change(row, ChangeEntry.Action.CREATED, access=request.access)
    messages.success(request, _("%(name)s gets the report.") % {"name": to.full_name})
    return redirect("compiled:settings", pk=pk)


@rule("review")
@require_POST
def unsubscribe(request: PortalRequest, pk: int, order: int) -> HttpResponse:
    """Somebody no longer gets the reports."""
    cycle = cycle_in(pk, request.access)
    orders = Subscription.objects.within(request.access.review).filter(template=cycle.template)
    row = get_scoped(orders.select_related("to"), pk=order)
    with transaction.atomic():
        history.record_change(row, ChangeEntry.Action.DELETED, access=request.access)
        row.delete()
    messages.success(request, _("%(name)s no longer gets it.") % {"name": row.to.full_name})
    return redirect("compiled:settings", pk=pk)
