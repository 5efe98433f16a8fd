"""Hamlets from a file: checked row by row, saved all or none, twice the same as once."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from campaign.models import ChangeEntry
from units.models import Unit, UnitProfile
from units.resources import LABELS

HEAD = ["Mã ấp", "Mã xã", "Xã/phường", "Loại", "Tên ấp", "Dân số", "Số hộ", "Năm số liệu"]


@pytest.fixture(autouse=True)
def _own_uploads(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def workbook(*rows, head=HEAD, name="ap.xlsx"):
    book = openpyxl.Workbook()
    book.active.append(["DANH SÁCH ẤP"])
    book.active.append(head)
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return SimpleUploadedFile(name, target.getvalue())


def upload(person, file):
    return person.client.post(reverse("units:import"), {"file": file})


def hamlets():
    return Unit.unscoped.hamlets().count()


def test_nothing_is_saved_before_it_was_seen(province, hoa):
    file = workbook(
        ["", "30958", "", "Ấp", "Hoà Mới", "1.250", 310, 2025],
        ["", 30958, "", "", "Ấp Hoà Út", 900, 200, 2025],
        ["", "", "An Hòa", "khu phố", "3", None, None, None],
    )
    sent = upload(hoa, file)
    page = hoa.client.get(sent.url)
    assert page.context["counts"] == {"new": 2, "changed": 1, "unchanged": 0, "error": 0}
    assert hamlets() == 4
    assert not UnitProfile.unscoped.exists()
    hoa.client.post(sent.url)
    assert hamlets() == 6
    new = Unit.unscoped.get(name="Ấp Hoà Mới")
    assert (new.code, new.parent) == ("30958-03", province.an_hoa)
    assert new.path.startswith(province.an_hoa.path)
    assert new.profiles.get().population == 1250
    assert province.hoa_ut.profiles.get().households == 200
    assert Unit.unscoped.get(code="30958-04").name == "Khu phố 3"
    assert ChangeEntry.objects.filter(door="import").count() == 3
    assert hoa.client.get(sent.url).status_code == 404  # the file is gone


def test_the_same_file_twice_changes_nothing(province, hoa):
    rows = [["", "30958", "", "Ấp", f"Số {n}", 100 + n, 20, 2025] for n in range(1, 13)]
    hoa.client.post(upload(hoa, workbook(*rows)).url)
    before = list(Unit.unscoped.values_list("pk", "code", "name", "version", "updated_at"))
    again = upload(hoa, workbook(*rows)).url
    page = hoa.client.get(again)
    assert page.context["counts"] == {"new": 0, "changed": 0, "unchanged": 12, "error": 0}
    hoa.client.post(again)
    assert list(Unit.unscoped.values_list("pk", "code", "name", "version", "updated_at")) == before
    assert ChangeEntry.objects.filter(door="import").count() == 12


def test_one_bad_row_stops_all_and_is_named_by_row_column_and_remedy(province, hoa):
    file = workbook(
        ["", "30958", "", "Ấp", "Tốt", 10, 3, 2025],
        ["", "30952", "", "Khóm", "Của người khác", "", "", ""],
        ["", "30958", "", "Lâu đài", "Cao", "nhiều", "", 1999],
        ["X-99", "", "", "Ấp", "Lạ", "", "", ""],
        ["", "30958", "", "Ấp", "Tốt", "", "", ""],
        ["", "30958", "", "", "Không loại", 5, 9, ""],
    )
    sent = upload(hoa, file)
    page = hoa.client.get(sent.url)
    lines = {line["number"]: {c for c, _m in line["errors"]} for line in page.context["lines"]}
    with translation.override("vi"):
        titles = {key: str(label) for key, label in LABELS.items()}
    assert lines == {
        4: {titles["commune_code"]},
        5: {titles["kind"], titles["population"], titles["year"]},
        6: {titles["code"]},
        7: {titles["name"]},
        8: {titles["kind"], titles["households"]},
    }
    answer = hoa.client.post(sent.url)
    assert answer.status_code == 422
    assert hamlets() == 4


def test_a_change_is_shown_with_what_was_before(province, hoa):
    sent = upload(hoa, workbook(["30958-01", "", "", "Ấp", "Hoà Út Lớn", 700, "", 2026]))
    page = hoa.client.get(sent.url).content.decode()
    assert "Ấp Hoà Út Lớn" in page
    assert "Ấp Hoà Út" in page
    hoa.client.post(sent.url)
    province.hoa_ut.refresh_from_db()
    assert (province.hoa_ut.name, province.hoa_ut.version) == ("Ấp Hoà Út Lớn", 2)


def test_a_csv_with_other_headings_is_understood(province, hoa):
    content = "Tên thôn;Nhân khẩu\nẤp Hoà Xuân;1 234\n".encode("utf-8-sig")
    sent = upload(hoa, SimpleUploadedFile("ap.csv", content))
    hoa.client.post(sent.url)
    assert Unit.unscoped.get(name="Ấp Hoà Xuân").profiles.get().population == 1234


def test_a_file_between_the_steps_belongs_to_one_person(province, hoa, hanh):
    sent = upload(hoa, workbook(["", "", "", "Ấp", "Mới", "", "", ""]))
    assert hanh.client.get(sent.url).status_code == 404
    assert hanh.client.post(sent.url).status_code == 404
    assert hamlets() == 4


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"not a workbook"),
        ("a.csv", b"a;b\n1;2\n"),
        ("a.pdf", b"%PDF-1.4"),
        ("a.xlsx", b""),
    ],
)
def test_a_file_the_portal_cannot_use_is_refused_with_a_reason(province, hoa, name, content):
    answer = upload(hoa, SimpleUploadedFile(name, content))
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]


def test_the_template_can_be_filled_in_and_imported(province, hoa):
    answer = hoa.client.get(reverse("units:import_template"))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert "30958" in [
        cell for row in book.worksheets[1].iter_rows(values_only=True) for cell in row
    ]
    sheet = book.worksheets[0]
    row = sheet.max_row + 1
    sheet.cell(row, 4, "Ấp")
    sheet.cell(row, 5, "Từ mẫu")
    target = io.BytesIO()
    book.save(target)
    sent = upload(hoa, SimpleUploadedFile("mau.xlsx", target.getvalue()))
    hoa.client.post(sent.url)
    assert Unit.unscoped.filter(name="Ấp Từ mẫu").exists()


def test_only_those_who_keep_units_import(province, tu, lan, minh):
    for person in (tu, lan, minh):
        assert person.client.get(reverse("units:import")).status_code == 404
