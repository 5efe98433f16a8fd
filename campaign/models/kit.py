"""What the portal kit keeps: versions, history of changes, drafts, submissions, jobs."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class VersionedModel(models.Model):
    """A record that people edit in forms; its version makes lost updates impossible."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        abstract = True


class ChangeEntry(models.Model):
    """One change of one record: who, when, by what door, and each field before and after."""

    class Action(models.TextChoices):
        CREATED = "created", _("Created")
        CHANGED = "changed", _("Changed")
        CANCELLED = "cancelled", _("Cancelled")
        RESTORED = "restored", _("Restored")
        DELETED = "deleted", _("Removed")
        VIEWED = "viewed", _("Personal data viewed")
        EXPORTED = "exported", _("Exported")

    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    action = models.CharField(_("action"), max_length=10, choices=Action.choices)
    model = models.CharField(_("kind of record"), max_length=60)
    record_id = models.BigIntegerField(_("record"))
    record_label = models.CharField(_("name of the record"), max_length=200)
    unit_path = models.CharField(max_length=70, blank=True)
    version = models.PositiveIntegerField(null=True)
    changes = models.JSONField(_("changes"), default=dict)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    door = models.CharField(_("through"), max_length=20, default="form")

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["model", "record_id", "-at"]),
            models.Index(fields=["unit_path", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.record_label}: {self.get_action_display()}"


class Submission(models.Model):
    """A form that was sent once: the same form sent again leads to the same record."""

    key = models.UUIDField(primary_key=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    url = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")

    def __str__(self) -> str:
        return str(self.key)


class Draft(models.Model):
    """What somebody typed into a form and has not saved yet. Drafts never count in figures."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    form = models.CharField(_("form"), max_length=80)
    label = models.CharField(_("label"), max_length=150, blank=True)
    url = models.CharField(max_length=300)
    fields = models.JSONField(default=dict)
    saved_at = models.DateTimeField(_("saved at"), auto_now=True)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [models.UniqueConstraint(fields=["by", "form"], name="one_draft_a_form")]

    def __str__(self) -> str:
        return self.label or self.form


def new_key() -> str:
    """A key nobody guesses, for addresses of a person's own things."""
    return uuid4().hex


_new_key = new_key  # the name the first migration knows it by


class Job(models.Model):
    """Long work: the row is the truth; whoever executes it may die and be replaced."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    label = models.CharField(_("label"), max_length=200)
    params = models.JSONField(default=dict)
    status = models.CharField(
        _("status"), max_length=9, choices=Status.choices, default=Status.QUEUED, db_index=True
    )
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("total"), default=0)
    #: how often it was taken; the number of the latest attempt is the lease that attempt holds
    attempts = models.PositiveSmallIntegerField(default=0)
    is_cancel_asked = models.BooleanField(default=False)
    language = models.CharField(max_length=5, default="vi")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="jobs")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    heartbeat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    file_name = models.CharField(max_length=200, blank=True)
    stored_as = models.CharField(max_length=200, blank=True)
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.label


class JobReceipt(models.Model):
    """Saved in the transaction of a job's work: the work is done, whatever became of its worker."""

    job = models.OneToOneField(Job, models.CASCADE, primary_key=True, related_name="receipt")
    attempt = models.PositiveSmallIntegerField()
    file_name = models.CharField(max_length=200, blank=True)
    stored_as = models.CharField(max_length=200, blank=True)
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("receipt of a job")
        verbose_name_plural = _("receipts of jobs")

    def __str__(self) -> str:
        return str(self.job)
