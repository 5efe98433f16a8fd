"""The world of the matrix says what it should: who may see what, in plain words."""

from __future__ import annotations

import pytest

#: visitor -> positions whose records they see, edit, know the people of
SEES = {
    "anonymous": (set(), set()),
    "member": ({"child"}, {"child"}),
    "officer": ({"own", "child", "other_child"}, {"own", "child", "other_child"}),
    "leader": ({"own", "child", "other_child"}, {"own", "child", "other_child"}),
    "token": ({"own", "child", "other_child"}, {"own", "child", "other_child"}),
    "department": ({"department", "school"}, {"department", "school"}),
    "head": ({"department", "school"}, {"department", "school"}),
    "focal": (
        {
            "own",
            "child",
            "other_child",
            "sibling",
            "sibling_child",
            "parent",
            "department",
            "school",
            "focal",
        },
        {"focal"},
    ),
    "province": (
        {
            "own",
            "child",
            "other_child",
            "sibling",
            "sibling_child",
            "parent",
            "department",
            "school",
            "focal",
        },
        set(),
    ),
    "closed": (set(), set()),
    "expired": (set(), set()),
}
SEES["auditor"] = SEES["system"] = SEES["province"]


@pytest.mark.parametrize("visitor", SEES)
def test_access_is_what_the_table_of_roles_says(world, visitor):
    access = world.people[visitor].access
    views, edits = SEES[visitor]
    units = {position: unit for position, unit in world.units.items() if position != "elsewhere"}
    assert {p for p, u in units.items() if access.view.covers(u.path)} == views
    assert {p for p, u in units.items() if access.edit.covers(u.path)} == edits
    assert {p for p, u in units.items() if access.people.covers(u.path)} == edits


def test_every_position_has_every_kind_of_record(world):
    kinds = {"unit", "profile", "class", "session", "participant", "activity", "evidence", "model"}
    positions = ("own", "child", "sibling", "parent", "department", "school", "other")
    missing = [(k, p) for k in kinds for p in positions if world.get(k, p) is None]
    assert missing == []


def test_an_id_says_what_it_names(world):
    assert len(world.by_pk) > 250
    assert len(world.canaries.by_token) > 450


def test_a_canary_is_found_in_any_dress(world):
    aviary = world.canaries
    token, canary = next((t, c) for t, c in aviary.by_token.items() if t.startswith("097"))
    for dress in (
        token,
        f"{token[:4]} {token[4:7]} {token[7:]}",
        f"({token[:4]}.{token[4:7]}.{token[7:]})",
    ):
        assert aviary.found_in(f"<td>{dress}</td>") == {canary}
    number = next(t for t in aviary.by_token if t.isdigit() and len(t) == 7)
    assert aviary.found_in(f"{int(number):,}") == aviary.found_in(
        f"{int(number):,}".replace(",", ".")
    )
    assert aviary.found_in(f"{int(number):,}")
    word = next(t for t in aviary.by_token if t.startswith("zq"))
    assert aviary.found_in(word.upper()) == aviary.found_in(f"<b>{word}</b>") != set()
