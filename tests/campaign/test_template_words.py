"""The words templates use: figures, addresses, icons, fields."""

from datetime import date
from types import SimpleNamespace

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from campaign.portal import icons
from campaign.templatetags import portal


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        (1583911, "1.583.911", "1,583,911"),
        (None, "–", "–"),
        (0, "0", "0"),
        (-1200, "−1.200", "−1,200"),
        ("", "–", "–"),
    ],
)
def test_a_count_is_written_as_people_write_it(value, vi, en):
    with translation.override("vi"):
        assert portal.num(value) == vi
    with translation.override("en"):
        assert portal.num(value) == en


def test_almost_all_is_never_written_as_all():
    with translation.override("vi"):
        assert portal.pct(99.97) == "99,9%"
        assert portal.pct(83.14) == "83,1%"
        assert portal.pct(100) == "100,0%"


def test_no_percentage_is_said_in_words():
    with translation.override("en"):
        assert portal.pct(None) == "n/a"


def test_a_difference_carries_its_sign_and_nothing_carries_none():
    with translation.override("vi"):
        assert [portal.delta(v) for v in (4.3, -3.3, 0, 0.01, None)] == [
            "+4,3",
            "−3,3",
            "0,0",
            "0,0",
            "–",
        ]


def test_a_persons_letters_are_the_first_of_the_first_and_last_name():
    assert portal.initials("Nguyễn Văn Phước") == "NP"
    assert portal.initials("Lan") == "L"
    assert portal.initials(None) == ""


def test_a_short_day_names_the_weekday():
    with translation.override("en"):
        assert portal.dayshort(date(2026, 1, 14)) == "Wed 14/01"


def address(path, **changes):
    return portal.query({"request": RequestFactory().get(path)}, **changes)


def test_an_address_keeps_one_order_and_drops_what_is_empty():
    assert address("/?status=late&q=an&kind=", sort="name") == "?q=an&status=late&sort=name"


def test_changing_a_filter_goes_back_to_the_first_page():
    assert address("/?page=4&unit=1&unit=2", status="held") == "?unit=1&unit=2&status=held"
    assert address("/?unit=1&page=4", page=5) == "?unit=1&page=5"
    assert address("/?q=a", q=None) == "?"


def test_an_icon_nobody_drew_is_refused():
    with pytest.raises(icons.UnknownIcon):
        Template('{% icon "no-such-picture" %}').render(Context())


def test_every_everyday_icon_name_leads_to_a_drawing():
    assert set(icons.ALIASES.values()) <= icons.known()


def test_a_tag_has_a_colour_an_icon_and_an_escaped_word():
    html = Template('{% tag "err" word %}').render(Context({"word": "<b>Late</b>"}))
    assert "t-err" in html
    assert "<use href=" in html
    assert "&lt;b&gt;Late" in html
    with pytest.raises(ValueError, match="A tag is one of"):
        portal.tag("red", "Late")


class LessonForm(forms.Form):
    title = forms.CharField(label="Title", help_text="As on the invitation.")
    held_on = forms.DateField(label="Day", required=False)
    mode = forms.ChoiceField(label="Mode", choices=[("a", "A")], widget=forms.RadioSelect)


def rendered(text, **context):
    with translation.override("en"):
        return Template(text).render(Context(context))


def test_a_field_ties_label_hint_and_error_to_its_control():
    html = rendered("{% field form.title %}", form=LessonForm({}))
    assert 'for="id_title"' in html
    assert 'aria-describedby="id_title-hint id_title-error"' in html
    assert 'id="id_title-hint"' in html
    assert 'id="id_title-error"' in html
    assert 'aria-invalid="true"' in html


def test_only_what_may_be_left_out_is_marked():
    assert "(optional)" not in rendered("{% field form.title %}", form=LessonForm())
    assert "(optional)" in rendered("{% field form.held_on %}", form=LessonForm())


def test_a_date_is_typed_as_text_with_the_day_first():
    html = rendered("{% field form.held_on %}", form=LessonForm())
    assert 'type="text"' in html
    assert 'placeholder="dd/mm/yyyy"' in html


def test_several_boxes_stand_under_a_legend():
    assert "<legend>" in rendered("{% field form.mode %}", form=LessonForm())


def test_the_summary_leads_to_every_field_in_trouble():
    html = rendered("{% error_summary form %}", form=LessonForm({}))
    assert 'role="alert"' in html
    assert 'href="#id_title"' in html
    assert 'href="#id_mode"' in html
    assert rendered("{% error_summary form %}", form=LessonForm()).strip() == ""


def test_every_link_of_the_summary_has_a_place_to_land():
    form = LessonForm({})
    html = rendered("{% field form.title %}{% field form.mode %}", form=form)
    assert 'id="id_title"' in html
    assert 'id="id_mode"' in html


def test_pages_keep_the_filter():
    request = RequestFactory().get("/?status=late")
    page = Paginator(range(312), 50).page(3)
    html = rendered("{% pager page %}", page=page, request=request)
    assert "?status=late&amp;page=2" in html
    assert "101–150 of 312" in html


def test_an_undo_address_must_be_on_this_site():
    assert portal.undo_url(SimpleNamespace(extra_tags="undo:/classes/1/restore/")) == (
        "/classes/1/restore/"
    )
    assert portal.undo_url(SimpleNamespace(extra_tags="undo://elsewhere/")) == ""
    assert portal.undo_url(SimpleNamespace(extra_tags=None)) == ""
