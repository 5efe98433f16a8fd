"""The importer's pages: from the upload to the undo, the marked file, the template."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from activities.models import Solution
from campaign.models import Audience, ImportBatch, ImportLayout, Topic
from campaign.periods import today
from campaign.portal.imports import batches
from campaign.text import fold
from classes.models import TrainingClass
from tests.activities.conftest import types as types
from tests.imports.files import workbook
from units.models import Unit

pytestmark = pytest.mark.django_db(transaction=True)

HEADINGS = ("STT", "Tên giải pháp", "Lĩnh vực", "Đơn vị", "Ngày công nhận", "Ghi chú riêng")
TABLE = (
    ("UBND XÃ AN HOÀ",),
    ("DANH SÁCH GIẢI PHÁP",),
    HEADINGS,
    (1, "Lấy số qua điện thoại", "Trồng trọt", "Xã An Hoà", "05/03/2026", "x"),
    (2, "Sổ tay số của ấp", "Trồng trotj", "30958", "06/03/2026", None),
    (3, "Bản đồ lúa", "Trồng trotj", "Xã An Hoà", "31/02/2026", None),
    (None, "Tổng cộng: 3 giải pháp"),
)


def upload(who: Any, *table: Any, kind: str = "solutions", **more: Any) -> ImportBatch:
    sent = {"kind": kind, "file": workbook(*table), **more}
    answer = who.client.post("/imports/new/", sent, follow=True)
    assert answer.status_code == 200
    return ImportBatch.objects.latest("pk")


def match_as_guessed(who: Any, batch: ImportBatch, **more: Any) -> str:
    sent = {f"column-{place}": name for place, name in batch.columns.items()}
    answer = who.client.post(f"/imports/{batch.key}/columns/", sent | more, follow=True)
    return answer.content.decode()


def act(who: Any, batch: ImportBatch, **sent: Any) -> str:
    answer = who.client.post(f"/imports/{batch.key}/check/", sent, follow=True)
    batch.refresh_from_db()
    return answer.content.decode()


def test_from_the_upload_to_the_undo(hoa: Any, types: Any) -> None:
    batch = upload(hoa, *TABLE)
    assert (batch.header_row, batch.step) == (2, "mapping")
    page = match_as_guessed(hoa, batch)
    assert "Trồng trotj" in page
    assert "31/02/2026" in page
    batch.refresh_from_db()
    assert (batch.rows_read, batch.counts["new"], batch.counts["error"]) == (4, 1, 2)
    assert batch.counts["skipped"] == 1  # the total, told and left out

    act(hoa, batch, act="text", column="field", text="Trồng trotj", to="Trồng trọt")
    assert (batch.counts["new"], batch.counts["error"]) == (2, 1)
    act(hoa, batch, act="cell", number="6", column="recognised_on", to="28/02/2026")
    assert (batch.counts["new"], batch.counts["error"]) == (3, 0)
    act(hoa, batch, act="reset")
    assert batch.counts["error"] == 2
    act(hoa, batch, act="skip_cause", column="field", code="unknown", text="Trồng trotj")
    assert (batch.counts["new"], batch.counts["error"], batch.counts["skipped"]) == (1, 0, 3)
    act(hoa, batch, act="take", number=["5", "6"])
    act(hoa, batch, act="text", column="field", text="Trồng trotj", to="Trồng trọt")
    act(hoa, batch, act="cell", number="6", column="recognised_on", to="28/02/2026")
    assert batch.counts["new"] == 3
    assert not Solution.unscoped.exists()

    page = hoa.client.post(
        f"/imports/{batch.key}/save/", {"choice": "all"}, follow=True
    ).content.decode()
    assert Solution.unscoped.count() == 3
    assert "Đã lưu lúc" in page
    again = hoa.client.post(f"/imports/{batch.key}/save/", {"choice": "all"}, follow=True)
    assert again.status_code == 200
    assert Solution.unscoped.count() == 3

    page = hoa.client.post(f"/imports/{batch.key}/undo/", follow=True).content.decode()
    assert not Solution.unscoped.exists()
    assert "Đã hoàn tác" in page


def test_the_second_file_of_a_layout_goes_straight_to_the_check(
    hoa: Any, bao: Any, types: Any
) -> None:
    match_as_guessed(hoa, upload(hoa, *TABLE), share="1")
    assert upload(hoa, *TABLE).step == "checked"
    # shared with the province: the neighbour's files are read the same way
    assert upload(bao, *TABLE).step == "checked"
    ImportLayout.objects.update(province_path="")
    assert upload(bao, *TABLE).step == "mapping"


def test_a_sheet_and_a_row_of_headings_can_be_chosen(hoa: Any, types: Any) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Ghi chú", "Không có gì"])
    second = book.create_sheet("Tháng 3")
    for row in TABLE[2:]:
        second.append(list(row))
    target = io.BytesIO()
    book.save(target)
    file = SimpleUploadedFile("so.xlsx", target.getvalue())
    hoa.client.post("/imports/new/", {"kind": "solutions", "file": file})
    batch = ImportBatch.objects.latest("pk")
    assert (batch.sheet, batch.header_row) == ("Tháng 3", 0)
    address = f"/imports/{batch.key}/columns/"
    hoa.client.post(address, {"look": "1", "sheet": "Sheet", "header": "1"})
    batch.refresh_from_db()
    assert batch.sheet == "Sheet"
    missing = hoa.client.post(address, {"column-0": "name"})
    assert missing.status_code == 422
    assert "Lĩnh vực" in missing.content.decode()
    twice = hoa.client.post(address, {"column-0": "name", "column-1": "name"})
    assert twice.status_code == 422
    assert hoa.client.post(address, {"look": "1", "sheet": "Không có"}).status_code == 404


def test_wrong_rows_come_back_marked_and_only_they_are_read_again(hoa: Any, types: Any) -> None:
    batch = upload(hoa, *TABLE)
    match_as_guessed(hoa, batch)
    hoa.client.post(f"/imports/{batch.key}/save/", {"choice": "good"})
    assert Solution.unscoped.count() == 1
    answer = hoa.client.get(f"/imports/{batch.key}/rows-to-fix/")
    assert answer["Content-Disposition"].startswith("attachment")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book.active
    wrong = sheet["C5"]
    assert wrong.value == "Trồng trotj"
    assert wrong.comment
    assert "danh mục" in wrong.comment.text
    assert wrong.fill.start_color.rgb.endswith("FDECE9")
    assert sheet["C4"].comment is None
    assert sheet["G3"].value == "Dòng trong tệp gốc"
    assert [sheet.cell(row, 7).value for row in (4, 5, 6)] == [4, 5, 6]

    # put right, sorted, and with a change in a row that was right: that one is left alone
    sheet["C5"].value = sheet["C6"].value = "Trồng trọt"
    sheet["E6"].value = "28/02/2026"
    sheet["E4"].value = "09/09/2026"
    sheet.delete_rows(1, 2)
    target = io.BytesIO()
    book.save(target)
    file = SimpleUploadedFile("da-sua.xlsx", target.getvalue())
    hoa.client.post("/imports/new/", {"again": batch.key, "file": file})
    second = ImportBatch.objects.latest("pk")
    if second.step == "mapping":
        match_as_guessed(hoa, second)
        second.refresh_from_db()
    assert (second.counts["new"], second.counts["changed"], second.counts["skipped"]) == (2, 0, 2)
    hoa.client.post(f"/imports/{second.key}/save/", {"choice": "all"})
    assert Solution.unscoped.count() == 3
    assert f"{Solution.unscoped.get(name='Lấy số qua điện thoại').recognised_on:%d/%m}" == "05/03"


def test_nobody_meets_the_imports_of_others(hoa: Any, bao: Any, lan: Any, types: Any) -> None:
    batch = upload(hoa, *TABLE)
    match_as_guessed(hoa, batch)
    for page in ("", "columns/", "check/", "rows-to-fix/"):
        assert bao.client.get(f"/imports/{batch.key}/{page}").status_code == 404
    for page in ("save/", "undo/", "drop/", "again/", "check/"):
        assert bao.client.post(f"/imports/{batch.key}/{page}").status_code == 404
    assert bao.client.get(f"/imports/new/?again={batch.key}").status_code == 404
    assert batch.file_name not in bao.client.get("/imports/").content.decode()
    assert lan.client.get("/imports/").status_code == 404


def test_a_file_of_units_of_others_saves_nothing_there(hoa: Any, types: Any) -> None:
    table = (
        HEADINGS,
        (1, "Việc của phường bên", "Trồng trọt", "Phường Bình Minh", "05/03/2026", ""),
    )
    batch = upload(hoa, *table)
    match_as_guessed(hoa, batch)
    batch.refresh_from_db()
    assert (batch.counts["new"], batch.counts["error"]) == (0, 1)
    act(hoa, batch, act="text", column="unit", text="Phường Bình Minh", to="30952")
    assert batch.counts["error"] == 1
    assert hoa.client.post(f"/imports/{batch.key}/check/", {"act": "cell", "number": "2",
        "column": "row_key", "to": "1.1"}, follow=True).status_code == 200  # fmt: skip
    hoa.client.post(f"/imports/{batch.key}/save/", {"choice": "good"})
    assert not Solution.unscoped.exists()


def test_a_file_that_cannot_be_read_is_refused_by_name_of_the_problem(hoa: Any, types: Any) -> None:
    file = SimpleUploadedFile("a.xlsx", b"<html><table><tr><td>x</td></tr></table></html>")
    answer = hoa.client.post("/imports/new/", {"kind": "solutions", "file": file})
    assert answer.status_code == 422
    assert not ImportBatch.objects.exists()
    assert hoa.client.get("/imports/new/?kind=nothing").status_code == 404


def test_a_file_can_be_given_up(hoa: Any, types: Any) -> None:
    batch = upload(hoa, *TABLE)
    match_as_guessed(hoa, batch)
    hoa.client.post(f"/imports/{batch.key}/drop/")
    batch.refresh_from_db()
    assert batch.step == "dropped"
    assert not batch.lines.exists()


def test_the_template_offers_what_is_the_persons_and_is_read_back(
    province: Any, hoa: Any, types: Any
) -> None:
    answer = hoa.client.get("/imports/template/?kind=solutions")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    words = {str(cell.value) for row in book.worksheets[1].iter_rows() for cell in row}
    assert any("An Hoà" in word for word in words)
    others = Unit.unscoped.filter(path__startswith=province.binh_minh.path)
    assert not [unit.name for unit in others if any(unit.short_name in word for word in words)]
    assert book.worksheets[0].data_validations.dataValidation
    sheet = book.worksheets[0]
    for column, value in enumerate(
        ("Sổ tay số", "Trồng trọt", "Xã An Hoà", "Danh Sol", "05/03/2026", "12/QĐ", "x"), start=1
    ):
        sheet.cell(5, column, value)
    target = io.BytesIO()
    book.save(target)
    file = SimpleUploadedFile("mau.xlsx", target.getvalue())
    hoa.client.post("/imports/new/", {"kind": "solutions", "file": file})
    batch = ImportBatch.objects.latest("pk")
    match_as_guessed(hoa, batch)
    batch.refresh_from_db()
    assert batch.counts["new"] == 1
    assert batch.rows_read == 1


def test_long_files_are_checked_saved_and_taken_back_by_jobs(
    hoa: Any, types: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(batches, "AT_ONCE", 1)
    batch = upload(hoa, *TABLE)
    match_as_guessed(hoa, batch)
    batch.refresh_from_db()
    assert (batch.step, batch.job.kind, batch.job.status) == ("checked", "import_check", "done")
    act(hoa, batch, act="text", column="field", text="Trồng trotj", to="Trồng trọt")
    hoa.client.post(f"/imports/{batch.key}/save/", {"choice": "good"})
    assert Solution.unscoped.count() == 2
    hoa.client.post(f"/imports/{batch.key}/undo/")
    batch.refresh_from_db()
    assert (batch.step, batch.job.kind, batch.job.status) == ("undone", "import_undo", "done")
    assert not Solution.unscoped.exists()


def test_an_import_waits_on_my_work_until_it_is_done(hoa: Any, types: Any) -> None:
    batch = upload(hoa, *TABLE)
    match_as_guessed(hoa, batch)
    assert f"/imports/{batch.key}/check/" in hoa.client.get("/work/").content.decode()
    hoa.client.post(f"/imports/{batch.key}/drop/")
    assert batch.key not in hoa.client.get("/work/").content.decode()


def test_the_rows_of_a_file_are_forgotten_after_a_month(hoa: Any, types: Any) -> None:
    batch = upload(hoa, *TABLE)
    match_as_guessed(hoa, batch)
    later = timezone.now() + timedelta(days=31)
    with time_machine.travel(later):
        assert batches.forget_old() == 4
    batch.refresh_from_db()
    assert batch.rows_read == 4


def test_a_template_of_known_records_keeps_their_keys_locked_and_changes_nothing(
    hoa: Any, types: Any
) -> None:
    answer = hoa.client.get("/imports/template/?kind=hamlets")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    names = [cell.value for cell in sheet[4]]
    key = next(place for place, name in enumerate(names) if fold(name or "") == "khoa dong")
    assert sheet.protection.sheet
    assert sheet.cell(5, key + 1).protection.locked
    assert not sheet.cell(5, 1).protection.locked
    assert "." in sheet.cell(5, key + 1).value
    file = SimpleUploadedFile("ap.xlsx", answer.content)
    hoa.client.post("/imports/new/", {"kind": "hamlets", "file": file})
    batch = ImportBatch.objects.latest("pk")
    match_as_guessed(hoa, batch)
    batch.refresh_from_db()
    assert batch.counts["unchanged"] == batch.rows_read > 0


def test_the_template_of_participants_offers_the_open_classes_of_the_unit(
    hoa: Any, bao: Any, types: Any
) -> None:
    own, other = (
        TrainingClass.unscoped.create(
            code=code, title=code, unit=who.unit, starts_on=today(), counting="roster",
            topic=Topic.objects.get_or_create(code="vneid", name_vi="VNeID")[0],
            audience=Audience.objects.first(),
        )
        for code, who in (("AHO-26-0001", hoa), ("BMI-26-0001", bao))
    )  # fmt: skip
    answer = hoa.client.get("/imports/template/?kind=participants")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    words = {str(cell.value) for row in book.worksheets[1].iter_rows() for cell in row}
    assert own.code in words
    assert other.code not in words
