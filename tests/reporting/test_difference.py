"""Every difference between what a report said and says is explained to the last unit."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import rule, run_state_machine_as_test

from activities.models import ExemplaryModel, ModelKind, Solution, SolutionField
from campaign.periods import Kind as PeriodKind
from campaign.periods import Period
from reporting.closing import snapshots
from reporting.closing.difference import explain
from reporting.models import DeclaredFigure, Snapshot
from tests.reporting.freezing import MONTH, report_of
from tests.reporting.test_history import SEEDS, History
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
