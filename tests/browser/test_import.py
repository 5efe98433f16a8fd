"""A list of people from Excel: chosen, put right by cause, saved, on the leader's screen, taken back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe

from campaign.models import ImportBatch
from classes.models import Attendance, Enrolment, TrainingClass
from tests.browser.test_journeys import comes_to, held_class, tile

pytestmark = pytest.mark.django_db(transaction=True)

HEADINGS = ("STT", "Mã lớp", "Họ và tên", "Ngày/năm sinh", "Điện thoại", "Ấp", "Số buổi")


def list_of_people(path: Any, code: str) -> Any:
    """A list as a commune keeps it: titles above, a total below, a hamlet spelt wrongly."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(("DANH SÁCH HỌC VIÊN",))
    sheet.append(HEADINGS)
    for number in range(1, 13):
        hamlet = "Hoà Uts" if number > 4 else "Hoà Út"
        birth = "12/13/1969" if number == 3 else 1950 + number
        name = f"Danh Thị {chr(64 + number)}"
        sheet.append((number, code, name, birth, 912_000_100 + number, hamlet, 1))
    sheet.append((None, None, "Tổng cộng: 12"))
    book.save(path)
    return path


def test_a_list_is_put_right_by_cause_saved_counted_and_taken_back(
    visit: Any, hoa: SimpleNamespace, lan: SimpleNamespace, tu: SimpleNamespace, tmp_path: Any
) -> None:
    record = held_class(tu.unit, "Ví điện tử", counted=1)
    TrainingClass.unscoped.filter(pk=record.pk).update(code="AHO-26-0001")
    leader = visit("laptop").enter_as(lan, "/dashboard/")
    before = tile(leader, "attendances")
    visitor = visit("desk")
    page = visitor.enter_as(hoa, "/imports/")
    assert Axe().run(page).violations_count == 0
    page.locator("a[href$='/imports/new/?kind=participants']").click()
    page.set_input_files("[name=file]", list_of_people(tmp_path / "hoc-vien.xlsx", "AHO-26-0001"))
    page.click("[data-save]")
    page.wait_for_url("**/columns/")
    assert Axe().run(page).violations_count == 0
    page.click("[data-save]")
    page.wait_for_url("**/check/")
    numbers = [text.split()[0] for text in page.locator(".five b").all_inner_texts()]
    assert numbers == ["13", "3", "0", "9", "0"]
    assert page.locator(".cause").count() == 2
    assert Axe().run(page).violations_count == 0
    assert visitor.overflow() == 0
    # one decision for the eight rows that share a cause, one for the swapped day and month
    page.locator(".cause").nth(0).locator("button[name=to]").first.click()
    page.wait_for_function("document.querySelectorAll('.cause').length === 1")
    page.locator(".cause button[name=to]").first.click()
    page.wait_for_function("document.querySelectorAll('.cause').length === 0")
    page.click("[data-save]")
    page.wait_for_selector(".note.o-")
    assert Axe().run(page).violations_count == 0
    assert (Enrolment.unscoped.count(), Attendance.unscoped.count()) == (12, 12)
    comes_to(leader, "attendances", (before or 0) + 12)

    page.locator("form[action$='/undo/'] button").click()
    page.locator("[data-confirm-yes]").click()
    page.wait_for_selector(".note.i-")
    assert ImportBatch.objects.get().step == "undone"
    assert not Enrolment.unscoped.exists()
    comes_to(leader, "attendances", before)
