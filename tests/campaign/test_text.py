"""Vietnamese text: one search key and one order everywhere."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.text import (
    BadPhone,
    clean_name,
    fold,
    given_name,
    nfc,
    normal_phone,
    offered_name,
    person_sort_key,
    sort_key,
    strip_unit_prefix,
)

vietnamese = st.text(
    alphabet="aàảãáạăằẳẵắặâầấbcdđeèéêềgiìíoòóôồốơờớuùúưừứyỳý ABĐÊƠƯ0123456789'.-", max_size=30
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Văn Bán", "van  bán"),
        ("Văn Bán", "VAN BÁN"),
        ("Hoà", "Hòa"),
        ("Thuỷ", "Thủy"),
        ("Định Hoà", "dinh hoa"),
        ("K'Brông", "K’Brông"),
        ("Đắk Lắk", unicodedata.normalize("NFD", "ĐẮK LẮK")),
        ("Lai-Châu", "lai châu"),
        ("Ấp ２", "ap 2"),
    ],
)
def test_what_people_type_for_one_name_folds_to_one_key(one, other):
    assert fold(one) == fold(other)


def test_fold_gives_plain_words():
    assert fold("  Xã Đinh-Trang Thượng (mới) ") == "xa dinh trang thuong moi"
    assert fold("K'Brông") == "kbrong"


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(vietnamese)
def test_vietnamese_folds_to_ascii_whatever_its_form(text):
    assert fold(text).isascii()
    assert fold(unicodedata.normalize("NFD", text)) == fold(text.upper()) == fold(text)


@pytest.mark.parametrize(
    ("folded", "bare"),
    [
        ("xa an hoa", "an hoa"),
        ("phuong ben thanh", "ben thanh"),
        ("dac khu phu quoc", "phu quoc"),
        ("to dan pho 3", "3"),
        ("khu pho 12", "12"),
        ("tieu khu 4", "4"),
        ("ap", "ap"),
        ("apricot", "apricot"),
        ("xa xa dung", "xa dung"),
    ],
)
def test_the_kind_of_unit_is_optional_in_search(folded, bare):
    assert strip_unit_prefix(folded) == bare


def in_order(names, key):
    backwards = list(reversed(names))
    return sorted(backwards, key=key)


def test_given_names_follow_the_vietnamese_alphabet():
    names = ["Ánh", "Bảy", "Cẩm", "Cường", "Diễm", "Đa", "Đởm", "Em"]
    assert in_order(names, sort_key) == names


def test_letters_come_before_tones_and_tones_in_their_order():
    names = ["ba", "ba ba", "bà", "bả", "bã", "bá", "bạ", "băm", "bâm", "bo", "bô", "bơ"]
    assert in_order(names, sort_key) == names


def test_numbers_inside_names_sort_by_value():
    names = ["Ấp 2", "Ấp 2A", "Ấp 10", "Ấp 100", "Ấp An Hòa", "Ấp Đông"]
    assert in_order(names, sort_key) == names
    assert sort_key("Ấp 02") == sort_key("Ấp 2")


def test_where_the_tone_is_written_does_not_change_the_order():
    assert sort_key("Hoà Thuỷ") == sort_key("Hòa Thủy")


def test_people_are_listed_by_given_then_middle_then_family_name():
    names = ["Trần Thị An", "Lê Văn An", "Nguyễn Văn An", "Hồ Bảo Ánh", "Y Bih", "Lý Đức"]
    assert in_order(names, person_sort_key) == names
    assert person_sort_key("Lê An") < person_sort_key("Lê Văn An")


@given(st.text(max_size=60))
def test_sort_keys_hold_only_digits_and_small_letters(text):
    assert re.fullmatch("[0-9a-z]*", sort_key(text))
    assert re.fullmatch("[0-9a-z]*", person_sort_key(text))
    assert len(person_sort_key(text)) <= 240


@given(vietnamese)
def test_sort_keys_do_not_depend_on_form_or_case(text):
    assert sort_key(unicodedata.normalize("NFD", text)) == sort_key(text) == sort_key(text.upper())


def test_the_given_name_is_the_last_word():
    assert given_name("Nguyễn  Thị Bảy ") == "Bảy"
    assert given_name("Y") == "Y"
    assert given_name(" ") == ""


@pytest.mark.parametrize(
    "written",
    ["0912345678", "+84 912 345 678", "84912345678", "0084912345678", "912345678", 912345678,
     "0912.345.678", " 0912-345-678 ", "(+84) 0912345678", "０９１２３４５６７８"],
)  # fmt: skip
def test_a_mobile_number_is_ten_digits_however_written(written):
    assert normal_phone(written) == "0912345678"


def test_no_phone_is_no_phone():
    assert normal_phone("") == normal_phone(None) == normal_phone(" ") == ""


@pytest.mark.parametrize(
    ("written", "code"),
    [("09123x5678", "letters"), ("091234567", "length"), ("09123456789", "length"),
     ("0212345678", "prefix"), ("123456789", "length"), ("²", "length")],
)  # fmt: skip
def test_a_number_nobody_could_ring_is_refused(written, code):
    with pytest.raises(BadPhone) as refused:
        normal_phone(written)
    assert refused.value.code == code


def test_names_are_tidied_not_changed():
    assert clean_name("  H’ Hen\u00a0 Niê\u200b ") == "H' Hen Niê"
    assert clean_name(unicodedata.normalize("NFD", "Đỗ Thị Ơn")) == "Đỗ Thị Ơn"
    assert clean_name("lê văn Tám\n") == "lê văn Tám"


def test_names_in_capitals_are_offered_in_title_case():
    assert offered_name("ĐỖ VĂN AN") == "Đỗ Văn An"
    assert offered_name("K'BRÔNG") == "K'Brông"
    assert offered_name("Đỗ văn An") == "Đỗ văn An"


@given(st.text(max_size=30))
def test_nfc_is_stable(text):
    assert nfc(nfc(text)) == nfc(text)
