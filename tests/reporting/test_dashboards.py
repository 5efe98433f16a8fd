"""The same number on the dashboard, in the workbook, in the API, and in its rows."""

from __future__ import annotations

import io
import re
from datetime import date
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import translation
from rest_framework.authtoken.models import Token

from campaign.models import Audience, Topic
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from reporting.indicators import BY_CODE
from units.models import Unit, UnitProfile

pytestmark = pytest.mark.django_db

QUARTER = "2026-Q3"
IN_QUARTER = date(2026, 8, 3)
BEFORE = date(2026, 5, 4)


def hold(
    unit: Unit, place: Unit | None, day: date, people: int, words: SimpleNamespace, **more: Any
) -> TrainingClass:
    """A class of one held session with so many people counted."""
    held = TrainingClass(
        unit=unit, place=place, code=f"C{TrainingClass.unscoped.count() + 1:04}",
        title=more.pop("title", "Kỹ năng số"), topic=words.vneid,
        audience=more.pop("audience", words.elderly), starts_on=day, **more,
    )  # fmt: skip
    held.clean()
    held.save()
    session = ClassSession.objects.create(
        training_class=held, number=1, held_on=day, status=ClassSession.Status.HELD
    )
    if people:
        SessionHeadcount.objects.create(session=session, people=people, sex="f")
    return held


@pytest.fixture
def summer(province: SimpleNamespace, words: SimpleNamespace) -> SimpleNamespace:
    """A quarter of work: Hoa's commune, the department in it, and a quiet commune beside."""
    own = hold(province.hoa_ut, province.hoa_ut, IN_QUARTER, 30, words, title="Ở ấp Hoà Út")
    by_department = hold(province.education, province.an_hoa, IN_QUARTER, 12, words)
    hold(province.an_hoa, province.an_hoa, BEFORE, 50, words)
    listed = hold(province.an_hoa, province.hoa_tao, IN_QUARTER, 3, words, counting="both")
    for name in ("Danh Sà Quyên", "Nguyễn Văn Ân"):
        person = Participant(unit=province.an_hoa, full_name=name, birth_year=1956, sex="m")
        person.clean()
        person.save()
        enrolment = Enrolment.objects.create(training_class=listed, participant=person)
        Attendance.objects.create(session=listed.sessions.get(), enrolment=enrolment)
    UnitProfile.objects.create(unit=province.an_hoa, year=2026, population=10_000, elderly=1_000)
    UnitProfile.objects.create(unit=province.root, year=2026, population=50_000, elderly=4_000)
    return SimpleNamespace(own=own, by_department=by_department, listed=listed)


def address(unit: Unit, **query: str) -> str:
    name = "dashboard_of" if unit.level == Unit.Level.PROVINCE else "unit_dashboard"
    asked = "&".join(f"{key}={value}" for key, value in {"period": QUARTER, **query}.items())
    return f"{reverse(name, args=[unit.pk])}?{asked}"


def sheet(response: Any, name: str) -> dict[str, list[Any]]:
    """The rows of one sheet of a workbook, by the unit's name."""
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    return {row[1].value: [cell.value for cell in row] for row in book[name].iter_rows()}


def api(person: SimpleNamespace, **query: Any) -> Any:
    """Ask the API with the person's own token."""
    token, _created = Token.objects.get_or_create(user=person.user)
    return person.client.get(
        reverse("api_figures"), query, headers={"authorization": f"Token {token.key}"}
    )


def in_vietnamese(code: str) -> str:
    """What an indicator is called on the screen."""
    with translation.override("vi"):
        return str(BY_CODE[code].label)


def test_the_dashboard_the_workbook_and_the_api_tell_the_same_sum(summer, province, lan):
    page = lan.client.get(address(province.root))
    assert page.status_code == 200
    assert ">47<" in page.content.decode()  # 30 + 12 + 3 counted + 2 on the roster
    answer = api(
        lan, indicator="attendances", unit=province.root.pk, period=QUARTER, axis="place",
        by="children",
    ).json()  # fmt: skip
    values = {row["unit"]: row["value"] for row in answer["figures"]}
    assert values == {province.an_hoa.pk: 47, province.binh_minh.pk: None}
    rows = sheet(lan.client.get(address(province.root, format="xlsx")), "Theo đơn vị")
    header = next(row for row in rows.values() if row[0] == "Mã")
    assert rows["Xã An Hoà"][header.index(in_vietnamese("attendances"))] == 47


def test_a_commune_that_recorded_nothing_shows_a_dash_and_an_empty_cell(summer, province, lan):
    body = lan.client.get(address(province.root, show="all")).content.decode()
    row = body[body.index(">Phường Bình Minh<") :].split("</tr>")[0]
    assert ">–<" in row
    assert ">0<" not in row
    rows = sheet(lan.client.get(address(province.root, format="xlsx")), "Theo đơn vị")
    assert rows["Phường Bình Minh"][5] is None


def test_units_beneath_and_the_rest_add_up_to_the_whole(summer, province, lan, words):
    hold(province.science, None, IN_QUARTER, 9, words)  # of the province, in no commune
    rows = sheet(lan.client.get(address(province.root, format="xlsx")), "Theo đơn vị")
    header = next(row for row in rows.values() if row[0] == "Mã")
    column = header.index(in_vietnamese("attendances"))
    assert rows["Không thuộc riêng đơn vị nào"][column] == 9
    body = lan.client.get(address(province.root)).content.decode()
    assert "Không thuộc riêng đơn vị nào" in body
    assert ">56<" in body


def test_the_rows_behind_a_number_add_up_to_it(summer, province, lan):
    response = lan.client.get(
        reverse("rows", args=["attendances"]),
        {"unit": province.root.pk, "period": QUARTER, "axis": "place"},
    )
    assert response.context["found"].total == response.context["found"].amount == 47
    amounts = [row[-1]["text"] for row in response.context["rows"]]
    assert sorted(map(int, amounts)) == [5, 12, 30]


def test_a_commune_page_tells_own_work_from_the_work_of_others_here(summer, province, hoa):
    body = hoa.client.get(address(province.an_hoa))
    assert body.status_code == 200
    rows = {row["label"]: row for row in own_and_others(body, province.an_hoa, hoa)}
    attendances = rows[in_vietnamese("attendances")]
    assert (attendances["own"], attendances["others"], attendances["total"]) == ("35", "12", "47")


def own_and_others(_response: Any, unit: Unit, person: SimpleNamespace) -> list[dict[str, Any]]:
    from django.http import QueryDict

    from reporting import dashboards
    from reporting.lens import Lens

    lens = Lens.of(unit, QueryDict(f"period={QUARTER}"), person.access)
    with translation.override("vi"):
        return dashboards.own_and_others(lens, ("attendances",))


def test_a_department_sees_its_own_figures_and_not_those_of_a_commune(summer, province, minh):
    body = minh.client.get(address(province.education)).content.decode()
    assert ">12<" in body
    assert minh.client.get(address(province.an_hoa)).status_code == 404


def test_an_outsider_gets_the_page_of_another_commune_as_if_it_were_missing(summer, province, bao):
    foreign = bao.client.get(reverse("unit_dashboard", args=[province.an_hoa.pk]))
    missing = bao.client.get("/dashboard/unit/999999/")
    assert foreign.status_code == missing.status_code == 404
    assert bare(foreign) == bare(missing)


def bare(response: Any) -> str:
    """A page without what differs between any two visits: tokens, and the address it was asked at."""
    text = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
    return text.replace(response.request["PATH_INFO"], "").replace(address_query(response), "")


def address_query(response: Any) -> str:
    return "?" + response.request["QUERY_STRING"]


def test_a_cached_body_is_not_shown_to_somebody_with_another_scope(summer, province, lan, hoa):
    cache.clear()
    lan.client.get(address(province.an_hoa))
    theirs = lan.client.get(address(province.an_hoa)).content.decode()
    own = hoa.client.get(address(province.an_hoa)).content.decode()
    assert "Thêm lớp" in own
    assert "Thêm lớp" not in theirs


def test_a_change_is_on_the_dashboard_at_once(summer, province, lan, words):
    assert ">47<" in lan.client.get(address(province.root)).content.decode()
    hold(province.an_hoa, province.an_hoa, IN_QUARTER, 53, words)
    assert ">100<" in lan.client.get(address(province.root)).content.decode()


def test_an_audience_narrows_every_figure_that_is_kept_by_audience(summer, province, lan, words):
    traders = Audience.objects.get(code="traders")
    hold(province.an_hoa, province.an_hoa, IN_QUARTER, 7, words, audience=traders)
    body = lan.client.get(address(province.root, audience="traders")).content.decode()
    assert ">7<" in body
    assert ">54<" not in body


@pytest.mark.parametrize(
    "query", [{"period": "2026-Q9"}, {"axis": "sideways"}, {"audience": "nobody"}, {"show": "x"}]
)
def test_an_address_that_means_nothing_is_not_a_page(summer, province, lan, query):
    assert lan.client.get(address(province.root, **query)).status_code == 404


def test_the_fourteenth_and_fifteenth_of_december_are_in_different_years(province, lan, words):
    hold(province.an_hoa, province.an_hoa, date(2025, 12, 14), 5, words)
    hold(province.an_hoa, province.an_hoa, date(2025, 12, 15), 9, words)
    for period, expected in (("2025", 5), ("2026", 9)):
        answer = api(lan, indicator="attendances", unit=province.root.pk, period=period).json()
        assert answer["figures"][0]["value"] == expected


@pytest.mark.parametrize("code", ["attendances", "people", "teams", "roster_share", "activities"])
def test_every_indicator_opens_to_its_units_and_its_rows(summer, province, lan, code):
    query = {"unit": province.root.pk, "period": QUARTER}
    for name in ("indicator", "rows"):
        assert lan.client.get(reverse(name, args=[code]), query).status_code == 200
        export = lan.client.get(reverse(name, args=[code]), query | {"format": "xlsx"})
        assert openpyxl.load_workbook(io.BytesIO(export.content))


def test_the_api_refuses_what_it_does_not_know(summer, province, lan, hoa):
    assert (
        api(lan, indicator="attendances", unit=province.root.pk, unit__path="x").status_code == 400
    )
    assert api(lan, indicator="nonsense", unit=province.root.pk).status_code == 400
    assert api(hoa, indicator="attendances", unit=province.root.pk).status_code == 404
    assert lan.client.get("/api/units/").status_code == 200


def test_a_province_page_costs_as_many_queries_for_many_communes_as_for_few(
    summer, province, lan, django_assert_max_num_queries
):
    lan.client.get(address(province.root))
    cache.clear()
    with django_assert_max_num_queries(80) as few:
        lan.client.get(address(province.root))
    for number in range(12):
        Unit.plant(
            parent=province.root, level="commune", kind="commune", name=f"Xã Thêm {number}",
            code=f"8{number:04}", code_system="QD19/2025", valid_from=date(2025, 7, 1),
        )  # fmt: skip
    cache.clear()
    with django_assert_max_num_queries(len(few.captured_queries)):
        lan.client.get(address(province.root))


def test_topics_named_by_the_province_are_offered_in_both_languages(words):
    assert Topic.objects.get(code="vneid").name
