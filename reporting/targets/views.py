"""Pages of targets: the list, the form, one target with its course, sharing out, taking back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaign.models import CampaignSettings, ChangeEntry
from campaign.periods import Kind, Period, today
from campaign.portal import history
from campaign.portal.access import Access, PortalRequest
from campaign.portal.figures import num
from campaign.portal.lists import Column, ListPage
from campaign.portal.pages import FormPage, get_scoped, id_in
from campaign.portal.rules import rule
from reporting.indicators import KIND_LABELS
from reporting.models import Target
from reporting.targets.filters import LEVELS, TargetFilters
from reporting.targets.forecasts import forecast, reached_in_short, reached_in_words
from reporting.targets.forms import TargetForm
from reporting.targets.plans import bar_of
from reporting.targets.progress import Progress, together
from reporting.targets.reading import measured
from reporting.targets.rules import Basis
from reporting.targets.splitting import KEPT, gap_of, given_to, link, units_beneath
from units.fields import unit_label
from units.models import Unit

AT_ONCE = 500
"""Targets measured together for a workbook."""


class TargetList(ListPage):
    """Targets in view, with how far each unit has come."""

    model = Target
    filters = TargetFilters
    template = "targets/list.html"
    row_template = "targets/_row.html"
    title = gettext_lazy("Targets and plans")
    noun = gettext_lazy("targets")
    default_sort = "-period"
    file_slug = "chi-tieu"
    import_kind = "target"
    columns = (
        Column(
            "indicator", gettext_lazy("Indicator"), lambda t: t.about.name,
            sort=("indicator", "unit__level", "unit__sort_key"), width=48, is_name=True,
        ),
        Column(
            "unit", gettext_lazy("Unit"), lambda t: unit_label(t.unit), sort=("unit__sort_key",),
            width=28,
        ),
        Column(
            "period", gettext_lazy("Period"), lambda t: period_in_words(t),
            sort=("ends_on", "starts_on", "pk"), width=16,
        ),
        Column(
            "audience", gettext_lazy("Audience"), lambda t: t.audience.name if t.audience else "",
            width=22,
        ),
        Column(
            "goal", gettext_lazy("Target"), lambda t: t.in_words, in_file=False,
            sort=("basis", "value"), parts=("value", "basis"),
        ),
        Column(
            "value", gettext_lazy("Target value"), lambda t: float(t.value), "decimal",
            on_screen=False, width=14,
        ),
        Column(
            "basis", gettext_lazy("Measured as"), lambda t: str(t.get_basis_display()),
            on_screen=False, width=26,
        ),
        Column("reached", gettext_lazy("Reached"), lambda t: t.reached, "decimal", width=14),
        Column("percent", gettext_lazy("% of target"), lambda t: t.percent, "percent", width=14),
        Column(
            "document_number", gettext_lazy("Document number"), lambda t: t.document_number,
            width=18,
        ),
        Column(
            "document_date", gettext_lazy("Document date"), lambda t: t.document_date, "date",
            on_screen=False, width=13,
        ),
        Column(
            "document_issuer", gettext_lazy("Issued by"), lambda t: t.document_issuer,
            on_screen=False, width=26,
        ),
        Column("note", gettext_lazy("Note"), lambda t: t.note, on_screen=False, width=30),
    )  # fmt: skip

    def rows(self) -> QuerySet[Any]:
        return super().rows().select_related("unit__parent", "audience")

    def sorted(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Where nothing else is asked for: the latest first, the province before its units."""
        found = super().sorted(queryset)
        if self.params.get("sort"):
            return found
        return queryset.order_by("-ends_on", "-starts_on", "unit__path", "pk")

    def edit_url_of(self, record: Any) -> str:
        may = self.access.targets.covers(record.unit.path)
        return reverse("targets:edit", args=[record.pk]) if may else ""

    def more_context(self, page: Any) -> dict[str, Any]:
        measure_rows(list(page), self.access)
        return {"may_add": self.access.may("targets")}

    def cells(self, queryset: QuerySet[Any]) -> Iterator[Sequence[Any]]:
        """The values of every row for the workbook; targets are measured many at once."""
        rows = queryset.iterator(chunk_size=AT_ONCE)
        while part := list(islice(rows, AT_ONCE)):
            measure_rows(part, self.access)
            for target in part:
                percent = target.percent
                target.percent = None if percent is None else float(percent) / 100
                target.reached = None if target.reached is None else float(target.reached)
                values = [c.value(target) for c in self.file_columns if c.key != "row_key"]
                key = (
                    self.row_key(target.pk, target.version, target.unit.path)
                    if self.key_columns
                    else None
                )
                yield [*values, key] if key else values


def measure_rows(targets: Sequence[Any], access: Access) -> None:
    """Say of every target how far its unit has come."""
    for target, progress in zip(targets, measured(targets, access=access), strict=True):
        target.progress = progress
        target.reached, target.percent = progress.reached, progress.percent
        target.reached_words = reached_in_short(progress)
        target.bar = bar_of(progress)


def period_in_words(target: Target) -> str:
    """A period as a file may write it again."""
    from reporting.targets.periods import TargetPeriodCell

    return TargetPeriodCell().render(target.days_meant)


class TargetEntry(FormPage):
    """Set a target, or change one."""

    access_rule = "targets"
    scope = "targets"
    model = Target
    form_class = TargetForm
    template = "targets/form.html"
    title_new = gettext_lazy("Set a target")
    title_edit = gettext_lazy("Change a target")

    def initial(self) -> dict[str, Any]:
        """This year; unit and indicator where the address names them."""
        year = Period.containing(today(), Kind.YEAR, CampaignSettings.current().scheme)
        wanted = id_in(self.request.GET.get("unit"))
        units = Unit.objects.within(self.access.targets).filter(level__in=LEVELS)
        found = units.filter(pk=wanted).first() if wanted else None
        asked = {
            name: self.request.GET[name]
            for name in ("indicator", "period")
            if self.request.GET.get(name)
        }
        return {"period": year.code, **asked} | ({"unit": found.pk} if found else {})

    def before_save(self, record: Target, form: Any) -> None:
        """Two people who set the same at the same time wait for one another."""
        units = Unit.objects.within(self.access.targets).select_for_update(of=("self",))
        get_scoped(units, pk=record.unit_id)
        record.validate_constraints()
        record.stands_alone()
        link(record)

    def more_context(self) -> dict[str, Any]:
        if self.record is None:
            return {"crumbs": crumbs((self.title_new, ""))}
        step = (str(self.record), self.record.get_absolute_url())
        return {"crumbs": crumbs(step, (_("Edit"), ""))}


def crumbs(*steps: tuple[Any, str]) -> list[tuple[Any, str]]:
    """The way down to a page."""
    return [(_("Targets and plans"), reverse("targets:list")), *steps]


@rule("signed_in")
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    """One target: how far the unit has come, what is to be expected, and the units beneath."""
    access = request.access
    seen = Target.objects.within(access.view).select_related("unit", "audience")
    target = get_scoped(seen, pk=pk)
    (progress,) = measured([target], access=access)
    may_edit = access.may("targets") and access.targets.covers(target.unit.path)
    above = seen.filter(pk=target.parent_id).first() if target.parent_id else None
    context = {
        "record": target,
        "title": target.about.name,
        "progress": progress,
        "reached": reached_in_words(progress),
        "counted": KIND_LABELS[target.about.kind],
        "bar": bar_of(progress),
        "forecast": forecast(progress),
        "above": above,
        "may_edit": may_edit,
        "beneath": beneath(target, access),
        "history": history.told(history.history_of(target)[:30], Target),
        "crumbs": crumbs((str(target), "")),
    }
    return render(request, "targets/detail.html", context)


def beneath(target: Target, access: Access) -> dict[str, Any] | None:
    """The units beneath: their targets, how far they have come, and the check against this one."""
    targets, units = given_to(target, access)
    if not units:
        return None
    parts = measured(targets, access=access)
    parts.sort(key=lambda one: (one.percent is None, one.percent or 0, one.target.unit.sort_key))
    return {
        "parts": [{"progress": one, "bar": bar_of(one), "reached": reached_in_words(one)} for one in parts],
        "gap": gap_of(target, parts, len(units)),
        "together": together(parts),
        "behind": sum(one.is_behind for one in parts),
        "without": _without(units, parts),
        "may_set": may_share(units, access),
    }  # fmt: skip


def _without(units: Sequence[Unit], parts: Sequence[Progress]) -> str:
    """The units that have no target, in words."""
    given = {one.target.unit_id for one in parts}
    missing = [unit.short_name for unit in units if unit.pk not in given]
    if not missing:
        return ""
    words = ngettext("%(count)s unit has none", "%(count)s units have none", len(missing))
    more = f" +{num(len(missing) - 4)}" if len(missing) > 4 else ""
    return f"{words % {'count': num(len(missing))}}: {', '.join(missing[:4])}{more}"


def may_share(units: Sequence[Unit], access: Access) -> bool:
    """Whether the reader sets the targets of any of these units."""
    return access.may("targets") and any(access.targets.covers(unit.path) for unit in units)


def shared_by(pk: int, access: Access) -> Target:
    """A target in view that the reader may share out; the same 404 for all others."""
    seen = Target.objects.within(access.view).select_related("unit", "audience")
    target = get_scoped(seen, pk=pk)
    if not may_share(units_beneath(target.unit, access), access):
        raise Http404
    return target


@rule("targets")
@transaction.atomic
def remove(request: PortalRequest, pk: int) -> HttpResponse:
    """Take back a target that was set by mistake; the log of changes keeps it."""
    targets = Target.objects.within(request.access.targets).select_related("unit")
    target = get_scoped(targets.select_for_update(of=("self",)), pk=pk)
    if request.method == "POST":
        history.record_change(
            target, ChangeEntry.Action.DELETED, access=request.access,
            changes=history.differences(history.snapshot(target, KEPT), {}),
        )  # fmt: skip
        target.delete()
        messages.success(request, _("Taken back: %(name)s.") % {"name": target})
        return redirect("targets:list")
    context = {
        "record": target,
        "title": _("Take the target back"),
        "parts": target.parts.count(),
        "crumbs": crumbs((str(target), target.get_absolute_url()), (_("Take back"), "")),
    }
    return render(request, "targets/remove.html", context)


def is_number(target: Target) -> bool:
    """Whether the target is a number, which can be divided; a percentage is the same for each."""
    return target.basis == Basis.NUMBER
