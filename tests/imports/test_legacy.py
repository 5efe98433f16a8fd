"""Text from before Unicode is recognised and converted; Unicode is never taken for it."""

import csv
import random
import unicodedata
from pathlib import Path

import pytest

from campaign.portal.workbooks import legacy

ROOT = Path(__file__).parents[2]
PROSE = [
    "Cộng hòa xã hội chủ nghĩa Việt Nam, độc lập, tự do, hạnh phúc.",
    "Bà con ấp Hòa Út học cách gửi hồ sơ trực tuyến và nhận diện lừa đảo.",
    "Kỹ năng số cơ bản: chữ ký, hóa đơn, thuế, y tế, quê quán, khuỷu, nguệch ngoạc.",
    "Quý III/2026: tỷ lệ 85,3 % – tăng 1½ lần so với “kế hoạch”; diện tích 12 m² ± 5°.",
    "Café Müller, São Paulo, Español, Øresund, naïve, déjà vu, Żółć, Đắk Lắk, K'Brông.",
    "Tú Hà Cù Lý Bé Sáu Vân Hòa Quý Sơn Tô Ngô Võ Lò Vàng Mí Sò Thào A Sú Cô Thì",
]
SENTENCES = {
    "Nguyễn Thị Bảy": ("NguyÔn ThÞ B¶y", "Nguyeãn Thò Baûy"),
    "Trần Văn Đức": ("TrÇn V¨n §øc", "Traàn Vaên Ñöùc"),
    "gương điển hình tiên tiến": ("g\u00ad¬ng ®iÓn h×nh tiªn tiÕn", "göông ñieån hình tieân tieán"),
    "Cộng hòa xã hội chủ nghĩa Việt Nam": (
        "Céng hßa x· héi chñ nghÜa ViÖt Nam",
        "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam",
    ),
}


def unit_names():
    names = set()
    for name in ("communes_2025.csv", "provinces_2025.csv"):
        with (ROOT / "units" / "data" / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                names.update(value for value in row.values() if value and not value.isascii())
    return sorted(names)


def typed_in(font, text):
    """Text as somebody typed it in the font: what convert() has to undo."""
    letters = dict(reversed(item) for item in sorted(legacy._codes(font)[1].items(), reverse=True))
    return "".join(letters.get(c, c) for c in unicodedata.normalize("NFC", text))


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_no_name_of_a_unit_and_no_prose_is_taken_for_an_old_font(form):
    names = [unicodedata.normalize(form, name) for name in unit_names()]
    assert len(names) > 3000
    assert [name for name in names if legacy.detect([name])] == []
    words = sorted({word for name in names for word in name.split()})
    old = [words[at : at + 7] for at in range(len(words)) if legacy.detect(words[at : at + 7])]
    assert old == []
    assert legacy.detect(names) is None
    assert [text for text in PROSE if legacy.detect([unicodedata.normalize(form, text)])] == []


def test_unicode_whose_letters_every_old_font_has_is_left_alone():
    plain = [name for name in unit_names() if legacy.is_old(name)]
    assert len(plain) > 50
    assert legacy.detect(plain) is None
    assert legacy.is_modern(plain)


@pytest.mark.parametrize("place", [0, 1], ids=legacy.FONTS)
def test_old_text_is_recognised_and_converted(place):
    font = legacy.FONTS[place]
    for modern, old in SENTENCES.items():
        assert legacy.detect([old[place]]) == font
        assert legacy.convert(old[place], font) == modern


@pytest.mark.parametrize("font", legacy.FONTS)
def test_every_name_of_a_unit_comes_back_from_an_old_font(font):
    names = [name.lower() for name in unit_names()]
    random.Random(2026).shuffle(names)
    old = [typed_in(font, name) for name in names]
    columns = [old[at : at + 20] for at in range(0, len(old), 20)]
    assert [column for column in columns if legacy.detect(column) != font] == []
    back = [legacy.convert(text, font) for text in old]
    assert [(a, b) for a, b in zip(back, names, strict=True) if a != b and legacy.is_old(a)] == []


def test_text_that_is_unicode_already_is_not_converted_again():
    assert legacy.convert("Trần Văn Đức", "tcvn3") == "Trần Văn Đức"
    assert legacy.convert("Bay", "vni") == "Bay"


def test_the_capital_fonts_of_tcvn3_give_capitals():
    assert legacy.convert("NGUYÔN V¡N §øC", "tcvn3") == "NGUYỄN VĂN ĐỨC"
    assert legacy.convert("NguyÔn ThÞ ¸nh", "tcvn3") == "Nguyễn Thị Ánh"


def test_too_little_text_is_not_judged():
    assert legacy.detect(["B¶y"]) is None
    assert legacy.detect([]) is None
