"""The province's report: gathered from its units, adds up, says who is missing."""

import json
from dataclasses import replace

import pytest

from campaign.portal.figures import num
from reporting.compiled import readiness
from reporting.compiled.annex_pages import sheets_of
from reporting.compiled.content import Gathered, Missing
from reporting.compiled.gather import gather
from reporting.compiled.paper import Section, Written, official
from reporting.compiled.versions import papers_of
from reporting.documents.annexes import number_of
from reporting.figures import figures
from reporting.indicators import BY_CODE
from reporting.models import Axis
from reporting.phrases.narrative import as_text
from tests.reporting.rounds import State, bring, cycle_of, everything_approved
from tests.reporting.world import World

SECTIONS = (Section("I", "Chỉ đạo", "Đã ban hành kế hoạch."), Section("II", "Kết quả", ""))


@pytest.fixture
def cycle(world, province):
    """January after a busy winter, nobody has reported yet."""
    return cycle_of(province.root)


def words_of(report):
    return " ".join(block.text for block in report.body if hasattr(block, "text"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_province_is_the_sum_of_its_units_and_its_own_work(province, hanh, seed):
    World(province, seed).fill()
    found = gather(cycle_of(province.root), hanh.access)
    assert found.adds_up() == {}
    assert found.whole["attendances"] > 0
    live = figures(
        found.codes, axis=Axis.OWNER, units=[province.root], period=found.days_meant,
        access=hanh.access,
    )[province.root.pk]  # fmt: skip
    counted = [code for code in found.codes if not BY_CODE[code].is_ratio]
    assert {code: found.whole[code] for code in counted} == {
        code: live[code].value for code in counted
    }
    assert found.overlap() >= 0
    for rule in Missing.values:
        assert_annexes_add_up(found, rule)


def assert_annexes_add_up(found, rule):
    """Every total of every annex that adds up is the sum of its rows."""
    for sheet in sheets_of(found, rule):
        for measure in sheet.form.measures:
            if measure.adds != "sum":
                continue
            for column in ("in_period", "cumulative", "last_year"):
                total = getattr(sheet.form.total[measure.code], column)
                rows = [
                    number_of(getattr(unit.figures[measure.code], column)) or 0
                    for unit in sheet.form.units
                    if measure.code in unit.figures
                ]
                assert sum(rows) == (number_of(total) or 0), (sheet.form.form, measure.code, column)


def test_what_is_kept_is_what_was_gathered(cycle, province, hanh):
    bring(cycle, province.an_hoa, State.APPROVED, hanh.user)
    found = gather(cycle, hanh.access)
    assert Gathered.read(json.loads(json.dumps(found.kept()))) == found


def test_a_change_after_approval_is_a_row_of_its_own(cycle, world, province, hanh):
    everything_approved(province, cycle, hanh.user)
    before = gather(cycle, hanh.access)
    assert before.changed == []
    made = world.training_class(unit=province.an_hoa, counting="headcount", place=province.hoa_ut)
    session = world.session(made, held_on=cycle.ends_on, status="held")
    session.headcounts.all().delete()
    session.headcounts.create(people=7)
    after = gather(cycle, hanh.access)
    assert [part.name for part in after.changed] == ["Xã An Hoà"]
    assert after.whole["attendances"] == before.whole["attendances"] + 7
    said = {one.part.name: one.values["attendances"] for one in after.said(Missing.NOTED)}
    assert said["Xã An Hoà"] == before.parts[0].now["attendances"]
    assert_annexes_add_up(after, Missing.NOTED)
    rows = {unit.name: unit for unit in sheets_of(after, Missing.NOTED)[1].form.units}
    assert rows["Thay đổi ghi nhận sau khi duyệt"].figures["attendances"].in_period == 7
    assert readiness.readiness(after, Missing.NOTED, [])[-1].key == "changed"


def test_each_rule_names_the_missing_units(cycle, province, hanh):
    for unit in (province.binh_minh, province.education, province.science):
        bring(cycle, unit, State.APPROVED, hanh.user)
    found = gather(cycle, hanh.access)
    notes = {
        Missing.NOTED: "ghi là “chưa báo cáo”", Missing.PROVISIONAL: "số tạm tính",
        Missing.PREVIOUS: "lấy theo kỳ trước", Missing.LEFT_OUT: "không có dòng",
    }  # fmt: skip
    for rule, words in notes.items():
        version = Written(found, rule, SECTIONS)
        text = words_of(official(version))
        assert "Xã An Hoà" in text, rule
        assert words in text, rule
        sheets = sheets_of(found, rule)
        units = {unit.name: unit for unit in sheets[1].form.units}
        assert ("Xã An Hoà" in units) == (rule != Missing.LEFT_OUT)
        assert "Xã An Hoà" in [unit.name for unit in sheets[3].form.units]
        facts = dict(papers_of(version).facts)
        assert facts["Chưa có báo cáo được duyệt 1"] == "Xã An Hoà (chưa bắt đầu)"
    noted = {unit.name: unit for unit in sheets_of(found, Missing.NOTED)[1].form.units}
    assert noted["Xã An Hoà"].is_missing
    assert noted["Xã An Hoà"].figures["attendances"].in_period is None
    provisional = {u.name: u for u in sheets_of(found, Missing.PROVISIONAL)[1].form.units}
    live = found.parts[0].now["attendances"]
    assert provisional["Xã An Hoà"].figures["attendances"].in_period == live


def test_readiness_counts_what_is_left(cycle, province, hanh):
    bring(cycle, province.an_hoa, State.APPROVED, hanh.user)
    bring(cycle, province.binh_minh, State.SUBMITTED, hanh.user, days_late=2)
    found = gather(cycle, hanh.access)
    lines = {one.key: one for one in readiness.readiness(found, Missing.NOTED, ["I", "III"])}
    numbers = {key: (one.number, one.is_done) for key, one in lines.items() if key != "totals"}
    assert numbers == {
        "approved": (1, True), "previous": (0, True), "overlap": (found.overlap(), True),
        "waiting": (1, False), "missing": (2, False), "narrative": (2, False),
    }  # fmt: skip
    assert lines["totals"].is_done
    wrong = replace(found, whole=dict(found.whole) | {"attendances": 1})
    assert not readiness.totals(wrong).is_done


def test_the_paper_says_the_figures_of_the_dashboard(cycle, province, hanh):
    everything_approved(province, cycle, hanh.user)
    found = gather(cycle, hanh.access)
    assert found.drafts["II"]
    text = as_text(found.phrases["II"])
    sections = (SECTIONS[0], Section("II", "Kết quả thực hiện", text))
    report = official(Written(found, Missing.NOTED, sections))
    numbers = {run.text for run in report.numbers}
    for code in ("classes_and_support", "attendances", "people", "teams"):
        assert num(found.whole[code]).replace(",", ".") in numbers, code
    assert "2/2" in numbers
    assert report.letterhead.issuer == "SỞ KHOA HỌC VÀ CÔNG NGHỆ"
    assert report.letterhead.symbol == "BC-SKHCN"
    assert report.subject[1] == "Tháng 1 năm 2026 trên địa bàn tỉnh An Giang"
    assert next(annex.title for annex in report.annexes) == "Kết quả theo chỉ tiêu"
