"""What is closed with a period, column by column: every row that a figure depends on.

Each ``Guarded`` says which columns of a table count and on which days of which owner the row does
so. A row touches a closed period when it counts on one of its days before a change, or after it,
and not in the same way both times. What is not named here stays free: titles, venues, notes,
instructors, hours of a session, evidence, the roster of a class while nobody attended or completed,
names and phones of people. Why: docs/decisions/0012-closed-periods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

#: a day lies in the closed period
ON_A_DAY = "t.day BETWEEN l.starts_on AND l.ends_on"
#: a stock is taken on the last day: what was there by then and had not ended
AT_THE_END = "t.day <= l.ends_on AND (t.until IS NULL OR t.until > l.ends_on)"
#: of the unit itself, not of those above it: whose path ends with the unit's own step
ITS_OWN = "t.path LIKE '%' || substr(CAST(10000000 + l.unit_id AS varchar(8)), 2)"
#: declared of days that lie in the closed period
WITHIN = "t.day >= l.starts_on AND t.until <= l.ends_on"


#: the kinds of records that marks name, and what keeps them
KINDS = {
    "class": "classes.trainingclass", "activity": "activities.activity",
    "person": "classes.participant", "type": "activities.activitytype",
    "model": "activities.exemplarymodel", "solution": "activities.solution",
    "team": "units.communityteam", "declared": "reporting.declaredfigure", "unit": "units.unit",
    "population": "units.unitprofile",
}  # fmt: skip


@dataclass(frozen=True)
class Guarded:
    """Rows of one table that closed periods depend on.

    ``rows`` select (path of the owner, day, until, kind, ref) from ``{rows}``, the changed rows
    with the columns ``needs`` and ``counts``. An update matters where one of ``needs`` or
    ``counts`` changed; ``counts`` are values that make a row count in another way, ``needs`` those
    that only say where and when.
    """

    name: str
    table: str
    rows: tuple[str, ...]
    needs: tuple[str, ...]
    counts: tuple[str, ...] = ()
    when: str = ON_A_DAY
    #: others hang rows on it that make it count, and nobody sees those of the other until saved
    hung_on: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are looked at, the id first."""
        return tuple(dict.fromkeys(("id", *self.needs, *self.counts)))


def _owned(
    kind: str, ref: str, day: str, joins: str = "", *, until: str = "NULL", where: str = ""
) -> str:
    condition = f" WHERE {where}" if where else ""
    return (
        f"SELECT u.path AS path, {day} AS day, {until} AS until, '{kind}' AS kind, {ref} AS ref"  # noqa: S608
        f"{{also}} FROM {{rows}} r {joins}{condition}"
    )


_UNIT = "JOIN units_unit u ON u.id = r.unit_id"
_CLASS = "JOIN classes_trainingclass c ON c.id = {} JOIN units_unit u ON u.id = c.unit_id"
_SESSION = "JOIN classes_classsession s ON s.id = r.session_id " + _CLASS.format(
    "s.training_class_id"
)
_ACTIVITY = (
    "JOIN activities_activity a ON a.id = r.activity_id JOIN units_unit u ON u.id = a.unit_id"
)
_CELL = ("audience_id", "sex", "age_band", "minority", "disability", "people")
_HELD = "JOIN classes_classsession s ON s.training_class_id = {} AND s.status = 'held' "
_COMPLETED = "JOIN classes_enrolment e ON e.training_class_id = {} AND e.completed_on IS NOT NULL "
_TICKED = (
    "JOIN classes_attendance a ON a.enrolment_id = {} "
    "JOIN classes_classsession s ON s.id = a.session_id " + _CLASS.format("s.training_class_id")
)
#: a person's row and all rows that were merged into it, directly or not
_ALL_OF_THEM = (
    "JOIN (WITH RECURSIVE known(root, id) AS (SELECT p.id, p.id FROM {rows} p UNION "
    "SELECT k.root, m.id FROM known k JOIN classes_participant m ON m.merged_into_id = k.id) "
    "SELECT root, id FROM known) k ON k.root = r.id "
    "JOIN classes_enrolment e ON e.participant_id = k.id "
)
_IN_FORCE = "r.cancelled_at IS NULL"
_NEW_YEAR = "CAST({} || '-01-01' AS {{date}})"


def _profile(known: str) -> str:
    """The figures of a year, in force until the first later year of which there are any."""
    later = (
        "(SELECT min(p.year) FROM units_unitprofile p "  # noqa: S608
        f"WHERE p.unit_id = r.unit_id AND p.year > r.year AND {known.format('p')})"
    )
    return _owned(
        "population", "r.id", _NEW_YEAR.format("r.year"), _UNIT,
        until=_NEW_YEAR.format(later), where=known.format("r"),
    )  # fmt: skip


def _of_a_unit(joins: str, day: str, until: str = "NULL", where: str = "") -> str:
    """Records that count for a unit: they go with it when its place in the tree changes."""
    return _owned("unit", "r.id", day, joins, until=until, where=where).replace("u.path", "r.path")


GUARDED = (
    Guarded(
        "class", "classes_trainingclass",
        (
            _owned("class", "r.id", "s.held_on", _UNIT + " " + _HELD.format("r.id"),
                   where=_IN_FORCE),
            _owned("class", "r.id", "e.completed_on", _UNIT + " " + _COMPLETED.format("r.id"),
                   where=_IN_FORCE),
        ),
        needs=("unit_id", "cancelled_at"),
        counts=("unit_id", "place_id", "form", "topic_id", "audience_id", "mode", "counting"),
        hung_on=True,
    ),
    Guarded(
        "session", "classes_classsession",
        (
            _owned("class", "r.training_class_id", "r.held_on",
                   _CLASS.format("r.training_class_id"), where="r.status = 'held'"),
        ),
        needs=("training_class_id", "held_on", "status"),
        counts=("training_class_id", "held_on", "status"),
    ),
    Guarded(
        "counted", "classes_sessionheadcount",
        (_owned("class", "s.training_class_id", "s.held_on", _SESSION),),
        needs=("session_id",), counts=("session_id", *_CELL),
    ),
    Guarded(
        "ticked", "classes_attendance",
        (_owned("class", "s.training_class_id", "s.held_on", _SESSION),),
        needs=("session_id",), counts=("session_id", "enrolment_id"),
    ),
    Guarded(
        "completed", "classes_enrolment",
        (
            _owned("class", "r.training_class_id", "r.completed_on",
                   _CLASS.format("r.training_class_id"), where="r.completed_on IS NOT NULL"),
        ),
        needs=("training_class_id", "completed_on"),
        counts=("training_class_id", "completed_on", "participant_id"),
    ),
    Guarded(
        "enrolled", "classes_enrolment",
        (_owned("class", "s.training_class_id", "s.held_on", _TICKED.format("r.id")),),
        needs=(), counts=("participant_id",), hung_on=True,
    ),
    Guarded(
        "person", "classes_participant",
        (
            _owned("person", "r.id", "s.held_on", _ALL_OF_THEM + _TICKED.format("e.id")),
            _owned("person", "r.id", "e.completed_on",
                   _ALL_OF_THEM + _CLASS.format("e.training_class_id"),
                   where="e.completed_on IS NOT NULL"),
        ),
        needs=(),
        counts=("birth_year", "sex", "audience_id", "minority", "disability", "merged_into_id"),
        hung_on=True,
    ),
    Guarded(
        "activity", "activities_activity",
        (_owned("activity", "r.id", "r.starts_on", _UNIT, where=_IN_FORCE),),
        needs=("unit_id", "starts_on", "cancelled_at"),
        counts=(
            "unit_id", "starts_on", "place_id", "topic_id", "mode", "type_id",
            "households_visited", "households_reached",
        ),
    ),
    Guarded(
        "present", "activities_activityheadcount",
        (_owned("activity", "a.id", "a.starts_on", _ACTIVITY),),
        needs=("activity_id",), counts=("activity_id", *_CELL),
    ),
    Guarded(
        "site", "activities_activitysite",
        (_owned("activity", "a.id", "a.starts_on", _ACTIVITY, where="r.is_connected"),),
        needs=("activity_id", "is_connected"), counts=("activity_id", "unit_id", "people"),
    ),
    Guarded(
        "trained", "activities_activity_teams_trained",
        (_owned("activity", "a.id", "a.starts_on", _ACTIVITY),),
        needs=("activity_id",), counts=("activity_id", "communityteam_id"),
    ),
    Guarded(
        "type", "activities_activitytype",
        (
            _owned("type", "r.id", "a.starts_on",
                   "JOIN activities_activity a ON a.type_id = r.id AND a.cancelled_at IS NULL "
                   "JOIN units_unit u ON u.id = a.unit_id"),
        ),
        needs=(), counts=("counts_as",), hung_on=True,
    ),
    Guarded(
        "model", "activities_exemplarymodel",
        (_owned("model", "r.id", "r.started_on", _UNIT, until="r.ended_on", where=_IN_FORCE),),
        needs=("unit_id", "started_on", "ended_on", "cancelled_at"),
        counts=("unit_id", "place_id"), when=AT_THE_END,
    ),
    Guarded(
        "solution", "activities_solution",
        (_owned("solution", "r.id", "r.recognised_on", _UNIT, where=_IN_FORCE),),
        needs=("unit_id", "recognised_on", "cancelled_at"),
        counts=("unit_id", "recognised_on", "field_id"),
    ),
    Guarded(
        "team", "units_communityteam",
        (_owned("team", "r.id", "r.founded_on", _UNIT, until="r.ended_on"),),
        needs=("unit_id", "founded_on", "ended_on"), counts=("unit_id",), when=AT_THE_END,
    ),
    Guarded(
        "member", "units_teammember",
        (
            _owned("team", "r.team_id", "r.joined_on",
                   "JOIN units_communityteam t ON t.id = r.team_id "
                   "JOIN units_unit u ON u.id = t.unit_id", until="r.left_on"),
        ),
        needs=("team_id", "joined_on", "left_on"), counts=("team_id",), when=AT_THE_END,
    ),
    Guarded(
        "declared", "reporting_declaredfigure",
        (_owned("declared", "r.id", "r.starts_on", _UNIT, until="r.ends_on"),),
        needs=("unit_id", "starts_on", "ends_on"),
        counts=(
            "unit_id", "starts_on", "ends_on", "indicator", "scheme", "period", "value",
            "denominator",
        ),
        when=WITHIN,
    ),
    # What figures per resident are divided by, and which communes are remote.
    Guarded(
        "population", "units_unitprofile",
        (_profile("{}.population IS NOT NULL"), _profile("{}.year IS NOT NULL")),
        needs=("unit_id", "year"),
        counts=("unit_id", "year", "population", "is_mountain", "is_border", "is_island"),
        when=f"{AT_THE_END} AND {ITS_OWN}",
    ),
    # A unit that moves takes what it recorded with it.
    Guarded(
        "events", "units_unit",
        (
            _of_a_unit("JOIN classes_trainingclass c ON c.unit_id = r.id "
                       "AND c.cancelled_at IS NULL " + _HELD.format("c.id"), "s.held_on"),
            _of_a_unit("JOIN classes_trainingclass c ON c.unit_id = r.id "
                       "AND c.cancelled_at IS NULL " + _COMPLETED.format("c.id"),
                       "e.completed_on"),
            _of_a_unit("JOIN activities_activity a ON a.unit_id = r.id "
                       "AND a.cancelled_at IS NULL", "a.starts_on"),
            _of_a_unit("JOIN activities_solution a ON a.unit_id = r.id "
                       "AND a.cancelled_at IS NULL", "a.recognised_on"),
        ),
        needs=("path",),
    ),
    Guarded(
        "stocks", "units_unit",
        (
            _of_a_unit("JOIN units_communityteam t ON t.unit_id = r.id",
                       "t.founded_on", "t.ended_on"),
            _of_a_unit("JOIN activities_exemplarymodel m ON m.unit_id = r.id "
                       "AND m.cancelled_at IS NULL", "m.started_on", "m.ended_on"),
        ),
        needs=("path",), when=AT_THE_END,
    ),
    Guarded(
        "declarations", "units_unit",
        (_of_a_unit("JOIN reporting_declaredfigure d ON d.unit_id = r.id",
                    "d.starts_on", "d.ends_on"),),
        needs=("path",), when=WITHIN,
    ),
)  # fmt: skip

#: A class counts once, on the day of its first held session: another session may move that day.
STARTS = Guarded(
    "start", "classes_classsession",
    (
        "SELECT u.path AS path, m.day AS day, NULL AS until, 'class' AS kind, c.id AS ref{also} "
        "FROM (SELECT class_id, min(day) AS day FROM ("
        "SELECT s.training_class_id AS class_id, s.held_on AS day FROM classes_classsession s "
        "WHERE s.status = 'held' AND s.id NOT IN ({fresh}) AND s.training_class_id IN ({classes}) "
        "UNION ALL SELECT r.training_class_id, r.held_on FROM {rows} r WHERE r.status = 'held'"
        ") days GROUP BY class_id) m "
        "JOIN classes_trainingclass c ON c.id = m.class_id JOIN units_unit u ON u.id = c.unit_id",
    ),
    needs=("training_class_id", "held_on", "status"),
)  # fmt: skip
