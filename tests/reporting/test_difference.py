"""Every difference between what a report said and says is explained to the last unit."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import rule, run_state_machine_as_test

from activities.models import ExemplaryModel, ModelKind, Solution, SolutionField
from campaign.periods import Kind as PeriodKind
from campaign.periods import Period
from classes import services
from classes.merging import merge_people
from classes.models import ClassSession, SessionHeadcount, TrainingClass
from reporting.closing import snapshots
from reporting.closing.difference import explain
from reporting.closing.tracing import Kind
from reporting.models import DeclaredFigure, Report, ReportingCycle, Snapshot
from tests.reporting.freezing import MONTH, report_of
from tests.reporting.test_history import SEEDS, History
from tests.reporting.world import World
from units.models import CommunityTeam, TeamMember, Unit, UnitProfile

pytestmark = pytest.mark.django_db
QUARTER = Period.of(PeriodKind.QUARTER, 2026, 1)


class Closings(History):
    """A history in which reports are frozen now and then, and explained at its end."""

    explained = 0

    def __init__(self):
        super().__init__()
        self.world.fill(classes=8, activities=6, people=8)
        self.frozen = []
        for unit in (self.province.root, self.province.an_hoa, self.province.education):
            self.freeze(unit, QUARTER)

    @rule(seed=SEEDS)
    def freeze_a_report(self, seed):
        dice = self.dice(seed)
        unit = Unit.unscoped.get(pk=dice.choice([u.pk for u in self.world.units]))
        self.freeze(unit, dice.choice((MONTH, QUARTER)))

    def freeze(self, unit, period):
        report = report_of(unit, period)
        self.frozen.append(snapshots.freeze(report, Snapshot.Occasion.APPROVED, None))

    @rule(seed=SEEDS)
    def keep_registers(self, seed):
        dice, world = self.dice(seed), self.world
        unit, day = dice.choice(world.units), world.day()
        team = dice.choice(world.teams)
        CommunityTeam.unscoped.filter(pk=team.pk).update(ended_on=dice.choice((None, day)))
        TeamMember.unscoped.create(team=team, full_name="Danh Tú", joined_on=day)
        kind, _new = ModelKind.objects.get_or_create(code="m", name_vi="m", name_en="m")
        ExemplaryModel.unscoped.create(unit=unit, kind=kind, name="Model", started_on=day)
        fields = [
            SolutionField.objects.get_or_create(code=f"f{n}", name_vi="f", name_en="f")[0]
            for n in range(2)
        ]
        Solution.unscoped.update(field=dice.choice(fields))
        Solution.unscoped.create(
            unit=unit, field=dice.choice(fields), name="Solution", recognised_on=day
        )

    @rule(seed=SEEDS)
    def declare(self, seed):
        dice = self.dice(seed)
        unit = dice.choice(self.world.units)
        UnitProfile.unscoped.update_or_create(
            unit=unit, year=dice.choice((2025, 2026)),
            defaults={"population": dice.choice((None, 900, 1500))},
        )  # fmt: skip
        DeclaredFigure.unscoped.update_or_create(
            unit=unit, indicator="platform_accounts", scheme=MONTH.scheme, period=MONTH.code,
            starts_on=MONTH.start, ends_on=MONTH.end, defaults={"value": dice.randrange(90)},
        )  # fmt: skip

    def compare_some(self, seed=0):
        pass  # what figures are is the business of test_history

    def teardown(self):
        try:
            self.everything_is_explained()
        finally:
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def everything_is_explained(self):
        last = {}
        for snapshot in self.frozen:
            pair = last.get(snapshot.report_id)
            last[snapshot.report_id] = snapshot
            for before, after in ((snapshot, None), *([(pair, snapshot)] if pair else ())):
                self.is_explained(explain(before, after))

    def is_explained(self, found):
        old, new = found.said
        assert snapshots.content_of(found.before) == old
        assert len(found.differences) >= len(old["figures"])
        for one in found.differences:
            Closings.explained += bool(one.amount)
            total = (one.after or 0) - (one.before or 0)
            assert sum(part.amount for part in one.contributions) == total, (one, old, new)
            assert all(part.amount for part in one.contributions)


def test_every_difference_is_explained_whatever_happened(province, lan):
    Closings.province, Closings.access, Closings.explained = province, lan.access, 0
    run_state_machine_as_test(
        Closings,
        settings=settings(
            max_examples=8, stateful_step_count=12, deadline=None, derandomize=False,
            suppress_health_check=list(HealthCheck), print_blob=True,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
        ),
    )  # fmt: skip
    assert Closings.explained > 100


# --- What each record did, and who may know -------------------------------------------------------


@pytest.fixture
def told(province, hoa):
    """A January in An Hoà that was approved, and everything that may happen to it afterwards."""
    world = World(province)
    day = date(2026, 1, 5)

    def held(title, **more):
        values = {"unit": province.an_hoa, "place": province.hoa_ut, "counting": "both"}
        made = TrainingClass.unscoped.create(
            code=title, title=title, topic=world.topics[0], audience=world.audiences[0],
            starts_on=day, **(values | more),
        )  # fmt: skip
        session = world.session(made, held_on=day, status="held", number=1)
        SessionHeadcount.unscoped.filter(session=session).delete()
        SessionHeadcount.unscoped.create(session=session, people=10)
        return made

    names = ("Cancelled", "Restored", "Edited", "Elsewhere", "Removed", "Together")
    made = {name: held(name) for name in names}
    mai, twin = (world.person(unit=province.an_hoa) for _ in range(2))
    for session in ClassSession.unscoped.filter(training_class=made["Together"]):
        world.roster(session, [mai, twin])
    services.cancel_class(made["Restored"].pk, reason="Bão", access=hoa.access)
    member = TeamMember.unscoped.create(
        team=world.teams[0], full_name="Danh Thị Tên Kín", joined_on=date(2025, 8, 1)
    )
    CommunityTeam.unscoped.update(unit=province.hoa_ut)
    before = snapshots.freeze(report_of(province.an_hoa), Snapshot.Occasion.APPROVED, None)

    services.cancel_class(made["Cancelled"].pk, reason="Nhập hai lần", access=hoa.access)
    services.restore_class(made["Restored"].pk, access=hoa.access)
    SessionHeadcount.unscoped.filter(session__training_class=made["Edited"]).update(people=12)
    TrainingClass.unscoped.filter(pk=made["Elsewhere"].pk).update(
        unit=province.binh_minh, place=province.khom_mot
    )
    made["Removed"].delete()
    held("Late")
    merge_people(mai.pk, twin.pk, access=hoa.access)
    TeamMember.unscoped.filter(pk=member.pk).update(left_on=date(2025, 12, 1))
    return explain(before)


def contributions(found, code):
    one = next(one for one in found.differences if one.code == code)
    return {part.label or part.ref.kind: part for part in one.contributions}


def test_each_record_says_what_happened_to_it(told, hoa):
    came = contributions(told, "attendances")
    assert {label: (part.kind, part.amount) for label, part in came.items()} == {
        "Cancelled": (Kind.CANCELLED, -10), "Restored": (Kind.RESTORED, 10),
        "Edited": (Kind.EDITED, 2), "Elsewhere": (Kind.REFILED, -10),
        "Removed": (Kind.REMOVED, -10), "Late": (Kind.LATE, 10),
        "Together": (Kind.MERGED, -1),
    }  # fmt: skip
    assert came["Cancelled"].trace.by == hoa.user.full_name
    assert came["Cancelled"].trace.reason == "Nhập hai lần"
    assert came["Cancelled"].rows == ("1",)
    (person,) = contributions(told, "people").values()
    assert (person.ref.kind, person.kind, person.amount) == ("person", Kind.MERGED, -1)
    assert person.trace.by == hoa.user.full_name
    (member,) = contributions(told, "team_members").values()
    assert (member.kind, member.amount) == (Kind.REGISTER, -1)
    assert told.is_explained


def test_late_is_what_was_entered_after_the_deadline(told, province, world):
    """Before the deadline the same records are simply added."""
    ReportingCycle.unscoped.update(due_at=timezone.now() + timedelta(days=1))
    Report.unscoped.update(due_at=timezone.now() + timedelta(days=1))
    before = snapshots.freeze(report_of(province.binh_minh), Snapshot.Occasion.SUBMITTED, None)
    made = world.training_class(unit=province.binh_minh)
    world.session(made, held_on=date(2026, 1, 3), status="held")
    (part,) = contributions(explain(before), "classes_and_support").values()
    assert part.kind is Kind.ADDED


def test_only_what_the_reader_may_see_is_named(told, province, son, hoa, lan):
    address = reverse("snapshots:changes", args=[told.report.pk])
    for who, knows_where in ((son, False), (lan, True)):
        page = who.client.get(address).content.decode()
        assert ("Elsewhere" in page) is knows_where
        assert ("Bản ghi của đơn vị khác" in page) is not knows_where
        assert "Cancelled" in page
        assert "Nhập hai lần" in page
        assert "Removed" in page
        assert "Lê Thị Mai" not in page
        assert "Danh Thị Tên Kín" not in page
        book = who.client.get(address, {"format": "xlsx"})
        assert book.status_code == 200
    assert "/participants/" in hoa.client.get(address).content.decode()
    assert "/participants/" not in lan.client.get(address).content.decode().split("<main")[1]


def test_the_pages_cost_as_many_queries_for_many_records(told, lan, django_assert_max_num_queries):
    address = reverse("snapshots:changes", args=[told.report.pk])
    lan.client.get(address)
    with django_assert_max_num_queries(85):
        lan.client.get(address)
    with django_assert_max_num_queries(20):
        lan.client.get(reverse("snapshots:detail", args=[told.before.pk]))


def test_a_version_of_another_report_is_not_compared(told, province, lan):
    other = snapshots.freeze(report_of(province.binh_minh), Snapshot.Occasion.APPROVED, None)
    address = reverse("snapshots:changes", args=[told.report.pk])
    for query in ({"from": other.pk}, {"to": other.pk}, {"from": "x"}, {"to": "9" * 30}):
        assert lan.client.get(address, query).status_code == 404
    assert (
        lan.client.get(address, {"from": told.before.pk, "to": told.before.pk}).status_code == 200
    )
