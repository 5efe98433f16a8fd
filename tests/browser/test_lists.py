"""A list by keyboard alone: rows chosen, changed together, taken back; and without scripts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from campaign.models import SavedView
from classes.models import TrainingClass
from tests.browser.test_journeys import follows, held_class

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def titles(hoa: SimpleNamespace, province: SimpleNamespace) -> list[str]:
    names = [f"Lớp {letter}" for letter in "ABCDE"]
    for name in names:
        held_class(province.hoa_ut, name)
    return names


def venues() -> dict[str, str]:
    return dict(TrainingClass.unscoped.order_by("title").values_list("title", "venue"))


def test_rows_are_chosen_changed_and_put_back_by_keyboard(
    visit: Any, hoa: SimpleNamespace, titles: list[str]
) -> None:
    page = visit("desk").enter_as(hoa, "/classes/?sort=title")
    bar = page.locator("#bulk")
    assert not bar.is_visible()
    for key in ("j", "j", "x", "j", "j", "Shift+X"):
        page.keyboard.press(key)
    assert bar.locator("[data-count]").inner_text() == "3"
    assert page.locator("tr.sel a.nm").all_inner_texts() == titles[1:4]

    # while somebody types, and while an input method composes, letters are letters
    page.keyboard.press("/")
    page.keyboard.type("xj")
    assert page.input_value("#id_q") == "xj"
    page.fill("#id_q", "")
    page.evaluate("""document.querySelector("a.nm").dispatchEvent(
        new KeyboardEvent("keydown", {key: "x", isComposing: true, bubbles: true}))""")
    assert bar.locator("[data-count]").inner_text() == "3"

    follows(page, "#bulk button[value=edit]")
    page.fill("[name=set-venue]", "Nhà văn hoá")
    follows(page, "form:has([value=preview]) button[type=submit]")
    assert page.locator("table.ba tbody tr").count() == 3
    follows(page, "form:has([value=do]) button[type=submit]")
    assert page.url.endswith("/classes/?sort=title")
    assert [venues()[title] for title in titles] == ["", *["Nhà văn hoá"] * 3, ""]
    follows(page, ".toasts button.undo")
    assert set(venues().values()) == {""}

    page.goto("/classes/?sort=title")
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("e")
    assert page.input_value("[name=title]") == titles[0]


def test_a_list_needs_no_script(visit: Any, hoa: SimpleNamespace, titles: list[str]) -> None:
    page = visit("laptop", scripts=False).enter_as(hoa, "/classes/?q=lop&size=15")
    for number in (0, 1):
        page.locator("[name=pick]").nth(number).check()
    follows(page, "#bulk button[value=cancel]")
    page.fill("[name=reason]", "Mưa bão")
    follows(page, "form:has([value=preview]) button[type=submit]")
    follows(page, "form:has([value=do]) button[type=submit]")
    assert TrainingClass.unscoped.filter(cancelled_reason="Mưa bão").count() == 2
    follows(page, ".toasts button.undo")
    assert not TrainingClass.unscoped.exclude(cancelled_at=None).exists()

    page.goto("/classes/?mode=online")
    page.locator("summary.vs").click()
    page.fill("#id_new_name", "Trực tuyến")
    follows(page, "form[action='/me/views/save/'] button[type=submit]")
    view = SavedView.objects.get()
    assert page.url.endswith(f"?view={view.pk}")
    assert "Trực tuyến" in page.locator(".views [aria-current]").inner_text()
