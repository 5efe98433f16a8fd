"""Settling, rebuilding and verifying lead to the same figures, however often they run."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from classes.models import Attendance, Participant
from reporting import rollups
from reporting.models import (
    DirtyMark,
    RollupCell,
    RollupFact,
    RollupState,
    RollupTrait,
    VerificationRun,
)
from reporting.rollups import rebuild, settle, settle_all
from reporting.tasks import settle as settle_task
from reporting.tasks import verify_nightly
from reporting.verification import compare, verify
from tests.reporting.world import World


def kept():
    """Every cell, without its own id; bitmaps as sets of bytes."""
    return {
        (cell["axis"], cell["unit_id"], cell["period"]): {
            name: bytes(value) if isinstance(value, memoryview) else value
            for name, value in cell.items()
            if name != "id"
        }
        for cell in RollupCell.objects.values()
    }


@pytest.fixture
def settled(world):
    settle_all()
    return world


def test_settling_in_small_steps_and_rebuilding_give_the_same_cells(province):
    world = World(province, seed=3).fill()
    while settle(limit=7):
        pass
    step_by_step = kept()
    facts = RollupFact.objects.count()
    rebuild()
    assert kept() == step_by_step
    assert RollupFact.objects.count() == facts
    assert world.number


def test_who_saves_while_many_changes_wait_sees_it_after_one_settling(province, monkeypatch):
    monkeypatch.setattr(rollups, "RECORDS", 12)
    monkeypatch.setattr(rollups, "NEWEST", 3)
    world = World(province)
    for number in range(40):
        unit = (province.an_hoa, province.education)[number % 2]
        world.activity(unit=unit, starts_on=date(2026, 1, 5))
    world.activity(unit=province.root, starts_on=date(2026, 3, 2))
    settle(limit=20)
    assert DirtyMark.objects.exists()
    march = RollupCell.objects.get(
        axis="owner", unit_id=province.root.pk, period="calendar:2026-M03"
    )
    assert march.activities == 1
    settle_all()
    year = RollupCell.objects.get(axis="owner", unit_id=province.root.pk, period="calendar:2026")
    assert year.activities == 41
    assert compare()[1] == []


def test_settling_twice_changes_nothing(settled):
    before = kept()
    refs = list(RollupFact.objects.values_list("source", "source_id").distinct())
    DirtyMark.objects.bulk_create(DirtyMark(kind=kind, ref=ref) for kind, ref in refs)
    settle_all()
    assert kept() == before


def test_settling_says_how_fresh_figures_are(settled, province):
    before = RollupState.objects.get()
    assert settle() == 0
    assert RollupState.objects.get().version == before.version
    settled.activity()
    assert settle_task() > 0
    after = RollupState.objects.get()
    assert after.version > before.version
    assert after.settled_at > before.settled_at


def test_cells_without_facts_go(province):
    world = World(province)
    made = world.activity(unit=province.an_hoa, starts_on=date(2026, 1, 5))
    settle_all()
    assert RollupCell.objects.exists()
    made.delete()
    settle_all()
    assert not RollupCell.objects.exists()
    assert not RollupFact.objects.exists()


def test_marks_of_records_that_are_gone_are_harmless(settled):
    before = kept()
    DirtyMark.objects.bulk_create(
        [DirtyMark(kind=kind, ref=999_999) for kind in ("class", "activity", "person")]
    )
    settle_all()
    assert kept() == before


def test_merged_people_count_once(province):
    world = World(province)
    held = world.training_class(unit=province.an_hoa, counting="roster")
    first, second, third = (
        world.session(held, status="held", held_on=date(2026, 1, day)) for day in (3, 4, 5)
    )
    people = [world.person(sex="f") for _ in range(3)]
    for session, person in zip((first, second, third), people, strict=True):
        world.roster(session, [person])
    settle_all()

    def distinct():
        settle_all()
        cell = RollupCell.objects.get(axis="owner", unit_id=province.an_hoa.pk, period="admin:2026")
        assert sum(cell.detail["people"]["sex"].values()) == cell.distinct_people
        return cell.distinct_people

    assert distinct() == 3
    Participant.unscoped.filter(pk=people[0].pk).update(merged_into=people[1])
    assert distinct() == 2
    Participant.unscoped.filter(pk=people[1].pk).update(merged_into=people[2])
    assert distinct() == 1
    Participant.unscoped.filter(pk=people[2].pk).update(sex="m")
    settle_all()
    cell = RollupCell.objects.get(axis="place", unit_id=province.root.pk, period="calendar:2026")
    assert cell.detail["people"]["sex"] == {"m": 1}
    Participant.unscoped.filter(pk=people[0].pk).update(merged_into=None)
    assert distinct() == 2


def test_verification_agrees_with_settled_figures(settled):
    run = verify()
    assert run.cells == RollupCell.objects.count() > 100
    assert run.differing == 0
    assert run.is_ok


SABOTAGE = {
    "a wrong count": lambda: RollupCell.objects.filter(
        pk=RollupCell.objects.filter(sessions__gt=0).first().pk
    ).update(sessions=999),
    "a missing cell": lambda: RollupCell.objects.filter(period="admin:2026").first().delete(),
    "a cell of nothing": lambda: RollupCell.objects.create(
        axis="owner", unit_id=424242, period="calendar:2030-M05", facts=1
    ),
    "a wrong half-month": lambda: RollupCell.objects.filter(
        period__startswith="s", distinct_people__gt=0
    ).update(distinct_people=77, people=None),
    "a lost fact": lambda: RollupFact.objects.filter(grain="session").first().delete(),
    "a part that does not add up": lambda: RollupCell.objects.filter(period="admin:2026").update(
        detail={"people": {"sex": {"f": 12345}}}
    ),
    "lost traits": lambda: (RollupTrait.objects.filter(dim="sex").delete(), rebuild_periods()),
}  # fmt: skip


def rebuild_periods():
    RollupCell.objects.filter(period="admin:2026").update(detail={"people": {"sex": {"": 1}}})


@pytest.mark.parametrize("kind", SABOTAGE)
def test_verification_finds_and_repairs(settled, kind):
    before = kept()
    traits = set(RollupTrait.objects.values_list("dim", "key"))
    SABOTAGE[kind]()
    if kind == "a lost fact":
        RollupCell.objects.filter(axis="owner").delete()
    run = verify()
    assert run.differing > 0
    assert run.repaired == run.differing
    assert VerificationRun.objects.first() == run
    assert kept() == before
    assert set(RollupTrait.objects.values_list("dim", "key")) == traits


def test_a_change_nobody_marked_is_found_by_the_nightly_verification(settled):
    # What a TRUNCATE or a restore of single tables would leave behind.
    Attendance.unscoped.all().delete()
    DirtyMark.objects.all().delete()
    assert verify_nightly() > 0
    assert compare()[1] == []


def test_the_commands_say_what_they_did(settled, capsys):
    settled.activity()
    call_command("settle_rollups")
    call_command("rebuild_rollups")
    call_command("verify_rollups")
    assert "settled" in capsys.readouterr().out
    RollupCell.objects.filter(period="admin:2026").update(reach=-1)
    with pytest.raises(CommandError, match="differing"):
        call_command("verify_rollups", "--no-repair")
    call_command("verify_rollups")


def test_the_page_of_indicators_is_up_to_date():
    call_command("describe_indicators", "--check")
