"""A quarter's report of An Giang, long enough to show every part of an official paper."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from reporting.documents.official import (
    Heading,
    Letterhead,
    OfficialReport,
    PaperAnnex,
    Run,
    Signature,
    Table,
    TableColumn,
    bold,
    italic,
    missing,
    number,
    paragraph,
    paragraphs,
)

COMMUNES = Path(__file__).resolve().parents[2] / "units" / "data" / "communes_2025.csv"
AN_GIANG = "91"


@cache
def communes() -> tuple[tuple[str, str], ...]:
    """Code and name of the 102 units of An Giang."""
    with COMMUNES.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["province_code"] == AN_GIANG]
    return tuple((row["code"], row["name"]) for row in rows)


def figure(text: str, key: str = "people") -> Run:
    return number(text, key=key, url=f"/figures/{key}/")


BEST = Table(
    (
        TableColumn("TT", 0.4, "center"),
        TableColumn("Đơn vị", 1.8),
        TableColumn("Kế hoạch", 1, "right"),
        TableColumn("Thực hiện", 1, "right"),
        TableColumn("Tỷ lệ (%)", 1, "right"),
    ),
    (
        ("1", "Xã Thạnh Mỹ Tây", "17.321", "19.503", "112,6"),
        ("2", "Phường Rạch Giá", "96.504", "105.479", "109,3"),
        ("3", "Xã Sơn Kiên", "16.836", None, None),
    ),
    total=("", "Cộng", "130.661", figure("124.982"), "95,7"),
)


def units_table() -> Table:
    """A wide table over several pages."""
    columns = (
        TableColumn("STT", 0.5, "center"),
        TableColumn("Tên đơn vị", 2.4),
        TableColumn("Kế hoạch năm", 1, "right"),
        TableColumn("Lũy kế", 1, "right"),
        TableColumn("Ghi chú", 1.2),
    )
    rows = tuple(
        (str(place), name, "120", None if place % 9 == 0 else "100", "")
        for place, (_code, name) in enumerate(communes(), 1)
    )
    return Table(columns, rows, total=("", "TỔNG CỘNG", "12.240", "9.100", ""))


def letterhead(**more: object) -> Letterhead:
    given: dict[str, object] = {
        "superior": "ỦY BAN NHÂN DÂN TỈNH AN GIANG",
        "issuer": "SỞ KHOA HỌC VÀ CÔNG NGHỆ",
        "symbol": "BC-SKHCN",
        "place": "An Giang",
        "year": 2026,
        "month": 1,
    }
    return Letterhead(**{**given, **more})  # type: ignore[arg-type]


def quarter_report(**more: object) -> OfficialReport:
    given: dict[str, object] = {
        "letterhead": letterhead(),
        "subject": (
            "Kết quả triển khai phong trào “Bình dân học vụ số”",
            "Quý IV năm 2025 trên địa bàn tỉnh An Giang",
        ),
        "issuer_in_words": "Sở Khoa học và Công nghệ",
        "body": (
            Heading(1, "CÔNG TÁC CHỈ ĐẠO, TRIỂN KHAI"),
            *paragraphs("Thực hiện Kế hoạch số 01-KH/BCĐTW.\n\nTrong kỳ,  Ủy ban nhân dân tỉnh chỉ đạo."),
            Heading(1, "KẾT QUẢ THỰC HIỆN", anchor="results"),
            Heading(2, "Phổ cập kỹ năng số cho người dân"),
            paragraph("Toàn tỉnh có ", figure("1.583.911"), " người học, đạt ", figure("83,1%"), "."),
            BEST,
            Heading(2, "Tổ công nghệ số cộng đồng"),
            paragraph(
                bold("Toàn tỉnh"), " có ", figure("1.035", "teams"), " tổ. ",
                missing("Nhận xét của đơn vị đầu mối", key="II.2"), anchor="teams",
            ),
            Heading(3, "Tập huấn"),
            paragraph("Đã tập huấn cho ", italic("tất cả"), " thành viên."),
            Heading(3, "Hoạt động"),
            Heading(1, "KIẾN NGHỊ, ĐỀ XUẤT"),
            Heading(2, "Với Ủy ban nhân dân tỉnh"),
            paragraph("Trên đây là báo cáo kết quả, kính trình Ủy ban nhân dân tỉnh xem xét."),
        ),
        "recipients": ("UBND tỉnh (báo cáo)", "Các sở, ban, ngành;", "Lưu: VT, CĐS."),
        "signature": Signature(("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")),
        "annexes": (
            PaperAnnex("Kết quả theo đơn vị", (units_table(),)),
            PaperAnnex("Đơn vị chưa nộp", (paragraph("Không có."),), is_wide=False),
        ),
    }  # fmt: skip
    return OfficialReport(**{**given, **more})  # type: ignore[arg-type]
