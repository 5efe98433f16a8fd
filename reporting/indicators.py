"""What every number of the portal means. A number appears because it is here, and only as here.

From this register figures reach dashboards, drill-downs, workbooks, the API and docs/indicators.md
(``manage.py describe_indicators``). Codes are for ever: they are addresses and column names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    """How a number behaves when units or periods are put together."""

    #: happened in the period; adds up over units and periods
    FLOW = "flow"
    #: what stands at the end of the period; adds up over units, never over periods
    STOCK = "stock"
    #: each counted once however often; adds up over neither
    DISTINCT = "distinct"
    #: one sum divided by another; never averaged
    RATIO = "ratio"


KIND_LABELS = {
    Kind.FLOW: _("Adds up over units and periods"),
    Kind.STOCK: _("As it stands at the end of the period"),
    Kind.DISTINCT: _("Each counted once; does not add up"),
    Kind.RATIO: _("One sum divided by another"),
}


class Group(models.TextChoices):
    """The parts of the campaign, in the order reports speak of them."""

    TEAMS = "teams", _("Community digital technology teams")
    CLASSES = "classes", _("Classes and support sessions")
    PEOPLE = "people", _("People")
    ACTIVITIES = "activities", _("Communication and other activities")
    MODELS = "models", _("Models and solutions")


class Dim(models.TextChoices):
    """What a number can be broken down by."""

    AUDIENCE = "audience", _("Audience")
    TOPIC = "topic", _("Topic")
    SEX = "sex", _("Sex")
    AGE_BAND = "age_band", _("Age")
    MODE = "mode", _("Mode")
    MINORITY = "minority", _("Ethnic minority")
    DISABILITY = "disability", _("Disability")
    TYPE = "type", _("Type of activity")
    REMOTE = "remote", _("Mountain, border or island area")


PERSON_DIMS = (Dim.AUDIENCE, Dim.SEX, Dim.AGE_BAND, Dim.MINORITY, Dim.DISABILITY)
CLASS_DIMS = (Dim.AUDIENCE, Dim.TOPIC, Dim.MODE, Dim.REMOTE)
ATTENDANCE_DIMS = (*PERSON_DIMS, Dim.TOPIC, Dim.MODE, Dim.REMOTE)
ACTIVITY_DIMS = (Dim.TOPIC, Dim.TYPE, Dim.MODE, Dim.REMOTE)
REACH_DIMS = (*PERSON_DIMS, *ACTIVITY_DIMS)


@dataclass(frozen=True)
class Indicator:
    """One number: what it is called, what it counts, from which records, on which day.

    ``sum_of`` are the codes a sum is made of; ``numerator`` and ``denominator`` those of a ratio,
    shown ``per`` 100 or 1,000. ``columns`` are the dimensions its record list shows by default.
    """

    code: str
    group: Group
    kind: Kind
    label: Any
    noun: Any
    meaning: Any
    source: Any
    dated: Any
    dims: tuple[Dim, ...] = ()
    sum_of: tuple[str, ...] = ()
    numerator: str = ""
    denominator: str = ""
    per: int = 1
    default_columns: tuple[str, ...] = ("day", "title", "unit", "place", "amount")

    @property
    def is_additive(self) -> bool:
        """Whether units (and, for what happens, periods) may be added up."""
        return self.kind in (Kind.FLOW, Kind.STOCK)

    #: the word of the register's contract
    additive = is_additive

    @property
    def is_ratio(self) -> bool:
        """Whether it is one sum divided by another."""
        return self.kind is Kind.RATIO

    @property
    def unit_sign(self) -> str:
        """The sign written behind a ratio: ``%`` or ``‰``; nothing behind a count."""
        return {100: "%", 1000: "‰"}.get(self.per, "")

    @property
    def parts(self) -> tuple[str, ...]:
        """The stored counters a flow is the sum of."""
        return self.sum_of or (self.code,)

    @property
    def drill_code(self) -> str:
        """The number whose records are listed behind this one: a ratio's numerator."""
        return self.numerator or self.code


HELD_SESSION = _("Held sessions of classes that were not cancelled")
CLASS_RECORD = _("Classes and support sessions that were not cancelled")
ACTIVITY_RECORD = _("Activities that were not cancelled")
ON_SESSION_DAY = _("The day of the session")
ON_FIRST_SESSION = _("The day of the first held session")
ON_ACTIVITY_DAY = _("The day the activity began")
AT_PERIOD_END = _("The last day of the period, or today while the period runs")


def _flow(
    code: str, group: Group, label: Any, noun: Any, meaning: Any, source: Any, dated: Any,
    dims: tuple[Dim, ...] = (), **more: Any,
) -> Indicator:  # fmt: skip
    return Indicator(code, group, Kind.FLOW, label, noun, meaning, source, dated, dims, **more)


def _activity(code: str, label: Any, noun: Any, meaning: Any, **more: Any) -> Indicator:
    more.setdefault("dims", ACTIVITY_DIMS)
    return _flow(
        code, Group.ACTIVITIES, label, noun, meaning, ACTIVITY_RECORD, ON_ACTIVITY_DAY, **more
    )


ALL: tuple[Indicator, ...] = (
    # --- Teams ----------------------------------------------------------------------------
    Indicator(
        "teams",
        Group.TEAMS,
        Kind.STOCK,
        _("Community digital technology teams"),
        _("teams"),
        _("Teams that were active on the day: set up on or before it and not ended by then."),
        _("Register of teams"),
        AT_PERIOD_END,
        default_columns=("title", "unit", "day"),
    ),
    Indicator(
        "team_members",
        Group.TEAMS,
        Kind.STOCK,
        _("Team members"),
        _("members"),
        _(
            "Memberships of active teams that were running on the day. Somebody who serves in two "
            "teams counts in both."
        ),
        _("Register of team members"),
        AT_PERIOD_END,
        default_columns=("title", "unit", "day"),
    ),
    # --- Classes --------------------------------------------------------------------------
    _flow(
        "classes",
        Group.CLASSES,
        _("Classes held"),
        _("classes"),
        _(
            "Classes with at least one held session. A class counts once, on the day of its first "
            "held session, however many sessions follow."
        ),
        CLASS_RECORD,
        ON_FIRST_SESSION,
        CLASS_DIMS,
    ),
    _flow(
        "support_sessions",
        Group.CLASSES,
        _("Support sessions held"),
        _("support sessions"),
        _(
            "Support sessions (guidance without a class) that took place. Each counts once, on the "
            "day of its first held session."
        ),
        CLASS_RECORD,
        ON_FIRST_SESSION,
        CLASS_DIMS,
    ),
    _flow(
        "classes_and_support",
        Group.CLASSES,
        _("Classes and support sessions held"),
        _("classes and support sessions"),
        _("Classes held and support sessions held, added up."),
        CLASS_RECORD,
        ON_FIRST_SESSION,
        CLASS_DIMS,
        sum_of=("classes", "support_sessions"),
    ),
    _flow(
        "sessions",
        Group.CLASSES,
        _("Sessions held"),
        _("sessions"),
        _("Every meeting of a class or support session that was held."),
        HELD_SESSION,
        ON_SESSION_DAY,
        CLASS_DIMS,
    ),
    _flow(
        "online_sessions",
        Group.CLASSES,
        _("Online sessions"),
        _("sessions"),
        _("Held sessions of classes taught online or partly online."),
        HELD_SESSION,
        ON_SESSION_DAY,
        CLASS_DIMS,
    ),
    _flow(
        "sessions_with_roster",
        Group.CLASSES,
        _("Sessions with a roster"),
        _("sessions"),
        _("Held sessions where at least one person was marked present by name."),
        HELD_SESSION,
        ON_SESSION_DAY,
        CLASS_DIMS,
    ),
    Indicator(
        "roster_share",
        Group.CLASSES,
        Kind.RATIO,
        _("Share of sessions with a roster"),
        _("of sessions"),
        _(
            "Sessions with a roster divided by sessions held. It tells how far the number of "
            "people can be relied on: headcounts alone do not say who came."
        ),
        HELD_SESSION,
        ON_SESSION_DAY,
        CLASS_DIMS,
        numerator="sessions_with_roster",
        denominator="sessions",
        per=100,
    ),
    _flow(
        "attendances",
        Group.CLASSES,
        _("Class attendances"),
        _("attendances"),
        _(
            "Everybody present at a held session, roster and headcount together. Somebody who "
            "comes to three sessions counts three times. Never added to the people reached by "
            "communication."
        ),
        HELD_SESSION,
        ON_SESSION_DAY,
        ATTENDANCE_DIMS,
        sum_of=("attendances_on_roster", "attendances_counted"),
    ),
    _flow(
        "attendances_on_roster",
        Group.CLASSES,
        _("Attendances by roster"),
        _("attendances"),
        _("People marked present by name, at each held session of a class that keeps a roster."),
        HELD_SESSION,
        ON_SESSION_DAY,
        ATTENDANCE_DIMS,
    ),
    _flow(
        "attendances_counted",
        Group.CLASSES,
        _("Attendances by headcount"),
        _("attendances"),
        _("People counted besides the roster, at each held session of a class that takes a count."),
        HELD_SESSION,
        ON_SESSION_DAY,
        ATTENDANCE_DIMS,
    ),
    Indicator(
        "attendances_per_1000",
        Group.CLASSES,
        Kind.RATIO,
        _("Attendances per 1,000 residents"),
        _("per 1,000 residents"),
        _(
            "Class attendances divided by the population of the unit, by the latest population "
            "figure for the year of the period or before."
        ),
        HELD_SESSION,
        ON_SESSION_DAY,
        (),
        numerator="attendances",
        denominator="population",
        per=1000,
    ),
    # --- People ---------------------------------------------------------------------------
    Indicator(
        "people",
        Group.PEOPLE,
        Kind.DISTINCT,
        _("People who took part"),
        _("different people"),
        _(
            "Different people marked present on a roster at least once in the period. Each counts "
            "once, in the whole province as in each commune; so communes do not add up to the "
            "province, nor months to the year. Headcounts are not in it. Sex, age, audience and "
            "other traits are those known now, age at the end of the period."
        ),
        HELD_SESSION,
        ON_SESSION_DAY,
        ATTENDANCE_DIMS,
        default_columns=("title", "unit", "amount"),
    ),
    Indicator(
        "people_completed",
        Group.PEOPLE,
        Kind.DISTINCT,
        _("People who completed a class"),
        _("different people"),
        _("Different people who completed at least one class in the period. Each counts once."),
        _("Enrolments in classes that were not cancelled"),
        _("The day of completion"),
        ATTENDANCE_DIMS,
        default_columns=("title", "unit", "amount"),
    ),
    # --- Activities -----------------------------------------------------------------------
    _activity(
        "activities",
        _("Activities"),
        _("activities"),
        _("All activities, of every type, each once on the day it began."),
    ),
    _activity(
        "communications",
        _("Communication activities"),
        _("activities"),
        _("Activities of a type that counts as communication."),
    ),
    _activity(
        "communication_reach",
        _("People reached by communication"),
        _("attendances"),
        _(
            "People counted at communication activities and at their connected sites. Not "
            "different people, and never added to class attendances."
        ),
        dims=REACH_DIMS,
    ),
    _activity(
        "conferences",
        _("Conferences and launches"),
        _("events"),
        _("Activities of a type that counts as a conference or launch."),
    ),
    _activity(
        "contests",
        _("Contests"),
        _("contests"),
        _("Activities of a type that counts as a contest."),
    ),
    _activity(
        "broadcasts",
        _("Broadcasts and publications"),
        _("activities"),
        _("Activities of a type that counts as a broadcast or publication."),
    ),
    _activity(
        "reach",
        _("People at activities"),
        _("attendances"),
        _(
            "People counted at activities of every type, at the own place and at connected sites. "
            "Class attendances are not in it."
        ),
        dims=REACH_DIMS,
    ),
    _activity(
        "sites",
        _("Connected sites"),
        _("sites"),
        _("Places that were connected to an activity, each once for the unit where it lies."),
    ),
    _activity(
        "home_visit_rounds",
        _("Door-to-door rounds"),
        _("rounds"),
        _("Activities of a type that counts as a door-to-door round."),
    ),
    _activity(
        "households_visited",
        _("Households visited"),
        _("households"),
        _(
            "Households visited, as recorded with each activity. A household visited twice counts "
            "twice."
        ),
    ),
    _activity(
        "households_reached",
        _("Households guided"),
        _("households"),
        _("Households where somebody was guided, as recorded with each activity."),
    ),
    Indicator(
        "households_reached_share",
        Group.ACTIVITIES,
        Kind.RATIO,
        _("Share of visited households that were guided"),
        _("of households visited"),
        _("Households guided divided by households visited."),
        ACTIVITY_RECORD,
        ON_ACTIVITY_DAY,
        ACTIVITY_DIMS,
        numerator="households_reached",
        denominator="households_visited",
        per=100,
    ),
    _activity(
        "teams_trained",
        _("Teams trained"),
        _("team trainings"),
        _("Teams whose members were trained at an activity; a team trained at two counts twice."),
    ),
    # --- Models and solutions -------------------------------------------------------------
    Indicator(
        "models",
        Group.MODELS,
        Kind.STOCK,
        _("Exemplary models kept up"),
        _("models"),
        _("Exemplary models that had started and had not ended by the day."),
        _("Register of exemplary models"),
        AT_PERIOD_END,
        default_columns=("title", "unit", "place", "day"),
    ),
    _flow(
        "solutions",
        Group.MODELS,
        _("Solutions recognised"),
        _("solutions"),
        _("Innovative solutions recognised by a decision in the period."),
        _("Register of recognised solutions"),
        _("The day of recognition"),
        default_columns=("day", "title", "unit"),
    ),
    Indicator(
        "solution_fields",
        Group.MODELS,
        Kind.DISTINCT,
        _("Fields with a recognised solution"),
        _("fields"),
        _("Different fields of work in which a solution was recognised in the period."),
        _("Register of recognised solutions"),
        _("The day of recognition"),
        default_columns=("title", "amount"),
    ),
)

BY_CODE: dict[str, Indicator] = {indicator.code: indicator for indicator in ALL}


def indicator(code: str) -> Indicator:
    """The indicator with this code; KeyError on a code that never existed."""
    return BY_CODE[code]


def of_group(group: str) -> list[Indicator]:
    """The indicators of one part of the campaign, in order."""
    return [found for found in ALL if found.group == group]


def counters_of(codes: Iterable[str]) -> set[str]:
    """The stored counters that some flows and ratios are made of."""
    found: set[str] = set()
    for code in codes:
        one = BY_CODE.get(code)
        if one is None:
            continue
        if one.is_ratio:
            found |= counters_of((one.numerator, one.denominator))
        elif one.kind is Kind.FLOW and one.code != "solutions":
            found.update(one.parts)
    return found
