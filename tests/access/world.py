"""A small country for the access matrix: records of every kind in every position of the tree.

Ids are far apart between kinds of records, so that an id says what it names.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from accounts.access import Access
from accounts.models import Posting, User
from activities.models import (
    Activity,
    ActivityHeadcount,
    ActivitySite,
    ActivityType,
    Evidence,
    ExemplaryModel,
    ModelKind,
    Solution,
    SolutionField,
)
from campaign.models import (
    Audience,
    BulkChange,
    ChangeEntry,
    Draft,
    ImportBatch,
    ImportLine,
    Job,
    SavedView,
    Topic,
)
from campaign.periods import Kind, Period
from campaign.portal import history, uploads
from classes.merging import merge_people
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    ToldApart,
    TrainingClass,
)
from reporting.closing import snapshots
from reporting.compiled.content import Gathered, Part
from reporting.indicators import ALL
from reporting.models import (
    Amendment,
    CompiledReport,
    CompiledText,
    DeclaredFigure,
    Notification,
    PeriodLock,
    ProvinceForm,
    Reminder,
    Report,
    ReportAnswer,
    ReportComment,
    ReportingCycle,
    ReportTemplate,
    ReportText,
    Snapshot,
    Subscription,
    Target,
    TemplateQuestion,
    TemplateSection,
    UnlockWindow,
)
from tests.access.canaries import Aviary
from units.models import CommunityTeam, TeamMember, Unit, UnitEvent, UnitProfile, UnitSuccession

HELD = date(2026, 3, 2)
MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
BACKEND = "django.contrib.auth.backends.ModelBackend"

#: first id of each kind of record; ids go up from there
FIRST_ID = {
    Unit: 1_100_000,
    UnitProfile: 1_200_000,
    UnitEvent: 1_210_000,
    UnitSuccession: 1_220_000,
    CommunityTeam: 1_300_000,
    TeamMember: 1_400_000,
    User: 1_500_000,
    Posting: 1_600_000,
    TrainingClass: 2_100_000,
    ClassSession: 2_200_000,
    SessionHeadcount: 2_300_000,
    Participant: 2_400_000,
    Enrolment: 2_500_000,
    Attendance: 2_600_000,
    ToldApart: 2_700_000,
    Activity: 3_100_000,
    ActivityHeadcount: 3_200_000,
    ActivitySite: 3_300_000,
    Evidence: 3_400_000,
    ExemplaryModel: 3_500_000,
    Solution: 3_600_000,
    DeclaredFigure: 3_700_000,
    Target: 3_900_000,
    ReportTemplate: 5_100_000,
    ReportingCycle: 5_200_000,
    Report: 5_300_000,
    Reminder: 5_400_000,
    Notification: 5_500_000,
    CompiledReport: 3_950_000,
    CompiledText: 3_960_000,
    ProvinceForm: 3_980_000,
    Subscription: 3_990_000,
    Draft: 4_100_000,
    Job: 4_200_000,
    ChangeEntry: 4_300_000,
    SavedView: 4_400_000,
    ImportBatch: 4_500_000,
    BulkChange: 4_600_000,
    Snapshot: 5_600_000,
    PeriodLock: 5_900_000,
    UnlockWindow: 6_000_000,
    Amendment: 6_100_000,
    ReportText: 5_700_000,
    ReportComment: 5_800_000,
}

#: positions of the tree, seen from the commune officer of An Hoà
POSITIONS = (
    "own",
    "child",
    "other_child",
    "sibling",
    "sibling_child",
    "parent",
    "department",
    "school",
    "focal",
    "other",
)


@dataclass
class Record:
    """One planted row: what it is, who owns it, where it happened."""

    kind: str
    position: str
    row: models.Model
    owner: str
    place: str | None = None
    people: bool = False

    @property
    def pk(self) -> int:
        """The id of the row."""
        return int(self.row.pk)


@dataclass
class World:
    """The country, its people and its canaries."""

    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[str, SimpleNamespace] = field(default_factory=dict)
    canaries: Aviary = field(default_factory=Aviary)
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    by_pk: dict[int, Record] = field(default_factory=dict)
    words: SimpleNamespace = field(default_factory=SimpleNamespace)

    def get(self, kind: str, position: str) -> Record | None:
        """The record of a kind in a position, where there is one."""
        return self.records.get((kind, position))

    def of_kind(self, kind: str) -> list[Record]:
        """All records of a kind."""
        return [record for record in self.by_pk.values() if record.kind == kind]


class Builder:
    """Builds the world, row by row."""

    def __init__(self) -> None:
        self.world = World()
        self.ids = {model: count(first) for model, first in FIRST_ID.items()}

    # --- rows -----------------------------------------------------------------------------

    def put(
        self,
        kind_of_row: str,
        position: str,
        model: type[models.Model],
        /,
        *,
        owner: str,
        at: str | None = None,
        about_people: bool = False,
        **fields: Any,
    ) -> Any:
        """Store a row under an id of its kind's range, and remember whose it is."""
        row = model(pk=next(self.ids[model]), **fields)
        if hasattr(row, "clean"):
            row.clean()
        row.save(force_insert=True)
        record = Record(kind_of_row, position, row, owner, at, about_people)
        self.world.records.setdefault((kind_of_row, position), record)
        self.world.by_pk[record.pk] = record
        return row

    def word(self, kind: str, what: str, *paths: str | None, tail: str = "") -> str:
        return self.world.canaries.word(kind, what, *paths, tail=tail)

    def phone(self, kind: str, what: str, *paths: str | None) -> str:
        return self.world.canaries.phone(kind, what, *paths)

    def amount(self, kind: str, what: str, *paths: str | None, add: tuple[int, ...] = ()) -> int:
        return self.world.canaries.amount(kind, what, *paths, add=add)

    # --- units ----------------------------------------------------------------------------

    def unit(
        self,
        position: str,
        parent: Unit | None,
        level: str,
        kind: str,
        code: str,
        *,
        is_public: bool = False,
    ) -> Unit:
        """A unit whose every text is a canary."""
        pk = next(self.ids[Unit])
        path = f"{parent.path if parent else ''}{pk:07d}"
        visible = "public" if is_public else "unit"
        name = self.word(visible, f"name of {position}", path, tail=" Hoà")
        former = self.word(visible, f"former area of {position}", path)
        system = (
            Unit.CodeSystem.QD19_2025
            if level in (Unit.Level.PROVINCE, Unit.Level.COMMUNE)
            else Unit.CodeSystem.PORTAL
        )
        unit = Unit(
            pk=pk,
            parent=parent,
            path=path,
            level=level,
            kind=kind,
            code=code,
            code_system=system,
            name=name,
            short_name=name,
            former_area=former,
            valid_from=date(2025, 7, 1),
            contact_name=self.word("inside", f"contact name of {position}", path),
            contact_phone=self.phone("inside", f"contact phone of {position}", path),
            latitude="10.386400",
            longitude="105.435100",
        )
        unit.set_keys()
        unit.save(force_insert=True)
        record = Record("unit", position, unit, path)
        self.world.records[("unit", position)] = record
        self.world.by_pk[pk] = record
        self.world.units[position] = unit
        self.put(
            "profile",
            position,
            UnitProfile,
            owner=path,
            unit=unit,
            year=2026,
            population=self.amount("inside", f"population of {position}", path),
            households=2_000,
            source=self.word("inside", f"source of the profile of {position}", path),
        )
        self.put(
            "event",
            position,
            UnitEvent,
            owner=path,
            unit=unit,
            kind=UnitEvent.Kind.FOUNDED,
            effective_on=date(2025, 7, 1),
            decision=self.word(visible, f"decision on {position}", path),
        )
        return unit

    def land(self) -> None:
        """Two provinces; in the first, two communes with hamlets, two departments, a school."""
        level, kind = Unit.Level, Unit.Kind
        root = self.unit("parent", None, level.PROVINCE, kind.PROVINCE, "91", is_public=True)
        own = self.unit("own", root, level.COMMUNE, kind.COMMUNE, "30958", is_public=True)
        sibling = self.unit("sibling", root, level.COMMUNE, kind.WARD, "30952", is_public=True)
        education = self.unit(
            "department", root, level.DEPARTMENT, kind.DEPARTMENT, "SGDDT", is_public=True
        )
        self.unit("focal", root, level.DEPARTMENT, kind.DEPARTMENT, "SKHCN", is_public=True)
        self.unit("child", own, level.HAMLET, kind.AP, "30958-01")
        self.unit("other_child", own, level.HAMLET, kind.AP, "30958-02")
        self.unit("sibling_child", sibling, level.HAMLET, kind.KHOM, "30952-01")
        self.unit("school", education, level.ORGANISATION, kind.SCHOOL, "THPT-01")
        elsewhere = self.unit(
            "elsewhere", None, level.PROVINCE, kind.PROVINCE, "92", is_public=True
        )
        self.unit("other", elsewhere, level.COMMUNE, kind.COMMUNE, "31120", is_public=True)

    # --- people ---------------------------------------------------------------------------

    def person(self, name: str, role: str, position: str, **more: Any) -> SimpleNamespace:
        """An account with one posting, its client, and what it may do."""
        unit = self.world.units[position]
        pk = next(self.ids[User])
        canaries = self.world.canaries
        state = {key: more.pop(key) for key in ("is_active", "must_change_password") if key in more}
        user = User(
            pk=pk,
            username=name,
            full_name=canaries.word(
                "headline", f"name of {name}", unit.path, user_id=pk, tail=" Hoa"
            ),
            email=canaries.word(
                "account", f"mail of {name}", unit.path, user_id=pk, tail="@example.org"
            ),
            phone=canaries.phone("account", f"phone of {name}", unit.path, user_id=pk),
            **state,
        )
        user.set_unusable_password()
        user.set_keys()
        user.save(force_insert=True)
        canaries.also_with(unit.name, user_id=pk)
        title = canaries.word("inside", f"title of {name}", unit.path, user_id=pk)
        posting = self.put(
            "posting",
            f"{name}",
            Posting,
            owner=unit.path,
            user=user,
            unit=unit,
            role=role,
            starts_on=date(2025, 7, 1),
            title=title,
            **more,
        )
        self.world.records[("user", name)] = self.world.by_pk[pk] = Record(
            "user", position, user, unit.path
        )
        client = Client()
        client.force_login(user, backend=BACKEND)
        someone = SimpleNamespace(
            name=name,
            role=role,
            user=user,
            unit=unit,
            client=client,
            posting=posting,
            access=Access.of(user),
            position=position,
        )
        self.world.people[name] = someone
        return someone

    def cast(self) -> None:
        """Twelve kinds of visitors, and people of the other positions."""
        role = Posting.Role
        self.person("member", role.TEAM_MEMBER, "child")
        self.person("officer", role.COMMUNE_OFFICER, "own")
        self.person("leader", role.COMMUNE_LEADER, "own")
        self.person("department", role.DEPARTMENT_OFFICER, "department")
        self.person("head", role.DEPARTMENT_HEAD, "department")
        self.person("focal", role.FOCAL_OFFICER, "focal")
        self.person("province", role.PROVINCIAL_LEADER, "parent")
        self.person("auditor", role.AUDITOR, "parent")
        self.person("system", role.SYSTEM_ADMIN, "parent")
        self.person("neighbour", role.COMMUNE_OFFICER, "sibling")
        self.person("stranger", role.COMMUNE_OFFICER, "other")
        self.person("expired", role.COMMUNE_OFFICER, "own", ends_on=date(2026, 1, 1))
        closed = self.person("closed", role.COMMUNE_OFFICER, "own")
        User.objects.filter(pk=closed.user.pk).update(is_active=False)
        closed.user.refresh_from_db()
        closed.access = Access.of(closed.user)
        self.person("newcomer", role.COMMUNE_OFFICER, "own", must_change_password=True)
        token = Token.objects.create(user=self.world.people["officer"].user)
        for name, client in (
            ("anonymous", Client()),
            ("token", Client(headers={"Authorization": f"Token {token.key}"})),
        ):
            user = self.world.people["officer"].user if name == "token" else None
            self.world.people[name] = SimpleNamespace(
                name=name,
                role=name,
                user=user,
                unit=None,
                client=client,
                posting=None,
                access=Access.of(user),
                position=None,
            )

    # --- records --------------------------------------------------------------------------

    def vocabulary(self) -> None:
        """Words in use, taken from the vocabulary where there is one."""
        words = self.world.words
        words.audience = Audience.objects.first() or Audience.objects.create(
            code="elderly", name_vi="Người cao tuổi", name_en="Elderly", group="adults"
        )
        words.topic = Topic.objects.first() or Topic.objects.create(
            code="vneid", name_vi="VNeID", name_en="VNeID"
        )
        words.type = ActivityType.objects.create(
            code="matrix",
            name_vi="Hội nghị",
            name_en="Conference",
            has_sites=True,
            counts_as="conference",
            fields=[{"key": "motto", "label_vi": "Khẩu hiệu", "label_en": "Motto", "type": "text"}],
        )
        words.kind = ModelKind.objects.first() or ModelKind.objects.create(
            code="family", name_vi="Gia đình số", name_en="Digital family"
        )
        words.field = SolutionField.objects.first() or SolutionField.objects.create(
            code="health", name_vi="Y tế", name_en="Health"
        )

    def author(self, position: str) -> SimpleNamespace:
        """Who entered the records of a position."""
        by_position = {
            "own": "officer",
            "child": "member",
            "other_child": "officer",
            "sibling": "neighbour",
            "sibling_child": "neighbour",
            "parent": "focal",
            "department": "department",
            "school": "department",
            "focal": "focal",
            "other": "stranger",
            "here": "department",
            "there": "department",
        }
        return self.world.people[by_position[position]]

    def team(self, position: str) -> CommunityTeam:
        """A team with two members, one of whom left."""
        unit = self.world.units[position]
        path = unit.path
        team = self.put(
            "team",
            position,
            CommunityTeam,
            owner=path,
            unit=unit,
            founded_on=date(2025, 9, 1),
            name=self.word("headline", f"team of {position}", path),
            decision_number=self.word("headline", f"decision of the team of {position}", path),
            note=self.word("inside", f"note on the team of {position}", path),
        )
        for number, left_on in ((1, None), (2, date(2026, 2, 1))):
            self.put(
                "member",
                position,
                TeamMember,
                owner=path,
                team=team,
                joined_on=date(2025, 9, 1),
                left_on=left_on,
                birth_year=1980,
                full_name=self.word("inside", f"member {number} of {position}", path),
                phone=self.phone("inside", f"phone of member {number} of {position}", path),
            )
        return team

    def training_class(
        self, position: str, unit: Unit, place: Unit | None, team: CommunityTeam | None = None
    ) -> None:
        """A class with two held sessions, a roster of two and a headcount."""
        path, where = unit.path, place.path if place else None
        author = self.author(position)
        made = self.put(
            "class",
            position,
            TrainingClass,
            owner=path,
            at=where,
            unit=unit,
            team=team,
            code=f"MX{next(self.ids[TrainingClass])}",
            starts_on=HELD,
            topic=self.world.words.topic,
            audience=self.world.words.audience,
            counting=TrainingClass.Counting.BOTH,
            created_by=author.user,
            title=self.word("headline", f"class of {position}", path, where),
            venue=self.word("headline", f"venue of the class of {position}", path, where),
            trainers=self.word("headline", f"trainers of the class of {position}", path, where),
            note=self.word("headline", f"note on the class of {position}", path, where),
            place=place,
        )
        self.refer(path, where, unit, place, team, author)
        sessions = [
            self.put(
                "session",
                position,
                ClassSession,
                owner=path,
                at=where,
                training_class=made,
                number=number,
                held_on=HELD.replace(day=HELD.day + number),
                status=ClassSession.Status.HELD,
                note=self.word("headline", f"session {number} of {position}", path, where),
            )
            for number in (1, 2)
        ]
        self.put(
            "class_headcount",
            position,
            SessionHeadcount,
            owner=path,
            session=sessions[0],
            people=self.amount(
                "headline", f"headcount of the class of {position}", path, where, add=(1, 2, 3)
            ),
        )
        for number in (1, 2):
            person = self.participant(position, unit, place, number)
            enrolment = self.put(
                "enrolment",
                position,
                Enrolment,
                owner=path,
                about_people=True,
                training_class=made,
                participant=person,
            )
            self.put(
                "attendance",
                position,
                Attendance,
                owner=path,
                about_people=True,
                session=sessions[number - 1],
                enrolment=enrolment,
            )
        self.logged(made, "class", position, path, where)

    def participant(
        self, position: str, unit: Unit, place: Unit | None, number: int
    ) -> Participant:
        """A person of the roster."""
        path = unit.path
        hamlet = place if place and place.level == Unit.Level.HAMLET else None
        person = self.put(
            "participant",
            position,
            Participant,
            owner=path,
            about_people=True,
            unit=unit,
            hamlet=hamlet,
            birth_year=1950 + number,
            sex="f",
            audience=self.world.words.audience,
            full_name=self.word("people", f"participant {number} of {position}", path, tail=" Hoa"),
            phone=self.phone("people", f"phone of participant {number} of {position}", path),
            guardian=self.word("people", f"guardian of participant {number} of {position}", path),
        )
        if number == 1:
            self.logged(person, "participant", position, path, None, kind="people")
        return person

    def merged(self, position: str) -> None:
        """A person who was found to be another person of the same unit."""
        keep = self.world.records[("participant", position)].row
        drop = self.participant(position, self.world.units[position], None, 3)
        entry = merge_people(keep.pk, drop.pk, access=self.author(position).access)
        path = self.world.units[position].path
        self.world.by_pk[entry.pk] = Record("change", position, entry, path)
        self.world.records[("merge", position)] = Record("merge", position, entry, path)

    def doubled(self, position: str) -> None:
        """A person who stands in the register twice, and two who were told apart."""
        first = self.world.records[("participant", position)].row
        unit = self.world.units[position]
        self.put(
            "twin",
            position,
            Participant,
            owner=unit.path,
            about_people=True,
            unit=unit,
            birth_year=first.birth_year,
            full_name=first.full_name,
        )
        told = self.put(
            "apart",
            position,
            ToldApart,
            owner=unit.path,
            about_people=True,
            first=first,
            second=Participant.unscoped.get(pk=first.pk + 1),
            by=self.author(position).user,
        )
        told.remember()

    def activity(
        self,
        position: str,
        unit: Unit,
        place: Unit | None,
        *,
        sites: tuple[str, ...] = (),
        trained: tuple[CommunityTeam, ...] = (),
    ) -> None:
        """An activity with own fields, a headcount, evidence and connected sites."""
        path, where = unit.path, place.path if place else None
        hosts = [self.world.units[name] for name in sites]
        told = (path, where, *(host.path for host in hosts))
        author = self.author(position)
        made = self.put(
            "activity",
            position,
            Activity,
            owner=path,
            at=where,
            unit=unit,
            starts_on=HELD,
            type=self.world.words.type,
            topic=self.world.words.topic,
            created_by=author.user,
            title=self.word("headline", f"activity of {position}", *told),
            venue=self.word("headline", f"venue of the activity of {position}", *told),
            chaired_by=self.word("headline", f"chair of the activity of {position}", *told),
            note=self.word("headline", f"note on the activity of {position}", *told),
            extra={"motto": self.word("headline", f"motto of the activity of {position}", *told)},
            place=place,
        )
        made.teams_trained.set(trained)
        for team in trained:
            self.world.canaries.also_with(team.name, *told)
        self.refer(path, where, unit, place, None, author)
        for host in hosts:
            self.world.canaries.also_with(unit.name, host.path)
            self.put(
                "site",
                position,
                ActivitySite,
                owner=path,
                at=host.path,
                activity=made,
                unit=host,
                people=self.amount("headline", f"people at {host}", path, host.path),
                venue=self.word("headline", f"venue of the site of {position}", path, host.path),
            )
        self.put(
            "activity_headcount",
            position,
            ActivityHeadcount,
            owner=path,
            activity=made,
            people=self.amount("headline", f"headcount of the activity of {position}", *told),
        )
        token = self.word("inside", f"file of the evidence of {position}", path)
        self.put(
            "evidence",
            position,
            Evidence,
            owner=path,
            unit=unit,
            activity=made,
            kind=Evidence.Kind.DOCUMENT,
            size=10,
            added_by=author.user,
            caption=self.word("inside", f"caption of the evidence of {position}", path),
            file_name=self.word(
                "inside", f"file name of the evidence of {position}", path, tail=".pdf"
            ),
            file=ContentFile(f"%PDF-1.4 {token}".encode(), name="evidence.pdf"),
        )
        self.logged(made, "activity", position, path, where)

    def refer(
        self,
        owner: str,
        where: str | None,
        unit: Unit,
        place: Unit | None,
        team: CommunityTeam | None,
        author: SimpleNamespace,
    ) -> None:
        """Whoever sees a record may read the names of what it refers to."""
        canaries = self.world.canaries
        for named in (unit, place):
            if named is not None:
                canaries.also_with(named.name, owner, where)
        if team is not None:
            canaries.also_with(team.name, owner, where)
        canaries.also_with(author.user.full_name, owner, where)

    def logged(
        self,
        row: Any,
        what: str,
        position: str,
        owner: str,
        where: str | None,
        *,
        kind: str = "headline",
    ) -> None:
        """The row has a history."""
        author = self.author(position)
        old = self.word(kind, f"former value of the {what} of {position}", owner, where)
        entry = history.record_change(
            row,
            ChangeEntry.Action.CHANGED,
            access=author.access,
            changes={"note": [old, "after"]},
            reason=self.word(kind, f"reason for changing the {what} of {position}", owner, where),
        )
        self.world.by_pk[entry.pk] = Record("change", position, entry, owner)

    def other_work(self, position: str, unit: Unit, place: Unit | None) -> None:
        """A model, a solution and a declared figure."""
        path, where = unit.path, place.path if place else None
        self.put(
            "model",
            position,
            ExemplaryModel,
            owner=path,
            at=where,
            unit=unit,
            kind=self.world.words.kind,
            started_on=HELD,
            name=self.word("headline", f"model of {position}", path, where),
            description=self.word(
                "headline", f"description of the model of {position}", path, where
            ),
            decision_number=self.word(
                "headline", f"decision on the model of {position}", path, where
            ),
            place=place,
        )
        self.put(
            "solution",
            position,
            Solution,
            owner=path,
            unit=unit,
            field=self.world.words.field,
            recognised_on=HELD,
            name=self.word("headline", f"solution of {position}", path),
            authors=self.word("headline", f"authors of the solution of {position}", path),
            decision_number=self.word("headline", f"decision on the solution of {position}", path),
        )
        self.put(
            "declared",
            position,
            DeclaredFigure,
            owner=path,
            unit=unit,
            indicator="platform_accounts",
            period=f"2026-M{DeclaredFigure.unscoped.filter(unit=unit).count() + 1:02}",
            value=7,
            source=self.word("headline", f"source of the declaration of {position}", path),
            note=self.word("headline", f"note on the declaration of {position}", path),
        )

    def target(self, position: str, unit: Unit) -> None:
        """What a unit is to reach this year, shared out from the unit above it."""
        path = unit.path
        above = Target.unscoped.filter(unit=unit.parent_id).first()
        self.put(
            "target",
            position,
            Target,
            owner=path,
            unit=unit,
            indicator="attendances",
            period="2026",
            # sums and differences of targets are shown too: only communes have a canary
            value=self.amount("inside", f"target of {position}", path)
            if unit.level == Unit.Level.COMMUNE
            else 100,
            document_number=self.word("inside", f"document of the target of {position}", path),
            document_issuer=self.word("inside", f"issuer of the target of {position}", path),
            note=self.word("inside", f"note on the target of {position}", path),
            parent=above,
            rule=Target.Rule.MANUAL if above else "",
        )

    def reporting_round(self, position: str) -> None:
        """One cycle of a province, and the report each of its units owes in it."""
        root = self.world.units[position]
        name = self.word("public", f"name of the report of {position}", root.path)
        template = self.put(
            "template", position, ReportTemplate, owner=root.path, unit=root, code="walked",
            name_vi=name, name_en=name, frequency="month", starts_on=date(2026, 1, 1),
            is_active=False, indicators=["attendances", "teams"], declared=["platform_accounts"],
        )  # fmt: skip
        template.sections.create(position=1, code="I", title_vi="Kết quả", title_en="Results")
        cycle = self.put(
            "cycle", position, ReportingCycle, owner=root.path, template=template, unit=root,
            scheme="admin", period="2026-M03", starts_on=date(2026, 2, 15),
            ends_on=date(2026, 3, 14), due_at=MOMENT,
        )  # fmt: skip
        for where in ("own", "sibling", "department", "other"):
            unit = self.world.units[where]
            if unit.path.startswith(root.path):
                self.owed(where, unit, cycle)

    def owed(self, position: str, unit: Unit, cycle: ReportingCycle) -> None:
        """The report of a unit, returned, and who was reminded of it."""
        path = unit.path
        report = self.put(
            "report", position, Report, owner=path, cycle=cycle, unit=unit, state="returned",
            due_at=MOMENT, since=MOMENT,
            reason=self.word("inside", f"reason for returning the report of {position}", path),
        )  # fmt: skip
        self.put(
            "report_text", position, ReportText, owner=path, report=report, section="I",
            text=self.word("inside", f"narrative of the report of {position}", path),
        )  # fmt: skip
        self.put(
            "report_comment", position, ReportComment, owner=path, report=report,
            text=self.word("inside", f"comment on the report of {position}", path),
        )  # fmt: skip
        author = self.author(position)
        self.world.canaries.also_with(author.user.full_name, path)
        self.put(
            "reminder", position, Reminder, owner=path, report=report, unit=unit, to=author.user,
            why="asked", channel="email", delivery="failed", by=author.user,
            error=self.word("inside", f"mail error of the reminder of {position}", path),
        )  # fmt: skip

    def one_off(self, position: str) -> None:
        """What a department asked the units of its province once, and what they answered."""
        root = self.world.units[position]
        name = self.word("public", f"name of the request of {position}", root.path)
        template = self.put(
            "request_template", position, ReportTemplate, owner=root.path, unit=root,
            code="asked", name_vi=name, frequency="once", starts_on=HELD, ends_on=HELD,
            due_at=MOMENT, is_request=True, is_active=False,
            letter=self.word("public", f"letter of the request of {position}", root.path),
        )  # fmt: skip
        question = TemplateQuestion.objects.create(
            template=template, position=1, kind="text",
            label=self.word("public", f"question of {position}", root.path),
        )  # fmt: skip
        cycle = self.put(
            "request", position, ReportingCycle, owner=root.path, template=template, unit=root,
            scheme="admin", period="2026-03-02..2026-03-02", starts_on=HELD, ends_on=HELD,
            due_at=MOMENT,
        )  # fmt: skip
        for where in ("own", "sibling", "department", "other"):
            unit = self.world.units[where]
            if unit.path.startswith(root.path):
                report = self.put(
                    "answered", where, Report, owner=unit.path, cycle=cycle, unit=unit,
                    state="submitted", due_at=MOMENT, since=MOMENT, first_submitted_at=MOMENT,
                    submitted_at=MOMENT,
                )  # fmt: skip
                ReportAnswer.objects.create(
                    report=report, question=question,
                    text=self.word("inside", f"answer of {where}", unit.path),
                )  # fmt: skip

    def frozen(self, position: str, unit: Unit, cycle: ReportingCycle) -> None:
        """A report of March that was approved, with the records of its days behind it."""
        path = unit.path
        report = self.put(
            "frozen_report", position, Report, owner=path, cycle=cycle, unit=unit,
            due_at=MOMENT, since=MOMENT, state=Report.State.APPROVED,
            explanations={
                "jump:attendances": self.word("inside", f"explanation of {position}", path)
            },
        )  # fmt: skip
        ReportText.objects.create(
            report=report, section="I", text=self.word("inside", f"narrative of {position}", path)
        )
        text = snapshots.build(report)
        row = Snapshot(
            pk=next(self.ids[Snapshot]), unit=unit, report=report, at=MOMENT,
            occasion=Snapshot.Occasion.APPROVED, by=self.author(position).user,
            **snapshots.kept_as(text),
        )  # fmt: skip
        row.save(force_insert=True)
        record = Record("snapshot", position, row, path)
        self.world.records["snapshot", position] = self.world.by_pk[row.pk] = record
        self.amended(position, report, row)

    def amended(self, position: str, report: Report, snapshot: Snapshot) -> None:
        """A closed period that was opened for a day, changed, and released since."""
        path, by = report.unit.path, self.author(position).user
        lock = self.put(
            "lock", position, PeriodLock, owner=path, unit=report.unit, report=report,
            snapshot=snapshot, starts_on=report.cycle.starts_on, ends_on=report.cycle.ends_on,
            by=by, released_at=MOMENT,
        )  # fmt: skip
        window = self.put(
            "window", position, UnlockWindow, owner=path, unit=report.unit, lock=lock,
            until=MOMENT, by=by, reason=self.word("inside", f"unlocking of {position}", path),
        )  # fmt: skip
        row = Amendment(
            pk=next(self.ids[Amendment]), unit=report.unit, lock=lock, window=window, by=by,
            model="activities.activity", record_id=0, at=MOMENT, figures={"activities": [0, 1]},
            record_label=self.word("inside", f"amended record of {position}", path),
            changes={"venue": ["", self.word("inside", f"amended venue of {position}", path)]},
            reason=self.word("inside", f"reason of amendment of {position}", path),
        )  # fmt: skip
        row.save(force_insert=True)
        record = Record("amendment", position, row, path)
        self.world.records["amendment", position] = self.world.by_pk[row.pk] = record

    def march(self) -> ReportingCycle:
        """The cycle of a month in which things happened."""
        root = self.world.units["parent"]
        template = self.put(
            "frozen_template", "parent", ReportTemplate, owner=root.path, unit=root,
            code="frozen", name_vi="Báo cáo", name_en="Report", frequency="month",
            starts_on=HELD, indicators=[one.code for one in ALL], declared=["platform_accounts"],
            is_active=False,
        )  # fmt: skip
        template.sections.create(position=1, code="I", title_vi="Kết quả", title_en="Results")
        month = Period.of(Kind.MONTH, 2026, 3)
        return self.put(
            "frozen_cycle", "parent", ReportingCycle, owner=root.path, template=template,
            unit=root, scheme=month.scheme, period=month.code, starts_on=month.start,
            ends_on=month.end, due_at=MOMENT,
        )  # fmt: skip

    def compiled(self, position: str, root: Unit) -> None:
        """Two versions of a province's report on a cycle, with a unit that has not reported."""
        path, number = root.path, 3_970_000 + len(self.world.of_kind("compiled"))
        template = ReportTemplate.unscoped.create(
            pk=number, unit=root, code="compiled", name_vi="Báo cáo", frequency="month",
            starts_on=date(2025, 7, 1), is_active=False,
        )  # fmt: skip
        for at, code in enumerate(("I", "II"), start=1):
            TemplateSection.objects.create(
                template=template, position=at, code=code, title_vi=f"Mục {code}"
            )
        cycle = ReportingCycle.unscoped.create(
            pk=number, template=template, unit=root, scheme="admin", period="2026-M02",
            starts_on=date(2026, 1, 15), ends_on=date(2026, 2, 14), due_at=MOMENT,
        )  # fmt: skip
        record = Record("compiled_cycle", position, cycle, path)
        self.world.records["compiled_cycle", position] = self.world.by_pk[number] = record
        self.put(
            "province_form", position, ProvinceForm, owner=path, unit=root, template=template,
            file=ContentFile(b"form", name="form.xlsx"), sha256="0" * 64,
            file_name=self.word("inside", f"name of the form of {position}", path, tail=".xlsx"),
        )  # fmt: skip
        someone = self.world.people["province" if position == "parent" else "stranger"]
        self.put(
            "subscription", position, Subscription, owner=path, unit=root, template=template,
            to=someone.user,
        )  # fmt: skip
        word = self.word("inside", f"missing unit of the compiled report of {position}", path)
        amount = self.amount("inside", f"figure of the compiled report of {position}", path)
        gathered = Gathered(
            at="2026-02-20T01:00:00+00:00", unit=root.pk, name=root.name, scheme="admin",
            period="2026-M02", codes=("attendances",), whole={"attendances": amount},
            parts=(Part(1, word, "commune", state="draft", now={"attendances": amount}),),
            head={"superior": "", "issuer": word, "issuer_in_words": word, "symbol": "BC",
                  "place": "Tỉnh", "campaign": "Phong trào"},
        )  # fmt: skip
        for version in (1, 2):
            row = self.put(
                "compiled" if version == 2 else "compiled_before", position, CompiledReport,
                owner=path, cycle=cycle, unit=root, number=version,
                missing="provisional", gathered=gathered.kept(),
            )  # fmt: skip
            for code in ("I", "II"):
                self.put(
                    "compiled_text", f"{position} {version} {code}", CompiledText, owner=path,
                    compiled=row, section=code,
                    text=self.word("inside", f"text of the compiled report of {position}", path),
                )  # fmt: skip

    def desk(self, name: str) -> None:
        """A draft, a finished file, a saved view and a bulk change of one person."""
        someone = self.world.people[name]
        canaries = self.world.canaries
        own = {"user_id": someone.user.pk}
        self.put(
            "draft",
            name,
            Draft,
            owner=someone.unit.path,
            by=someone.user,
            form="classes.trainingclass:new",
            url="/classes/new/",
            label=canaries.word("own", f"label of the draft of {name}", **own),
            fields={"title": [canaries.word("own", f"draft of {name}", **own)]},
        )
        self.put(
            "job",
            name,
            Job,
            owner=someone.unit.path,
            by=someone.user,
            kind="export_list",
            status=Job.Status.DONE,
            file_name="list.xlsx",
            stored_as=f"{name}.xlsx",
            label=canaries.word("own", f"label of the file of {name}", **own),
            params={"made_with": _fingerprint(someone.access)},
        )
        self.put(
            "notification",
            name,
            Notification,
            owner=someone.unit.path,
            to=someone.user,
            title=canaries.word("own", f"notification of {name}", **own),
            lines=[{"text": canaries.word("own", f"line told to {name}", **own), "url": "/work/"}],
        )
        if someone.access.may("enter"):
            for step in ("checked", "done"):
                self.brought_in(name, step)
        _store_file(f"{name}.xlsx", canaries.word("own", f"file of {name}", **own))
        self.put(
            "view",
            name,
            SavedView,
            owner=someone.unit.path,
            by=someone.user,
            list_key="classes:list",
            name=canaries.word("own", f"name of the view of {name}", **own),
        )
        self.put(
            "together",
            name,
            BulkChange,
            owner=someone.unit.path,
            by=someone.user,
            list_key="classes:list",
            act="edit",
            label=canaries.word("own", f"bulk change of {name}", **own),
        )

    def brought_in(self, name: str, step: str) -> None:
        """A file one person brings in, checked or saved: nobody else's business."""
        someone, canaries = self.world.people[name], self.world.canaries
        own = {"user_id": someone.user.pk}
        word = canaries.word("own", f"{step} row of the import of {name}", **own)
        kept = uploads.keep(
            SimpleUploadedFile("rows.csv", f"Tên giải pháp,Lĩnh vực\n{word},\n".encode()),
            user=someone.user,
        )
        batch = self.put(
            f"import_{step}",
            name,
            ImportBatch,
            owner=someone.unit.path,
            by=someone.user,
            kind="solutions",
            step=step,
            file_name=canaries.word("own", f"file name of the {step} import of {name}", **own),
            upload_key=kept.key,
            columns={"0": "name"},
            rows_read=1,
            counts={"error": 1},
            saved_at=timezone.now() if step == "done" else None,
        )
        ImportLine.objects.create(
            batch=batch,
            number=2,
            outcome="error",
            values={"name": word},
            problems=[{"column": "field", "code": "required", "message": word, "text": ""}],
        )

    def build(self) -> World:
        """Everything."""
        self.land()
        self.cast()
        self.vocabulary()
        units = self.world.units
        teams = {
            position: self.team(position)
            for position in ("own", "child", "other_child", "sibling", "sibling_child", "other")
        }
        hamlet_of = {"own": "child", "sibling": "sibling_child"}
        for position in POSITIONS:
            unit = units[position]
            place = None if unit.level in (Unit.Level.PROVINCE, Unit.Level.DEPARTMENT) else unit
            if position in hamlet_of:
                place = units[hamlet_of[position]]
            if position == "school":
                place = None
            self.training_class(position, unit, place, teams.get(position))
            sites = ("own", "sibling") if position == "parent" else ()
            self.activity(position, unit, place, sites=sites)
            self.other_work(position, unit, place)
            if self.author(position).access.people.covers(unit.path):
                self.merged(position)
            self.doubled(position)
        for position in sorted(POSITIONS, key=lambda name: units[name].path):
            self.target(position, units[position])
        for position in ("parent", "elsewhere"):
            self.reporting_round(position)
            self.one_off(position)
            self.compiled(position, units[position])
        march = self.march()
        for position in ("own", "sibling", "parent", "department", "other"):
            self.frozen(position, units[position], march)
        # a department works on the commune's territory, and on its neighbour's
        education = units["department"]
        self.training_class("here", education, units["child"], teams["child"])
        self.training_class("there", education, units["sibling_child"], teams["sibling_child"])
        self.activity("here", education, units["child"], trained=(teams["child"],))
        self.activity("there", education, units["sibling_child"])
        self.other_work("here", education, units["child"])
        self.other_work("there", education, units["sibling_child"])
        for name in (
            "officer",
            "member",
            "department",
            "focal",
            "neighbour",
            "stranger",
            "province",
        ):
            self.desk(name)
        return self.world


def _fingerprint(access: Access) -> list[str]:
    from campaign.portal.jobs import fingerprint

    return fingerprint(access)


def _store_file(name: str, token: str) -> None:
    from django.conf import settings
    from openpyxl import Workbook

    book = Workbook()
    book.active.append([token])
    buffer = io.BytesIO()
    book.save(buffer)
    settings.EXPORT_ROOT.mkdir(parents=True, exist_ok=True)
    (settings.EXPORT_ROOT / name).write_bytes(buffer.getvalue())
