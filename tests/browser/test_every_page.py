"""Every page of the menu, as every person, at three widths: no violation, no complaint, no excess."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.django_db(transaction=True)

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
#: kilobytes as they travel, first visit of a signed-in person with an empty cache
HEAVIEST = 116


def links_of_menu(page: Any) -> list[str]:
    """Addresses in the menu of whoever is signed in."""
    return page.eval_on_selector_all(
        ".side a", "links => links.map(link => link.getAttribute('href'))"
    )


@pytest.mark.parametrize("username", ["hoa", "minh", "hanh", "lan", "quan", "thao", "tu"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_of_the_menu_is_accessible_and_silent(
    visit: Any, everybody: dict[str, SimpleNamespace], username: str, language: str
) -> None:
    visitor = visit("laptop", language=language)
    page = visitor.sign_in(username)
    found = []
    for address in links_of_menu(page):
        response = page.goto(address)
        assert response.status == 200, address
        for violation in Axe().run(page, options=RULES).response["violations"]:
            nodes = [node["html"][:160] for node in violation["nodes"][:2]]
            found.append((address, violation["id"], nodes))
        assert visitor.overflow() <= 0, address
    assert found == []
    assert visitor.complaints == []


@pytest.mark.parametrize("size", ["phone", "laptop", "desk"])
def test_no_page_is_wider_than_the_screen(
    visit: Any, everybody: dict[str, SimpleNamespace], size: str
) -> None:
    visitor = visit(size)
    page = visitor.sign_in("hanh")
    addresses = links_of_menu(page)
    assert addresses
    for address in addresses:
        page.goto(address)
        assert visitor.overflow() <= 0, address


@pytest.mark.parametrize("username", ["lan", "hoa"])
def test_pages_stay_within_their_weight(
    visit: Any, everybody: dict[str, SimpleNamespace], username: str
) -> None:
    visitor = visit("desk")
    visitor.sign_in(username)
    addresses = links_of_menu(visitor.page)
    for address in addresses:
        fresh = visit("desk")
        fresh.context.add_cookies(visitor.context.cookies())
        client = fresh.context.new_cdp_session(fresh.page)
        client.send("Network.enable")
        sizes: list[float] = []
        client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        fresh.page.goto(address, wait_until="networkidle")
        assert sum(sizes) / 1024 <= HEAVIEST * 1.1, (address, sum(sizes) / 1024)
        assert len(sizes) <= 8, address
        fresh.context.close()
