"""What figures are read from: facts, cells and traits, all worked out anew from the records.

Facts, cells and traits are never typed in or incremented. ``reporting.facts`` makes facts from
records, ``reporting.rollups`` adds facts up to cells, ``reporting.figures`` reads. Deleting them
all loses nothing: ``rebuild_rollups`` brings them back.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DirtyMark(models.Model):
    """A record changed and its figures have not been worked out anew yet.

    Written by database triggers in the transaction of the change itself. Append-only, and on
    purpose without any unique key: see docs/decisions/0003-rollups.md.
    """

    class Kind(models.TextChoices):
        CLASS = "class", _("Class")
        ACTIVITY = "activity", _("Activity")
        PERSON = "person", _("Participant")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    ref = models.BigIntegerField()

    class Meta:
        verbose_name = _("change waiting for the figures")
        verbose_name_plural = _("changes waiting for the figures")

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


def _count() -> models.BigIntegerField:
    return models.BigIntegerField(default=0)


class Counters(models.Model):
    """Everything that simply adds up; names are codes of ``reporting.indicators``."""

    classes = _count()
    support_sessions = _count()
    sessions = _count()
    online_sessions = _count()
    sessions_with_roster = _count()
    attendances_on_roster = _count()
    attendances_counted = _count()
    activities = _count()
    communications = _count()
    conferences = _count()
    contests = _count()
    broadcasts = _count()
    home_visit_rounds = _count()
    reach = _count()
    communication_reach = _count()
    households_visited = _count()
    households_reached = _count()
    teams_trained = _count()
    sites = _count()

    class Meta:
        abstract = True


COUNTERS: tuple[str, ...] = tuple(field.name for field in Counters._meta.fields)


class RollupFact(Counters):
    """One countable thing on one day, with all that it counts: the finest grain of figures.

    A class gives one fact for its start, one for each held session and one for each day on which
    people completed it; an activity gives one for itself and one for each connected site.
    """

    class Grain(models.TextChoices):
        START = "start", _("Start of a class")
        SESSION = "session", _("Held session")
        DONE = "done", _("Completions of a day")
        ACTIVITY = "activity", _("Activity")
        SITE = "site", _("Connected site")

    #: the record that is worked out anew as a whole
    source = models.CharField(max_length=8, choices=DirtyMark.Kind.choices)
    source_id = models.BigIntegerField()
    grain = models.CharField(max_length=8, choices=Grain.choices)
    #: the session or site; the class or activity itself otherwise
    row_id = models.BigIntegerField()

    owner_path = models.CharField(max_length=70)
    #: the province's path where a record has no place
    place_path = models.CharField(max_length=70)
    day = models.DateField()
    #: half-month: campaign.periods.slice_key
    slice = models.IntegerField()

    topic_id = models.BigIntegerField(null=True)
    #: main audience of a class
    audience_id = models.BigIntegerField(null=True)
    mode = models.CharField(max_length=10)
    type_id = models.BigIntegerField(null=True)

    #: [audience, sex, age band, minority, disability, on the roster, counted], one a combination
    crosstab = models.JSONField(default=list)
    #: roaring bitmap of the participants present (session) or completing (done)
    people = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        indexes = [
            models.Index(fields=["source", "source_id"]),
            models.Index(fields=["owner_path", "day"]),
            models.Index(fields=["place_path", "day"]),
            models.Index(fields=["slice"]),
            models.Index(fields=["day"]),
        ]

    def __str__(self) -> str:
        return f"{self.grain} {self.row_id} ({self.day})"


class Axis(models.TextChoices):
    """Whose figures: the unit that answers for a record, or the place where it was held."""

    OWNER = "owner", _("By organising unit")
    PLACE = "place", _("By place")


class RollupCell(Counters):
    """One province, commune or department in one period: every count, distinct people included.

    ``period`` is ``s48624`` for a half-month slice, ``admin:2026-M09`` or ``calendar:2026`` for
    what pages show. Only slices keep bitmaps; longer periods keep what was counted with them.
    """

    axis = models.CharField(max_length=5, choices=Axis.choices)
    unit_id = models.BigIntegerField()
    period = models.CharField(max_length=20)
    #: how many facts stand behind the cell; a cell without facts does not exist
    facts = _count()
    distinct_people = _count()
    distinct_completed = _count()
    #: {code: {dimension: {key: count}}}
    detail = models.JSONField(default=dict)
    people = models.BinaryField(null=True)
    done = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("cell of figures")
        verbose_name_plural = _("cells of figures")
        constraints = [
            models.UniqueConstraint(fields=["period", "axis", "unit_id"], name="one_rollup_cell")
        ]
        indexes = [models.Index(fields=["unit_id", "axis"])]

    def __str__(self) -> str:
        return f"{self.axis} {self.unit_id} {self.period}"


class RollupTrait(models.Model):
    """Which participants have one trait now: sex f, born in 1950, audience 7."""

    dim = models.CharField(max_length=10)
    key = models.CharField(max_length=20)
    people = models.BinaryField()

    class Meta:
        verbose_name = _("trait of participants")
        verbose_name_plural = _("traits of participants")
        constraints = [models.UniqueConstraint(fields=["dim", "key"], name="one_rollup_trait")]

    def __str__(self) -> str:
        return f"{self.dim} {self.key}"


class RollupState(models.Model):
    """The one row that says how fresh figures are; ``version`` grows whenever any figure may."""

    version = models.BigIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("state of the figures")
        verbose_name_plural = _("state of the figures")

    def __str__(self) -> str:
        return str(self.version)


class VerificationRun(models.Model):
    """All cells were worked out a second way, from the records, and compared."""

    at = models.DateTimeField(_("at"), auto_now_add=True)
    cells = models.BigIntegerField(_("cells compared"))
    differing = models.BigIntegerField(_("differing"))
    repaired = models.BigIntegerField(_("repaired"))
    seconds = models.FloatField(_("seconds"))

    class Meta:
        verbose_name = _("verification of the figures")
        verbose_name_plural = _("verifications of the figures")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%d/%m/%Y %H:%M}: {self.differing}/{self.cells}"

    @property
    def is_ok(self) -> bool:
        """Whether figures agreed with the records when the run ended."""
        return self.differing == self.repaired
