"""The reports units owe: where each stands, what it says, and everything that happened to it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.models import VersionedModel
from campaign.portal.scope import ScopedModel, open_manager, scoped_manager
from reporting.models.cycles import ReportingCycle, TemplateQuestion
from units.models import Unit


class Report(VersionedModel, ScopedModel):
    """What one unit owes in one cycle. It exists from the day the cycle opens.

    Whether it is overdue is not a state: it follows from ``due_at`` and the clock.
    """

    class State(models.TextChoices):
        #: nobody has touched it
        OPEN = "open", _("Not started")
        DRAFT = "draft", _("Being entered")
        #: the officer has handed it to the unit's leader
        PROPOSED = "proposed", _("Waiting for the unit's leader")
        #: the unit has submitted it to the focal agency
        SUBMITTED = "submitted", _("Waiting for approval")
        RETURNED = "returned", _("Returned")
        APPROVED = "approved", _("Approved")
        #: the provincial report was compiled from it and locked
        LOCKED = "locked", _("Locked")

    #: states in which the unit's officers may write
    WRITABLE: ClassVar[frozenset[str]] = frozenset({State.OPEN, State.DRAFT, State.RETURNED})
    #: states in which the unit has done its part
    HANDED_IN: ClassVar[frozenset[str]] = frozenset({State.SUBMITTED, State.APPROVED, State.LOCKED})
    #: states of a report that was handed in once: a returned one is not missing
    GIVEN: ClassVar[frozenset[str]] = HANDED_IN | {State.RETURNED}
    FROZEN: ClassVar[frozenset[str]] = frozenset({State.APPROVED, State.LOCKED})

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "report", "sign", "review")

    cycle = models.ForeignKey(
        ReportingCycle, models.PROTECT, related_name="reports", verbose_name=_("cycle")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="reports", verbose_name=_("unit"))
    state = models.CharField(
        _("state"), max_length=9, choices=State.choices, default=State.OPEN, db_index=True
    )
    #: the cycle's deadline, unless this unit was given more time
    due_at = models.DateTimeField(_("deadline"))
    #: since when it is in its state
    since = models.DateTimeField(_("since"))
    is_zero = models.BooleanField(
        _("nothing happened"),
        default=False,
        help_text=_("The unit says that it has nothing to report; this is not a missing report."),
    )
    first_submitted_at = models.DateTimeField(_("first submitted"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    #: the authorised person in whose name ``submitted_by`` submitted
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    #: why it was returned last
    reason = models.TextField(_("reason"), blank=True)
    #: {key of a warning: the unit's sentence on it}
    explanations = models.JSONField(default=dict)
    #: warnings found when it was handed in last
    warnings = models.PositiveSmallIntegerField(_("warnings"), default=0)

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["cycle", "unit__sort_key", "pk"]
        constraints = [models.UniqueConstraint(fields=["cycle", "unit"], name="one_report")]
        indexes = [models.Index(fields=["unit", "state"])]

    def __str__(self) -> str:
        return f"{self.unit.name}, {self.cycle}"

    def get_absolute_url(self) -> str:
        return reverse("reports:detail", args=[self.pk])

    @property
    def is_overdue(self) -> bool:
        """Whether the deadline has passed and the unit has not handed it in."""
        return self.due_at < timezone.now() and self.state not in self.HANDED_IN


class Narrative(VersionedModel):
    """What somebody wrote in one narrative section."""

    section = models.CharField(_("section"), max_length=10)
    text = models.TextField(_("text"), blank=True)
    #: still as drafted from the phrases, nobody has changed a word
    is_draft = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        abstract = True


class ReportText(Narrative):
    """What a unit wrote in one narrative section."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="texts")

    class Meta:
        verbose_name = _("narrative")
        verbose_name_plural = _("narratives")
        constraints = [models.UniqueConstraint(fields=["report", "section"], name="one_text")]

    def __str__(self) -> str:
        return f"{self.report}: {self.section}"


class ReportAnswer(VersionedModel):
    """A unit's answer to one question of a request: a number, a text, "yes", or a day."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="answers")
    question = models.ForeignKey(TemplateQuestion, models.CASCADE, related_name="answers")
    number = models.BigIntegerField(_("number"), null=True, blank=True)
    text = models.TextField(_("text"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [models.UniqueConstraint(fields=["report", "question"], name="one_answer")]

    def __str__(self) -> str:
        return f"{self.report}: {self.question}"


class ReportComment(models.Model):
    """A remark beside one figure or section of a report, or on the report as a whole."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="comments")
    #: code of an indicator or section; '' the whole report
    about = models.CharField(max_length=40, blank=True)
    text = models.CharField(_("comment"), max_length=1000)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    needs_answer = models.BooleanField(_("to be followed up"), default=False)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text


class ReportEvent(models.Model):
    """One step of a report: who moved it, from where to where, when and why. Append-only."""

    class Action(models.TextChoices):
        OPENED = "opened", _("Opened")
        STARTED = "started", _("Started")
        PROPOSED = "proposed", _("Handed to the leader")
        SUBMITTED = "submitted", _("Submitted")
        WITHDRAWN = "withdrawn", _("Taken back")
        RETURNED = "returned", _("Returned")
        APPROVED = "approved", _("Approved")
        REOPENED = "reopened", _("Approval taken back")
        LOCKED = "locked", _("Locked")
        UNLOCKED = "unlocked", _("Unlocked for some time")
        EXTENDED = "extended", _("Given more time")

    report = models.ForeignKey(Report, models.CASCADE, related_name="events")
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    action = models.CharField(_("step"), max_length=9, choices=Action.choices)
    before = models.CharField(max_length=9, choices=Report.State.choices, blank=True)
    after = models.CharField(max_length=9, choices=Report.State.choices)
    reason = models.TextField(_("reason"), blank=True)
    snapshot = models.ForeignKey(
        "reporting.Snapshot", models.PROTECT, null=True, related_name="events"
    )

    class Meta:
        verbose_name = _("step of a report")
        verbose_name_plural = _("steps of reports")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.report}: {self.get_action_display()}"
