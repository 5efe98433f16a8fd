"""What approval freezes: snapshots, locks on the records of a period, and what is amended later."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.portal.scope import ScopedModel, ScopedQuerySet, open_manager, scoped_manager
from reporting.models.reports import Report
from units.models import Unit


class Immutable(TypeError):
    """Somebody tried to change what is frozen for ever."""


class SnapshotQuerySet(ScopedQuerySet):
    """Snapshots are added and read; there is no other way to touch them."""

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise Immutable("A snapshot never changes and never goes.")

    update = delete = bulk_update = update_or_create = _refuse


class Snapshot(ScopedModel):
    """What a report said at one moment, for ever: canonical text and its SHA-256.

    ``content`` is UTF-8 JSON (sorted keys, no spaces), zlib-compressed; ``sha256`` is of the text
    before compression. Nothing ever updates a snapshot.
    """

    class Occasion(models.TextChoices):
        SUBMITTED = "submitted", _("As submitted")
        APPROVED = "approved", _("As approved")
        COMPILED = "compiled", _("As compiled")

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "report", "review")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    report = models.ForeignKey(
        Report, models.PROTECT, null=True, related_name="snapshots", verbose_name=_("report")
    )
    occasion = models.CharField(_("occasion"), max_length=9, choices=Occasion.choices)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    content = models.BinaryField()
    sha256 = models.CharField(_("hash"), max_length=64)
    #: the figures in the content, beside it: pages read those of a hundred reports at once
    figures = models.JSONField(_("figures"), default=dict)

    objects: ClassVar[Any] = scoped_manager(SnapshotQuerySet)
    unscoped: ClassVar[Any] = open_manager(SnapshotQuerySet)

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.report or self.unit}: {self.get_occasion_display()} {self.sha256[:12]}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep a new snapshot; one that is kept stays as it is."""
        if not self._state.adding:
            raise Immutable("A snapshot never changes.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise Immutable("A snapshot never goes.")


class PeriodLock(ScopedModel):
    """The records of one unit on the days of one period are closed: changing them is amending.

    Database triggers ask this table at every change of a record that figures depend on, so that
    no door leads around it (reporting.closing.guard).
    """

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "review")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    report = models.ForeignKey(
        Report, models.PROTECT, related_name="locks", verbose_name=_("report")
    )
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="+")
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    at = models.DateTimeField(_("since"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    released_at = models.DateTimeField(_("released"), null=True, blank=True)

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("closed period")
        verbose_name_plural = _("closed periods")
        ordering = ["-ends_on", "unit", "pk"]
        indexes = [models.Index(fields=["unit", "ends_on"])]

    def __str__(self) -> str:
        return f"{self.unit}: {self.starts_on:%d/%m/%Y}–{self.ends_on:%d/%m/%Y}"

    def get_absolute_url(self) -> str:
        return reverse("locks:detail", args=[self.pk])


class UnlockWindow(ScopedModel):
    """For some hours one unit may amend a closed period without giving a reason each time.

    It ends by itself at ``until``; amendments made in it are recorded like all others.
    """

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "review")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    lock = models.ForeignKey(PeriodLock, models.CASCADE, related_name="windows")
    at = models.DateTimeField(_("from"), default=timezone.now)
    until = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(_("ended early"), null=True, blank=True)

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("unlocking for some time")
        verbose_name_plural = _("unlockings for some time")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.unit}: {self.until:%d/%m/%Y %H:%M}"


class AmendmentMark(models.Model):
    """Written by database triggers when a closed record was changed; gathered into amendments."""

    lock_id = models.BigIntegerField()
    window_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=12)
    ref = models.BigIntegerField()
    reason = models.CharField(max_length=300, blank=True)
    by_id = models.BigIntegerField(null=True)
    door = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("change of a closed record")
        verbose_name_plural = _("changes of closed records")

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class Amendment(ScopedModel):
    """A record of a closed period was changed afterwards; the approver looks at it."""

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "report", "review")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    lock = models.ForeignKey(PeriodLock, models.PROTECT, related_name="amendments")
    window = models.ForeignKey(UnlockWindow, models.SET_NULL, null=True, related_name="+")
    #: "classes.trainingclass" and the like, its id and its name at the time
    model = models.CharField(_("kind of record"), max_length=60)
    record_id = models.BigIntegerField(_("record"))
    record_label = models.CharField(_("name of the record"), max_length=200)
    #: {field or part: [before, after]}
    changes = models.JSONField(_("changes"), default=dict)
    #: {code of an indicator: [before, after]}: what it does to the closed period's figures
    figures = models.JSONField(_("figures"), default=dict)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    door = models.CharField(_("through"), max_length=20, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["unit", "seen_at"])]

    def __str__(self) -> str:
        return f"{self.record_label}: {self.reason}"

    def get_absolute_url(self) -> str:
        return reverse("amendments:detail", args=[self.pk])
