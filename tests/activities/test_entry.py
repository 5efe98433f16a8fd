"""Recording an activity: its type's own fields, its people, its units."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import translation

from activities.models import Activity, ActivityHeadcount
from campaign.models import Audience, ChangeEntry, Draft
from tests.activities.conftest import make_activity, typed, without_token
from tests.conftest import plant
from units.models import CommunityTeam, UnitSuccession

NEW = reverse("activities:new")


def edit(activity):
    return reverse("activities:edit", args=[activity.pk])


def make_team(unit, name, **more):
    team = CommunityTeam(unit=unit, name=name, founded_on=date(2025, 8, 1), **more)
    team.clean()
    team.save()
    return team


def test_the_first_question_is_the_type(hoa, types):
    page = hoa.client.get(NEW).content.decode()
    for kind in types.values():
        assert f"?type={kind.code}" in page


def test_the_form_asks_what_the_type_asks_for(hoa, types):
    contest = hoa.client.get(NEW, {"type": "contest"}).content.decode()
    assert 'name="own_entries"' in contest
    assert 'name="households_visited"' not in contest
    round_page = hoa.client.get(NEW, {"type": "door_to_door"}).content.decode()
    assert 'name="households_visited"' in round_page
    assert 'name="own_entries"' not in round_page


def test_an_archived_type_is_not_offered(hoa, types):
    types["contest"].is_archived = True
    types["contest"].save()
    assert "?type=contest" not in hoa.client.get(NEW).content.decode()


def test_own_fields_are_required_and_checked_by_their_type(hoa, types, province):
    answer = hoa.client.post(NEW, typed(types["contest"], province.an_hoa, own_rounds="hai"))
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert set(errors) == {"own_entries", "own_rounds"}
    assert not Activity.unscoped.exists()


def test_own_fields_are_kept_and_shown_in_words(hoa, types, province):
    sent = typed(types["contest"], province.an_hoa, own_entries="1.250", own_format="stage")
    answer = hoa.client.post(NEW, sent)
    activity = Activity.unscoped.get()
    assert answer.url == activity.get_absolute_url()
    assert activity.extra == {"entries": 1250, "format": "stage"}
    with translation.override("en"):
        assert ("Form of the contest", "On stage") in activity.own_fields()
    assert "1.250" in hoa.client.get(answer.url).content.decode()


def test_a_column_the_type_asks_for_is_required(hoa, types, province):
    answer = hoa.client.post(NEW, typed(types["door_to_door"], province.an_hoa))
    assert set(answer.context["form"].errors) == {"households_visited"}
    wrong = typed(
        types["door_to_door"], province.an_hoa, households_visited="10", households_reached="12"
    )
    answer = hoa.client.post(NEW, wrong)
    assert set(answer.context["form"].errors) == {"households_reached"}


def test_another_type_keeps_what_was_typed(hoa, types, province):
    sent = typed(types["contest"], province.an_hoa, title="Giữ lại tên này")
    answer = hoa.client.post(NEW, {**sent, "change_type": "1", "next_type": types["broadcast"].pk})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Giữ lại tên này" in page
    assert 'name="own_medium"' in page
    assert not Activity.unscoped.exists()


def test_the_total_is_the_sum_of_the_cells_and_blank_means_unknown(hoa, types, province):
    elderly = Audience.objects.get(code="elderly")
    sent = typed(types["communication"], province.an_hoa)
    sent |= {
        "headcounts-0-audience": elderly.pk, "headcounts-0-sex": "f", "headcounts-0-people": "30",
        "headcounts-1-people": "1.012",
    }  # fmt: skip
    hoa.client.post(NEW, sent)
    activity = Activity.unscoped.get()
    cells = list(ActivityHeadcount.unscoped.filter(activity=activity).values_list("sex", "people"))
    assert cells == [("f", 30), ("", 1012)]
    page = hoa.client.get(activity.get_absolute_url())
    assert page.context["people"] == 1042


def test_only_a_total_may_be_entered_as_a_lower_bound(hoa, types, province):
    sent = typed(types["conference"], province.an_hoa, is_at_least="on")
    hoa.client.post(NEW, sent | {"headcounts-0-people": "100"})
    activity = Activity.unscoped.get()
    assert activity.is_at_least
    assert list(activity.headcounts.values_list("audience", "sex", "age_band", "people")) == [
        (None, "", "", 100)
    ]


def test_no_count_is_not_zero(hoa, types, province):
    hoa.client.post(NEW, typed(types["conference"], province.an_hoa))
    page = hoa.client.get(Activity.unscoped.get().get_absolute_url())
    assert page.context["people"] is None


def test_the_same_people_twice_are_named(hoa, types, province):
    sent = typed(types["conference"], province.an_hoa)
    answer = hoa.client.post(NEW, sent | {"headcounts-0-people": "5", "headcounts-1-people": "7"})
    assert answer.status_code == 422
    assert "people" in answer.context["headcounts"].errors[1]


def test_people_are_counted_only_once_it_has_taken_place(hoa, types, province):
    sent = typed(types["conference"], province.an_hoa, starts_on="05/10/2027")
    answer = hoa.client.post(NEW, sent | {"headcounts-0-people": "5"})
    assert answer.status_code == 422
    assert not Activity.unscoped.exists()
    assert hoa.client.post(NEW, sent).status_code in (302, 422)


def test_a_unit_that_no_longer_existed_is_refused_and_its_successor_named(hoa, types, province):
    former = plant(
        province.an_hoa, "commune", "commune", "30961", "Xã Cũ",
    )  # fmt: skip
    type(former).unscoped.filter(pk=former.pk).update(
        code_system="QD124/2004", valid_from=None, valid_to=date(2025, 6, 30)
    )
    UnitSuccession.unscoped.create(
        predecessor=former, successor=province.an_hoa, effective_on=date(2025, 7, 1), extent="whole"
    )
    answer = hoa.client.post(NEW, typed(types["conference"], former, place=""))
    errors = answer.context["form"].errors
    assert "Xã An Hoà" in errors["unit"][0]
    back_then = typed(types["conference"], former, place="", starts_on="05/06/2025")
    assert hoa.client.post(NEW, back_then).status_code == 302
    too_early = typed(types["conference"], province.an_hoa, place="", starts_on="05/06/2025")
    assert "Xã Cũ" in hoa.client.post(NEW, too_early).context["form"].errors["unit"][0]


def test_co_organisers_are_credited_and_never_added(hoa, types, province, hanh):
    sent = typed(types["conference"], province.an_hoa, co_organisers=[province.education.pk])
    hoa.client.post(NEW, sent | {"headcounts-0-people": "80"})
    activity = Activity.unscoped.get()
    assert list(activity.co_organisers.all()) == [province.education]
    listed = hanh.client.get(reverse("activities:list"))
    assert [number for _label, number in listed.context["totals"]][:2] == [1, 80]
    theirs = hanh.client.get(reverse("activities:list"), {"unit": province.education.pk})
    assert theirs.context["page"].paginator.count == 0


def test_a_foreign_hamlet_cannot_be_credited(hoa, types, province):
    sent = typed(types["conference"], province.an_hoa, co_organisers=[province.khom_mot.pk])
    answer = hoa.client.post(NEW, sent)
    assert "co_organisers" in answer.context["form"].errors


def test_all_active_teams_of_a_commune_are_trained_in_one_choice(hoa, types, province):
    one = make_team(province.hoa_ut, "Tổ ấp Hoà Út")
    two = make_team(province.hoa_tao, "Tổ ấp Hoà Tạo")
    make_team(province.hoa_tao, "Tổ đã thôi", ended_on=date(2026, 1, 1))
    make_team(province.khom_mot, "Tổ khóm Một")
    assert hoa.client.post(NEW, typed(types["team_training"], province.an_hoa)).status_code == 422
    sent = typed(types["team_training"], province.an_hoa, teams_of=[province.an_hoa.pk])
    assert hoa.client.post(NEW, sent).status_code == 302
    assert set(Activity.unscoped.get().teams_trained.all()) == {one, two}


def test_sending_the_form_twice_is_one_activity(hoa, types, province):
    sent = typed(types["conference"], province.an_hoa, submission=str(uuid4()))
    first, second = hoa.client.post(NEW, sent), hoa.client.post(NEW, sent)
    assert first.url == second.url
    assert Activity.unscoped.count() == 1


def test_duplicating_keeps_everything_but_the_day_and_the_people(hoa, types, province, talk):
    talk.co_organisers.add(province.education)
    page = hoa.client.get(NEW, {"copy": talk.pk})
    form = page.context["form"]
    assert form["title"].value() == talk.title
    assert form["co_organisers"].value() == [province.education.pk]
    assert not form["starts_on"].value()
    assert page.context["headcounts"].initial_form_count() == 0


def test_duplicating_the_last_is_ones_own_last(hoa, types, province):
    hoa.client.post(NEW, typed(types["conference"], province.an_hoa, title="Của tôi"))
    make_activity(province.an_hoa, types["conference"], "Của người khác")
    assert hoa.client.get(NEW, {"copy": "last"}).context["form"]["title"].value() == "Của tôi"


def test_a_foreign_activity_cannot_be_duplicated(bao, talk):
    assert bao.client.get(NEW, {"copy": talk.pk}).status_code == 404


def test_a_draft_comes_back_with_its_type(hoa, types, province):
    kept = typed(types["contest"], province.an_hoa, title="Đang gõ dở")
    hoa.client.post(
        reverse("draft"),
        {**kept, "_draft_form": "activities.activity:new", "_draft_url": NEW, "_draft_label": "x"},
    )
    page = hoa.client.get(NEW)
    assert "Đang gõ dở" in page.content.decode()
    assert 'name="own_entries"' in page.content.decode()
    assert page.context["form"]["submission"].value()
    hoa.client.post(NEW, kept | {"own_entries": "3"})
    assert not Draft.objects.exists()


def test_changes_of_different_fields_merge_and_of_the_same_conflict(hoa, son, types, province):
    activity = make_activity(province.an_hoa, types["contest"], "Hội thi", extra={"entries": 5})
    base = typed(types["contest"], province.an_hoa, title="Hội thi", own_entries="5", version="1")
    assert hoa.client.post(edit(activity), base | {"venue": "Hội trường"}).status_code == 302
    assert son.client.post(edit(activity), base | {"own_entries": "9"}).status_code == 302
    activity.refresh_from_db()
    assert (activity.venue, activity.extra) == ("Hội trường", {"entries": 9})
    clash = hoa.client.post(edit(activity), base | {"own_entries": "7"})
    assert clash.status_code == 409
    activity.refresh_from_db()
    assert activity.extra == {"entries": 9}


def test_editing_the_people_writes_the_history(hoa, talk):
    sent = typed(talk.type, talk.unit, title=talk.title, version="1")
    first, second = talk.headcounts.order_by("pk")
    sent |= {
        "headcounts-INITIAL_FORMS": "2", "headcounts-0-id": first.pk, "headcounts-0-sex": "f",
        "headcounts-0-people": "41", "headcounts-1-id": second.pk, "headcounts-1-people": "25",
        "headcounts-1-DELETE": "on",
    }  # fmt: skip
    assert hoa.client.post(edit(talk), sent).status_code == 302
    assert list(talk.headcounts.values_list("people", flat=True)) == [41]
    entry = ChangeEntry.objects.get(model="activities.activity", action="changed")
    assert "headcounts" in entry.changes


def test_a_cell_of_another_activity_cannot_be_moved_here(hoa, bao, types, province, talk):
    other = make_activity(province.binh_minh, types["communication"], "Của Bình Minh")
    cell = ActivityHeadcount.unscoped.create(activity=other, people=9)
    sent = typed(talk.type, talk.unit, title=talk.title, version="1")
    sent |= {
        "headcounts-INITIAL_FORMS": "1",
        "headcounts-0-id": cell.pk,
        "headcounts-0-people": "1",
    }
    hoa.client.post(edit(talk), sent)
    cell.refresh_from_db()
    assert (cell.people, cell.activity_id) == (9, other.pk)


@pytest.mark.parametrize("name", ["detail", "edit", "sites", "cancel"])
def test_an_outsider_meets_the_same_page_as_for_a_missing_activity(bao, talk, name):
    address = reverse(f"activities:{name}", args=[talk.pk])
    foreign = bao.client.get(address)
    talk.delete()
    missing = bao.client.get(address)
    assert foreign.status_code == missing.status_code == 404
    assert without_token(foreign) == without_token(missing)
