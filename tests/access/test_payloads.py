"""E2, B4: what people type stays text: no script in a page, no formula in a workbook."""

from __future__ import annotations

import io
import re

import pytest
from django.db import models
from openpyxl import load_workbook

from tests.access.discovery import addresses
from tests.access.matrix import _path, ask, needs_met, undone
from tests.access.providers import PAGES, PROVIDERS
from tests.access.writes import targets_of

SCRIPT = '"><script>alert(7)</script><img src=x onerror=alert(7)>'
SHORT = "<b x='"  # where a field is too short for the whole of it
FORMULAS = ("=1+1", "==1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", '=HYPERLINK("http://x","y")')
RAW = re.compile(r"<script>alert|<img src=x|<b x='")
#: fields whose words decide something: they are never free text
NOT_FREE = re.compile(
    r"(^|_)(key|path|code|level|kind|status|role|sex|mode|counting|form|search_key|"
    r"sort_key|username|language|theme|background|minority|disability|code_system|"
    r"action|model|door|section|sha256|stored_as|file|venue_kind|password|color|period|indicator)$"
)


def poison(world, words_of) -> int:
    """Put a payload into every free text field of every planted row; returns how many."""
    count = 0
    for record in world.by_pk.values():
        row, fresh = record.row, {}
        for field in row._meta.concrete_fields:
            is_text = isinstance(field, (models.CharField, models.TextField))
            if not is_text or field.choices or NOT_FREE.search(field.name) or field.unique:
                continue
            payload = words_of(count)
            limit = field.max_length or 500
            fresh[field.name] = payload if len(payload) <= limit else words_of(0)[:limit]
            count += 1
        if fresh:
            type(row)._base_manager.filter(pk=row.pk).update(**fresh)
    return count


def pages(world, visitor):
    """Every page the visitor may open, on records of their own."""
    access = visitor.access
    for address in addresses():
        if address.is_admin or address.is_api or not access.may(address.rule or ""):
            continue
        if not address.params and address.name not in PROVIDERS:
            yield _path(address, {})
            continue
        for target in targets_of(PROVIDERS, address)[:1]:
            for position in ("own", "child", "officer", "department"):
                record = world.get(target.kind, position)
                if record is not None and needs_met(target.need, record, access, world):
                    path = _path(address, target.params(address, world, record))
                    query = target.base(world, record) if target.base else {}
                    yield path + (
                        "?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else ""
                    )


@pytest.mark.parametrize("name", ["officer", "province", "system"])
def test_what_people_type_is_never_part_of_the_page(world, name):
    visitor, wrong, seen = world.people[name], [], 0
    assert poison(world, lambda number: SCRIPT) > 500
    for path in pages(world, visitor):
        with undone():
            answer = ask(visitor, "get", path)
        if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
            continue
        seen += 1
        if RAW.search(answer.content.decode()):
            wrong.append(path)
    print(f"\n{name}: {seen} pages with payloads in every text")
    assert wrong == []
    assert seen > 10


@pytest.mark.parametrize("name", ["officer", "province"])
def test_no_text_comes_alive_in_a_workbook(world, name):
    visitor, books, alive, kept = world.people[name], 0, [], set()
    poison(world, lambda number: FORMULAS[number % len(FORMULAS)])
    lists = [
        _path(a, {})
        for a in addresses()
        if a.name in PAGES and a.name.endswith(("list", "models", "solutions"))
    ]
    for path in lists:
        with undone():
            answer = ask(visitor, "get", path + "?format=xlsx")
        if answer.status_code != 200 or "spreadsheet" not in answer.headers["Content-Type"]:
            continue
        books += 1
        book = load_workbook(io.BytesIO(answer.content))
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        alive.append(f"{path} {sheet.title}!{cell.coordinate}")
                    if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")):
                        kept.add(cell.value)
    print(f"\n{name}: {books} workbooks, kept as text: {sorted(kept)}")
    assert alive == []
    assert books >= 4
