"""Locking the province's report: who may, what is refused, what stays the same for ever."""

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document
from openpyxl import Workbook, load_workbook

from campaign.periods import Kind, Period
from campaign.portal.figures import num
from reporting.closing import snapshots
from reporting.compiled import comparing, making, own_forms, service
from reporting.compiled.content import Missing
from reporting.compiled.versions import Version
from reporting.figures import figures
from reporting.models import CompiledReport, Report
from tests.reporting.rounds import MONTH, State, bring, cycle_of, everything_approved

PERIOD = "Tháng 1/2026"


@pytest.fixture
def cycle(world, province):
    """January after a busy winter, nobody has reported yet."""
    return cycle_of(province.root)


def written_out(cycle, access):
    """A version in which every passage is written."""
    row = service.compile_report(cycle, access)
    for text in row.texts.all():
        lines = [line for line in text.text.splitlines() if "[" not in line]
        body = "\n".join([*lines, "Đã thực hiện theo kế hoạch."])
        service.save_text(row.pk, text.section, body, text.version, access)
    return CompiledReport.unscoped.get(pk=row.pk)


def refused(act):
    with pytest.raises(ValidationError) as caught:
        act()
    return caught.value.code


def test_only_the_focal_officer_compiles_and_locks(cycle, hanh, lan, hoa):
    for someone in (lan, hoa):
        assert refused(lambda access=someone.access: service.compile_report(cycle, access)) == (
            "role"
        )
    row = service.compile_report(cycle, hanh.access)
    for someone in (lan, hoa):
        access = someone.access
        assert refused(lambda access=access: service.lock(row.pk, PERIOD, "", access)) == "role"
        assert refused(lambda access=access: service.save_text(row.pk, "I", "x", 1, access)) == (
            "role"
        )


def page_of_lock(row, person):
    answer = person.client.get(f"/reporting/compiled/version/{row.pk}/lock/")
    for code, _title in answer.context["to_write"]:
        assert f"?edit={code}#{code}" in answer.content.decode()
    return answer.context


def test_locking_asks_for_period_words_and_reason(cycle, province, hanh):
    row = service.compile_report(cycle, hanh.access)
    assert refused(lambda: service.lock(row.pk, "Tháng 2/2026", "", hanh.access)) == "typed"
    assert refused(lambda: service.lock(row.pk, PERIOD, "", hanh.access)) == "unwritten"
    left = page_of_lock(row, hanh)["to_write"]
    assert left
    assert {code for code, _title in left} == set(Version(row).unwritten)
    row = written_out(cycle, hanh.access)
    assert refused(lambda: service.lock(row.pk, PERIOD, " ", hanh.access)) == "missing"
    bring(cycle, province.an_hoa, State.APPROVED, hanh.user)
    assert refused(lambda: service.lock(row.pk, PERIOD, "Gấp", hanh.access)) == "outdated"
    said = page_of_lock(row, hanh)
    assert (said["to_write"], said["moved"]) == ([], 1)
    assert CompiledReport.unscoped.filter(locked_at__isnull=False).count() == 0


def test_exceptions_are_named_everywhere(cycle, province, hanh):
    bring(cycle, province.binh_minh, State.APPROVED, hanh.user)
    row = written_out(cycle, hanh.access)
    row = service.lock(row.pk, "tháng 1/2026", "Họp Ban Chỉ đạo ngày 16/01", hanh.access)
    assert [one["name"] for one in row.exceptions] == [
        "Xã An Hoà", "Sở Giáo dục và Đào tạo", "Sở Khoa học và Công nghệ",
    ]  # fmt: skip
    version = Version(CompiledReport.unscoped.get(pk=row.pk))
    document = Document(io.BytesIO(making.word_of(version)))
    text = "\n".join(p.text for p in document.paragraphs)
    assert "Họp Ban Chỉ đạo ngày 16/01" in text
    assert "Xã An Hoà (chưa bắt đầu)" in text
    book = load_workbook(io.BytesIO(making.workbook_of(version)))
    cells = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value]
    for one in row.exceptions:
        assert any(one["name"] in cell for cell in cells)
    assert any("Họp Ban Chỉ đạo" in cell for cell in cells)
    page = hanh.client.get(row.get_absolute_url()).content.decode()
    assert "Họp Ban Chỉ đạo ngày 16/01" in page
    assert page.count("Xã An Hoà") >= 2


def test_locking_locks_reports_and_closes_the_cycle(cycle, province, hanh):
    everything_approved(province, cycle, hanh.user)
    row = written_out(cycle, hanh.access)
    row = service.lock(row.pk, PERIOD, "", hanh.access)
    cycle.refresh_from_db()
    assert cycle.closed_at == row.locked_at
    assert set(Report.unscoped.filter(cycle=cycle).values_list("state", flat=True)) == {"locked"}
    assert snapshots.verify(row.snapshot).is_sound
    assert refused(lambda: service.save_text(row.pk, "I", "x", 2, hanh.access)) == "locked"
    assert refused(lambda: service.set_missing(row.pk, Missing.PROVISIONAL, hanh.access)) == (
        "locked"
    )


def test_a_locked_version_gives_the_same_files_for_ever(cycle, world, province, hanh):
    everything_approved(province, cycle, hanh.user)
    own = own_forms.keep_form(cycle, own_form(), hanh.access)
    row = written_out(cycle, hanh.access)
    row = service.lock(row.pk, PERIOD, "", hanh.access)

    def made():
        version = Version(CompiledReport.unscoped.select_related("snapshot").get(pk=row.pk))
        return (
            making.word_of(version), making.workbook_of(version),
            own_forms.fill(version, version.row.form).content,
        )  # fmt: skip

    before = made()
    assert own.form == row.form
    one = world.training_class(unit=province.an_hoa)
    world.session(one, held_on=cycle.ends_on, status="held").headcounts.create(people=31)
    province.an_hoa.name = "Xã Đổi Tên"
    province.an_hoa.save()
    cycle.template.sections.update(title_vi="Mục khác")
    own_forms.keep_form(cycle, own_form("Biểu mới"), hanh.access)
    assert made() == before
    later = service.compile_report(cycle, hanh.access)
    assert later.supplement == 1
    assert later.number == row.number + 1
    report = Version(later).papers.report
    assert report.subject[-1] == "(Bản bổ sung lần 1)"
    found = comparing.compare(Version(row), Version(later))
    changed = {one.label for one in found.figures}
    assert "Lượt người tham gia lớp học" in changed or "Class attendances" in changed


def own_form(title="Biểu của tỉnh"):
    """A form of the province: a title, headings, one row for the units, a total."""
    book = Workbook()
    sheet = book.active
    sheet.append([title])
    sheet.append(["STT", "Tên đơn vị", "Lượt trong kỳ"])
    sheet.append(["{{stt}}", "{{ten_don_vi}}", "{{attendances.trong_ky}}"])
    sheet.append(["", "Tổng cộng", ""])
    buffer = io.BytesIO()
    book.save(buffer)
    return SimpleUploadedFile("bieu.xlsx", buffer.getvalue())


def test_the_files_say_the_figures_of_the_portal(cycle, province, hanh):
    everything_approved(province, cycle, hanh.user)
    own_forms.keep_form(cycle, own_form(), hanh.access)
    row = service.compile_report(cycle, hanh.access)
    version = Version(row)
    live = figures(
        ["classes_and_support", "attendances", "people", "teams"], axis="owner",
        units=[province.root], period=MONTH, access=hanh.access,
    )[province.root.pk]  # fmt: skip
    content = making.word_of(version)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        xml = parts.read("word/document.xml").decode()
    for figure in live.values():
        assert num(figure.value).replace(",", ".") in xml, figure.code
    book = load_workbook(io.BytesIO(making.workbook_of(version)), data_only=True)
    formulas = load_workbook(io.BytesIO(making.workbook_of(version)))
    sheet = next(name for name in book.sheetnames if "02" in name)
    totals = {
        row[2].value: (row[5].value, formulas[sheet].cell(row[5].row, 6).value)
        for row in book[sheet].iter_rows(min_row=1, max_col=11)
        if isinstance(row[5].value, (int, float))
    }
    label = next(k for k in totals if k and "Lượt người tham gia" in k)
    first = next(
        (row[5].value, formulas[sheet].cell(row[5].row, 6).value)
        for row in book[sheet].iter_rows(max_col=11)
        if row[2].value == label
    )
    assert first[0] == live["attendances"].value
    assert str(first[1]).startswith("=")
    own = own_forms.fill(version, own_forms.current_form(cycle.template, hanh.access))
    filled = load_workbook(io.BytesIO(own.content)).active
    by_name = {row[1].value: row[2].value for row in filled.iter_rows(min_row=3)}
    total = by_name.pop("Tổng cộng")
    assert total.startswith("=SUM(")
    assert sum(value or 0 for value in by_name.values()) == live["attendances"].value


def test_a_new_version_keeps_what_was_written_and_renews_its_numbers(cycle, world, province, hanh):
    row = service.compile_report(cycle, hanh.access)
    text = row.texts.get(section="II")
    old = num(Version(row).gathered.whole["attendances"]).replace(",", ".")
    assert old in text.text
    service.save_text(row.pk, "II", "Nổi bật. " + text.text, text.version, hanh.access)
    one = world.training_class(unit=province.an_hoa, counting="headcount")
    session = world.session(one, held_on=cycle.ends_on, status="held")
    session.headcounts.all().delete()
    session.headcounts.create(people=1009)
    later = service.compile_report(cycle, hanh.access)
    new = num(Version(later).gathered.whole["attendances"]).replace(",", ".")
    kept = later.texts.get(section="II").text
    assert kept.startswith("Nổi bật. ")
    assert new in kept
    assert new != old
    assert later.missing == row.missing
    assert refused(lambda: service.save_text(row.pk, "II", "x", 2, hanh.access)) == "older"
    found = comparing.compare(Version(row), Version(later))
    assert [piece.kind for piece in found.texts[0].pieces].count("in") >= 1


def test_two_people_who_write_the_same_passage_lose_nothing(cycle, hanh):
    row = service.compile_report(cycle, hanh.access)
    text = row.texts.get(section="I")
    service.save_text(row.pk, "I", "Của người thứ nhất.", text.version, hanh.access)
    with pytest.raises(service.Changed) as caught:
        service.save_text(row.pk, "I", "Của người thứ hai.", text.version, hanh.access)
    assert caught.value.row.text == "Của người thứ nhất."
    url = f"/reporting/compiled/version/{row.pk}/text/I/"
    page = hanh.client.post(url, {"text": "Của người thứ hai.", "version": text.version})
    assert page.status_code == 409
    assert "Của người thứ nhất." in page.content.decode()
    assert "Của người thứ hai." in page.content.decode()


def test_the_period_before_and_its_figures_stand_in(cycle, province, hanh):
    december = cycle_of_december(province)
    bring(december, province.an_hoa, State.APPROVED, hanh.user)
    row = service.compile_report(cycle, hanh.access)
    service.set_missing(row.pk, Missing.PREVIOUS, hanh.access)
    version = Version(CompiledReport.unscoped.get(pk=row.pk))
    said = {one.part.name: one for one in version.gathered.said(Missing.PREVIOUS)}
    assert said["Xã An Hoà"].how == "previous"
    assert (
        said["Xã An Hoà"].values["attendances"] == version.gathered.parts[0].before["attendances"]
    )
    assert said["Phường Bình Minh"].how == "not_reported"


def cycle_of_december(province):
    return cycle_of(province.root, Period.of(Kind.MONTH, 2025, 12))


def test_a_number_tells_where_it_comes_from(cycle, world, province, hanh, lan):
    row = service.compile_report(cycle, hanh.access)
    report = Version(row).papers.report
    whole = num(Version(row).gathered.whole["attendances"]).replace(",", ".")
    run = next(run for run in report.numbers if run.text == whole)
    url = f"/reporting/compiled/version/{row.pk}/source/"
    first = lan.client.get(url, {"number": run.key}).content.decode()
    assert whole in first
    assert "Chênh 0" in first
    session = world.session(
        world.training_class(unit=province.an_hoa, counting="headcount"),
        held_on=cycle.ends_on, status="held",
    )  # fmt: skip
    session.headcounts.create(people=5)
    assert "Chênh 0" not in lan.client.get(url, {"number": run.key}).content.decode()
    missing = lan.client.get(url, {"number": "units:missing"}).content.decode()
    assert "Xã An Hoà" in missing


def test_pages_cost_the_same_for_any_number_of_units(
    cycle, province, hanh, lan, hoa, django_assert_max_num_queries
):
    row = service.compile_report(cycle, hanh.access)
    with django_assert_max_num_queries(30):
        assert lan.client.get(row.get_absolute_url()).status_code == 200
    assert hoa.client.get(row.get_absolute_url()).status_code == 404
