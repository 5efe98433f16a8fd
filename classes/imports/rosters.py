"""The classes a file speaks of and the people on their lists, read at once for all its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from campaign.portal import history
from campaign.portal.access import Access
from campaign.portal.imports.cells import nearest
from campaign.portal.imports.rows import Fix, Unclear
from classes.duplicates import Known
from classes.imports.marks import Mark
from classes.models import Attendance, ClassSession, Enrolment, Participant, TrainingClass
from units.models import Unit

AT_ONCE = 500  # ids in one query
#: what is known of a person, as the register keeps it
TRAITS = (
    "full_name", "sex", "birth_year", "birth_date", "hamlet", "audience", "phone", "minority",
    "disability", "guardian",
)  # fmt: skip
NOTHING: dict[str, Any] = {
    "full_name": "", "sex": "", "birth_year": None, "birth_date": None, "hamlet": None,
    "audience": None, "phone": "", "minority": "", "disability": "", "guardian": "",
}  # fmt: skip
PERSON = tuple(str(Participant._meta.get_field(name).attname) for name in TRAITS)  # type: ignore[union-attr]


def in_parts(items: Iterable[Any]) -> Iterator[list[Any]]:
    """A few hundred at a time, in order: databases take so many values in one query."""
    whole = sorted(items)
    for start in range(0, len(whole), AT_ONCE):
        yield whole[start : start + AT_ONCE]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A session as rows about attendance need it."""

    pk: int
    number: int
    held_on: date
    status: str


@dataclass(slots=True)
class Home:
    """A class as rows about its people need it."""

    pk: int
    code: str
    title: str
    unit_id: int
    unit_path: str
    commune: Unit | None
    starts_on: date
    counting: str
    is_cancelled: bool
    #: (id, day) of the sessions that were held, in their order
    held: list[tuple[int, date]] = field(default_factory=list)
    #: all sessions, in their order, where they were asked for
    meetings: list[Meeting] = field(default_factory=list)

    def meeting(self, mark: Mark) -> Meeting | None:
        """The session a column is about; None when the class has none, or two on that day."""
        found = [one for one in self.meetings if mark.means(one.number, one.held_on)]
        return found[0] if len(found) == 1 else None

    def check_takes_people(self) -> None:
        """Refuse a class nobody can be listed in, and say what to do."""
        if self.is_cancelled:
            raise Unclear(
                _("Class %(code)s is cancelled. Restore it first, or choose another class.")
                % {"code": self.code}, code="cancelled", text=self.code,
            )  # fmt: skip
        if self.counting == TrainingClass.Counting.HEADCOUNT:
            raise Unclear(
                _("Class %(code)s counts people without names. Change how it counts people first.")
                % {"code": self.code}, code="headcount", text=self.code,
            )  # fmt: skip


@dataclass(slots=True)
class Listed:
    """A person on the list of a class, or about to be; ``version`` is the person's.

    ``twin`` is the row of the same file whose new person this is; ``was`` what is kept of somebody
    who was known before.
    """

    home: Home
    traits: dict[str, Any]
    pk: int | None = None
    person: int | None = None
    version: int | None = None
    completed_on: date | None = None
    present: frozenset[int] = frozenset()
    twin: int | None = None
    was: Listed | None = None
    #: people of the register (or rows of the file, below 0) somebody said this is not
    apart: tuple[int, ...] = ()

    def __str__(self) -> str:
        return str(self.traits["full_name"])

    def copy(self, latest: dict[str, Any] | None = None) -> Listed:
        """Once more, to put values into, with what was said of the person since."""
        now = replace(self, traits=self.traits | (latest or {}))
        now.was = replace(now, traits=dict(now.traits))
        return now

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        kept = dict(self.traits)
        kept["completed_on"] = history.plain(self.completed_on)
        kept["present"] = sorted(self.present)
        return kept


class Homes:
    """The classes a person may list people of: those a file names, by their codes."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self.by_code: dict[str, Home] = {}
        self.by_pk: dict[int, Home] = {}
        self._all_codes: list[str] | None = None

    def _rows(self) -> Any:
        return (
            TrainingClass.objects.within(self._access.edit)
            .select_related("unit__parent", "place__parent")
            .order_by("pk")
        )

    def read(
        self, *, codes: Iterable[str] = (), pks: Iterable[int] = (), lock: bool = False
    ) -> None:
        """Read classes by code and by id; ``lock`` keeps others from changing their lists."""
        rows = self._rows().select_for_update(of=("self",)) if lock else self._rows()
        wanted = [rows.filter(code__in=some) for some in in_parts(set(codes))]
        wanted += [rows.filter(pk__in=some) for some in in_parts(set(pks))]
        for some in wanted:
            for training_class in some:
                if self._access.people.covers(training_class.unit.path):
                    self._keep(training_class)

    def _keep(self, one: TrainingClass) -> None:
        home = Home(
            one.pk, one.code, one.title, one.unit_id, one.unit.path, _commune_of(one),
            one.starts_on, one.counting, one.is_cancelled,
        )  # fmt: skip
        self.by_code[one.code] = self.by_pk[one.pk] = home

    def read_sessions(self, *, lock: bool = False) -> None:
        """Read which sessions of these classes were held."""
        rows = ClassSession.objects.within(self._access.edit).order_by(
            "training_class_id", "number"
        )
        held = rows.filter(status=ClassSession.Status.HELD)
        for known in self.by_pk.values():
            known.held = []
        for some in in_parts(self.by_pk):
            chosen = held.filter(training_class__in=some)
            if lock:
                list(chosen.order_by("pk").select_for_update(of=("self",)).values_list("pk"))
            for pk, home, day in chosen.values_list("pk", "training_class_id", "held_on"):
                self.by_pk[home].held.append((pk, day))

    def read_meetings(self) -> None:
        """Read every session of these classes."""
        rows = ClassSession.objects.within(self._access.edit).order_by(
            "training_class_id", "number"
        )
        columns = ("training_class_id", "pk", "number", "held_on", "status")
        for home in self.by_pk.values():
            home.meetings = []
        for some in in_parts(self.by_pk):
            for home_pk, *session in rows.filter(training_class__in=some).values_list(*columns):
                self.by_pk[home_pk].meetings.append(Meeting(*session))

    def named(self, code: str) -> Home:
        """The class with a code; raises Unclear with the nearest codes, as for one of others."""
        found = self.by_code.get(code)
        if found is not None:
            return found
        if self._all_codes is None:
            rows = TrainingClass.objects.within(self._access.edit)
            mine = rows.filter(self._access.people.q("unit__path")).order_by("code")
            self._all_codes = list(mine.values_list("code", flat=True))
        raise Unclear(
            _("You have no class %(code)s. Correct the code, or add the class first.")
            % {"code": code},
            code="unknown", text=code,
            fixes=[Fix(near, near) for near in nearest(code, self._all_codes)],
        )  # fmt: skip


def _commune_of(one: TrainingClass) -> Unit | None:
    """The commune whose hamlets people of a class come from, where it has one."""
    for unit in (one.unit, one.place):
        if unit is not None:
            if unit.level == Unit.Level.COMMUNE:
                return unit
            if unit.parent is not None and unit.parent.level == Unit.Level.COMMUNE:
                return unit.parent
    return None


def listed_in(
    homes: Homes, access: Access, *, with_presence: bool, pks: Sequence[int] | None = None
) -> Iterator[tuple[str, Listed]]:
    """(folded name, person) for everybody on the lists of these classes, or for these enrolments."""
    rows = Enrolment.objects.within(access.people).order_by()
    columns = (
        "pk", "training_class_id", "completed_on", "participant_id", "participant__version",
        "participant__name_key", *(f"participant__{name}" for name in PERSON),
    )  # fmt: skip
    by = "training_class__in" if pks is None else "pk__in"
    for some in in_parts(homes.by_pk if pks is None else pks):
        chosen = rows.filter(**{by: some})
        present = presence(chosen, access) if with_presence else {}
        for pk, home, completed_on, person, version, name, *traits in chosen.values_list(*columns):
            kept = dict(zip(TRAITS, traits, strict=True))
            kept["birth_date"] = history.plain(kept["birth_date"])
            yield name, Listed(
                homes.by_pk[home], kept, pk, person, version, completed_on,
                frozenset(present.get(pk, ())),
            )  # fmt: skip


def presence(enrolments: Any, access: Access) -> dict[int, set[int]]:
    """{enrolment: held sessions the person was ticked at}."""
    found: dict[int, set[int]] = {}
    ticks = Attendance.objects.within(access.people).filter(
        enrolment__in=enrolments.values("pk"), session__status=ClassSession.Status.HELD
    )
    for enrolment, session in ticks.order_by().values_list("enrolment_id", "session_id"):
        found.setdefault(enrolment, set()).add(session)
    return found


def best_match(who: Known, birth: date | None, people: Sequence[Listed]) -> list[Listed]:
    """Whoever of a class list a row is about: one, none, or several nobody can tell apart.

    Never on the name alone: the birth year agrees and nothing else contradicts it, or the phone or
    the hamlet does; a row and a person of whom nothing but the same name is known are the same.
    """
    ranked = [(_agreement(who, birth, person), person) for person in people]
    best = max((rank for rank, _person in ranked), default=0)
    return [person for rank, person in ranked if rank == best and rank > 0]


def _agreement(who: Known, birth: date | None, person: Listed) -> int:
    """How surely a row is about a person with the same folded name; 0: nobody can say so."""
    _name, year, phone, hamlet = who
    kept = person.traits
    said = [(year, kept["birth_year"]), (phone, kept["phone"]), (hamlet, kept["hamlet"])]
    same = [bool(a) and a == b for a, b in said]
    against = [bool(a and b) and a != b for a, b in said]
    if against[0]:
        return 0
    is_same_year, is_same_phone, is_same_hamlet = same
    nothing_else = not any(a or b for a, b in said)
    if not (
        is_same_phone
        or (is_same_hamlet and (is_same_year or not against[1]))
        or (is_same_year and not any(against))
        or nothing_else
    ):
        return 0
    is_same_day = birth is not None and history.plain(birth) == kept["birth_date"]
    return 1 + 16 * is_same_phone + 8 * is_same_hamlet + 4 * is_same_year + 2 * is_same_day
