"""Charts: what was not reported is a gap, what is zero is drawn, and names stay names."""

import math
import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.utils import translation

from campaign.portal import charts

NAUGHTY = '<script>alert("x")</script> & "Hoà"'


def elements(svg, css):
    root = ElementTree.fromstring(f"<div>{svg}</div>")
    return [e for e in root.iter() if css in e.get("class", "").split()]


def everything(values):
    rows = [{"label": f"{NAUGHTY} {i}", "value": value} for i, value in enumerate(values)]
    parts = [{"label": NAUGHTY, "value": value, "css": "1"} for value in values]
    labels = [f"{NAUGHTY} {i}" for i in range(len(values))]
    return [
        charts.sparkline(values, label=NAUGHTY),
        charts.bar(values[0] if values else None, 10, 5, label=NAUGHTY),
        charts.stack(parts, label=NAUGHTY),
        charts.line_chart(labels, values, values, title=NAUGHTY, markers=[(1, NAUGHTY)]),
        charts.line_chart(labels, values, previous=values, title=NAUGHTY, size="large"),
        charts.ranked_bars(rows, title=NAUGHTY, target=80),
        charts.split_bars([{"label": NAUGHTY, "parts": parts}], title=NAUGHTY),
        charts.gap_bars(rows, title=NAUGHTY, average=50),
    ]


@pytest.mark.parametrize(
    "values",
    [
        [],
        [None],
        [0],
        [7],
        [None, None, None],
        [0, 0, 0],
        [3, None, 5],
        [float("nan"), float("inf"), 2],
        ["", "n/a", "12"],
        [Decimal("0.001"), Decimal("0.002"), 0],
        [-5, 10, -1],
        [1_583_911, 1_906_610, 10**12],
    ],
)
def test_whatever_comes_in_is_drawn_as_sound_svg_without_nonsense_numbers(values):
    for svg in everything(values):
        ElementTree.fromstring(f"<div>{svg}</div>")
        attributes = re.findall(r'="([^"]*)"', svg)
        assert not any(re.search(r"\b(nan|inf|None)\b", text) for text in attributes)
        assert "style=" not in svg


def test_names_are_escaped_everywhere():
    for svg in everything([40, 60, 80]):
        assert "<script>" not in svg


def test_a_missing_value_breaks_the_line_and_is_not_a_zero():
    svg = charts.line_chart(["a", "b", "c", "d", "e"], [1, 2, None, 4, 5], title="t")
    line = elements(svg, "act")[0].get("d")
    assert line.count("M") == 2
    assert len(elements(svg, "dot")) == 2 * 4


def test_a_zero_is_a_point_on_the_ground():
    svg = charts.line_chart(["a", "b"], [0, 10], title="t")
    ground, dot = elements(svg, "g0")[0].get("y1"), elements(svg, "dot")[0].get("cy")
    assert dot == ground


def test_a_bar_of_nothing_has_only_its_track_and_a_bar_of_zero_shows_a_sliver():
    assert elements(charts.bar(None, 10), "v") == []
    assert float(elements(charts.bar(0, 10), "v")[0].get("width")) > 0


def test_a_bar_never_leaves_its_track():
    assert elements(charts.bar(250, 100), "v")[0].get("width") == "100%"
    assert float(elements(charts.bar(1, 100, 500), "g")[0].get("x").rstrip("%")) < 100


def test_a_bar_without_a_plan_to_divide_by_does_not_fail():
    assert elements(charts.bar(5, 0), "v")[0].get("width") == "0%"


def test_widths_use_a_point_whatever_the_language():
    with translation.override("vi"):
        assert 'width="33.3%"' in charts.bar(1, 3)


def test_figures_beside_bars_are_written_in_the_language_of_the_person():
    with translation.override("vi"):
        svg = charts.ranked_bars([{"label": "An Hoà", "value": 83.1}], title="t")
    assert "83,1%" in svg


def test_parts_of_a_stack_fill_the_whole_and_empty_parts_are_left_out():
    parts = [{"value": v, "label": "x", "css": "h1"} for v in (56, 21, None, 0, 23)]
    widths = [float(e.get("width").rstrip("%")) for e in elements(charts.stack(parts), "f-h1")]
    assert widths == [56, 21, 23]


def test_a_spark_needs_two_values_and_a_flat_one_is_level():
    assert charts.sparkline([None, 5]) == ""
    assert set(re.findall(r"[ML]\S+ (\S+?)(?=L|\")", charts.sparkline([5, 5, 5]))) == {"12"}


def test_a_chart_speaks_its_title():
    assert 'role="img" aria-label="Reached so far"' in charts.gap_bars(
        [], title="Reached so far", average=None
    )


def test_rows_with_links_can_be_reached_one_by_one():
    svg = charts.ranked_bars([{"label": "a", "value": 1, "url": "/x/"}], title="t")
    assert 'role="group"' in svg
    assert '<a href="/x/">' in svg


@pytest.mark.parametrize(
    ("value", "level", "text"),
    [
        (None, 0, "–"),
        (0, 1, "0"),
        (59.99, 1, "59"),
        (60, 2, "60"),
        (79.99, 2, "79"),
        (80, 3, "80"),
        (90, 4, "90"),
        (99.99, 4, "99"),
        (100, 5, "100"),
        (math.nan, 0, "–"),
    ],
)
def test_a_squares_number_never_contradicts_its_colour(value, level, text):
    cell = charts.Cell("An Hoà", "/units/1/", value)
    assert (cell.level, cell.text) == (level, text)


def test_a_square_says_who_it_is_and_what_is_missing():
    with translation.override("en"):
        words = charts.Cell("An Hoà", "/", 75.79, "not sent yet").words
        nothing = charts.Cell("An Hoà", "/", None).words
    assert words == "An Hoà: 75.7%, not sent yet"
    assert nothing == "An Hoà: no figures yet"


@pytest.mark.parametrize(
    ("most", "step"), [(0, 1), (3, 1), (7, 2), (1907, 500), (100, 25), (0.2, 0.05)]
)
def test_axes_count_in_steps_people_count_in(most, step):
    assert charts.round_step(most) == pytest.approx(step)
