"""Who blocks whom: stretches without gaps whose lengths add up; who is late at the last second."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from campaign.periods import Kind, Period
from reporting.cycles.curve import Curve
from reporting.cycles.obligations import moment
from reporting.cycles.standing import Standing
from reporting.cycles.turns import HANDS_OVER, Turn, days_waiting, durations, stages, turn_of
from reporting.models import Report, ReportEvent

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
State, Action = Report.State, ReportEvent.Action
CUT_OFF = moment(date(2026, 11, 15))
NEXT = {
    State.OPEN: [(Action.STARTED, State.DRAFT), (Action.SUBMITTED, State.SUBMITTED)],
    State.DRAFT: [(Action.PROPOSED, State.PROPOSED), (Action.EXTENDED, State.DRAFT)],
    State.PROPOSED: [(Action.SUBMITTED, State.SUBMITTED), (Action.WITHDRAWN, State.DRAFT)],
    State.SUBMITTED: [
        (Action.APPROVED, State.APPROVED), (Action.RETURNED, State.RETURNED),
        (Action.WITHDRAWN, State.DRAFT),
    ],
    State.RETURNED: [(Action.PROPOSED, State.PROPOSED), (Action.SUBMITTED, State.SUBMITTED)],
    State.APPROVED: [(Action.REOPENED, State.SUBMITTED), (Action.LOCKED, State.LOCKED)],
    State.LOCKED: [],
}  # fmt: skip


def step(at: datetime, action: str, after: str) -> ReportEvent:
    return ReportEvent(at=at, action=action, after=after)


def a_life(seed: int) -> list[ReportEvent]:
    """Any way through the states, at any pace, some steps in the same second."""
    chance = random.Random(seed)
    at, state = moment(date(2026, 10, 15)), str(State.OPEN)
    steps = [step(at, Action.OPENED, state)]
    while NEXT[state] and len(steps) < 14:
        at += timedelta(seconds=chance.choice((0, 1, 3_601, 86_399, 400_000, 1_300_000)))
        action, state = chance.choice(NEXT[state])
        steps.append(step(at, action, state))
    return steps


@pytest.mark.parametrize("seed", range(60))
def test_durations_add_up_to_the_whole_life(seed: int) -> None:
    life = a_life(seed)
    until = life[-1].at + timedelta(seconds=seed * 997)
    found = stages(life, CUT_OFF, until)
    assert sum(durations(found).values(), timedelta()) == until - life[0].at
    assert found[0].start == life[0].at
    assert found[-1].end == until
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(one.turn != other.turn for one, other in pairwise(found))


def test_before_the_cut_off_nobody_blocks_anybody():
    life = [
        step(moment(date(2026, 10, 15)), Action.OPENED, State.OPEN),
        step(moment(date(2026, 11, 10)), Action.STARTED, State.DRAFT),
        step(moment(date(2026, 11, 17)), Action.PROPOSED, State.PROPOSED),
        step(moment(date(2026, 11, 20)), Action.SUBMITTED, State.SUBMITTED),
    ]
    spent = durations(stages(life, CUT_OFF, moment(date(2026, 11, 24))))
    days = {turn: length.days for turn, length in spent.items()}
    assert days == {Turn.PERIOD: 31, Turn.OFFICER: 2, Turn.LEADER: 3, Turn.FOCAL: 4}


def test_the_wait_of_today_is_the_last_stretch():
    for seed in range(60):
        life = a_life(seed)
        now = life[-1].at + timedelta(days=5, hours=3)
        report = SimpleNamespace(state=life[-1].after, since=life[-1].at)
        since = [one.at for one in life if one.action in HANDS_OVER][-1]
        turn = turn_of(report, CUT_OFF, now)
        last = stages(life, CUT_OFF, now)[-1]
        assert last.turn == turn
        waited = days_waiting(report, CUT_OFF, now, since)
        if turn in (Turn.PERIOD, Turn.DONE):
            assert waited is None
        else:
            assert waited is not None
            assert waited <= (now - last.start).days + 1


# --- The last second of a day -----------------------------------------------------------------


@pytest.mark.parametrize("month", range(1, 13))
def test_the_last_second_of_the_deadline_is_in_time_and_the_next_is_not(
    month: int, db: None
) -> None:
    from reporting.cycles.obligations import deadline_of
    from reporting.models import ReportingCycle, ReportTemplate

    period = Period.of(Kind.MONTH, 2026, month)
    template = ReportTemplate(frequency="month", days_to_deadline=2, starts_on=date(2026, 1, 1))
    due_at = deadline_of(template, period)
    day = due_at.astimezone(VIETNAM).date()
    last = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=VIETNAM)
    cycle = ReportingCycle(due_at=due_at, starts_on=period.start, ends_on=period.end)
    for at, in_time in ((last, True), (last + timedelta(seconds=1), False)):
        report = Report(cycle=cycle, due_at=due_at, state="submitted", first_submitted_at=at)
        standing = Standing(report, at + timedelta(days=3), due_at)
        assert (standing.is_on_time, standing.is_late) == (in_time, not in_time)
        missing = Report(cycle=cycle, due_at=due_at, state="draft")
        assert Standing(missing, at, due_at).is_overdue is not in_time


@pytest.mark.parametrize("month", range(1, 13))
def test_records_at_the_last_and_the_first_second_belong_to_their_own_periods(month: int) -> None:
    period = Period.of(Kind.MONTH, 2026, month)
    end = period.end
    last = datetime(end.year, end.month, end.day, 23, 59, 59, tzinfo=VIETNAM)
    first = last + timedelta(seconds=1)
    assert last.astimezone(VIETNAM).date() in period
    assert first.astimezone(VIETNAM).date() in period.next()
    assert first == moment(period.next().start)


# --- The curve --------------------------------------------------------------------------------


def test_the_curve_counts_whole_days_and_ends_when_nobody_is_missing():
    days = [date(2026, 11, 16)] * 3 + [date(2026, 11, 18), date(2026, 11, 20)]
    more = {"first": date(2026, 11, 15), "due": date(2026, 11, 18), "today": date(2026, 11, 28)}
    curve = Curve.of(days, whole=6, **more)
    assert curve.counts == (0, 3, 3, 4, 4, *[5] * 9)
    assert (curve.on(date(2026, 11, 18)), curve.last) == (4, date(2026, 11, 28))
    done = Curve.of(days, whole=5, **more)
    assert done.last == date(2026, 11, 20)
    assert "18/11: 4" in str(done.draw())


def test_a_curve_before_anybody_submitted_is_a_flat_line():
    day = date(2026, 11, 15)
    curve = Curve.of([], whole=102, first=day, due=date(2026, 11, 18), today=day)
    assert curve.counts == (0,)
    assert "<svg" in str(curve.draw())
