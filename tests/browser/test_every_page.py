"""Every page of the menu, at three widths: no violation, no complaint, no excess."""

from __future__ import annotations

import gzip
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error

pytestmark = pytest.mark.django_db(transaction=True)

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
#: kilobytes as they travel, first visit of a signed-in person with an empty cache
HEAVIEST = 116
COMPRESSED = ("css", "javascript", "svg")
READERS = ("hoa", "lan", "quan", "hanh")


def links_of_menu(page: Any) -> list[str]:
    """Addresses in the menu of whoever is signed in."""
    return page.eval_on_selector_all(
        ".side a", "links => links.map(link => link.getAttribute('href'))"
    )


@pytest.mark.parametrize(("language", "readers"), [("vi", READERS), ("en", ("hanh",))])
def test_every_page_of_the_menu_is_accessible_and_fits(
    visit: Any, everybody: dict[str, SimpleNamespace], language: str, readers: tuple[str, ...]
) -> None:
    found, seen = [], set()
    for username in readers:
        visitor = visit("laptop", language=language)
        page = visitor.enter_as(everybody[username])
        for address in links_of_menu(page):
            if address in seen and "dashboard" not in address:
                continue
            seen.add(address)
            response = page.goto(address)
            assert response.status == 200, address
            for violation in Axe().run(page, options=RULES).response["violations"]:
                nodes = [node["html"][:160] for node in violation["nodes"][:2]]
                found.append((username, address, violation["id"], nodes))
            assert visitor.overflow() <= 0, address
        visitor.context.close()
    assert found == []


def test_no_page_is_wider_than_the_screen(
    visit: Any, everybody: dict[str, SimpleNamespace]
) -> None:
    visitor = visit("phone")
    page = visitor.enter_as(everybody["hanh"])
    addresses = links_of_menu(page)
    assert addresses
    for address in addresses:
        page.goto(address)
        for width in (360, 390, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            assert visitor.overflow() <= 0, (address, width)


@pytest.mark.parametrize("username", ["lan", "hoa"])
def test_pages_stay_within_their_weight(
    visit: Any, everybody: dict[str, SimpleNamespace], username: str
) -> None:
    visitor = visit("desk")
    page = visitor.enter_as(everybody[username])
    client = visitor.context.new_cdp_session(page)
    client.send("Network.enable")
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer))
    for address in links_of_menu(page):
        client.send("Network.clearBrowserCache")
        answers.clear()
        page.goto(address, wait_until="networkidle")
        sizes = {urlsplit(answer.url).path: weight(answer) for answer in answers}
        assert sum(sizes.values()) / 1024 <= HEAVIEST * 1.1, (address, sizes)
        assert len(answers) <= 8 + sum(answer.status in (301, 302) for answer in answers), address


def weight(answer: Any) -> int:
    """Bytes of an answer; script and style as production sends them, compressed beforehand."""
    if answer.status in (301, 302):
        return 0
    try:
        body, kind = answer.body(), answer.headers.get("content-type", "")
    except Error:  # a late answer to the page before: it is gone with that page
        return 0
    if any(name in kind for name in (*COMPRESSED, "html")):
        return len(gzip.compress(body))
    return len(body)
