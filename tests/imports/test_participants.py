"""Lists of people: found, added, changed, asked about, taken back."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import Http404
from django.urls import reverse

from accounts.access import Access
from campaign.models import CampaignSettings, ChangeEntry, ImportBatch, ImportLine
from campaign.portal.imports import batches
from campaign.portal.imports.kinds import resource_for
from campaign.portal.imports.rows import Decisions
from classes.models import Attendance, ClassSession, Enrolment, Participant, TrainingClass
from tests.imports.files import workbook

pytestmark = pytest.mark.django_db(transaction=True)

HEADINGS = ("Mã lớp", "Họ và tên", "Giới tính", "Năm sinh", "SĐT", "Ấp", "Buổi", "Hoàn thành")


def a_class(unit: Any, words: Any, code: str, *, held: int = 3, **more: Any) -> TrainingClass:
    made = TrainingClass.unscoped.create(
        unit=unit, code=code, title=f"Lớp {code}", topic=words.vneid, audience=words.elderly,
        starts_on=date(2026, 3, 2), **more,
    )  # fmt: skip
    for number in range(1, held + 1):
        ClassSession.unscoped.create(
            training_class=made, number=number, held_on=date(2026, 3, 1 + number), status="held"
        )
    return made


@pytest.fixture
def lists(province: SimpleNamespace, words: SimpleNamespace) -> SimpleNamespace:
    """Two classes of An Hoà with three sessions held, one of Bình Minh."""
    return SimpleNamespace(
        one=a_class(province.an_hoa, words, "AHO-26-0001"),
        two=a_class(province.an_hoa, words, "AHO-26-0002"),
        other=a_class(province.binh_minh, words, "BMI-26-0001"),
    )


def row(name: str, birth: Any = 1960, **more: Any) -> tuple[Any, ...]:
    values = {
        "code": "AHO-26-0001", "name": name, "sex": "Nữ", "birth": birth, "phone": None,
        "hamlet": "Hoà Út", "attended": None, "completed": None, **more,
    }  # fmt: skip
    return tuple(values.values())


def check(access: Access, *rows: Any, headings: Any = HEADINGS, **more: Any) -> ImportBatch:
    batch = batches.take(workbook(headings, *rows), kind="participants", access=access, **more)
    batches.start_check(batch, access=access)
    batch.refresh_from_db()
    return batch


def save(batch: ImportBatch, access: Access) -> ImportBatch:
    batches.start_saving(batch, "good", access=access)
    batch.refresh_from_db()
    assert batch.step == "done", batch.job and batch.job.message
    return batch


def bring_in(access: Access, *rows: Any, **more: Any) -> ImportBatch:
    return save(check(access, *rows, **more), access)


def found(batch: ImportBatch) -> dict[str, int]:
    assert batch.rows_read == sum(batch.counts.values())
    return {outcome: count for outcome, count in batch.counts.items() if count}


def problems(batch: ImportBatch) -> list[tuple[int, str, str, list[str]]]:
    lines = ImportLine.objects.filter(batch=batch).order_by("number")
    return [
        (line.number, p["column"], p["message"], [fix["text"] for fix in p["fixes"]])
        for line in lines
        for p in line.problems
    ]


def test_a_list_is_added_once_with_its_history(hoa: Any, lists: Any, province: Any) -> None:
    rows = [
        row("Nguyễn Thị Mẫu", 1958, phone="912345678", attended=2, completed="05/03/2026"),
        row("DANH THỊ ÁNH", "21/01/1968", hamlet="ấp hoà tạo", code="aho 26 2"),
    ]
    batch = check(hoa.access, *rows)
    assert found(batch) == {"new": 2}, problems(batch)
    assert not Participant.unscoped.exists()
    save(batch, hoa.access)
    mau = Participant.unscoped.get(full_name="Nguyễn Thị Mẫu")
    assert (mau.phone, mau.birth_year, mau.hamlet, mau.unit, mau.sex) == (
        "0912345678", 1958, province.hoa_ut, province.an_hoa, "f",
    )  # fmt: skip
    assert mau.search_key == "nguyen thi mau 0912345678"
    anh = Participant.unscoped.get(full_name="Danh Thị Ánh")
    assert (anh.birth_date, anh.birth_year, anh.hamlet) == (
        date(1968, 1, 21), 1968, province.hoa_tao,
    )  # fmt: skip
    enrolment = Enrolment.unscoped.get(participant=mau)
    assert (enrolment.training_class, enrolment.completed_on) == (lists.one, date(2026, 3, 5))
    ticked = Attendance.unscoped.filter(enrolment=enrolment).values_list(
        "session__number", flat=True
    )
    assert sorted(ticked) == [1, 2]
    told = ChangeEntry.objects.filter(door="import").values_list("model", "action", "changes")
    assert sorted((model, action, sorted(changes)) for model, action, changes in told) == [
        ("classes.classsession", "changed", ["present"]),
        ("classes.classsession", "changed", ["present"]),
        ("classes.participant", "created", []),
        ("classes.participant", "created", []),
        ("classes.trainingclass", "changed", ["completed"]),
        ("classes.trainingclass", "changed", ["enrolled"]),
        ("classes.trainingclass", "changed", ["enrolled"]),
    ]
    again = check(hoa.access, *rows)
    assert found(again) == {"unchanged": 2}
    save(again, hoa.access)
    assert Participant.unscoped.count() == Enrolment.unscoped.count() == 2


def test_what_is_wrong_is_told_with_its_remedy(hoa: Any, lists: Any, words: Any) -> None:
    a_class(lists.one.unit, words, "AHO-26-0003", counting="headcount")
    batch = check(
        hoa.access,
        row("Trần Văn Một", hamlet="Hoà Ut1"),
        row("Trần Văn Hai", hamlet="Khóm Một"),
        row("Trần Văn Ba", code="AHO-26-0009"),
        row("Trần Văn Tư", code="BMI-26-0001"),
        row("Trần Văn Năm", code="AHO-26-0003"),
        row("Trần Văn Sáu", attended=5),
        row("Trần Văn Bảy", birth="12/13/1969"),
        row("Trần Văn Tám", completed="01/03/2026"),
        row("Trần Văn 9"),
        row("Trần Văn Mười", birth=1899),
        row("Trần Văn Chín", phone="09123"),
        row("Trần Văn Đủ"),
        row("Trần Văn Đủ"),
    )
    assert found(batch) == {"new": 1, "error": 12}
    told = {number: (column, fixes) for number, column, _message, fixes in problems(batch)}
    assert told[2] == ("hamlet", ["Ấp Hoà Út", ""])
    assert told[3][0] == "hamlet"
    assert told[4] == ("training_class", ["AHO-26-0001", "AHO-26-0002", "AHO-26-0003"])
    assert told[5][0] == told[6][0] == "training_class"
    assert told[7] == ("attended", ["3"])
    assert told[8] == ("birth", ["13/12/1969", "1969"])
    assert told[9][0] == "completed"
    assert told[10][0] == "full_name"
    assert told[11][0] == "birth"
    assert told[12] == ("phone", [""])
    assert told[14][0] == "full_name"


def test_changes_are_told_and_made_and_blank_cells_change_nothing(hoa: Any, lists: Any) -> None:
    bring_in(hoa.access, row("Danh Kim Hên", 1977, phone="0900000113", attended=2))
    batch = check(
        hoa.access,
        row("danh kim hen", 1977, sex=None, phone="0900000288", attended=3, completed="x"),
    )
    line = ImportLine.objects.get(batch=batch)
    assert line.outcome == "changed"
    assert {change[1:][0]: change[2] for change in line.changes} == {
        "0900000113": "0900000288", "2": "3", "–": "04/03/2026",
    }  # fmt: skip
    save(batch, hoa.access)
    person = Participant.unscoped.get()
    assert (person.full_name, person.phone, person.sex) == ("Danh Kim Hên", "0900000288", "f")
    assert person.search_key == "danh kim hen 0900000288"
    assert Attendance.unscoped.count() == 3
    assert Enrolment.unscoped.get().completed_on == date(2026, 3, 4)
    entry = ChangeEntry.objects.get(model="classes.participant", action="changed")
    assert (entry.changes, entry.version, entry.door) == (
        {"phone": ["0900000113", "0900000288"]}, 2, "import",
    )  # fmt: skip
    fewer = check(hoa.access, row("Danh Kim Hên", 1977, attended=1))
    assert found(fewer) == {"error": 1}
    moved = check(hoa.access, row("Danh Kim Hên", 1977, phone="0900000288", hamlet="Hoà Tạo"))
    assert found(moved) == {"changed": 1}
    batches.undo(batch, access=hoa.access)
    person.refresh_from_db()
    assert (person.phone, Attendance.unscoped.count()) == ("0900000113", 2)
    assert Enrolment.unscoped.get().completed_on is None


def test_nobody_is_merged_on_the_name_alone(hoa: Any, lists: Any) -> None:
    bring_in(hoa.access, row("Danh Sol", 1971), row("Thị Sương", None, hamlet=None))
    other = check(
        hoa.access,
        row("Danh Sol", 1984, hamlet="Hoà Tạo"),
        row("Danh Sol", 1971, phone="0900000295", code="AHO-26-0002"),
        row("Thị Sương", 1990),
        row("Thị Sương", None, hamlet=None),
    )
    assert found(other) == {"new": 1, "doubtful": 2, "unchanged": 1}
    sol = Participant.unscoped.get(birth_year=1971)
    candidate = ImportLine.objects.get(batch=other, number=3).candidates[0]
    assert (candidate["id"], candidate["label"]) == (sol.pk, "Danh Sol")
    assert candidate["detail"] == "1971 · Ấp Hoà Út · An Hoà"

    def decide(decisions: Decisions) -> None:
        decisions.people.update({3: sol.pk, 4: 0})

    batches.decide(other, decide, access=hoa.access)
    assert found(other) == {"new": 3, "unchanged": 1}
    save(other, hoa.access)
    assert Participant.unscoped.filter(full_name="Danh Sol").count() == 2
    assert Participant.unscoped.filter(full_name="Thị Sương").count() == 2
    sol.refresh_from_db()
    assert sol.phone == "0900000295"
    assert sol.enrolments.count() == 2
    batches.undo(other, access=hoa.access)
    sol.refresh_from_db()
    assert (sol.phone, sol.enrolments.count(), Participant.unscoped.count()) == ("", 1, 2)


def test_one_person_in_two_rows_of_a_file_is_asked_about(hoa: Any, lists: Any) -> None:
    batch = check(
        hoa.access,
        row("Lê Thị Thu", 1974, phone="0900000218"),
        row("Lê Thị Thu", 1974, phone="0900000219"),
        row("Lê Thị Thu", 1974, code="AHO-26-0002", attended=1),
    )
    assert found(batch) == {"new": 1, "doubtful": 2}
    ids = ImportLine.objects.filter(batch=batch, outcome="doubtful").order_by("number")
    assert [line.candidates[0]["id"] for line in ids] == [-2, -2]

    page = reverse("imports:check", args=[batch.key])
    for number in (3, 4):
        hoa.client.post(page, {"act": "person", "number": number, "person": "-2"})
    batch.refresh_from_db()
    assert found(batch) == {"new": 2, "skipped": 1}
    save(batch, hoa.access)
    assert Participant.unscoped.count() == 1
    assert Enrolment.unscoped.count() == 2
    assert batches.undo(batch, access=hoa.access) == 2
    assert Participant.unscoped.count() == Attendance.unscoped.count() == 0


@pytest.mark.parametrize("since", ["attendance", "edit", "elsewhere", "completion"])
def test_what_somebody_built_on_is_not_taken_back(hoa: Any, lists: Any, since: str) -> None:
    batch = bring_in(hoa.access, row("Lê Văn Đởm", 1950), row("Lê Văn Lúa", 1951))
    enrolment = Enrolment.unscoped.get(participant__full_name="Lê Văn Đởm")
    person = enrolment.participant
    if since == "attendance":
        session = lists.one.sessions.first()
        Attendance.unscoped.create(session=session, enrolment=enrolment)
    elif since == "edit":
        Participant.unscoped.filter(pk=person.pk).update(version=2)
    elif since == "elsewhere":
        Enrolment.unscoped.create(training_class=lists.two, participant=person)
    else:
        Enrolment.unscoped.update(completed_on=date(2026, 3, 9))
    with pytest.raises(batches.Refused) as refused:
        batches.undo(batch, access=hoa.access)
    assert next(line.number for line, _why in refused.value.lines) == 2
    assert Participant.unscoped.count() == 2


def test_within_a_class_nobody_asks_for_the_class(hoa: Any, bao: Any, lists: Any) -> None:
    context = {"training_class": lists.two.pk}
    batch = bring_in(
        hoa.access, ("Lê Thị Bưởi", 1981), headings=("Họ tên", "Năm sinh"), context=context
    )
    assert found(batch) == {"new": 1}
    assert Enrolment.unscoped.get().training_class == lists.two
    with pytest.raises(Http404):
        check(bao.access, ("A", 1981), headings=("Họ tên", "Năm sinh"), context=context)


def test_only_who_works_with_people_brings_them_in(lan: Any, lists: Any) -> None:
    with pytest.raises(Http404):
        check(lan.access, row("Lê Thị Bưởi"))


def test_traits_are_read_where_the_province_keeps_them(hoa: Any, lists: Any) -> None:
    headings = ("Mã lớp", "Họ tên", "Năm sinh", "Dân tộc", "Khuyết tật")
    rows = [
        ("AHO-26-0001", "Danh Hon", 1960, "Khơ-me", "x"),
        ("AHO-26-0001", "Lê Văn Kinh", 1961, "Kinh", "không"),
        ("AHO-26-0001", "Lê Văn Gì", 1962, "Người lạ", None),
    ]
    batch = check(hoa.access, *rows, headings=headings)
    assert found(batch) == {"new": 3}
    CampaignSettings.objects.update_or_create(pk=1, defaults={"keeps_sensitive_traits": True})
    CampaignSettings.forget()
    kept = bring_in(hoa.access, *rows, headings=headings)
    assert found(kept) == {"new": 2, "error": 1}
    people = Participant.unscoped.order_by("birth_year").values_list("minority", "disability")
    assert list(people) == [("y", "y"), ("n", "n")]


def test_a_row_with_its_key_changes_that_person(hoa: Any, lists: Any) -> None:
    bring_in(hoa.access, row("Lê Thị Bưởi", 1981), row("Lê Thị Bưởi", 1982, hamlet="Hoà Tạo"))
    kind = resource_for("participants", hoa.access)
    records = {
        r.traits["birth_year"]: r
        for r in kind.records_of(Enrolment.unscoped.values_list("pk", flat=True)).values()
    }
    headings = ("Khoá dòng", *HEADINGS)
    cells = [
        [kind.text_of(records[year], name) for name in kind.used_columns()] for year in (1981, 1982)
    ]
    titles = ("Khoá dòng", *(kind.label_of(name) for name in kind.used_columns()))
    keys = [kind.row_key(records[year]) for year in (1981, 1982)]
    same = check(hoa.access, *([k, *c] for k, c in zip(keys, cells, strict=True)), headings=titles)
    assert found(same) == {"unchanged": 2}
    changed = check(
        hoa.access,
        (keys[0], *row("Lê Thị Bưởi", 1980, hamlet="Hoà Tạo")),
        (keys[1], *row("Lê Thị Bưởi", 1982, code="AHO-26-0002")),
        headings=headings,
    )
    assert found(changed) == {"changed": 1, "error": 1}
    save(changed, hoa.access)
    assert set(Participant.unscoped.values_list("birth_year", "hamlet__short_name")) == {
        (1980, "Hoà Tạo"), (1982, "Hoà Tạo"),
    }  # fmt: skip


def test_a_change_of_somebody_else_since_the_export_is_a_conflict(hoa: Any, lists: Any) -> None:
    bring_in(hoa.access, row("Lê Thị Bưởi", 1981, phone="0900000113"))
    batch = check(hoa.access, row("Lê Thị Bưởi", 1981, phone="0900000114"))
    bring_in(hoa.access, row("Lê Thị Bưởi", 1981, phone="0900000115"))
    save(batch, hoa.access)
    assert found(batch) == {"conflict": 1}
    assert Participant.unscoped.get().phone == "0900000115"
