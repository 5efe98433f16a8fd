"""Two rows may be one person: who is asked about, who is not, and what an answer does."""

from __future__ import annotations

from typing import Any

import pytest

from campaign.text import fold
from classes import duplicates
from classes.duplicates import Pairs, candidates_for
from classes.models import Participant, ToldApart


def learner(unit: Any, name: str, year: int | None = None, **more: Any) -> Participant:
    """Somebody of a unit's register."""
    person = Participant(unit=unit, full_name=name, birth_year=year, **more)
    person.clean()
    person.save()
    return person


def pairs(who: Any) -> set[tuple[int, int]]:
    return set(Pairs(who.access)[:1000])


def test_a_name_alone_is_no_reason_to_ask(province, hoa):
    learner(province.an_hoa, "Nguyễn Thị Hoa", 1961)
    learner(province.an_hoa, "Nguyễn Thị Hoa", 1962)
    learner(province.an_hoa, "Nguyễn Thị Hoa")
    learner(province.an_hoa, "Nguyễn Thị Hoa", phone="0912345678")
    assert pairs(hoa) == set()
    assert Pairs(hoa.access).count() == 0


@pytest.mark.parametrize(
    ("first", "second", "is_asked"),
    [
        ({"year": 1961}, {"year": 1961}, True),
        ({"year": 1961, "phone": "0912345678"}, {"year": 1972, "phone": "0912345678"}, True),
        ({"phone": "0912345678"}, {"phone": "0912345679"}, False),
        ({"hamlet": True}, {"hamlet": True}, True),
        ({"hamlet": True, "year": 1961}, {"hamlet": True}, True),
        ({"hamlet": True, "year": 1961}, {"hamlet": True, "year": 1962}, False),
        ({"hamlet": True}, {}, False),
    ],
)
def test_something_beside_the_name_must_agree(province, hoa, first, second, is_asked):
    made = []
    for name, about in (("Danh Thị Hoà", first), ("DANH THỊ HÒA", second)):
        hamlet = province.hoa_ut if about.get("hamlet") else None
        made.append(
            learner(
                province.an_hoa,
                name,
                about.get("year"),
                phone=about.get("phone", ""),
                hamlet=hamlet,
            )
        )
    one, two = made
    assert pairs(hoa) == ({(one.pk, two.pk)} if is_asked else set())
    row = (fold(two.full_name), two.birth_year, two.phone, two.hamlet_id)
    offered = candidates_for([row], hoa.access, {0: two.pk})
    assert offered == ({0: [one.pk]} if is_asked else {})


def test_people_of_a_register_one_may_not_open_are_never_offered(province, hoa, bao, lan):
    own = learner(province.an_hoa, "Lê Văn Tám", 1950)
    foreign = learner(province.binh_minh, "Lê Văn Tám", 1950)
    row = [(fold("Lê Văn Tám"), 1950, "", None)]
    assert pairs(hoa) == pairs(bao) == pairs(lan) == set()
    assert Pairs(lan.access).count() == 0
    assert candidates_for(row, hoa.access) == {0: [own.pk]}
    assert candidates_for(row, bao.access) == {0: [foreign.pk]}
    assert candidates_for(row, lan.access) == {}


def test_candidates_come_the_likeliest_first_and_only_for_those_who_resemble(province, hoa):
    phone = "0912345678"
    year_only = learner(province.an_hoa, "Trần An", 1980)
    best = learner(province.hoa_ut, "Tran  Ân", 1980, phone=phone, hamlet=province.hoa_ut)
    gone = learner(province.an_hoa, "Trần An", 1980, merged_into=best)
    rows = [
        (fold("Trần Ấn"), 1980, phone, province.hoa_ut.pk),
        (fold("Trần Ấn"), 1999, "", None),
        ("", 1980, phone, None),
        (fold("Người Khác"), 1980, phone, None),
    ]
    assert candidates_for(rows, hoa.access) == {0: [best.pk, year_only.pk]}
    assert gone.pk not in {pk for pair in pairs(hoa) for pk in pair}


def test_many_rows_are_looked_up_in_few_queries(
    province, hoa, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(duplicates, "NAMES_AT_ONCE", 40)
    people = [learner(province.an_hoa, f"Lê Thị {'ab'[n % 2] * (1 + n)}", 1950) for n in range(60)]
    rows = [(fold(person.full_name), 1950, "", None) for person in people]
    with django_assert_num_queries(2):
        found = candidates_for(rows, hoa.access)
    assert found == {index: [person.pk] for index, person in enumerate(people)}


@pytest.mark.parametrize("changed", ["full_name", "birth_year", "phone"])
def test_told_apart_is_remembered_until_one_of_the_two_changes(province, hoa, changed):
    one, two = (
        learner(province.an_hoa, "Thạch Sô Phia", 1970, phone="0912345678") for _n in range(2)
    )
    ToldApart.unscoped.create(first=one, second=two, by=hoa.user).remember()
    row = [(fold(two.full_name), 1970, "", None)]
    assert pairs(hoa) == set()
    assert candidates_for(row, hoa.access, {0: two.pk}) == {}
    assert candidates_for(row, hoa.access) == {0: [one.pk, two.pk]}
    new = {"full_name": "Thạch Sô Phìa", "birth_year": None, "phone": ""}[changed]
    setattr(one, changed, new)
    one.clean()
    one.save()
    assert pairs(hoa) == {(one.pk, two.pk)}
