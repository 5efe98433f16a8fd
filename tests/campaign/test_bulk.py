"""Many records written at once are the records that one by one would have been."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from campaign.models import ChangeEntry, Job
from campaign.portal import bulk
from campaign.portal.bulk import insert_many
from classes.models import ClassSession, Participant
from reporting.models import DirtyMark, RollupTrait
from tests.reporting.world import World

COLUMNS = ("unit_id", "full_name", "birth_year", "birth_date")
AWKWARD = (
    "Nguyễn Thị Ánh 𠀀", "a\tb", "a\nb\r\nc", "\\N", "\\.", "O'Brien \"x\"", "", " ", "%s", "null",
)  # fmt: skip


def people(unit, names):
    return [(unit.pk, name, 1950, None) for name in names]


def test_every_text_comes_back_as_it_was(province):
    ids = insert_many(Participant, COLUMNS, people(province.an_hoa, AWKWARD))
    found = Participant.unscoped.in_bulk(ids)
    assert [found[pk].full_name for pk in ids] == list(AWKWARD)


def test_ids_are_those_of_the_rows_over_several_batches(province, monkeypatch):
    monkeypatch.setattr(bulk, "ROWS_AT_ONCE", 3)
    before = Participant.unscoped.create(unit=province.an_hoa, full_name="Trước")
    ids = insert_many(Participant, COLUMNS, iter(people(province.an_hoa, "ABCDEFGH")))
    after = Participant.unscoped.create(unit=province.an_hoa, full_name="Sau")
    names = dict(Participant.unscoped.values_list("pk", "full_name"))
    assert [names[pk] for pk in ids] == list("ABCDEFGH")
    assert before.pk < min(ids)
    assert max(ids) < after.pk


def test_fields_not_named_get_what_the_model_says(province):
    (pk,) = insert_many(Participant, COLUMNS, people(province.an_hoa, ["Lê Văn Bình"]))
    written = Participant.unscoped.get(pk=pk)
    saved = Participant.unscoped.create(
        unit=province.an_hoa, full_name="Lê Văn Bình", birth_year=1950
    )
    for field in Participant._meta.concrete_fields:
        if field.name not in ("id", "created_at", "updated_at"):
            assert getattr(written, field.attname) == getattr(saved, field.attname), field.name
    assert abs((written.created_at - saved.created_at).total_seconds()) < 60


def test_each_row_has_a_default_of_its_own_where_it_is_made(hoa):
    rows = [("a", "A", hoa.user.pk), ("b", "B", hoa.user.pk)]
    ids = insert_many(Job, ("kind", "label", "by"), rows)
    assert len({"", *Job.objects.filter(pk__in=ids).values_list("key", flat=True)}) == 3


def test_values_of_every_kind_come_back(province, hoa):
    made = World(province).training_class(unit=province.an_hoa)
    at = datetime(2026, 1, 5, 23, 59, 59, 123456, tzinfo=UTC)
    rows = [
        (ClassSession, {
            "training_class_id": made.pk, "number": 90, "held_on": date(2026, 1, 5),
            "hours": Decimal("2.5"), "status": ClassSession.Status.HELD,
        }),
        (Participant, {"unit_id": province.an_hoa.pk, "birth_date": None, "is_demo": True}),
        (ChangeEntry, {
            "changes": {"họ tên": [None, 'a\t"b"\\\n', 1.5]}, "by_id": None, "record_id": 2**40,
        }),
        (Job, {"heartbeat_at": at, "by_id": hoa.user.pk}),
    ]  # fmt: skip
    for model, given in rows:
        (pk,) = insert_many(model, list(given), [list(given.values())])
        stored = getattr(model, "unscoped", model._default_manager).get(pk=pk)
        assert {name: getattr(stored, name) for name in given} == given
    bitmap = b"\x00\\\t\n\xff"
    (pk,) = insert_many(RollupTrait, ("people",), [(bitmap,)])
    assert bytes(RollupTrait.objects.get(pk=pk).people) == bitmap


def test_the_triggers_of_figures_see_every_row(province):
    DirtyMark.objects.all().delete()
    ids = insert_many(Participant, COLUMNS, people(province.an_hoa, "AB"))
    assert set(DirtyMark.objects.values_list("kind", "ref")) == {("person", pk) for pk in ids}


def test_what_a_constraint_refuses_is_refused_and_nothing_is_kept(province):
    made = World(province).training_class(unit=province.an_hoa)
    count = ClassSession.unscoped.count()
    rows = [(made.pk, 90, date(2026, 1, 5)), (made.pk, 91, None)]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many(ClassSession, ("training_class", "number", "held_on"), rows)
    assert ClassSession.unscoped.count() == count


def test_rows_that_do_not_fit_the_columns_are_a_mistake_of_the_caller(province):
    with pytest.raises(ValueError, match="4 columns"):
        insert_many(Participant, COLUMNS, [(province.an_hoa.pk, "A")])
    with pytest.raises(ValueError, match="argument"):
        insert_many(Participant, COLUMNS, [*people(province.an_hoa, "A"), (1, "B")])
    with pytest.raises(ValueError, match="database gives the ids"):
        insert_many(Participant, ("id", *COLUMNS), [])
    assert insert_many(Participant, COLUMNS, []) == []


@pytest.mark.django_db(transaction=True)
def test_it_belongs_to_a_transaction():
    assert not connection.in_atomic_block
    with pytest.raises(TransactionManagementError):
        insert_many(Participant, COLUMNS, [])


def test_many_records_are_changed_each_in_its_own_way(province):
    ids = insert_many(Participant, COLUMNS, people(province.an_hoa, "ABC"))
    columns = ("full_name", "birth_date", "hamlet_id", "version")
    rows = [
        (ids[0], AWKWARD[0], date(1968, 1, 21), province.hoa_ut.pk, 2),
        (ids[2], "O'Brien {a,NULL}", None, None, 3),
    ]
    bulk.update_many(Participant, columns, rows)
    found = Participant.unscoped.order_by("pk").values_list(*columns)
    assert list(found) == [rows[0][1:], ("B", None, None, 1), rows[1][1:]]
    (entry,) = insert_many(
        ChangeEntry, ("action", "model", "record_id", "record_label"), [("x", "y", 1, "z")]
    )
    bulk.update_many(
        ChangeEntry,
        ("changes", "at"),
        [(entry, {"a": [None, "ệ"]}, datetime(2026, 1, 1, tzinfo=UTC))],
    )
    kept = ChangeEntry.objects.get(pk=entry)
    assert (kept.changes, kept.at) == ({"a": [None, "ệ"]}, datetime(2026, 1, 1, tzinfo=UTC))
