"""What people keep of lists: views with a name, columns they chose, what they changed together."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.models.kit import new_key


class SavedView(models.Model):
    """Conditions of a list under a name. It says what to look for, never what may be seen."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    list_key = models.CharField(max_length=60)
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(max_length=1000, blank=True)
    #: the unit in which everybody may use it; '' keeps it for its owner
    shared_path = models.CharField(max_length=70, blank=True, db_index=True)
    saved_at = models.DateTimeField(_("saved at"), auto_now=True)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["by", "list_key", "name"], name="one_view_a_name")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_shared(self) -> bool:
        """Whether others may use it."""
        return bool(self.shared_path)


class ListHabit(models.Model):
    """How one person likes one list: what it opens with, and the columns of each of its views."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    list_key = models.CharField(max_length=60)
    opens_with = models.ForeignKey(SavedView, models.SET_NULL, null=True, related_name="+")
    #: {id of a view, or '' for the list itself: keys of its columns}
    columns = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("habit of a list")
        verbose_name_plural = _("habits of lists")
        constraints = [models.UniqueConstraint(fields=["by", "list_key"], name="one_habit_a_list")]

    def __str__(self) -> str:
        return self.list_key


class BulkChange(models.Model):
    """One act on many records: enough of each to take the whole act back within a day."""

    MAY_BE_UNDONE: ClassVar[timedelta] = timedelta(hours=24)

    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    list_key = models.CharField(max_length=60)
    act = models.CharField(max_length=20)
    label = models.CharField(_("what was done"), max_length=100)
    at = models.DateTimeField(_("at"), auto_now_add=True)
    #: each: id, name, version after the act, fields before and after it
    rows = models.JSONField(default=list)
    #: each: name, why it was left as it was
    refused = models.JSONField(default=list)
    undone_at = models.DateTimeField(_("undone at"), null=True)

    class Meta:
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["by", "-at"])]

    def __str__(self) -> str:
        return self.label

    @property
    def may_be_undone(self) -> bool:
        """Whether it is recent enough, and still in force."""
        return self.undone_at is None and self.at > timezone.now() - self.MAY_BE_UNDONE
