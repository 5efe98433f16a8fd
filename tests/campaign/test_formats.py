"""Dates are read and written with the day first, in both languages; stock Django does not."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.test import override_settings
from django.utils import formats, translation

LANGUAGES = ("vi", "en")


class DateForm(forms.Form):
    """One date, as every form of the portal asks for it."""

    on = forms.DateField()


def read(text: str) -> date | None:
    form = DateForm({"on": text})
    return form.cleaned_data["on"] if form.is_valid() else None


@pytest.fixture(params=LANGUAGES)
def language(request):
    formats.reset_format_cache()
    with translation.override(request.param):
        yield request.param
    formats.reset_format_cache()


def test_the_fifth_of_june_is_the_fifth_of_june(language):
    assert read("05/06/2026") == date(2026, 6, 5)


@pytest.mark.parametrize("stock", ["vi", "en"])
def test_stock_django_reads_it_as_the_sixth_of_may(stock):
    """The control: without our formats module the same text names another day."""
    formats.reset_format_cache()
    try:
        with override_settings(FORMAT_MODULE_PATH=None), translation.override(stock):
            assert read("05/06/2026") == date(2026, 5, 6)
            assert read("25/12/2026") is None
    finally:
        formats.reset_format_cache()


@pytest.mark.parametrize(
    "typed", ["25/12/2026", "25-12-2026", "25.12.2026", "25/12/26", "25122026", "2026-12-25"]
)
def test_every_usual_way_to_write_a_day_is_read_as_that_day(language, typed):
    assert read(typed) == date(2026, 12, 25)


@pytest.mark.parametrize("typed", ["12/25/2026", "31/02/2026", "32/01/2026", "2026"])
def test_what_is_no_day_with_the_day_first_is_refused(language, typed):
    assert read(typed) is None


def test_every_day_of_a_year_written_is_read_back(language):
    for ordinal in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal()):
        day = date.fromordinal(ordinal)
        assert read(formats.date_format(day, "SHORT_DATE_FORMAT")) == day
        assert read(formats.localize_input(day)) == day


def test_a_day_and_a_moment_are_written_day_first(language):
    assert formats.date_format(date(2026, 6, 5), "DATE_FORMAT") == "05/06/2026"
    moment = datetime(2026, 6, 5, 14, 7)
    assert formats.date_format(moment, "DATETIME_FORMAT") == "14:07 05/06/2026"


@pytest.mark.parametrize(
    ("code", "whole", "part"), [("vi", "1.583.911", "83,1"), ("en", "1,583,911", "83.1")]
)
def test_numbers_are_grouped_as_the_language_does(code, whole, part):
    formats.reset_format_cache()
    with translation.override(code):
        assert formats.number_format(1_583_911, use_l10n=True, force_grouping=True) == whole
        assert formats.number_format(Decimal("83.1"), use_l10n=True) == part
