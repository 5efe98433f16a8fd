"""Activities and exemplary models from files."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from activities.models import Activity, ActivityHeadcount, ActivitySite, ExemplaryModel
from campaign.models import Audience, ImportBatch, ImportLine
from campaign.portal.imports import batches
from campaign.portal.imports.kinds import resource_for
from campaign.portal.imports.rows import Decisions
from tests.activities.conftest import make_activity
from tests.activities.conftest import types as types
from tests.classes.entry import entry
from tests.imports.files import workbook
from units.models import CommunityTeam

pytestmark = pytest.mark.django_db(transaction=True)


def bring_in(person: Any, *rows: dict[str, Any], kind: str = "activities") -> ImportBatch:
    titles = list(dict.fromkeys(title for one in rows for title in one))
    file = workbook(titles, *([one.get(title) for title in titles] for one in rows))
    batch = batches.take(file, kind=kind, access=person.access)
    batches.start_check(batch, access=person.access)
    return batch


def save(batch: ImportBatch, person: Any) -> ImportBatch:
    batches.start_saving(batch, "good", access=person.access)
    batch.refresh_from_db()
    return batch


def counts(batch: ImportBatch) -> dict[str, int]:
    return {name: count for name, count in batch.counts.items() if count}


def problems(batch: ImportBatch) -> list[tuple[str, str]]:
    lines = ImportLine.objects.filter(batch=batch, outcome="error").order_by("number")
    return [(p["column"], p["code"]) for line in lines for p in line.problems]


def key_of(record: Activity, person: Any) -> str:
    return resource_for("activities", person.access).row_key(record)


def talk_row(**more: Any) -> dict[str, Any]:
    return {
        "Tên hoạt động": "Nói chuyện về an toàn mạng", "Loại": "Hoạt động tuyên truyền, phổ biến",
        "Ngày": "05/10/2026", "Địa bàn": "Hoà Út", "Số người": 65, "Nữ": 40, **more,
    }  # fmt: skip


def test_activities_of_several_types_come_with_their_own_answers(
    hoa: Any, province: Any, types: Any
) -> None:
    batch = save(
        bring_in(
            hoa,
            talk_row(**{
                "Đối tượng": "Người cao tuổi; Phụ nữ", "Đơn vị phối hợp": "Sở GD&ĐT",
                "Hình thức tuyên truyền": "Tuyên truyền lưu động",
            }),
            {
                "Tên hoạt động": "Đi từng ngõ quý III", "Loại": "door_to_door",
                "Ngày": "06/10/2026", "Địa bàn": "Xã An Hoà", "Số hộ đã đến": "1.200",
                "Số hộ được hướng dẫn": 900, "Số hộ vắng nhà hoặc từ chối": 12,
            },
        ),
        hoa,
    )  # fmt: skip
    assert counts(batch) == {"new": 2}
    talk, round_ = Activity.unscoped.order_by("starts_on")
    assert (talk.unit, talk.place, talk.created_by) == (province.an_hoa, province.hoa_ut, hoa.user)
    assert talk.extra == {"channel": "mobile"}
    assert sorted(talk.audiences.values_list("code", flat=True)) == ["elderly", "women"]
    assert list(talk.co_organisers.all()) == [province.education]
    cells = ActivityHeadcount.unscoped.filter(activity=talk).values_list("sex", "people")
    assert sorted(cells) == [("", 25), ("f", 40)]
    assert (round_.households_visited, round_.extra) == (1200, {"households_absent": 12})
    again = bring_in(hoa, talk_row(), talk_row(**{"Số người": 66, "Địa bàn": "Hoà Tạo"}))
    assert counts(again) == {"unchanged": 1, "new": 1}


def test_the_rules_of_the_form_and_of_the_type_hold(hoa: Any, types: Any) -> None:
    batch = bring_in(
        hoa,
        talk_row(**{"Số hộ đã đến": 5}),
        talk_row(**{"Tên hoạt động": "Hai", "Ngày": "01/12/2026"}),
        talk_row(**{"Tên hoạt động": "Ba", "Đến ngày": "01/10/2026"}),
        talk_row(**{"Tên hoạt động": "Bốn", "Loại": "Cuộc thi, hội thi"}),
        talk_row(**{"Tên hoạt động": "Năm", "Ngày": "05/06/2025"}),
        talk_row(**{"Tên hoạt động": "Sáu", "Địa bàn": "Khóm Một"}),
        talk_row(**{"Tên hoạt động": "Bảy", "Số người": 10}),
        talk_row(**{"Tên hoạt động": "Tám", "Số người": "trên 1.200"}),
        talk_row(**{"Tên hoạt động": "Chín", "Loại": "Tập huấn Tổ công nghệ số cộng đồng"}),
        {
            "Tên hoạt động": "Mười", "Loại": "door_to_door", "Ngày": "05/10/2026",
            "Số hộ đã đến": 5, "Số hộ được hướng dẫn": 6,
        },
    )  # fmt: skip
    assert problems(batch) == [
        ("households_visited", "not_asked"), ("people", "future"), ("ends_on", "too_early"),
        ("own_entries", "required"), ("place", "check_in_force"), ("place", "unknown"),
        ("women", "more"), ("people", "bound"), ("teams_trained", "required"),
        ("households_reached", "more"),
    ]  # fmt: skip

    def click(decisions: Decisions) -> None:
        decisions.cells[9] = {"people": "≥1200"}

    batches.decide(batch, click, access=hoa.access)
    save(batch, hoa)
    found = Activity.unscoped.get()
    assert (found.title, found.is_at_least) == ("Tám", True)


def test_all_teams_of_a_commune_were_trained(hoa: Any, province: Any, types: Any) -> None:
    for hamlet in (province.hoa_ut, province.hoa_tao):
        team = CommunityTeam(unit=hamlet, name=f"Tổ {hamlet.name}", founded_on=date(2025, 8, 1))
        team.clean()
        team.save()
    row = {"Tên hoạt động": "Tập huấn", "Loại": "team_training", "Ngày": "05/10/2026"}
    batch = save(
        bring_in(
            hoa,
            row | {"Toàn bộ Tổ đang hoạt động của": "Xã An Hoà"},
            row | {"Tên hoạt động": "Tập huấn 2", "Các Tổ được tập huấn": "Tổ Ấp Hoà Út"},
        ),
        hoa,
    )
    assert problems(batch) == []
    both, one = Activity.unscoped.order_by("pk")
    assert (both.teams_trained.count(), one.teams_trained.count()) == (2, 1)


def test_counts_by_group_are_not_thrown_away(hoa: Any, province: Any, types: Any) -> None:
    talk = make_activity(province.an_hoa, types["communication"], "Tuyên truyền VNeID")
    elderly = Audience.objects.get(code="elderly")
    ActivityHeadcount.unscoped.create(activity=talk, sex="f", audience=elderly, people=40)
    key = {"Khoá dòng": key_of(talk, hoa)}
    assert counts(bring_in(hoa, key | {"Số người": 40})) == {"unchanged": 1}
    assert problems(bring_in(hoa, key | {"Số người": 41})) == [("people", "groups")]
    ActivitySite.unscoped.create(activity=talk, unit=province.hoa_ut, people=10)
    assert counts(bring_in(hoa, key | {"Số người": 50})) == {"unchanged": 1}  # as the list says


def test_a_change_is_merged_or_asked_about_and_taken_back(
    hoa: Any, province: Any, types: Any
) -> None:
    save(bring_in(hoa, talk_row()), hoa)
    talk = Activity.unscoped.get()
    exported = talk_row() | {"Khoá dòng": key_of(talk, hoa)}
    url = reverse("activities:edit", args=[talk.pk])
    sent = entry(hoa.client, url, title="Nói chuyện buổi tối", **{"headcounts-0-people": "41"})
    assert hoa.client.post(url, sent).status_code == 302
    assert counts(bring_in(hoa, exported)) == {"unchanged": 1}
    assert counts(bring_in(hoa, exported | {"Số người": 70})) == {"conflict": 1}
    assert counts(bring_in(hoa, exported | {"Tên hoạt động": "Tên thứ ba"})) == {"conflict": 1}
    batch = save(bring_in(hoa, exported | {"Ghi chú": "Trời mưa", "Đối tượng": "Phụ nữ"}), hoa)
    assert counts(batch) == {"changed": 1}
    talk.refresh_from_db()
    assert (talk.title, talk.note) == ("Nói chuyện buổi tối", "Trời mưa")
    batches.undo(batch, access=hoa.access)
    talk.refresh_from_db()
    assert (talk.note, talk.audiences.count()) == ("", 0)
    assert sum(ActivityHeadcount.unscoped.values_list("people", flat=True)) == 66
    with pytest.raises(batches.Refused):
        batches.undo(ImportBatch.objects.order_by("pk").first(), access=hoa.access)


def test_models_come_from_files_under_the_rules_of_their_form(
    hoa: Any, province: Any, types: Any
) -> None:
    row = {
        "Tên mô hình": "Chợ số An Hoà", "Loại mô hình": "Chợ số", "Đơn vị": "An Hoà",
        "Địa bàn": "Ấp Hoà Út", "Ngày bắt đầu": "01/03/2026", "Ngày công nhận": "20/05/2026",
        "Số quyết định": "12/QĐ-UBND", "Mô tả": "Quét mã\nkhông tiền mặt",
    }  # fmt: skip
    wrong = row | {"Tên mô hình": "Khác", "Ngày công nhận": "20/02/2026", "Loại mô hình": "Chợ sốt"}
    batch = save(bring_in(hoa, row, wrong, kind="models"), hoa)
    assert counts(batch) == {"new": 1, "error": 1}
    assert problems(batch) == [("kind", "unknown"), ("recognised_on", "too_early")]
    found = ExemplaryModel.unscoped.get()
    assert (found.place, found.description) == (province.hoa_ut, "Quét mã\nkhông tiền mặt")
    assert counts(bring_in(hoa, row, kind="models")) == {"unchanged": 1}
