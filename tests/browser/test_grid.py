"""A table on a page, with a real keyboard and a real clipboard."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.models import Session
from django.core.cache import cache
from playwright.sync_api import expect

from campaign.models import Draft
from classes.models import Participant, TrainingClass
from reporting.models import Target
from tests.browser.test_every_page import RULES
from tests.browser.test_journeys import held_class
from tests.conftest import PASSWORD
from tests.reporting.test_targets import target_for
from units.models import CommunityTeam, TeamMember

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ("Danh Sóc Ni", "Thị Bé Năm", "Lê Văn Tư", "Trần Thị Út Em", "Thạch Thị Hiền")
LETTERS = "ABCDEGHIKL"
WRONG = (
    "Họ và tên\tGiới tính\tNăm sinh\tĐiện thoại\nDanh Sóc Ni\tNữ\t1961\n"
    "Thị Bé Năm\tNữ\t31/02/1968\nLê Văn Tư\tNam\t1970\t90000015"
)


@pytest.fixture
def team(province: SimpleNamespace) -> CommunityTeam:
    found = CommunityTeam(unit=province.hoa_ut, name="Tổ Hoà Út", founded_on=date(2025, 7, 1))
    found.clean()
    found.save()
    return found


def table_of(visitor: Any, person: SimpleNamespace, address: str) -> Any:
    """The page of a table, when its script is ready."""
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.enter_as(person, address)
    page.wait_for_selector("table.g .ed")
    return page


def members_of(visitor: Any, person: SimpleNamespace, team: CommunityTeam) -> Any:
    return table_of(visitor, person, f"/teams/{team.pk}/members/")


def copy(page: Any, text: str) -> None:
    """Put a text on the clipboard, as Excel does."""
    page.evaluate("text => navigator.clipboard.writeText(text)", text)


def paste(page: Any, text: str) -> None:
    """Copy a table and paste it where the cursor is."""
    copy(page, text)
    page.locator(".ed").focus()
    with page.expect_response(lambda answer: "notice" in answer.text()):
        page.keyboard.press("Control+v")
    expect(page.locator("[data-notice]")).to_be_visible()


def cell(page: Any, row: int, label: str) -> Any:
    """A cell by its row, from 1, and the heading of its column."""
    labels = page.locator("table.g thead th").all_inner_texts()
    place = next(n for n, text in enumerate(labels) if text.strip() == label)
    return page.locator("table.g tbody tr[data-id]").nth(row - 1).locator("th, td").nth(place)


def says(page: Any, row: int, label: str) -> str:
    """What a cell says, the one being typed into as well."""
    found = cell(page, row, label)
    box = found.locator(".ed")
    return box.input_value() if box.count() else found.inner_text()


def checked(page: Any) -> Any:
    """Wait for the server's next word on the table."""
    return page.expect_response(
        lambda answer: answer.request.method == "POST" and "summary" in answer.text()
    )


def saved(page: Any) -> Any:
    """Wait until the server has saved the table."""
    return page.expect_response(lambda answer: '"submission"' in answer.text())


def type_row(page: Any, texts: dict[str, str]) -> None:
    """Write into the cells of a row with the Tab key between them, and go to the next row."""
    left = dict(texts)
    for label in page.locator("table.g thead th:not(.no)").all_inner_texts():
        page.keyboard.type(left.pop(label.strip(), ""))
        if not left:
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"There is no column {left}")


def tab_to_table(page: Any) -> None:
    """Go to the table with the Tab key alone."""
    for _step in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('ed')"):
            return
    raise AssertionError("No Tab leads to the table")


def test_rows_are_typed_with_the_keyboard_alone(
    visit: Any, hoa: SimpleNamespace, team: CommunityTeam
) -> None:
    page = members_of(visit("laptop"), hoa, team)
    tab_to_table(page)
    for number in range(30):
        name = f"{NAMES[number % 5]} {LETTERS[number // 5]}"
        sex = "Nữ" if number % 2 else "Nam"
        type_row(page, {"Họ và tên": name, "Giới tính": sex, "Năm sinh": str(1960 + number)})
    with saved(page) as answer:
        page.keyboard.press("Control+s")
    assert answer.value.json()["saved"] == 30
    assert TeamMember.unscoped.filter(team=team).count() == 30
    assert TeamMember.unscoped.get(full_name="Danh Sóc Ni A").birth_year == 1960
    expect(page.locator("table.g .dot")).to_have_count(0)
    assert page.locator(".ed").count() == 1
    page.keyboard.press("Tab")
    assert (
        page.evaluate("document.querySelector('table.g').contains(document.activeElement)") is False
    )


def test_keys_move_fill_take_back_and_find_the_next_problem(
    visit: Any, hoa: SimpleNamespace, team: CommunityTeam
) -> None:
    page = members_of(visit("laptop"), hoa, team)
    paste(page, WRONG)
    press = page.keyboard.press
    press("F8")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Năm sinh, dòng 2"
    assert page.locator(".ed").get_attribute("aria-invalid") == "true"
    press("F8")
    assert (
        page.evaluate("document.activeElement.getAttribute('aria-label')") == "Điện thoại, dòng 3"
    )
    press("F8")
    with checked(page):
        press("ArrowDown")  # to the line below the cell, with its fixes
        press("Enter")
    assert says(page, 2, "Năm sinh") == "1968"
    press("Control+Home")
    press("ArrowRight")
    press("End")
    press("Home")
    press("ArrowDown")
    press("Control+d")
    assert says(page, 2, "Họ và tên") == "Danh Sóc Ni"
    press("Control+z")
    assert says(page, 2, "Họ và tên") == "Thị Bé Năm"
    press("F2")
    page.keyboard.type(" A")
    press("Escape")
    assert says(page, 2, "Họ và tên") == "Thị Bé Năm"
    press("Delete")
    assert says(page, 2, "Họ và tên") == ""
    press("Control+z")
    press("Control+z")
    press("Control+z")
    assert says(page, 1, "Họ và tên") == ""


def test_letters_that_are_being_composed_are_neither_lost_nor_keys(
    visit: Any, hoa: SimpleNamespace, team: CommunityTeam
) -> None:
    visitor = visit("laptop")
    page = members_of(visitor, hoa, team)
    page.locator(".ed").focus()
    typing = visitor.context.new_cdp_session(page)
    for text in ("D", "Da", "Dan", "Danh"):
        end = {"selectionStart": len(text), "selectionEnd": len(text)}
        typing.send("Input.imeSetComposition", {"text": text, **end})
    for key in ("Enter", "Tab", "F8", "Escape", "ArrowDown", "s"):
        page.evaluate(
            """key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {
               key, isComposing: true, keyCode: 229, ctrlKey: key === "s", bubbles: true }))""",
            key,
        )
    assert page.evaluate("document.activeElement.value") == "Danh"
    typing.send("Input.insertText", {"text": "Đặng Thị Ngọc Ẩn"})
    page.keyboard.press("Enter")
    assert says(page, 1, "Họ và tên") == "Đặng Thị Ngọc Ẩn"
    assert says(page, 2, "Họ và tên") == ""
    assert not TeamMember.unscoped.exists()


def test_what_was_typed_outlives_the_session_and_the_page(
    visit: Any, hoa: SimpleNamespace, team: CommunityTeam
) -> None:
    visitor = visit("laptop")
    page = members_of(visitor, hoa, team)
    page.locator(".ed").focus()
    page.keyboard.type("Danh Sóc Ni")
    with page.expect_response("**/drafts/"):
        page.keyboard.press("Enter")
    assert Draft.objects.get().by == hoa.user

    Session.objects.all().delete()
    cache.clear()
    page.keyboard.type("Thị Bé Năm")
    page.keyboard.press("Enter")
    expect(page.locator("[data-trouble]")).to_contain_text("Đăng nhập")
    assert says(page, 2, "Họ và tên") == "Thị Bé Năm"
    page.keyboard.press("Control+s")
    expect(page.locator("[data-trouble]")).to_be_visible()
    assert not TeamMember.unscoped.exists()

    again = visitor.context.new_page()
    again.goto("/accounts/login/")
    again.fill("input[name=username]", "hoa")
    again.fill("input[name=password]", PASSWORD)
    again.press("input[name=password]", "Enter")
    again.wait_for_url(lambda url: "/accounts/login/" not in url)
    page.locator(".ed").focus()
    with saved(page):
        page.keyboard.press("Control+s")
    expect(page.locator("[data-trouble]")).to_be_hidden()
    assert TeamMember.unscoped.count() == 2


def test_a_crash_loses_nothing(visit: Any, hoa: SimpleNamespace, team: CommunityTeam) -> None:
    page = members_of(visit("laptop"), hoa, team)
    with page.expect_response("**/drafts/"):
        paste(page, "Họ và tên\tNăm sinh\nDanh Sóc Ni\t1961\nThị Bé Năm\t31/02/1968")
    page.context.close()
    page = members_of(visit("laptop"), hoa, team)
    assert says(page, 2, "Năm sinh") == "31/02/1968"
    expect(page.locator("[data-wrong] a")).to_have_count(1)
    with saved(page):
        page.locator("[data-save-good]").click()
    expect(page.locator("tr.e")).to_have_count(1)
    assert TeamMember.unscoped.get().full_name == "Danh Sóc Ni"
    page.reload()
    page.wait_for_selector("tr.e")
    assert says(page, 2, "Họ và tên") == "Thị Bé Năm"


def test_a_thousand_rows_are_pasted_and_drawn(
    visit: Any, hoa: SimpleNamespace, team: CommunityTeam
) -> None:
    page = members_of(visit("desk"), hoa, team)
    lines = [
        f"{NAMES[n % 5]} {LETTERS[n % 10]}{LETTERS[n // 10 % 10]}{LETTERS[n // 100]}\tNữ\t{1950 + n % 50}"
        for n in range(1_000)
    ]
    paste(page, "\n".join(["Họ và tên\tGiới tính\tNăm sinh", *lines]))
    expect(page.locator("tr[data-id]")).to_have_count(1_001)
    assert page.locator("[data-show=all] b").inner_text() == "1.000"
    paste_too_many = "\n".join(lines[:5])
    copy(page, paste_too_many)
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+v")
    expect(page.locator("[data-trouble]")).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_table_with_problems_is_accessible_and_fits(
    visit: Any, hoa: SimpleNamespace, team: CommunityTeam, size: str
) -> None:
    visitor = visit(size)
    page = members_of(visitor, hoa, team)
    paste(page, WRONG)
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["html"][:160] for node in one["nodes"][:2]]) for one in found] == []
    assert visitor.overflow() <= 0


# --- A class of thirty ---------------------------------------------------------------------------

MOST_CLICKS = 12


def thirty() -> str:
    """Thirty people as Excel gives them: twelve lost zeros, three mistakes, one known already."""
    lines = ["STT\tĐiện thoại\tHọ và tên\tGiới\tNgày/năm sinh\tẤp"]
    for number in range(1, 31):
        name = f"{NAMES[number % 5]} {LETTERS[number % 10]}{LETTERS[number // 10]}"
        phone = f"9000001{number:02d}" if number <= 12 else f"0900 000 1{number:02d}"
        born, hamlet = f"{number % 28 + 1}/4/{1950 + number}", "Hòa Út"
        if number == 14:
            born = "31/02/1968"
        if number == 18:
            phone = "0900 000 15"
        if number == 21:
            hamlet = "Hòa Uts"
        if number == 23:
            name, born = "Thị Kim Loan", "1971"
        lines.append(
            f"{number}\t{phone}\t{name}\t{'Nữ' if number % 2 else 'Nam'}\t{born}\t{hamlet}"
        )
    return "\n".join([*lines, "Tổng cộng\t30"])


@pytest.fixture
def lesson(province: SimpleNamespace) -> TrainingClass:
    known = Participant(unit=province.an_hoa, full_name="Thị Kim Loan", birth_year=1971)
    known.clean()
    known.save()
    return held_class(province.hoa_ut, "Bán hàng trên Zalo")


def test_a_class_of_thirty_is_pasted_put_right_and_saved_in_twelve_clicks(
    visit: Any, hoa: SimpleNamespace, lesson: TrainingClass
) -> None:
    page = table_of(visit("desk"), hoa, f"/classes/{lesson.pk}/people/")
    copy(page, thirty())
    clicks = 0

    def click(found: Any) -> None:
        nonlocal clicks
        with checked(page):
            found.click()
        clicks += 1

    click(page.locator("[data-grid-paste]"))
    notice = page.locator("[data-notice]")
    expect(notice).to_contain_text("Đã dán 30 dòng, 5 cột.")
    expect(notice).to_contain_text("12 số điện thoại")
    expect(notice).to_contain_text("Còn 3 dòng cần sửa. 1 người nghi trùng.")
    assert page.locator("[data-wrong] a").count() == 3
    assert says(page, 1, "Điện thoại") == "0900000101"
    click(page.locator("tr.re .fix", has_text="1968"))
    click(page.locator("tr.re .fix", has_text="Để trống").first)
    click(page.locator("tr.re .fix", has_text="Hoà Út"))
    click(page.locator("tr.rw .fix", has_text="Là một người"))
    expect(page.locator("[data-summary]")).to_be_hidden()
    assert page.locator("[data-tally] b").first.inner_text() == "30"
    click(page.locator("button[form=grid-form]"))
    expect(notice).to_contain_text("Đã lưu 30 dòng.")
    assert clicks == 6
    assert clicks <= MOST_CLICKS
    assert lesson.enrolments.count() == 30
    assert Participant.unscoped.filter(full_name="Thị Kim Loan").count() == 1
    expect(page.locator("table.g .dot")).to_have_count(0)
    assert not Draft.objects.exists()


def test_chosen_people_complete_and_leave_while_others_are_typed(
    visit: Any, hoa: SimpleNamespace, province: SimpleNamespace
) -> None:
    lesson = held_class(province.hoa_ut, "VNeID", people=2)
    page = table_of(visit("laptop"), hoa, f"/classes/{lesson.pk}/people/")
    page.locator(".ed").focus()
    page.keyboard.type("Danh Sóc Ni")
    page.keyboard.press("Enter")
    page.locator("[data-pick]").nth(0).check()
    expect(page.locator("[data-bulk]")).to_be_visible()
    with page.expect_navigation():
        page.locator("button[value=complete]").click()
    page.wait_for_selector("table.g .ed")
    assert lesson.enrolments.filter(completed_on__isnull=False).count() == 1
    assert says(page, 3, "Họ và tên") == "Danh Sóc Ni"
    page.locator("[data-pick]").nth(1).check()
    page.locator("[data-pick]").nth(2).check()
    page.locator("[data-drop-rows]").click()
    with page.expect_navigation():
        page.locator("[data-confirm-yes]").click()
    page.wait_for_selector("table.g .ed")
    assert lesson.enrolments.count() == 1
    assert page.locator("[data-pick]").count() == 1


def test_targets_are_pasted_beside_the_units_they_are_for(
    visit: Any, hanh: SimpleNamespace, province: SimpleNamespace
) -> None:
    whole = target_for(province.root, 10_000)
    target_for(province.an_hoa, 5_000)
    address = f"/reporting/targets/{whole.pk}/units/"
    page = table_of(visit("laptop"), hanh, address)
    rows = page.locator("table.g tbody tr[data-id]")
    expect(rows).to_have_count(2)
    assert says(page, 2, "Đơn vị") == "Phường Bình Minh"
    expect(page.locator("table.g .dot")).to_have_count(0)  # a unit that waits is nothing unsaved
    cell(page, 1, "Chỉ tiêu giao").click()
    paste(page, "6.000\n3.500\n9")
    assert says(page, 2, "Chỉ tiêu giao") == "3.500"
    with saved(page):
        page.keyboard.press("Control+s")
    expect(rows).to_have_count(2)
    found = Target.unscoped.exclude(pk=whole.pk).values_list("unit__short_name", "value")
    assert dict(found) == {"An Hoà": 6_000, "Bình Minh": 3_500}
    cell(page, 1, "Đơn vị").click()
    paste(page, "binh minh\t3.600\nXã An Hoà\t6.200")
    with saved(page):
        page.keyboard.press("Control+s")
    expect(rows).to_have_count(2)
    assert dict(found.all()) == {"An Hoà": 6_200, "Bình Minh": 3_600}
    expect(page.locator("[data-tally]")).to_contain_text("9.800")
