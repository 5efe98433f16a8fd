"""Hamlets, organisations and yearly figures from files."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404

from accounts.access import Access
from campaign.models import ChangeEntry, ImportBatch, ImportLine
from campaign.portal.imports import batches
from campaign.portal.imports.kinds import resource_for
from tests.imports.files import workbook
from units.models import Unit, UnitProfile

pytestmark = pytest.mark.django_db(transaction=True)

HEAD = ("Mã ấp", "Mã xã", "Xã/phường", "Loại", "Tên ấp", "Dân số", "Số hộ", "Năm số liệu")


def bring_in(access: Access, *rows: Any, kind: str = "hamlets", head: Any = HEAD) -> ImportBatch:
    batch = batches.take(workbook(("DANH SÁCH",), head, *rows), kind=kind, access=access)
    batches.start_check(batch, access=access)
    return batch


def save(batch: ImportBatch, access: Access) -> ImportBatch:
    batches.start_saving(batch, "good", access=access)
    batch.refresh_from_db()
    return batch


def counts(batch: ImportBatch) -> dict[str, int]:
    return {name: count for name, count in batch.counts.items() if count}


def wrong(batch: ImportBatch) -> dict[int, set[str]]:
    lines = ImportLine.objects.filter(batch=batch, outcome="error")
    return {line.number: {p["column"] for p in line.problems} for line in lines}


def hamlets() -> int:
    return Unit.unscoped.hamlets().count()


def test_hamlets_come_in_with_their_figures(province: SimpleNamespace, hoa: Any) -> None:
    batch = bring_in(
        hoa.access,
        ("", "30958", "", "Ấp", "Hoà Mới", "1.250", 310, 2025),
        ("", 30958, "", "", "Ấp Hòa Út", 900, 200, 2025),
        ("", "", "An Hòa", "khu phố", "3", None, None, None),
    )
    assert counts(batch) == {"new": 2, "changed": 1}
    assert hamlets() == 4
    assert not UnitProfile.unscoped.exists()
    save(batch, hoa.access)
    assert hamlets() == 6
    new = Unit.unscoped.get(name="Ấp Hoà Mới")
    assert (new.code, new.parent) == ("30958-03", province.an_hoa)
    assert new.path.startswith(province.an_hoa.path)
    assert new.profiles.get().population == 1250
    assert province.hoa_ut.profiles.get().households == 200
    assert Unit.unscoped.get(code="30958-04").name == "Khu phố 3"
    assert ChangeEntry.objects.filter(door="import").count() == 3
    told = ChangeEntry.objects.get(record_id=province.hoa_ut.pk, door="import").changes
    assert told["population"] == [None, 900]
    page = hoa.client.get(province.hoa_ut.get_absolute_url()).content.decode()
    assert "dân số" in page


def test_the_same_file_twice_changes_nothing(province: SimpleNamespace, hoa: Any) -> None:
    rows = [("", "30958", "", "Ấp", f"Số {n}", 100 + n, 20, 2025) for n in range(1, 13)]
    save(bring_in(hoa.access, *rows), hoa.access)
    before = list(Unit.unscoped.values_list("pk", "code", "name", "version", "updated_at"))
    again = bring_in(hoa.access, *rows)
    assert counts(again) == {"unchanged": 12}
    save(again, hoa.access)
    assert list(Unit.unscoped.values_list("pk", "code", "name", "version", "updated_at")) == before
    assert ChangeEntry.objects.filter(door="import").count() == 12


def test_what_is_wrong_is_told_by_row_and_column(province: SimpleNamespace, hoa: Any) -> None:
    batch = bring_in(
        hoa.access,
        ("", "30958", "", "Ấp", "Tốt", 10, 3, 2025),
        ("", "30952", "", "Khóm", "Của người khác", "", "", ""),
        ("", "30958", "", "Lâu đài", "Cao", "nhiều", "", 1999),
        ("X-99", "", "", "Ấp", "Lạ", "", "", ""),
        ("", "30958", "", "Ấp", "Tốt", "", "", ""),
        ("", "30958", "", "", "Không loại", 5, 9, ""),
        ("", "30958", "", "Ấp", "Đông hộ", 5, 9, ""),
        ("30958-02", "", "", "Ấp", "Hoà Út", "", "", ""),
    )
    assert wrong(batch) == {
        4: {"commune_code"}, 5: {"kind", "population", "year"}, 6: {"unit_code"}, 7: {"name"},
        8: {"kind"}, 9: {"households"}, 10: {"name"},
    }  # fmt: skip
    with pytest.raises(batches.Refused):
        batches.start_saving(batch, "all", access=hoa.access)
    assert hamlets() == 4


def test_a_change_is_shown_with_what_was_before_and_taken_back(
    province: SimpleNamespace, hoa: Any
) -> None:
    batch = bring_in(
        hoa.access,
        ("30958-01", "", "", "Ấp", "Hoà Út Lớn", 700, "", 2026),
        ("", "", "", "Ấp", "Hoà Mới", 500, 90, 2026),
    )
    line = ImportLine.objects.get(batch=batch, number=3)
    assert line.changes[0][1:] == ["Ấp Hoà Út", "Ấp Hoà Út Lớn"]
    save(batch, hoa.access)
    province.hoa_ut.refresh_from_db()
    assert (province.hoa_ut.name, province.hoa_ut.version) == ("Ấp Hoà Út Lớn", 2)
    profile = province.hoa_ut.profiles.get()
    profile.version, profile.population = 2, 710
    profile.save()
    with pytest.raises(batches.Refused) as refused:
        batches.undo(batch, access=hoa.access)
    assert [line.number for line, _why in refused.value.lines] == [3]
    profile.version, profile.population = 1, 700
    profile.save()
    batches.undo(batch, access=hoa.access)
    province.hoa_ut.refresh_from_db()
    assert (province.hoa_ut.name, hamlets()) == ("Ấp Hoà Út", 4)
    assert not UnitProfile.unscoped.exists()


def test_a_csv_with_other_headings_is_understood(province: SimpleNamespace, hoa: Any) -> None:
    content = "Tên thôn;Nhân khẩu\nẤp Hoà Xuân;1 234\n".encode("utf-8-sig")
    file = SimpleUploadedFile("ap.csv", content)
    batch = batches.take(file, kind="hamlets", access=hoa.access)
    batches.start_check(batch, access=hoa.access)
    save(batch, hoa.access)
    assert Unit.unscoped.get(name="Ấp Hoà Xuân").profiles.get().population == 1234


def test_the_template_can_be_filled_in_and_brought_in(
    province: SimpleNamespace, hoa: Any, quan: Any, hanh: Any
) -> None:
    answer = hoa.client.get("/imports/template/?kind=hamlets")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book.worksheets[0]
    texts = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    head = next(n for n, row in enumerate(texts) if "Mã xã" in row)
    column = {title: place for place, title in enumerate(texts[head], 1)}
    sheet.cell(sheet.max_row + 1, column["Loại đơn vị"], "Ấp")
    sheet.cell(sheet.max_row, column["Tên"], "Từ mẫu")
    target = io.BytesIO()
    book.save(target)
    sent = hoa.client.post(
        "/imports/new/",
        {"kind": "hamlets", "file": SimpleUploadedFile("m.xlsx", target.getvalue())},
    )
    assert sent.status_code == 302
    batch = ImportBatch.objects.get()
    assert hanh.client.get(sent.url).status_code == 404
    batches.start_check(batch, access=hoa.access)
    save(batch, hoa.access)
    assert Unit.unscoped.filter(name="Ấp Từ mẫu").exists()
    old = quan.client.get("/units/import/")
    assert quan.client.get(old.url).status_code == 200  # keeps the register, enters nothing


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.xlsx", b"not a workbook"), ("a.csv", b""), ("a.pdf", b"%PDF-1.4"), ("a.xlsx", b"")],
)
def test_a_file_the_portal_cannot_use_is_refused_with_a_reason(
    province: SimpleNamespace, hoa: Any, name: str, content: bytes
) -> None:
    sent = {"kind": "hamlets", "file": SimpleUploadedFile(name, content)}
    answer = hoa.client.post("/imports/new/", sent)
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]


def test_only_those_who_keep_units_bring_them_in(
    province: SimpleNamespace, hoa: Any, tu: Any, lan: Any, minh: Any
) -> None:
    for kind in ("hamlets", "organisations", "figures_of_units"):
        assert resource_for(kind, hoa.access)
        for person in (tu, lan, minh):
            with pytest.raises(Http404):
                resource_for(kind, person.access)


def test_organisations_stand_under_departments_and_communes(
    province: SimpleNamespace, hanh: Any, hoa: Any
) -> None:
    head = ("Tên đơn vị", "Loại hình", "Trực thuộc", "Điện thoại")
    rows = [
        ("Trường Tiểu học An Hoà 1", None, "Sở GD&ĐT", "0912345678"),
        ("Hợp tác xã Lúa Vàng", "HTX", "Xã An Hoà", None),
        ("Chợ An Hoà", None, "30958", None),
        ("Sở Tài chính", None, "Tỉnh An Giang", None),
        ("Nhà ông Ba", None, "Xã An Hoà", None),
        ("Trường không thuộc ai", None, None, None),
    ]
    batch = save(bring_in(hanh.access, *rows, kind="organisations", head=head), hanh.access)
    assert wrong(batch) == {7: {"kind"}, 8: {"parent"}}
    made = {
        u.name: (u.kind, u.level, u.parent) for u in Unit.unscoped.filter(version=1, path__gt="")
    }
    assert made["Trường Tiểu học An Hoà 1"] == ("school", "organisation", province.education)
    assert made["Hợp tác xã Lúa Vàng"] == ("enterprise", "organisation", province.an_hoa)
    assert made["Chợ An Hoà"] == ("other", "organisation", province.an_hoa)
    assert made["Sở Tài chính"] == ("department", "department", province.root)
    again = bring_in(hanh.access, *rows[:4], kind="organisations", head=head)
    assert counts(again) == {"unchanged": 4}
    own = bring_in(hoa.access, ("Chợ đêm", None, None, None), kind="organisations", head=head)
    assert counts(own) == {"new": 1}  # the only unit above that she keeps
    batches.undo(batch, access=hanh.access)
    assert not Unit.unscoped.filter(name="Chợ An Hoà").exists()


def test_a_statistics_table_gives_communes_their_figures(
    province: SimpleNamespace, hanh: Any
) -> None:
    UnitProfile.unscoped.create(unit=province.an_hoa, year=2024, population=1, is_border=True)
    head = ("Xã, phường", "Năm", "Dân số", "Số hộ", "DTTS", "Miền núi", "Nguồn")
    rows = [
        ("An Hoà", 2025, "16.234", 4100, 2000, None, "Niên giám 2025"),
        ("30952", 2025, 20_000, 4800, 25_000, "x", None),
        ("Phường Bình Minh", 2010, 20_000, None, None, None, None),
    ]
    kind = "figures_of_units"
    batch = save(bring_in(hanh.access, *rows, kind=kind, head=head), hanh.access)
    assert wrong(batch) == {4: {"ethnic_minority"}, 5: {"year"}}
    saved = province.an_hoa.profiles.get(year=2025)
    assert (saved.population, saved.source, saved.is_border) == (16_234, "Niên giám 2025", True)
    assert counts(bring_in(hanh.access, rows[0], kind=kind, head=head)) == {"unchanged": 1}
    batches.undo(batch, access=hanh.access)
    assert province.an_hoa.profiles.count() == 1
