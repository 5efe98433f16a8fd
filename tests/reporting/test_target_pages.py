"""Pages of targets: setting, sharing out, pasting, files that come back as they went."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaign.models import ChangeEntry, ImportLine
from campaign.periods import Kind, Period
from campaign.portal.imports import batches
from reporting.models import Target
from reporting.targets.rules import Basis
from tests.conftest import plant
from tests.imports.files import workbook
from tests.imports.test_round_trip import brought_back, counts, exported
from tests.reporting.test_dashboards import hold
from tests.reporting.test_targets import at_home as at_home
from tests.reporting.test_targets import target_for
from units.models import UnitProfile

LIST = "/reporting/targets/"
HEADINGS = ("Đơn vị", "Chỉ tiêu", "Năm", "Đối tượng", "KH giao", "ĐVT", "Số văn bản")


def test_setting_changing_and_taking_back(
    province: SimpleNamespace, hanh: Any, hoa: Any, lan: Any, bao: Any
) -> None:
    assert hanh.client.get(f"{LIST}new/").status_code == 200
    sent = {
        "unit": province.an_hoa.pk, "indicator": "attendances", "period": "2026",
        "basis": "number", "value": "10.000", "document_number": "12/KH-UBND",
        "document_date": "05/02/2026", "document_issuer": "UBND tỉnh", "note": "",
    }  # fmt: skip
    answer = hanh.client.post(f"{LIST}new/", sent)
    target = Target.unscoped.get()
    assert answer.url == target.get_absolute_url()
    assert (target.value, target.days_meant.label) == (10_000, "Năm 2026")
    page = hoa.client.get(answer.url).content.decode()
    assert "10.000" in page
    assert "12/KH-UBND, 05/02/2026, UBND tỉnh" in page
    assert f"{LIST}{target.pk}/edit/" not in page  # a commune reads its own target
    assert hanh.client.post(f"{LIST}new/", sent).status_code == 422  # once for one thing
    for wrong, field in (
        ({"value": "0"}, "value"),
        ({"value": "1,5"}, "value"),
        ({"basis": "own"}, "basis"),
        ({"indicator": "roster_share"}, "basis"),
        ({"period": ""}, "period"),
        ({"period": "2026-M99"}, "period"),
        ({"period": "", "first_day": "05/03/2026", "last_day": "01/03/2026"}, "last_day"),
        ({"unit": province.school.pk}, "unit"),
    ):
        refused = hanh.client.post(f"{LIST}new/", sent | {"period": "2025"} | wrong)
        assert field in refused.context["form"].errors, wrong
    own_days = sent | {"period": "", "first_day": "01/06/2026", "last_day": "08/09/2026"}
    assert hanh.client.post(f"{LIST}new/", own_days).status_code == 302
    assert Target.unscoped.get(period="2026-06-01..2026-09-08").days_meant.days == 100
    edit = hanh.client.get(f"{LIST}{target.pk}/edit/").content.decode()
    assert 'value="10.000"' in edit
    changed = sent | {"value": "9.000", "version": target.version}
    assert hanh.client.post(f"{LIST}{target.pk}/edit/", changed).status_code == 302
    entry = ChangeEntry.objects.filter(action="changed").get()
    assert entry.changes == {"value": ["10000.00", "9000.00"]}
    for person in (hoa, lan):
        for address in ("edit/", "remove/"):
            assert person.client.get(f"{LIST}{target.pk}/{address}").status_code == 404
    assert bao.client.get(target.get_absolute_url()).status_code == 404
    assert hoa.client.post(f"{LIST}new/", sent | {"period": "2025"}).status_code == 422
    hanh.client.post(f"{LIST}{target.pk}/remove/")
    assert not Target.unscoped.filter(pk=target.pk).exists()
    assert ChangeEntry.objects.filter(action="deleted", model="reporting.target").exists()


def test_a_commune_sets_targets_of_its_hamlets(
    province: SimpleNamespace, hoa: Any, son: Any
) -> None:
    whole = target_for(province.an_hoa, 101)
    sent = {"indicator": "attendances", "period": "2026", "basis": "number", "value": "40"}
    answer = hoa.client.post(f"{LIST}new/", sent | {"unit": province.hoa_ut.pk})
    assert answer.status_code == 302
    child = Target.unscoped.get(unit=province.hoa_ut)
    assert (child.parent, child.rule) == (whole, "manual")
    assert "Phân bổ từ" in son.client.get(child.get_absolute_url()).content.decode()
    page = son.client.get(f"{LIST}{whole.pk}/split/?rule=equal")
    assert page.status_code == 200
    boxes = {f"u{u.pk}-value": v for u, v in ((province.hoa_tao, "51"), (province.hoa_ut, "50"))}
    kept = son.client.post(f"{LIST}{whole.pk}/split/", {"rule": "equal", **boxes})
    assert kept.status_code == 302
    assert {t.unit: (t.value, t.rule) for t in whole.parts.all()} == {
        province.hoa_ut: (40, "manual"), province.hoa_tao: (51, "equal"),
    }  # fmt: skip
    told = son.client.get(whole.get_absolute_url()).content.decode()
    assert "Σ đơn vị 91 / chỉ tiêu 101, còn thiếu 10." in told
    son.client.post(f"{LIST}{whole.pk}/split/", {"rule": "equal", "replaces": "on", **boxes})
    assert Target.unscoped.get(unit=province.hoa_ut).value == 50
    wrong = son.client.post(
        f"{LIST}{whole.pk}/split/", {"rule": "equal", **boxes, next(iter(boxes)): "nhiều"}
    )
    assert wrong.status_code == 422


def test_the_proposal_names_units_without_people(
    at_home: SimpleNamespace, hanh: Any, lan: Any, hoa: Any
) -> None:
    UnitProfile.unscoped.filter(unit=at_home.binh_minh).delete()
    whole = target_for(at_home.root, 10_000)
    page = hanh.client.get(f"{LIST}{whole.pk}/split/?rule=population").content.decode()
    assert "1 đơn vị chưa có số dân" in page
    assert "Phường Bình Minh" in page
    assert hanh.client.get(f"{LIST}{whole.pk}/split/?rule=magic").status_code == 404
    for person in (lan, hoa):
        assert person.client.get(f"{LIST}{whole.pk}/split/").status_code == 404
        assert person.client.get(f"{LIST}{whole.pk}/units/").status_code == 404


def ask(person: Any, address: str, **sent: Any) -> dict[str, Any]:
    body = json.dumps({"by": person.user.username, **sent})
    return person.client.post(address, body, content_type="application/json").json()


def test_a_column_of_numbers_is_pasted_beside_the_units(
    at_home: SimpleNamespace, hanh: Any
) -> None:
    whole = target_for(at_home.root, 10_000, document_number="12/KH-UBND")
    known = target_for(at_home.an_hoa, 6_000)
    address = f"{LIST}{whole.pk}/units/"
    page = hanh.client.get(address)
    boot = page.context["grid"]
    assert [number for _label, number, _note in page.context["tally"]] == [
        "1", "6.000", "10.000", "4.000",
    ]  # fmt: skip
    assert [column["name"] for column in boot["columns"]] == ["unit", "value", "note"]
    assert [(row["cells"]["unit"], bool(row["key"])) for row in boot["rows"]] == [
        ("Xã An Hoà", True), ("Phường Bình Minh", False),
    ]  # fmt: skip
    assert (
        boot["rows"][0]["more"] == ["6.000", "–", "không có"]
        or boot["rows"][0]["more"][0] == "6.000"
    )
    read = ask(hanh, address, do="paste", text="Binh Minh\t3.800\nAn Hoà\t6.200", first="unit")
    assert read["places"] == [1, 0]
    rows = [
        {"n": 1, "key": boot["rows"][0]["key"], "cells": {"unit": "Xã An Hoà", "value": "6.200"}},
        {"n": 2, "cells": {"unit": "Bình Minh", "value": "3.600"}},
    ]
    told = ask(hanh, address, do="check", rows=rows)
    assert [row["state"] for row in told["rows"]] == ["changed", "new"]
    assert [line["number"] for line in told["tally"]] == ["2", "9.800", "10.000", "200"]
    saved = ask(hanh, address, do="save", rows=rows, only="all", submission=str(uuid4()))
    assert saved["saved"] == 2
    known.refresh_from_db()
    made = Target.unscoped.get(unit=at_home.binh_minh)
    assert (known.value, made.value, made.parent, made.document_number) == (
        6_200, 3_600, whole, "12/KH-UBND",
    )  # fmt: skip
    wrong = [{"n": 1, "cells": {"unit": "Ấp Hoà Út", "value": "5"}}]
    assert ask(hanh, address, do="check", rows=wrong)["rows"][0]["state"] == "error"


@pytest.mark.django_db(transaction=True)
def test_the_table_of_a_plan_comes_in_from_a_file(
    province: SimpleNamespace, hanh: Any, hoa: Any
) -> None:
    rows = [
        ("91", "Class attendances", 2026, None, "10.000", None, "12/KH-UBND"),
        ("Xã An Hoà", "Lượt người tham gia lớp học", "Năm 2026", None, 6_200, "lượt", "12/KH-UBND"),
        ("Phường Bình Minh", "VNeID mức 2", "2026", None, "62,5", None, None),
        ("Phường Bình Minh", "Tổ công nghệ số cộng đồng", "2026", None, 100, "% thôn", None),
        ("Xã An Hoà", "VNeID mức 2", "2026", None, 80, "người", None),
        ("Xã An Hoà", "Tổ công nghệ số cộng đồng", "2026", "Người cao tuổi", 80, None, None),
        ("Xã Không Có", "VNeID mức 2", "2026", None, 80, None, None),
        ("Xã An Hoà", "VNeID mức 2", "nay mai", None, 80, None, None),
    ]
    batch = batches.take(workbook(HEADINGS, *rows), kind="target", access=hanh.access)
    batches.start_check(batch, access=hanh.access)
    lines = ImportLine.objects.filter(batch=batch)
    wrong = {n.number: {p["column"] for p in n.problems} for n in lines.filter(outcome="error")}
    assert wrong == {6: {"basis"}, 7: {"audience"}, 8: {"unit"}, 9: {"period"}}
    batches.start_saving(batch, "good", access=hanh.access)
    found = {(t.unit.short_name, t.indicator): t for t in Target.unscoped.select_related("unit")}
    assert found["An Giang", "attendances"].value == 10_000
    assert found["Bình Minh", "vneid_level_2"].basis == Basis.OWN
    assert found["Bình Minh", "vneid_level_2"].value == Decimal("62.5")
    assert found["Bình Minh", "teams"].basis == Basis.HAMLETS
    foreign = batches.take(workbook(HEADINGS, *rows[:2]), kind="target", access=hoa.access)
    batches.start_check(foreign, access=hoa.access)
    assert foreign.counts["error"] == 2  # a commune sets those of its hamlets alone


@pytest.mark.django_db(transaction=True)
def test_the_list_comes_back_as_it_went(
    province: SimpleNamespace, words: Any, hanh: Any, hoa: Any, lan: Any
) -> None:
    target_for(province.root, 10_000, document_number="12/KH", document_date=date(2026, 2, 5))
    target_for(province.an_hoa, "62.5", "vneid_level_2", basis=Basis.OWN, note="Theo KH")
    target_for(province.an_hoa, 80, "vneid_confirmed", basis=Basis.ADULTS)
    target_for(province.hoa_ut, 40, audience=words.elderly)
    target_for(plant(province.binh_minh, "hamlet", "ap", "30952-09", "Ấp Hoà Út"), 41)
    target_for(province.hoa_ut, 9, period=Period.of(Kind.QUARTER, 2026, 3))
    target_for(province.hoa_tao, 7, period=Period.between(date(2026, 6, 1), date(2026, 9, 8)))
    file = exported(hanh, "targets:list")
    assert counts(brought_back(hanh, "target", file)) == {"unchanged": 7}
    own = exported(hoa, "targets:list")
    assert counts(brought_back(hoa, "target", own)) == {"unchanged": 3, "skipped": 2}
    assert lan.client.get(LIST).status_code == 200


def test_a_longer_list_costs_as_many_queries(province: SimpleNamespace, hanh: Any) -> None:
    def cost() -> int:
        hanh.client.get(LIST)
        with CaptureQueriesContext(connection) as caught:
            assert hanh.client.get(LIST).status_code == 200
        return len(caught)

    for code in ("attendances", "people"):
        target_for(province.an_hoa, 5, code)
    few = cost()
    for unit in (province.an_hoa, province.binh_minh):
        for code in ("classes", "sessions", "reach", "activities", "contests"):
            target_for(unit, 5, code)
    assert cost() == few


# --- Dashboards -----------------------------------------------------------------------------------


@pytest.fixture
def autumn(at_home: SimpleNamespace, words: Any) -> SimpleNamespace:
    """A year of which 274 of 365 days have passed on 14 September: 75,1%."""
    for place, day, people in (
        (at_home.hoa_ut, date(2026, 3, 2), 300),
        (at_home.hoa_tao, date(2026, 9, 7), 30),
        (at_home.binh_minh, date(2026, 5, 4), 90),
        (at_home.binh_minh, date(2026, 10, 5), 900),
    ):
        hold(place, place, day, people, words)
    target_for(at_home.root, 1_000)
    target_for(at_home.an_hoa, 400)
    target_for(at_home.binh_minh, 200)
    target_for(at_home.hoa_ut, 100)
    target_for(at_home.hoa_tao, 300)
    return at_home


def test_a_dashboard_shows_how_far_the_year_has_come(
    autumn: SimpleNamespace, lan: Any, hoa: Any, minh: Any
) -> None:
    page = lan.client.get(f"/dashboard/province/{autumn.root.pk}/?period=2026-Q3&show=behind")
    text = page.content.decode()
    assert "42,0% chỉ tiêu năm (1.000)" in text  # 420 by 14 September, though the quarter has 30
    assert re.search(r"trên một lưới.{0,40}% chỉ tiêu năm", text)
    assert "1 đơn vị chậm so với chỉ tiêu năm 2026" in text
    assert "Chậm nhất: Bình Minh 45,0%" in text
    rows = re.findall(r"<tr>.*?</tr>", text)
    assert [row for row in rows if "Bình Minh" in row and "45,0%" in row]
    assert not [row for row in rows if "82,5%" in row]  # ahead: not among those behind
    own = hoa.client.get(f"/dashboard/unit/{autumn.an_hoa.pk}/?period=2026-Q3").content.decode()
    assert "82,5% chỉ tiêu năm (400)" in own
    assert "300,0%" in own  # a hamlet above its target
    assert "10,0%" in own
    by_owner = lan.client.get(
        f"/dashboard/province/{autumn.root.pk}/?period=2026-Q3&axis=owner"
    ).content.decode()
    assert "chỉ tiêu năm" not in by_owner  # targets are measured by place
    quarter = target_for(autumn.root, 60, period=Period.of(Kind.QUARTER, 2026, 3))
    again = lan.client.get(f"/dashboard/province/{autumn.root.pk}/?period=2026-Q3").content.decode()
    assert "50,0% chỉ tiêu quý III/2026 (60)" in again  # kept pages know of new targets
    quarter.delete()


def test_workbooks_have_the_targets_of_the_screen(autumn: SimpleNamespace, lan: Any) -> None:
    asked = f"?unit={autumn.root.pk}&period=2026-Q3&format=xlsx"
    page = lan.client.get(f"/dashboard/province/{autumn.root.pk}/{asked}")
    book = openpyxl.load_workbook(io.BytesIO(page.content))
    rows = [list(row) for row in book["Theo đơn vị"].iter_rows(values_only=True)]
    heading = next(row for row in rows if "Chỉ tiêu giao: Lượt người tham gia lớp học" in row)
    place = heading.index("Chỉ tiêu giao: Lượt người tham gia lớp học")
    found = {
        row[1]: row[place : place + 2]
        for row in rows
        if row[1] in ("Xã An Hoà", "Phường Bình Minh")
    }
    assert found == {"Xã An Hoà": [400, 0.825], "Phường Bình Minh": [200, 0.45]}
    whole = [list(row) for row in book["Chỉ tiêu"].iter_rows(values_only=True)]
    line = next(row for row in whole if row[0] == "Lượt người tham gia lớp học")
    assert line[4:] == ["1.000 lượt tham gia", "Năm 2026", 420, 0.42]
    one = lan.client.get(f"/dashboard/indicator/attendances/{asked}")
    table = openpyxl.load_workbook(io.BytesIO(one.content)).worksheets[0]
    cells = [list(row) for row in table.iter_rows(values_only=True)]
    assert [row[4:6] for row in cells if row[1] == "Xã An Hoà"] == [[400, 0.825]]
