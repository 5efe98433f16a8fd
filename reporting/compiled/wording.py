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
PLACE, UNIT, NOTE, CUMULATIVE, PERCENT = "TT", "Đơn vị", "Ghi chú", "Lũy kế", "Tỷ lệ (%)"
RESULT_COLUMNS = (
    "TT", "Chỉ tiêu", "ĐVT", "KH năm", "Trong kỳ", "Lũy kế", "Cùng kỳ", "% so KH", "% so cùng kỳ",
)  # fmt: skip
DISCIPLINE_COLUMNS = (
    "TT", "Đơn vị", "Hạn nộp", "Nộp lúc", "Đúng hạn", "Trạng thái", "Từ đầu năm",
)  # fmt: skip
LEADING_COLUMNS = ("TT", "Đơn vị", "Kế hoạch", "Lũy kế", "Tỷ lệ (%)")
OF_THE_PERIOD = "{label}: trong kỳ"
HAMLETS, HAMLETS_WITH_TEAM = "Ấp, khóm", "Ấp, khóm có tổ"
WHOLE_PROVINCE, TOGETHER, SO_MANY_APPROVED = "Toàn tỉnh", "Cộng", "{count} đã duyệt"

UNITS = {
    "classes_and_support": "lớp, buổi", "support_sessions": "buổi", "attendances": "lượt",
    "attendances_on_roster": "lượt", "attendances_counted": "lượt", "reach": "lượt",
    "communication_reach": "lượt", "team_members": "người", "teams": "tổ", "sessions": "buổi",
}  # fmt: skip
"""Short words for units of measure: a column of a form has room for two."""

DECLARED = "Đơn vị kê khai"
RESULTS_BY_INDICATOR = "Kết quả theo chỉ tiêu"
RESULTS_BY_UNIT = "Kết quả theo đơn vị"
TEAMS_AND_COVERAGE = "Tổ công nghệ số cộng đồng và độ phủ theo xã, phường, đặc khu"
COMMUNES, DEPARTMENTS = "Xã, phường, đặc khu", "Sở, ban, ngành, đoàn thể"
ALL_COMMUNES, ALL_DEPARTMENTS = "Các xã, phường, đặc khu", "Các sở, ban, ngành, đoàn thể"
HAMLETS_COVERED = "Ấp, khóm có tổ hoạt động"
HAMLETS_COVERED_MEANING = "Số ấp, khóm có ít nhất một tổ đang hoạt động chia cho tổng số ấp, khóm."
BESIDE_UNITS = "Ngoài báo cáo của các đơn vị"
BESIDE_COMMUNES = "Ngoài số đã báo cáo của cấp xã"
REPORT = "báo cáo"
REPORTS_HANDED_IN = "Báo cáo đã nộp"
REPORTS_ON_TIME = "Báo cáo nộp đúng hạn"
REPORTS_APPROVED = "Báo cáo đã được duyệt"
DECLARED_BY = "{declared}/{expected} đơn vị kê khai"
TOLD_ON_TIME = "{state}; nộp {at}, đúng hạn"
TOLD_LATE = "{state}; nộp {at}, quá hạn"

PERIOD, FIGURES_AS_OF = "Kỳ báo cáo", "Số liệu lấy lúc"
WITH_EXCEPTIONS = "Chốt với ngoại lệ, lý do"
NOT_APPROVED = "Chưa có báo cáo được duyệt {place}"

SUBJECT = "Kết quả triển khai phong trào “{campaign}”"
SUBJECT_WHEN = "{period} trên địa bàn {province}"
SIGNER = "GIÁM ĐỐC"
RECIPIENTS = (
    "UBND {province} (báo cáo)", "Các sở, ban, ngành, đoàn thể tỉnh",
    "UBND các xã, phường, đặc khu", "Lưu: VT",
)  # fmt: skip
LEADING = "{count} đơn vị cấp xã có tỷ lệ lượt người học so với kế hoạch năm cao nhất:"
_DONE = "đã nộp báo cáo, trong đó {on_time} báo cáo đúng hạn; {approved} báo cáo đã được duyệt."
HANDED_IN = "Có {communes} đơn vị cấp xã và {departments} sở, ban, ngành " + _DONE
HANDED_IN_COMMUNES = "Có {communes} đơn vị cấp xã " + _DONE
HANDED_IN_DEPARTMENTS = "Có {departments} sở, ban, ngành " + _DONE
MISSING = "{count} đơn vị chưa có báo cáo được duyệt, được nêu tên tại Phụ lục IV; {rule}."
MISSING_NAMED = "{count} đơn vị chưa có báo cáo được duyệt ({units}); {rule}."
EXCEPTIONS = (
    "Báo cáo được chốt với ngoại lệ. Lý do: {reason}. Các đơn vị chưa có báo cáo được duyệt: "
    "{units}."
)
CHANGED = "Số liệu của {count} đơn vị thay đổi sau khi duyệt được nêu riêng ở cuối Phụ lục II."

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


def period_line(period: Period) -> str:
    """The line under the title of an annex: the period with its days."""
    days = f"từ {period.start:%d/%m/%Y} đến {period.end:%d/%m/%Y}"
    return f"Kỳ báo cáo: {period_words(period)} ({days})"


def so_many(count: int) -> str:
    """A small number at the head of a sentence."""
    return {2: "Hai", 3: "Ba", 4: "Bốn", 5: "Năm"}.get(count, str(count))


def committee_of(province: str) -> str:
    """The People's Committee of a province."""
    return f"Ủy ban nhân dân {lowered(province)}"


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
