"""A synthetic province, from a seed: the units of a real one, and people, classes and activities.

At scale 1 it has 124 communes, 1,498 hamlets, 20 departments, 1,035 teams with 7,991 members,
50,000 classes and 10,000 activities over 24 months, 640,000 people and about 5 million attendances.
Other scales have the same units and proportionally more or fewer records. People attend often or
seldom (Zipf-like), mostly in their own commune; some rows are merged into others; some classes are
cancelled, counted by headcount only, or held by departments all over the province.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models, transaction

from accounts.models import Posting, User
from activities.models import (
    Activity,
    ActivityHeadcount,
    ActivitySite,
    ActivityType,
    ExemplaryModel,
    ModelKind,
    Solution,
    SolutionField,
)
from campaign.models import Audience, Topic
from campaign.portal.scope import path_of
from campaign.text import fold, person_sort_key
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from reporting import triggers
from units.models import CommunityTeam, TeamMember, Unit, UnitProfile

SEED = 20261014
FIRST_DAY, DAYS = date(2024, 10, 1), 730
MADE_AT = datetime(2026, 10, 1, tzinfo=UTC)

COMMUNES, DEPARTMENTS, HAMLETS = 124, 20, 1498
TEAMS, MEMBERS = 1035, 7991
CLASSES, ACTIVITIES, PEOPLE = 50_000, 10_000, 640_000
LEARNERS = (20, 146)
"""People on the roster of a class, at least and at most."""
SESSIONS = (1, 1, 1, 2, 2, 3)
CHUNK = 1000

LEADER, KEEPER = "bench-leader", "bench-keeper"

SURNAMES = [
    "Nguyen",
    "Tran",
    "Le",
    "Pham",
    "Huynh",
    "Vo",
    "Dang",
    "Bui",
    "Do",
    "Ho",
    "Ngo",
    "Duong",
    "Ly",
    "Danh",
    "Chau",
]
MIDDLE = ["Van", "Thi", "Minh", "Ngoc", "Thanh", "Quoc", "Kim", "My", "Hoang", "Duc"]
GIVEN = [
    "An",
    "Anh",
    "Binh",
    "Chi",
    "Cuong",
    "Dung",
    "Duc",
    "Giang",
    "Ha",
    "Hai",
    "Hanh",
    "Hien",
    "Hoa",
    "Hung",
    "Huong",
    "Khanh",
    "Lan",
    "Linh",
    "Long",
    "Mai",
    "Minh",
    "Nam",
    "Nga",
    "Nhi",
    "Phong",
    "Phuc",
    "Quan",
    "Quyen",
    "Son",
    "Tam",
    "Thao",
    "Thu",
    "Trang",
    "Tu",
    "Tuan",
    "Uyen",
    "Vy",
    "Yen",
]
TYPES = {
    "bench-talk": "communication", "bench-meeting": "conference", "bench-contest": "contest",
    "bench-news": "broadcast", "bench-visit": "home_visit", "bench-other": "other",
}  # fmt: skip


# --- Loading --------------------------------------------------------------------------------


class _Stream(io.RawIOBase):
    """Rows as the text COPY reads, made while it reads."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._lines = (
            "\t".join(["\\N" if value is None else str(value) for value in row]) for row in rows
        )
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, length = [self._rest], len(self._rest)
        while length < size:
            line = next(self._lines, None)
            if line is None:
                break
            parts.append(line.encode() + b"\n")
            length += len(parts[-1])
        found = b"".join(parts)
        self._rest = found[size:]
        return found[:size]


class Table:
    """Writes rows of one model in bulk; the columns not named get the model's own defaults."""

    def __init__(self, model: type[models.Model], *columns: str) -> None:
        fields = {field.attname: field for field in model._meta.concrete_fields}
        self.name = model._meta.db_table
        self.columns = columns
        self.constants = {
            field.column: _default(field)
            for name, field in fields.items()
            if name not in columns
            and not (field.primary_key or field.generated)
            and _default(field) is not None
        }

    def load(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write the rows, in the order of the columns."""
        names = ", ".join(f'"{column}"' for column in self.columns)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.copy_expert(f"COPY {self.name} ({names}) FROM STDIN", _Stream(rows), 1 << 18)
            return
        marks = ", ".join(["?"] * len(self.columns))
        constants = "".join(f", {_quoted(value)}" for value in self.constants.values())
        more = "".join(f', "{column}"' for column in self.constants)
        connection.ensure_connection()
        connection.connection.executemany(
            f"INSERT INTO {self.name} ({names}{more}) VALUES ({marks}{constants})", rows
        )

    def lend_defaults(self, *, take_back: bool = False) -> None:
        """Give the other columns database defaults for the time of loading (COPY needs them)."""
        if connection.vendor != "postgresql" or not self.constants:
            return
        changes = ", ".join(
            f'ALTER COLUMN "{column}" '
            + ("DROP DEFAULT" if take_back else f"SET DEFAULT {_quoted(value)}")
            for column, value in self.constants.items()
        )
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {self.name} {changes}")


def _default(field: models.Field) -> Any:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return MADE_AT.strftime("%Y-%m-%d %H:%M:%S")
    value = field.get_default() if field.has_default() else None
    if value is None and not field.null and field.empty_strings_allowed:
        value = ""
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    return value


def _quoted(value: Any) -> str:
    if isinstance(value, bool):
        return (
            ("TRUE" if value else "FALSE") if connection.vendor == "postgresql" else str(int(value))
        )
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


# --- The province ------------------------------------------------------------------------------


class Province:
    """Makes one province at a scale; the same seed makes the same province in every database."""

    def __init__(self, scale: float, seed: int = SEED) -> None:
        self.scale = scale
        self.random = random.Random(seed)
        self.root = 1
        self.communes = range(2, 2 + COMMUNES)
        self.departments = range(self.communes.stop, self.communes.stop + DEPARTMENTS)
        self.hamlets: dict[int, list[int]] = {pk: [] for pk in self.communes}
        self.weights = [0.4 + 1.6 * self.random.random() for _ in self.communes]
        #: people by commune, in the order they were registered
        self.people: dict[int, list[int]] = {pk: [] for pk in self.communes}
        self.everybody = max(int(PEOPLE * scale), 500)
        self.next_pk = dict.fromkeys(("session", "enrolment", "attendance", "headcount"), 1)

    # --- Units, teams, people

    def units(self) -> Iterator[tuple[Any, ...]]:
        """The province, its communes and departments, and the hamlets of each commune."""
        root = path_of("", self.root)
        yield self._unit(self.root, None, root, "province", "province", "QD19/2025", "B-0")
        for pk in self.communes:
            yield self._unit(pk, 1, path_of(root, pk), "commune", "commune", "QD19/2025", f"B-{pk}")
        for pk in self.departments:
            yield self._unit(
                pk, 1, path_of(root, pk), "department", "department", "PORTAL", f"B-{pk}"
            )
        for number in range(HAMLETS):
            commune = self.communes[number % COMMUNES]
            pk = self.departments.stop + number
            self.hamlets[commune].append(pk)
            path = path_of(path_of(root, commune), pk)
            yield self._unit(pk, commune, path, "hamlet", "ap", "PORTAL", f"B-{pk}")

    @staticmethod
    def _unit(
        pk: int, parent: int | None, path: str, level: str, kind: str, system: str, code: str
    ) -> tuple[Any, ...]:
        name = f"{level.title()} {pk:04d}"
        key = fold(name)
        return pk, parent, path, level, kind, system, code, name, name, f"{key} {code}", key

    def profiles(self) -> Iterator[tuple[Any, ...]]:
        """Population and area of the province and each commune."""
        total = 0
        for number, pk in enumerate(self.communes):
            population = int(12_000 * self.weights[number])
            total += population
            yield (
                pk, 2024, population, population // 4, population // 7, population // 9,
                number % 5 == 0, "synthetic",
            )  # fmt: skip
        yield self.root, 2024, total, total // 4, total // 7, total // 9, False, "synthetic"

    def teams(self) -> Iterator[tuple[Any, ...]]:
        """Teams of hamlets, some of them founded late and some ended."""
        hamlets = [pk for group in self.hamlets.values() for pk in group]
        for pk in range(1, TEAMS + 1):
            founded = FIRST_DAY + timedelta(self.random.randrange(400) - 200)
            ended = founded + timedelta(300) if pk % 40 == 0 else None
            name = f"Team {pk:04d}"
            yield pk, hamlets[(pk * 7) % HAMLETS], name, founded, ended, fold(name), fold(name)

    def members(self) -> Iterator[tuple[Any, ...]]:
        """Members of the teams, seven or eight each."""
        for pk in range(1, MEMBERS + 1):
            joined = FIRST_DAY + timedelta(self.random.randrange(500))
            name, search, sort = self._name()
            yield (
                1 + pk % TEAMS,
                name,
                search,
                sort,
                joined,
                None if pk % 9 else joined + timedelta(90),
            )

    def _name(self) -> tuple[str, str, str]:
        pick = self.random.randrange
        name = NAMES[pick(len(NAMES))]
        if name not in _KEYS:
            _KEYS[name] = (name, fold(name), person_sort_key(name))
        return _KEYS[name]

    def participants(self, audiences: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        """People in the order they were registered; one in 200 is another's second record."""
        chance, pick = self.random.random, self.random.randrange
        homes = self.random.choices(self.communes, self.weights, k=self.everybody)
        for pk, home in enumerate(homes, start=1):
            self.people[home].append(pk)
            hamlets = self.hamlets[home]
            luck = chance()
            yield (
                pk, home, *self._name(),
                None if luck < 0.03 else 1940 + pick(75),
                "" if luck > 0.97 else ("f" if chance() < 0.54 else "m"),
                hamlets[pick(len(hamlets))],
                None if chance() < 0.3 else audiences[int(len(audiences) * chance() ** 2)],
                "" if chance() < 0.5 else ("y" if chance() < 0.2 else "n"),
                "" if chance() < 0.6 else ("y" if chance() < 0.1 else "n"),
                pk - 1 - pick(min(pk - 1, 50)) if pk % 200 == 0 else None,
            )  # fmt: skip

    # --- Classes

    def _owner_and_place(self) -> tuple[int, int | None, int | None]:
        """Who answers for a record, where it was, and the commune that place lies in."""
        chance = self.random.random
        commune = self.random.choices(self.communes, cum_weights=self._cumulative)[0]
        hamlet = self.random.choice(self.hamlets[commune])
        if chance() < 0.2:
            owner = self.departments[int(DEPARTMENTS * chance() ** 1.5)]
            luck = chance()
            if luck < 0.1:
                return owner, None, None
            return owner, commune if luck < 0.5 else hamlet, commune
        owner = commune if chance() < 0.6 else hamlet
        return owner, hamlet if owner == hamlet or chance() < 0.7 else commune, commune

    @property
    def _cumulative(self) -> list[float]:
        if not hasattr(self, "_sums"):
            total = 0.0
            self._sums = [total := total + weight for weight in self.weights]
        return self._sums

    def classes(
        self, topics: Sequence[int], audiences: Sequence[int]
    ) -> Iterator[dict[str, list[Any]]]:
        """Classes with their sessions, rosters and counts, some hundred at a time."""
        total = max(int(CLASSES * self.scale), 40)
        for first in range(1, total + 1, CHUNK):
            found: dict[str, list[Any]] = {
                name: [] for name in ("class", "session", "headcount", "enrolment", "attendance")
            }
            for pk in range(first, min(first + CHUNK, total + 1)):
                self._class(pk, topics, audiences, found)
            yield found

    def _class(
        self, pk: int, topics: Sequence[int], audiences: Sequence[int], found: dict[str, list[Any]]
    ) -> None:
        chance, pick = self.random.random, self.random.randrange
        owner, place, commune = self._owner_and_place()
        start_at = int(DAYS * (1 - chance() ** 1.3))
        starts = FIRST_DAY + timedelta(start_at)
        counting = ("headcount", "roster", "roster", "both", "both")[pick(5)]
        mode = ("in_person",) * 15 + ("online",) * 2 + ("blended",) * 2 + ("home_visit",)
        found["class"].append(
            (
                pk, owner, place, f"B-{pk:07d}", "support" if chance() < 0.2 else "class",
                f"Class {pk}", topics[int(len(topics) * chance() ** 1.5)],
                audiences[int(len(audiences) * chance() ** 1.5)], mode[pick(20)], counting, starts,
                MADE_AT.isoformat(" ") if chance() < 0.02 else None,
                "synthetic" if chance() < 0.02 else "", f"b-{pk:07d} class {pk}",
            )
        )  # fmt: skip
        days = [starts + timedelta(7 * n) for n in range(SESSIONS[pick(len(SESSIONS))])]
        enrolments: list[int] = []
        if counting != "headcount":
            enrolments = self._roster(pk, commune, start_at / DAYS, days[-1], found)
        for number, day in enumerate(days, start=1):
            self._session(pk, number, day, counting, enrolments, audiences, found)

    def _roster(
        self, pk: int, commune: int | None, progress: float, last: date, found: dict[str, list[Any]]
    ) -> list[int]:
        chance = self.random.random
        wanted = self.random.randint(*LEARNERS)
        local = self.people[commune] if commune else []
        # The first to register come most often; who registers late cannot have come before.
        known = len(local) * (0.35 + 0.65 * progress)
        chosen: set[int] = set()
        for _ in range(wanted):
            if known and chance() < 0.9:
                chosen.add(local[int(known * chance() ** 2)])
            else:
                chosen.add(1 + int(self.everybody * chance() ** 2))
        enrolment = self.next_pk["enrolment"]
        rows = found["enrolment"]
        for person in sorted(chosen):
            rows.append((enrolment, pk, person, last if chance() < 0.6 else None))
            enrolment += 1
        first, self.next_pk["enrolment"] = self.next_pk["enrolment"], enrolment
        return list(range(first, enrolment))

    def _session(
        self, class_pk: int, number: int, day: date, counting: str, enrolments: Sequence[int],
        audiences: Sequence[int], found: dict[str, list[Any]],
    ) -> None:  # fmt: skip
        chance, pick = self.random.random, self.random.randrange
        session = self.next_pk["session"]
        self.next_pk["session"] += 1
        luck = chance()
        status = "held" if luck < 0.97 else "planned" if luck < 0.99 else "cancelled"
        found["session"].append((session, class_pk, number, day, status))
        if counting != "roster" and status != "planned":
            for _ in range(1 + pick(3)):
                found["headcount"].append((session, *self._cell(audiences)))
        if status == "planned":
            return
        attendance = self.next_pk["attendance"]
        rows = found["attendance"]
        for enrolment in enrolments:
            if chance() < 0.94:
                rows.append((attendance, session, enrolment))
                attendance += 1
        self.next_pk["attendance"] = attendance

    def _cell(self, audiences: Sequence[int]) -> tuple[Any, ...]:
        pick = self.random.choice
        return (
            pick((None, *audiences[:4])), pick(("", "f", "m")), pick(("", "16-24", "25-44", "60+")),
            pick(("", "", "y")), pick(("", "", "n")), self.random.randint(1, 40),
        )  # fmt: skip

    # --- Activities

    def activities(
        self, types: Sequence[int], topics: Sequence[int], audiences: Sequence[int]
    ) -> Iterator[dict[str, list[Any]]]:
        """Activities with their counts, connected sites and trained teams."""
        chance, pick = self.random.random, self.random.randrange
        total = max(int(ACTIVITIES * self.scale), 30)
        for first in range(1, total + 1, CHUNK):
            found: dict[str, list[Any]] = {
                name: [] for name in ("activity", "headcount", "site", "team")
            }
            for pk in range(first, min(first + CHUNK, total + 1)):
                owner, place, _commune = self._owner_and_place()
                visited = pick(200) if chance() < 0.2 else None
                found["activity"].append(
                    (
                        pk, owner, place, types[pick(len(types))], f"Activity {pk}",
                        topics[pick(len(topics))] if chance() < 0.8 else None,
                        "online" if chance() < 0.2 else "in_person",
                        FIRST_DAY + timedelta(pick(DAYS)), visited,
                        None if visited is None else visited // 2,
                        MADE_AT.isoformat(" ") if chance() < 0.02 else None,
                        "synthetic" if chance() < 0.02 else "", f"activity {pk}",
                    )
                )  # fmt: skip
                for _ in range(pick(4)):
                    found["headcount"].append((pk, *self._cell(audiences)))
                if chance() < 0.01:
                    for unit in self.random.sample(self.communes, 10):
                        found["site"].append((pk, unit, chance() < 0.9, pick(80)))
                if chance() < 0.05:
                    for team in self.random.sample(range(1, TEAMS + 1), 3):
                        found["team"].append((pk, team))
            yield found


NAMES = [f"{a} {b} {c}" for a in SURNAMES for b in MIDDLE for c in GIVEN]
_KEYS: dict[str, tuple[str, str, str]] = {}


# --- Writing it down -----------------------------------------------------------------------------


def generate(scale: float, seed: int = SEED) -> dict[str, int]:
    """Fill the (empty, migrated) database with a province; returns how many of each there are."""
    province = Province(scale, seed)
    topics, audiences = _words()
    triggers.remove(connection)
    _relax(True)
    try:
        with transaction.atomic():
            _units(province)
            _people(province, audiences)
            _classes(province, topics, audiences)
            _activities(province, topics, audiences)
            _achievements(province)
    finally:
        _relax(False)
    triggers.install(connection)
    _readers(province)
    _tidy()
    counted = {
        "units": Unit, "teams": CommunityTeam, "members": TeamMember, "people": Participant,
        "classes": TrainingClass, "sessions": ClassSession, "activities": Activity,
        "enrolments": Enrolment, "attendances": Attendance,
    }  # fmt: skip
    return {name: model.unscoped.count() for name, model in counted.items()}


def _words() -> tuple[list[int], list[int]]:
    """Topics and audiences, sown where the portal has none yet; the kinds of activity."""
    if not Topic.objects.exists():
        for number in range(12):
            Topic.objects.create(
                code=f"bench-{number}", name_vi=f"Topic {number}", name_en=f"Topic {number}"
            )
    if not Audience.objects.exists():
        for number in range(8):
            Audience.objects.create(
                code=f"bench-{number}",
                name_vi=f"Audience {number}",
                name_en=f"Audience {number}",
                group="adults",
            )
    for code, counts_as in TYPES.items():
        ActivityType.objects.get_or_create(
            code=code, defaults={"name_vi": code, "name_en": code, "counts_as": counts_as}
        )
    topics = list(Topic.objects.order_by("pk").values_list("pk", flat=True))
    audiences = list(Audience.objects.order_by("pk").values_list("pk", flat=True))
    return topics, audiences


def _relax(on: bool) -> None:
    """No foreign key checks while loading: the generator only names what it made."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SET session_replication_role = {'replica' if on else 'origin'}")
            cursor.execute(f"SET synchronous_commit = {'off' if on else 'on'}")
        else:
            cursor.execute(f"PRAGMA foreign_keys = {'OFF' if on else 'ON'}")
            cursor.execute(f"PRAGMA synchronous = {'OFF' if on else 'NORMAL'}")


def _load(table: Table, rows: Iterable[Sequence[Any]]) -> None:
    table.lend_defaults()
    table.load(rows)
    table.lend_defaults(take_back=True)


def _units(province: Province) -> None:
    _load(
        Table(
            Unit, "id", "parent_id", "path", "level", "kind", "code_system", "code", "name",
            "short_name", "search_key", "sort_key",
        ),
        province.units(),
    )  # fmt: skip
    _load(
        Table(
            UnitProfile, "unit_id", "year", "population", "households", "elderly",
            "ethnic_minority", "is_mountain", "source",
        ),
        province.profiles(),
    )  # fmt: skip
    _load(
        Table(
            CommunityTeam, "id", "unit_id", "name", "founded_on", "ended_on", "search_key",
            "sort_key",
        ),
        province.teams(),
    )  # fmt: skip
    _load(
        Table(TeamMember, "team_id", "full_name", "search_key", "sort_key", "joined_on", "left_on"),
        province.members(),
    )


def _people(province: Province, audiences: Sequence[int]) -> None:
    _load(
        Table(
            Participant, "id", "unit_id", "full_name", "search_key", "sort_key", "birth_year",
            "sex", "hamlet_id", "audience_id", "minority", "disability", "merged_into_id",
        ),
        province.participants(audiences),
    )  # fmt: skip


def _in_chunks(tables: dict[str, Table], chunks: Iterable[dict[str, list[Any]]]) -> None:
    for table in tables.values():
        table.lend_defaults()
    for chunk in chunks:
        for name, table in tables.items():
            table.load(chunk[name])
    for table in tables.values():
        table.lend_defaults(take_back=True)


CELL = ("audience_id", "sex", "age_band", "minority", "disability", "people")


def _classes(province: Province, topics: Sequence[int], audiences: Sequence[int]) -> None:
    tables = {
        "class": Table(
            TrainingClass, "id", "unit_id", "place_id", "code", "form", "title", "topic_id",
            "audience_id", "mode", "counting", "starts_on", "cancelled_at", "cancelled_reason",
            "search_key",
        ),
        "session": Table(ClassSession, "id", "training_class_id", "number", "held_on", "status"),
        "headcount": Table(SessionHeadcount, "session_id", *CELL),
        "enrolment": Table(Enrolment, "id", "training_class_id", "participant_id", "completed_on"),
        "attendance": Table(Attendance, "id", "session_id", "enrolment_id"),
    }  # fmt: skip
    _in_chunks(tables, province.classes(topics, audiences))


def _activities(province: Province, topics: Sequence[int], audiences: Sequence[int]) -> None:
    types = list(
        ActivityType.objects.filter(code__in=TYPES).order_by("code").values_list("pk", flat=True)
    )
    tables = {
        "activity": Table(
            Activity, "id", "unit_id", "place_id", "type_id", "title", "topic_id", "mode",
            "starts_on", "households_visited", "households_reached", "cancelled_at",
            "cancelled_reason", "search_key",
        ),
        "headcount": Table(ActivityHeadcount, "activity_id", *CELL),
        "site": Table(ActivitySite, "activity_id", "unit_id", "is_connected", "people"),
        "team": Table(Activity.teams_trained.through, "activity_id", "communityteam_id"),
    }  # fmt: skip
    _in_chunks(tables, province.activities(types, topics, audiences))


def _achievements(province: Province) -> None:
    """59 exemplary models and 26 recognised solutions: registers stay small at every scale."""
    kind, _new = ModelKind.objects.get_or_create(
        code="bench", defaults={"name_vi": "bench", "name_en": "bench"}
    )
    field, _new = SolutionField.objects.get_or_create(
        code="bench", defaults={"name_vi": "bench", "name_en": "bench"}
    )
    ExemplaryModel.unscoped.bulk_create(
        ExemplaryModel(
            unit_id=province.communes[n], kind=kind, name=f"Model {n}",
            started_on=FIRST_DAY + timedelta(n * 10),
        )
        for n in range(59)
    )  # fmt: skip
    Solution.unscoped.bulk_create(
        Solution(
            unit_id=province.departments[n % DEPARTMENTS], field=field, name=f"Solution {n}",
            recognised_on=FIRST_DAY + timedelta(n * 20),
        )
        for n in range(26)
    )  # fmt: skip


def _readers(province: Province) -> None:
    """Who opens the pages: the provincial leader, and somebody who may open every roster."""
    for username, role in (
        (LEADER, Posting.Role.PROVINCIAL_LEADER), (KEEPER, Posting.Role.FOCAL_OFFICER),
    ):  # fmt: skip
        reader = User(username=username, full_name="Do Thi Lan")
        reader.set_unusable_password()
        reader.set_keys()
        reader.save()
        Posting.objects.create(user=reader, unit_id=province.root, role=role, starts_on=FIRST_DAY)


def _tidy() -> None:
    """Ids go on where the generator stopped; the planner knows the tables."""
    loaded = [
        Unit, UnitProfile, CommunityTeam, TeamMember, Participant, TrainingClass, ClassSession,
        SessionHeadcount, Enrolment, Attendance, Activity, ActivityHeadcount, ActivitySite,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), loaded):
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
