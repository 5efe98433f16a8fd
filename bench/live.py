"""The same figures straight from the records: SQL tuned by hand, for all three engines.

Written from the meaning of each figure, without a look at ``reporting.facts``: it is the reference
that cells are measured against, and compared with. Rosters are reduced to one row a person and
unit before anything is counted (two levels), which is several times faster than count(distinct).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

#: runs a statement and returns its rows
Run = Callable[[str], list[Any]]

#: {unit id: {code: number}}
Figures = dict[int, dict[str, int]]

ADDITIVE = (
    "classes", "support_sessions", "sessions", "online_sessions", "sessions_with_roster",
    "attendances_on_roster", "attendances_counted", "activities", "communications",
    "conferences", "contests", "broadcasts", "home_visit_rounds", "reach",
    "communication_reach", "households_visited", "households_reached", "teams_trained", "sites",
)  # fmt: skip
DISTINCT = ("people", "people_completed")

# --- Words of the statements ----------------------------------------------------------------------

#: who each merged row stands for in the end
MERGED = """
chain(id, head) AS (
  SELECT id, merged_into_id FROM classes_participant WHERE merged_into_id IS NOT NULL
  UNION ALL
  SELECT chain.id, p.merged_into_id FROM chain JOIN classes_participant p ON p.id = chain.head
  WHERE p.merged_into_id IS NOT NULL
),
known AS (
  SELECT chain.id, chain.head FROM chain JOIN classes_participant p ON p.id = chain.head
  WHERE p.merged_into_id IS NULL
)"""

HELD = """
held AS (
  SELECT s.id, s.held_on, s.training_class_id, c.counting, c.mode, c.topic_id, c.audience_id,
         {unit} AS unit
  FROM classes_classsession s
  JOIN classes_trainingclass c ON c.id = s.training_class_id
  JOIN units_unit o ON o.id = c.unit_id
  LEFT JOIN units_unit l ON l.id = c.place_id
  WHERE s.status = 'held' AND c.cancelled_at IS NULL AND s.held_on BETWEEN '{first}' AND '{last}'
)"""

ROSTERS = f"""
WITH RECURSIVE {MERGED}, {HELD},
turns AS (
  SELECT held.unit, coalesce(known.head, e.participant_id) AS person, count(*) AS number
  FROM held
  JOIN classes_attendance a ON a.session_id = held.id
  JOIN classes_enrolment e ON e.id = a.enrolment_id
  LEFT JOIN known ON known.id = e.participant_id
  WHERE held.counting <> 'headcount'
  GROUP BY 1, 2
)
SELECT unit, sum(number), count(*) FROM turns GROUP BY 1"""

SESSIONS = f"""
WITH {HELD}
SELECT unit, count(*), sum(CASE WHEN mode IN ('online', 'blended') THEN 1 ELSE 0 END),
       sum(CASE WHEN counting <> 'headcount' AND EXISTS (
             SELECT 1 FROM classes_attendance a WHERE a.session_id = held.id
           ) THEN 1 ELSE 0 END)
FROM held GROUP BY 1"""

COUNTED = f"""
WITH {HELD}
SELECT unit, sum(n.people) FROM held JOIN classes_sessionheadcount n ON n.session_id = held.id
WHERE counting <> 'roster' GROUP BY 1"""

STARTS = """
WITH begun AS (
  SELECT training_class_id, min(held_on) AS day FROM classes_classsession
  WHERE status = 'held' GROUP BY 1
)
SELECT {unit}, sum(CASE WHEN c.form = 'class' THEN 1 ELSE 0 END),
       sum(CASE WHEN c.form = 'support' THEN 1 ELSE 0 END)
FROM begun
JOIN classes_trainingclass c ON c.id = begun.training_class_id
JOIN units_unit o ON o.id = c.unit_id
LEFT JOIN units_unit l ON l.id = c.place_id
WHERE c.cancelled_at IS NULL AND begun.day BETWEEN '{first}' AND '{last}' GROUP BY 1"""

COMPLETED = f"""
WITH RECURSIVE {MERGED},
done AS (
  SELECT DISTINCT {{unit}} AS unit, coalesce(known.head, e.participant_id) AS person
  FROM classes_enrolment e
  JOIN classes_trainingclass c ON c.id = e.training_class_id
  JOIN units_unit o ON o.id = c.unit_id
  LEFT JOIN units_unit l ON l.id = c.place_id
  LEFT JOIN known ON known.id = e.participant_id
  WHERE c.cancelled_at IS NULL AND e.completed_on BETWEEN '{{first}}' AND '{{last}}'
)
SELECT unit, count(*) FROM done GROUP BY 1"""

_SORTS = ("communication", "conference", "contest", "broadcast", "home_visit")
ACTIVITIES = """
WITH came AS (
  SELECT activity_id, sum(people) AS people FROM activities_activityheadcount GROUP BY 1
), trained AS (
  SELECT activity_id, count(*) AS teams FROM activities_activity_teams_trained GROUP BY 1
)
SELECT {unit}, count(*),
       {sorts},
       sum(coalesce(came.people, 0)),
       sum(CASE WHEN t.counts_as = 'communication' THEN coalesce(came.people, 0) ELSE 0 END),
       sum(coalesce(c.households_visited, 0)), sum(coalesce(c.households_reached, 0)),
       sum(coalesce(trained.teams, 0))
FROM activities_activity c
JOIN activities_activitytype t ON t.id = c.type_id
JOIN units_unit o ON o.id = c.unit_id
LEFT JOIN units_unit l ON l.id = c.place_id
LEFT JOIN came ON came.activity_id = c.id
LEFT JOIN trained ON trained.activity_id = c.id
WHERE c.cancelled_at IS NULL AND c.starts_on BETWEEN '{first}' AND '{last}' GROUP BY 1"""

SITES = """
SELECT {unit}, count(*), sum(coalesce(w.people, 0)),
       sum(CASE WHEN t.counts_as = 'communication' THEN coalesce(w.people, 0) ELSE 0 END)
FROM activities_activitysite w
JOIN activities_activity c ON c.id = w.activity_id
JOIN activities_activitytype t ON t.id = c.type_id
JOIN units_unit o ON o.id = c.unit_id
JOIN units_unit l ON l.id = w.unit_id
WHERE c.cancelled_at IS NULL AND w.is_connected
      AND c.starts_on BETWEEN '{first}' AND '{last}' GROUP BY 1"""

#: statement, and the figures its columns hold (added where two statements give the same one)
STATEMENTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (ROSTERS, ("attendances_on_roster", "people")),
    (SESSIONS, ("sessions", "online_sessions", "sessions_with_roster")),
    (COUNTED, ("attendances_counted",)),
    (STARTS, ("classes", "support_sessions")),
    (COMPLETED, ("people_completed",)),
    (
        ACTIVITIES,
        (
            "activities", "communications", "conferences", "contests", "broadcasts",
            "home_visit_rounds", "reach", "communication_reach", "households_visited",
            "households_reached", "teams_trained",
        ),
    ),
    (SITES, ("sites", "reach", "communication_reach")),
)  # fmt: skip


def _fill(statement: str, first: date, last: date, axis: str, level: str) -> str:
    path = "o.path" if axis == "owner" else "coalesce(l.path, substr(o.path, 1, 7))"
    return statement.format(
        unit=f"substr({path}, {1 if level == 'province' else 8}, 7)",
        first=first.isoformat(), last=last.isoformat(),
        sorts=", ".join(f"sum(CASE WHEN t.counts_as = '{s}' THEN 1 ELSE 0 END)" for s in _SORTS),
    )  # fmt: skip


def figures(run: Run, first: date, last: date, axis: str, level: str) -> Figures:
    """Every figure of the province (``level`` province) or of each unit right below it (top)."""
    found: Figures = defaultdict(lambda: defaultdict(int))
    for statement, codes in STATEMENTS:
        for unit, *numbers in run(_fill(statement, first, last, axis, level)):
            if unit:
                for code, number in zip(codes, numbers, strict=True):
                    found[int(unit)][code] += int(number)
    return found


PRESENT = f"""
WITH RECURSIVE {MERGED}, {HELD}
SELECT DISTINCT held.unit, coalesce(known.head, e.participant_id)
FROM held
JOIN classes_attendance a ON a.session_id = held.id
JOIN classes_enrolment e ON e.id = a.enrolment_id
LEFT JOIN known ON known.id = e.participant_id
WHERE held.counting <> 'headcount'"""

DONE = f"""
WITH RECURSIVE {MERGED}
SELECT DISTINCT {{unit}}, coalesce(known.head, e.participant_id)
FROM classes_enrolment e
JOIN classes_trainingclass c ON c.id = e.training_class_id
JOIN units_unit o ON o.id = c.unit_id
LEFT JOIN units_unit l ON l.id = c.place_id
LEFT JOIN known ON known.id = e.participant_id
WHERE c.cancelled_at IS NULL AND e.completed_on BETWEEN '{{first}}' AND '{{last}}'"""


def who(run: Run, code: str, first: date, last: date, axis: str) -> dict[str, set[int]]:
    """The people themselves, by the unit right below the province ('' where there is none)."""
    found: dict[str, set[int]] = defaultdict(set)
    statement = PRESENT if code == "people" else DONE
    for unit, person in run(_fill(statement, first, last, axis, "top")):
        found[unit].add(person)
    return found


# --- By trait ------------------------------------------------------------------------------------

AGE = """CASE WHEN p.birth_year IS NULL OR p.birth_year = 0 THEN ''
  WHEN {year} - p.birth_year < 16 THEN 'u16' WHEN {year} - p.birth_year < 25 THEN '16-24'
  WHEN {year} - p.birth_year < 45 THEN '25-44' WHEN {year} - p.birth_year < 60 THEN '45-59'
  ELSE '60+' END"""
_YEAR_OF_SESSION = "CAST(substr(CAST(held.held_on AS varchar(10)), 1, 4) AS integer)"

PEOPLE_TRAITS = {
    "sex": "p.sex", "minority": "p.minority", "disability": "p.disability",
    "audience": "p.audience_id", "age_band": AGE,
}  # fmt: skip
ATTENDANCE_TRAITS = {
    **PEOPLE_TRAITS, "audience": "coalesce(p.audience_id, held.audience_id)",
    "topic": "held.topic_id", "mode": "held.mode",
}  # fmt: skip

PEOPLE_BY = f"""
WITH RECURSIVE {MERGED}, {HELD},
present AS (
  SELECT DISTINCT held.unit, coalesce(known.head, e.participant_id) AS person
  FROM held
  JOIN classes_attendance a ON a.session_id = held.id
  JOIN classes_enrolment e ON e.id = a.enrolment_id
  LEFT JOIN known ON known.id = e.participant_id
  WHERE held.counting <> 'headcount'
)
SELECT unit, {{trait}}, count(*) FROM present JOIN classes_participant p ON p.id = present.person
GROUP BY 1, 2"""

ATTENDANCES_BY = f"""
WITH RECURSIVE {MERGED}, {HELD}
SELECT held.unit, {{trait}}, count(*)
FROM held
JOIN classes_attendance a ON a.session_id = held.id
JOIN classes_enrolment e ON e.id = a.enrolment_id
LEFT JOIN known ON known.id = e.participant_id
JOIN classes_participant p ON p.id = coalesce(known.head, e.participant_id)
WHERE held.counting <> 'headcount'
GROUP BY 1, 2"""

COUNTED_BY = f"""
WITH {HELD}
SELECT held.unit, {{trait}}, sum(p.people)
FROM held JOIN classes_sessionheadcount p ON p.session_id = held.id
WHERE counting <> 'roster' GROUP BY 1, 2"""


def by_trait(
    run: Run, code: str, dim: str, first: date, last: date, axis: str, level: str
) -> dict[tuple[int, str], int]:
    """``people``, ``attendances_on_roster`` or ``attendances_counted`` by one trait."""
    if code == "people":
        statement, trait = PEOPLE_BY, PEOPLE_TRAITS[dim].format(year=last.year)
    elif code == "attendances_on_roster":
        statement, trait = ATTENDANCES_BY, ATTENDANCE_TRAITS[dim].format(year=_YEAR_OF_SESSION)
    else:
        statement = COUNTED_BY
        trait = "p.age_band" if dim == "age_band" else ATTENDANCE_TRAITS[dim]
    rows = run(_fill(statement.replace("{trait}", trait), first, last, axis, level))
    return {
        (int(unit), "" if key is None else str(key)): int(number)
        for unit, key, number in rows
        if unit and number
    }


def audience_split(run: Run, first: date, last: date) -> dict[str, int]:
    """Attendances of the province by audience, roster and count together."""
    found: dict[str, int] = defaultdict(int)
    for code in ("attendances_on_roster", "attendances_counted"):
        for (_unit, key), number in by_trait(
            run, code, "audience", first, last, "place", "province"
        ).items():
            found[key] += number
    return dict(found)


# --- Rows behind a number ----------------------------------------------------------------------

COUNT_ROWS = f"""
WITH RECURSIVE {MERGED}, {HELD}
SELECT count(*) FROM (
  SELECT DISTINCT coalesce(known.head, e.participant_id) AS person
  FROM held
  JOIN classes_attendance a ON a.session_id = held.id
  JOIN classes_enrolment e ON e.id = a.enrolment_id
  LEFT JOIN known ON known.id = e.participant_id
  WHERE held.counting <> 'headcount'
) found"""

COUNT_ATTENDANCES = f"""
WITH {HELD}
SELECT count(*) FROM held JOIN classes_attendance a ON a.session_id = held.id
JOIN classes_enrolment e ON e.id = a.enrolment_id
WHERE held.counting <> 'headcount'"""


def count_people(run: Run, first: date, last: date) -> int:
    """What a paginator asks before it shows page 1 of the people of the province."""
    return int(run(_fill(COUNT_ROWS, first, last, "place", "province"))[0][0])


def count_attendances(run: Run, first: date, last: date) -> int:
    """What a paginator asks before it shows page 1 of the province's attendance sheet lines."""
    return int(run(_fill(COUNT_ATTENDANCES, first, last, "place", "province"))[0][0])


def on_django(sql: str) -> list[Any]:
    """Run a statement on the portal's database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql.replace("%", "%%"))
        return list(cursor.fetchall())
