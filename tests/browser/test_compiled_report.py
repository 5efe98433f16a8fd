"""The focal officer's quarter-end: compile, look where a number comes from, write, download, lock."""

from __future__ import annotations

import io
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from docx import Document
from playwright.sync_api import expect

from reporting.compiled import service
from reporting.models import CompiledReport, CompiledText
from tests.browser.test_every_page import RULES
from tests.reporting.rounds import State, bring, cycle_of
from tests.reporting.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_provincial_report_is_compiled_written_downloaded_and_locked(
    visit: Any, province: SimpleNamespace, hanh: SimpleNamespace
) -> None:
    World(province).fill(classes=8, activities=4, people=6)
    cycle = cycle_of(province.root)
    for unit in (province.an_hoa, province.education, province.science):
        report = bring(cycle, unit, State.APPROVED, hanh.user)
        report.texts.create(section="III", text=f"Khó khăn: mạng yếu ({unit.name}).")
    visitor = visit("desk")
    page = visitor.enter_as(hanh)
    page.goto(f"/reporting/compiled/{cycle.pk}/")
    page.get_by_role("button", name="Lập báo cáo tỉnh").click()
    expect(page.locator(".paper")).to_contain_text("TỈNH AN GIANG")
    row = CompiledReport.unscoped.get()

    # a number answers where it is read
    page.locator("a.fx").first.click()
    expect(page.locator("#source")).to_contain_text("Chênh 0")
    assert page.url.endswith(row.get_absolute_url())

    # a passage is kept while it is written, beside what the units wrote
    for text in row.texts.exclude(section="III"):
        service.save_text(row.pk, text.section, "Đã viết.", text.version, hanh.access)
    page.goto(f"{row.get_absolute_url()}?edit=III")
    box = page.get_by_role("textbox", name="Nội dung của mục")
    kept = [line for line in box.input_value().splitlines() if "[" not in line]
    expect(page.locator("#narratives")).to_contain_text("mạng yếu (Xã An Hoà)")
    page.get_by_placeholder("Từ khóa").fill("khong co")
    page.get_by_role("button", name="Lọc").click()
    expect(page.locator("#narratives")).not_to_contain_text("mạng yếu")
    with page.expect_response(lambda answer: "/text/" in answer.url, timeout=5000) as saved:
        box.fill("\n".join([*kept, "Mục III đã viết."]))
    assert saved.value.status == 204
    written = CompiledText.objects.get(compiled=row, section="III")
    assert written.text.endswith("Mục III đã viết.")
    page.goto(row.get_absolute_url())
    assert Axe().run(page, options=RULES).response["violations"] == []

    # the file says what the page says
    with page.expect_download() as download:
        page.get_by_role("link", name="Word").click()
    document = Document(io.BytesIO(Path(download.value.path()).read_bytes()))
    words = "\n".join(paragraph.text for paragraph in document.paragraphs)
    first = page.locator("a.fx").first.inner_text()
    assert first in words
    assert "Mục III đã viết." in words

    # one unit is missing: it is locked with a reason, and says so
    page.get_by_role("link", name="Chốt số liệu").click()
    page.get_by_label("Gõ tên kỳ báo cáo").fill("Tháng 1/2026")
    page.get_by_label(re.compile("Lý do chốt")).fill("Họp Ban Chỉ đạo")
    page.get_by_role("button", name="Chốt với ngoại lệ").click()
    expect(page.locator("aside")).to_contain_text("Họp Ban Chỉ đạo")
    expect(page.locator(".paper")).to_contain_text("Phường Bình Minh (chưa bắt đầu)")
    row.refresh_from_db()
    assert row.locked_at is not None
    phone = visit("phone")
    page = phone.enter_as(hanh)
    for tab in ("", "?tab=2", "?tab=4"):
        page.goto(row.get_absolute_url() + tab)
        assert phone.overflow() <= 0
