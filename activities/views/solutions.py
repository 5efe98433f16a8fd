"""Innovative solutions recognised by a decision."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from activities import services
from activities.filters import SolutionFilters
from activities.forms import SolutionForm
from activities.models import Solution
from activities.views.words import (
    cancel_page,
    crumbs,
    crumbs_of_form,
    history_for,
    restore_page,
    state_of,
)
from campaign.portal.access import PortalRequest
from campaign.portal.lists import CancelAct, Column, EditAct, ListPage
from campaign.portal.pages import FormPage, get_scoped
from campaign.portal.rules import rule
from units.fields import unit_label


def yes_or_no(value: bool) -> str:
    """A flag as a word."""
    return _("Yes") if value else _("No")


class SolutionList(ListPage):
    """The register of recognised solutions."""

    model = Solution
    filters = SolutionFilters
    template = "activities/solutions.html"
    row_template = "activities/_row.html"
    title = gettext_lazy("Recognised solutions")
    noun = gettext_lazy("solutions")
    default_sort = "-recognised_on"
    file_slug = "giai-phap"
    acts = (
        EditAct(
            "edit",
            gettext_lazy("Edit many"),
            "pencil",
            form=SolutionForm,
            names=("field", "recognised_on", "decision_number"),
        ),
        CancelAct(
            gettext_lazy("Cancel solutions"),
            cancel=partial(services.cancel, Solution),
            restore=partial(services.restore, Solution),
        ),
    )
    import_kind = "solutions"
    columns = (
        Column(
            "name",
            gettext_lazy("Name"),
            lambda s: s.name,
            sort=("search_key",),
            width=50,
            is_name=True,
        ),
        Column(
            "field",
            gettext_lazy("Field of work"),
            lambda s: s.field.name,
            sort=("field__position",),
            width=28,
        ),
        Column(
            "unit",
            gettext_lazy("Unit"),
            lambda s: unit_label(s.unit),
            sort=("unit__sort_key",),
            width=28,
        ),
        Column("authors", gettext_lazy("Authors"), lambda s: s.authors, width=30),
        Column(
            "recognised_on",
            gettext_lazy("Recognised on"),
            lambda s: s.recognised_on,
            "date",
            ("recognised_on",),
            width=13,
        ),
        Column(
            "decision_number",
            gettext_lazy("Decision number"),
            lambda s: s.decision_number,
            "code",
            on_screen=False,
            width=20,
        ),
        Column("uses_it", gettext_lazy("Applies IT"), lambda s: yes_or_no(s.uses_it), width=12),
        Column("status", gettext_lazy("Status"), state_of, width=14),
    )

    def rows(self) -> QuerySet[Solution]:
        return super().rows().select_related("field", "unit__parent")

    def totals(self, queryset: QuerySet[Solution]) -> list[tuple[Any, int]]:
        counts = Q(cancelled_at__isnull=True)
        found = queryset.aggregate(
            solutions=Count("pk", filter=counts),
            fields=Count("field", filter=counts, distinct=True),
            with_it=Count("pk", filter=counts & Q(uses_it=True)),
        )
        return [
            (_("solutions"), found["solutions"]),
            (_("fields of work"), found["fields"]),
            (_("applying IT"), found["with_it"]),
        ]

    def more_context(self, page: Any) -> dict[str, Any]:
        return {"may_add": self.access.may("enter")}


class SolutionEntry(FormPage):
    """Add or change a recognised solution."""

    model = Solution
    form_class = SolutionForm
    template = "activities/solution_form.html"
    title_new = gettext_lazy("Add a solution")
    title_edit = gettext_lazy("Change the solution")

    def initial(self) -> dict[str, Any]:
        own = self.access.unit_ids  # type: ignore[attr-defined]
        return {"unit": own[0]} if own and self.record is None else {}

    def more_context(self) -> dict[str, Any]:
        return {"crumbs": crumbs_of_form(self)}


@rule("signed_in")
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    """One recognised solution."""
    seen = Solution.objects.within(request.access.view).select_related("field", "unit")
    solution = get_scoped(seen, pk=pk)
    return render(
        request,
        "activities/solution.html",
        {
            "title": solution.name,
            "crumbs": crumbs(Solution, (solution.name, "")),
            "record": solution,
            "may_edit": request.access.edit.covers(solution.unit.path),
            "history": history_for(request, solution),
        },
    )


@rule("enter")
@require_http_methods(["GET", "POST"])
def cancel(request: PortalRequest, pk: int) -> HttpResponse:
    """Call a solution off that was entered by mistake."""
    return cancel_page(
        request,
        Solution,
        pk,
        title=_("Cancel the solution"),
        restore_url="activities:solution_restore",
    )


@rule("enter")
@require_POST
def restore(request: PortalRequest, pk: int) -> HttpResponse:
    """Take the cancellation back."""
    return restore_page(request, Solution, pk)
