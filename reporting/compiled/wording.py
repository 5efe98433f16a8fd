"""The Vietnamese of the provincial report itself, whoever reads the screen and in what language."""

from __future__ import annotations

from collections.abc import Sequence

from campaign.periods import Kind, Period
from reporting.compiled.content import Missing, Part
from reporting.documents.wording import date_words, roman

SUPPLEMENT = "Bản bổ sung lần {number}"
RESULTS_IN_ALL = "Kết quả chung"
RESULTS_OF_UNITS = "Kết quả của các đơn vị"
DISCIPLINE = "Chế độ báo cáo"
TO_WRITE = "Nhận xét của đơn vị đầu mối"

SECTIONS = {
    "I": "Công tác chỉ đạo, triển khai",
    "II": "Kết quả thực hiện",
    "III": "Đánh giá chung",
    "IV": "Phương hướng, nhiệm vụ kỳ tới",
    "V": "Kiến nghị, đề xuất",
}
RESULTS = "II"
"""The section that figures stand in."""

RULES = {
    Missing.NOTED: "số liệu của các đơn vị này được ghi là “chưa báo cáo” tại Phụ lục II",
    Missing.PROVISIONAL: "số liệu của các đơn vị này là số tạm tính, được đánh dấu tại Phụ lục II",
    Missing.PREVIOUS: "số liệu của các đơn vị này lấy theo kỳ trước, có ghi chú tại Phụ lục II",
    Missing.LEFT_OUT: "các đơn vị này không có dòng tại Phụ lục II",
}
"""What is done about units without an approved report, as the end of a sentence."""

NOTES = {
    "approved": "",
    "counted": "",
    "not_reported": "Chưa báo cáo",
    "provisional": "Tạm tính",
    "previous": "Số kỳ trước",
}
"""What the note of a unit's row says."""

STATES = {
    "": "Không phải báo cáo",
    "open": "Chưa bắt đầu",
    "draft": "Đang nhập",
    "proposed": "Chờ lãnh đạo đơn vị",
    "submitted": "Chờ duyệt",
    "returned": "Trả lại",
    "approved": "Đã duyệt",
    "locked": "Đã chốt",
}
OWN, UNREPORTED, AFTER = (
    "Cấp tỉnh trực tiếp thực hiện",
    "Đơn vị chưa có báo cáo được duyệt (số ghi nhận trên Cổng)",
    "Thay đổi ghi nhận sau khi duyệt",
)


def period_words(period: Period) -> str:
    """A period as titles write it: ``Quý IV năm 2025``."""
    year = f"năm {period.year}"
    if period.kind is Kind.RANGE:
        if period.days == 1:
            return _day(period.start)
        return f"Từ {_day(period.start)} đến {_day(period.end)}"
    return {
        Kind.WEEK: f"Tuần {period.number} {year}",
        Kind.MONTH: f"Tháng {period.number} {year}",
        Kind.QUARTER: f"Quý {roman(period.number)} {year}",
        Kind.HALF: f"6 tháng {'đầu' if period.number == 1 else 'cuối'} {year}",
        Kind.NINE: f"9 tháng {year}",
        Kind.YEAR: f"Năm {period.year}",
    }[period.kind]


def _day(day: object) -> str:
    return date_words(year=day.year, month=day.month, day=day.day)  # type: ignore[attr-defined]


def lowered(name: str) -> str:
    """A territory inside a sentence: ``tỉnh An Giang``."""
    return name[:1].lower() + name[1:]


def names(parts: Sequence[Part]) -> str:
    """Units as a list in a sentence, each by its full name."""
    return "; ".join(part.name for part in parts)


def states_of(parts: Sequence[Part]) -> str:
    """Units with where their reports stand: ``Xã An Hoà (chờ duyệt)``."""
    return "; ".join(f"{part.name} ({lowered(STATES[part.state])})" for part in parts)
