"""Choosing a unit: a short list to pick from, or a box that understands names and codes."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

from campaign.portal.forms import ScopedForm
from tests.conftest import plant
from units import fields
from units.fields import UnitChoiceField, UnitInput
from units.models import Unit


class PlaceForm(ScopedForm):
    place = UnitChoiceField(scope="places", levels=("commune", "hamlet"), required=False)


@pytest.fixture
def typed(monkeypatch):
    monkeypatch.setattr(fields, "SHORT_LIST", 1)


def test_a_short_list_is_picked_from(province, hoa):
    form = PlaceForm(access=hoa.access)
    assert isinstance(form.fields["place"].widget, forms.Select)
    html = str(form["place"])
    assert "Ấp Hoà Út · An Hoà" in html
    assert "Khóm Một" not in html


def test_a_long_list_is_typed_into(province, hoa, typed):
    form = PlaceForm(access=hoa.access)
    assert isinstance(form.fields["place"].widget, UnitInput)
    assert 'name="place_text"' in str(form["place"])
    assert "Hoà Út" not in str(form["place"])


@pytest.mark.parametrize(
    "text", ["Ấp Hoà Út", "ap hoa ut", "hoa ut", "30958-01", "Ấp Hoà Út · An Hoà", " ẤP  HÒA ÚT "]
)
def test_what_is_typed_becomes_the_unit(province, hoa, typed, text):
    form = PlaceForm({"place": "", "place_text": text}, access=hoa.access)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["place"] == province.hoa_ut


def test_an_id_alone_is_enough(province, hoa, typed):
    form = PlaceForm({"place": str(province.hoa_ut.pk)}, access=hoa.access)
    assert form.is_valid()
    assert form.cleaned_data["place"] == province.hoa_ut
    assert 'value="Ấp Hoà Út · An Hoà"' in str(form["place"])


def test_the_text_wins_over_an_id_it_no_longer_names(province, hoa, typed):
    sent = {"place": str(province.hoa_ut.pk), "place_text": "Hoà Tạo"}
    form = PlaceForm(sent, access=hoa.access)
    assert form.is_valid()
    assert form.cleaned_data["place"] == province.hoa_tao


def test_candidates_are_named_when_several_fit(province, hoa, typed):
    form = PlaceForm({"place": "", "place_text": "hoa"}, access=hoa.access)
    assert not form.is_valid()
    assert "Ấp Hoà Tạo · An Hoà (30958-02)" in form.errors["place"][0]
    assert 'value="hoa"' in str(form["place"])


@pytest.mark.parametrize("text", ["Khóm Một", "30952-01", "Bình Minh"])
def test_units_of_others_cannot_be_typed(province, hoa, typed, text):
    form = PlaceForm({"place": "", "place_text": text}, access=hoa.access)
    assert not form.is_valid()


@pytest.mark.parametrize("is_long", [False, True])
def test_units_of_others_cannot_be_picked(province, hoa, monkeypatch, is_long):
    monkeypatch.setattr(fields, "SHORT_LIST", 1 if is_long else 200)
    form = PlaceForm({"place": str(province.khom_mot.pk)}, access=hoa.access)
    assert not form.is_valid()


def test_a_unit_a_record_has_stays_choosable_after_it_ended(province, hoa):
    Unit.unscoped.filter(pk=province.hoa_ut.pk).update(valid_to="2025-08-01")
    field = UnitChoiceField(scope="places", levels=("hamlet",))
    field.use(hoa.access)
    with pytest.raises(ValidationError):
        field.clean(str(province.hoa_ut.pk))
    field = UnitChoiceField(scope="places", levels=("hamlet",))
    field.current = province.hoa_ut.pk
    field.use(hoa.access)
    assert field.clean(str(province.hoa_ut.pk)) == province.hoa_ut
    assert field.clean(str(province.hoa_tao.pk)) == province.hoa_tao


def test_many_boxes_read_the_list_once(province, hoa, django_assert_num_queries):
    with django_assert_num_queries(1):
        for _number in range(5):
            str(PlaceForm(access=hoa.access)["place"])


def test_suggestions_are_in_scope_and_few(province, hoa, bao):
    for number in range(30):
        plant(province.an_hoa, "hamlet", "ap", f"30958-x{number}", f"Ấp Hoà Số {number}")
    answer = hoa.client.get("/units/suggest/", {"q": "hoa", "scope": "places", "level": "hamlet"})
    results = answer.json()["results"]
    assert len(results) == 20
    assert {row["parent"] for row in results} == {"Xã An Hoà"}
    answer = bao.client.get("/units/suggest/", {"q": "hoa ut", "scope": "places"})
    assert answer.json() == {"results": []}
    answer = bao.client.get("/units/suggest/", {"q": "hoa ut", "scope": "listed"})
    assert answer.json() == {"results": []}
    answer = bao.client.get("/units/suggest/", {"q": "an hoa", "scope": "listed"})
    assert [row["code"] for row in answer.json()["results"]] == ["30958"]


def test_a_strange_scope_or_level_is_not_found(hoa):
    assert hoa.client.get("/units/suggest/?scope=all").status_code == 404
    assert hoa.client.get("/units/suggest/?level=galaxy").status_code == 404
