"""What is wrong or missing in a unit's records: each kind as rows one can open and put right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from activities.models import Activity, ActivityHeadcount, Evidence
from campaign.periods import today
from campaign.portal.figures import num
from campaign.portal.scope import PATH_STEP, Scope
from classes.models import ClassSession, Participant, SessionHeadcount, TrainingClass
from units.models import CommunityTeam, TeamMember, Unit, UnitProfile

#: depth of communes and departments in the tree
UNIT_DEPTH = 2 * PATH_STEP


@dataclass(frozen=True)
class Fix:
    """One row to put right: what it is, what is known of it, and where it is put right."""

    label: str
    about: str
    url: str


@dataclass(frozen=True)
class Issue:
    """One kind of gap. ``path`` leads to the path of the unit that answers for a row."""

    key: str
    icon: str
    title: Any
    sentence: Any
    button: Any
    path: str
    rows: Callable[[Scope, date], QuerySet[Any]]
    fix: Callable[[Any], Fix]
    scope: str = "view"
    tone: str = "w"

    def told(self, count: int) -> str:
        """The gap as a sentence with its number."""
        return str(self.sentence % count) % {"count": num(count)}

    def of(self, unit: Unit) -> QuerySet[Any]:
        """The rows of one unit and what is below it, whoever asks."""
        return self.rows(Scope(self.scope, (unit.path,)), today())

    def by_unit(self, paths: tuple[str, ...]) -> dict[str, int]:
        """How many rows each commune and department has, by its path."""
        rows = self.rows(Scope(self.scope, paths), today()).order_by()
        owners = rows.annotate(owner=Substr(self.path, 1, UNIT_DEPTH)).values_list("owner")
        return dict(owners.annotate(number=Count("pk", distinct=True)))


# --- Classes ----------------------------------------------------------------------------------


def _sessions_without_attendance(scope: Scope, day: date) -> QuerySet[Any]:
    return (
        ClassSession.objects.within(scope)
        .filter(
            status=ClassSession.Status.PLANNED,
            held_on__lt=day,
            training_class__cancelled_at__isnull=True,
        )
        .select_related("training_class__unit")
        .order_by("held_on", "pk")
    )


def _session(row: ClassSession) -> Fix:
    title = _("Session %(number)s of “%(name)s”") % {
        "number": row.number, "name": row.training_class,
    }  # fmt: skip
    url = reverse("classes:session", args=[row.training_class_id, row.number])
    return Fix(title, f"{row.held_on:%d/%m/%Y} · {row.training_class.unit.name}", url)


def _classes_without_sessions(scope: Scope, day: date) -> QuerySet[Any]:
    rows = TrainingClass.objects.within(scope).counted().filter(sessions__isnull=True)
    return rows.select_related("unit").order_by("starts_on", "pk")


def _class(row: TrainingClass) -> Fix:
    about = f"{row.starts_on:%d/%m/%Y} · {row.unit.name}"
    return Fix(str(row), about, reverse("classes:edit", args=[row.pk]))


def _sessions_without_breakdown(scope: Scope, day: date) -> QuerySet[Any]:
    blank = SessionHeadcount.objects.within(scope).filter(
        Q(sex="") | Q(age_band=""), session=OuterRef("pk"), people__gt=0
    )
    return (
        ClassSession.objects.within(scope)
        .filter(
            Exists(blank),
            status=ClassSession.Status.HELD,
            training_class__cancelled_at__isnull=True,
        )
        .select_related("training_class__unit")
        .order_by("-held_on", "pk")
    )


# --- Activities -------------------------------------------------------------------------------


def _activities(scope: Scope, day: date) -> QuerySet[Any]:
    return (
        Activity.objects.within(scope)
        .filter(cancelled_at__isnull=True, starts_on__lte=day)
        .select_related("unit")
        .order_by("-starts_on", "pk")
    )


def _activities_without_evidence(scope: Scope, day: date) -> QuerySet[Any]:
    evidence = Evidence.objects.within(scope).filter(activity=OuterRef("pk"))
    return _activities(scope, day).filter(~Exists(evidence))


def _activities_without_breakdown(scope: Scope, day: date) -> QuerySet[Any]:
    blank = ActivityHeadcount.objects.within(scope).filter(
        Q(sex="") | Q(age_band=""), activity=OuterRef("pk"), people__gt=0
    )
    return _activities(scope, day).filter(Exists(blank))


def _about(row: Activity) -> str:
    return f"{row.starts_on:%d/%m/%Y} · {row.unit.name}"


def _evidence(row: Activity) -> Fix:
    return Fix(str(row), _about(row), reverse("activities:evidence_add", args=[row.pk]))


def _activity(row: Activity) -> Fix:
    return Fix(str(row), _about(row), reverse("activities:edit", args=[row.pk]))


# --- Registers --------------------------------------------------------------------------------


def _hamlets_without_population(scope: Scope, day: date) -> QuerySet[Any]:
    known = UnitProfile.objects.within(scope).filter(unit=OuterRef("pk"), population__gt=0)
    return Unit.objects.within(scope).hamlets().in_force(day).filter(~Exists(known)).order_by(
        "path"
    )  # fmt: skip


def _hamlet(row: Unit) -> Fix:
    return Fix(row.name, row.code, f"{reverse('units:new_profile')}?unit={row.pk}")


def _people_without_birth_year(scope: Scope, day: date) -> QuerySet[Any]:
    rows = Participant.objects.within(scope).distinct_people().filter(birth_year__isnull=True)
    return rows.select_related("unit").order_by("sort_key", "pk")


def _person(row: Participant) -> Fix:
    return Fix(row.full_name, row.unit.name, reverse("participants:edit", args=[row.pk]))


def _teams_without_leader(scope: Scope, day: date) -> QuerySet[Any]:
    led = TeamMember.unscoped.serving_on(day).filter(role=TeamMember.Role.LEADER)
    rows = CommunityTeam.objects.within(scope).active_on(day)
    rows = rows.exclude(pk__in=led.values("team_id"))
    return rows.select_related("unit").order_by("sort_key", "pk")


def _team(row: CommunityTeam) -> Fix:
    return Fix(str(row), row.unit.name, reverse("teams:edit", args=[row.pk]))


ISSUES: tuple[Issue, ...] = (
    Issue(
        "attendance", "calendar-x", gettext_lazy("Attendance missing"),
        ngettext_lazy(
            "%(count)s session is past and has no attendance.",
            "%(count)s sessions are past and have no attendance.",
        ),
        gettext_lazy("Take attendance"), "training_class__unit__path",
        _sessions_without_attendance, _session, tone="e",
    ),
    Issue(
        "sessions", "calendar-plus", gettext_lazy("Classes without sessions"),
        ngettext_lazy(
            "%(count)s class has no session.", "%(count)s classes have no session."
        ),
        gettext_lazy("Plan sessions"), "unit__path", _classes_without_sessions, _class,
    ),
    Issue(
        "evidence", "paperclip", gettext_lazy("No evidence"),
        ngettext_lazy(
            "%(count)s activity has no photo or document.",
            "%(count)s activities have no photo or document.",
        ),
        gettext_lazy("Add evidence"), "unit__path", _activities_without_evidence, _evidence,
    ),
    Issue(
        "class_breakdown", "users", gettext_lazy("Sessions: sex or age unknown"),
        ngettext_lazy(
            "%(count)s session counts people without sex or age.",
            "%(count)s sessions count people without sex or age.",
        ),
        gettext_lazy("Complete the counts"), "training_class__unit__path",
        _sessions_without_breakdown, _session,
    ),
    Issue(
        "activity_breakdown", "users-round", gettext_lazy("Activities: sex or age unknown"),
        ngettext_lazy(
            "%(count)s activity counts people without sex or age.",
            "%(count)s activities count people without sex or age.",
        ),
        gettext_lazy("Complete the counts"), "unit__path", _activities_without_breakdown,
        _activity,
    ),
    Issue(
        "population", "house", gettext_lazy("Hamlets without population"),
        ngettext_lazy(
            "%(count)s hamlet has no population figure.",
            "%(count)s hamlets have no population figure.",
        ),
        gettext_lazy("Add the figures"), "path", _hamlets_without_population, _hamlet,
    ),
    Issue(
        "birth_year", "user", gettext_lazy("Birth year missing"),
        ngettext_lazy(
            "%(count)s participant has no birth year.",
            "%(count)s participants have no birth year.",
        ),
        gettext_lazy("Complete"), "unit__path", _people_without_birth_year, _person,
        scope="people",
    ),
    Issue(
        "leader", "user-x", gettext_lazy("Teams without a leader"),
        ngettext_lazy("%(count)s team has no leader.", "%(count)s teams have no leader."),
        gettext_lazy("Name a leader"), "unit__path", _teams_without_leader, _team,
    ),
)  # fmt: skip
BY_KEY = {issue.key: issue for issue in ISSUES}


@dataclass(frozen=True)
class Unknown:
    """People who were counted, and those of them whose sex or age nobody wrote down."""

    people: int
    unknown: int

    @property
    def share(self) -> float | None:
        """Percent of people without sex or age; nothing where nobody was counted."""
        return 100 * self.unknown / self.people if self.people else None


def unknown_share(unit: Unit) -> Unknown:
    """How much of what a unit counted in heads lacks sex or age."""
    scope = Scope("view", (unit.path,))
    blank = Q(sex="") | Q(age_band="")
    whole = part = 0
    for rows in (
        SessionHeadcount.objects.within(scope).filter(
            session__status=ClassSession.Status.HELD,
            session__training_class__cancelled_at__isnull=True,
        ),
        ActivityHeadcount.objects.within(scope).filter(activity__cancelled_at__isnull=True),
    ):
        found = rows.aggregate(all=Sum("people"), blank=Sum("people", filter=blank))
        whole, part = whole + (found["all"] or 0), part + (found["blank"] or 0)
    return Unknown(whole, part)
