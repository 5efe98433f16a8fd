"""Two rows may be one person: who is asked about, who is not, and what an answer does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaign.models import ChangeEntry
from campaign.text import fold
from classes import duplicates
from classes.duplicates import Pairs, candidates_for
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    ToldApart,
    TrainingClass,
)


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


# --- The page ---------------------------------------------------------------------------------

PAGE = "/participants/duplicates/"


def twins(unit: Any, name: str = "Danh Thị Ánh", **more: Any) -> tuple[Participant, Participant]:
    return learner(unit, name, 1958, **more), learner(unit, name.upper(), 1958)


def say(who: Any, pair: tuple[Participant, Participant], answer: str) -> Any:
    sent = {"one": pair[0].pk, "two": pair[1].pk, "answer": answer, "page": 1}
    return who.client.post(PAGE, sent, follow=True)


def undo_of(response: Any) -> str:
    (message,) = response.context["messages"]
    return message.extra_tags.removeprefix("undo:")


def test_the_page_shows_both_rows_what_agrees_and_their_classes(province, hoa, words):
    one, two = twins(province.an_hoa, "Danh Thi Ánh", phone="0912345678")
    two.full_name, two.birth_date = "Danh Thị Ánh", date(1958, 3, 1)
    two.save()
    made = TrainingClass.unscoped.create(
        unit=province.an_hoa, code="AHO-26-0001", title="Lớp VNeID", topic=words.vneid,
        audience=words.elderly, starts_on=date(2026, 3, 2),
    )  # fmt: skip
    session = ClassSession.unscoped.create(
        training_class=made, number=1, held_on=date(2026, 3, 2), status="held"
    )
    enrolment = Enrolment.unscoped.create(training_class=made, participant=two)
    Attendance.unscoped.create(session=session, enrolment=enrolment)
    (pair,) = hoa.client.get(PAGE).context["pairs"]
    assert pair["people"] == (one, two)
    assert [person.times for person in pair["people"]] == [0, 1]
    agreement = [line.agreement for line in pair["lines"]]
    assert agreement == ["different", "same", "", "", "", "", "same"]  # name, birth, …, unit
    assert "Lớp VNeID" in hoa.client.get(PAGE).content.decode()


def test_looking_at_pairs_is_logged_as_viewing_people(province, hoa):
    hoa.client.get(PAGE)
    assert not ChangeEntry.objects.filter(action="viewed").exists()
    twins(province.an_hoa)
    hoa.client.get(PAGE)
    entry = ChangeEntry.objects.get(action="viewed", model="classes.participant")
    assert entry.by == hoa.user


@pytest.mark.parametrize(("answer", "kept"), [("one", 0), ("two", 1)])
def test_one_person_keeps_the_chosen_row_and_can_be_undone(province, hoa, answer, kept):
    pair = twins(province.an_hoa)
    undo = undo_of(say(hoa, pair, answer))
    dropped = pair[1 - kept]
    dropped.refresh_from_db()
    assert dropped.merged_into == pair[kept]
    assert not hoa.client.get(PAGE).context["pairs"]
    assert undo in hoa.client.get(PAGE).content.decode()  # among those decided lately, too
    hoa.client.post(undo)
    assert len(hoa.client.get(PAGE).context["pairs"]) == 1


def test_not_the_same_is_remembered_with_who_said_so_and_can_be_undone(province, hoa, son):
    pair = twins(province.an_hoa)
    undo = undo_of(say(hoa, pair, "apart"))
    assert not hoa.client.get(PAGE).context["pairs"]
    assert ToldApart.unscoped.get().by == hoa.user
    page = son.client.get(PAGE)
    assert [(decision.by, decision.undo) for decision in page.context["lately"]] == [
        (hoa.user.full_name, undo)
    ]
    son.client.post(undo)
    assert len(hoa.client.get(PAGE).context["pairs"]) == 1
    assert hoa.client.post(undo).status_code == 404


def test_an_answer_about_people_of_others_is_not_heard(province, hoa, bao):
    pair = twins(province.binh_minh)
    assert say(hoa, pair, "one").status_code == 404
    assert say(hoa, pair, "apart").status_code == 404
    mixed = (learner(province.an_hoa, "Danh Thị Ánh", 1958), pair[0])
    assert say(hoa, mixed, "two").status_code == 404
    assert hoa.client.post(PAGE, {"one": "x", "two": "²"}).status_code == 404
    assert len(bao.client.get(PAGE).context["pairs"]) == 1


def test_an_answer_given_twice_is_explained(province, hoa):
    pair = twins(province.an_hoa)
    say(hoa, pair, "one")
    (message,) = say(hoa, pair, "one").context["messages"]
    assert message.level_tag == "error"


def test_a_page_of_pairs_costs_the_same_for_one_pair_as_for_many(province, hoa):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            hoa.client.get(PAGE)
        return len(queries)

    twins(province.an_hoa)
    cost()  # settings are read once
    few = cost()
    for number in range(25):
        twins(province.an_hoa, f"Lê Thị {'x' * number}y")
    assert cost() == few
    page = hoa.client.get(PAGE, {"page": 2})
    assert len(page.context["pairs"]) == 6


def test_my_work_says_how_many_pairs_wait_and_names_nobody(province, hoa, lan):
    twins(province.an_hoa)
    page = hoa.client.get("/work/")
    assert PAGE in page.content.decode()
    assert "Danh Thị Ánh" not in page.content.decode()
    assert lan.client.get(PAGE).status_code == 404
