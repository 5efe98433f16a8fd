"""Pages of declared figures: list, form, one declaration, taking one back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import CampaignSettings, ChangeEntry
from campaign.periods import Kind, Period, today
from campaign.portal import history
from campaign.portal.access import PortalRequest
from campaign.portal.lists import Column, ListPage
from campaign.portal.pages import FormPage, get_scoped, id_in
from campaign.portal.rules import rule
from reporting.declared.filters import DeclaredFilters
from reporting.declared.forms import DeclaredForm
from reporting.declared.rules import LEVELS
from reporting.models import DeclaredFigure
from units.models import Unit


class DeclaredList(ListPage):
    """Declarations in view."""

    model = DeclaredFigure
    filters = DeclaredFilters
    template = "declared/list.html"
    title = gettext_lazy("Declared figures")
    noun = gettext_lazy("declared figures")
    default_sort = "-period"
    file_slug = "so-lieu-ke-khai"
    import_kind = "declared"
    columns = (
        Column(
            "indicator", gettext_lazy("Indicator"), lambda f: f.about.name,
            sort=("indicator", "-ends_on"), width=56, is_name=True,
        ),
        Column("unit", gettext_lazy("Unit"), lambda f: f.unit.name, sort=("unit__sort_key",), width=28),
        Column(
            "period", gettext_lazy("Period"), lambda f: str(f.days_meant.label),
            sort=("ends_on", "starts_on", "pk"), width=20,
        ),
        Column(
            "figure", gettext_lazy("Declared"), lambda f: f.in_words, in_file=False,
            parts=("value", "numerator", "denominator"),
        ),
        Column(
            "value", gettext_lazy("Value"), lambda f: None if f.about.is_rate else f.value, "int",
            on_screen=False,
        ),
        Column(
            "numerator", gettext_lazy("Numerator"), lambda f: f.value if f.about.is_rate else None,
            "int", on_screen=False,
        ),
        Column(
            "denominator", gettext_lazy("Denominator"), lambda f: f.denominator, "int",
            on_screen=False,
        ),
        Column("source", gettext_lazy("Source"), lambda f: f.source, width=40),
        Column("note", gettext_lazy("Note"), lambda f: f.note, on_screen=False, width=30),
    )  # fmt: skip

    def rows(self) -> QuerySet[Any]:
        return super().rows().select_related("unit")

    def more_context(self, page: Any) -> dict[str, Any]:
        return {"may_add": self.access.may("enter")}


class DeclaredEntry(FormPage):
    """Declare a figure, or change what was declared."""

    model = DeclaredFigure
    form_class = DeclaredForm
    template = "declared/form.html"
    title_new = gettext_lazy("Declare a figure")
    title_edit = gettext_lazy("Change a declared figure")

    def initial(self) -> dict[str, Any]:
        """The own unit, and the month that ended last."""
        wanted = id_in(self.request.GET.get("unit")) or next(iter(self.access.unit_ids), None)  # type: ignore[attr-defined]
        units = Unit.objects.within(self.access.edit).filter(level__in=LEVELS)
        scheme = CampaignSettings.current().scheme
        last = Period.containing(today(), Kind.MONTH, scheme).previous()
        found = units.filter(pk=wanted).first() if wanted else None
        return {"period": last.code} | ({"unit": found.pk} if found else {})

    def before_save(self, record: DeclaredFigure, form: Any) -> None:
        """Two people who declare the same at the same time wait for one another."""
        units = Unit.objects.within(self.access.edit).select_for_update(of=("self",))
        get_scoped(units, pk=record.unit_id)
        record.validate_constraints()

    def more_context(self) -> dict[str, Any]:
        if self.record is None:
            return {"crumbs": crumbs((self.title_new, ""))}
        step = (str(self.record), self.record.get_absolute_url())
        return {"crumbs": crumbs(step, (_("Edit"), ""))}


def crumbs(*steps: tuple[Any, str]) -> list[tuple[Any, str]]:
    """The way down to a page."""
    return [(_("Declared figures"), reverse("declared:list")), *steps]


@rule("signed_in")
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    """One declaration, its source, and what was done to it."""
    figures = DeclaredFigure.objects.within(request.access.view).select_related("unit")
    figure = get_scoped(figures, pk=pk)
    context = {
        "record": figure,
        "title": str(figure.about.name),
        "may_edit": request.access.edit.covers(figure.unit.path) and request.access.may("enter"),
        "history": history.told(history.history_of(figure)[:30], DeclaredFigure),
        "crumbs": crumbs((str(figure), "")),
    }
    return render(request, "declared/detail.html", context)


@rule("enter")
@transaction.atomic
def withdraw(request: PortalRequest, pk: int) -> HttpResponse:
    """Take a declaration back that was made by mistake; the log of changes keeps it."""
    figures = DeclaredFigure.objects.within(request.access.edit).select_related("unit")
    figure = get_scoped(figures.select_for_update(of=("self",)), pk=pk)
    if request.method == "POST":
        kept = ("unit", "indicator", "period", "value", "denominator", "source", "note")
        history.record_change(
            figure, ChangeEntry.Action.DELETED, access=request.access,
            changes=history.differences(history.snapshot(figure, kept), {}),
        )  # fmt: skip
        figure.delete()
        messages.success(request, _("Taken back: %(name)s.") % {"name": figure})
        return redirect("declared:list")
    context = {
        "record": figure,
        "title": _("Take the declaration back"),
        "crumbs": crumbs((str(figure), figure.get_absolute_url()), (_("Take back"), "")),
    }
    return render(request, "declared/withdraw.html", context)
