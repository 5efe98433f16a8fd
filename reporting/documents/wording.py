"""The Vietnamese words that official papers carry by law or by custom, whoever reads the screen.

They are not translated: a report to the People's Committee is Vietnamese also when the person who
compiles it works in English.
"""

from decimal import ROUND_HALF_UP, Decimal

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
REPORT = "BÁO CÁO"
RECIPIENTS = "Nơi nhận:"
END_MARK = "./."
BLANK = "……"
"""What the clerk fills in by hand or in the document system."""

NOTHING = "–"
"""Nothing was reported; 0 is a real zero."""

POINTS = "abcdđeghiklmnopqrstuvxy"
"""The letters by which points are counted: the Vietnamese alphabet without ă, â, ê, ô, ơ, ư."""


def number_line(number: str, symbol: str) -> str:
    """``Số: ……/BC-SKHCN``: the number is given by the clerk."""
    return f"Số: {number or BLANK}/{symbol}"


def date_words(*, year: int, month: int, day: int | None) -> str:
    """``ngày 05 tháng 02 năm 2026``: a nought before days below 10 and before months 1 and 2."""
    shown_day = BLANK if day is None else f"{day:02d}"
    shown_month = f"{month:02d}" if month < 3 else str(month)
    return f"ngày {shown_day} tháng {shown_month} năm {year}"


def place_and_date(place: str, *, year: int, month: int, day: int | None) -> str:
    """``An Giang, ngày …… tháng 01 năm 2026``."""
    return f"{place}, {date_words(year=year, month=month, day=day)}"


def annex_heading(ordinal: int, *, is_only: bool) -> str:
    """``Phụ lục II``; the only annex of a report has no number."""
    return "Phụ lục" if is_only else f"Phụ lục {roman(ordinal)}"


def annex_reference(*, number: str, symbol: str, date: str, issuer: str) -> str:
    """``(Kèm theo Báo cáo số ……/BC-SKHCN ngày … của Sở Khoa học và Công nghệ)``."""
    whose = f" của {issuer}" if issuer else ""
    return f"(Kèm theo Báo cáo số {number or BLANK}/{symbol} {date}{whose})"


def roman(number: int) -> str:
    """I, II, III, IV…: sections and annexes are counted so."""
    steps = (
        (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"),
        (1, "I"),
    )  # fmt: skip
    words = ""
    for value, letters in steps:
        times, number = divmod(number, value)
        words += letters * times
    return words


def figure(number: Decimal | None, *, is_rate: bool = False) -> str:
    """A number as papers write it: ``1.234.567,5``, ``85,3%``."""
    if number is None:
        return NOTHING
    if is_rate:
        return f"{_grouped(number * 100, 1)}%"
    return _grouped(number, 0 if number == number.to_integral_value() else 1)


def _grouped(number: Decimal, digits: int) -> str:
    rounded = number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return f"{rounded:,}".translate(str.maketrans(",.", ".,"))


# --- Statistical annexes ------------------------------------------------------------------------

FORM_HEADINGS = (
    "STT", "Tên đơn vị", "Chỉ tiêu", "ĐVT", "KH năm", "Trong kỳ", "Lũy kế", "Cùng kỳ",
    "% so KH", "% so cùng kỳ", "Ghi chú",
)  # fmt: skip
FORM_LETTERS = ("A", "B", "1", "2", "3", "4", "5", "6", "7=5/3", "8=5/6", "9")
"""How the columns are counted, and which of them are worked out from which."""

TOTAL = "TỔNG CỘNG"
SPLIT = "Trong đó:"
NOT_REPORTED = "Chưa báo cáo"
DISTINCT = "Không cộng dồn: một người chỉ tính một lần"
NOT_THE_SUM = "Khác tổng các dòng ({sums})"
BY_COLUMN = "ĐVT: như cột 2"
PREPARED_BY = "Người lập biểu"
HEAD_OF_UNIT = "THỦ TRƯỞNG ĐƠN VỊ"
NUMERATOR = "Tử số: {column}"
DENOMINATOR = "Mẫu số: {column}"
PAGE_OF_PAGES = "Trang &P/&N"
FIRST_DAY = "Kỳ báo cáo từ ngày"
LAST_DAY = "Kỳ báo cáo đến ngày"
FORM_REMARKS = (
    "Dấu “–” là chưa có số liệu; số 0 là không phát sinh.",
    "Cột 7 = cột 5 / cột 3; cột 8 = cột 5 / cột 6; không tính khi chưa có số để so sánh.",
    "Chỉ tiêu đếm người không cộng dồn giữa các đơn vị: số toàn tỉnh là số của hệ thống.",
    "Tỷ lệ của toàn tỉnh là tổng tử số chia tổng mẫu số, không phải trung bình các tỷ lệ.",
)


def form_number(form: str) -> str:
    """``Biểu số 01/BDHVS``."""
    return f"Biểu số {form}"


def form_sheet(form: str) -> str:
    """The name of an annex's sheet: ``Biểu 01``."""
    return f"Biểu {form.partition('/')[0]}"


def unit_line(measure: str) -> str:
    """``ĐVT: lớp``: the unit of measure of a form that has only one."""
    return f"ĐVT: {measure}"
