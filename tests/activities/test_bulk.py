"""Activities of several types, models and solutions changed together."""

import pytest

from activities.models import Activity, Solution
from campaign.models import Audience, BulkChange
from tests.activities.conftest import make_activity, make_solution
from tests.classes.test_bulk import confirm, post, preview

pytestmark = pytest.mark.django_db
LIST = "/activities/"


def test_activities_of_every_type_get_audiences_and_give_them_back(hoa, province, types, talk):
    visit = next(kind for kind in types.values() if kind.counts_as == "home_visit")
    round_ = make_activity(province.an_hoa, visit, "Đi từng ngõ", households_visited=9)
    contest = make_activity(province.an_hoa, types["contest"], "Hội thi")
    elderly, first = Audience.objects.get(code="elderly"), Audience.objects.first()
    contest.audiences.set([first])
    chosen = [talk, round_, contest]
    answers = {"set-audiences": elderly.pk, "set-venue": "Nhà văn hoá", "set-clear": "note"}
    shown = preview(hoa, "edit", chosen, LIST, **answers)
    assert [len(plan["lines"]) for plan in shown.context["plans"]] == [2, 2, 2]
    confirm(hoa, shown, LIST)
    for one in Activity.unscoped.all():
        assert (list(one.audiences.all()), one.venue, one.version) == ([elderly], "Nhà văn hoá", 2)
    assert Activity.unscoped.get(pk=round_.pk).households_visited == 9
    hoa.client.post(f"/bulk/{BulkChange.objects.get().key}/undo/")
    assert list(contest.audiences.all()) == [first]
    assert {one.venue for one in Activity.unscoped.all()} == {""}


def test_activities_are_called_off_together_and_count_again(hoa, province, types, talk):
    shown = preview(hoa, "cancel", [talk], LIST, reason="Nhập trùng")
    confirm(hoa, shown, LIST)
    assert Activity.unscoped.get().cancelled_reason == "Nhập trùng"
    hoa.client.post(f"/bulk/{BulkChange.objects.get().key}/undo/")
    assert Activity.unscoped.get().cancelled_at is None


def test_solutions_get_the_number_of_their_decision(minh, province, types):
    made = [make_solution(province.education, f"Giải pháp {n}", "education") for n in range(3)]
    address = "/activities/solutions/"
    shown = preview(minh, "edit", made, address, **{"set-decision_number": "12/QĐ-SGDĐT"})
    confirm(minh, shown, address)
    assert set(Solution.unscoped.values_list("decision_number", flat=True)) == {"12/QĐ-SGDĐT"}
    assert post(minh, "assign", made, address).status_code == 404
