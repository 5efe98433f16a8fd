"""Attendance from a file: who is meant, which session, what a mark says."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.access import Access
from campaign.models import ChangeEntry, ImportBatch, ImportLine
from campaign.periods import today
from campaign.portal.imports import batches
from campaign.portal.imports.kinds import resource_for
from classes.models import Attendance, ClassSession, Enrolment, Participant
from tests.imports.files import workbook
from tests.imports.test_participants import a_class, found, problems, save

pytestmark = pytest.mark.django_db(transaction=True)

HEADINGS = ("Mã lớp", "Họ tên", "Năm sinh", "Buổi 1", "3/3", "B3 (04/03)", "Ghi chú")


@pytest.fixture
def lists(province: SimpleNamespace, words: SimpleNamespace) -> SimpleNamespace:
    """A class with two sessions held, one planned and one to come, and three people on its list."""
    one = a_class(province.an_hoa, words, "AHO-26-0001", held=3)
    one.sessions.filter(number=3).update(status="planned")
    ClassSession.unscoped.create(
        training_class=one, number=4, held_on=today() + timedelta(days=3), status="planned"
    )
    people = {}
    for name, year in (("Danh Sol", 1971), ("Lê Thị Thu", 1974), ("Lê Thị Thu", 1980)):
        person = Participant(unit=province.an_hoa, full_name=name, birth_year=year)
        person.clean()
        person.save()
        people[year] = Enrolment.unscoped.create(training_class=one, participant=person)
    return SimpleNamespace(one=one, people=people)


def check(access: Access, *rows: Any, headings: Any = HEADINGS, **more: Any) -> ImportBatch:
    batch = batches.take(workbook(headings, *rows), kind="attendance", access=access, **more)
    batches.start_check(batch, access=access)
    batch.refresh_from_db()
    return batch


def ticks() -> set[tuple[int, int]]:
    rows = Attendance.unscoped.values_list("enrolment__participant__birth_year", "session__number")
    return set(rows)


def test_marks_are_found_by_number_and_day_and_taken_back(hoa: Any, lists: Any) -> None:
    Attendance.unscoped.create(
        enrolment=lists.people[1980], session=lists.one.sessions.get(number=1)
    )
    rows = [
        ("AHO-26-0001", "danh sol", 1971, "x", "có", 1, None),
        (None, "Lê Thị Thu", 1974, None, "vắng", "✓", None),
        (None, "Lê Thị Thu", 1980, "-", None, None, None),
    ]
    batch = check(hoa.access, *rows)
    assert found(batch) == {"changed": 3}, problems(batch)
    assert ImportLine.objects.get(batch=batch, number=4).changes == [["Buổi 1", "Có mặt", "–"]]
    save(batch, hoa.access)
    assert ticks() == {(1971, 1), (1971, 2), (1971, 3), (1974, 3)}
    assert lists.one.sessions.get(number=3).status == "held"
    entries = ChangeEntry.objects.filter(model="classes.classsession", door="import")
    assert sum("status" in entry.changes for entry in entries) == 1
    assert found(check(hoa.access, *rows)) == {"unchanged": 3}
    assert batches.undo(batch, access=hoa.access) == 3
    assert ticks() == {(1980, 1)}
    assert lists.one.sessions.get(number=3).status == "planned"


def test_what_cannot_be_marked_is_told(hoa: Any, lists: Any) -> None:
    headings = ("Mã lớp", "Họ tên", "Năm sinh", "Buổi 1", "Buổi 4", "9/9", "Buổi 2")
    code = "AHO-26-0001"
    batch = check(
        hoa.access,
        (code, "Lê Thị Thu", None, "x", None, None, None),
        (code, "Lê Thị Thư", 1974, "x", None, None, "?"),
        (code, "Danh Son", 1971, "x", None, None, None),
        (code, "Danh Sol", None, None, "x", None, None),
        (code, "Danh Sol", 1971, None, None, "x", None),
        (code, "Danh Sol", 1971, "v", None, None, None),
        headings=headings,
    )  # fmt: skip
    assert found(batch) == {"error": 6}
    assert [(n, column, fixes) for n, column, _message, fixes in problems(batch)] == [
        (2, "full_name", []), (3, "session_2", ["x", "-"]), (4, "full_name", ["Danh Sol"]),
        (5, "session_4", []), (6, "day_9_9", []), (7, "session_1", ["x", "-"]),
    ]  # fmt: skip
    alone = check(hoa.access, (code, "Danh Sol", 1971, "v", None, None, None), headings=headings)
    assert found(alone) == {"changed": 1}


def test_what_was_marked_since_is_not_taken_back(hoa: Any, lists: Any) -> None:
    batch = save(
        check(hoa.access, ("AHO-26-0001", "Danh Sol", 1971, "x", None, None, None)), hoa.access
    )
    Attendance.unscoped.all().delete()
    with pytest.raises(batches.Refused):
        batches.undo(batch, access=hoa.access)


def test_the_template_of_a_class_lists_its_people(hoa: Any, lists: Any) -> None:
    context = {"training_class": lists.one.pk}
    kind = resource_for("attendance", hoa.access, context)
    names = list(kind.used_columns())
    assert names == [
        "full_name",
        "birth",
        "phone",
        "hamlet",
        *(f"session_{n}" for n in (1, 2, 3, 4)),
    ]
    rows = kind.template_rows()
    assert [(row["full_name"], row["birth"]) for row in rows] == [
        ("Danh Sol", "1971"), ("Lê Thị Thu", "1974"), ("Lê Thị Thu", "1980"),
    ]  # fmt: skip
    rows[2]["session_2"] = "x"
    titles = ("Khoá dòng", *(kind.label_of(name) for name in names))
    cells = [(row["row_key"], *(row[name] for name in names)) for row in rows]
    batch = save(check(hoa.access, *cells, headings=titles, context=context), hoa.access)
    assert found(batch) == {"changed": 1, "unchanged": 2}
    assert ticks() == {(1980, 2)}
    assert date(2026, 3, 3) == lists.one.sessions.get(number=2).held_on
