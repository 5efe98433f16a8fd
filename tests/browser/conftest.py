"""Real Chromium on a real server: what people see, type and click."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import pytest

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser driver keeps a loop here

from django.conf import settings as portal
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from activities.models import ActivityType, ModelKind, SolutionField
from campaign.models import Audience, Topic
from campaign.vocabulary import sow
from tests.conftest import PASSWORD

ROOT = Path(__file__).resolve().parents[2]

SIZES = {"desk": (1440, 900), "laptop": (1366, 768), "phone": (390, 844)}
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(config: pytest.Config, items: list[Any]) -> None:
    """Each shape drives one half of these tests, together they drive all; one variable drives all."""
    elsewhere = []
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            is_even = crc32(item.name.encode()) % 2 == 0
            if is_even != portal.IS_SQLITE and not os.environ.get("PORTAL_FULL_MATRIX"):
                elsewhere.append(item)
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)))
    browser = playwright.chromium.launch(executable_path=program, args=QUIET)
    yield browser
    browser.close()


@pytest.fixture(autouse=True)
def vocabulary(db: None, settings: Any) -> None:
    """The words a province starts with: tests that commit empty every table behind them."""
    settings.SETTLE_MODE = "inline"
    for model, path in (
        (ActivityType, "activities/data/activity_types.json"),
        (ModelKind, "activities/data/model_kinds.csv"),
        (SolutionField, "activities/data/solution_fields.csv"),
        (Audience, "campaign/data/audiences.csv"),
        (Topic, "campaign/data/topics.csv"),
    ):
        sow(model, ROOT / path)


class Visitor:
    """One person at one device: signs in, goes to pages, and keeps what the console said."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        size: str = "desk",
        language: str = "vi",
        scripts: bool = True,
    ):
        width, height = SIZES[size]
        self.address = address
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, base_url=address, locale="vi-VN",
            java_script_enabled=scripts, has_touch=size == "phone", accept_downloads=True,
        )  # fmt: skip
        self.context.set_default_timeout(15_000)
        #: answers of the server this visitor is meant to meet; the browser reports them as errors
        self.expected = {422, 409}
        if language != "vi":
            self.context.add_cookies(
                [{"name": "django_language", "value": language, "url": address}]
            )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.bytes = 0
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: Any) -> None:
        answer = re.search(r"responded with a status of (\d+)", message.text)
        if answer and int(answer[1]) in self.expected:
            return
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def sign_in(self, username: str, password: str = PASSWORD) -> Page:
        """Through the sign-in page, as everybody."""
        self.page.goto("/accounts/login/")
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", password)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/accounts/login/" not in url)
        return self.page

    def enter_as(self, person: SimpleNamespace, address: str = "/") -> Page:
        """With a session that is there already: where signing in is not what is looked at."""
        name = portal.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": person.client.cookies[name].value, "url": self.address}
        self.context.add_cookies([cookie])
        self.page.goto(address)
        return self.page

    def overflow(self) -> int:
        """Pixels the page is wider than the screen."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )


@pytest.fixture
def visit(chromium: Browser, live_server: Any) -> Iterator[Any]:
    """Open the portal as a visitor: ``visit("phone", language="en")``. Nobody may complain."""
    opened: list[Visitor] = []

    def open_portal(size: str = "desk", language: str = "vi", *, scripts: bool = True) -> Visitor:
        visitor = Visitor(chromium, live_server.url, size, language, scripts)
        opened.append(visitor)
        return visitor

    yield open_portal
    for visitor in opened:
        visitor.context.close()
    assert [words for visitor in opened for words in visitor.complaints] == []


@pytest.fixture
def everybody(
    hoa: SimpleNamespace, bao: SimpleNamespace, son: SimpleNamespace, tu: SimpleNamespace,
    minh: SimpleNamespace, nga: SimpleNamespace, hanh: SimpleNamespace, lan: SimpleNamespace,
    quan: SimpleNamespace, thao: SimpleNamespace,
) -> dict[str, SimpleNamespace]:  # fmt: skip
    """The whole cast, by user name."""
    return {
        person.user.username: person
        for person in (hoa, bao, son, tu, minh, nga, hanh, lan, quan, thao)
    }
