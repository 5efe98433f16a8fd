"""Teams and their members from the files communes keep."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import Http404

from accounts.access import Access
from campaign.models import ChangeEntry, ImportBatch, ImportLine
from campaign.portal.imports import batches
from tests.imports.files import workbook
from tests.units.test_teams import JULY, entry, found, join
from units.models import CommunityTeam, TeamMember

pytestmark = pytest.mark.django_db(transaction=True)

TEAM = "Tổ công nghệ số cộng đồng Ấp Hoà Út"
HEADINGS = ("TT", "Tên tổ", "Họ và tên", "Chức danh", "Thành phần", "Năm sinh", "Số điện thoại")


def bring_in(access: Access, kind: str, *table: Any, **more: Any) -> ImportBatch:
    batch = batches.take(workbook(*table), kind=kind, access=access, **more)
    batches.start_check(batch, access=access)
    return batch


def save(batch: ImportBatch, access: Access, choice: str = "good") -> ImportBatch:
    batches.start_saving(batch, choice, access=access)
    batch.refresh_from_db()
    return batch


def counts(batch: ImportBatch) -> dict[str, int]:
    return {name: count for name, count in batch.counts.items() if count}


def problems(batch: ImportBatch) -> set[tuple[int, str, str]]:
    lines = ImportLine.objects.filter(batch=batch, outcome="error")
    return {(line.number, p["column"], p["code"]) for line in lines for p in line.problems}


@pytest.fixture
def team(province: SimpleNamespace) -> CommunityTeam:
    return found(province.hoa_ut, TEAM)


def test_teams_come_in_end_and_are_found_again(province: SimpleNamespace, hoa: Any) -> None:
    headings = ("Ấp", "Tên tổ", "Số QĐ", "Ngày QĐ", "Ngày thành lập", "Ngày giải thể", "Lý do")
    rows = [
        ("Hoà Út", TEAM, "45/QĐ-UBND", "10/07/2025", None, None, None),
        ("30958-02", "Tổ CNSCĐ Hoà Tạo", "46", "10/07/2025", "15/7/2025", "01/02/2026", "Sáp nhập"),
    ]
    batch = save(bring_in(hoa.access, "teams", headings, *rows), hoa.access)
    assert counts(batch) == {"new": 2}
    first, second = CommunityTeam.unscoped.order_by("pk")
    assert (first.unit, first.founded_on) == (province.hoa_ut, date(2025, 7, 10))
    assert second.ended_on == date(2026, 2, 1)
    again = [("Ấp Hoà Út", "tổ CNSCĐ ấp Hòa Út", None, None, None, None, None), rows[1]]
    batch = bring_in(hoa.access, "teams", headings, *again)
    assert counts(batch) == {"changed": 1, "unchanged": 1}  # one name, written short
    join(first, "Danh Tú")
    with pytest.raises(batches.Refused):
        batches.undo(ImportBatch.objects.order_by("created_at")[0], access=hoa.access)
    assert CommunityTeam.unscoped.count() == 2


def test_teams_obey_the_rules_of_the_form(province: SimpleNamespace, hoa: Any) -> None:
    batch = bring_in(
        hoa.access,
        "teams",
        ("Ấp", "Tên tổ", "Ngày thành lập", "Ngày giải thể", "Lý do"),
        ("Khóm Một", "Tổ của phường khác", "15/07/2025", None, None),
        ("Hoà Út", "Tổ một", "15/07/2099", None, None),
        ("Hoà Út", "Tổ hai", "15/07/2025", "01/07/2025", "x"),
        ("Hoà Út", "Tổ ba", "15/07/2025", "01/08/2025", None),
        ("Hoà Út", "Tổ bốn", None, None, None),
        (None, "Tổ năm", "15/07/2025", None, None),
    )
    assert problems(batch) == {
        (2, "unit", "unknown"), (3, "founded_on", "to_come"), (4, "ended_on", "before_founding"),
        (5, "ended_reason", "invalid"), (6, "founded_on", "invalid"), (7, "unit", "required"),
    }  # fmt: skip


def test_a_team_in_merged_cells_goes_on_to_the_rows_below(team: CommunityTeam, hoa: Any) -> None:
    other = found(team.unit.parent, "Tổ CNSCĐ xã An Hoà")
    batch = bring_in(
        hoa.access,
        "members",
        ("DANH SÁCH THÀNH VIÊN",),
        HEADINGS,
        (1, "Tổ CNSCĐ ấp Hoà Út", "DANH TÚ", "Tổ trưởng", "Trưởng ấp", 1980, 912345678),
        (2, None, "Thị Sa", "Tổ phó", "Hội phụ nữ", "1990", "0912 345 679"),
        (3, None, "Lê Văn An", None, "ĐTN", None, None),
        (4, other.name, "Trần Văn Ba", "tổ viên", "MTTQ", None, None),
    )
    assert counts(save(batch, hoa.access)) == {"new": 4}
    tu, sa, an = team.members.order_by("pk")
    assert (tu.full_name, tu.role, tu.background) == ("Danh Tú", "leader", "hamlet_head")
    assert (tu.phone, tu.joined_on) == ("0912345678", JULY)
    assert (sa.role, sa.background, an.background) == ("deputy", "women_union", "youth_union")
    assert other.members.get().background == "fatherland_front"
    told = ChangeEntry.objects.get(model="units.communityteam", record_id=team.pk)
    assert (told.door, len(told.changes["members"][1])) == ("import", 3)
    team.refresh_from_db()
    assert team.version == 2


def test_a_team_in_a_row_of_its_own_heads_its_members(team: CommunityTeam, hoa: Any) -> None:
    found(team.unit.parent, "Tổ công nghệ số cộng đồng xã An Hoà")
    table = (
        ("TT", "Họ và tên", "Chức vụ", "Ngày sinh", "SĐT"),
        ("I", "Tổ CNSCĐ ấp Hòa Út", None, None, None),
        (1, "Danh Tú", "Tổ trưởng", "02/09/1980", None),
        (2, "Tô Văn Công", None, None, None),
        ("Tổ công nghệ số cộng đồng xã An Hòa", None, None, None, None),
        (1, "Trần Văn Ba", "Tổ trưởng", None, None),
        ("Tổ CNSCĐ ấp Không Có", None, None, None, None),
        (1, "Trần Văn Bốn", "Tổ trưởng", None, None),
    )
    batch = save(bring_in(hoa.access, "members", *table), hoa.access)
    assert counts(batch) == {"new": 3, "error": 1, "skipped": 3}
    assert batch.rows_read == 7
    assert problems(batch) == {(8, "team", "unknown")}
    assert set(team.members.values_list("full_name", "birth_year")) == {
        ("Danh Tú", 1980), ("Tô Văn Công", None),
    }  # fmt: skip
    again = bring_in(hoa.access, "members", *table)
    assert counts(again) == {"unchanged": 3, "error": 1, "skipped": 3}


def test_a_file_in_sections_passes_the_pages_without_a_column_of_teams(
    team: CommunityTeam, hoa: Any
) -> None:
    file = workbook(("TT", "Họ và tên", "SĐT"), ("I", TEAM, None), (1, "Thị Sa", "0912345678"))
    sent = hoa.client.post("/imports/new/", {"kind": "members", "file": file})
    batch = ImportBatch.objects.get()
    places = {f"column-{place}": name for place, name in batch.columns.items()}
    look = {"sheet": batch.sheet, "header": batch.header_row + 1}
    answer = hoa.client.post(sent.url, {**look, **places})
    assert answer.url == f"/imports/{batch.key}/check/"
    batch.refresh_from_db()
    assert counts(batch) == {"new": 1, "skipped": 1}


def test_within_a_team_nobody_asks_for_it(team: CommunityTeam, hoa: Any, bao: Any) -> None:
    rows = [("Họ và tên", "Giới tính"), ("Thị Sa", "nữ")]
    save(bring_in(hoa.access, "members", *rows, context={"team": team.pk}), hoa.access)
    assert team.members.get().sex == "f"
    with pytest.raises(Http404):
        bring_in(bao.access, "members", *rows, context={"team": team.pk})
    theirs = bring_in(bao.access, "members", ("Tên tổ", "Họ và tên"), (TEAM, "Thị Sa"))
    assert problems(theirs) == {(2, "team", "unknown")}


def test_the_hamlet_tells_teams_of_one_name_apart(province: SimpleNamespace, hoa: Any) -> None:
    teams = [found(unit, "Tổ 1") for unit in (province.hoa_ut, province.hoa_tao)]
    rows = [("Hoà Tạo", "Tổ 1", "Thị Sa"), (None, "Tổ 1", "Thị Ba"), ("Hoà Út", "Tổ 1", "Danh Tú")]
    batch = save(
        bring_in(
            hoa.access, "members", ("Ấp", "Tên tổ", "Họ tên"), *rows, ("Hoà Út", "Tổ 2", "A Na")
        ),
        hoa.access,
    )
    assert [team.members.count() for team in teams] == [1, 2]
    assert problems(batch) == {(5, "team", "unknown")}
    alone = bring_in(hoa.access, "members", ("Tên tổ", "Họ tên"), ("Tổ 1", "Thị Sa"))
    (cause,) = batches.causes_of(alone)
    assert cause["problem"].code == "several"
    label = cause["fixes"][0].text
    batches.decide(alone, lambda d: d.texts.update(team={"Tổ 1": label}), access=hoa.access)
    assert counts(alone) == {"new": 1}


def test_namesakes_are_told_apart_or_asked_about(team: CommunityTeam, hoa: Any) -> None:
    join(team, "Thị Sa", birth_year=1990, phone="0912345678")
    join(team, "Danh Tú", phone="0912345679")
    batch = bring_in(
        hoa.access,
        "members",
        HEADINGS,
        (1, TEAM, "THỊ SA", None, None, 1990, "0987654321"),
        (2, None, "Thị Sa", None, None, 1971, None),
        (3, None, "Danh Tú", None, None, None, "0987654322"),
    )
    outcomes = list(ImportLine.objects.filter(batch=batch).values_list("outcome", flat=True))
    assert outcomes == ["changed", "new", "doubtful"]


def test_a_leader_follows_another_in_any_order_of_the_rows(team: CommunityTeam, hoa: Any) -> None:
    join(team, "Danh Tú", role="leader")
    headings = ("Tên tổ", "Họ và tên", "Chức vụ", "Ngày tham gia", "Đến ngày")
    new = (TEAM, "Thị Sa", "Tổ trưởng", "01/02/2026", None)
    alone = bring_in(hoa.access, "members", headings, new)
    assert {(number, column) for number, column, _code in problems(alone)} == {(2, "role")}
    old = (TEAM, "Danh Tú", None, None, "01/02/2026")
    both = save(bring_in(hoa.access, "members", headings, new, old), hoa.access)
    assert counts(both) == {"new": 1, "changed": 1}
    on = [TeamMember.unscoped.serving_on(date(2026, month, 15)) for month in (1, 3)]
    assert [[m.full_name for m in members] for members in on] == [["Danh Tú"], ["Thị Sa"]]


def test_taking_members_back_is_refused_once_one_was_edited(team: CommunityTeam, hoa: Any) -> None:
    rows = [("Tên tổ", "Họ và tên"), (TEAM, "Thị Sa"), (None, "Danh Tú")]
    batch = save(bring_in(hoa.access, "members", *rows), hoa.access)
    sa = team.members.get(full_name="Thị Sa")
    sent = entry(
        team.unit, {"id": sa.pk, "team": team.pk, "full_name": "Thị Sa", "phone": "0912345678",
                    "joined_on": "15/07/2025"},
        initial=1, version=2,
    )  # fmt: skip
    assert hoa.client.post(f"/teams/{team.pk}/edit/", sent).status_code == 302
    with pytest.raises(batches.Refused) as refused:
        batches.undo(batch, access=hoa.access)
    assert [line.number for line, _why in refused.value.lines] == [2]

    other = save(bring_in(hoa.access, "members", rows[0], (TEAM, "Lê Văn An")), hoa.access)
    batches.undo(other, access=hoa.access)
    assert team.members.count() == 2
    assert ChangeEntry.objects.filter(model="units.communityteam", door="undo").count() == 1


def test_the_rules_of_members_hold_in_files(team: CommunityTeam, hoa: Any) -> None:
    headings = ("Tên tổ", "Họ và tên", "Năm sinh", "SĐT", "Ngày tham gia", "Đến ngày", "Chức vụ")
    batch = bring_in(
        hoa.access,
        "members",
        headings,
        (TEAM, "Thị Một", 2024, None, None, None, None),
        (TEAM, "Thị Hai", None, "12345", None, None, None),
        (TEAM, "Thị Ba", None, None, "01/12/2025", "01/08/2025", None),
        (TEAM, "Thị Tư", None, None, "01/12/2099", None, None),
        (TEAM, "Thị Năm", None, None, None, None, "giám đốc"),
        (TEAM, "12345", None, None, None, None, None),
    )
    assert {(number, column) for number, column, _code in problems(batch)} == {
        (2, "birth_year"), (3, "phone"), (4, "left_on"), (5, "joined_on"), (6, "role"),
        (7, "full_name"),
    }  # fmt: skip
