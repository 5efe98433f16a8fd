"""The main job of each person of the province, from the first page to the figure it ends in."""

from __future__ import annotations

import io
import re
import time
from datetime import date
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from PIL import Image
from playwright.sync_api import expect

from activities.models import Activity
from campaign.models import Audience, Topic
from campaign.periods import today
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from tests.activities.conftest import photo_with_place
from tests.conftest import PASSWORD
from units.models import Unit

pytestmark = pytest.mark.django_db(transaction=True)

SOON = 5.0  # seconds from the entry in a commune to the leader's screen
MOST_TABS = 60
WRITING = "a[href$='/edit/'], a[href*='/new/'], a[href$='/cancel/'], a[href$='/import/']"


# --- Words of this file -----------------------------------------------------------------------


def tab_to(page: Any, name: str) -> None:
    """Go to a box as people without a mouse do."""
    for _step in range(MOST_TABS):
        if page.evaluate("document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"No Tab leads to {name}")


def type_into(page: Any, name: str, text: str) -> None:
    """Write into a box that is reached by Tab."""
    tab_to(page, name)
    if page.evaluate("document.activeElement.tagName") == "INPUT":
        page.keyboard.press("Control+a")
    page.keyboard.type(text)


def choose(page: Any, name: str, label: str) -> None:
    """Go to a list and take an answer with the arrow keys."""
    tab_to(page, name)
    box = page.locator(f"select[name={name}]")
    for _step in range(MOST_TABS):
        if label in box.locator("option:checked").inner_text():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{name} offers no {label}")


def saves(page: Any) -> None:
    """Ctrl S, and the page after it."""
    with page.expect_navigation():
        page.keyboard.press("Control+s")


def follows(page: Any, selector: str) -> None:
    """Click something that leads to another page."""
    with page.expect_navigation():
        page.locator(selector).locator("visible=true").first.click()


def shown(text: str) -> int | None:
    """The number that is written; None where there is none."""
    digits = re.sub(r"[^\d]", "", text)
    return int(digits) if digits else None


def tile(page: Any, code: str) -> int | None:
    """One of the figures a reader meets first."""
    return shown(page.locator(f".kpi[href*='/rows/{code}/'] .v b").inner_text())


def comes_to(page: Any, code: str, value: int | None) -> None:
    """The figure reaches the screen in time; the reader only looks again."""
    began = time.monotonic()
    while True:
        page.reload()
        seen = tile(page, code)
        if seen == value or (not value and not seen):
            return
        assert time.monotonic() - began < SOON, (code, seen, value)


def total_behind(page: Any, code: str, lens: str = "") -> tuple[int, int | None]:
    """(number of rows, their amount) behind a figure of the unit a page is about."""
    page.goto(f"/dashboard/rows/{code}/{lens}")
    amount = page.locator("tfoot td.n").locator("visible=true")
    return page.locator("tbody tr:has(a)").count(), shown(" ".join(amount.all_inner_texts()))


def downloaded(page: Any, selector: str) -> Any:
    """The workbook a click leads to."""
    with page.expect_download() as coming:
        page.locator(selector).locator("visible=true").first.click()
    return openpyxl.load_workbook(io.BytesIO(coming.value.path().read_bytes()))


def cells(book: Any) -> list[Any]:
    """Everything written on all sheets."""
    return [
        cell for sheet in book for row in sheet.iter_rows(values_only=True)
        for cell in row if cell is not None
    ]  # fmt: skip


def held_class(place: Unit, title: str, *, counted: int = 0, people: int = 0) -> TrainingClass:
    """A class of a hamlet with one session today; held where somebody was counted."""
    found = TrainingClass(
        code=f"L-{title}", title=title, unit=place, place=place, starts_on=today(),
        topic=Topic.objects.get(code="vneid"), audience=Audience.objects.get(code="elderly"),
        counting="both",
    )  # fmt: skip
    found.clean()
    found.save()
    status = ClassSession.Status.HELD if counted else ClassSession.Status.PLANNED
    session = ClassSession.unscoped.create(
        training_class=found, number=1, held_on=today(), status=status
    )
    if counted:
        SessionHeadcount.unscoped.create(session=session, people=counted)
    for number in range(people):
        person = Participant(
            unit=place, full_name=f"Thạch Thị {'ABCDE'[number]}", birth_year=1960 + number,
            hamlet=place,
        )  # fmt: skip
        person.clean()
        person.save()
        Enrolment.unscoped.create(training_class=found, participant=person)
    return found


# --- Hoa, commune officer -----------------------------------------------------------------------


def test_a_class_goes_from_the_commune_to_the_leader_and_back_and_again(
    visit: Any, hoa: SimpleNamespace, lan: SimpleNamespace, thao: SimpleNamespace
) -> None:
    leader = visit("laptop").enter_as(lan, "/dashboard/")
    assert not tile(leader, "attendances")

    page = visit("laptop").sign_in("hoa")
    page.goto("/classes/")
    page.keyboard.press("n")
    page.wait_for_url("**/classes/new/")
    type_into(page, "title", "VNeID cho người cao tuổi")
    choose(page, "topic", Topic.objects.get(code="vneid").name_vi)
    choose(page, "audience", "Người cao tuổi")
    for row, hour in enumerate(("08:00", "14:00")):
        type_into(page, f"sessions-{row}-held_on", "hn")
        type_into(page, f"sessions-{row}-starts_at", hour)
    tab_to(page, "counting")
    page.check("input[name=counting][value=both]")
    saves(page)
    record = TrainingClass.unscoped.get()
    assert page.url.endswith(f"/classes/{record.pk}/")
    assert record.code in page.locator(".toasts").inner_text()
    assert set(record.sessions.values_list("held_on", flat=True)) == {today()}

    page.goto(f"/classes/{record.pk}/people/")
    page.locator("table.g .ed").focus()
    for name, year in (("Thạch Thị Sa Rương", "1951"), ("Lâm Văn Đởm", "1949")):
        for text in (name, "", year):
            page.keyboard.type(text)
            page.keyboard.press("Tab" if text != year else "Enter")
    with page.expect_response(lambda answer: '"saved": 2' in answer.text()):
        page.keyboard.press("Control+s")
    assert page.locator("[data-pick]").count() == 2

    page.goto(f"/classes/{record.pk}/sessions/1/")
    for person in Enrolment.unscoped.order_by("participant__sort_key"):
        tab_to(page, f"p-{person.pk}")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    type_into(page, "headcounts-0-people", "12")
    assert page.locator("[data-count-present]").inner_text() == "2"
    saves(page)
    assert "14" in page.locator(".toasts").inner_text()

    assert record.place == hoa.unit
    comes_to(leader, "attendances", 14)
    assert (tile(leader, "classes_and_support"), tile(leader, "people")) == (1, 2)
    follows(leader, ".kpi[href*='/rows/attendances/']")
    assert record.title in leader.locator("main").inner_text()
    assert shown(leader.locator("tfoot").inner_text()) == 14
    assert 14 in cells(downloaded(leader, ".acts a[href*='format=xlsx']"))
    leader.goto("/classes/")
    assert cells(downloaded(leader, ".acts a[href*='format=xlsx']")).count(record.code) == 1
    leader.goto("/dashboard/")
    assert 14 in cells(downloaded(leader, ".acts a[href*='format=xlsx']"))

    page.goto(f"/classes/{record.pk}/cancel/")
    type_into(page, "reason", "Nhập trùng với lớp của trường")
    follows(page, "main form button[type=submit].d")
    comes_to(leader, "attendances", 0)
    follows(page, ".toasts .undo")
    comes_to(leader, "attendances", 14)

    log = visit("laptop").enter_as(thao, "/manage/changes/")
    words = log.locator("main table").inner_text()
    assert hoa.user.full_name in words
    assert record.title in words
    assert "Nhập trùng với lớp của trường" in words
    assert_nothing_to_change(log, ["/manage/changes/", "/classes/", f"/classes/{record.pk}/"])


def assert_nothing_to_change(page: Any, addresses: list[str]) -> None:
    """No page offers a reader anything that writes, beyond one's own language, theme, session."""
    own = ("/me/", "/accounts/")
    for address in addresses:
        page.goto(address)
        assert page.locator(f"main :is({WRITING})").count() == 0, address
        actions = page.eval_on_selector_all(
            "form[method=post]",
            """forms => forms.filter(form => ![...form.querySelectorAll('[type=submit]')].every(
                button => button.name === 'act' && ['export', 'print'].includes(button.value)
            )).map(form => form.getAttribute('action') || '')""",
        )
        assert [one for one in actions if not one.startswith(own)] == [], address


def test_pairs_of_the_register_are_answered_with_the_keyboard_alone(
    visit: Any, hoa: SimpleNamespace
) -> None:
    for name in ("Thạch Thị Sa Rương", "Lâm Văn Đởm"):
        for _row in range(2):
            person = Participant(unit=hoa.unit, full_name=name, birth_year=1951)
            person.clean()
            person.save()
    page = visit("laptop").enter_as(hoa, "/participants/duplicates/")
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("0")
    expect(page.locator("[data-pair]")).to_have_count(1)
    expect(page.locator("[data-pair]")).to_be_focused()  # the next pair waits for its key
    with page.expect_navigation():
        page.keyboard.press("2")
    expect(page.locator("[data-pair]")).to_have_count(0)
    assert Participant.unscoped.filter(merged_into__isnull=False).count() == 1
    follows(page, ".toasts .undo")
    assert not Participant.unscoped.filter(merged_into__isnull=False).exists()


def test_the_language_changes_the_words_and_never_the_dates(
    visit: Any, hoa: SimpleNamespace
) -> None:
    page = visit("laptop").enter_as(hoa, "/classes/new/")
    assert page.locator("h1").inner_text() == "Thêm lớp học"
    follows(page, "header form[action*='language'] button")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").inner_text() == "New class"
    page.fill("[name=title]", "Day first")
    page.select_option("[name=topic]", index=1)
    page.select_option("[name=audience]", index=1)
    page.fill("[name=starts_on]", "05/06/2026")
    page.fill("[name=sessions-0-held_on]", "05/06/2026")
    saves(page)
    record = TrainingClass.unscoped.get()
    assert record.starts_on == date(2026, 6, 5)
    assert record.sessions.get().held_on == date(2026, 6, 5)
    assert "05/06/2026" in page.locator("main").inner_text()
    follows(page, "header form[action*='language'] button")
    assert "05/06/2026" in page.locator("main").inner_text()


def test_nothing_is_saved_twice_and_nothing_is_lost(visit: Any, hoa: SimpleNamespace) -> None:
    first, second = visit("laptop"), visit("laptop")
    page = first.enter_as(hoa, "/classes/new/")

    # an unfinished form says what is missing and where
    page.fill("[name=title]", "Lớp kép")
    page.fill("[name=starts_on]", "31/02/2026")
    page.fill("[name=capacity]", "0")
    page.select_option("[name=topic]", index=1)
    page.select_option("[name=audience]", index=1)
    saves(page)
    assert page.evaluate("document.activeElement.hasAttribute('data-errors')")
    assert page.locator("[data-errors] a").count() == 2
    assert page.locator(".fld.bad").count() == 2
    page.locator("[data-errors] a").first.click()
    assert page.evaluate("document.activeElement.name") == "starts_on"
    assert page.input_value("[name=title]") == "Lớp kép"

    # two clicks, and two sendings at the same time, are one record
    page.fill("[name=starts_on]", "hn")
    page.fill("[name=capacity]", "30")
    with page.expect_navigation(url=re.compile(r"/classes/\d+/")):
        page.locator("form [data-save]").dblclick(no_wait_after=True)
    record = TrainingClass.unscoped.get()
    page.goto("/classes/new/")
    page.fill("[name=title]", "Gửi hai lần")
    answers = page.evaluate("""async () => {
        const form = document.querySelector("#class-form");
        const send = () => fetch(location.href, {method: "POST", body: new FormData(form)});
        return (await Promise.all([send(), send()])).map(answer => answer.status);
    }""")
    assert set(answers) == {200}
    assert TrainingClass.unscoped.filter(title="Gửi hai lần").count() == 1

    # two browsers, different answers: both are kept
    edit = f"/classes/{record.pk}/edit/"
    other = second.enter_as(hoa, edit)
    page.goto(edit)
    page.fill("[name=venue]", "Nhà văn hoá")
    saves(page)
    other.fill("[name=trainers]", "Tổ công nghệ số")
    saves(other)
    record.refresh_from_db()
    assert (record.venue, record.trainers) == ("Nhà văn hoá", "Tổ công nghệ số")

    # the same answer twice: the person chooses
    page.goto(edit)
    other.goto(edit)
    page.fill("[name=title]", "Tên của người thứ nhất")
    saves(page)
    other.fill("[name=title]", "Tên của người thứ hai")
    saves(other)
    words = other.locator("table.cf").inner_text()
    assert "Tên của người thứ nhất" in words
    assert "Tên của người thứ hai" in words
    other.check("input[name=pick-title][value=yours]")
    saves(other)
    record.refresh_from_db()
    assert record.title == "Tên của người thứ hai"

    # a closed tab loses nothing that was typed
    page.goto("/classes/new/")
    page.fill("[name=title]", "Bản nháp còn nguyên")
    expect(page.locator("[data-draft-state]")).not_to_be_empty()
    page.close()
    again = first.context.new_page()
    again.goto("/classes/new/")
    assert again.input_value("[name=title]") == "Bản nháp còn nguyên"
    follows(again, "a[href*='discard']")
    assert again.input_value("[name=title]") == ""


# --- Minh, department officer -------------------------------------------------------------------


def test_a_department_records_an_event_with_sites_and_evidence(
    visit: Any, minh: SimpleNamespace, lan: SimpleNamespace, province: SimpleNamespace
) -> None:
    page = visit("laptop").enter_as(minh, "/activities/new/?type=communication")
    page.fill("[name=title]", "Sinh hoạt dưới cờ về an toàn mạng")
    page.fill("[name=starts_on]", "hn")
    page.fill("[name=headcounts-0-people]", "420")
    page.select_option("[name=headcounts-0-sex]", "f")
    page.fill("[name=headcounts-1-people]", "1.380")
    page.select_option("[name=headcounts-1-sex]", "m")
    assert page.locator("#headcounts output").inner_text() == "1.800"
    saves(page)
    talk = Activity.unscoped.get()
    assert talk.headcounts.count() == 2

    photo = photo_with_place()
    sent = photo.read()
    assert Image.open(io.BytesIO(sent)).getexif()
    page.set_input_files(
        "#evidence input[type=file]",
        {"name": photo.name, "mimeType": "image/jpeg", "buffer": sent},
    )
    follows(page, "#evidence form button")
    kept = page.request.get(page.locator("#evidence .gal a").first.get_attribute("href"))
    assert kept.status == 200
    picture = Image.open(io.BytesIO(kept.body()))
    assert not picture.getexif()
    assert "exif" not in picture.info

    page.goto("/activities/new/?type=launch")
    page.fill("[name=title]", "Phát động toàn tỉnh")
    page.fill("[name=starts_on]", "hn")
    page.fill("[name=headcounts-0-people]", "300")
    saves(page)
    launch = Activity.unscoped.latest("pk")
    page.goto(f"/activities/{launch.pk}/sites/")
    follows(page, "button[name=bulk]")
    assert launch.sites.filter(is_connected=True).count() == 2
    page.goto("/dashboard/")
    assert tile(page, "reach") == 2100

    leader = visit("laptop").enter_as(lan, "/dashboard/")
    assert tile(leader, "reach") == 2100
    lens = f"?unit={province.root.pk}"
    assert total_behind(leader, "conferences", lens) == (1, 1)
    assert total_behind(leader, "sites", lens)[1] == 2
    assert total_behind(leader, "communications", lens) == (1, 1)


# --- Tú, member of a team, on a phone -----------------------------------------------------------


def test_a_team_member_marks_attendance_on_a_phone_in_the_own_hamlet_only(
    visit: Any, tu: SimpleNamespace, province: SimpleNamespace
) -> None:
    own = held_class(province.hoa_ut, "Lớp ấp Hoà Út", people=3)
    other = held_class(province.hoa_tao, "Lớp ấp Hoà Tạo", people=2)
    visitor = visit("phone")
    page = visitor.sign_in("tu")
    page.goto("/classes/")
    assert other.title not in page.content()
    for address in (f"/classes/{own.pk}/", f"/classes/{own.pk}/sessions/1/"):
        with page.expect_navigation():
            page.locator(f"main a[href='{address}']").locator("visible=true").first.tap()
    assert visitor.overflow() <= 0
    page.locator(".m-list li").first.locator("label").nth(1).tap()
    page.locator("[data-all-present]").tap()
    assert page.locator("[data-count-present]").inner_text() == "2"
    assert page.locator("[data-count-absent]").inner_text() == "1"
    with page.expect_navigation():
        page.locator("form [data-save]").tap()
    assert Attendance.unscoped.filter(session__training_class=own).count() == 2
    visitor.expected.add(404)
    for address in (f"/classes/{other.pk}/", f"/classes/{other.pk}/sessions/1/"):
        assert page.goto(address).status == 404
        assert other.title not in page.content()


# --- Hạnh, focal officer ------------------------------------------------------------------------

HAMLETS = ["Mã xã", "Loại", "Tên ấp", "Dân số", "Số hộ", "Năm số liệu"]


def sheet(*rows: list[Any]) -> dict[str, Any]:
    """A workbook of hamlets as a commune sends it."""
    book = openpyxl.Workbook()
    for row in ([*HAMLETS], *rows):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "ap.xlsx", "mimeType": kind, "buffer": target.getvalue()}


def test_the_focal_officer_finds_adds_and_imports_hamlets(
    visit: Any, hanh: SimpleNamespace, province: SimpleNamespace
) -> None:
    Unit.plant(
        parent=province.an_hoa, level=Unit.Level.COMMUNE, kind=Unit.Kind.COMMUNE, code="30961",
        code_system=Unit.CodeSystem.QD124_2004, name="Xã Vĩnh Hậu", short_name="Vĩnh Hậu",
        valid_from=date(2004, 7, 1), valid_to=date(2025, 7, 1),
    )  # fmt: skip
    page = visit("laptop").enter_as(hanh)
    for words, name in (("an hoa", "Xã An Hoà"), ("vinh hau", "Xã Vĩnh Hậu")):
        page.keyboard.press("Control+k")
        page.keyboard.type(words)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert name in page.locator("main").inner_text()
    follows(page, "main ul.att a")
    assert "Xã An Hoà" in page.locator("main").inner_text()

    before = Unit.unscoped.hamlets().count()
    page.goto("/units/")
    page.keyboard.press("n")
    page.wait_for_url("**/units/hamlets/new/**")
    page.select_option("[name=parent]", str(province.an_hoa.pk))
    page.select_option("[name=kind]", Unit.Kind.AP)
    page.fill("[name=short_name]", "Hoà Mới")
    saves(page)
    assert "Hoà Mới" in page.locator("h1").inner_text(), page.locator("main").inner_text()
    assert Unit.unscoped.hamlets().count() == before + 1

    good = ["30958", "Ấp", "Hoà Bình", 1250, 310, 2025]
    wrong = ["99999", "Ấp", "Hoà Lợi", 900, 200, 2025]
    for rows, added in (
        ([good, wrong], None),
        ([good, ["30952", *wrong[1:]]], 2),
        ([good, ["30952", *wrong[1:]]], 0),
    ):
        there = Unit.unscoped.hamlets().count()
        page.goto("/units/import/")
        page.set_input_files("input[type=file]", sheet(*rows))
        follows(page, "main form button.p")
        if "/columns/" in page.url:
            follows(page, "main form button.p")
        if added is None:
            page.goto(f"{page.url.split('?')[0]}?show=error")
            assert "99999" in page.locator("main tbody tr").inner_text()
            assert "99999" in page.locator("main .cause h3").inner_text()
            assert Unit.unscoped.hamlets().count() == there
            continue
        new = shown(page.locator(".five a[href='?show=new'] b").last.inner_text())
        assert (new or 0) == added
        follows(page, "form.stick [data-save]")
        assert Unit.unscoped.hamlets().count() == there + added


# --- Lan, leader of the province ----------------------------------------------------------------


def test_a_leader_goes_down_from_the_province_to_a_class_and_changes_nothing(
    visit: Any, lan: SimpleNamespace, province: SimpleNamespace
) -> None:
    held_class(province.hoa_ut, "Lớp Hoà Út", counted=25, people=2)
    held_class(province.khom_mot, "Lớp Khóm Một", counted=15)
    visitor = visit("desk")
    page = visitor.enter_as(lan, "/dashboard/")
    tiles = page.locator(".kpi").count()
    assert tiles == 5
    top = page.url
    for number in range(tiles):
        page.goto(top)
        value = shown(page.locator(".kpi .v b").nth(number).inner_text())
        with page.expect_navigation():
            page.locator(".kpi").nth(number).click()
        amounts = page.locator("tfoot td.n").all_inner_texts()
        assert (shown(" ".join(amounts)) or 0) == (value or 0), page.url
    page.goto(top)

    # down by clicks; the audience and the period travel along
    page.locator("details.menu:has(a[href*='audience=elderly']) summary").click()
    follows(page, "a[href*='audience=elderly']")
    assert tile(page, "attendances") == 40
    follows(page, f"main table a[href*='/dashboard/unit/{province.an_hoa.pk}/']")
    assert "audience=elderly" in page.url
    assert "period=" in page.url
    assert tile(page, "attendances") == 25
    commune, figure = page.url, tile(page, "attendances")
    follows(page, f"main table a[href*='/dashboard/unit/{province.hoa_ut.pk}/']")
    assert "audience=elderly" in page.url
    follows(page, ".kpi[href*='/rows/attendances/']")
    follows(page, "main tbody a")
    assert "Lớp Hoà Út" in page.locator("h1").inner_text()
    assert "Thạch Thị" not in page.content()  # a leader sees figures, not the people
    for _step in range(3):
        page.go_back()
    assert page.url == commune
    assert tile(page, "attendances") == figure

    copied = visit("laptop").enter_as(lan, commune)
    assert copied.url == commune
    assert tile(copied, "attendances") == figure
    assert 25 in cells(downloaded(copied, ".acts a[href*='format=xlsx']"))

    page.goto(top)
    for address in (top, commune):
        page.goto(address)
        printed = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1, address
    menu = page.eval_on_selector_all(".side a", "all => all.map(a => a.getAttribute('href'))")
    record = TrainingClass.unscoped.first()
    assert_nothing_to_change(
        page, [*menu, commune, f"/classes/{record.pk}/", f"/units/{province.an_hoa.pk}/"]
    )


# --- Quân, system administrator -----------------------------------------------------------------


def test_accounts_are_made_together_and_end_with_the_posting(
    visit: Any, quan: SimpleNamespace, province: SimpleNamespace
) -> None:
    page = visit("laptop").enter_as(quan, "/manage/users/")
    follows(page, "a[href='/manage/users/many/']")
    page.fill("[name=text]", "Danh Sa\t\t\t\t30958-01\tteam_member\t\nLê Tám\t\t\t\t91\tauditor\t")
    saves(page)
    page.locator("button[name=step][value=create]").click()
    with page.expect_navigation():
        page.locator("[data-confirm-yes]").click()
    book = downloaded(page, "form[action$='/sheet/'] button")
    row = next(r for r in book.worksheets[0].iter_rows(values_only=True) if r[0] == "Danh Sa")
    username, password = row[3], row[4]

    newcomer = visit("laptop")
    other = newcomer.sign_in(username, password)
    assert "password" in other.url
    other.goto("/classes/")
    assert "password" in other.url
    other.fill("[name=old_password]", password)
    other.fill("[name=new_password1]", PASSWORD)
    other.fill("[name=new_password2]", PASSWORD)
    saves(other)
    other.goto("/classes/")
    assert other.url.endswith("/classes/")
    record = held_class(province.hoa_ut, "Lớp của tổ", people=1)
    other.goto(f"/classes/{record.pk}/sessions/1/")

    page.goto("/manage/users/")
    follows(page, "main table a:text-is('Danh Sa')")
    yesterday = date.fromordinal(today().toordinal() - 1)
    page.fill("main [name=last_day]", f"{yesterday:%d/%m/%Y}")
    follows(page, "form:has([name=last_day]) button")
    newcomer.expected |= {403, 404}
    with other.expect_navigation() as answer:
        other.locator("form [data-save]").locator("visible=true").click()
    assert answer.value.status in (403, 404)
    assert not Attendance.unscoped.exists()
    assert other.goto(f"/classes/{record.pk}/").status in (403, 404)


# --- Without scripts ----------------------------------------------------------------------------


def test_the_main_jobs_need_no_script(
    visit: Any, hoa: SimpleNamespace, province: SimpleNamespace
) -> None:
    page = visit("laptop", scripts=False).sign_in("hoa")
    page.goto("/classes/new/")
    page.fill("[name=title]", "Lớp không cần mã lệnh")
    page.select_option("[name=topic]", index=1)
    page.select_option("[name=audience]", index=1)
    page.fill("[name=sessions-0-held_on]", f"{today():%d/%m/%Y}")
    page.check("[name=counting][value=headcount]")
    follows(page, "form [data-save]")
    record = TrainingClass.unscoped.get()
    follows(page, f"a[href$='/classes/{record.pk}/sessions/1/']")
    page.fill("[name=headcounts-0-people]", "18")
    follows(page, "form [data-save]")
    assert ClassSession.unscoped.get().status == ClassSession.Status.HELD
    page.goto("/dashboard/")
    assert tile(page, "attendances") == 18
    assert page.locator("main table").count() >= 2
    follows(page, ".kpi[href*='/rows/attendances/']")
    assert record.title in page.locator("main").inner_text()
