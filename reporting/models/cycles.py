"""What is asked of units, and when: templates of reports, and one cycle of each for each period."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from campaign.models import VersionedModel
from campaign.periods import Period, Scheme
from campaign.portal.scope import ScopedModel, open_manager, scoped_manager
from units.models import Unit


def _in_language(vietnamese: str, english: str) -> str:
    return english if get_language() == "en" and english else vietnamese


class ReportTemplate(VersionedModel, ScopedModel):
    """One report that units of a province owe again and again, or once.

    ``unit`` is who asks: the province for its regular reports, the asking unit for a request.
    Obligations follow from it by themselves: nobody creates a report.
    """

    class Frequency(models.TextChoices):
        DAY = "day", _("Daily")
        WEEK = "week", _("Weekly")
        MONTH = "month", _("Monthly")
        QUARTER = "quarter", _("Quarterly")
        HALF = "half", _("Half-yearly")
        NINE = "nine", _("Nine months")
        YEAR = "year", _("Yearly")
        ONCE = "once", _("Once, for chosen days")

    #: levels of units that owe a report unless units are chosen
    LEVELS: ClassVar[tuple[str, ...]] = (Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "register", "review", "manage")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    code = models.SlugField(_("code"), max_length=40)
    name_vi = models.CharField(_("name (Vietnamese)"), max_length=200)
    name_en = models.CharField(_("name (English)"), max_length=200, blank=True)
    frequency = models.CharField(_("frequency"), max_length=8, choices=Frequency.choices)
    scheme = models.CharField(
        _("period scheme"), max_length=10, choices=Scheme.choices, default=Scheme.ADMIN
    )
    starts_on = models.DateField(_("asked from"))
    ends_on = models.DateField(_("asked until"), null=True, blank=True)
    days_to_deadline = models.PositiveSmallIntegerField(
        _("working days from cut-off to deadline"),
        default=2,
        validators=[MaxValueValidator(60)],
    )
    due_time = models.TimeField(_("deadline at"), null=True, blank=True)
    #: when answers to a one-off request must be in; it does not follow from a cut-off
    due_at = models.DateTimeField(_("deadline"), null=True, blank=True)
    levels = models.JSONField(_("levels of units"), default=list)
    units: Any = models.ManyToManyField(
        Unit, related_name="+", blank=True, verbose_name=_("chosen units")
    )
    #: codes of counted indicators (reporting.indicators), in the order of the report
    indicators = models.JSONField(_("counted indicators"), default=list)
    #: codes of declared indicators (reporting.declared.indicators)
    declared = models.JSONField(_("declared indicators"), default=list)
    needs_leader = models.BooleanField(_("the unit's leader submits"), default=True)
    closes_records = models.BooleanField(
        _("closes the records of its period"),
        default=False,
        help_text=_("After approval, any change of a record of the period is an amendment."),
    )
    is_request = models.BooleanField(_("one-off request"), default=False, editable=False)
    letter = models.CharField(_("letter that asks for it"), max_length=300, blank=True)
    note = models.TextField(_("what is asked"), blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("report template")
        verbose_name_plural = _("report templates")
        ordering = ["unit", "code"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "code"], name="one_template_a_code"),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="template_ends_after_it_begins",
                violation_error_message=_("It cannot end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return _in_language(self.name_vi, self.name_en)


class TemplateSection(models.Model):
    """One narrative section of a report: its heading and the phrases it is drafted from."""

    template = models.ForeignKey(ReportTemplate, models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField(_("position"))
    code = models.CharField(_("code"), max_length=10)
    title_vi = models.CharField(_("heading (Vietnamese)"), max_length=200)
    title_en = models.CharField(_("heading (English)"), max_length=200, blank=True)
    is_required = models.BooleanField(_("required"), default=True)
    #: phrase templates (reporting.phrases); empty: the default phrases of the section's code
    phrases_vi = models.TextField(_("phrases (Vietnamese)"), blank=True)
    phrases_en = models.TextField(_("phrases (English)"), blank=True)

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["template", "position"]
        constraints = [models.UniqueConstraint(fields=["template", "code"], name="one_section")]

    def __str__(self) -> str:
        return f"{self.code}. {self.title}"

    @property
    def title(self) -> str:
        """The heading in the reader's language."""
        return _in_language(self.title_vi, self.title_en)


class TemplateQuestion(models.Model):
    """One question of a request's own small form."""

    class Kind(models.TextChoices):
        NUMBER = "number", _("Whole number")
        TEXT = "text", _("Text")
        YES_NO = "yes_no", _("Yes or no")
        DATE = "date", _("Day")

    template = models.ForeignKey(ReportTemplate, models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(_("position"))
    label = models.CharField(_("question"), max_length=300)
    kind = models.CharField(_("kind of answer"), max_length=8, choices=Kind.choices)
    is_required = models.BooleanField(_("required"), default=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["template", "position", "pk"]

    def __str__(self) -> str:
        return self.label


class ReportingCycle(VersionedModel, ScopedModel):
    """One period of one template: the round in which all its reports are due.

    ``ends_on`` is the cut-off: records up to that day count. ``due_at`` is when reports must be
    in, some working days later. ``closed_at`` is when the compiled report was locked.
    """

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "register", "review", "manage")

    template = models.ForeignKey(
        ReportTemplate, models.PROTECT, related_name="cycles", verbose_name=_("template")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    scheme = models.CharField(max_length=10, choices=Scheme.choices)
    period = models.CharField(_("period"), max_length=30)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("cut-off"))
    due_at = models.DateTimeField(_("deadline"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("reporting cycle")
        verbose_name_plural = _("reporting cycles")
        ordering = ["-ends_on", "template", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["template", "scheme", "period"], name="one_cycle")
        ]
        indexes = [models.Index(fields=["unit", "-ends_on"])]

    def __str__(self) -> str:
        return f"{self.template.name}: {self.days_meant.label}"

    def get_absolute_url(self) -> str:
        return reverse("cycles:board", args=[self.pk])

    @property
    def days_meant(self) -> Period:
        """The period, in its scheme."""
        return Period.parse(self.period, self.scheme)
