"""Forms of templates and of one-off requests, each with its parts on the same page."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms import inlineformset_factory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.periods import today
from campaign.portal.access import Access
from campaign.portal.forms import ScopedForm, ScopedInlineFormSet, ScopedModelForm
from reporting.cycles.obligations import moment
from reporting.declared.indicators import DECLARED
from reporting.indicators import ALL
from reporting.models import ReportTemplate, TemplateQuestion, TemplateSection
from units.models import Unit

COMMUNES, DEPARTMENTS, EVERYBODY, CHOSEN = "communes", "departments", "all", "chosen"
WHOM = [
    (COMMUNES, _("All communes, wards and special zones")),
    (DEPARTMENTS, _("All departments and branches")),
    (EVERYBODY, _("All of them")),
    (CHOSEN, _("Chosen units")),
]
LEVELS_OF = {
    COMMUNES: [Unit.Level.COMMUNE],
    DEPARTMENTS: [Unit.Level.DEPARTMENT],
    EVERYBODY: list(ReportTemplate.LEVELS),
    CHOSEN: list(ReportTemplate.LEVELS),
}
END_OF_OFFICE = time(17, 0)


def counted_choices() -> list[tuple[str, Any]]:
    """What the portal counts itself."""
    return [(one.code, one.label) for one in ALL]


def declared_choices() -> list[tuple[str, Any]]:
    """What units declare."""
    return [(one.code, one.name) for one in DECLARED]


def level_choices() -> list[tuple[str, Any]]:
    """Levels of units that owe reports."""
    return [(level, Unit.Level(level).label) for level in ReportTemplate.LEVELS]


class DebtorsField(forms.ModelMultipleChoiceField):
    """Communes and departments of the provinces whose reports the person reviews."""

    is_scoped = True
    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Unit.objects.none(), **kwargs)

    def use(self, access: Access) -> None:
        """Offer the units in force, communes first."""
        units = Unit.objects.within(access.manage).filter(level__in=ReportTemplate.LEVELS)
        self.queryset = units.in_force().order_by("level", "sort_key", "pk")


class Boxes(forms.MultipleChoiceField):
    """Several of a list of codes, kept as a list."""

    widget = forms.CheckboxSelectMultiple


class TemplateForm(ScopedModelForm):
    """One report that units owe again and again: when, to whom, and what it holds."""

    levels = Boxes(label=_("Who owes it"), choices=level_choices)
    units = DebtorsField(
        required=False, label=_("Only these units"), help_text=_("Empty: all of the levels above.")
    )
    indicators = Boxes(required=False, label=_("Counted indicators"), choices=counted_choices)
    declared = Boxes(required=False, label=_("Declared indicators"), choices=declared_choices)

    class Meta:
        model = ReportTemplate
        fields = (
            "name_vi", "name_en", "code", "frequency", "scheme", "starts_on", "ends_on",
            "days_to_deadline", "due_time", "levels", "units", "indicators", "declared",
            "needs_leader", "closes_records", "is_active", "note",
        )  # fmt: skip
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "code": _("Short, in Latin letters; it stays the same for ever."),
            "starts_on": _("The first period asked for is closed on or after this day."),
            "ends_on": _("The last period asked for is closed on or before this day."),
            "due_time": _("Empty: the end of the day."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.cycles.within(self.access.register).exists():
            for name in ("code", "frequency", "scheme"):
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("frequency") == ReportTemplate.Frequency.ONCE and not cleaned.get("ends_on"):
            self.add_error("ends_on", _("Name the last day of the campaign."))
        start, end = cleaned.get("starts_on"), cleaned.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", _("It cannot end before it begins."))
        return cleaned


class RowForm(ScopedModelForm):
    """One row of a formset: its record is locked with the record above it."""

    version = None  # type: ignore[assignment]
    submission = None  # type: ignore[assignment]

    def __init__(self, *args: Any, access: Access | None = None, **kwargs: Any) -> None:
        self.access = access  # type: ignore[assignment]  # the formset narrows the row
        super(ScopedModelForm, self).__init__(*args, **kwargs)


class SectionForm(RowForm):
    """One narrative section: its numeral, heading and phrases."""

    class Meta:
        model = TemplateSection
        fields = (
            "position",
            "code",
            "title_vi",
            "title_en",
            "is_required",
            "phrases_vi",
            "phrases_en",
        )
        widgets = {
            "phrases_vi": forms.Textarea(attrs={"rows": 3}),
            "phrases_en": forms.Textarea(attrs={"rows": 3}),
        }


class QuestionForm(RowForm):
    """One question of a request."""

    position = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = TemplateQuestion
        fields = ("label", "kind", "is_required", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].initial = TemplateQuestion.Kind.NUMBER

    def has_changed(self) -> bool:
        """A row without a question asks nothing, whatever its boxes say."""
        return bool(str(self.data.get(self.add_prefix("label"), "")).strip())


class QuestionFormSet(ScopedInlineFormSet):
    """The questions of one request, in the order in which they were written."""

    def clean(self) -> None:
        """Number the rows that say something."""
        super().clean()
        number = 0
        for form in self.forms:
            row = getattr(form, "cleaned_data", None)
            if row and row.get("label"):
                number += 1
                row["position"] = form.instance.position = number


SectionRows = inlineformset_factory(
    ReportTemplate, TemplateSection, form=SectionForm, formset=ScopedInlineFormSet,
    extra=0, can_delete=True, max_num=20,
)  # fmt: skip
QuestionRows = inlineformset_factory(
    ReportTemplate, TemplateQuestion, form=QuestionForm, formset=QuestionFormSet,
    extra=3, can_delete=False, max_num=40,
)  # fmt: skip


def usual_deadline() -> date:
    """A week from today."""
    return today() + timedelta(days=7)


class RequestForm(ScopedModelForm):
    """A one-off request: what for, to whom, until when."""

    whom = forms.ChoiceField(
        label=_("Asked of"), choices=WHOM, initial=COMMUNES, widget=forms.RadioSelect
    )
    units = DebtorsField(required=False, label=_("Chosen units"))
    due_on = forms.DateField(label=_("Deadline"), initial=usual_deadline)
    due_time = forms.TimeField(label=_("At"), initial=END_OF_OFFICE)
    indicators = Boxes(required=False, label=_("Counted indicators"), choices=counted_choices)
    declared = Boxes(required=False, label=_("Declared indicators"), choices=declared_choices)

    class Meta:
        model = ReportTemplate
        fields = (
            "name_vi", "letter", "note", "units", "starts_on", "ends_on", "indicators",
            "declared", "needs_leader",
        )  # fmt: skip
        labels: ClassVar[dict[str, Any]] = {
            "name_vi": _("Name of the request"),
            "starts_on": _("Figures from"),
            "ends_on": _("Figures up to"),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "name_vi": _(
                "As units read it in their work, for example “Rapid review of online classes”."
            ),
            "letter": _("Number, day and issuer, as on paper."),
            "note": _("What units should know before they answer."),
        }
        widgets = {"note": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("starts_on", "ends_on"):
            self.fields[name].required = False
        self.fields["needs_leader"].initial = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("whom") == CHOSEN and not cleaned.get("units"):
            self.add_error("units", _("Choose the units that are asked."))
        if cleaned.get("whom") != CHOSEN:
            cleaned["units"] = []
        self._check_days(cleaned)
        return cleaned

    def _check_days(self, cleaned: dict[str, Any]) -> None:
        start, end = cleaned.get("starts_on"), cleaned.get("ends_on")
        asks_figures = cleaned.get("indicators") or cleaned.get("declared")
        if asks_figures and not (start and end):
            self.add_error("starts_on", _("Say of which days the figures are asked."))
        cleaned["starts_on"] = start or end or today()
        cleaned["ends_on"] = end or cleaned["starts_on"]
        if cleaned["ends_on"] < cleaned["starts_on"]:
            self.add_error("ends_on", _("It cannot end before it begins."))
        if (day := cleaned.get("due_on")) and (at := cleaned.get("due_time")):
            cleaned["due_at"] = moment(day, at)
            if cleaned["due_at"] <= timezone.now():
                self.add_error("due_on", _("Write a day and time that are still to come."))


class ExtendForm(ScopedForm):
    """Until when some units have, and why."""

    due_on = forms.DateField(label=_("New deadline"))
    due_time = forms.TimeField(label=_("At"), initial=END_OF_OFFICE)
    reason = forms.CharField(label=_("Reason"), max_length=300)

    @property
    def due_at(self) -> datetime:
        """The moment that was written."""
        return moment(self.cleaned_data["due_on"], self.cleaned_data["due_time"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("due_on") and cleaned.get("due_time") and self.due_at <= timezone.now():
            raise ValidationError(_("Write a day and time that are still to come."))
        return cleaned
