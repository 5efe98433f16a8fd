"""Real Chromium on a real server: what people see, type and click."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser driver keeps a loop here

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.conftest import PASSWORD

SIZES = {"desk": (1440, 900), "laptop": (1366, 768), "phone": (390, 844)}
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[Any]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


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


class Visitor:
    """One person at one device: signs in, goes to pages, and keeps what the console said."""

    def __init__(self, browser: Browser, address: str, size: str = "desk", language: str = "vi"):
        width, height = SIZES[size]
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, base_url=address, locale="vi-VN"
        )
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

    def overflow(self) -> int:
        """Pixels the page is wider than the screen."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )


@pytest.fixture
def visit(chromium: Browser, live_server: Any) -> Iterator[Any]:
    """Open the portal as a visitor: ``visit("phone", language="en")``."""
    opened: list[Visitor] = []

    def open_portal(size: str = "desk", language: str = "vi") -> Visitor:
        visitor = Visitor(chromium, live_server.url, size, language)
        opened.append(visitor)
        return visitor

    yield open_portal
    for visitor in opened:
        visitor.context.close()


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
