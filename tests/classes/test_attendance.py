"""Who came: ticks on the roster plus people counted beside it."""

import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaign.models import Audience, CampaignSettings, ChangeEntry, Topic
from campaign.periods import today
from classes import merging, services
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from tests.classes.entry import bare, entry, new_class, problems, written

pytestmark = pytest.mark.django_db


def learner(unit, name, year=1960, **more):
    person = Participant(unit=unit, full_name=name, birth_year=year, **more)
    person.clean()
    person.save()
    return person


@pytest.fixture
def lesson(province, words, hoa):
    """A class of An Hoà with one session today and three people on its list."""
    made = new_class(hoa, words)
    for name in ("Danh Thị Ánh", "Trần Văn Cường", "Lê Văn Đởm"):
        Enrolment.unscoped.create(training_class=made, participant=learner(province.an_hoa, name))
    return made


def a_class(unit):
    """A class of a unit with nobody on its list."""
    made = TrainingClass(
        code=f"L-{unit.code}", title="Lớp khác", unit=unit, place=unit, starts_on=today(),
        topic=Topic.objects.first(), audience=Audience.objects.first(), counting="roster",
    )  # fmt: skip
    made.clean()
    made.save()
    return made


def session_url(made, number=1):
    return reverse("classes:session", args=[made.pk, number])


def marks(made, *present):
    """The marks of a whole roster: those at these places are present."""
    rows = made.enrolments.order_by("participant__sort_key")
    return {f"p-{e.pk}": "1" if n in present else "0" for n, e in enumerate(rows)}


def figures(made):
    return TrainingClass.unscoped.with_figures().get(pk=made.pk)


def test_ticks_and_counted_people_are_added(hoa, lesson):
    url = session_url(lesson)
    sent = entry(hoa.client, url, **marks(lesson, 0, 2), **{"headcounts-0-people": "33"})
    answer = hoa.client.post(url, sent)
    assert answer.status_code == 302, problems(answer)
    session = ClassSession.unscoped.with_figures().get()
    assert (session.status, session.ticked, session.counted, session.attended) == (
        "held",
        2,
        33,
        35,
    )
    found = figures(lesson)
    assert (found.attended, found.enrolled, found.state) == (35, 3, TrainingClass.State.ENDED)
    page = hoa.client.get(lesson.get_absolute_url()).content.decode()
    assert "35" in page


@pytest.mark.parametrize(("counting", "attended"), [("roster", 2), ("headcount", 33), ("both", 35)])
def test_the_way_of_counting_says_which_figures_add_up(hoa, lesson, counting, attended):
    session = lesson.sessions.get()
    for enrolment in lesson.enrolments.all()[:2]:
        Attendance.unscoped.create(session=session, enrolment=enrolment)
    SessionHeadcount.unscoped.create(session=session, people=33)
    lesson.sessions.update(status="held")
    TrainingClass.unscoped.update(counting=counting)
    assert figures(lesson).attended == attended
    assert ClassSession.unscoped.with_figures().get().attended == attended
    page = hoa.client.get("/classes/")
    assert page.context["totals"][1][1] == attended


def test_a_cancelled_session_leaves_the_figures_and_comes_back(hoa, lesson):
    url = session_url(lesson)
    hoa.client.post(url, entry(hoa.client, url, **marks(lesson, 0)))
    services.cancel_session(lesson.pk, 1, access=hoa.access)
    assert figures(lesson).attended == 0
    assert services.restore_session(lesson.pk, 1, access=hoa.access).status == "held"
    assert figures(lesson).attended == 1


def test_the_list_is_sorted_by_given_name(hoa, lesson):
    people = hoa.client.get(session_url(lesson)).context["form"].people
    assert [line["person"].full_name for line in people] == [
        "Danh Thị Ánh",
        "Trần Văn Cường",
        "Lê Văn Đởm",
    ]


def test_whoever_has_no_mark_was_present_when_said_so(hoa, lesson):
    url = session_url(lesson)
    first = lesson.enrolments.order_by("participant__sort_key").first()
    sent = entry(hoa.client, url, **{f"p-{first.pk}": "0"}, rest_present="1")
    hoa.client.post(url, sent)
    assert Attendance.unscoped.count() == 2
    assert not Attendance.unscoped.filter(enrolment=first).exists()


def test_saving_again_keeps_the_rows_that_stay(hoa, lesson):
    url = session_url(lesson)
    hoa.client.post(url, entry(hoa.client, url, **marks(lesson, 0, 1)))
    before = set(Attendance.unscoped.values_list("pk", flat=True))
    hoa.client.post(url, entry(hoa.client, url, **marks(lesson, 1, 2)))
    after = set(Attendance.unscoped.values_list("pk", flat=True))
    assert len(before & after) == 1
    assert len(after) == 2


def test_two_people_marking_different_learners_do_not_undo_each_other(hoa, son, lesson):
    url = session_url(lesson)
    rows = list(lesson.enrolments.order_by("participant__sort_key"))
    hers = entry(hoa.client, url, **{f"p-{rows[0].pk}": "1"})
    his = entry(son.client, url, **{f"p-{rows[1].pk}": "1"})
    assert hoa.client.post(url, hers).status_code == 302
    assert son.client.post(url, his).status_code == 302
    assert set(Attendance.unscoped.values_list("enrolment", flat=True)) == {rows[0].pk, rows[1].pk}


def test_headcounts_changed_by_somebody_else_are_shown(hoa, son, lesson):
    url = session_url(lesson)
    hers = entry(hoa.client, url, **{"headcounts-0-people": "10"})
    his = entry(son.client, url, **{"headcounts-0-people": "12"})
    hoa.client.post(url, hers)
    assert son.client.post(url, his).status_code == 409


def test_nobody_was_present_in_the_future(hoa, lesson):
    ClassSession.unscoped.update(held_on=today() + timedelta(days=2))
    url = session_url(lesson)
    answer = hoa.client.post(url, entry(hoa.client, url, **marks(lesson, 0), status="held"))
    assert "held_on" in problems(answer)
    answer = hoa.client.post(url, entry(hoa.client, url, **marks(lesson, 0), status="planned"))
    assert "status" in problems(answer)
    assert not Attendance.unscoped.exists()


def test_counted_groups_are_not_entered_twice(hoa, lesson):
    url = session_url(lesson)
    sent = entry(hoa.client, url) | {
        "headcounts-TOTAL_FORMS": "2",
        "headcounts-0-people": "5",
        "headcounts-1-people": "7",
    }
    assert "headcounts-1" in problems(hoa.client.post(url, sent))


def test_the_grid_changes_only_what_was_changed(hoa, lesson):
    session = lesson.sessions.get()
    rows = list(lesson.enrolments.order_by("participant__sort_key"))
    kept = Attendance.unscoped.create(session=session, enrolment=rows[0])
    Attendance.unscoped.create(session=session, enrolment=rows[1])
    url = reverse("classes:attendance", args=[lesson.pk])
    assert hoa.client.get(url).status_code == 200
    key = f"{session.pk}-{{}}".format
    answer = hoa.client.post(
        url, {"was": [key(rows[0].pk), key(rows[1].pk)], "now": [key(rows[0].pk), key(rows[2].pk)]}
    )
    assert answer.status_code == 302
    assert set(Attendance.unscoped.values_list("enrolment", flat=True)) == {rows[0].pk, rows[2].pk}
    assert Attendance.unscoped.filter(pk=kept.pk).exists()
    assert ClassSession.unscoped.get().status == "held"


def test_a_headline_reader_sees_figures_and_no_names(province, words, minh, bao):
    made = new_class(minh, words, place=province.khom_mot.pk)
    person = learner(province.education, "Nguyễn Thị Bí Mật")
    Enrolment.unscoped.create(training_class=made, participant=person)
    page = bao.client.get(made.get_absolute_url())
    assert page.status_code == 200
    assert person.full_name not in page.content.decode()
    assert bao.client.get(person.get_absolute_url()).status_code == 404


# --- the list of people -------------------------------------------------------------------------


def sent_to(person, made, do, *people, **more):
    """What the table of a class sends for some people, and what it is told."""
    rows = [{"n": n, **more.pop(f"row_{n}", {}), "cells": c} for n, c in enumerate(people, 1)]
    message = {"by": person.user.username, "do": do, "rows": rows, "only": "all", **more}
    message.setdefault("submission", str(uuid4()))
    url = reverse("classes:people", args=[made.pk])
    return person.client.post(url, json.dumps(message), content_type="application/json").json()


def test_several_people_are_added_at_once(hoa, lesson):
    told = sent_to(
        hoa,
        lesson,
        "save",
        {"full_name": " Danh  Phol ", "birth": "25/02/1959", "phone": "900 000 115"},
        {"full_name": "Thị Sà Mây", "birth": "1966", "sex": "nữ"},
    )
    assert [row["cells"]["full_name"] for row in told["rows"]] == ["Danh Phol", "Thị Sà Mây"]
    phol = Participant.unscoped.get(full_name="Danh Phol")
    assert (phol.birth_year, phol.birth_date, phol.phone) == (1959, date(1959, 2, 25), "0900000115")
    assert phol.unit == lesson.unit
    assert lesson.enrolments.count() == 5


@pytest.mark.parametrize(
    ("field", "value"),
    [("phone", "0900 000 15"), ("birth", "31/02/1968"), ("birth", "1768"), ("full_name", "Hoa 2")],
)
def test_each_problem_stands_beside_its_field(hoa, lesson, field, value):
    person = {"full_name": "Danh Phol", "birth": "1959", field: value}
    told = sent_to(hoa, lesson, "save", person)
    assert told["refused"]
    assert {problem["column"] for problem in told["rows"][0]["problems"]} == {field}
    assert lesson.enrolments.count() == 3


def test_a_known_person_is_asked_about_never_doubled(province, hoa, lesson):
    known = learner(province.an_hoa, "Thị Kim Loan", 1971)
    loan = {"full_name": "THỊ KIM LOAN", "birth": "1971"}
    told = sent_to(hoa, lesson, "save", loan)
    assert told["refused"]
    assert [one["id"] for one in told["rows"][0]["candidates"]] == [known.pk]
    sent_to(hoa, lesson, "save", loan, row_1={"who": known.pk})
    assert lesson.enrolments.filter(participant=known).exists()
    assert Participant.unscoped.filter(birth_year=1971).count() == 1


def test_somebody_else_of_the_same_name_is_added(province, hoa, lesson):
    learner(province.an_hoa, "Thị Kim Loan", 1971)
    sent_to(hoa, lesson, "save", {"full_name": "Thị Kim Loan", "birth": "1971"}, row_1={"who": 0})
    assert Participant.unscoped.filter(birth_year=1971).count() == 2


def test_people_of_other_communes_are_neither_offered_nor_enrolled(province, hoa, lesson):
    foreign = learner(province.binh_minh, "Thị Kim Loan", 1971)
    url = reverse("classes:people", args=[lesson.pk])
    assert hoa.client.get(f"{url}?q=kim+loan").context["known"] == []
    hoa.client.post(reverse("classes:enrol", args=[lesson.pk]), {"pick": foreign.pk})
    assert lesson.enrolments.count() == 3
    loan = {"full_name": "Thị Kim Loan", "birth": "1971", "hamlet": "30952-01"}
    told = sent_to(hoa, lesson, "save", loan, row_1={"who": foreign.pk})
    assert told["rows"][0]["problems"][0]["column"] == "hamlet"
    sent_to(hoa, lesson, "save", {**loan, "hamlet": ""}, row_1={"who": foreign.pk})
    assert not lesson.enrolments.filter(participant=foreign).exists()


def test_rows_of_another_class_cannot_be_changed_through_this_one(province, bao, hoa, lesson):
    listed = lesson.enrolments.first()
    key = {"key": f"{listed.pk}.{listed.participant.version}"}
    theirs, own = a_class(province.binh_minh), a_class(province.an_hoa)
    told = sent_to(bao, theirs, "save", {"full_name": "Đổi Tên"}, row_1=key, only="good")
    assert told["rows"][0]["problems"][0]["code"] == "not_yours"
    told = sent_to(hoa, own, "save", {"full_name": "Đổi Tên"}, row_1=key, only="good")
    assert told["rows"][0]["state"] == "error"
    assert not Participant.unscoped.filter(full_name="Đổi Tên").exists()


def test_a_saved_row_is_corrected_in_place(hoa, lesson):
    page = hoa.client.get(reverse("classes:people", args=[lesson.pk]))
    row = page.context["grid"]["rows"][0]
    cells = {**row["cells"], "birth": "05/03/1961", "phone": "900000199"}
    told = sent_to(hoa, lesson, "save", cells, row_1={"key": row["key"]})
    person = lesson.enrolments.get(pk=row["pick"]).participant
    assert (person.birth_date, person.phone) == (date(1961, 3, 5), "0900000199")
    assert told["rows"][0]["key"] == f"{row['pick']}.{person.version}"
    emptied = {**told["rows"][0]["cells"], "phone": ""}
    sent_to(hoa, lesson, "save", emptied, row_1={"key": told["rows"][0]["key"]})
    person.refresh_from_db()
    assert (person.birth_date, person.phone) == (date(1961, 3, 5), "")


def test_a_class_of_a_thousand_is_checked_with_as_many_queries_as_one_of_ten(hoa, lesson):
    counts = []
    for many in (10, 1_000):
        people = [
            {
                "full_name": f"Lê Thị {'AEIOU'[n % 5]} {chr(65 + n // 40)}{chr(65 + n % 26)}",
                "birth": str(1950 + n % 50),
                "hamlet": "Hoà Út",
            }
            for n in range(many)
        ]
        with CaptureQueriesContext(connection) as queries:
            sent_to(hoa, lesson, "check", *people)
        counts.append(len(queries))
    assert counts[1] - counts[0] <= 2  # names are looked up some hundred at a time


def test_whoever_attended_stays_on_the_list(hoa, lesson):
    came, never = list(lesson.enrolments.order_by("pk"))[:2]
    Attendance.unscoped.create(session=lesson.sessions.get(), enrolment=came)
    url = reverse("classes:roster_action", args=[lesson.pk])
    hoa.client.post(url, {"action": "remove", "pick": [came.pk, never.pk]})
    left = set(lesson.enrolments.values_list("pk", flat=True))
    assert came.pk in left
    assert never.pk not in left


def test_completion_is_marked_for_many_and_taken_back(hoa, lesson):
    url = reverse("classes:roster_action", args=[lesson.pk])
    picked = list(lesson.enrolments.values_list("pk", flat=True))[:2]
    hoa.client.post(url, {"action": "complete", "pick": picked, "completed_on": written(today())})
    assert figures(lesson).completed == 2
    hoa.client.post(url, {"action": "reopen", "pick": picked[:1]})
    assert figures(lesson).completed == 1
    late = written(today() + timedelta(days=1))
    hoa.client.post(url, {"action": "complete", "pick": picked, "completed_on": late})
    assert figures(lesson).completed == 1


def test_sensitive_traits_are_asked_only_when_the_province_keeps_them(hoa, lesson):
    url = reverse("classes:people", args=[lesson.pk])
    columns = [one["name"] for one in hoa.client.get(url).context["grid"]["columns"]]
    assert "minority" not in columns
    CampaignSettings.objects.update_or_create(pk=1, defaults={"keeps_sensitive_traits": True})
    CampaignSettings.forget()
    columns = [one["name"] for one in hoa.client.get(url).context["grid"]["columns"]]
    assert "minority" in columns


# --- people -------------------------------------------------------------------------------------


def test_nobody_is_listed_before_a_search_and_searches_are_logged(province, hoa, bao):
    learner(province.an_hoa, "Danh Thị Ánh")
    assert hoa.client.get("/participants/").context["page"] is None
    assert hoa.client.get("/participants/?q=a").context["page"] is None
    found = hoa.client.get("/participants/?q=thi+anh").context["page"]
    assert [p.full_name for p in found] == ["Danh Thị Ánh"]
    assert len(bao.client.get("/participants/?q=thi+anh").context["page"].object_list) == 0
    assert ChangeEntry.objects.filter(action="viewed", by=hoa.user).count() == 1


def test_a_person_is_opened_edited_and_each_look_is_logged(province, hoa, bao):
    person = learner(province.an_hoa, "Danh Thị Ánh", phone="0900000001")
    assert "0900000001" in hoa.client.get(person.get_absolute_url()).content.decode()
    assert ChangeEntry.objects.filter(action="viewed", record_id=person.pk).count() == 1
    missing = bao.client.get("/participants/9999999/")
    assert bare(bao.client.get(person.get_absolute_url())) == bare(missing)
    url = reverse("participants:edit", args=[person.pk])
    answer = hoa.client.post(url, entry(hoa.client, url, birth="21/01/1964", phone="84900000002"))
    assert answer.status_code == 302, problems(answer)
    person.refresh_from_db()
    assert (person.birth_year, person.phone, person.version) == (1964, "0900000002", 2)


def test_two_rows_of_one_person_are_joined_and_parted(province, words, hoa, lesson):
    keep, drop = (learner(province.an_hoa, "Thị Kim Loan", 1971) for _time in range(2))
    other = new_class(hoa, words)
    session = lesson.sessions.get()
    first = Enrolment.unscoped.create(training_class=lesson, participant=keep)
    second = Enrolment.unscoped.create(
        training_class=lesson, participant=drop, completed_on=today()
    )
    moved = Enrolment.unscoped.create(training_class=other, participant=drop)
    Attendance.unscoped.create(session=session, enrolment=second)
    url = reverse("participants:merge", args=[keep.pk])
    assert hoa.client.get(f"{url}?with={drop.pk}").status_code == 200
    answer = hoa.client.post(url, {"with": drop.pk}, follow=True)
    drop.refresh_from_db()
    first.refresh_from_db()
    assert drop.merged_into == keep
    assert set(keep.enrolments.values_list("training_class", flat=True)) == {lesson.pk, other.pk}
    assert first.completed_on == today()
    assert Attendance.unscoped.get().enrolment == first
    done = ChangeEntry.objects.get(changes__has_key="joined")
    undo = reverse("participants:unmerge", args=[done.pk])
    assert undo in answer.content.decode()
    hoa.client.post(undo)
    drop.refresh_from_db()
    first.refresh_from_db()
    assert drop.merged_into is None
    assert first.completed_on is None
    assert Attendance.unscoped.get().enrolment.participant == drop
    assert Enrolment.unscoped.get(pk=moved.pk).participant == drop


def test_people_of_others_cannot_be_merged(province, hoa, bao):
    own, foreign = learner(province.an_hoa, "Loan"), learner(province.binh_minh, "Loan")
    with pytest.raises(Participant.DoesNotExist):
        merging.merge_people(own.pk, foreign.pk, access=hoa.access)
    url = reverse("participants:merge", args=[own.pk])
    assert hoa.client.get(f"{url}?with={foreign.pk}").status_code == 404


def test_opening_a_list_with_phones_is_logged(hoa, lesson):
    hoa.client.get(reverse("classes:people", args=[lesson.pk]))
    viewed = ChangeEntry.objects.filter(action="viewed", model="classes.trainingclass")
    assert [entry.record_id for entry in viewed] == [lesson.pk]


def test_the_header_of_a_learners_page_shows_the_reader(province, hoa):
    person = learner(province.an_hoa, "Danh Thị Ánh")
    page = hoa.client.get(person.get_absolute_url())
    assert page.context["person"]["name"] == hoa.user.full_name
    assert hoa.user.full_name in page.content.decode()
