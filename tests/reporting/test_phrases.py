"""Sentences from figures: what is refused, how numbers read, when nothing is said, what is kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils import translation

from campaign.periods import Kind, Period
from reporting.phrases import (
    Answer,
    Frame,
    Frozen,
    Item,
    Kept,
    Of,
    Phrase,
    in_text,
    lost_from,
    render,
)
from reporting.phrases.language import parse
from reporting.phrases.narrative import DEFAULTS, SECTIONS, drafts
from reporting.phrases.render import asks_of, lines_of
from reporting.phrases.slots import understood
from reporting.phrases.told import Known

PERIOD = Period.of(Kind.MONTH, 2025, 9)
HERE = Frame(12, "Xã An Hoà", "commune", "commune", PERIOD, "owner", date(2025, 10, 1))
PROVINCE = Frame(1, "Tỉnh An Giang", "province", "province", PERIOD, "owner", date(2025, 10, 1))


def numbers(source: str, frame: Frame = HERE, **known: Any) -> Frozen:
    """Answers to what a template asks: by the code of the question, by code and period before."""
    kept = {}
    for ask in asks_of([source], frame):
        name = ask.code + ("_before" if ask.period == frame.before else "")
        name = "bound" if ask.of is Of.BOUND else name
        if (value := known.get(name)) is not None:
            kept[ask.key] = (value if isinstance(value, Answer) else Answer(value)).frozen()
    return Frozen(kept)


def say(source: str, language: str = "vi", frame: Frame = HERE, **known: Any) -> str:
    """The sentence a template becomes; '' when there is nothing to say."""
    told = render([source], frame, numbers(source, frame, **known), language)
    return told[0].text if told else ""


def units(**values: int | None) -> Answer:
    """Units beneath by name and figure."""
    names = {name: f"Xã {name.replace('_', ' ').title()}" for name in values}
    return Answer(
        items=tuple(
            Item(str(at), {"vi": names[name]}, value, f"/dashboard/unit/{at}/")
            for at, (name, value) in enumerate(values.items(), start=20)
        )
    )


# --- Refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("Đã mở {clases} lớp", ("{clases}", "“classes”")),
        ("{attendances|of:audiense=pupils}", ("audiense", "“audience”")),
        ("{attendances|ovr}", ("“ovr”", "“over”")),
        ("{top:attendance:5}", ("attendance", "“attendances”")),
        ("{shares:attendances:sexx}", ("sexx", "“sex”")),
        ("{teams|cumulative}", ("{teams|cumulative}",)),
        ("{classes|as_of}", ("{classes|as_of}",)),
        ("{teams|as_of:31/31/2026}", ("31/31/2026",)),
        ("{classes|moved:last_yeer}", ("“last_year”",)),
        ("{top:attendances:99}", ("99", "20")),
        ("{period|over}", ("over",)),
        ("{missing_units:classes:comune}", ("comune", "“commune”")),
        ("{write:}", ("{write:…}",)),
        ("{classes", ("{classes",)),
        ("[không có số]", ("không có số",)),
        ("thừa ] ngoặc", ("thừa ]",)),
        ("{classes.__class__}", ("{classes.__class__}",)),
        ("a || b || c", ("||",)),
    ],
)
def test_a_bad_template_is_refused_by_name_with_what_was_probably_meant(source, names):
    with pytest.raises(ValidationError) as refusal:
        understood(source)
    message = " ".join(refusal.value.messages)
    assert [name for name in names if name not in message] == []


def test_nothing_in_a_template_is_evaluated():
    source = "{{% load %}} %(x)s <script>{{{{7*7}}}} [[mục 1]]{classes}"
    assert say(source, classes=2) == "{% load %} %(x)s <script>{{7*7}} [mục 1]2"


def test_every_phrase_of_the_portal_is_understood_in_both_languages():
    for one in DEFAULTS:
        for language in ("vi", "en"):
            template, _slots = understood(one.texts[language])
            names = {place.name for place in template.placeholders()}
            other = {place.name for place in parse(one.texts["en"]).placeholders()}
            assert names == other or one.code in {"opening"}, one.code
        assert one.section in (*SECTIONS, "brief")
        assert set(one.levels) <= {"commune", "department", "province"}
    assert len({one.code for one in DEFAULTS}) == len(DEFAULTS)


# --- Numbers in words -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "is_bound", "vi", "en"),
    [
        (52_000, 0, "52.000", "52,000"),
        (52_000, 1, "hơn 52.000", "over 52,000"),
        (52_345, 0, "hơn 52.000", "over 52,000"),
        (100, 1, "hơn 100", "over 100"),
        (104, 0, "hơn 100", "over 100"),
        (87, 0, "87", "87"),
        (7_991, 0, "hơn 7.900", "over 7,900"),
        (1_234_567, 0, "hơn 1.200.000", "over 1,200,000"),
    ],
)
def test_over_rounds_down_to_two_digits_and_respects_at_least(value, is_bound, vi, en):
    known = {"attendances": value, "bound": is_bound}
    assert say("có {attendances|over} lượt", **known) == f"Có {vi} lượt"
    assert say("were {attendances|over}", "en", **known) == f"Were {en}"


def test_about_says_nearly_just_below_a_step():
    assert say("Có {team_members|about}", team_members=7_991) == "Có gần 8.000"
    assert say("Có {team_members|about}", team_members=7_950) == "Có hơn 7.900"
    assert say("Có {team_members|over:1000}", team_members=7_991) == "Có hơn 7.000"


def test_rates_and_formats_follow_the_language():
    rate = Answer(None, 853, 1000)
    assert say("{roster_share}", roster_share=rate) == "85,3%"
    assert say("{roster_share}", "en", roster_share=rate) == "85.3%"
    assert say("{documents_online}", documents_online=Answer(7, 7, 7)) == "100%"
    assert say("{documents_online}", documents_online=Answer(1999, 1999, 2000)) == "99,9%"


def test_english_has_a_singular():
    source = "{classes|words:class was held/classes were held}"
    assert say(source, "en", classes=1) == "1 class was held"
    assert say(source, "en", classes=1234) == "1,234 classes were held"


def test_a_change_is_told_against_the_period_before():
    source = "Có {classes} lớp[, {classes|moved} so với {previous_period}]."
    assert say(source, classes=30, classes_before=20) == "Có 30 lớp, tăng 50% so với tháng 8/2025."
    assert say(source, classes=15, classes_before=20) == "Có 15 lớp, giảm 25% so với tháng 8/2025."
    assert say(source, classes=20, classes_before=20).endswith(
        "không thay đổi so với tháng 8/2025."
    )
    assert say(source, classes=30) == "Có 30 lớp."
    assert say(source, classes=30, classes_before=0) == "Có 30 lớp."


def test_while_a_period_runs_it_is_compared_with_as_many_days():
    running = Frame(12, "Xã An Hoà", "commune", "commune", PERIOD, "owner", date(2025, 8, 20))
    assert running.before.code == "2025-07-15..2025-07-20"
    assert running.cutoff == date(2025, 8, 20)
    assert HERE.before.code == "2025-M08"


def test_cumulative_runs_from_the_start_of_the_year_and_is_a_whole_period_where_there_is_one():
    assert HERE.cumulative.code == "2025-9M"
    october = Frame(12, "", "commune", "commune", Period.of(Kind.MONTH, 2025, 10), "owner", HERE.on)
    assert october.cumulative.code == "2024-12-15..2025-10-14"
    december = Frame(12, "", "commune", "commune", Period.of(Kind.YEAR, 2025), "owner", HERE.on)
    assert december.cumulative.code == "2025"


# --- Nothing and zero -------------------------------------------------------------------------

CLASSES = "Đã mở {classes} lớp với {attendances} lượt. || Trong kỳ chưa {none} lớp nào."


def test_no_data_and_zero_are_said_apart_and_never_as_an_invented_0():
    assert say(CLASSES, classes=0, attendances=0) == "Trong kỳ chưa phát sinh lớp nào."
    assert say(CLASSES) == "Trong kỳ chưa ghi nhận lớp nào."
    assert say(CLASSES, classes=3) == "Đã mở 3 lớp với (chưa có số liệu) lượt."
    assert say(CLASSES, classes=3, attendances=0) == "Đã mở 3 lớp với 0 lượt."


def test_a_sentence_with_nothing_to_say_is_left_out():
    assert say("Đã mở {classes} lớp.") == ""
    assert say("[Có {models} mô hình.]", models=0) == ""
    assert say("Ở {unit}[ có {models} mô hình].") == "Ở xã An Hoà."


def test_all_communes_are_only_praised_when_they_are_known():
    source = "Còn {missing_units} xã. || Cả {active_units} xã đều có lớp."
    both = units(an_hoa=3, binh_minh=1)
    assert say(source, frame=PROVINCE, classes_and_support=both) == "Cả 2 xã đều có lớp."
    assert say(source, frame=PROVINCE) == ""
    one = units(an_hoa=3, binh_minh=None)
    assert say(source, frame=PROVINCE, classes_and_support=one) == "Còn 1 xã."


# --- Lists ------------------------------------------------------------------------------------


def test_units_are_listed_by_their_figure_with_links():
    known = units(an_hoa=30, binh_minh=None, hoa_tao=1200, my_duc=7)
    source = "{top:attendances:2}; {missing_units:attendances|names:5}; {bottom:attendances:1}"
    assert (
        say(source, frame=PROVINCE, attendances=known)
        == "Xã Hoa Tao (1.200) và xã An Hoa (30); xã Binh Minh; xã My Duc (7)"
    )
    found = render([source], PROVINCE, numbers(source, PROVINCE, attendances=known), "vi")[0]
    first = found.numbers[0]
    assert (first.unit, first.value, first.period) == (22, Decimal(1200), "2025-M09")
    assert "unit=22" in first.url
    assert "/dashboard/rows/attendances/" in first.url


def test_more_names_than_wanted_are_counted():
    known = units(a=0, b=0, c=0, d=5)
    source = "{missing_units:classes|names:2}"
    assert say(source, frame=PROVINCE, classes=known) == "Xã A, xã B và 1 đơn vị khác"


def test_the_largest_rise_and_fall_name_both_numbers():
    known = {
        "attendances": units(a=30, b=150, c=None), "attendances_before": units(a=80, b=30, c=9),
    }  # fmt: skip
    assert say("{rise:attendances}", frame=PROVINCE, **known) == "Xã B (từ 30 lên 150)"
    assert say("{fall:attendances}", frame=PROVINCE, **known) == "Xã A (từ 80 xuống 30)"
    assert say("{rise:attendances}", frame=PROVINCE, attendances=units(a=3)) == ""


def test_the_largest_change_and_the_audiences_are_drawn_from_figures():
    told = say("{largest_change}", attendances=110, attendances_before=100, models=6,
               models_before=4)  # fmt: skip
    assert told == "Mô hình điển hình đang duy trì tăng 50% (từ 4 lên 6)"
    parts = Answer(
        items=(
            Item("7", {"vi": "Học sinh", "en": "Pupils", "code": "pupils"}, 600),
            Item("8", {"vi": "Người dân", "en": "Residents", "code": "residents"}, 300),
            Item("", {"vi": ""}, 100),
        )
    )
    shares = "gồm {shares:attendances:audience:3}"
    assert say(shares, attendances=parts) == "Gồm học sinh 60% và người dân 30%"
    assert say("{shares:attendances}", "en", attendances=parts) == "Pupils 60% and residents 30%"


# --- Where numbers come from ------------------------------------------------------------------


def test_a_number_knows_its_figure_its_exact_value_and_its_rows():
    source = "{attendances|of:audience=pupils|over}"
    number = render([source], HERE, numbers(source, attendances=52_345), "vi")[0].numbers[0]
    assert (number.text, number.value) == ("Hơn 52.000", Decimal(52_345))
    assert (number.code, number.unit, number.period) == ("attendances", 12, "2025-M09")
    assert number.where == {"audience": "pupils"}
    assert "unit=12&period=2025-M09&axis=owner&audience=pupils" in number.url


def test_a_frozen_report_says_the_same_whatever_happens_to_the_records():
    source = CLASSES + " "
    live = Kept(numbers(source, classes=3, attendances=50))
    before = render([source], HERE, live, "vi")
    kept, frame = live.frozen(), HERE.frozen()
    after = render([source], Frame.thawed(frame), Frozen(kept), "vi")
    assert after == before
    assert render([source], HERE, Frozen(kept), "en")[0].numbers == before[0].numbers
    assert Phrase.read(before[0].kept(), before[0].code) == before[0]


def test_edited_text_keeps_the_numbers_that_were_not_touched():
    source = "Đã mở {classes} lớp với {attendances} lượt; {sessions} buổi."
    draft = render([source], HERE, numbers(source, classes=12, attendances=1200, sessions=12), "vi")
    edited = "Trong kỳ, xã đã mở 12 lớp học với 1.500 lượt; 12 buổi. Thêm 12 ghế."
    marked = in_text(edited, draft)
    assert marked.text == edited
    assert [number.code for number in marked.numbers] == ["classes", "sessions"]
    assert [number.code for number in lost_from(edited, draft)] == ["attendances"]
    assert in_text("Hoàn toàn khác, có 12.", draft).numbers == []


# --- Drafts -----------------------------------------------------------------------------------


def test_a_draft_of_nothing_invents_nothing():
    for frame in (HERE, PROVINCE):
        told = drafts(frame, Frozen({}), "vi")
        assert list(told) == list(SECTIONS)
        text = " ".join(phrase.text for phrases in told.values() for phrase in phrases)
        assert "chưa ghi nhận" in text
        assert "(chưa có số liệu)" not in text
        assert not [number for phrases in told.values() for p in phrases for number in p.numbers]
        assert any(phrase.is_prompt for phrase in told["V"])


def test_the_phrases_of_a_template_replace_those_of_the_portal():
    own = "Số lớp: {classes}.\n\nBuổi: {sessions}."
    assert lines_of(own) == ["Số lớp: {classes}.", "Buổi: {sessions}."]
    source = numbers("{classes}{sessions}", classes=2, sessions=5)
    told = drafts(HERE, source, "vi", {"II": own, "V": ""})
    assert [phrase.text for phrase in told["II"]] == ["Số lớp: 2.", "Buổi: 5."]
    assert told["V"][0].code == "proposals"
    assert Known.ZERO > Known.NOTHING_RECORDED


def test_a_page_shows_numbers_as_links_and_nothing_unescaped():
    source = "<b>{attendances|over}</b> {write:Nêu <i>lý do</i>}"
    phrase = render([source], HERE, numbers(source, attendances=52_345), "vi")[0]
    with translation.override("vi"):
        page = render_to_string("components/phrase.html", {"phrase": phrase})
    assert "&lt;b&gt;" in page
    assert 'title="52.345"' in page
    assert ">hơn 52.000</a>" in page
    assert "<mark>[Nêu &lt;i&gt;lý do&lt;/i&gt;]</mark>" in page


def test_a_cumulative_number_that_says_nothing_new_is_left_out_of_its_part():
    year = Frame(12, "", "commune", "commune", Period.of(Kind.YEAR, 2025), "owner", HERE.on)
    source = "{classes} lớp[, lũy kế {classes|cumulative}]"
    assert say(source, classes=5, frame=year) == "5 lớp"
    assert say("Lũy kế {classes|cumulative}", classes=5, frame=year) == "Lũy kế 5"
