"""What stands in the way of a report, and that every door of a figure asks the same."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from campaign.models import ImportLine
from campaign.periods import Kind, Period
from campaign.portal.imports import batches
from reporting.models import DeclaredFigure, Report, TemplateQuestion
from reporting.reports import declaring, flow
from reporting.reports.checks import check
from reporting.reports.doubts import Measured, above, crowded, doubts_about
from tests.imports.files import workbook
from tests.reporting.cycle_world import declare, last_month, owed
from units.models import UnitProfile


def rules(value: Any, before: Any = None, history: Any = (), **more: Any) -> list[str]:
    return [doubt.rule for doubt in doubts_about(Measured(value, before, history, **more))]


def test_a_figure_is_held_against_its_own_past() -> None:
    assert rules(300, 100) == ["jump"]
    assert rules(299, 100) == []
    assert rules(33, 100) == ["jump"]
    assert rules(34, 100) == []
    assert rules(9, 1) == []  # small differences are nothing strange
    assert rules(40, 0) == []
    assert rules(400, 0, [0, 9, 0, 12, 0, 10]) == ["outlier"]
    assert rules(500, None) == []  # no past, no doubt
    assert rules(Fraction(90), Fraction(30), is_rate=True) == ["jump"]
    steady = [100, 104, 98, 101, 99, 103]
    assert rules(104, 100, steady) == []
    assert rules(190, 100, steady) == ["outlier"]
    assert rules(190, 100, steady[:5]) == []  # five values are no history
    assert rules(190, 100, [20, 180, 60, 150, 90, 100]) == []
    rare = [0, 0, 0, 40, 0, 0, 50]
    assert rules(57, 0, rare) == []  # it happens in some periods only
    assert rules(151, 0, rare) == ["outlier"]
    assert rules(57, 0, [0] * 8) == []
    assert rules(0, 0, [0, 0, 7]) == ["zero"]
    assert rules(0, 0, [0, 0]) == []
    assert rules(None, 100, steady) == []
    assert above(101, 100, "x")
    assert not above(100, 100, "x")
    assert not above(100, None, "x")
    assert crowded(464 * 3 + 1, 1, 464, "%(each)s/%(usual)s")
    assert not crowded(464 * 3, 1, 464, "%(each)s/%(usual)s")


def keys(report: Report, person: Any) -> dict[str, bool]:
    fresh = Report.unscoped.select_related("cycle__template", "unit").get(pk=report.pk)
    return {one.key: one.is_hard for one in check(fresh, person.access)}


def test_what_is_missing_or_contradicts_itself_blocks(province: Any, hoa: Any, son: Any) -> None:
    report = owed(province.root, province.an_hoa, written=False, declared=["digital_signatures"])
    report.texts.create(section="I", text="  ")
    question = TemplateQuestion.objects.create(
        template=report.cycle.template, position=1, label="Số máy tính?", kind="number"
    )
    place = f"q-{question.pk}"
    assert keys(report, hoa)["section:I"] is True
    assert keys(report, hoa)[place] is True
    assert keys(report, hoa)["undeclared"] is False
    with pytest.raises(ValidationError) as refused:
        flow.propose(report, hoa.access)
    assert len(refused.value.messages) == 3
    report.texts.filter(section="I").update(text="Đã họp.")
    report.answers.create(question=question, number=0)
    declare(report, "digital_signatures", 60)
    for month, value in zip(Period.of(Kind.QUARTER, 2026, 1).months(), (10, 30, 5), strict=True):
        declare(report, "digital_signatures", value, period=month)
    left = keys(report, hoa)
    assert not any(left.values()), left


def test_parts_of_a_period_add_up_to_it(province: Any, hoa: Any) -> None:
    report = owed(province.root, province.an_hoa, written=False, declared=["digital_signatures"])
    quarter = Period.of(Kind.QUARTER, 2026, 1)
    type(report.cycle).unscoped.filter(pk=report.cycle_id).update(
        period=quarter.code, starts_on=quarter.start, ends_on=quarter.end
    )
    report = Report.unscoped.select_related("cycle__template", "unit").get(pk=report.pk)
    declare(report, "digital_signatures", 60)
    for month, value in zip(quarter.months()[:2], (10, 30), strict=True):
        declare(report, "digital_signatures", value, period=month)
    assert "parts:digital_signatures" not in keys(report, hoa)  # the third is not declared
    last = declare(report, "digital_signatures", 5, period=quarter.months()[2])
    assert keys(report, hoa)["parts:digital_signatures"] is True
    DeclaredFigure.unscoped.filter(pk=last.pk).update(value=20)
    assert "parts:digital_signatures" not in keys(report, hoa)


def test_a_warning_needs_a_sentence_and_keeps_it(province: Any, hoa: Any, son: Any) -> None:
    report = owed(province.root, province.an_hoa, declared=["digital_signatures"])
    declare(report, "digital_signatures", 5, period=last_month().previous())
    DeclaredFigure.unscoped.filter(period=last_month().code).update(value=50)
    assert keys(report, hoa) == {"jump:digital_signatures": False}
    with pytest.raises(ValidationError, match="50"):
        flow.propose(report, hoa.access, explanations={"jump:digital_signatures": " "})
    said = {"jump:digital_signatures": "Công an xã cấp lưu động.", "jump:other": "x"}
    flow.propose(report, hoa.access, explanations=said)
    assert report.explanations == {"jump:digital_signatures": "Công an xã cấp lưu động."}
    assert report.warnings == 1
    flow.submit(report, son.access)  # the leader need not write it again


def test_nothing_happened_is_not_the_same_as_nothing_said(
    province: Any, hoa: Any, son: Any, words: Any
) -> None:
    report = owed(province.root, province.an_hoa, written=False)
    blank = {"section": "II", "text": ""}
    report.texts.create(**blank)
    with pytest.raises(ValidationError):
        flow.hand_in(report, hoa.access)
    flow.hand_in(report, hoa.access, is_zero=True)
    assert (report.is_zero, report.state, report.warnings) == (True, "proposed", 0)
    flow.withdraw(report, hoa.access)
    from tests.reporting.test_work import plan

    made = plan(province.an_hoa, words, "A1")
    made.sessions.create(number=1, held_on=report.cycle.ends_on, status="held")
    with pytest.raises(ValidationError, match="Lớp học"):
        flow.hand_in(report, hoa.access, is_zero=True)


DOORS = (
    "form",
    pytest.param("import", marks=pytest.mark.django_db(transaction=True)),
    "page",
    "api",
)
CASES: list[tuple[dict[str, Any], str]] = [
    # what is sent, and the field every door refuses it at ("" none)
    ({"value": 100}, ""),
    ({"value": 1000}, "note"),  # ten times the month before
    ({"value": 1000, "note": "Công an xã cấp lưu động."}, ""),
    ({"value": 50, "denominator": 40, "indicator": "documents_online"}, "value"),
    ({"value": 50, "indicator": "documents_online"}, "denominator"),
    ({"value": 50, "denominator": 60}, "denominator"),
    ({"value": 30, "denominator": 9000, "indicator": "vneid_level_2"}, "note"),  # 8.000 adults
    ({"value": 100, "source": ""}, "source"),
]
NAMES = {"digital_signatures": "Cấp chữ ký số", "documents_online": "Văn bản xử lý trên môi trường mạng",
         "vneid_level_2": "VNeID mức 2"}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_every_door_asks_the_same_of_a_declaration(door: str, province: Any, hoa: Any) -> None:
    UnitProfile.unscoped.create(unit=province.an_hoa, year=2025, population=12_000, adults=8_000)
    told = []
    for sent, _field in CASES:
        DeclaredFigure.unscoped.all().delete()
        report = owed(province.root, province.an_hoa, written=False,
                      declared=["digital_signatures", "documents_online", "vneid_level_2"])  # fmt: skip
        declare(report, "digital_signatures", 100, period=last_month().previous())
        row = {"indicator": "digital_signatures", "denominator": "", "note": "", "source": "BC 9"}
        field = through(door, report, row | sent, hoa)
        assert (field == "") == DeclaredFigure.unscoped.filter(period=last_month().code).exists()
        told.append("value" if field == "numerator" else field)
    assert told == [field for _sent, field in CASES]


def through(door: str, report: Report, row: dict[str, Any], person: SimpleNamespace) -> str:
    """Send one declaration through a door; the field it was refused at, "" where it was taken."""
    if door == "form":
        more = {"unit": report.unit_id, "period": report.cycle.period}
        answer = person.client.post("/declared/new/", row | more)
        return "" if answer.status_code == 302 else next(iter(answer.context["form"].errors))
    is_rate = bool(row["denominator"]) or row["indicator"] != "digital_signatures"
    if door == "import":
        cells = ("30958", NAMES[row["indicator"]], str(report.cycle.days_meant.label),
                 None if is_rate and row["indicator"] != "digital_signatures" else row["value"],
                 row["value"] if is_rate and row["indicator"] != "digital_signatures" else None,
                 row["denominator"], row["source"], row["note"])  # fmt: skip
        headings = ("Đơn vị", "Chỉ tiêu", "Kỳ", "Giá trị", "Tử số", "Mẫu số", "Nguồn", "Ghi chú")
        batch = batches.take(workbook(headings, cells), kind="declared", access=person.access)
        batches.start_check(batch, access=person.access)
        wrong = ImportLine.objects.filter(batch=batch, outcome="error").first()
        if wrong is None:
            batches.start_saving(batch, "good", access=person.access)
        return wrong.problems[0]["column"] if wrong else ""
    if door == "page":
        (line,) = declaring.save(report, [row], person.access)
        return line.problems[0].column if line.problems else ""
    answer = person.client.put(
        f"/api/reports/{report.pk}/declared/", {"declared": [row]}, content_type="application/json"
    )
    if answer.status_code == 200:
        return ""
    return answer.json()["declared"][0]["problems"][0]["field"]
