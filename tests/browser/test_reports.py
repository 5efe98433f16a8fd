"""A report from the first page after signing in until it is approved, in a real browser."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from reporting.models import DeclaredFigure, Report, ReportText
from tests.browser.test_journeys import held_class
from tests.reporting.cycle_world import declare, make_cycle, make_report, make_template, owed

pytestmark = pytest.mark.django_db(transaction=True)


class Clicks:
    """Every click and every key somebody needs, counted by the browser itself."""

    def __init__(self, page: Page) -> None:
        self.count = 0
        page.expose_function("counted", self.add)
        page.add_init_script(
            "addEventListener('click', () => counted(), true);"
            "addEventListener('keydown', () => counted(), true);"
        )

    def add(self) -> None:
        self.count += 1


def saved(page: Page) -> None:
    """The page has said that it saved."""
    expect(page.locator("[data-saved-state]")).to_contain_text("Đã lưu lúc", timeout=5000)


def test_a_commune_with_its_records_hands_in_with_three_clicks_or_fewer(
    visit: Any, hoa: SimpleNamespace, son: SimpleNamespace, province: Any
) -> None:
    held_class(province.hoa_ut, "Lớp VNeID", counted=12)
    report = owed(province.root, province.an_hoa, written=False, declared=[])
    leader = visit("laptop")
    officer = visit("laptop")
    clicks = Clicks(officer.page)
    page = officer.sign_in("hoa")
    assert page.url.endswith("/work/")
    before = clicks.count
    page.get_by_role("link", name="Mở báo cáo").click()
    page.get_by_role("button", name="Trình lãnh đạo").click()
    expect(page.locator(".toasts")).to_contain_text("Đã trình lãnh đạo")
    assert clicks.count - before <= 3
    assert Report.unscoped.get(pk=report.pk).state == "proposed"
    assert "An Hoà" in ReportText.objects.get(report=report, section="I").text
    clicks = Clicks(leader.page)
    page = leader.sign_in("son")
    before = clicks.count
    page.get_by_role("link", name="Xem và nộp").click()
    page.get_by_role("button", name="Nộp báo cáo").click()
    expect(page.locator(".toasts")).to_contain_text("Đã nộp")
    assert clicks.count - before <= 3
    assert leader.overflow() == 0


def test_a_report_goes_up_comes_back_with_a_question_and_is_approved(
    visit: Any, hoa: SimpleNamespace, son: SimpleNamespace, hanh: SimpleNamespace, province: Any
) -> None:
    report = owed(province.root, province.an_hoa, declared=["digital_signatures"])
    declare(report, "digital_signatures", 12, period=report.cycle.days_meant.previous())
    address = f"/reporting/reports/{report.pk}/"
    officer = visit("laptop")
    page = officer.enter_as(hoa, address)
    box = page.locator("[name=d-digital_signatures-value]")
    box.fill("60")
    page.keyboard.press("Tab")
    problem = page.locator("[data-problem=d-digital_signatures-note]")
    page.locator("[name=text-I]").click()
    expect(problem).to_contain_text("5,0")  # five times the month before
    page.locator("[name=d-digital_signatures-note]").fill("Công an xã cấp lưu động ba ngày.")
    page.locator("[name=text-II]").fill("Đề nghị bổ sung máy tính.")
    saved(page)
    page.get_by_role("button", name="Trình lãnh đạo").click()
    expect(page.locator(".toasts")).to_contain_text("Đã trình")
    kept = DeclaredFigure.unscoped.get(period=report.cycle.period)
    assert (kept.value, kept.note) == (60, "Công an xã cấp lưu động ba ngày.")

    leader = visit("phone")
    page = leader.enter_as(son, address)
    page.get_by_role("button", name="Nộp báo cáo").click()
    expect(page.locator(".toasts")).to_contain_text("Đã nộp")
    assert leader.overflow() == 0

    focal = visit("laptop")
    page = focal.enter_as(hanh, "/work/")
    page.get_by_role("link", name="Kiểm tra").click()
    page.locator("#return-reason").fill("Mục II đề nghị bao nhiêu máy?")
    page.get_by_role("button", name="Trả lại", exact=True).click()
    expect(page.locator(".toasts")).to_contain_text("Đã trả lại")

    page = officer.page
    page.goto("/work/")
    expect(page.locator("main")).to_contain_text("bao nhiêu máy")
    page.get_by_role("link", name="Sửa và nộp lại").click()
    expect(page.locator("#question")).to_contain_text("bao nhiêu máy")
    page.locator("[name=text-II]").fill("Đề nghị bổ sung 12 máy tính.")
    page.get_by_role("button", name="Sửa và nộp lại").click()
    expect(page.locator(".toasts")).to_contain_text("Đã trình")
    page = leader.page
    page.goto(address)
    page.get_by_role("button", name="Nộp báo cáo").click()

    page = focal.page
    page.goto(address)
    expect(page.locator("main")).to_contain_text("1 ô khác với lần nộp trước")
    expect(page.locator("#s-II.chg")).to_contain_text("12 máy tính")
    assert page.locator("#s-I.chg").count() == 0
    page.get_by_role("button", name="Duyệt").click()
    expect(page.locator(".toasts")).to_contain_text("Đã duyệt")
    report = Report.unscoped.get(pk=report.pk)
    assert (report.state, report.approved_by) == ("approved", hanh.user)
    steps = list(report.events.values_list("action", flat=True))
    once = ["proposed", "submitted"]
    assert steps == ["started", *once, "returned", *once, "approved"]


def test_what_is_typed_is_kept_through_a_conflict_and_a_lost_session(
    visit: Any, hoa: SimpleNamespace, son: SimpleNamespace, province: Any
) -> None:
    report = make_report(make_cycle(make_template(province.root, declared=[])), province.an_hoa)
    address = f"/reporting/reports/{report.pk}/"
    visitor = visit("laptop")
    page = visitor.sign_in("hoa")
    page.goto(address)
    page.locator("[name=text-I]").fill("Của Hoa, lần một")
    saved(page)
    row = ReportText.objects.get(report=report, section="I")
    assert row.text == "Của Hoa, lần một"
    ReportText.objects.filter(pk=row.pk).update(text="Của Sơn", version=7, by=son.user)
    page.locator("[name=text-I]").fill("Của Hoa, lần hai")
    note = page.locator("[data-conflict=text-I]")
    expect(note).to_contain_text("Của Sơn")
    assert ReportText.objects.get(pk=row.pk).text == "Của Sơn"
    note.get_by_role("button").first.click()
    saved(page)
    expect(note).to_have_count(0)
    assert ReportText.objects.get(pk=row.pk).text == "Của Hoa, lần hai"

    visitor.context.clear_cookies(name="sessionid")
    page.locator("[name=text-II]").fill("Gõ sau khi hết phiên")
    expect(page.locator("[data-saved-state]")).to_contain_text("hết", timeout=6000)
    assert not ReportText.objects.filter(report=report, section="II").exists()
    page.locator("[data-saved-state] a").click()
    page.fill("input[name=username]", "hoa")
    page.fill("input[name=password]", "mot-mat-khau-dai-2026")
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"**{address}")
    expect(page.locator("[name=text-II]")).to_have_value("Gõ sau khi hết phiên")
    saved(page)
    assert ReportText.objects.get(report=report, section="II").text == "Gõ sau khi hết phiên"
