"""Pages of templates: which reports a province asks for, and what each holds."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import CampaignSettings
from campaign.periods import today
from campaign.portal.filters import ScopedFilterSet, SearchFilter
from campaign.portal.lists import Column, ListPage
from campaign.portal.pages import FormPage
from campaign.text import fold
from reporting.cycles.forms import SectionRows, TemplateForm
from reporting.cycles.obligations import open_due
from reporting.models import ReportTemplate, TemplateSection
from units.models import Unit


class NamedFilter(SearchFilter):
    """Search in both names; a province has few templates, so that marks need not matter."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        words = fold(value or "")
        if not words:
            return qs
        named = [one.pk for one in qs if words in fold(f"{one.name_vi} {one.name_en} {one.code}")]
        return qs.filter(pk__in=named)


class TemplateFilters(ScopedFilterSet):
    """Search."""

    q = NamedFilter()

    class Meta:
        model = ReportTemplate
        fields = ("frequency", "is_active")


class TemplateList(ListPage):
    """Reports a province asks for again and again."""

    access_rule = "review"
    model = ReportTemplate
    scope = "review"
    filters = TemplateFilters
    template = "cycles/templates.html"
    title = gettext_lazy("Report templates")
    noun = gettext_lazy("templates")
    default_sort = "frequency"
    file_slug = "mau-bao-cao"
    columns = (
        Column(
            "name",
            gettext_lazy("Report"),
            lambda t: t.name,
            sort=("name_vi",),
            width=34,
            is_name=True,
        ),
        Column(
            "frequency",
            gettext_lazy("Frequency"),
            lambda t: t.get_frequency_display(),
            sort=("pk",),
            width=16,
        ),
        Column("scheme", gettext_lazy("Period scheme"), lambda t: t.get_scheme_display(), width=26),
        Column(
            "days",
            gettext_lazy("Working days to deadline"),
            lambda t: t.days_to_deadline,
            "int",
            sort=("days_to_deadline",),
            width=12,
        ),
        Column(
            "starts_on",
            gettext_lazy("Asked from"),
            lambda t: t.starts_on,
            "date",
            sort=("starts_on",),
            width=12,
        ),
        Column(
            "in_use",
            gettext_lazy("In use"),
            lambda t: _("Yes") if t.is_active else _("No"),
            sort=("is_active",),
            width=8,
        ),
    )

    def rows(self) -> QuerySet[Any]:
        return super().rows().filter(is_request=False)

    def url_of(self, record: ReportTemplate) -> str:
        return reverse("cycles:template", args=[record.pk])

    def edit_url_of(self, record: ReportTemplate) -> str:
        return self.url_of(record)

    def more_context(self, page: Any) -> dict[str, Any]:
        return {"crumbs": crumbs((_("Report templates"), ""))}


class TemplateEntry(FormPage):
    """Add a template, or change one. What is due already stays as it is."""

    access_rule = "review"
    model = ReportTemplate
    scope = "review"
    form_class = TemplateForm
    template = "cycles/template_form.html"
    title_new = gettext_lazy("Ask for a report")
    title_edit = gettext_lazy("Change a report template")
    part_labels = {"sections": gettext_lazy("Sections")}

    def get_record(self, pk: int | None) -> Any:
        record = super().get_record(pk)
        if record is not None and record.is_request:
            raise Http404
        return record

    def initial(self) -> dict[str, Any]:
        if self.record is not None:
            return {}
        return {
            "starts_on": today(),
            "levels": list(ReportTemplate.LEVELS),
            "scheme": CampaignSettings.current().period_scheme,
            "needs_leader": True,
            "is_active": True,
        }

    def formsets(self, record: Any, data: Any = None) -> dict[str, Any]:
        rows = TemplateSection.objects.filter(template=record).order_by("position", "pk")
        return {
            "sections": SectionRows(
                data, instance=record, prefix="sections", access=self.access,
                queryset=rows if record else TemplateSection.objects.none(),
            )
        }  # fmt: skip

    def before_save(self, record: ReportTemplate, form: Any) -> None:
        """A template belongs to the province whose reports the person reviews."""
        if record.unit_id is None:
            record.unit = Unit.objects.within(self.access.manage).get(
                path=self.access.review.paths[0]
            )

    def after_save(self, record: ReportTemplate, form: Any, *, is_new: bool) -> None:
        open_due()

    def success_url(self, record: ReportTemplate) -> str:
        return reverse("cycles:templates")

    def more_context(self) -> dict[str, Any]:
        step = (_("Report templates"), reverse("cycles:templates"))
        title = str(self.record) if self.record else str(self.title_new)
        return {"crumbs": crumbs(step, (title, ""))}


def crumbs(*steps: tuple[Any, str]) -> list[tuple[Any, str]]:
    """The way down to a page."""
    return [(_("Reporting cycles"), reverse("cycles:list")), *steps]
