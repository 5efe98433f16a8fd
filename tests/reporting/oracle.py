"""The figures a second time: plain Python over every record, as the words of the register say.

It shares nothing with ``reporting``: no query, no helper, no bitmap. Slow and obvious.
"""

from collections import Counter, defaultdict
from datetime import date

from activities.models import (
    Activity,
    ActivityHeadcount,
    ActivitySite,
    ActivityType,
)
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from units.models import Unit

DIMS = ("audience", "topic", "mode", "type", "sex", "age_band", "minority", "disability")
SORTS = {
    "communication": "communications", "conference": "conferences", "contest": "contests",
    "broadcast": "broadcasts", "home_visit": "home_visit_rounds",
}  # fmt: skip
SUMS = {
    "attendances": ("attendances_on_roster", "attendances_counted"),
    "classes_and_support": ("classes", "support_sessions"),
}


def age_band(born, year):
    if not born:
        return ""
    age = year - born
    if age <= 15:
        return "u16"
    if age <= 24:
        return "16-24"
    if age <= 44:
        return "25-44"
    return "45-59" if age <= 59 else "60+"


def text(value):
    return "" if value is None else str(value)


class Oracle:
    """Everything that happened, one event a line: (day, owner path, place path, code, n, dims)."""

    def __init__(self):
        self.paths = dict(Unit.unscoped.values_list("pk", "path"))
        self.people = {p["id"]: p for p in Participant.unscoped.values()}
        self.events = []
        self.present = []
        self.completed = []
        self.days = []
        self._classes()
        self._activities()

    def stands_for(self, pk):
        trail = [pk]
        while (after := self.people[trail[-1]]["merged_into_id"]) is not None:
            if after in trail:
                return min(trail[trail.index(after) :])
            trail.append(after)
        return trail[-1]

    def _classes(self):  # noqa: C901 - one story, told once, in order
        sessions = defaultdict(list)
        for row in ClassSession.unscoped.values():
            sessions[row["training_class_id"]].append(row)
        cells = defaultdict(list)
        for row in SessionHeadcount.unscoped.values():
            cells[row["session_id"]].append(row)
        person_of = dict(Enrolment.unscoped.values_list("pk", "participant_id"))
        roster = defaultdict(list)
        for row in Attendance.unscoped.values():
            roster[row["session_id"]].append(self.stands_for(person_of[row["enrolment_id"]]))
        enrolments = defaultdict(list)
        for row in Enrolment.unscoped.values():
            enrolments[row["training_class_id"]].append(row)
        for c in TrainingClass.unscoped.values():
            if c["cancelled_at"] is not None:
                continue
            owner = self.paths[c["unit_id"]]
            place = self.paths[c["place_id"]] if c["place_id"] else owner[:7]
            about = {
                "audience": text(c["audience_id"]), "topic": text(c["topic_id"]),
                "mode": c["mode"],
            }  # fmt: skip
            held = [s for s in sessions[c["id"]] if s["status"] == "held"]
            if held:
                code = "classes" if c["form"] == "class" else "support_sessions"
                self.add(min(s["held_on"] for s in held), owner, place, code, 1, about)
            for s in held:
                day = s["held_on"]
                self.add(day, owner, place, "sessions", 1, about)
                if c["mode"] in ("online", "blended"):
                    self.add(day, owner, place, "online_sessions", 1, about)
                names = roster[s["id"]] if c["counting"] != "headcount" else []
                if names:
                    self.add(day, owner, place, "sessions_with_roster", 1, about)
                for name in names:
                    p = self.people[name]
                    of = {
                        **about, "audience": text(p["audience_id"] or c["audience_id"]),
                        "sex": p["sex"], "age_band": age_band(p["birth_year"], day.year),
                        "minority": p["minority"], "disability": p["disability"],
                    }  # fmt: skip
                    self.add(day, owner, place, "attendances_on_roster", 1, of)
                    self.present.append((day, owner, place, name, about))
                for cell in cells[s["id"]] if c["counting"] != "roster" else []:
                    of = {
                        **about, "audience": text(cell["audience_id"] or c["audience_id"]),
                        **{k: cell[k] for k in ("sex", "age_band", "minority", "disability")},
                    }  # fmt: skip
                    self.add(day, owner, place, "attendances_counted", cell["people"], of)
            for e in enrolments[c["id"]]:
                if e["completed_on"]:
                    name = self.stands_for(e["participant_id"])
                    self.completed.append((e["completed_on"], owner, place, name, about))
                    self.days.append((e["completed_on"], owner, place))

    def _activities(self):
        sorts = dict(ActivityType.objects.values_list("pk", "counts_as"))
        cells = defaultdict(list)
        for row in ActivityHeadcount.unscoped.values():
            cells[row["activity_id"]].append(row)
        sites = defaultdict(list)
        for row in ActivitySite.unscoped.values():
            sites[row["activity_id"]].append(row)
        trained = Counter(
            Activity.teams_trained.through.objects.values_list("activity_id", flat=True)
        )
        for a in Activity.unscoped.values():
            if a["cancelled_at"] is not None:
                continue
            day, owner = a["starts_on"], self.paths[a["unit_id"]]
            place = self.paths[a["place_id"]] if a["place_id"] else owner[:7]
            about = {"topic": text(a["topic_id"]), "mode": a["mode"], "type": text(a["type_id"])}
            sort = sorts[a["type_id"]]
            self.add(day, owner, place, "activities", 1, about)
            if sort in SORTS:
                self.add(day, owner, place, SORTS[sort], 1, about)
            for code in ("households_visited", "households_reached"):
                self.add(day, owner, place, code, a[code] or 0, about)
            self.add(day, owner, place, "teams_trained", trained[a["id"]], about)
            for cell in cells[a["id"]]:
                of = {
                    **about, "audience": text(cell["audience_id"]),
                    **{k: cell[k] for k in ("sex", "age_band", "minority", "disability")},
                }  # fmt: skip
                self._reach(day, owner, place, cell["people"], of, sort)
            for site in sites[a["id"]]:
                if site["is_connected"]:
                    there = self.paths[site["unit_id"]]
                    self.add(day, owner, there, "sites", 1, about)
                    blank = dict.fromkeys(
                        ("audience", "sex", "age_band", "minority", "disability"), ""
                    )
                    self._reach(day, owner, there, site["people"] or 0, {**about, **blank}, sort)

    def _reach(self, day, owner, place, people, of, sort):
        self.add(day, owner, place, "reach", people, of)
        if sort == "communication":
            self.add(day, owner, place, "communication_reach", people, of)

    def add(self, day, owner, place, code, number, dims):
        self.events.append((day, owner, place, code, number, dims))
        self.days.append((day, owner, place))

    # --- asking --------------------------------------------------------------------------

    def number(self, code, *, axis, unit, start: date, end: date, where=None, owners=None):
        """The number, or None when the unit recorded nothing at all in those days."""
        where = where or {}

        def counts(day, owner, place):
            path = owner if axis == "owner" else place
            mine = owners is None or any(owner.startswith(root) for root in owners)
            return start <= day <= end and path.startswith(unit.path) and mine

        if not any(counts(*event) for event in self.days):
            return None
        if code in ("people", "people_completed"):
            events = self.present if code == "people" else self.completed
            return len(
                {
                    name
                    for day, owner, place, name, about in events
                    if counts(day, owner, place) and self.person_is(name, about, where, end.year)
                }
            )
        wanted = SUMS.get(code, (code,))
        return sum(
            number
            for day, owner, place, kind, number, dims in self.events
            if kind in wanted
            and counts(day, owner, place)
            and all(dims[dim] == key for dim, key in where.items())
        )

    def person_is(self, name, about, where, year):
        p = self.people[name]
        now = {
            "audience": text(p["audience_id"]), "sex": p["sex"],
            "age_band": age_band(p["birth_year"], year),
            "minority": p["minority"], "disability": p["disability"],
            "topic": about["topic"], "mode": about["mode"],
        }  # fmt: skip
        return all(now[dim] == key for dim, key in where.items())
