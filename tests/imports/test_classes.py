"""Classes from files: with their sessions, and the people counted at them."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.urls import reverse

from accounts.access import Access
from campaign.models import ChangeEntry, ImportBatch, ImportLine
from campaign.portal.imports import batches
from campaign.portal.imports.kinds import resource_for
from campaign.portal.imports.rows import Decisions
from classes.models import Enrolment, Participant, SessionHeadcount, TrainingClass
from tests.classes.entry import entry
from tests.imports.files import workbook
from units.models import Unit, UnitSuccession

pytestmark = pytest.mark.django_db(transaction=True)

HEADINGS = ("Tên lớp", "Nội dung", "Đối tượng", "Xã", "Ấp", "Ngày học", "Lượt người", "Nữ")


def row(title: str = "VNeID cho bà con", **more: Any) -> dict[str, Any]:
    return {
        "Tên lớp": title, "Nội dung": "VNeID", "Đối tượng": "Người cao tuổi", **more,
    }  # fmt: skip


def bring_in(person: Any, *rows: dict[str, Any], **options: Any) -> ImportBatch:
    titles = list(dict.fromkeys(title for one in rows for title in one))
    file = workbook(titles, *([one.get(title) for title in titles] for one in rows))
    batch = batches.take(file, kind="classes", access=person.access)
    batch.options |= options
    batches.start_check(batch, access=person.access)
    return batch


def save(batch: ImportBatch, access: Access) -> ImportBatch:
    batches.start_saving(batch, "good", access=access)
    batch.refresh_from_db()
    return batch


def counts(batch: ImportBatch) -> dict[str, int]:
    return {name: count for name, count in batch.counts.items() if count}


def problems(batch: ImportBatch) -> list[tuple[str, str]]:
    lines = ImportLine.objects.filter(batch=batch, outcome="error").order_by("number")
    return [(p["column"], p["code"]) for line in lines for p in line.problems]


def key_of(record: TrainingClass, person: Any) -> str:
    return resource_for("classes", person.access).row_key(TrainingClass.unscoped.get(pk=record.pk))


@pytest.fixture
def evening(hoa: Any, words: Any) -> TrainingClass:
    """A class of two held sessions with 30 and 28 people, as a file brought it in."""
    save(
        bring_in(hoa, row(**{
            "Xã": "An Hoà", "Ấp": "Ấp Hoà Út", "Ngày học": "12/03/2026 18:30; 14/03/2026 18h30",
            "Lượt người": "30; 28", "Nữ": "12; –", "Số giờ": "2,5",
        })),
        hoa.access,
    )  # fmt: skip
    return TrainingClass.unscoped.get()


def test_a_class_comes_with_its_sessions_and_the_people_counted(
    evening: TrainingClass, hoa: Any, province: Any
) -> None:
    assert (evening.unit, evening.place) == (province.an_hoa, province.hoa_ut)
    assert (evening.starts_on, evening.code) == (date(2026, 3, 12), "AHO-26-0001")
    assert evening.created_by == hoa.user
    first, second = evening.sessions.order_by("number")
    assert (first.held_on, first.starts_at, str(first.hours)) == (
        date(2026, 3, 12), time(18, 30), "2.5",
    )  # fmt: skip
    assert {first.status, second.status} == {"held"}
    cells = SessionHeadcount.unscoped.values_list("session__number", "sex", "people")
    assert sorted(cells) == [(1, "", 18), (1, "f", 12), (2, "", 28)]
    found = TrainingClass.unscoped.with_figures().get()
    assert (found.attended, found.sessions_held) == (58, 2)
    page = hoa.client.get(reverse("classes:list"), {"q": "vneid ba con"})
    assert evening.code in page.content.decode()


def test_the_same_file_again_and_the_same_in_other_words_change_nothing(
    evening: TrainingClass, hoa: Any
) -> None:
    same = row("vneid CHO bà con", **{
        "Ấp": "hòa út", "Khai giảng": "12/3/2026", "Lượt người": "30; 28",
    })  # fmt: skip
    by_code = {"Mã lớp": evening.code, "Ngày học": "14/03/2026 18:30; 12/3/2026 18:30"}
    assert counts(bring_in(hoa, same)) == {"changed": 1}  # the name is written in other letters
    same["Tên lớp"] = evening.title
    assert counts(bring_in(hoa, same)) == {"unchanged": 1}
    assert counts(bring_in(hoa, by_code)) == {"unchanged": 1}


def test_so_many_sessions_from_a_day_on_are_laid_out(hoa: Any, words: Any) -> None:
    batch = bring_in(hoa, row(**{"Khai giảng": "01/12/2026", "Số buổi": 3, "Cách … ngày": 7}))
    save(batch, hoa.access)
    days = TrainingClass.unscoped.get().sessions.values_list("held_on", "status")
    assert list(days) == [
        (date(2026, 12, 1), "planned"), (date(2026, 12, 8), "planned"),
        (date(2026, 12, 15), "planned"),
    ]  # fmt: skip


def test_people_are_never_spread_over_sessions(hoa: Any, words: Any) -> None:
    two = {"Ngày học": "12/03/2026; 14/03/2026"}
    batch = bring_in(
        hoa,
        row("Lớp một", **two, **{"Lượt người": 58}),
        row("Lớp hai", **two, **{"Lượt người": "30; 28; 31"}),
        row("Lớp ba", **{"Khai giảng": "12/03/2026", "Lượt người": 30}),
        row("Lớp bốn", **{"Ngày học": "12/03/2027", "Lượt người": 30}),
        row("Lớp năm", **{"Ngày học": "12/03/2026", "Lượt người": 10, "Nữ": 12}),
        row("Lớp sáu", **{"Ngày học": "12/03/2026", "Nữ": 12}),
        row("Lớp bảy", **two, **{"Lượt người": "30; 28", "Cách đếm": "Chỉ danh sách"}),
    )
    assert problems(batch) == [
        ("people", "each"), ("people", "each"), ("session_count", "no_session"),
        ("people", "future"), ("women", "more"), ("women", "total"), ("people", "roster"),
    ]  # fmt: skip
    fixes = ImportLine.objects.get(batch=batch, number=4).problems[0]["fixes"]
    assert [fix["text"] for fix in fixes] == ["1"]


def test_more_than_so_many_is_a_lower_bound_on_one_click(hoa: Any, words: Any) -> None:
    batch = bring_in(hoa, row(**{"Ngày học": "12/03/2026", "Lượt người": "hơn 30"}))
    assert problems(batch) == [("people", "bound")]
    fix = batches.causes_of(batch)[0]["fixes"][0]

    def click(decisions: Decisions) -> None:
        decisions.texts["people"] = {"hơn 30": fix.text}

    batches.decide(batch, click, access=hoa.access)
    save(batch, hoa.access)
    found = TrainingClass.unscoped.with_figures().get()
    assert (found.attended, found.is_at_least) == (30, True)


def test_the_rules_of_the_form_hold(hoa: Any, bao: Any, words: Any, province: Any) -> None:
    good = {"Ngày học": "12/03/2026"}
    batch = bring_in(
        hoa,
        row("Lớp một", **{"Khai giảng": "12/03/2019"}),
        row("AB", **good),
        row("Lớp ba", **good, **{"Đơn vị tổ chức": "Phường Bình Minh"}),
        row("Lớp bốn", **good, **{"Ấp": "Khóm Một"}),
        row("Lớp năm", **{"Khai giảng": "05/06/2025"}),
        row("Lớp sáu", **good, **{"Mã lớp": "XXX-26-0001"}),
        row("Lớp bảy", **{"Ngày học": "12/03/2026; 12/3/2026"}),
        row("Lớp tám"),
    )
    assert problems(batch) == [
        ("starts_on", "range"), ("title", "short"), ("unit", "unknown"), ("hamlet", "unknown"),
        ("unit", "not_yet"), ("class_code", "unknown"), ("sessions", "twice"),
        ("starts_on", "required"),
    ]  # fmt: skip


def test_a_session_is_added_moved_and_never_lost(evening: TrainingClass, hoa: Any) -> None:
    def bring(days: str) -> ImportBatch:
        return save(
            bring_in(hoa, {"Khoá dòng": key_of(evening, hoa), "Ngày học": days}), hoa.access
        )

    def days() -> list[Any]:
        rows = evening.sessions.order_by("number")
        return list(rows.values_list("number", "held_on", "status"))

    bring("12/03/2026 18:30; 15/03/2026 18:30")
    assert days() == [(1, date(2026, 3, 12), "held"), (2, date(2026, 3, 15), "held")]
    bring("12/03/2026 18:30; 15/03/2026 18:30; 20/12/2026")
    assert days()[2:] == [(3, date(2026, 12, 20), "planned")]
    assert problems(bring("12/03/2026 18:30; 20/12/2026")) == [("sessions", "held")]
    bring("12/03/2026 18:30; 15/03/2026 18:30")
    assert len(days()) == 2
    assert TrainingClass.unscoped.with_figures().get().attended == 58


def test_an_import_is_taken_back_with_its_sessions(evening: TrainingClass, hoa: Any) -> None:
    first = ImportBatch.objects.get()
    change = {
        "Khoá dòng": key_of(evening, hoa), "Lượt người": "31; 28", "Điểm tổ chức": "Chùa",
        "Ngày học": "12/03/2026 18:30; 16/03/2026 18:30",
    }  # fmt: skip
    second = save(bring_in(hoa, change), hoa.access)
    assert counts(second) == {"changed": 1}
    told = ImportLine.objects.get(batch=second).changes
    assert [change[1:] for change in told] == [
        ["–", "Chùa"],
        [
            "12/03/2026 18:30; 14/03/2026 18:30 · 2,5",
            "12/03/2026 18:30; 16/03/2026 18:30 · 2,5",
        ],
        ["30; 28", "31; 28"],
    ]  # fmt: skip
    with pytest.raises(batches.Refused):
        batches.undo(first, access=hoa.access)
    batches.undo(second, access=hoa.access)
    assert list(evening.sessions.order_by("number").values_list("held_on", flat=True)) == [
        date(2026, 3, 12), date(2026, 3, 14),
    ]  # fmt: skip
    cells = SessionHeadcount.unscoped.values_list("session__number", "sex", "people")
    assert sorted(cells) == [(1, "", 18), (1, "f", 12), (2, "", 28)]


def test_a_new_class_goes_away_only_while_nobody_is_on_its_list(
    evening: TrainingClass, hoa: Any, province: Any
) -> None:
    batch = ImportBatch.objects.get()
    person = Participant(unit=province.an_hoa, full_name="Danh Thị Sa")
    person.clean()
    person.save()
    enrolled = Enrolment.unscoped.create(training_class=evening, participant=person)
    with pytest.raises(batches.Refused):
        batches.undo(batch, access=hoa.access)
    enrolled.delete()
    batches.undo(batch, access=hoa.access)
    assert not TrainingClass.unscoped.exists()
    assert not SessionHeadcount.unscoped.exists()


def test_what_others_recorded_since_the_export_stays(evening: TrainingClass, hoa: Any) -> None:
    exported = {
        "Khoá dòng": key_of(evening, hoa), "Tên lớp": evening.title, "Lượt người": "30; 28",
        "Ngày học": "12/03/2026 18:30; 14/03/2026 18:30",
    }  # fmt: skip
    url = reverse("classes:session", args=[evening.pk, 2])
    sent = entry(hoa.client, url, **{"headcounts-0-people": "29"})
    assert hoa.client.post(url, sent).status_code == 302
    assert counts(bring_in(hoa, exported)) == {"unchanged": 1}  # it still says what it said then
    mine = bring_in(hoa, exported | {"Lượt người": "30; 35"})
    assert counts(mine) == {"conflict": 1}
    assert ImportLine.objects.get(batch=mine).changes[0][1:] == ["30; 29", "30; 35"]
    other = save(bring_in(hoa, exported | {"Tên lớp": "VNeID buổi tối"}), hoa.access)
    assert counts(other) == {"changed": 1}
    evening.refresh_from_db()
    assert evening.title == "VNeID buổi tối"
    assert TrainingClass.unscoped.with_figures().get().attended == 59


def test_the_form_and_the_import_of_one_class_merge_or_clash(
    evening: TrainingClass, hoa: Any
) -> None:
    exported = {
        "Khoá dòng": key_of(evening, hoa), "Tên lớp": evening.title, "Điểm tổ chức": None,
    }  # fmt: skip
    url = reverse("classes:edit", args=[evening.pk])
    sent = entry(hoa.client, url, title="Lớp của Hoa", trainers="Danh Tú")
    assert hoa.client.post(url, sent).status_code == 302
    kept = bring_in(hoa, exported | {"Điểm tổ chức": "Nhà văn hoá"})
    assert counts(kept) == {"changed": 1}
    assert [change[0] for change in ImportLine.objects.get(batch=kept).changes] == [
        "Hội trường, điểm tổ chức"
    ]
    assert counts(bring_in(hoa, exported | {"Tên lớp": "Tên khác"})) == {"conflict": 1}


def test_classes_of_others_are_left_out_or_unknown(
    evening: TrainingClass, bao: Any, son: Any, minh: Any, province: Any
) -> None:
    one = {"Mã lớp": evening.code, "Tên lớp": "Của tôi"}
    assert problems(bring_in(bao, one)) == [("class_code", "unknown")]
    TrainingClass.unscoped.update(unit=province.education)
    assert counts(bring_in(son, one)) == {"skipped": 1}  # it was held in his commune
    assert counts(bring_in(minh, one)) == {"changed": 1}
    assert not ChangeEntry.objects.filter(door="import", action="changed").exists()


def test_a_file_of_the_map_before_the_rearrangement(hoa: Any, words: Any, province: Any) -> None:
    former = Unit.plant(
        parent=province.an_hoa, level="commune", kind="commune", code="30952",
        code_system="QD124/2004", name="Xã Thới Quản", short_name="Thới Quản",
        valid_to=date(2025, 6, 30),
    )  # fmt: skip
    UnitSuccession.unscoped.create(
        predecessor=former, successor=province.an_hoa, effective_on=date(2025, 7, 1),
        extent="whole",
    )  # fmt: skip
    old = row("Lớp cũ", **{"Đơn vị tổ chức": "30952", "Ngày học": "05/03/2025"})
    new = row("Lớp mới", **{"Đơn vị tổ chức": "Thới Quản", "Khai giảng": "05/03/2026"})
    old["Khai giảng"] = "05/03/2025"
    assert problems(bring_in(hoa, old, new)) == [("unit", "former")]
    save(bring_in(hoa, old, new, map="before"), hoa.access)
    found = TrainingClass.unscoped.order_by("starts_on").values_list("unit", flat=True)
    assert list(found) == [former.pk, province.an_hoa.pk]
