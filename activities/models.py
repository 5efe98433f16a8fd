"""Everything else worth reporting: events, campaigns, home visits, models, solutions, evidence."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from activities.own_fields import kept_in_extra, label_of, shown
from campaign.models import (
    Audience,
    Headcount,
    Mode,
    Topic,
    VersionedModel,
    VocabularyModel,
)
from campaign.portal.scope import Scope, ScopedModel, ScopedQuerySet, open_manager, scoped_manager
from campaign.text import fold
from units.models import CommunityTeam, Unit


class ActivityType(VocabularyModel):
    """A kind of activity, as data: its own extra fields, and what it counts as."""

    class CountsAs(models.TextChoices):
        COMMUNICATION = "communication", _("Communication activity")
        CONFERENCE = "conference", _("Conference or launch")
        CONTEST = "contest", _("Contest")
        BROADCAST = "broadcast", _("Broadcast or publication")
        HOME_VISIT = "home_visit", _("Door-to-door round")
        SUPPORT = "support", _("Guidance or support")
        OTHER = "other", _("Other activity")

    counts_as = models.CharField(_("counts as"), max_length=14, choices=CountsAs.choices)
    has_sites = models.BooleanField(_("may have connected sites"), default=False)
    #: list of {"key", "label_vi", "label_en", "type": "text|number|choice|flag", "required",
    #: "choices": [[value, label_vi, label_en], ...]}; {"key", "type": "column", "required"} asks
    #: for one of the activity's own columns (chaired_by, items, households_visited...)
    fields = models.JSONField(_("own fields"), default=list, blank=True)

    class Meta(VocabularyModel.Meta):
        verbose_name = _("activity type")
        verbose_name_plural = _("activity types")


class ActivityQuerySet(ScopedQuerySet):
    """Which activities."""

    def inside(self, scope: Scope) -> Q:
        """Also the headline of an event that a unit in scope was connected to."""
        condition = super().inside(scope)
        if scope.includes_place:
            hosted = ActivitySite.unscoped.filter(scope.q("unit__path"))
            condition |= Q(pk__in=hosted.values("activity_id"))
        return condition

    def counted(self) -> Self:
        """Activities that count in figures: not cancelled."""
        return self.filter(cancelled_at__isnull=True)


class Activity(VersionedModel, ScopedModel):
    """One activity worth reporting. It counts once, on the day it began, for its owner unit."""

    place_field: ClassVar[str | None] = "place"

    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="activities",
        verbose_name=_("organising unit"),
        help_text=_("The unit that answers for this activity."),
    )
    place = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="activities_here",
        verbose_name=_("place"),
        help_text=_("The hamlet or commune where it took place."),
    )
    team = models.ForeignKey(
        CommunityTeam,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("hosting team"),
    )
    co_organisers = models.ManyToManyField(
        Unit,
        blank=True,
        related_name="co_organised_activities",
        verbose_name=_("co-organisers"),
        help_text=_("Credited, never added to figures."),
    )
    teams_trained = models.ManyToManyField(
        CommunityTeam,
        blank=True,
        related_name="trained_at",
        verbose_name=_("teams trained"),
        help_text=_("Teams whose members were trained at this activity."),
    )
    type = models.ForeignKey(
        ActivityType, models.PROTECT, related_name="activities", verbose_name=_("type")
    )
    title = models.CharField(_("name of the activity"), max_length=200)
    topic = models.ForeignKey(
        Topic,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("main topic"),
    )
    audiences = models.ManyToManyField(
        Audience, blank=True, related_name="activities", verbose_name=_("audiences")
    )
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.IN_PERSON)
    starts_on = models.DateField(_("date"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    chaired_by = models.CharField(_("chaired by"), max_length=150, blank=True)
    households_visited = models.PositiveIntegerField(_("households visited"), null=True, blank=True)
    households_reached = models.PositiveIntegerField(
        _("households reached"),
        null=True,
        blank=True,
        help_text=_("Households where somebody was guided."),
    )
    items = models.PositiveIntegerField(
        _("news items, broadcasts, leaflets"), null=True, blank=True
    )
    is_at_least = models.BooleanField(
        _("the count is a lower bound"),
        default=False,
        help_text=_("The source said “more than”."),
    )
    extra = models.JSONField(_("own fields"), default=dict, blank=True)
    note = models.TextField(_("note"), blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True, editable=False)
    cancelled_reason = models.CharField(
        _("reason for cancelling"), max_length=300, blank=True, editable=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    is_demo = models.BooleanField(_("demonstration data"), default=False, editable=False)
    search_key = models.CharField(max_length=500, editable=False, default="")

    objects: ClassVar[Any] = scoped_manager(ActivityQuerySet)
    unscoped: ClassVar[Any] = open_manager(ActivityQuerySet)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="activity_ends_after_it_begins",
                violation_error_message=_("An activity cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(households_reached__isnull=True)
                | Q(households_visited__isnull=True)
                | Q(households_reached__lte=F("households_visited")),
                name="reached_at_most_visited",
                violation_error_message=_("More households reached than visited."),
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "-starts_on"]),
            models.Index(fields=["place", "-starts_on"]),
            models.Index(fields=["-starts_on", "-id"]),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("activities:detail", args=[self.pk])

    def clean(self) -> None:
        self.search_key = fold(f"{self.title} {self.venue} {self.chaired_by}")[:500]

    @property
    def is_cancelled(self) -> bool:
        """Whether it was called off; it stays on record and leaves the figures."""
        return self.cancelled_at is not None

    def own_fields(self) -> list[tuple[str, Any]]:
        """(label, answer) of the type's own fields that were filled, in the reader's language."""
        return [
            (label_of(spec), shown(spec, self.extra[spec["key"]]))
            for spec in kept_in_extra(self.type.fields)
            if self.extra.get(spec["key"]) not in (None, "")
        ]


class ActivityHeadcount(ScopedModel, Headcount):
    """People who came to an activity at its own place; the total is the sum of the cells."""

    unit_field: ClassVar[str] = "activity__unit"

    activity = models.ForeignKey(
        Activity, models.CASCADE, related_name="headcounts", verbose_name=_("activity")
    )

    class Meta:
        verbose_name = _("headcount at an activity")
        verbose_name_plural = _("headcounts at activities")
        ordering = ["pk"]


class ActivitySite(ScopedModel):
    """A place connected to an event: it counts once for itself; the event counts once above."""

    unit_field: ClassVar[str] = "activity__unit"
    place_field: ClassVar[str | None] = "unit"

    activity = models.ForeignKey(
        Activity, models.CASCADE, related_name="sites", verbose_name=_("activity")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="hosted_sites", verbose_name=_("connected unit")
    )
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    is_connected = models.BooleanField(_("was connected"), default=True)
    people = models.PositiveIntegerField(_("people"), null=True, blank=True)

    class Meta:
        verbose_name = _("connected site")
        verbose_name_plural = _("connected sites")
        ordering = ["unit__sort_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "unit"],
                name="one_site_a_unit",
                violation_error_message=_("This unit is already connected."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit} · {self.activity}"


class Evidence(ScopedModel):
    """A photo or document that shows an activity or class took place. Location data is removed."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("Photo")
        DOCUMENT = "document", _("Document")

    unit_field: ClassVar[str] = "unit"

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="evidence", verbose_name=_("unit"))
    activity = models.ForeignKey(
        Activity,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="evidence",
        verbose_name=_("activity"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    caption = models.CharField(_("caption"), max_length=200, blank=True)
    file = models.FileField(_("file"), upload_to="evidence/%Y/%m/", max_length=200)
    file_name = models.CharField(_("file name"), max_length=150)
    size = models.PositiveIntegerField(_("size"))
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.caption or self.file_name


class ModelKind(VocabularyModel):
    """A kind of exemplary model: digital family, digital market, digital ambassador..."""

    class Meta(VocabularyModel.Meta):
        verbose_name = _("kind of model")
        verbose_name_plural = _("kinds of models")


class ExemplaryModel(VersionedModel, ScopedModel):
    """An exemplary model of the movement, kept up from a date until a date."""

    place_field: ClassVar[str | None] = "place"

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="models", verbose_name=_("organising unit")
    )
    place = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="models_here",
        verbose_name=_("place"),
    )
    kind = models.ForeignKey(
        ModelKind, models.PROTECT, related_name="models", verbose_name=_("kind")
    )
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    started_on = models.DateField(_("started on"))
    recognised_on = models.DateField(_("recognised on"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_reason = models.CharField(max_length=300, blank=True, editable=False)
    is_demo = models.BooleanField(_("demonstration data"), default=False, editable=False)
    search_key = models.CharField(max_length=300, editable=False, default="")

    class Meta:
        verbose_name = _("exemplary model")
        verbose_name_plural = _("exemplary models")
        ordering = ["-started_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                name="model_ends_after_it_starts",
                violation_error_message=_("A model cannot end before it starts."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("activities:model", args=[self.pk])

    def clean(self) -> None:
        self.search_key = fold(self.name)[:300]


class SolutionField(VocabularyModel):
    """A field of work in which solutions are recognised."""

    class Meta(VocabularyModel.Meta):
        verbose_name = _("field of solutions")
        verbose_name_plural = _("fields of solutions")


class Solution(VersionedModel, ScopedModel):
    """An innovative solution recognised by a decision on a date, in one field of work."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="solutions", verbose_name=_("unit"))
    field = models.ForeignKey(
        SolutionField, models.PROTECT, related_name="solutions", verbose_name=_("field")
    )
    name = models.CharField(_("name"), max_length=200)
    authors = models.CharField(_("authors"), max_length=300, blank=True)
    recognised_on = models.DateField(_("recognised on"))
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    uses_it = models.BooleanField(_("applies information technology"), default=True)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_reason = models.CharField(max_length=300, blank=True, editable=False)
    is_demo = models.BooleanField(_("demonstration data"), default=False, editable=False)
    search_key = models.CharField(max_length=300, editable=False, default="")

    class Meta:
        verbose_name = _("recognised solution")
        verbose_name_plural = _("recognised solutions")
        ordering = ["-recognised_on", "-pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("activities:solution", args=[self.pk])

    def clean(self) -> None:
        self.search_key = fold(self.name)[:300]
