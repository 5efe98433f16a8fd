"""Many classes changed at once: by the rules of the form, once, in scope, and back again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaign.models import BulkChange, ChangeEntry
from campaign.periods import today
from classes.models import TrainingClass
from classes.services import cancel_class
from tests.classes.entry import new_class, written
from units.models import CommunityTeam

pytestmark = pytest.mark.django_db
LIST = "/classes/"


def post(person, act, records=(), address=LIST, **answers):
    """What the bar above a list, or the page after it, sends."""
    picked = [record.pk for record in records]
    return person.client.post(address, {"act": act, "pick": picked, **answers})


def preview(person, act, records=(), address=LIST, **answers):
    answer = post(person, act, records, address, step="preview", **answers)
    assert answer.status_code == 200, answer.context["form"].errors
    return answer


def confirm(person, shown, address=LIST, **changes):
    """Agree to what a preview shows."""
    context = shown.context
    sent = {name: [] for name, _value in context["answers"]}
    for name, value in context["answers"]:
        sent[name].append(value)
    sent |= {
        "row": [f"{plan['id']}:{plan['version']}" for plan in context["plans"]],
        "act": context["act"].key,
        "step": "do",
        "submission": context["submission"],
    }
    return person.client.post(address, sent | changes)


def fresh(*records):
    return [TrainingClass.unscoped.get(pk=record.pk) for record in records]


def entries(record):
    return list(ChangeEntry.objects.filter(model="classes.trainingclass", record_id=record.pk))


@pytest.fixture
def three(province, words, hoa):
    return [
        new_class(hoa, words, title=f"Lớp {name}", venue=venue, capacity=20, trainers="Tổ số")
        for name, venue in (("một", "Chợ"), ("hai", "Chùa"), ("ba", ""))
    ]


def test_blank_leaves_a_value_and_clearing_takes_it_away(hoa, three):
    one, two, third = three
    asked = post(hoa, "edit", three)
    assert asked.status_code == 200
    assert not asked.context["is_ready"]
    shown = preview(hoa, "edit", three, **{"set-venue": "Nhà văn hoá", "set-clear": "capacity"})
    assert [len(plan["lines"]) for plan in shown.context["plans"]] == [2, 2, 2]
    assert fresh(one)[0].venue == "Chợ"
    assert confirm(hoa, shown).url == LIST
    for record in fresh(one, two, third):
        assert (record.venue, record.capacity, record.trainers) == ("Nhà văn hoá", None, "Tổ số")
        assert record.version == 2
        assert "nha van hoa" in record.search_key
        last = entries(record)[0]
        assert (last.door, last.by, last.action) == ("bulk", hoa.user, "changed")
        assert set(last.changes) == {"venue", "capacity"}
    again = preview(hoa, "edit", three, **{"set-venue": "Nhà văn hoá"})
    assert (again.context["plans"], again.context["same"]) == ([], 3)


def test_one_undo_puts_every_row_back(hoa, bao, three):
    shown = preview(hoa, "assign", three, **{"set-trainers": "Danh Tú"})
    confirm(hoa, shown)
    done = BulkChange.objects.get()
    undo = f"/bulk/{done.key}/undo/"
    page = hoa.client.get(LIST)
    assert undo in page.content.decode()
    assert bao.client.post(undo).status_code == 404
    assert hoa.client.get(f"/bulk/{done.key}/").status_code == 200
    hoa.client.post(undo)
    assert {record.trainers for record in fresh(*three)} == {"Tổ số"}
    assert [entry.door for entry in entries(three[0])][:2] == ["bulk", "bulk"]
    hoa.client.post(undo)
    assert fresh(three[0])[0].version == 3


def test_undo_is_refused_as_a_whole_when_a_row_was_edited_since(hoa, nga, three):
    confirm(hoa, preview(hoa, "edit", three, **{"set-venue": "Trường"}))
    record = fresh(three[1])[0]
    cancel_class(record.pk, reason="Mưa", access=hoa.access)
    done = BulkChange.objects.get()
    answer = hoa.client.post(f"/bulk/{done.key}/undo/")
    assert answer.status_code == 409
    assert [line["id"] for line in answer.context["since"]] == [record.pk]
    assert "Nguyễn Thị Hoa" in answer.context["since"][0]["why"]
    assert {r.venue for r in fresh(*three)} == {"Trường"}


def test_undo_is_possible_for_a_day(hoa, three):
    confirm(hoa, preview(hoa, "edit", three, **{"set-venue": "Trường"}))
    BulkChange.objects.update(at=timezone.now() - timedelta(hours=25))
    done = BulkChange.objects.get()
    hoa.client.post(f"/bulk/{done.key}/undo/")
    assert {record.venue for record in fresh(*three)} == {"Trường"}


def test_a_row_that_changed_since_the_preview_is_refused_and_listed(hoa, three):
    shown = preview(hoa, "edit", three, **{"set-venue": "Trường"})
    cancel_class(three[0].pk, reason="Mưa", access=hoa.access)
    answer = confirm(hoa, shown)
    done = BulkChange.objects.get()
    assert answer.url == f"/bulk/{done.key}/"
    assert [line["id"] for line in done.refused] == [three[0].pk]
    assert [record.venue for record in fresh(*three)] == ["Chợ", "Trường", "Trường"]
    only = preview(hoa, "edit", three[1:2], **{"set-venue": "Đình"})
    cancel_class(three[1].pk, reason="Mưa", access=hoa.access)
    answer = confirm(hoa, only)
    assert answer.status_code == 409
    assert len(answer.context["refused"]) == 1
    assert BulkChange.objects.count() == 1


def test_a_confirmation_sent_twice_is_one_act(hoa, three):
    shown = preview(hoa, "edit", three, **{"set-venue": "Trường"})
    assert [confirm(hoa, shown).status_code for _time in range(2)] == [302, 302]
    assert BulkChange.objects.count() == 1
    assert fresh(three[0])[0].version == 2


def test_rows_of_others_are_refused_by_name_and_unseen_ones_are_not_there(
    province, words, hoa, minh, bao, three
):
    here = new_class(minh, words, title="Lớp của sở", place=province.hoa_ut.pk)
    hidden = new_class(bao, words, title="Lớp giấu kín")
    chosen = [three[0], here, hidden]
    shown = preview(hoa, "edit", chosen, **{"set-venue": "Trường"})
    assert [plan["id"] for plan in shown.context["plans"]] == [three[0].pk]
    assert [line["id"] for line in shown.context["refused"]] == [here.pk]
    assert province.education.name in shown.context["refused"][0]["why"]
    assert shown.context["missing"] == 1
    assert "Lớp giấu kín" not in shown.content.decode()
    rows = [f"{record.pk}:1" for record in chosen]
    confirm(hoa, shown, row=rows)
    venues = [record.venue for record in fresh(*chosen)]
    assert (venues[0], venues[1] == "Trường", venues[2] == "Trường") == ("Trường", False, False)


def test_everything_of_the_filter_is_chosen_on_the_server(words, hoa, three):
    new_class(hoa, words, title="Lớp trực tuyến", mode="online", venue="Mạng")
    address = f"{LIST}?mode=in_person&size=15"
    shown = preview(hoa, "edit", address=address, all="1", **{"set-venue": "Trường"})
    assert (shown.context["asked"], len(shown.context["plans"])) == (3, 3)
    confirm(hoa, shown, address)
    assert TrainingClass.unscoped.filter(venue="Trường").count() == 3


def test_the_rules_of_the_form_hold_and_name_the_field(hoa, three):
    answer = post(hoa, "edit", three, step="preview", **{"set-capacity": "mười"})
    assert answer.status_code == 422
    shown = preview(hoa, "edit", three, **{"set-capacity": "500000"})
    assert shown.context["plans"] == []
    assert len(shown.context["refused"]) == 3
    for answers in ({}, {"set-venue": "x", "set-clear": "venue"}):
        assert post(hoa, "edit", three, step="preview", **answers).status_code == 422


def test_answers_are_weighed_against_what_each_row_keeps(province, words, hoa, three):
    team = CommunityTeam(
        unit=province.an_hoa, name="Tổ cũ", founded_on=today() - timedelta(days=90)
    )
    team.ended_on = today()
    team.clean()
    team.save()
    early = new_class(
        hoa, words, title="Lớp trước đó", starts_on=written(today() - timedelta(days=10))
    )
    shown = preview(hoa, "assign", [*three, early], **{"set-team": team.pk})
    assert [plan["id"] for plan in shown.context["plans"]] == [early.pk]
    assert len(shown.context["refused"]) == 3
    confirm(hoa, shown)
    assert fresh(early)[0].team == team
    hoa.client.post(f"/bulk/{BulkChange.objects.get().key}/undo/")
    assert fresh(early)[0].team is None


def test_a_preview_costs_no_more_for_many_rows(words, hoa, three):
    def cost(records):
        with CaptureQueriesContext(connection) as queries:
            preview(hoa, "edit", records, **{"set-venue": "Trường"})
        return len(queries)

    few = cost(three)
    more = [new_class(hoa, words, title=f"Lớp số {number}") for number in range(9)]
    assert cost([*three, *more]) == few


def test_classes_are_cancelled_with_one_reason_and_restored_by_undo(hoa, three):
    cancel_class(three[2].pk, reason="Trước đó", access=hoa.access)
    assert post(hoa, "cancel", three, step="preview").status_code == 422
    shown = preview(hoa, "cancel", three, reason="Bão số 5")
    assert [line["id"] for line in shown.context["refused"]] == [three[2].pk]
    confirm(hoa, shown)
    assert [r.cancelled_reason for r in fresh(*three)] == ["Bão số 5", "Bão số 5", "Trước đó"]
    assert entries(three[0])[0].door == "bulk"
    hoa.client.post(f"/bulk/{BulkChange.objects.get().key}/undo/")
    assert [r.is_cancelled for r in fresh(*three)] == [False, False, True]


def test_readers_export_and_print_and_change_nothing(lan, hoa, three):
    exported = post(lan, "export", three[:2])
    assert exported["Content-Type"].endswith("sheet")
    printed = post(lan, "print", three[:2])
    assert [r.pk for r in printed.context["page"]] == [three[1].pk, three[0].pk]
    assert post(lan, "edit", three).status_code == 404
    assert post(lan, "cancel", three, step="preview", reason="x").status_code == 404
    assert b'value="edit"' not in lan.client.get(LIST).content
    assert post(hoa, "edit").status_code == 302


def test_more_rows_than_can_be_checked_at_once_are_refused(hoa, three, monkeypatch):
    monkeypatch.setattr("campaign.portal.lists.together.MOST", 2)
    assert post(hoa, "edit", three).url == LIST
    assert TrainingClass.unscoped.filter(version=1).count() == 3
