"""What the importer keeps: a file on its way in, its rows, and how its columns were read."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaign.models.kit import Job, new_key


class ImportBatch(models.Model):
    """One file somebody brings in, from the upload to the day it can no longer be undone.

    ``columns`` says which column of the sheet is which field: ``{"3": "full_name"}``, counted
    from 0. ``decisions`` holds what the person decided about its rows
    (``campaign.portal.imports.rows.Decisions``). Rows of the file are always all accounted for:
    ``rows_read`` is the sum of ``counts``.
    """

    class Step(models.TextChoices):
        MAPPING = "mapping", _("Columns to be matched")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked, not saved yet")
        RUNNING = "running", _("Being saved")
        DONE = "done", _("Saved")
        UNDOING = "undoing", _("Being taken back")
        UNDONE = "undone", _("Taken back")
        DROPPED = "dropped", _("Given up")

    class Choice(models.TextChoices):
        GOOD_ROWS = "good", _("Save the good rows")
        ALL_OR_NOTHING = "all", _("Save only when every row is right")

    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    kind = models.CharField(_("kind of rows"), max_length=30)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="imports", verbose_name=_("by")
    )
    step = models.CharField(_("step"), max_length=8, choices=Step.choices, default=Step.MAPPING)
    choice = models.CharField(max_length=4, choices=Choice.choices, default=Choice.GOOD_ROWS)
    file_name = models.CharField(_("file"), max_length=200)
    upload_key = models.CharField(max_length=32)
    digest = models.CharField(max_length=64)
    sheet = models.CharField(_("sheet"), max_length=200, blank=True)
    header_row = models.PositiveIntegerField(_("row of headings"), default=0)
    columns = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    decisions = models.JSONField(default=dict)
    context = models.JSONField(default=dict)
    rows_read = models.PositiveIntegerField(_("rows read"), default=0)
    counts = models.JSONField(default=dict)
    notes = models.JSONField(default=dict)
    language = models.CharField(max_length=5, default="vi")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    again = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="corrections", verbose_name=_("corrects")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    saved_at = models.DateTimeField(_("saved at"), null=True)
    undone_at = models.DateTimeField(_("taken back at"), null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["by", "-created_at"])]

    def __str__(self) -> str:
        return self.file_name


class ImportLine(models.Model):
    """One row of a file: what it said, what became of it, and what it replaced.

    ``values`` holds the cells by field as they were read, ``problems`` what is wrong with them,
    ``changes`` what differs from the record; ``before`` and ``version`` are what undoing needs.
    """

    class Outcome(models.TextChoices):
        NEW = "new", _("New")
        CHANGED = "changed", _("Changed")
        UNCHANGED = "unchanged", _("As it is")
        DOUBTFUL = "doubtful", _("Possibly the same person")
        ERROR = "error", _("To put right")
        CONFLICT = "conflict", _("Changed by somebody else meanwhile")
        SKIPPED = "skipped", _("Left out")

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(_("row"))
    outcome = models.CharField(_("result"), max_length=9, choices=Outcome.choices)
    values = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    changes = models.JSONField(default=list)
    candidates = models.JSONField(default=list)
    record_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    version = models.PositiveIntegerField(null=True)
    is_saved = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        ordering = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["batch", "number"], name="one_line_a_row")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["batch", "outcome"])]

    def __str__(self) -> str:
        return f"{self.batch} · {self.number}"


class ImportLayout(models.Model):
    """How the columns of a layout (the same headings) were matched, for the next file like it.

    Kept for the person; ``province_path`` shares it with everybody of a province.
    """

    kind = models.CharField(max_length=30)
    signature = models.CharField(max_length=64)
    columns = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    province_path = models.CharField(max_length=70, blank=True)
    used_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("layout of a file")
        verbose_name_plural = _("layouts of files")
        ordering = ["-used_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "signature", "by"], name="one_layout_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {len(self.columns)}"
