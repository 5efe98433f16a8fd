"""One file on its way: checked, saved, saved again, taken back."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.access import Access
from activities.models import Solution
from campaign.models import ImportBatch, ImportLine
from campaign.portal.imports import batches
from campaign.portal.imports.rows import Decisions
from tests.activities.conftest import types as types
from tests.imports.files import workbook

pytestmark = pytest.mark.django_db(transaction=True)

HEADINGS = ("STT", "Tên giải pháp", "Lĩnh vực", "Đơn vị", "Tác giả", "Ngày công nhận")


def rows(day: str = "05/03/2026") -> list[tuple[Any, ...]]:
    return [
        (1, "Lấy số qua điện thoại", "Trồng trọt", "Xã An Hoà", "Lê Văn Tư", day),
        (2, "Sổ tay số của ấp", "Trồng trọt", "30958", None, 46_100),
        (3, "Bản đồ lúa", "Thủy lơij", "Xã An Hoà", None, "31/02/2026"),
    ]


@pytest.fixture
def by_hoa(hoa: Any) -> Access:
    return hoa.access


def bring_in(hoa: Access, *table: Any) -> ImportBatch:
    batch = batches.take(workbook(HEADINGS, *table), kind="solutions", access=hoa)
    batches.start_check(batch, access=hoa)
    return batch


def save(batch: ImportBatch, hoa: Access, choice: str = "good") -> ImportBatch:
    batches.start_saving(batch, choice, access=hoa)
    batch.refresh_from_db()
    return batch


def test_a_file_is_checked_mended_saved_and_saving_it_again_changes_nothing(
    by_hoa: Access, types: Any
) -> None:
    batch = bring_in(by_hoa, *rows())
    assert batch.rows_read == sum(batch.counts.values()) == 3
    assert (batch.counts["new"], batch.counts["error"]) == (2, 1)
    causes = batches.causes_of(batch)
    assert {(c["problem"].column, c["rows"][0]) for c in causes} == {
        ("field", 4), ("recognised_on", 4),
    }  # fmt: skip
    assert batch.notes["mended"] == {"serial_day": 1}
    assert not Solution.unscoped.exists()

    def put_right(decisions: Decisions) -> None:
        decisions.texts["field"] = {"Thủy lơij": "Thủy lợi"}
        decisions.cells[4] = {"recognised_on": "28/02/2026"}

    field_name = next(f for c in causes for f in c["fixes"] if c["problem"].column == "field").text
    batches.decide(batch, put_right, access=by_hoa)
    batches.decide(
        batch, lambda d: d.texts["field"].update({"Thủy lơij": field_name}), access=by_hoa
    )
    assert batch.counts["new"] == 3
    save(batch, by_hoa, "all")
    assert batch.step == "done"
    assert Solution.unscoped.count() == 3

    again = bring_in(by_hoa, *rows()[:2])
    assert again.counts["unchanged"] == 2
    save(again, by_hoa)
    assert Solution.unscoped.count() == 3


def test_all_or_nothing_saves_nothing_and_good_rows_saves_the_good(
    by_hoa: Access, types: Any
) -> None:
    batch = bring_in(by_hoa, *rows())
    with pytest.raises(batches.Refused):
        batches.start_saving(batch, "all", access=by_hoa)
    assert not Solution.unscoped.exists()
    save(batch, by_hoa)
    assert Solution.unscoped.count() == 2
    assert batch.rows_read == sum(batch.counts.values()) == 3


def test_an_import_is_taken_back_whole_or_refused_with_the_rows(by_hoa: Access, types: Any) -> None:
    batch = save(bring_in(by_hoa, *rows()[:2]), by_hoa)
    edited = Solution.unscoped.get(name="Sổ tay số của ấp")
    edited.version += 1
    edited.save()
    with pytest.raises(batches.Refused) as refused:
        batches.undo(batch, access=by_hoa)
    assert [line.number for line, _why in refused.value.lines] == [3]
    assert Solution.unscoped.count() == 2
    Solution.unscoped.filter(pk=edited.pk).update(version=1)
    assert batches.undo(batch, access=by_hoa) == 2
    assert not Solution.unscoped.exists()


def test_changed_values_are_told_and_put_back(by_hoa: Access, types: Any) -> None:
    save(bring_in(by_hoa, *rows()[:1]), by_hoa)
    changed = [
        (1, "Lấy số qua điện thoại", "Trồng trọt", "Xã An Hoà", "Lê Văn Tư, Danh Sol", "5-3-2026")
    ]
    batch = bring_in(by_hoa, *changed)
    assert batch.counts["changed"] == 1
    line = ImportLine.objects.get(batch=batch)
    assert line.changes[0][1:] == ["Lê Văn Tư", "Lê Văn Tư, Danh Sol"]
    save(batch, by_hoa)
    assert Solution.unscoped.get().authors == "Lê Văn Tư, Danh Sol"
    batches.undo(batch, access=by_hoa)
    assert Solution.unscoped.get().authors == "Lê Văn Tư"


def test_what_somebody_changed_between_check_and_saving_is_a_conflict(
    by_hoa: Access, types: Any
) -> None:
    from campaign.models import ChangeEntry
    from campaign.portal import history

    save(bring_in(by_hoa, *rows()[:1]), by_hoa)
    batch = bring_in(by_hoa, (1, rows()[0][1], "Trồng trọt", "Xã An Hoà", "Nhóm A", "5/3/2026"))
    record = Solution.unscoped.get()
    record.authors, record.version = "Nhóm B", record.version + 1
    record.save()
    history.record_change(
        record,
        ChangeEntry.Action.CHANGED,
        access=by_hoa,
        changes={"authors": ["Lê Văn Tư", "Nhóm B"]},
    )
    save(batch, by_hoa)
    assert batch.counts["conflict"] == 1
    assert Solution.unscoped.get().authors == "Nhóm B"
