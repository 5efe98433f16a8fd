"""Long lists are read like short ones, only faster: the same values, no query for a row."""

from datetime import date

import pytest
from django.db import connection
from django.db.models import F
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, resolve, reverse

from campaign.portal import reading
from campaign.portal.lists import ListPage
from campaign.portal.reading import LEFT_OUT, looks_at, path_of, read_values
from classes.models import Participant
from tests.reporting.world import World


def opened(address, person):
    """A list as a person sees it, and its rows."""
    page = resolve(reverse(address)).func.view_class()
    request = RequestFactory().get(reverse(address))
    request.access, request.user = person.access, person.user
    return page, page.prepare(request)


def fill(world, province, count):
    for _ in range(count):
        world.session(world.training_class(unit=province.an_hoa), held_on=date(2026, 1, 5))
        world.activity(unit=province.an_hoa)


@pytest.mark.parametrize("address", ["classes:list", "activities:list"])
def test_every_column_shows_what_ordinary_records_show(province, hoa, address):
    fill(World(province), province, 8)
    page, queryset = opened(address, hoa)
    columns = page.file_columns
    ordinary = [[column.value(record) for column in columns] for record in queryset]
    assert len(ordinary) >= 8
    assert [list(row) for row in page.cells(queryset)] == ordinary


@pytest.mark.parametrize("address", ["classes:list", "activities:list"])
def test_a_longer_list_takes_no_more_queries(province, hoa, address):
    def queries():
        page, queryset = opened(address, hoa)
        with CaptureQueriesContext(connection) as caught:
            list(page.cells(queryset))
        return len(caught)

    world = World(province)
    fill(world, province, 2)
    queries()
    few = queries()
    fill(world, province, 10)
    assert queries() == few


def test_names_are_followed_as_the_column_follows_them(province, hoa, monkeypatch):
    monkeypatch.setattr(reading, "ROWS_AT_ONCE", 2)
    for number in range(5):
        Participant.unscoped.create(
            unit=province.an_hoa, hamlet=province.hoa_ut if number % 2 else None,
            full_name=f"Người {number}", sex="fm"[number % 2], birth_year=1950 + number,
        )  # fmt: skip
    rows = Participant.objects.within(hoa.access.people).order_by("full_name")
    rows = rows.annotate(twice=F("birth_year") * 2)
    plain = [
        lambda p: p.pk, lambda p: p.full_name, lambda p: p.get_sex_display(), lambda p: p.unit_id,
        lambda p: p.unit.name, lambda p: p.unit.parent.name, lambda p: p.unit.get_kind_display(),
        lambda p: p.twice, lambda p: p.minority,
    ]  # fmt: skip
    others = [
        lambda p: p.hamlet.name if p.hamlet else "-", lambda p: p.hamlet, lambda p: p.version,
        str, lambda p: f"{p.full_name}, {p.birth_year}", lambda p: p.hamlet is None,
        lambda p: p.get_absolute_url(),
    ]  # fmt: skip
    for columns in (plain, others, plain + others):
        expected = [tuple(column(person) for column in columns) for person in rows]
        assert [
            tuple(row) for row in read_values(rows.select_related("hamlet"), columns)
        ] == expected


def test_it_is_seen_what_a_column_looks_at():
    def commune(row):
        place = row.place
        return place.parent.name if place and place.level == "hamlet" else place.name

    assert looks_at(commune) == {"place"}
    assert looks_at(lambda p: p.hamlet.name if p.hamlet is not None else p.unit.name) == {
        "hamlet", "unit",
    }  # fmt: skip
    assert path_of(lambda p: p.unit.get_kind_display()) == ["unit", "get_kind_display", "()"]
    for used_otherwise in (
        str, lambda p: str(p.place) + repr(p), lambda p: p.place or p, lambda p: p.place == p,
        lambda p: [p.place for _ in "ab"],
    ):  # fmt: skip
        assert not looks_at(used_otherwise)
        assert not path_of(used_otherwise)


def test_related_rows_are_read_once(province, hoa, monkeypatch):
    monkeypatch.setattr(reading, "ROWS_AT_ONCE", 2)
    for number in range(5):
        Participant.unscoped.create(
            unit=province.an_hoa, hamlet=province.hoa_ut, full_name=f"Người {number}"
        )
    rows = Participant.objects.within(hoa.access.people).select_related("hamlet__parent")
    columns = [lambda p: p.hamlet.parent.name, lambda p: p.hamlet and p.hamlet.parent.code]
    with CaptureQueriesContext(connection) as caught:
        assert len(list(read_values(rows, columns))) == 5
    assert sum('FROM "units_unit"' in one["sql"] for one in caught) == 1


def test_a_list_read_in_another_way_is_read_all_the_same(province, hoa):
    Participant.unscoped.create(unit=province.an_hoa, full_name="Lê Bình", birth_year=1960)
    rows = Participant.objects.within(hoa.access.people).order_by()
    columns = [lambda p: p.full_name, lambda p: p.birth_year]
    for other in (rows.only("full_name"), rows.select_related(), rows.union(rows)):
        assert list(read_values(other, columns)) == [["Lê Bình", 1960]]


def test_no_column_of_any_list_reads_what_is_left_out():
    get_resolver().url_patterns  # noqa: B018  (imports every view)
    lists = ListPage.__subclasses__()
    assert len(lists) > 5
    for page in lists:
        for column in page.columns:
            named = set(column.value.__code__.co_names)
            assert not named & LEFT_OUT, f"{page.__name__}: {column.key}"
