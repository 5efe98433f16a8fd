"""The report on the screen says what the Word file says, and its numbers answer."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

from docx import Document

from reporting.documents.docx import write_docx
from reporting.documents.official import number, paragraph
from reporting.documents.paper import report_html
from tests.reporting.papers import quarter_report


class Words(HTMLParser):
    """The words of a page, without those that are only heard."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.is_heard = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.is_heard = tag == "caption"

    def handle_endtag(self, tag: str) -> None:
        if tag != "a":
            self.said.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.is_heard:
            self.said.append(data)


def words(html: str) -> list[str]:
    parser = Words()
    parser.feed(html)
    return "".join(parser.said).split()


def test_screen_and_file_say_the_same():
    report = quarter_report()
    paper = Document(io.BytesIO(write_docx(report)))
    written = " ".join(_paragraphs(paper)).split()
    assert len(written) > 500
    assert sorted(words(report_html(report))) == sorted(written)


def _paragraphs(paper: object) -> list[str]:
    tag = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    return [
        "".join(t.text or "" for t in p.iter(f"{tag}t"))
        for p in paper.element.body.iter(f"{tag}p")  # type: ignore[attr-defined]
    ]


def test_numbers_lead_to_their_source_and_the_chosen_one_is_marked():
    html = report_html(quarter_report(), selected="teams")
    assert '<a class="fx" href="/figures/people/" data-key="people">1.583.911</a> người học' in html
    assert '<a class="fx on" href="/figures/teams/" data-key="teams">1.035</a> tổ' in html


def test_a_number_without_an_address_is_no_link():
    html = report_html(quarter_report(body=(paragraph(number("5", key="x"), number("6")),)))
    assert '<p><span class="fx" data-key="x">5</span>6./.</p>' in html


def test_gaps_are_marked_and_sections_can_be_pointed_to():
    html = report_html(quarter_report())
    assert '<span class="fy">[Nhận xét của đơn vị đầu mối]</span>' in html
    assert '<h3 id="results">II. KẾT QUẢ THỰC HIỆN</h3>' in html
    assert re.search(r'<p id="teams"><b>Toàn tỉnh</b> có <a ', html)


def test_what_people_typed_is_never_markup():
    html = report_html(quarter_report(body=(paragraph("<script>a&b</script>"),), subject=("<b>",)))
    assert "<script>" not in html
    assert "&lt;script&gt;a&amp;b&lt;/script&gt;./." in html
    assert "&lt;b&gt;" in html


def test_annexes_lie_across_and_may_be_left_out():
    html = report_html(quarter_report())
    assert html.count('<article class="paper') == 3
    assert html.count('<article class="paper wide"') == 1
    assert report_html(quarter_report(), with_annexes=False).count("<article") == 1
