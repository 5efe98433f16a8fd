"""Exemplary models and recognised solutions."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from activities.models import ExemplaryModel, ModelKind, Solution, SolutionField
from tests.activities.conftest import make_model, make_solution, without_token

MODELS, SOLUTIONS = reverse("activities:models"), reverse("activities:solutions")


@pytest.fixture(autouse=True)
def _words(types):
    """Kinds and fields are there."""


def typed_model(unit, **more):
    return {
        "name": "Gia đình số ấp Hoà Út", "unit": unit.pk, "place": unit.pk,
        "kind": ModelKind.objects.get(code="digital_family").pk, "started_on": "01/03/2026", **more,
    }  # fmt: skip


def test_a_model_is_added_and_changed(hoa, province):
    answer = hoa.client.post(reverse("activities:model_new"), typed_model(province.hoa_ut))
    model = ExemplaryModel.unscoped.get()
    assert answer.url == model.get_absolute_url()
    edit = reverse("activities:model_edit", args=[model.pk])
    hoa.client.post(edit, typed_model(province.hoa_ut, name="Tên mới", version="1"))
    model.refresh_from_db()
    assert (model.name, model.version) == ("Tên mới", 2)


def test_a_model_is_recognised_after_it_started(hoa, province):
    sent = typed_model(province.an_hoa, recognised_on="01/02/2026")
    answer = hoa.client.post(reverse("activities:model_new"), sent)
    assert set(answer.context["form"].errors) == {"recognised_on"}


def test_a_model_ends_on_a_day_and_may_be_kept_up_again(hoa, province):
    model = make_model(province.an_hoa)
    end = reverse("activities:model_end", args=[model.pk])
    assert hoa.client.post(end, {"ended_on": "01/02/2026", "reason": "Đã dừng"}).status_code == 422
    hoa.client.post(end, {"ended_on": "01/09/2026", "reason": "Chợ đã di dời"})
    model.refresh_from_db()
    assert model.ended_on == date(2026, 9, 1)
    assert [m.pk for m in hoa.client.get(MODELS, {"status": "ended"}).context["page"]] == [model.pk]
    hoa.client.post(reverse("activities:model_resume", args=[model.pk]))
    model.refresh_from_db()
    assert model.ended_on is None


def test_the_totals_count_what_is_kept_up_today(hoa, province):
    make_model(province.an_hoa, "Một")
    make_model(province.an_hoa, "Hai", ended_on=date(2026, 5, 1))
    cancelled = make_model(province.an_hoa, "Ba")
    hoa.client.post(
        reverse("activities:model_cancel", args=[cancelled.pk]), {"reason": "Nhập nhầm"}
    )
    assert [n for _l, n in hoa.client.get(MODELS).context["totals"]] == [2, 1]
    hoa.client.post(reverse("activities:model_restore", args=[cancelled.pk]))
    assert [n for _l, n in hoa.client.get(MODELS).context["totals"]] == [3, 2]


def test_solutions_count_their_fields_once(minh, province):
    for name, field in (("Một", "education"), ("Hai", "education"), ("Ba", "land")):
        make_solution(province.education, name, field, uses_it=name != "Ba")
    page = minh.client.get(SOLUTIONS)
    assert [n for _l, n in page.context["totals"]] == [3, 2, 2]
    one = minh.client.get(SOLUTIONS, {"field": SolutionField.objects.get(code="land").pk})
    assert [s.name for s in one.context["page"]] == ["Ba"]


def test_a_solution_is_added_and_never_before_its_decision(minh, province):
    sent = {
        "name": "Sổ điểm số", "unit": province.education.pk, "uses_it": "on",
        "field": SolutionField.objects.get(code="education").pk, "recognised_on": "20/05/2099",
    }  # fmt: skip
    new = reverse("activities:solution_new")
    assert minh.client.post(new, sent).status_code == 422
    assert minh.client.post(new, sent | {"recognised_on": "20/05/2026"}).status_code == 302
    assert Solution.unscoped.get().uses_it


@pytest.mark.parametrize("address", [MODELS, SOLUTIONS])
def test_lists_export_what_they_show(hoa, province, address):
    make_model(province.an_hoa, "Chợ số")
    make_solution(province.an_hoa, "Giải pháp", "land")
    answer = hoa.client.get(address, {"format": "xlsx"})
    values = [
        c.value for row in load_workbook(io.BytesIO(answer.content)).worksheets[0] for c in row
    ]
    assert {"Chợ số", "Giải pháp"} & set(values)


@pytest.mark.parametrize("address", [MODELS, SOLUTIONS])
def test_a_list_costs_as_much_for_twelve_as_for_two(hoa, province, address):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert hoa.client.get(address).status_code == 200
        return len(queries)

    def add(count):
        for number in range(count):
            make_model(province.hoa_ut, f"Mô hình {number}")
            make_solution(province.an_hoa, f"Giải pháp {number}", "land")

    add(2)
    cost()
    two = cost()
    add(10)
    assert cost() == two


def test_outsiders_and_leaders_change_nothing(bao, lan, province):
    model = make_model(province.an_hoa)
    solution = make_solution(province.an_hoa, "Giải pháp", "land")
    for name, record in (
        ("model_edit", model), ("model_end", model), ("model_cancel", model),
        ("model_resume", model), ("model_restore", model),
        ("solution_edit", solution), ("solution_cancel", solution), ("solution_restore", solution),
    ):  # fmt: skip
        address = reverse(f"activities:{name}", args=[record.pk])
        for person in (bao, lan):
            sent = {"reason": "Không có lý do", "name": "x"}
            assert person.client.post(address, sent).status_code == 404, name
    assert lan.client.get(model.get_absolute_url()).status_code == 200
    address = model.get_absolute_url()
    foreign = bao.client.get(address)
    model.delete()
    missing = bao.client.get(address)
    assert foreign.status_code == 404
    assert without_token(foreign) == without_token(missing)
