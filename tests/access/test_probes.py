"""A5: filters, sorting and search answer about others exactly as about what does not exist."""

from __future__ import annotations

from html import escape
from urllib.parse import quote
from zlib import crc32

import pytest
from django.utils.http import urlencode

from tests.access.discovery import addresses
from tests.access.forms import forms_of
from tests.access.matrix import VARYING, _path, ask, is_walked_here, undone

NOWHERE = "9999999"
NO_WORD = "Zq99999x"
LOOKUPS = (
    "unit__contact_phone__startswith",
    "unit__path__startswith",
    "created_by__password__startswith",
    "enrolments__participant__full_name__contains",
    "pk__gt",
    "id__in",
    "unit_id",
    "owner",
    "place_id",
)
SORTS = (
    "unit__contact_phone",
    "-created_by__password",
    "password",
    "?",
    "pk",
    "note",
    "participants",
)


def answer(world, visitor, path, probe, *, in_words=True, **query):
    """What is answered, with what was asked taken out."""
    asked = urlencode(query)
    with undone():
        response = ask(world.people[visitor], "get", f"{path}?{asked}")
    text = response.content.decode("utf-8", "replace")
    echoes = {asked, escape(asked), quote(asked, safe=""), *map(str, query.values())} - {"?"}
    for old in sorted(echoes, key=len, reverse=True):  # the whole query before a word of it
        if in_words or "=" in old or "%3D" in old:
            text = text.replace(old, "PROBE")
    for old in {probe, probe.lower(), probe.upper()} if in_words else ():
        text = text.replace(old, "PROBE")
    for pattern, blank in VARYING:
        text = pattern.sub(blank, text)
    assert response.status_code < 500, (path, query)
    return response.status_code, text


def lists(world, visitor):
    """Pages with a filter form, and the names of its fields."""
    for address in addresses():
        if address.params or address.is_admin or address.is_api:
            continue
        if not is_walked_here(address.name):
            continue
        path = _path(address, {})
        with undone():
            response = ask(world.people[visitor], "get", path)
        if response.status_code != 200 or "html" not in response.headers["Content-Type"]:
            continue
        for form in forms_of(response.content.decode(), path):
            names = [name for name in form.controls if name != "csrfmiddlewaretoken"]
            if form.method == "get" and names:
                yield path, names


@pytest.mark.parametrize("visitor", ["officer", "department"])
def test_a_filter_tells_nothing_of_what_is_elsewhere(world, visitor):
    foreign = [
        world.get(kind, "sibling") for kind in ("unit", "team", "class", "activity", "participant")
    ] + [
        world.get("unit", "sibling_child"),
        world.get("unit", "other"),
        world.get("unit", "school" if visitor == "officer" else "focal"),
    ]
    words = [
        canary.token.replace("zq", "Zq")
        for canary in world.canaries.by_token.values()
        if canary.token.startswith("zq") and not canary.seen_with(world.people[visitor].access)
    ][::120]
    access = world.people[visitor].access
    hidden = [
        r
        for r in foreign
        if not access.view.covers(r.owner)
        and not access.places.covers(r.owner)
        and not (
            r.kind == "unit"
            and r.row.level in ("commune", "department")
            and access.register.covers(r.owner)
        )
    ]
    probes, wrong = 0, []
    for path, names in lists(world, visitor):
        for name in names:
            if name in ("page", "size", "format", "sort", "on", "from", "to"):
                continue
            nothing = answer(world, visitor, path, NOWHERE, **{name: NOWHERE})
            for record in hidden:
                probes += 1
                probe = str(record.pk)
                if answer(world, visitor, path, probe, **{name: probe}) != nothing:
                    wrong.append(f"{path}?{name}={record.kind} of {record.position}")
            if name in ("q", "unit_text", "place_text"):
                no_word = answer(world, visitor, path, NO_WORD, **{name: NO_WORD})
                for word in words:
                    probes += 1
                    if answer(world, visitor, path, word, **{name: word}) != no_word:
                        wrong.append(f"{path}?{name}={world.canaries.by_token[word.lower()].what}")
    print(f"\n{visitor}: {probes} probes of filters")
    assert wrong == []
    assert probes > 40


def test_keys_that_are_lookups_are_never_obeyed(world):
    token = world.get("unit", "sibling").row.contact_phone
    wrong, probes = [], 0
    for path in dict.fromkeys(path for path, _names in lists(world, "officer")):
        for key in LOOKUPS:
            probes += 1
            hit = answer(world, "officer", path, token, **{key: token})
            miss = answer(world, "officer", path, "0000000000", **{key: "0000000000"})
            if hit != miss:
                wrong.append(f"{path}?{key}")
    print(f"\n{probes} probes of keys")
    assert wrong == []


def test_sorting_by_what_is_no_column_is_the_usual_order(world):
    wrong = []
    for path in dict.fromkeys(path for path, _names in lists(world, "officer")):
        usual = answer(world, "officer", path, "nonsense", in_words=False, sort="nonsense")
        wrong += [
            f"{path}?sort={key}"
            for key in SORTS
            if answer(world, "officer", path, key, in_words=False, sort=key) != usual
        ]
    assert wrong == []


def test_the_api_refuses_keys_it_does_not_know(world):
    token = world.people["token"]
    for address in addresses():
        if not address.is_api or address.params or address.name == "api_schema":
            continue
        for key in (*LOOKUPS, "ordering", "search", "unit__name"):
            with undone():
                response = ask(token, "get", f"{_path(address, {})}?{urlencode({key: 'x'})}")
            assert response.status_code == 400, (address.name, key, response.status_code)


def test_odd_values_never_break_a_page(world):
    odd = ("²", "١٢", "-1", "9" * 40, "\x00", "1e9", "None", "' OR 1=1 --", "%", "\\", "🙂" * 50)
    for path, names in list(lists(world, "officer")):
        for name in {*names, "page", "size", "unit", "copy"}:
            digits = odd[crc32(name.encode()) % 2 :][:1]  # one of the two that are no numbers
            for value in odd if name in ("q", "page", "size") else digits:
                answer(world, "officer", path, value or "x", **{name: value})


def test_switching_the_language_never_leads_elsewhere(world):
    for target in (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
    ):
        for path in ("/me/language/", "/me/theme/"):
            with undone():
                response = ask(
                    world.people["officer"],
                    "post",
                    path,
                    {"next": target, "language": "en", "theme": "dark"},
                )
            assert response.status_code == 302
            assert response.headers["Location"] == "/"
        with undone():
            response = ask(world.people["anonymous"], "get", f"/accounts/login/?next={target}")
        assert 'action="https://evil' not in response.content.decode()
