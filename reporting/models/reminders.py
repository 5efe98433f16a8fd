"""Who was reminded of what, when, how, and whether it arrived."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaign.portal.scope import ScopedModel, open_manager, scoped_manager
from reporting.models.reports import Report
from units.models import Unit


class Notification(models.Model):
    """One message to one person inside the portal: a digest of a day, or a reminder."""

    class Mail(models.TextChoices):
        NONE = "", _("Not by e-mail")
        WAITING = "waiting", _("Waits for the post")
        TAKEN = "taken", _("Being sent")
        DONE = "done", _("Sent or given up")

    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    at = models.DateTimeField(_("at"), auto_now_add=True)
    #: the day of a digest; one digest a person a day. Null for reminders people send.
    digest_on = models.DateField(null=True, blank=True)
    title = models.CharField(_("title"), max_length=200)
    #: [{"text": sentence, "url": address in the portal}]
    lines = models.JSONField(default=list)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    mail = models.CharField(max_length=7, choices=Mail.choices, blank=True, default=Mail.NONE)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["to", "digest_on"], name="one_digest_a_day")]
        indexes = [
            models.Index(fields=["to", "read_at"]),
            models.Index(fields=["id"], condition=models.Q(mail="waiting"), name="letters_waiting"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_read(self) -> bool:
        """Whether the person has put it aside."""
        return self.read_at is not None


class Reminder(ScopedModel):
    """The log: one unit's report, one person, one way of reminding."""

    class Why(models.TextChoices):
        OVERDUE = "overdue", _("Overdue")
        DRAFT = "draft", _("Still a draft after the cut-off")
        WAITING = "waiting", _("Waiting at the approver")
        RETURNED = "returned", _("Returned and not taken up")
        ASKED = "asked", _("Reminded by hand")

    class Channel(models.TextChoices):
        PORTAL = "portal", _("In the portal")
        EMAIL = "email", _("E-mail")

    class Delivery(models.TextChoices):
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        NO_ADDRESS = "no_address", _("No address")

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "review")

    report = models.ForeignKey(Report, models.CASCADE, related_name="reminders")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    notification = models.ForeignKey(
        Notification, models.SET_NULL, null=True, related_name="reminders"
    )
    why = models.CharField(_("why"), max_length=8, choices=Why.choices)
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices)
    delivery = models.CharField(_("delivery"), max_length=10, choices=Delivery.choices)
    error = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["report", "-at"])]

    def __str__(self) -> str:
        return f"{self.report}: {self.get_why_display()}"
