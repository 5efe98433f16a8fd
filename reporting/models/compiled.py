"""The report a province compiles from the approved reports of its units."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.models import VersionedModel
from campaign.portal.scope import ScopedModel, open_manager, scoped_manager
from reporting.models.closing import Snapshot
from reporting.models.cycles import ReportingCycle, ReportTemplate
from reporting.models.reports import Narrative
from units.models import Unit


class ProvinceForm(ScopedModel):
    """The province's own statistical form, a workbook that is filled with the portal's figures.

    A new file is a new row: what an earlier report was filled into stays as it was.
    """

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "review")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    template = models.ForeignKey(
        ReportTemplate, models.CASCADE, related_name="forms", verbose_name=_("template")
    )
    file = models.FileField(_("file"), upload_to="forms/%Y/%m/", max_length=200)
    file_name = models.CharField(_("file name"), max_length=150)
    sha256 = models.CharField(_("hash"), max_length=64)
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("form of the province")
        verbose_name_plural = _("forms of the province")
        ordering = ["template", "-pk"]

    def __str__(self) -> str:
        return self.file_name


class CompiledReport(VersionedModel, ScopedModel):
    """One version of a province's report on one cycle. A locked version never changes again."""

    class Missing(models.TextChoices):
        """What is written of a unit whose report is not approved."""

        NOTED = "noted", _("Write “has not reported”")
        PROVISIONAL = "provisional", _("Use the figures there are, marked provisional")
        PREVIOUS = "previous", _("Use the period before, with a note")
        LEFT_OUT = "left_out", _("Leave the unit out")

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "review")

    cycle = models.ForeignKey(
        ReportingCycle, models.PROTECT, related_name="compiled", verbose_name=_("cycle")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    number = models.PositiveSmallIntegerField(_("version"))
    missing = models.CharField(
        _("units that have not reported"),
        max_length=11,
        choices=Missing.choices,
        default=Missing.NOTED,
    )
    at = models.DateTimeField(_("figures as of"), default=timezone.now)
    #: what it is written from (reporting.compiled.content); a locked version has it in its snapshot
    gathered = models.JSONField(default=dict)
    #: how many locked versions there are before it: 0 the report, 1 its first supplement
    supplement = models.PositiveSmallIntegerField(_("supplement"), default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    #: units without an approved report, as named when the version was locked: [{unit, name, state}]
    exceptions = models.JSONField(default=list)
    #: why it was locked although reports were missing
    exceptions_reason = models.CharField(_("reason"), max_length=300, blank=True)
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, null=True, related_name="+")
    #: the province's own form a locked version is filled into
    form = models.ForeignKey(ProvinceForm, models.PROTECT, null=True, related_name="+")
    locked_at = models.DateTimeField(_("locked"), null=True, blank=True)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("compiled report")
        verbose_name_plural = _("compiled reports")
        ordering = ["cycle", "-number"]
        constraints = [models.UniqueConstraint(fields=["cycle", "number"], name="one_version")]

    def __str__(self) -> str:
        return f"{self.cycle} ({self.number})"

    def get_absolute_url(self) -> str:
        return reverse("compiled:detail", args=[self.pk])


class CompiledText(Narrative):
    """What the province wrote in one narrative section of one version."""

    compiled = models.ForeignKey(CompiledReport, models.CASCADE, related_name="texts")

    class Meta:
        verbose_name = _("narrative of a compiled report")
        verbose_name_plural = _("narratives of compiled reports")
        constraints = [
            models.UniqueConstraint(fields=["compiled", "section"], name="one_compiled_text")
        ]

    def __str__(self) -> str:
        return f"{self.compiled}: {self.section}"


class Subscription(ScopedModel):
    """Somebody gets the province's reports by themselves: once locked, or every Monday as it stands."""

    class When(models.TextChoices):
        LOCKED = "locked", _("When the report is locked")
        WEEKLY = "weekly", _("Every Monday, as it stands")

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "review")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    template = models.ForeignKey(
        ReportTemplate, models.CASCADE, related_name="subscriptions", verbose_name=_("template")
    )
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person")
    )
    when = models.CharField(_("when"), max_length=6, choices=When.choices, default=When.LOCKED)
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("delivery of a report")
        verbose_name_plural = _("deliveries of reports")
        ordering = ["template", "to__sort_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["template", "to", "when"],
                name="one_subscription",
                violation_error_message=_("This person gets it already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.to}: {self.template}"


class ReportLetter(ScopedModel):
    """One delivery: who was sent which version on which day, and what became of it."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", _("Being sent")
        SENT = "sent", _("Sent")
        PORTAL = "portal", _("In the portal")
        FAILED = "failed", _("Failed")
        NOT_ALLOWED = "not_allowed", _("May no longer see it")

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "review")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    compiled = models.ForeignKey(CompiledReport, models.CASCADE, related_name="letters")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    when = models.CharField(max_length=6, choices=Subscription.When.choices)
    #: the day of a weekly letter; of a locked version the day it was locked
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("at"), auto_now_add=True)
    outcome = models.CharField(
        _("outcome"), max_length=11, choices=Outcome.choices, default=Outcome.TAKEN
    )
    error = models.CharField(max_length=200, blank=True)

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("delivered report")
        verbose_name_plural = _("delivered reports")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["compiled", "to", "when", "day"], name="one_report_letter"
            )
        ]

    def __str__(self) -> str:
        return f"{self.to}: {self.compiled}"
