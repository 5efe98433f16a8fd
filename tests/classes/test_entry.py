"""Classes are entered once, in scope, and never lost."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from campaign.models import ChangeEntry, Draft
from campaign.periods import today
from classes.models import ClassSession, TrainingClass
from tests.classes.entry import bare, class_entry, entry, new_class, problems, written
from tests.conftest import plant
from units.models import UnitSuccession

pytestmark = pytest.mark.django_db
NEW = "/classes/new/"


def test_hoa_records_a_class_with_its_sessions(province, words, hoa):
    made = new_class(hoa, words, **{"sessions-1-held_on": written(today() + timedelta(days=2))})
    assert (made.unit, made.created_by) == (province.an_hoa, hoa.user)
    assert re.fullmatch(rf"AHO-{made.starts_on:%y}-0001", made.code)
    assert "vneid va dich vu cong" in made.search_key
    assert [s.number for s in made.sessions.all()] == [1, 2]
    entries = ChangeEntry.objects.filter(model="classes.trainingclass", record_id=made.pk)
    assert [e.action for e in entries] == ["created"]


def test_codes_run_on_within_a_commune_and_a_year(province, words, hoa, tu):
    codes = [new_class(who, words).code[-4:] for who in (hoa, tu, hoa)]
    assert codes == ["0001", "0002", "0003"]


def test_an_outsider_meets_the_page_of_a_missing_class(province, words, hoa, bao):
    made = new_class(hoa, words)
    for name in ("detail", "edit", "cancel", "people", "attendance"):
        theirs = bao.client.get(reverse(f"classes:{name}", args=[made.pk]))
        missing = bao.client.get(reverse(f"classes:{name}", args=[9_999_999]))
        assert bare(theirs) == bare(missing), name
        assert theirs.status_code == 404
    url = reverse("classes:session", args=[made.pk, 1])
    assert bao.client.get(url).status_code == 404
    assert bao.client.post(reverse("classes:restore", args=[made.pk])).status_code == 404


def test_a_team_member_enters_only_for_the_own_hamlet(province, words, hoa, tu):
    of_commune, of_hamlet = new_class(hoa, words), new_class(tu, words)
    assert of_hamlet.unit == province.hoa_ut
    assert tu.client.get(reverse("classes:edit", args=[of_hamlet.pk])).status_code == 200
    assert tu.client.get(reverse("classes:edit", args=[of_commune.pk])).status_code == 404
    sent = class_entry(tu, words, unit=province.hoa_tao.pk)
    answer = tu.client.post(NEW, sent)
    assert answer.status_code == 422
    assert "unit" in problems(answer)


def test_a_department_holds_classes_all_over_the_province(province, words, minh, bao):
    made = new_class(minh, words, place=province.khom_mot.pk)
    assert (made.unit, made.place) == (province.education, province.khom_mot)
    page = bao.client.get(made.get_absolute_url())
    assert page.status_code == 200
    assert not page.context["knows_people"]
    assert bao.client.get(reverse("classes:edit", args=[made.pk])).status_code == 404


def test_the_leader_sees_classes_and_enters_none(province, words, hoa, lan):
    made = new_class(hoa, words)
    assert lan.client.get(made.get_absolute_url()).status_code == 200
    assert lan.client.get(NEW).status_code == 404
    assert lan.client.get(reverse("participants:list")).status_code == 404


def test_sending_a_form_twice_saves_one_class(province, words, hoa):
    sent = class_entry(hoa, words)
    first, second = (hoa.client.post(NEW, sent) for _time in range(2))
    assert TrainingClass.unscoped.count() == 1
    assert (first.status_code, first.url) == (second.status_code, second.url)


def test_changes_of_different_fields_merge(province, words, hoa, son):
    made = new_class(hoa, words)
    url = reverse("classes:edit", args=[made.pk])
    hers, his = entry(hoa.client, url, venue="Nhà văn hoá"), entry(son.client, url, trainers="Tú")
    assert hoa.client.post(url, hers).status_code == 302
    assert son.client.post(url, his).status_code == 302
    made.refresh_from_db()
    assert (made.venue, made.trainers, made.version) == ("Nhà văn hoá", "Tú", 3)


def test_changes_of_the_same_field_show_both_values(province, words, hoa, son):
    made = new_class(hoa, words)
    url = reverse("classes:edit", args=[made.pk])
    hers, his = (
        entry(hoa.client, url, title="Lớp của Hoa"),
        entry(son.client, url, title="Lớp của Sơn"),
    )
    hoa.client.post(url, hers)
    answer = son.client.post(url, his)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Lớp của Hoa" in page
    assert "Lớp của Sơn" in page
    made.refresh_from_db()
    assert made.title == "Lớp của Hoa"
    again = dict(answer.context["hidden"])
    kept = son.client.post(url, {**again, "resolve": "1", "pick-title": "theirs"})
    assert kept.status_code == 302
    made.refresh_from_db()
    assert made.title == "Lớp của Hoa"
    son.client.post(url, {**entry(son.client, url), "title": "Lớp của Sơn"})
    made.refresh_from_db()
    assert made.title == "Lớp của Sơn"


def test_a_schedule_changed_by_somebody_else_is_not_overwritten(province, words, hoa, son):
    made = new_class(hoa, words)
    url, later = reverse("classes:edit", args=[made.pk]), written(today() + timedelta(days=3))
    hers = entry(hoa.client, url, **{"sessions-0-held_on": later})
    his = entry(son.client, url, **{"sessions-0-starts_at": "18:30"})
    assert hoa.client.post(url, hers).status_code == 302
    answer = son.client.post(url, his)
    assert answer.status_code == 409
    again = dict(answer.context["hidden"])
    assert (
        son.client.post(url, {**again, "resolve": "1", "pick-sessions": "theirs"}).status_code
        == 302
    )
    assert written(made.sessions.get().held_on) == later


def test_a_draft_survives_and_is_dropped_when_saved(province, words, hoa):
    sent = class_entry(hoa, words, title="Lớp đang gõ")
    keep = {**sent, "_draft_form": "classes.trainingclass:new", "_draft_url": NEW}
    assert hoa.client.post(reverse("draft"), keep).status_code == 200
    page = hoa.client.get(NEW)
    assert page.context["form"]["title"].value() == "Lớp đang gõ"
    assert page.context["formsets"]["sessions"].forms[0]["held_on"].value() == written(today())
    assert hoa.client.post(NEW, sent).status_code == 302
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("starts_on", "31/02/2026"),
        ("starts_on", "01/01/1999"),
        ("capacity", "0"),
        ("topic", "999999"),
        ("unit", "999999"),
        ("mode", "by post"),
    ],
)
def test_bad_input_is_named_at_its_field(province, words, hoa, field, value):
    sent = class_entry(hoa, words)
    answer = hoa.client.post(NEW, {**sent, field: value})
    assert answer.status_code == 422
    assert field in problems(answer)
    assert "data-errors" in answer.content.decode()
    assert not TrainingClass.unscoped.exists()


def test_a_place_outside_the_own_territory_is_refused(province, words, hoa):
    sent = class_entry(hoa, words)
    answer = hoa.client.post(NEW, {**sent, "place": province.khom_mot.pk})
    assert "place" in problems(answer)


def test_a_former_unit_is_refused_and_its_successor_named(province, words, hoa):
    old = plant(
        province.an_hoa, "hamlet", "ap", "30958-09", "Ấp Cũ", valid_to=today() - timedelta(days=9)
    )
    UnitSuccession.unscoped.create(
        predecessor=old, successor=province.hoa_ut, effective_on=today(), extent="whole"
    )
    sent = class_entry(hoa, words)
    answer = hoa.client.post(NEW, {**sent, "place": old.pk})
    assert "Ấp Hoà Út" in str(problems(answer)["place"])


def test_sessions_are_laid_out_from_a_start(province, words, hoa):
    sent = class_entry(hoa, words) | {"starts_on": "05/03/2026"}
    sent.pop("sessions-0-held_on")
    answer = hoa.client.post(
        NEW,
        {
            **sent,
            "lay_out": "1",
            "lay_out_count": "5",
            "lay_out_every": "7",
            "lay_out_time": "18:30",
        },
    )
    rows = answer.context["formsets"]["sessions"].forms
    days = [row["held_on"].value() for row in rows]
    assert days == ["05/03/2026", "12/03/2026", "19/03/2026", "26/03/2026", "02/04/2026"]
    assert rows[4]["starts_at"].value() == "18:30"
    assert not TrainingClass.unscoped.exists()


def test_a_held_session_is_not_removed_from_the_schedule(province, words, hoa):
    made = new_class(hoa, words)
    ClassSession.unscoped.update(status="held")
    url = reverse("classes:edit", args=[made.pk])
    answer = hoa.client.post(url, entry(hoa.client, url, **{"sessions-0-DELETE": "on"}))
    assert answer.status_code == 422
    assert made.sessions.count() == 1


def test_a_class_is_duplicated_without_its_sessions(province, words, hoa, bao):
    made = new_class(hoa, words, venue="Chùa Xà Tón")
    page = hoa.client.get(f"{NEW}?copy={made.pk}")
    assert page.context["form"]["venue"].value() == "Chùa Xà Tón"
    assert page.context["form"]["title"].value() == made.title
    assert page.context["formsets"]["sessions"].initial_form_count() == 0
    assert bao.client.get(f"{NEW}?copy={made.pk}").status_code == 404


def test_cancelling_needs_a_reason_and_can_be_undone(province, words, hoa):
    made = new_class(hoa, words)
    url = reverse("classes:cancel", args=[made.pk])
    assert hoa.client.post(url, {"reason": " "}).status_code == 422
    answer = hoa.client.post(url, {"reason": "Mưa lũ"}, follow=True)
    made.refresh_from_db()
    assert (made.is_cancelled, made.cancelled_reason) == (True, "Mưa lũ")
    undo = reverse("classes:restore", args=[made.pk])
    assert undo in answer.content.decode()
    hoa.client.post(undo)
    made.refresh_from_db()
    assert not made.is_cancelled
    actions = ChangeEntry.objects.filter(model="classes.trainingclass").order_by("pk")
    assert [e.action for e in actions] == ["created", "cancelled", "restored"]


def test_a_session_is_cancelled_and_restored(province, words, hoa):
    made = new_class(hoa, words)
    for name, status in (("cancel_session", "cancelled"), ("restore_session", "planned")):
        hoa.client.post(reverse(f"classes:{name}", args=[made.pk, 1]))
        assert made.sessions.get().status == status


# --- the list -----------------------------------------------------------------------------------


def test_the_list_costs_as_much_for_twelve_classes_as_for_two(province, words, hoa):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number in (2, 10):
        for _time in range(number):
            new_class(hoa, words)
        hoa.client.get("/classes/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            hoa.client.get("/classes/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_list_is_narrowed_by_its_address(province, words, hoa):
    past, ahead = written(today() - timedelta(days=5)), written(today() + timedelta(days=5))
    missing = new_class(hoa, words, title="Thiếu điểm danh", **{"sessions-0-held_on": past})
    planned = new_class(hoa, words, title="Sắp tới", **{"sessions-0-held_on": ahead})
    ended = new_class(hoa, words, title="Đã xong", counting="headcount")
    ended.sessions.update(status="held")
    new_class(hoa, words, title="Đang học", counting="headcount", **{"sessions-1-held_on": ahead})
    running = TrainingClass.unscoped.latest("pk")
    running.sessions.filter(number=1).update(status="held")

    def titles(query):
        page = hoa.client.get(f"/classes/?{query}")
        return {row.title for row in page.context["page"]}

    assert titles("status=missing") == {missing.title}
    assert titles("status=planned") == {planned.title}
    assert titles("status=ended") == {ended.title}
    assert titles("status=in_progress") == {running.title}
    assert titles("status=no_roster") == {missing.title, planned.title}
    assert titles("q=thieu+diem") == {missing.title}
    assert titles(f"q={planned.code}") == {planned.title}
    assert titles("q=khong+co") == set()
    assert titles(f"unit={province.hoa_ut.pk}") == set()
    assert len(titles(f"unit={province.an_hoa.pk}")) == 4
    page = hoa.client.get("/classes/?colour=red&status=missing")
    assert page.context["unknown_keys"] == ["colour"]
    assert page.context["tabs"][0]["count"] == 4


def test_the_workbook_holds_the_filter_with_real_dates_and_text_codes(province, words, hoa):
    made = new_class(hoa, words)
    new_class(hoa, words, title="Lớp khác")
    answer = hoa.client.get("/classes/?format=xlsx&q=vneid+va+dich")
    assert answer.status_code == 200
    sheet = load_workbook(BytesIO(answer.content)).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    found = [row for row in rows if made.code in row]
    assert len(found) == 1
    assert not any("Lớp khác" in row for row in rows)
    assert any(getattr(cell, "date", lambda: None)() == made.starts_on for cell in found[0] if cell)
