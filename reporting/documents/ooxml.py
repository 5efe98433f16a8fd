"""The marks of WordprocessingML that python-docx has no words for: rules, page numbers, styles."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from docx.document import Document as DocumentFile
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor, Twips
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from reporting.documents import layout
from reporting.documents.official import Run

TEXT = "Body Text"
CELL = "Table Text"
_CELL_ID = "TableText"

_ALIGNMENTS = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
_THEME_FONTS = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")
_SCRIPTS = ("ascii", "hAnsi", "eastAsia", "cs")


def at_least(millimetres: float) -> Twips:
    """A length Word keeps, in twentieths of a point, and never below what is prescribed."""
    return Twips(ceil(millimetres * 1440 / 25.4))


def modernise(document: DocumentFile) -> None:
    """A document of today's Word without a preview of somebody else's page."""
    for setting in document.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")
    relations = document.part.package.rels
    for key in [k for k, rel in relations.items() if rel.reltype.endswith("/thumbnail")]:
        del relations[key]


def set_styles(document: DocumentFile) -> None:
    """Times New Roman, black, Vietnamese, in every style the paper uses."""
    styles = document.styles
    defaults = styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    _set_font(defaults)
    language = defaults.find(qn("w:lang"))
    for part in ("val", "eastAsia"):
        language.set(qn(f"w:{part}"), "vi-VN")
    _set_style(document, "Normal", size=layout.BODY)
    body = _set_style(document, TEXT, size=layout.BODY)
    body.paragraph_format.first_line_indent = Mm(layout.FIRST_LINE)
    body.paragraph_format.space_after = Pt(layout.BETWEEN_PARAGRAPHS)
    body.paragraph_format.line_spacing = layout.LINES
    body.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    body.paragraph_format.widow_control = True
    _set_style(document, "Header", size=layout.PAGE_NUMBER)
    cell = styles.add_style(CELL, WD_STYLE_TYPE.PARAGRAPH)
    cell.base_style = styles["Normal"]
    _set_style(document, CELL, size=layout.TABLE)
    cell.paragraph_format.space_before = cell.paragraph_format.space_after = Pt(2)
    for level in (1, 2, 3):
        style = _set_style(document, f"Heading {level}", size=layout.BODY)
        style.font.bold = level < 3
        style.paragraph_format.first_line_indent = Mm(layout.FIRST_LINE)
        style.paragraph_format.space_before = Pt(layout.BETWEEN_PARAGRAPHS if level == 1 else 0)
        style.paragraph_format.space_after = Pt(layout.BETWEEN_PARAGRAPHS)
        style.paragraph_format.keep_with_next = True


def _set_style(document: DocumentFile, name: str, *, size: float) -> ParagraphStyle:
    style: Any = document.styles[name]
    _set_font(style.element.get_or_add_rPr())
    style.font.size = Pt(size)
    style.font.color.rgb = RGBColor(0, 0, 0)
    style.font.italic = False
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    return style  # type: ignore[no-any-return]


def _set_font(properties: Any) -> None:
    """One font for all scripts, and none from the theme."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for part in _THEME_FONTS:
        fonts.attrib.pop(qn(f"w:{part}"), None)
    for part in _SCRIPTS:
        fonts.set(qn(f"w:{part}"), layout.FONT)


# --- Lines --------------------------------------------------------------------------------------


def line(
    place: DocumentFile | _Cell,
    text: str,
    *,
    size: float,
    bold: bool = False,
    italic: bool = False,
    align: str = "center",
    before: float = 0,
) -> Paragraph:
    """One line of a letterhead, a title or a foot."""
    written = _new_paragraph(place)
    written.alignment = _ALIGNMENTS[align]
    written.paragraph_format.space_before = Pt(before)
    written.paragraph_format.keep_with_next = True
    add_run(written, Run(text, bold=bold, italic=italic), size=size)
    return written


def rule(place: DocumentFile | _Cell, *, length: float, room: float, after: float = 0) -> Paragraph:
    """A thin line of so many millimetres in the middle of the room, close beneath the words."""
    written = _new_paragraph(place)
    side = max((room - length) / 2, 0)
    shape = written.paragraph_format
    shape.left_indent = shape.right_indent = Mm(side)
    shape.space_before, shape.space_after = Pt(4), Pt(after)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(2)
    shape.keep_with_next = True
    borders = OxmlElement("w:pBdr")
    borders.append(_border("top"))
    written._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )
    return written


def heading(
    document: DocumentFile, text: str, *, level: int, is_centred: bool = False
) -> Paragraph:
    """A heading Word shows in its outline."""
    written = document.add_paragraph(text, style=f"Heading {level}")
    if is_centred:
        written.alignment = WD_ALIGN_PARAGRAPH.CENTER
        written.paragraph_format.first_line_indent = Mm(0)
        written.paragraph_format.space_after = Pt(0)
    return written


def gap(document: DocumentFile) -> None:
    """A little air after a table, which Word would else glue to what follows."""
    written = document.add_paragraph()
    shape = written.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(6)


def add_run(
    place: Paragraph, run: Run, *, size: float | None = None, bold: bool | None = None
) -> None:
    """A piece of a sentence; gaps are marked for the eye, numbers look like the words around."""
    written = place.add_run(run.text)
    written.bold = (run.bold if bold is None else bold) or None
    written.italic = run.italic or None
    if size is not None:
        written.font.size = Pt(size)
    if run.is_missing:
        written.font.highlight_color = WD_COLOR_INDEX.YELLOW


def stand(place: Paragraph, how: str) -> None:
    """Make a cell's paragraph one of a table, on its side.

    By the style's id: looking it up by name takes a second for a table of a hundred rows.
    """
    place._p.style = _CELL_ID
    place.alignment = _ALIGNMENTS[how]


def _new_paragraph(place: DocumentFile | _Cell) -> Paragraph:
    """The next paragraph; a new cell already has an empty one."""
    if isinstance(place, _Cell) and len(place.paragraphs) == 1 and not place.paragraphs[0].runs:
        return place.paragraphs[0]
    return place.add_paragraph()


def _border(side: str) -> Any:
    border = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "0"), ("color", "000000")):
        border.set(qn(f"w:{name}"), value)
    return border


# --- Tables -------------------------------------------------------------------------------------


def bare_table(document: DocumentFile, *, rows: int, widths: Sequence[float]) -> Table:
    """A table without lines, by which two columns stand beside each other."""
    table = _fixed_table(document, rows=rows, widths=widths, side=0)
    for row in table.rows:
        _keep_whole(row)
    return table


def ruled_table(document: DocumentFile, *, rows: int, widths: Sequence[float]) -> Table:
    """A table with thin black lines."""
    table = _fixed_table(document, rows=rows, widths=widths, side=1.2)
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(_border(side))
    table._tbl.tblPr.insert_element_before(borders, "w:tblLayout", "w:tblCellMar", "w:tblLook")
    for row in table.rows:
        _keep_whole(row)
        for cell in row.cells:
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    return table


def rows_of(table: Table) -> list[tuple[_Cell, ...]]:
    """The cells row by row."""
    return [row.cells for row in table.rows]


def repeat_as_heading(row: _Row) -> None:
    """Show the row again at the top of every page the table reaches."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))


def _keep_whole(row: _Row) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _fixed_table(
    document: DocumentFile, *, rows: int, widths: Sequence[float], side: float
) -> Table:
    table = document.add_table(rows=rows, cols=len(widths))
    table.style = None
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
    margins = OxmlElement("w:tblCellMar")
    for name in ("left", "right"):
        margin = OxmlElement(f"w:{name}")
        margin.set(qn("w:w"), str(round(side * 1440 / 25.4)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")
    return table


# --- Pages --------------------------------------------------------------------------------------


def number_pages(section: Section, *, size: float) -> None:
    """The number of the page in the middle of the top margin; none on the first page."""
    section.first_page_header.is_linked_to_previous = False
    header = section.header
    header.is_linked_to_previous = False
    place = header.paragraphs[0]
    place.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = place.add_run()
        run.font.size = Pt(size)
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)


def start_pages_at_one(section: Section) -> None:
    """Count the pages of the section anew."""
    numbering = section._sectPr.find(qn("w:pgNumType"))  # a new section begins as the last ended
    if numbering is None:
        numbering = OxmlElement("w:pgNumType")
        section._sectPr.insert_element_before(numbering, "w:cols", "w:titlePg", "w:docGrid")
    numbering.set(qn("w:start"), "1")
