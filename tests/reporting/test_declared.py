"""Declared figures: what units say, added up and never mixed with what the portal counts."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign.models import ChangeEntry, ImportBatch, ImportLine
from campaign.periods import Kind, Period
from campaign.portal.imports import batches
from campaign.portal.imports.periods import PeriodCell
from campaign.portal.imports.rows import Unclear
from reporting.declared.indicators import DECLARED, DECLARED_BY_CODE
from reporting.declared.sums import lines
from reporting.models import DeclaredFigure
from tests.imports.files import workbook
from units.models import Unit

QUARTER = Period.of(Kind.QUARTER, 2026, 3)
HEADINGS = ("Đơn vị", "Chỉ tiêu", "Kỳ", "Giá trị", "Tử số", "Mẫu số", "Nguồn")


def declare(
    unit: Unit, value: int, of: int | None = None, code: str = "", period: str = "2026-M08"
) -> DeclaredFigure:
    code = code or ("documents_online" if of else "digital_signatures")
    figure = DeclaredFigure(
        unit=unit, indicator=code, period=period, value=value, denominator=of, source="Báo cáo số 9"
    )
    figure.clean()
    figure.save()
    return figure


def line(unit: Unit, person: Any, code: str, period: Period = QUARTER) -> Any:
    found = {one.indicator.code: one for one in lines(unit, period, person.access)}
    return found.get(code)


def amount(found: Any) -> tuple[int, int | None] | None:
    return (found.value, found.denominator) if found else None


def test_flows_add_up_stocks_stay_and_rates_are_worked_out_from_sums(
    province: SimpleNamespace, lan: Any
) -> None:
    for month, value in ((7, 10), (8, 30)):
        declare(province.an_hoa, value, period=f"2026-M{month:02}")
        declare(province.an_hoa, 100 + month, code="platform_accounts", period=f"2026-M{month:02}")
    declare(province.binh_minh, 5, period="2026-Q3")
    declare(province.an_hoa, 50, 100)
    declare(province.binh_minh, 900, 900)
    declare(province.root, 7)
    signed = line(province.root, lan, "digital_signatures")
    assert amount(signed.beneath) == (45, None)
    assert amount(signed.own) == (7, None)  # the province's own is never added
    assert (signed.declared, signed.expected) == (2, 2)
    accounts = line(province.root, lan, "platform_accounts")
    assert amount(accounts.beneath) == (108, None)
    assert (accounts.declared, accounts.expected) == (1, 4)  # departments may declare it too
    online = line(province.root, lan, "documents_online")
    assert amount(online.beneath) == (950, 1000)
    page = lan.client.get(f"/dashboard/province/{province.root.pk}/?period=2026-Q3")
    text = page.content.decode()
    assert "95,0% (950/1.000)" in text
    assert "2/4 đơn vị" in text
    assert "Báo cáo số 9" in text
    own = lan.client.get(f"/dashboard/unit/{province.an_hoa.pk}/?period=2026-M08").content.decode()
    assert "30 người" in own
    assert line(province.root, lan, "digital_signatures", Period.of(Kind.MONTH, 2026, 9)) is None


CODES = ("digital_signatures", "platform_accounts", "documents_online", "adults_skilled")
PERIODS = ("2026-M07", "2026-M08", "2026-M09", "2026-Q3", "2026-Q2", "2026")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from(("an_hoa", "binh_minh", "education", "former", "root")),
            st.sampled_from(CODES),
            st.sampled_from(PERIODS),
        ),
        st.tuples(st.integers(0, 500), st.integers(500, 1000)),
        max_size=24,
    )
)
def test_sums_equal_what_is_added_by_hand(
    province: SimpleNamespace, lan: Any, said: dict[tuple[str, str, str], tuple[int, int]]
) -> None:
    DeclaredFigure.unscoped.all().delete()
    former = Unit.unscoped.filter(code="31111").first() or Unit.plant(
        parent=province.an_hoa, level="commune", kind="commune", code="31111", name="Xã Cũ",
        code_system="QD124/2004", valid_to=date(2025, 6, 30),
    )  # fmt: skip
    units = {**vars(province), "former": former}
    for (who, code, period), (value, of) in said.items():
        declare(units[who], value, of if DECLARED_BY_CODE[code].is_rate else None, code, period)
    for code in CODES:
        by_unit: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        for (who, what, period), pair in said.items():
            if what == code and period not in ("2026-Q2", "2026"):
                by_unit[who][period] = pair
        if "an_hoa" in by_unit:
            by_unit.pop("former", None)  # the commune speaks for all beneath it
        by_unit.pop("root", None)
        picked = []
        for told in by_unit.values():
            months = [told[m] for m in PERIODS[:3] if m in told]
            if not DECLARED_BY_CODE[code].adds_up:
                last = "2026-Q3" if "2026-Q3" in told else max(told)
                picked.append(told[last])
            else:
                picked += [told["2026-Q3"]] if "2026-Q3" in told else months
        expected = (sum(v for v, _of in picked), sum(of for _v, of in picked)) if picked else None
        found = line(province.root, lan, code)
        got = amount(found.beneath) if found else None
        if expected and not DECLARED_BY_CODE[code].is_rate:
            expected = (expected[0], None)
        assert got == expected


def test_declaring_changing_and_taking_back(province: SimpleNamespace, hoa: Any, bao: Any) -> None:
    assert hoa.client.get("/declared/new/").status_code == 200
    sent = {
        "unit": province.an_hoa.pk, "indicator": "documents_online", "period": "2026-M08",
        "value": "1.240", "denominator": "1.240", "source": "Báo cáo số 12/BC-UBND", "note": "",
    }  # fmt: skip
    answer = hoa.client.post("/declared/new/", sent)
    figure = DeclaredFigure.unscoped.get()
    assert answer.url == figure.get_absolute_url()
    assert (figure.starts_on, figure.ends_on) == (date(2026, 7, 15), date(2026, 8, 14))
    assert "100,0%" in hoa.client.get(answer.url).content.decode()
    assert hoa.client.post("/declared/new/", sent).status_code == 422  # once a period
    for wrong, field in (
        ({"denominator": ""}, "denominator"),
        ({"denominator": "1.000"}, "value"),
        ({"indicator": "digital_signatures"}, "denominator"),
        ({"period": "2030-M01"}, "period"),
        ({"period": "2026-W30"}, "period"),
        ({"source": ""}, "source"),
        ({"unit": province.binh_minh.pk}, "unit"),
    ):
        refused = hoa.client.post("/declared/new/", sent | {"period": "2026-M07"} | wrong)
        assert field in refused.context["form"].errors, wrong
    changed = sent | {"value": "1.200", "version": figure.version}
    assert hoa.client.post(f"/declared/{figure.pk}/edit/", changed).status_code == 302
    entry = ChangeEntry.objects.filter(action="changed").get()
    assert entry.changes["value"] == [1240, 1200]
    for address in ("", "edit/", "withdraw/"):
        assert bao.client.get(f"/declared/{figure.pk}/{address}").status_code == 404
    assert "12/BC" not in bao.client.get("/declared/").content.decode()
    assert hoa.client.get(f"/declared/{figure.pk}/withdraw/").status_code == 200
    hoa.client.post(f"/declared/{figure.pk}/withdraw/")
    assert not DeclaredFigure.unscoped.exists()
    assert ChangeEntry.objects.filter(action="deleted", model="reporting.declaredfigure").exists()


@pytest.mark.django_db(transaction=True)
def test_declarations_come_in_from_a_file_and_go_out_as_they_came(
    province: SimpleNamespace, hoa: Any
) -> None:
    rows = [
        ("Xã An Hoà", "Cấp chữ ký số", "T8/2026", 35, None, None, "Công an xã"),
        ("30958", "Văn bản xử lý trên môi trường mạng", "Quý III/2026", None, 480, 500, "BC 7"),
        ("Phường Bình Minh", "Cấp chữ ký số", "8/2026", 35, None, None, "x"),
        ("Xã An Hoà", "Gia đình số", "2030", 4, None, None, "x"),
        ("Xã An Hoà", "Gia đình số", "hôm qua", 4, None, None, "x"),
        ("Xã An Hoà", "MOOC", "2026", 4, None, None, None),
        ("Xã An Hoà", "VNeID mức 2", "8/2026", None, 480, None, "x"),
        ("Xã An Hoà", "VNeID mức 2", "7/2026", None, 480, 400, "x"),
        ("Xã An Hoà", "Gia đình số", "8/2026", None, 480, None, "x"),
        ("Xã An Hoà", "Gia đình số", "7/2026", None, None, None, "x"),
    ]
    batch = batches.take(workbook(HEADINGS, *rows), kind="declared", access=hoa.access)
    batches.start_check(batch, access=hoa.access)
    wrong = {
        line.number: {p["column"] for p in line.problems}
        for line in ImportLine.objects.filter(batch=batch, outcome="error")
    }
    assert wrong == {
        4: {"unit"}, 5: {"period"}, 6: {"period"}, 7: {"indicator", "source"},
        8: {"denominator"}, 9: {"numerator"}, 10: {"numerator"}, 11: {"value"},
    }  # fmt: skip
    batches.start_saving(batch, "good", access=hoa.access)
    assert DeclaredFigure.unscoped.count() == 2
    file = hoa.client.get("/declared/?format=xlsx")
    again = batches.take(
        SimpleUploadedFile("so-lieu.xlsx", b"".join(file) if file.streaming else file.content),
        kind="declared", access=hoa.access,
    )  # fmt: skip
    batches.start_check(again, access=hoa.access)
    found = {name: count for name, count in again.counts.items() if count}
    assert found.pop("unchanged") == 2
    assert set(found) <= {"skipped"}
    batches.undo(ImportBatch.objects.get(pk=batch.pk), access=hoa.access)
    assert not DeclaredFigure.unscoped.exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Tháng 9/2026", "2026-M09"), ("T9-2026", "2026-M09"), ("09/2026", "2026-M09"),
        ("tháng 9 năm 2026", "2026-M09"), (date(2026, 9, 1), "2026-M09"), ("2026-m09", "2026-M09"),
        ("Quý III/2026", "2026-Q3"), ("quý 3 năm 2026", "2026-Q3"), ("Q3/2026", "2026-Q3"),
        ("6 tháng đầu năm 2026", "2026-H1"), ("6 tháng cuối năm 2026", "2026-H2"),
        ("9 tháng năm 2026", "2026-9M"), ("Năm 2026", "2026"), (2026, "2026"),
    ],
)  # fmt: skip
def test_periods_are_read_as_people_write_them(db: None, text: Any, code: str) -> None:
    period = PeriodCell().clean(text)
    assert period.code == code
    assert PeriodCell().clean(PeriodCell().render(period)) == period


@pytest.mark.parametrize("text", ["13/2026", "hôm qua", date(2026, 9, 5), "quý V/2026", "0/2026"])
def test_what_names_no_period_is_refused(db: None, text: Any) -> None:
    with pytest.raises(Unclear):
        PeriodCell().clean(text)


def test_every_indicator_has_both_names_and_rates_their_parts() -> None:
    for one in DECLARED:
        assert all([*one.names.values(), *one.measures.values(), *one.levels])
        assert one.is_rate == all([*one.values.values(), *one.bases.values()])
