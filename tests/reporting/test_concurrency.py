"""Many offices write while figures are settled: a snapshot with nothing waiting is the truth.

The two shortcuts that look harmless are kept here as controls: with either of them the same check
must find wrong figures that claim to be current.
"""

from __future__ import annotations

import random
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from classes.models import ClassSession, TrainingClass
from reporting import triggers
from reporting.figures import figures
from reporting.models import DirtyMark
from reporting.rollups import settle, settle_all
from reporting.verification import compare, snapshot, verify
from tests.reporting.oracle import Oracle
from tests.reporting.test_figures import FLOWS, WINTER, YEAR
from tests.reporting.world import World

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer"),
    pytest.mark.django_db(transaction=True),
]
SECONDS = 11


def in_thread(work, *args):
    """Start work with a database connection of its own; its failure fails ``join``."""

    def run():
        try:
            work(*args)
        except BaseException as error:
            thread.failure = error
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.failure = None
    thread.start()
    return thread


def joined(*threads):
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
        if thread.failure:
            raise thread.failure


def is_wrong_but_claims_to_be_current():
    """Whether a reader who sees nothing waiting would read a figure that is not the truth."""
    with snapshot():
        return not DirtyMark.objects.exists() and bool(compare()[1])


# --- everything at once -------------------------------------------------------------------


def write(world, until):
    """One office: adds, edits, moves, cancels, corrects, with short pauses."""
    dice = world.random
    people = [world.person() for _ in range(3)]
    while time.monotonic() < until:
        try:
            one_change(world, dice, people)
        except DatabaseError:
            continue  # two offices changed the same rows; one of them tries again
        time.sleep(dice.random() * 0.15)


def one_change(world, dice, people):
    change = dice.randrange(5)
    if change == 0:
        world.activity()
    elif change == 1:
        made = world.training_class()
        for session in ClassSession.unscoped.filter(training_class=made):
            world.roster(session, people)
    elif change == 2:
        session = ClassSession.unscoped.order_by("?").first()
        if session:
            ClassSession.unscoped.filter(pk=session.pk).update(held_on=world.day(), status="held")
    elif change == 3:
        found = TrainingClass.unscoped.order_by("?").first()
        if found:
            TrainingClass.unscoped.filter(pk=found.pk).update(unit=dice.choice(world.units))
    else:
        person = dice.choice(people)
        person.sex = dice.choice(("f", "m", ""))
        person.save()


def settle_until(until, dice):
    while time.monotonic() < until:
        settle(limit=dice.choice((1, 5, 1000)))
        time.sleep(0.01)


def read_until(until, clean, wrong):
    while time.monotonic() < until:
        with snapshot():
            if DirtyMark.objects.exists():
                continue
            clean.append(1)
            wrong.extend(compare()[1])


def test_every_snapshot_with_nothing_waiting_is_the_truth(province, lan, settings):
    settings.SETTLE_MODE = "beat"
    worlds = [World(province, seed) for seed in range(3)]
    for number, world in enumerate(worlds):
        world.number = 10_000 * number
    until = time.monotonic() + SECONDS
    clean, wrong = [], []
    joined(
        *(in_thread(write, world, until - 5) for world in worlds),
        *(in_thread(settle_until, until, random.Random(seed)) for seed in range(2)),
        in_thread(read_until, until, clean, wrong),
    )
    assert wrong == []
    assert len(clean) >= 3
    settle_all()
    assert compare()[1] == []
    oracle = Oracle()
    for axis in ("owner", "place"):
        for period in (YEAR, WINTER):
            found = figures(
                FLOWS, axis=axis, units=worlds[0].units, period=period, access=lan.access
            )
            for unit in worlds[0].units:
                for code in FLOWS:
                    assert found[unit.pk][code].value == oracle.number(
                        code, axis=axis, unit=unit, start=period.start, end=period.end
                    )


# --- control: a dirty log with a unique key -----------------------------------------------


@contextmanager
def unique_dirty_key():
    """The usual shortcut: one mark a record, ON CONFLICT DO NOTHING."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX one_mark ON reporting_dirtymark (kind, ref)")
        for watch in triggers.WATCHED:
            for statement in triggers._postgresql(watch):
                cursor.execute(statement.replace("AS found;", "AS found ON CONFLICT DO NOTHING;"))
    try:
        yield
    finally:
        triggers.install(connection)
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX one_mark")


@pytest.mark.parametrize("is_control", [False, True])
def test_a_change_that_commits_after_its_record_was_settled_is_not_lost(province, is_control):
    world = World(province)
    found = world.training_class(unit=province.an_hoa)
    world.session(found, status="held")
    settle_all()
    changed, settled = threading.Event(), threading.Event()

    def change_slowly():
        with transaction.atomic():
            TrainingClass.unscoped.filter(pk=found.pk).update(unit=province.binh_minh)
            changed.set()
            settled.wait(30)

    with ExitStack() as stack:
        if is_control:
            stack.enter_context(unique_dirty_key())
        TrainingClass.unscoped.filter(pk=found.pk).update(note="marked already")
        writer = in_thread(change_slowly)
        assert changed.wait(30)
        settle_all()
        settled.set()
        joined(writer)
        assert is_wrong_but_claims_to_be_current() is is_control
    DirtyMark.objects.create(kind="class", ref=found.pk)
    settle_all()
    assert compare()[1] == []


# --- control: two settlers at once --------------------------------------------------------


def without_lock(execute, sql, params, many, context):
    """The other usual shortcut: no lock, every settler picks marks that nobody else picked."""
    if "pg_advisory_xact_lock" in sql:
        sql, params = "SELECT 1", []
    sql = sql.replace("ORDER BY id LIMIT %s", "ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED")
    return execute(sql, params, many, context)


@pytest.mark.parametrize("is_control", [False, True])
def test_two_settlers_do_not_overwrite_each_other(province, is_control):
    world = World(province)
    first, second = (
        world.activity(unit=province.an_hoa, place=None, starts_on=world.day()) for _ in range(2)
    )
    settle_all()
    reached, passed = threading.Event(), threading.Event()

    def wait_before_storing(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "reporting_rollupcell"') and not reached.is_set():
            reached.set()
            passed.wait(20)
        return execute(sql, params, many, context)

    def settle_with(*wrappers):
        with ExitStack() as stack:
            for wrapper in wrappers:
                stack.enter_context(connection.execute_wrapper(wrapper))
            settle()

    lock = [without_lock] if is_control else []
    type(first).unscoped.filter(pk=first.pk).update(starts_on="2026-01-05")
    slow = in_thread(settle_with, wait_before_storing, *lock)
    assert reached.wait(30)
    type(second).unscoped.filter(pk=second.pk).update(starts_on="2026-01-06")
    quick = in_thread(settle_with, *lock)
    quick.join(1 if not is_control else 30)
    passed.set()
    joined(slow, quick)
    assert is_wrong_but_claims_to_be_current() is is_control
    verify()
    assert compare()[1] == []
