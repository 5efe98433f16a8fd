"""The .docx as Word sees it: opened again, measured against Decree 30/2020/NĐ-CP."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from reporting.documents import layout, lettering
from reporting.documents.docx import write_docx
from reporting.documents.official import Heading, OfficialReport, Table, TableColumn, paragraph
from tests.reporting.papers import communes, letterhead, quarter_report

CENTRE = WD_ALIGN_PARAGRAPH.CENTER


@pytest.fixture(scope="module")
def paper() -> Any:
    return opened(quarter_report())


def opened(report: OfficialReport) -> Any:
    return Document(io.BytesIO(write_docx(report)))


def lines(place: Any) -> list[Any]:
    return [p for p in place.paragraphs if p.text]


def said(place: Any, text: str) -> Any:
    return next(p for p in place.paragraphs if p.text == text)


def size_of(paragraph: Any) -> float:
    run = paragraph.runs[0]
    return (run.font.size or paragraph.style.font.size).pt


def is_bold(paragraph: Any) -> bool:
    return all(
        run.bold or (run.bold is None and paragraph.style.font.bold) for run in paragraph.runs
    )


def paper_of(section: Any) -> tuple[int, int]:
    """Width and height in millimetres; Word keeps twentieths of a point."""
    return round(section.page_width / Mm(1)), round(section.page_height / Mm(1))


def rule_length(paragraph: Any, room: float) -> float:
    """The length in millimetres of a line drawn above an empty paragraph, in so much room."""
    assert paragraph._p.pPr.find(qn("w:pBdr")).find(qn("w:top")).get(qn("w:val")) == "single"
    shape = paragraph.paragraph_format
    assert shape.left_indent == shape.right_indent
    return room - (shape.left_indent + shape.right_indent) / Mm(1)


def test_the_page_is_a4_with_the_margins_of_the_decree(paper):
    section = paper.sections[0]
    assert paper_of(section) == (210, 297)
    assert section.orientation == WD_ORIENT.PORTRAIT
    millimetres = [
        side / Mm(1)
        for side in (
            section.top_margin, section.bottom_margin, section.left_margin, section.right_margin
        )
    ]  # fmt: skip
    limits = [(20, 25), (20, 25), (30, 35), (15, 20)]
    assert all(low <= value <= high for value, (low, high) in zip(millimetres, limits, strict=True))


def test_every_letter_is_times_new_roman_black_and_vietnamese(paper):
    styles = paper.styles.element
    fonts = {
        value
        for used in ("docDefaults", *[f"Heading{n}" for n in (1, 2, 3)], "Normal", "BodyText")
        for found in (
            styles.iter(qn("w:docDefaults"))
            if used == "docDefaults"
            else [s for s in styles.iter(qn("w:style")) if s.get(qn("w:styleId")) == used]
        )
        for font in found.iter(qn("w:rFonts"))
        for value in font.attrib.values()
    }
    assert fonts == {"Times New Roman"}
    assert next(styles.iter(qn("w:lang"))).get(qn("w:val")) == "vi-VN"
    body = paper.element.body
    assert not list(body.iter(qn("w:rFonts")))
    assert not list(body.iter(qn("w:color")))
    for name in ("Normal", "Heading 1", "Heading 2", "Heading 3"):
        assert str(paper.styles[name].font.color.rgb) == "000000"


def test_bodies_stand_left_and_state_and_motto_right(paper):
    left, right = paper.tables[0].rows[0].cells
    superior, issuer = lines(left)
    assert (superior.text, size_of(superior)) == ("ỦY BAN NHÂN DÂN TỈNH AN GIANG", 12)
    assert not is_bold(superior)
    assert (issuer.text, size_of(issuer), is_bold(issuer)) == ("SỞ KHOA HỌC VÀ CÔNG NGHỆ", 12, True)
    nation, motto = lines(right)
    assert nation.text == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert motto.text == "Độc lập - Tự do - Hạnh phúc"
    assert (size_of(nation), size_of(motto)) == (12, 13)
    assert is_bold(nation)
    assert is_bold(motto)
    assert all(p.alignment == CENTRE for p in (superior, issuer, nation, motto))


def test_the_rules_are_as_long_as_prescribed(paper):
    left, right = paper.tables[0].rows[0].cells
    motto = rule_length(right.paragraphs[-1], layout.HEAD_COLUMNS[1])
    assert motto == pytest.approx(lettering.length("Độc lập - Tự do - Hạnh phúc", size=13), abs=0.1)
    issuer = lettering.length("SỞ KHOA HỌC VÀ CÔNG NGHỆ", size=12)
    assert 1 / 3 <= rule_length(left.paragraphs[-1], layout.HEAD_COLUMNS[0]) / issuer <= 1 / 2
    subject = said(paper, "Quý IV năm 2025 trên địa bàn tỉnh An Giang")
    under = paper.paragraphs[[p.text for p in paper.paragraphs].index(subject.text) + 1]
    length = lettering.length(subject.text, size=14)
    assert 1 / 3 <= rule_length(under, layout.TEXT_WIDTH) / length <= 1 / 2


def test_the_length_of_a_line_is_that_of_its_letters():
    assert lettering.length("Hà Nội", size=72 / 25.4 * 10) == pytest.approx(
        (0.778 + 0.5 + 0.25 + 0.722 + 0.5 + 0.278) * 10
    )


def test_number_and_day_are_left_to_the_clerk(paper):
    symbol, date = (lines(cell)[0] for cell in paper.tables[0].rows[1].cells)
    assert (symbol.text, size_of(symbol)) == ("Số: ……/BC-SKHCN", 13)
    assert date.text == "An Giang, ngày …… tháng 01 năm 2026"
    assert date.runs[0].italic
    assert not symbol.runs[0].italic


@pytest.mark.parametrize(
    ("day", "month", "words"),
    [
        (5, 2, "ngày 05 tháng 02 năm 2026"),
        (14, 3, "ngày 14 tháng 3 năm 2026"),
        (9, 12, "ngày 09 tháng 12 năm 2026"),
    ],
)
def test_a_nought_stands_before_small_days_and_the_first_two_months(day, month, words):
    head = letterhead(number="123", day=day, month=month)
    assert head.date_line == f"An Giang, {words}"
    assert head.number_line == "Số: 123/BC-SKHCN"


def test_a_commune_has_no_body_above_it_and_a_name_of_two_lines():
    head = letterhead(superior="", issuer="ỦY BAN NHÂN DÂN\nXÃ AN HÒA", symbol="BC-UBND")
    paper = opened(quarter_report(letterhead=head))
    left = paper.tables[0].rows[0].cells[0]
    assert [p.text for p in lines(left)] == ["ỦY BAN NHÂN DÂN", "XÃ AN HÒA"]
    assert all(is_bold(p) for p in lines(left))


def test_title_and_subject_are_centred_bold_14(paper):
    for text in ("BÁO CÁO", *quarter_report().subject):
        line = said(paper, text)
        assert (line.alignment, size_of(line), is_bold(line)) == (CENTRE, 14, True)


def test_the_text_is_justified_with_its_first_line_moved_in(paper):
    text = said(paper, "Thực hiện Kế hoạch số 01-KH/BCĐTW.")
    shape = text.style.paragraph_format
    assert text.alignment is None
    assert shape.alignment == WD_ALIGN_PARAGRAPH.JUSTIFY
    assert Mm(10) <= shape.first_line_indent <= Mm(12.8)
    assert 13 <= text.style.font.size.pt <= 14
    assert shape.space_after >= Pt(6)
    assert 1 <= shape.line_spacing <= 1.5


def test_what_was_typed_becomes_paragraphs_without_stray_spaces(paper):
    assert said(paper, "Trong kỳ, Ủy ban nhân dân tỉnh chỉ đạo.")


def test_sections_are_counted_and_stand_in_the_outline(paper):
    headings = [
        (p.style.name, p.text) for p in paper.paragraphs if p.style.name.startswith("Heading")
    ]
    assert headings == [
        ("Heading 1", "I. CÔNG TÁC CHỈ ĐẠO, TRIỂN KHAI"),
        ("Heading 1", "II. KẾT QUẢ THỰC HIỆN"),
        ("Heading 2", "1. Phổ cập kỹ năng số cho người dân"),
        ("Heading 2", "2. Tổ công nghệ số cộng đồng"),
        ("Heading 3", "a) Tập huấn"),
        ("Heading 3", "b) Hoạt động"),
        ("Heading 1", "III. KIẾN NGHỊ, ĐỀ XUẤT"),
        ("Heading 2", "1. Với Ủy ban nhân dân tỉnh"),
        ("Heading 1", "Phụ lục I"),
        ("Heading 1", "Phụ lục II"),
    ]


def test_points_follow_the_vietnamese_alphabet():
    headings = tuple(Heading(3, "x") for _ in range(8))
    numbers = [number for number, _ in quarter_report(body=headings).sections][:8]
    assert numbers == ["a)", "b)", "c)", "d)", "đ)", "e)", "g)", "h)"]


def test_words_keep_their_looks_and_gaps_are_seen(paper):
    text = next(p for p in paper.paragraphs if p.text.startswith("Toàn tỉnh có 1.035"))
    assert text.runs[0].bold
    gap = text.runs[-1]
    assert gap.text == "[Nhận xét của đơn vị đầu mối]"
    assert gap.font.highlight_color is not None
    assert [run.key for run in quarter_report().gaps] == ["II.2"]


def test_a_table_repeats_its_heading_and_keeps_its_rows_whole(paper):
    wide = next(t for t in paper.tables if t.cell(0, 0).text == "STT")
    assert len(wide.rows) == 1 + 102 + 1
    assert wide.cell(1, 1).text == communes()[0][1]
    properties = [row._tr.trPr for row in wide.rows]
    assert properties[0].find(qn("w:tblHeader")) is not None
    assert all(p.find(qn("w:cantSplit")) is not None for p in properties)


def test_cells_stand_as_their_column_says_and_nothing_is_a_dash(paper):
    table = paper.tables[1]
    assert [cell.text for cell in table.rows[3].cells] == ["3", "Xã Sơn Kiên", "16.836", "–", "–"]
    sides = [cell.paragraphs[0].alignment for cell in table.rows[1].cells]
    assert sides == [CENTRE, WD_ALIGN_PARAGRAPH.LEFT, *[WD_ALIGN_PARAGRAPH.RIGHT] * 3]
    assert all(
        is_bold(cell.paragraphs[0])
        for cell in (*table.rows[0].cells, *table.rows[4].cells)
        if cell.text
    )
    assert sum(cell.width for cell in table.rows[0].cells) == pytest.approx(Mm(165), abs=Mm(0.1))
    assert 10 <= size_of(table.rows[1].cells[1].paragraphs[0]) <= 12


def test_a_row_must_have_as_many_cells_as_the_table_has_columns():
    with pytest.raises(ValueError, match="cell for each"):
        Table((TableColumn("a"), TableColumn("b")), (("1",),))


@pytest.mark.parametrize(
    ("body", "end"),
    [
        ((paragraph("Xin báo cáo."),), "Xin báo cáo./."),
        ((paragraph("Xin báo cáo./."),), "Xin báo cáo./."),
        ((Heading(1, "X"),), "./."),
    ],
)
def test_the_text_ends_with_its_mark_once(body, end):
    paper = opened(quarter_report(body=body, annexes=()))
    assert lines(paper)[-1].text == end
    assert sum(p.text.count("./.") for p in paper.paragraphs) == 1


def test_recipients_stand_left_and_the_signer_right(paper):
    left, right = (
        next(t for t in paper.tables if t.cell(0, 0).text.startswith("Nơi nhận")).rows[0].cells
    )
    assert [p.text for p in lines(left)] == [
        "Nơi nhận:", "- UBND tỉnh (báo cáo);", "- Các sở, ban, ngành;", "- Lưu: VT, CĐS.",
    ]  # fmt: skip
    heading, first, *_ = lines(left)
    assert (size_of(heading), is_bold(heading), heading.runs[0].italic) == (12, True, True)
    assert (size_of(first), is_bold(first)) == (11, False)
    assert [p.text for p in right.paragraphs] == ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", ""]
    assert all(is_bold(p) and size_of(p) == 14 for p in lines(right))
    assert right.paragraphs[-1].paragraph_format.space_before >= Pt(60)


def test_pages_are_numbered_in_the_top_margin_but_not_the_first(paper):
    for section in paper.sections:
        assert section.different_first_page_header_footer
        assert not section.first_page_header.paragraphs[0].text
        assert not section.first_page_header.is_linked_to_previous
        header = section.header.paragraphs[0]
        assert header.alignment == CENTRE
        assert [f.text for f in header._p.iter(qn("w:instrText"))] == ["PAGE"]
        assert all(13 <= run.font.size.pt <= 14 for run in header.runs)
        assert section.header_distance < section.top_margin


def test_annexes_have_pages_of_their_own_counted_from_one(paper):
    text, wide, upright = paper.sections
    assert (paper_of(wide), paper_of(upright)) == ((297, 210), (210, 297))
    assert all(len(s._sectPr.findall(qn("w:pgNumType"))) <= 1 for s in paper.sections)
    starts = [s._sectPr.find(qn("w:pgNumType")) for s in (text, wide, upright)]
    assert [None if s is None else s.get(qn("w:start")) for s in starts] == [None, "1", "1"]
    assert said(paper, "KẾT QUẢ THEO ĐƠN VỊ").alignment == CENTRE
    reference = said(
        paper,
        "(Kèm theo Báo cáo số ……/BC-SKHCN ngày …… tháng 01 năm 2026 của Sở Khoa học và Công nghệ)",
    )
    assert reference.runs[0].italic


def test_the_only_annex_has_no_number():
    report = quarter_report(annexes=quarter_report().annexes[:1])
    assert [name for name, _ in report.numbered_annexes] == ["Phụ lục"]


def test_equal_reports_give_equal_bytes_that_tell_no_time():
    first, second = write_docx(quarter_report()), write_docx(quarter_report())
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = parts.read("docProps/core.xml").decode()
    assert "2013" not in core
    assert b"thumbnail" not in first
    assert "python-docx" not in core
    assert write_docx(quarter_report(subject=("Khác",))) != first
