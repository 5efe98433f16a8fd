"""Classes from the plan to the attendance sheet, and the people who learn in them."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Subquery, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Replace, Trim
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.models import (
    Audience,
    Headcount,
    Mode,
    Presence,
    Sex,
    Topic,
    VersionedModel,
)
from campaign.portal.scope import Scope, ScopedModel, ScopedQuerySet, open_manager, scoped_manager
from campaign.text import fold, person_sort_key
from units.models import CommunityTeam, Unit


def _number_of(rows: models.QuerySet, by: str, amount: models.Aggregate) -> Coalesce:
    """A correlated subquery: one number for each outer row, 0 when there is nothing to count."""
    counted = rows.order_by().values(by).annotate(n=amount).values("n")
    return Coalesce(Subquery(counted, output_field=models.IntegerField()), Value(0))


WHOLE = 100_000
"""The version of a class with its sessions: its own times this, and theirs added up."""


class TrainingClassQuerySet(ScopedQuerySet):
    """Which classes."""

    def with_figures(self, day: date | None = None) -> Self:
        """Add what a class amounts to.

        ``sessions_held``, ``sessions_missing`` (planned for a day that has passed),
        ``sessions_ahead``, ``enrolled``, ``completed`` (persons) and ``attended`` (attendances of
        held sessions: those ticked on the roster plus those counted, each only where the class
        counts people that way).
        """
        day = day or timezone.localdate()
        status = ClassSession.Status
        sessions = ClassSession.unscoped.filter(training_class=OuterRef("pk"))
        planned = sessions.filter(status=status.PLANNED)
        enrolments = Enrolment.unscoped.filter(training_class=OuterRef("pk"))
        ticked = Attendance.unscoped.filter(
            session__training_class=OuterRef("pk"), session__status=status.HELD
        )
        counted = SessionHeadcount.unscoped.filter(
            session__training_class=OuterRef("pk"), session__status=status.HELD
        )
        by, counting = "training_class", TrainingClass.Counting
        return self.annotate(
            sessions_held=_number_of(sessions.filter(status=status.HELD), by, Count("pk")),
            sessions_missing=_number_of(planned.filter(held_on__lt=day), by, Count("pk")),
            sessions_ahead=_number_of(planned.filter(held_on__gte=day), by, Count("pk")),
            enrolled=_number_of(enrolments, by, Count("pk")),
            completed=_number_of(enrolments.exclude(completed_on=None), by, Count("pk")),
            attended=models.Case(
                When(counting=counting.HEADCOUNT, then=Value(0)),
                default=_number_of(ticked, "session__training_class", Count("pk")),
            )
            + models.Case(
                When(counting=counting.ROSTER, then=Value(0)),
                default=_number_of(counted, "session__training_class", Sum("people")),
            ),
        )

    def with_whole_version(self) -> Self:
        """Add ``whole_version``: the version of a class and its sessions as one number."""
        sessions = ClassSession.unscoped.filter(training_class=OuterRef("pk"))
        of_sessions = _number_of(sessions, "training_class", Sum("version"))
        return self.annotate(whole_version=models.F("version") * WHOLE + of_sessions)

    def sums(self) -> dict[str, int]:
        """What these classes amount to together, the cancelled left out: as in with_figures()."""
        chosen = self.counted().order_by().values("pk")
        counting = TrainingClass.Counting
        held = {
            "session__training_class__in": chosen,
            "session__status": ClassSession.Status.HELD,
        }
        people = Enrolment.unscoped.filter(training_class__in=chosen).aggregate(
            enrolled=Count("pk"), completed=Count("completed_on")
        )
        ticked = Attendance.unscoped.filter(**held).exclude(
            session__training_class__counting=counting.HEADCOUNT
        )
        counted = SessionHeadcount.unscoped.filter(**held).exclude(
            session__training_class__counting=counting.ROSTER
        )
        total = counted.aggregate(people=Sum("people", default=0))["people"]
        return {**people, "attended": ticked.count() + total}

    def _having(self, status: str, *, before: date | None = None) -> Exists:
        rows = ClassSession.unscoped.filter(training_class=OuterRef("pk"), status=status)
        return Exists(rows.filter(held_on__lt=before) if before else rows)

    def in_state(self, state: str, day: date | None = None) -> Self:
        """Classes that stand where ``TrainingClass.State`` says, on a day (today unless told)."""
        day = day or timezone.localdate()
        states, status = TrainingClass.State, ClassSession.Status
        if state == states.CANCELLED:
            return self.filter(cancelled_at__isnull=False)
        if state == states.MISSING:
            return self.missing_attendance(day)
        on_time = self.counted().filter(~self._having(status.PLANNED, before=day))
        held, ahead = self._having(status.HELD), self._having(status.PLANNED)
        if state == states.PLANNED:
            return on_time.filter(~held)
        return on_time.filter(held, ahead if state == states.IN_PROGRESS else ~ahead)

    def without_roster(self) -> Self:
        """Classes that list people by name and have nobody on the list yet."""
        return (
            self.counted()
            .exclude(counting=TrainingClass.Counting.HEADCOUNT)
            .filter(~Exists(Enrolment.unscoped.filter(training_class=OuterRef("pk"))))
        )

    def meeting_between(self, first: date, last: date) -> Self:
        """Classes with a session, not called off, on one of these days."""
        return self.counted().filter(
            Exists(
                ClassSession.unscoped.filter(
                    training_class=OuterRef("pk"), held_on__range=(first, last)
                ).exclude(status=ClassSession.Status.CANCELLED)
            )
        )

    def counted(self) -> Self:
        """Classes that count in figures: not cancelled."""
        return self.filter(cancelled_at__isnull=True)

    def missing_attendance(self, before: date) -> Self:
        """Classes with a planned session that should have been held before a day."""
        return self.counted().filter(
            pk__in=ClassSession.unscoped.filter(
                status=ClassSession.Status.PLANNED, held_on__lt=before
            ).values("training_class_id")
        )


class TrainingClass(VersionedModel, ScopedModel):
    """One digital-skills class or support session, from the plan to the attendance sheet."""

    class Form(models.TextChoices):
        CLASS = "class", _("Class")
        SUPPORT = "support", _("Support session")

    class VenueKind(models.TextChoices):
        CULTURE_HOUSE = "culture_house", _("Hamlet culture house")
        COMMUNE_HALL = "commune_hall", _("Commune hall")
        SCHOOL = "school", _("School")
        LEARNING_CENTRE = "learning_centre", _("Community learning centre")
        SERVICE_CENTRE = "service_centre", _("Public administrative service centre")
        MARKET = "market", _("Market")
        PAGODA = "pagoda", _("Pagoda or church")
        HOME = "home", _("A resident's home")
        OFFICE = "office", _("Office")
        ONLINE = "online", _("Online")
        OTHER = "other", _("Other place")

    class Counting(models.TextChoices):
        HEADCOUNT = "headcount", _("Headcount only")
        ROSTER = "roster", _("Roster only")
        BOTH = "both", _("Roster and headcount")

    class State(models.TextChoices):
        """Where a class stands today: worked out from its sessions, never stored."""

        PLANNED = "planned", _("Planned")
        IN_PROGRESS = "in_progress", _("In progress")
        ENDED = "ended", _("Ended")
        MISSING = "missing", _("Missing attendance")
        CANCELLED = "cancelled", _("Cancelled")

    place_field: ClassVar[str | None] = "place"

    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="classes",
        verbose_name=_("organising unit"),
        help_text=_("The unit that answers for this class."),
    )
    place = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="classes_here",
        verbose_name=_("place"),
        help_text=_("The hamlet or commune where it is held."),
    )
    team = models.ForeignKey(
        CommunityTeam,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="classes",
        verbose_name=_("hosting team"),
    )
    co_organisers = models.ManyToManyField(
        Unit,
        blank=True,
        related_name="co_organised_classes",
        verbose_name=_("co-organisers"),
        help_text=_("Credited, never added to figures."),
    )
    code = models.CharField(_("class code"), max_length=30, unique=True, editable=False)
    form = models.CharField(_("form"), max_length=8, choices=Form.choices, default=Form.CLASS)
    title = models.CharField(_("class name"), max_length=200)
    topic = models.ForeignKey(
        Topic, models.PROTECT, related_name="classes", verbose_name=_("main topic")
    )
    other_topics = models.ManyToManyField(
        Topic, blank=True, related_name="also_in_classes", verbose_name=_("other topics")
    )
    audience = models.ForeignKey(
        Audience, models.PROTECT, related_name="classes", verbose_name=_("main audience")
    )
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.IN_PERSON)
    counting = models.CharField(
        _("how people are counted"),
        max_length=9,
        choices=Counting.choices,
        default=Counting.BOTH,
    )
    venue_kind = models.CharField(
        _("kind of venue"), max_length=16, choices=VenueKind.choices, blank=True
    )
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    trainers = models.CharField(_("instructors"), max_length=300, blank=True)
    capacity = models.PositiveIntegerField(_("capacity"), null=True, blank=True)
    starts_on = models.DateField(_("starts on"))
    is_at_least = models.BooleanField(
        _("the count is a lower bound"),
        default=False,
        help_text=_("The source said “more than”."),
    )
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

    objects: ClassVar[Any] = scoped_manager(TrainingClassQuerySet)
    unscoped: ClassVar[Any] = open_manager(TrainingClassQuerySet)

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ["-starts_on", "-pk"]
        indexes = [
            models.Index(fields=["unit", "-starts_on"]),
            models.Index(fields=["place", "-starts_on"]),
            models.Index(fields=["-starts_on", "-id"]),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("classes:detail", args=[self.pk])

    def clean(self) -> None:
        self.search_key = fold(f"{self.code} {self.title} {self.venue} {self.trainers}")[:500]

    @property
    def is_cancelled(self) -> bool:
        """Whether the class was called off; it stays on record and leaves the figures."""
        return self.cancelled_at is not None

    @property
    def state(self) -> State:
        """Where the class stands (needs ``with_figures()``)."""
        if self.is_cancelled:
            return self.State.CANCELLED
        if self.sessions_missing:  # type: ignore[attr-defined]
            return self.State.MISSING
        if not self.sessions_held:  # type: ignore[attr-defined]
            return self.State.PLANNED
        return self.State.IN_PROGRESS if self.sessions_ahead else self.State.ENDED  # type: ignore[attr-defined]

    @property
    def session_marks(self) -> list[str]:
        """One word a session for the row of squares: held, missing or ahead (at most twelve)."""
        marks = (
            ["held"] * self.sessions_held  # type: ignore[attr-defined]
            + ["missing"] * self.sessions_missing  # type: ignore[attr-defined]
            + ["ahead"] * self.sessions_ahead  # type: ignore[attr-defined]
        )
        return marks[:12]

    @property
    def sessions_all(self) -> int:
        """Sessions that were not called off (needs ``with_figures()``)."""
        return self.sessions_held + self.sessions_missing + self.sessions_ahead  # type: ignore[attr-defined]

    @property
    def place_words(self) -> str:
        """Commune · hamlet of the place; empty when it was held for the whole province."""
        if self.place is None:
            return ""
        if self.place.level == Unit.Level.HAMLET and self.place.parent:
            return f"{self.place.parent.short_name} · {self.place.short_name}"
        return self.place.short_name

    @property
    def takes_roster(self) -> bool:
        """Whether people of this class are listed by name."""
        return self.counting != self.Counting.HEADCOUNT

    @property
    def takes_headcount(self) -> bool:
        """Whether people of this class are counted beside the roster."""
        return self.counting != self.Counting.ROSTER


class ClassSessionQuerySet(ScopedQuerySet):
    """Which sessions."""

    def with_figures(self) -> Self:
        """Add ``ticked`` (on the roster) and ``counted`` (beyond it), each only where it counts."""
        counting = TrainingClass.Counting
        return self.annotate(
            ticked=models.Case(
                When(training_class__counting=counting.HEADCOUNT, then=Value(0)),
                default=_number_of(
                    Attendance.unscoped.filter(session=OuterRef("pk")), "session", Count("pk")
                ),
            ),
            counted=models.Case(
                When(training_class__counting=counting.ROSTER, then=Value(0)),
                default=_number_of(
                    SessionHeadcount.unscoped.filter(session=OuterRef("pk")),
                    "session",
                    Sum("people"),
                ),
            ),
        )


class ClassSession(VersionedModel, ScopedModel):
    """One meeting of a class."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        HELD = "held", _("Held")
        CANCELLED = "cancelled", _("Cancelled")

    unit_field: ClassVar[str] = "training_class__unit"
    place_field: ClassVar[str | None] = "training_class__place"

    training_class = models.ForeignKey(
        TrainingClass, models.CASCADE, related_name="sessions", verbose_name=_("class")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    held_on = models.DateField(_("date"))
    starts_at = models.TimeField(_("time"), null=True, blank=True)
    hours = models.DecimalField(_("hours"), max_digits=4, decimal_places=1, null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=9, choices=Status.choices, default=Status.PLANNED
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects: ClassVar[Any] = scoped_manager(ClassSessionQuerySet)
    unscoped: ClassVar[Any] = open_manager(ClassSessionQuerySet)

    class Meta:
        verbose_name = _("class session")
        verbose_name_plural = _("class sessions")
        ordering = ["number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["training_class", "number"],
                name="session_number_in_its_class",
                violation_error_message=_("This class already has a session with that number."),
            )
        ]
        indexes = [models.Index(fields=["held_on", "status"])]

    def __str__(self) -> str:
        return f"{self.training_class} · {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("classes:session", args=[self.training_class_id, self.number])

    @property
    def is_missing(self) -> bool:
        """Whether its day has passed and nobody said whether it was held."""
        return self.status == self.Status.PLANNED and self.held_on < timezone.localdate()

    @property
    def attended(self) -> int:
        """Attendances: ticked on the roster plus counted beyond it (needs ``with_figures()``)."""
        return self.ticked + self.counted  # type: ignore[attr-defined]


class SessionHeadcount(ScopedModel, Headcount):
    """People counted at a session beyond those ticked on the roster."""

    unit_field: ClassVar[str] = "session__training_class__unit"

    session = models.ForeignKey(
        ClassSession, models.CASCADE, related_name="headcounts", verbose_name=_("session")
    )

    class Meta:
        verbose_name = _("headcount at a session")
        verbose_name_plural = _("headcounts at sessions")
        ordering = ["pk"]


class ParticipantQuerySet(ScopedQuerySet):
    """Which people."""

    def distinct_people(self) -> Self:
        """People as they are known now: rows merged into another are left out."""
        return self.filter(merged_into__isnull=True)


class Participant(VersionedModel, ScopedModel):
    """One person who learns. Only what a class needs is kept; never an identity number."""

    scope_kinds: ClassVar[tuple[str, ...]] = ("people",)

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="participants", verbose_name=_("registering unit")
    )
    full_name = models.CharField(_("full name"), max_length=120)
    birth_year = models.PositiveSmallIntegerField(_("birth year"), null=True, blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices, blank=True)
    hamlet = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="residents",
        verbose_name=_("hamlet"),
    )
    audience = models.ForeignKey(
        Audience,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("audience"),
    )
    phone = models.CharField(_("phone"), max_length=15, blank=True)
    minority = models.CharField(
        _("ethnic minority"), max_length=1, choices=Presence.choices, blank=True
    )
    disability = models.CharField(
        _("disability"), max_length=1, choices=Presence.choices, blank=True
    )
    guardian = models.CharField(_("guardian (under 16)"), max_length=120, blank=True)
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged_rows", editable=False
    )
    is_demo = models.BooleanField(_("demonstration data"), default=False, editable=False)
    search_key = models.CharField(max_length=200, editable=False, default="")
    sort_key = models.CharField(max_length=400, editable=False, default="")
    #: the folded name alone: the search key without the phone, kept by the database itself
    name_key = models.GeneratedField(
        expression=Trim(Replace("search_key", models.F("phone"), Value(""))),  # type: ignore[arg-type]
        output_field=models.CharField(max_length=200),
        db_persist=True,
    )

    objects: ClassVar[Any] = scoped_manager(ParticipantQuerySet)
    unscoped: ClassVar[Any] = open_manager(ParticipantQuerySet)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["sort_key", "pk"]
        indexes = [
            models.Index(fields=["unit", "sort_key"]),
            models.Index(fields=["search_key"]),
            models.Index(fields=["name_key", "birth_year"]),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_absolute_url(self) -> str:
        return reverse("participants:detail", args=[self.pk])

    def clean(self) -> None:
        if self.birth_date:
            self.birth_year = self.birth_date.year
        self.search_key = fold(f"{self.full_name} {self.phone}")[:200]
        self.sort_key = person_sort_key(self.full_name)[:400]


def _identity(person: str) -> Concat:
    """What tells a person from others, as one text: name, birth and phone at this moment."""
    born = [Cast(f"{person}__{name}", models.CharField()) for name in ("birth_year", "birth_date")]
    parts = [models.F(f"{person}__full_name"), *born, models.F(f"{person}__phone")]
    said = [Coalesce(part, Value(""), output_field=models.CharField()) for part in parts]
    return Concat(*(text for part in said for text in (part, Value("|"))))


class ToldApartQuerySet(ScopedQuerySet):
    """Which decisions that two people are not the same."""

    def inside(self, scope: Scope) -> models.Q:
        """Both people are of a register the person may open."""
        return super().inside(scope) & scope.q("second__unit__path")

    def standing(self) -> Self:
        """Decisions that still hold: neither of the two changed in name, birth or phone since."""
        return self.filter(first_was=_identity("first"), second_was=_identity("second"))


class ToldApart(ScopedModel):
    """Somebody looked at two rows of the register and said: not the same person."""

    unit_field: ClassVar[str] = "first__unit"
    scope_kinds: ClassVar[tuple[str, ...]] = ("people",)

    #: the row with the smaller id, so that a pair is one pair
    first = models.ForeignKey(Participant, models.CASCADE, related_name="+")
    second = models.ForeignKey(Participant, models.CASCADE, related_name="+")
    first_was = models.CharField(max_length=200, editable=False)
    second_was = models.CharField(max_length=200, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    at = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = scoped_manager(ToldApartQuerySet)
    unscoped: ClassVar[Any] = open_manager(ToldApartQuerySet)

    class Meta:
        verbose_name = _("decision that two people are not the same")
        verbose_name_plural = _("decisions that two people are not the same")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="told_apart_once"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="told_apart_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} ≠ {self.second}"

    def remember(self) -> None:
        """Keep what both looked like when they were told apart; a change of either asks again."""
        now = ToldApart.unscoped.filter(pk=self.pk).annotate(
            a=_identity("first"), b=_identity("second")
        )
        self.first_was, self.second_was = now.values_list("a", "b").get()
        self.save(update_fields=["first_was", "second_was", "at"])


class Enrolment(VersionedModel, ScopedModel):
    """A person takes part in a class; completed on a day, or not yet."""

    unit_field: ClassVar[str] = "training_class__unit"
    scope_kinds: ClassVar[tuple[str, ...]] = ("people", "edit")

    training_class = models.ForeignKey(
        TrainingClass, models.CASCADE, related_name="enrolments", verbose_name=_("class")
    )
    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="enrolments", verbose_name=_("participant")
    )
    completed_on = models.DateField(_("completed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        ordering = ["participant__sort_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["training_class", "participant"],
                name="one_enrolment_a_class",
                violation_error_message=_("This person is already in the class."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.participant} · {self.training_class}"


class Attendance(ScopedModel):
    """An enrolled person was present at a session. Absence is the lack of this row."""

    unit_field: ClassVar[str] = "session__training_class__unit"
    scope_kinds: ClassVar[tuple[str, ...]] = ("people", "edit")

    session = models.ForeignKey(
        ClassSession, models.CASCADE, related_name="attendances", verbose_name=_("session")
    )
    enrolment = models.ForeignKey(
        Enrolment, models.CASCADE, related_name="attendances", verbose_name=_("enrolment")
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "enrolment"],
                name="present_once_a_session",
                violation_error_message=_("This person is already marked present."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.session}"
