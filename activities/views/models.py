"""Exemplary models of the movement."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from activities import services
from activities.filters import ExemplaryModelFilters
from activities.forms import EndModelForm, ExemplaryModelForm
from activities.models import ExemplaryModel
from activities.views.words import cancel_page, crumbs, crumbs_of_form, history_for, restore_page
from campaign.portal.access import PortalRequest
from campaign.portal.lists import CancelAct, Column, EditAct, ListPage
from campaign.portal.pages import FormPage, get_scoped
from campaign.portal.rules import rule
from units.fields import unit_label

CANCELLED = gettext_lazy("Cancelled")
ENDED = gettext_lazy("Ended")
KEPT_UP = gettext_lazy("Kept up")
STATES = {"cancelled": CANCELLED, "ended": ENDED, "active": KEPT_UP}


def state_code(model: ExemplaryModel) -> str:
    """What a model is today: kept up, ended or cancelled."""
    if model.cancelled_at:
        return "cancelled"
    ended = model.ended_on is not None and model.ended_on <= timezone.localdate()
    return "ended" if ended else "active"


class ModelList(ListPage):
    """The register of exemplary models."""

    model = ExemplaryModel
    filters = ExemplaryModelFilters
    template = "activities/models.html"
    row_template = "activities/_row.html"
    title = gettext_lazy("Exemplary models")
    noun = gettext_lazy("models")
    default_sort = "-started_on"
    file_slug = "mo-hinh"
    acts = (
        EditAct(
            "edit",
            gettext_lazy("Edit many"),
            "pencil",
            form=ExemplaryModelForm,
            names=("kind", "recognised_on", "decision_number"),
        ),
        CancelAct(
            gettext_lazy("Cancel models"),
            cancel=partial(services.cancel, ExemplaryModel),
            restore=partial(services.restore, ExemplaryModel),
        ),
    )
    import_kind = "models"
    columns = (
        Column(
            "name",
            gettext_lazy("Name"),
            lambda m: m.name,
            sort=("search_key",),
            width=46,
            is_name=True,
        ),
        Column(
            "kind", gettext_lazy("Kind"), lambda m: m.kind.name, sort=("kind__position",), width=26
        ),
        Column(
            "unit",
            gettext_lazy("Organising unit"),
            lambda m: unit_label(m.unit),
            sort=("unit__sort_key",),
            width=28,
        ),
        Column(
            "place",
            gettext_lazy("Place"),
            lambda m: unit_label(m.place) if m.place else None,
            sort=("place__sort_key",),
            width=24,
        ),
        Column(
            "started_on",
            gettext_lazy("Started on"),
            lambda m: m.started_on,
            "date",
            ("started_on",),
            width=13,
        ),
        Column(
            "recognised_on",
            gettext_lazy("Recognised on"),
            lambda m: m.recognised_on,
            "date",
            ("recognised_on",),
            width=13,
        ),
        Column(
            "decision_number",
            gettext_lazy("Decision number"),
            lambda m: m.decision_number,
            "code",
            on_screen=False,
            width=20,
        ),
        Column(
            "ended_on",
            gettext_lazy("Ended on"),
            lambda m: m.ended_on,
            "date",
            ("ended_on",),
            on_screen=False,
            width=13,
        ),
        Column(
            "description",
            gettext_lazy("Description"),
            lambda m: m.description,
            on_screen=False,
            width=50,
        ),
        Column("status", gettext_lazy("Status"), lambda m: STATES[state_code(m)], width=14),
    )

    def rows(self) -> QuerySet[ExemplaryModel]:
        return super().rows().select_related("kind", "unit__parent", "place__parent")

    def totals(self, queryset: QuerySet[ExemplaryModel]) -> list[tuple[Any, int]]:
        today = timezone.localdate()
        counts = Q(cancelled_at__isnull=True)
        active = Q(started_on__lte=today) & (Q(ended_on__isnull=True) | Q(ended_on__gt=today))
        found = queryset.aggregate(
            models=Count("pk", filter=counts), active=Count("pk", filter=counts & active)
        )
        return [(_("models"), found["models"]), (_("kept up today"), found["active"])]

    def more_context(self, page: Any) -> dict[str, Any]:
        for model in page:
            model.state = state_code(model)
        return {"may_add": self.access.may("enter")}


class ModelEntry(FormPage):
    """Add or change an exemplary model."""

    model = ExemplaryModel
    form_class = ExemplaryModelForm
    template = "activities/model_form.html"
    title_new = gettext_lazy("Add an exemplary model")
    title_edit = gettext_lazy("Change the exemplary model")

    def initial(self) -> dict[str, Any]:
        own = self.access.unit_ids  # type: ignore[attr-defined]
        return {"unit": own[0]} if own and self.record is None else {}

    def more_context(self) -> dict[str, Any]:
        return {"crumbs": crumbs_of_form(self)}


@rule("signed_in")
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    """One model: what it is, where, since when."""
    seen = ExemplaryModel.objects.within(request.access.view)
    model = get_scoped(seen.select_related("kind", "unit", "place"), pk=pk)
    return render(
        request,
        "activities/model.html",
        {
            "title": model.name,
            "crumbs": crumbs(ExemplaryModel, (model.name, "")),
            "record": model,
            "state": state_code(model),
            "may_edit": request.access.edit.covers(model.unit.path),
            "history": history_for(request, model),
        },
    )


@rule("enter")
@require_http_methods(["GET", "POST"])
def end(request: PortalRequest, pk: int) -> HttpResponse:
    """Say from which day the model is no longer kept up."""
    model = get_scoped(ExemplaryModel.objects.within(request.access.edit), pk=pk)
    form = EndModelForm(
        request.POST or None, record=model, initial={"ended_on": timezone.localdate()}
    )
    if request.method == "POST" and form.is_valid():
        services.end_model(pk, access=request.access, **form.cleaned_data)
        messages.success(request, _("Ended: %(name)s.") % {"name": model})
        return redirect(model)
    return render(
        request,
        "activities/end_model.html",
        {"title": _("End the model"), "record": model, "form": form},
        status=422 if form.errors else 200,
    )


@rule("enter")
@require_POST
def resume(request: PortalRequest, pk: int) -> HttpResponse:
    """The model is kept up again: its end was entered too early."""
    model = get_scoped(ExemplaryModel.objects.within(request.access.edit), pk=pk)
    services.end_model(pk, ended_on=None, reason="", access=request.access)
    messages.success(request, _("Kept up again: %(name)s.") % {"name": model})
    return redirect(model)


@rule("enter")
@require_http_methods(["GET", "POST"])
def cancel(request: PortalRequest, pk: int) -> HttpResponse:
    """Call a model off that was entered by mistake."""
    return cancel_page(
        request,
        ExemplaryModel,
        pk,
        title=_("Cancel the model"),
        restore_url="activities:model_restore",
    )


@rule("enter")
@require_POST
def restore(request: PortalRequest, pk: int) -> HttpResponse:
    """Take the cancellation back."""
    return restore_page(request, ExemplaryModel, pk)
