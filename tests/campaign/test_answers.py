"""What people type is read as they mean it, or refused with the remedy; for every form alike."""

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation

from campaign.portal.answers import read_plainly


def read(field, text):
    read_plainly(field)
    with translation.override("vi"):
        try:
            return field.clean(text)
        except ValidationError as error:
            return error.messages[0]


@pytest.mark.parametrize("text", ["1200", "1.200", "1,200", "1 200", " 1\u00a0200 "])
def test_a_thousand_is_a_thousand_however_it_is_grouped(text):
    assert read(forms.IntegerField(), text) == 1200


@pytest.mark.parametrize("text", ["1.20", "1,5", "12a", "1.000,000", "²"])
def test_a_whole_number_is_never_guessed(text):
    assert read(forms.IntegerField(), text).startswith("Nhập số nguyên, ví dụ")


def test_a_number_nobody_can_mean_is_refused():
    assert read(forms.IntegerField(), "999999999999") == "Nhập số không quá 9.999.999."


def test_a_number_box_takes_dots():
    field = forms.IntegerField(min_value=0)
    read_plainly(field)
    assert 'type="text"' in field.widget.render("people", 3)


def test_decimals_are_grouped_as_people_write_them():
    assert str(read(forms.DecimalField(), "1.200,5")) == "1200.5"


@pytest.mark.parametrize("text", ["1,5", "1.5"])
def test_decimals_have_a_comma_or_a_point(text):
    assert str(read(forms.DecimalField(), text)) == "1.5"


def test_a_day_the_calendar_does_not_have_is_named():
    assert read(forms.DateField(), "31/02/2026") == "Ngày 31/02/2026 không có thật."
    assert read(forms.DateField(), "hôm qua") == "Nhập ngày, tháng, năm, ví dụ 05/03/2026."
    with translation.override("vi"):
        assert read(forms.DateField(), "05/06/2026").month == 6


def test_words_a_form_chose_itself_stay():
    field = forms.IntegerField(error_messages={"invalid": "own words"})
    read_plainly(field)
    assert field.error_messages["invalid"] == "own words"
