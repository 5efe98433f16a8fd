"""People on the lists of classes, from a file: one row is one person in one class."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import Audience, CampaignSettings, Sex
from campaign.periods import today
from campaign.portal import history
from campaign.portal.access import Access
from campaign.portal.imports.cells import (
    BirthCell,
    ChoiceCell,
    PersonNameCell,
    PhoneCell,
    WholeCell,
)
from campaign.portal.imports.fields import CLEARED, ImportField
from campaign.portal.imports.kinds import import_kind
from campaign.portal.imports.resource import Progress
from campaign.portal.imports.rows import (
    Change,
    Check,
    Decisions,
    Line,
    Outcome,
    Problem,
    Row,
    shown,
)
from campaign.text import fold
from classes.duplicates import Known, Namesakes, likeness
from classes.forms.people import check_birth, clean_person_name
from classes.imports.cells import (
    ClassCodeCell,
    CompletedCell,
    HamletCell,
    TraitCell,
    ethnic_groups,
)
from classes.imports.lists import ListResource, told_at
from classes.imports.problems import (
    better_name,
    fewer_sessions,
    stated_traits,
    told_of,
    too_many_sessions,
)
from classes.imports.rosters import (
    NOTHING,
    TRAITS,
    Home,
    Listed,
    best_match,
    in_parts,
    listed_in,
)
from classes.imports.undoing import take_back, why_it_stays
from classes.imports.writing import Writing
from classes.models import Enrolment, Participant
from classes.services import check_completed_on

SENSITIVE = ("minority", "disability")
MOST_SESSIONS = 999


def audiences() -> dict[Any, str]:
    """The audiences one may name."""
    return {one.pk: one.name for one in Audience.objects.filter(is_archived=False)}


@import_kind
class ParticipantResource(ListResource):
    """A row puts a person on the list of a class, or changes what is known of somebody on it.

    The person is found on that list by name and birth year, phone or hamlet; whoever of the
    register may be the person is asked about. Everything is read for all rows at once before the
    first row, and written for all rows at once after the last.
    """

    code = "participants"
    position = 1
    label = gettext_lazy("Participants of classes")
    icon = "users"
    rule = "people"
    scope = "people"
    most_rows = 100_000
    identity_column = "full_name"
    list_url = "participants:list"
    columns_of: ClassVar[Mapping[str, str]] = {
        "birth_year": "birth", "birth_date": "birth", "completed_on": "completed",
        "present": "attended",
    }  # fmt: skip

    training_class = ImportField(
        gettext_lazy("class code"), ClassCodeCell(30), required=True, kind="code", width=16,
        headings=("mã lớp", "lớp", "mã lớp học"), example="DHO-26-0117", can_clear=False,
        carries_down=True,
    )  # fmt: skip
    full_name = ImportField(
        gettext_lazy("Full name"), PersonNameCell(), required=True, width=28, can_clear=False,
        headings=("họ và tên", "họ tên", "tên học viên", "họ và tên học viên", "học viên", "tên",
                  "tên người học", "họ tên học viên"),
        example="Nguyễn Thị Mẫu",
    )  # fmt: skip
    sex = ImportField(
        gettext_lazy("Sex"),
        ChoiceCell(dict(Sex.choices), {"f": ("nữ", "female", "gái", "f"), "m": ("nam", "male", "trai", "m")}),
        headings=("giới tính", "giới", "nam nữ", "phái"), width=10,
    )  # fmt: skip
    birth = ImportField(
        gettext_lazy("Birth year or date"), BirthCell(), width=16,
        headings=("ngày/năm sinh", "năm sinh", "ngày sinh", "sinh", "ngày tháng năm sinh",
                  "sinh năm", "sn", "born"),
        example="1968",
    )  # fmt: skip
    phone = ImportField(
        gettext_lazy("Phone"), PhoneCell(), kind="code", width=14,
        headings=("điện thoại", "sđt", "số điện thoại", "đt", "di động", "số đt"),
    )  # fmt: skip
    hamlet = ImportField(
        gettext_lazy("Hamlet"), HamletCell(), width=24,
        headings=("ấp", "khóm", "thôn", "tổ dân phố", "ấp khóm", "địa chỉ", "nơi ở", "hamlet"),
    )  # fmt: skip
    audience = ImportField(
        gettext_lazy("Audience"), ChoiceCell(audiences), width=24,
        headings=("đối tượng", "nhóm đối tượng"),
    )  # fmt: skip
    minority = ImportField(
        gettext_lazy("Ethnic minority"), TraitCell(ethnic_groups()), width=14,
        headings=("dân tộc", "dân tộc thiểu số", "người dtts", "dtts"),
    )  # fmt: skip
    disability = ImportField(
        gettext_lazy("Disability"), TraitCell(), width=12,
        headings=("khuyết tật", "người khuyết tật", "nkt"),
    )  # fmt: skip
    guardian = ImportField(
        gettext_lazy("guardian (under 16)"), PersonNameCell(), width=24,
        headings=("người giám hộ", "giám hộ", "phụ huynh", "cha mẹ", "guardian"),
    )  # fmt: skip
    attended = ImportField(
        gettext_lazy("Sessions attended"), WholeCell(0, MOST_SESSIONS), kind="int", width=12,
        headings=("buổi", "số buổi", "số buổi tham gia", "số buổi học", "số buổi có mặt"),
        hint=gettext_lazy("How many of the sessions held so far, counted from the first."),
        can_clear=False,
    )  # fmt: skip
    completed = ImportField(
        gettext_lazy("Completed"), CompletedCell(), width=14,
        headings=("hoàn thành", "ngày hoàn thành", "hoàn thành ngày", "đã hoàn thành", "completed on"),
        hint=gettext_lazy("The day, or x for the day of the last session held."),
    )  # fmt: skip

    class Meta:
        model = Enrolment
        fields: ClassVar[tuple[str, ...]] = (
            "training_class", "full_name", "sex", "birth", "phone", "hamlet", "audience",
            "minority", "disability", "guardian", "attended", "completed",
        )  # fmt: skip

    def __init__(
        self,
        *,
        access: Access,
        context: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(access=access, context=context, options=options)
        if not CampaignSettings.current().keeps_sensitive_traits:
            for name in SENSITIVE:
                self._columns.pop(name, None)
        self._words: dict[str, dict[Any, str]] = {}

    # --- reading -----------------------------------------------------------------------------

    def walk(
        self,
        rows: Sequence[Row],
        decisions: Decisions,
        *,
        save: bool,
        progress: Progress | None = None,
    ) -> Check:
        self._today = today()
        self._decided = {pk for pk in decisions.people.values() if pk > 0}
        self._writing = Writing(self.access)
        return super().walk(rows, decisions, save=save, progress=progress)

    def prepare(self, rows: Sequence[Row]) -> None:
        homes = self.read_homes(rows)
        counts_sessions = any(
            row.cells.get(name) is not None for row in rows for name in ("attended", "completed")
        )
        if counts_sessions:
            homes.read_sessions(lock=self.is_saving)
        self._lists: dict[tuple[int, str], list[Listed]] = {}
        for name, listed in listed_in(homes, self.access, with_presence=counts_sessions):
            self._lists.setdefault((listed.home.pk, name), []).append(listed)
        names = {fold(shown(row.cells.get("full_name"))) for row in rows}
        self._namesakes = Namesakes(names, self.access)
        self._known = self._people(self._decided)
        self._placed: dict[tuple[int, int], int] = {}
        self._newcomers: dict[str, list[tuple[int, Known, Listed]]] = {}
        self._latest: dict[int, dict[str, Any]] = {}
        self._said: dict[int, dict[str, tuple[Any, int]]] = {}

    def _people(self, pks: Iterable[int]) -> dict[int, Participant]:
        """People of the own register by id."""
        rows = Participant.objects.within(self.access.people).distinct_people()
        return {p.pk: p for some in in_parts(set(pks)) for p in rows.filter(pk__in=some)}

    def complete(self, values: dict[str, Any], problems: list[Problem]) -> None:
        home = self._keyed_home or self._home_of(values, problems)
        name = values.get("full_name")
        self.judge("full_name", problems, clean_person_name, name)
        self.judge("guardian", problems, clean_person_name, values.get("guardian"))
        self.judge("birth", problems, check_birth, values.get("birth"), self._today)
        if home is None:
            return
        values["home"] = home
        self._place(values, home, problems)
        self._count(values, home, problems)
        if name is None:
            return
        birth, hamlet = values.get("birth"), values.get("hamlet")
        values["who"] = (
            fold(name),
            None if birth is None or birth is CLEARED else birth[0],
            values.get("phone", "") if values.get("phone") is not CLEARED else "",
            None if hamlet is CLEARED else hamlet,
        )

    def _count(self, values: dict[str, Any], home: Home, problems: list[Problem]) -> None:
        """Sessions attended are no more than were held; a completion is on a day that can be."""
        count, done = values.get("attended"), values.get("completed")
        if count is not None and count > len(home.held):
            problems.append(told_at("attended", too_many_sessions(home, count)))
        if done is True:
            if home.held:
                values["completed"] = done = home.held[-1][1]
                values["completed_any_day"] = True
            else:
                message = _("No session of class %(code)s was held yet: write the day.")
                problems.append(Problem("completed", "no_day", message % {"code": home.code}, "x"))
        if isinstance(done, date):
            self.judge("completed", problems, check_completed_on, done, home.starts_on)

    # --- who it is ---------------------------------------------------------------------------

    def find(self, values: Mapping[str, Any]) -> Any:
        if "who" not in values:
            return None
        people = self._lists.get((values["home"].pk, values["who"][0]))
        if not people:
            return None
        birth = values.get("birth")
        day = None if birth is None or birth is CLEARED else birth[1]
        found = best_match(values["who"], day, people)
        return self._as_it_reads_now(found[0]) if len(found) == 1 else None

    def _as_it_reads_now(self, listed: Listed) -> Listed:
        """A copy, with what earlier rows of the file said of the same person."""
        return listed.copy(self._latest.get(listed.person or 0))

    def by_key(self, pk: int) -> Any:
        listed = super().by_key(pk)
        if self._home is not None and listed.home.pk != self._home.pk:
            raise ObjectDoesNotExist
        return self._as_it_reads_now(listed)

    def identity(self, values: Mapping[str, Any]) -> Hashable:
        if "who" not in values:
            return None
        return (values["home"].pk, values["who"], values.get("birth"))

    def candidates(self, values: Mapping[str, Any], record: Any) -> list[dict[str, Any]]:
        who, home = values["who"], values["home"]
        people = [
            listed.person
            for listed in self._lists.get((home.pk, who[0]), ())
            if listed.traits["birth_year"] in (who[1], None) or who[1] is None
        ]
        people += [pk for pk in self._namesakes.like(who) if pk not in people]
        people += [-number for number in self._twins(who, home)]
        return [{"id": pk} for pk in people]

    def _twins(self, who: Known, home: Home) -> list[int]:
        """Earlier rows of the file that add a person who may be the one of this row.

        On one list the birth year, the phone or the hamlet is the same; in another class two of
        them have to be, or the phone.
        """
        found = []
        for number, other, record in self._newcomers.get(who[0], ()):
            alike = likeness(who, other)
            is_near = who[3] is not None and who[3] == other[3]
            if alike >= 3 or (record.home.pk == home.pk and (alike or is_near)):
                found.append(number)
        return found

    def _decide_who(
        self, line: Line, values: Mapping[str, Any], record: Listed, decisions: Decisions
    ) -> bool:
        if decisions.people.get(line.row.number) == 0:
            record.apart = tuple(found["id"] for found in self.candidates(values, record))
        return super()._decide_who(line, values, record, decisions)

    def start(self, values: Mapping[str, Any]) -> Any:
        return Listed(values["home"], dict(NOTHING))

    def decided(self, pk: int, values: Mapping[str, Any]) -> tuple[Any, bool]:
        home, name = values["home"], values["who"][0]
        if pk < 0:
            first = next(r for number, _who, r in self._newcomers[name] if number == -pk)
            return Listed(home, first.traits, twin=-pk), True
        for listed in self._lists.get((home.pk, name), ()):
            if listed.person == pk:
                return self._as_it_reads_now(listed), False
        person = self._known[pk]
        traits = history.snapshot(person, TRAITS)
        listed = Listed(home, traits, person=pk, version=person.version)
        return self._as_it_reads_now(listed), True

    # --- what it says ------------------------------------------------------------------------

    def apply(self, record: Listed, values: Mapping[str, Any], *, is_new: bool) -> None:
        traits = record.traits
        for name in ("sex", "phone", "hamlet", "audience", "minority", "disability", "guardian"):
            if name in values:
                value = values[name]
                traits[name] = NOTHING[name] if value is CLEARED else value
        if "full_name" in values:
            traits["full_name"] = better_name(traits["full_name"], values["full_name"])
        if "birth" in values:
            year, day = (None, None) if values["birth"] is CLEARED else values["birth"]
            if day is not None or year != traits["birth_year"]:
                traits["birth_date"] = history.plain(day)
            traits["birth_year"] = year
        self._apply_completion(record, values)
        if "attended" in values:
            record.present = self._attended(record, values["attended"])

    @staticmethod
    def _apply_completion(record: Listed, values: Mapping[str, Any]) -> None:
        done = values.get("completed")
        if done is CLEARED or done is False:
            record.completed_on = None
        elif isinstance(done, date) and not (
            record.completed_on and values.get("completed_any_day")
        ):
            record.completed_on = done

    @staticmethod
    def _attended(record: Listed, count: int) -> frozenset[int]:
        """The first sessions held, beside those the person was ticked at already.

        A smaller number takes no tick away: nobody could say which one.
        """
        if count < len(record.present):
            raise ValidationError({"attended": fewer_sessions(record, count)})
        missing = [pk for pk, _day in record.home.held if pk not in record.present]
        return record.present | frozenset(missing[: count - len(record.present)])

    def validate(self, record: Listed, values: Mapping[str, Any], *, is_new: bool) -> None:
        """Everything was judged cell by cell; a person is on a list once, and stays on it."""
        code = values.get("training_class", record.home.code)
        if code != record.home.code:
            message = _("This person is on the list of class %(code)s.")
            raise ValidationError({"training_class": message % {"code": record.home.code}})
        if record.person is not None:
            first = self._placed.setdefault((record.home.pk, record.person), self._number)
            if first != self._number:
                raise ValidationError(
                    {"full_name": _("Row %(number)s says the same.") % {"number": first}}
                )
        self._refuse_otherwise(record, values)
        if record.person is not None:
            self._latest[record.person] = record.traits

    def _refuse_otherwise(self, record: Listed, values: Mapping[str, Any]) -> None:
        """A file says one thing about a person, in however many classes."""
        said = self._said.setdefault(record.person or -(record.twin or self._number), {})
        for name in stated_traits(values):
            value, number = said.setdefault(name, (record.traits[name], self._number))
            if value != record.traits[name]:
                message = _("Row %(number)s says something else about this person.")
                column = self.columns_of.get(name, name)
                raise ValidationError({column: message % {"number": number}})

    def _written(
        self,
        line: Line,
        record: Listed,
        values: dict[str, Any],
        decisions: Decisions,
        based_on: int | None,
        *,
        is_new: bool,
        save: bool,
    ) -> Line:
        if record.twin is not None and self._lists_twin(record):
            message = _("The same person as in row %(number)s.") % {"number": record.twin}
            line.outcome, line.record_id = Outcome.SKIPPED, None
            line.problems.append(Problem("full_name", "same", message, level="hint"))
            return line
        super()._written(line, record, values, decisions, based_on, is_new=is_new, save=save)
        if is_new and record.person is None and record.twin is None and not line.errors:
            self._newcomers.setdefault(values["who"][0], []).append(
                (line.row.number, values["who"], record)
            )
        return line

    def _lists_twin(self, record: Listed) -> bool:
        """Whether the other row of the same person is about the same class."""
        key = (record.home.pk, -int(record.twin or 0))
        first = next(
            r for rows in self._newcomers.values() for n, _who, r in rows if n == record.twin
        )
        return first.home.pk == record.home.pk or self._placed.setdefault(key, self._number) != (
            self._number
        )

    def snapshot(self, record: Listed) -> dict[str, Any]:
        return record.plain()

    def in_words(self, column: str, value: Any, record: Any) -> str:
        if column == "present":
            return str(len(value or ()))
        if column in ("hamlet", "audience"):
            return self._words_of(column).get(value) or "–"
        model = Enrolment if column == "completed_on" else Participant
        return history.value_in_words(model, column, value)

    def _told(self, differing: Mapping[str, list[Any]], record: Any) -> list[Change]:
        """A birth is one column: its date says more than its year."""
        if "birth_date" in differing and "birth_year" in differing:
            then, now = differing["birth_date"], differing["birth_year"]
            merged = [then[0] or now[0], then[1] or now[1]]
            differing = {**differing, "birth_year": merged}
            differing.pop("birth_date")
        return super()._told(differing, record)

    # --- writing -----------------------------------------------------------------------------

    def _store(
        self,
        line: Line,
        record: Listed,
        values: Mapping[str, Any],
        before: dict[str, Any] | None,
        after: dict[str, Any],
        *,
        is_new: bool,
    ) -> None:
        self._writing.add(line, record)

    def finish(self, lines: Sequence[Line], *, save: bool) -> None:
        self._describe([line for line in lines if line.candidates])
        if save:
            self._writing.write()

    def _describe(self, doubtful: Sequence[Line]) -> None:
        """Say of the candidates who they are: name, birth, hamlet, the classes they are in."""
        people = self._people(c["id"] for line in doubtful for c in line.candidates if c["id"] > 0)
        hamlets = self._words_of("hamlet") if people else {}
        rows = {n: str(r) for found in self._newcomers.values() for n, _who, r in found}
        for line in doubtful:
            for candidate in line.candidates:
                pk = candidate["id"]
                if pk < 0:
                    detail = _("Row %(number)s of this file") % {"number": -pk}
                    candidate |= {"label": rows.get(-pk, ""), "detail": detail}
                    continue
                candidate |= {"label": people[pk].full_name, "detail": told_of(people[pk], hamlets)}

    # --- undo --------------------------------------------------------------------------------

    def standing_in_the_way(self, lines: Iterable[Any]) -> list[tuple[Any, str]]:
        return why_it_stays(list(lines), self.access)

    def undo(self, lines: Sequence[Any]) -> None:
        take_back(lines, self.access)

    # --- the record as cells -----------------------------------------------------------------

    def _hamlet_text(self, pk: int | None, home: Home) -> str:
        within = home.commune if self._home is not None else None
        return self.columns()["hamlet"].widget.hamlets.text_of(pk, within)

    def text_read(self, column: str, values: Mapping[str, Any]) -> str:
        if column == "hamlet":
            return self._hamlet_text(values["hamlet"], values["home"]) if "home" in values else ""
        return super().text_read(column, values)

    def choices_of(self, column: str) -> list[str]:
        if column == "hamlet" and self._home is not None:
            return self.columns()["hamlet"].widget.hamlets.texts_within(self._home.commune)
        return super().choices_of(column)

    def text_of(self, record: Any, column: str) -> str:
        listed = self._listed(record)
        traits = listed.traits
        if column == "hamlet":
            return self._hamlet_text(traits["hamlet"], listed.home)
        if column in ("sex", "audience", "minority", "disability"):
            return self._words_of(column).get(traits[column], "")
        born = traits["birth_date"] and date.fromisoformat(traits["birth_date"])
        said = {
            "training_class": listed.home.code,
            "birth": born or traits["birth_year"],
            "attended": len(listed.present),
            "completed": listed.completed_on,
        }
        return shown(said[column] if column in said else traits[column])

    def _words_of(self, column: str) -> dict[Any, str]:
        """{value: word} of a column with a list of words, read once."""
        if column not in self._words:
            widget: Any = self.columns()[column].widget
            self._words[column] = (widget.hamlets if column == "hamlet" else widget).labels()
        return self._words[column]
