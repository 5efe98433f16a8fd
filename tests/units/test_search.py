"""A unit is found as people type it: with or without marks, by a former name, by a code."""

import pytest

from units.loading import load_province
from units.models import Unit


@pytest.fixture
def phu_tho(db):
    load_province("25")
    return Unit.unscoped.all()


@pytest.mark.parametrize(
    "words", ["van ban", "Văn Bán", "VAN BÁN", "vân  bán", "xã văn bán", "x. van ban"]
)
def test_the_commune_is_found_however_it_is_typed(phu_tho, words):
    found = [(unit.name, unit.is_former) for unit in phu_tho.matching(words)]
    assert set(found) == {("Xã Văn Bán", True), ("Xã Vân Bán", False)}


def test_exact_marks_come_first_and_otherwise_what_exists(phu_tho):
    assert phu_tho.matching("Văn Bán")[0].name == "Xã Văn Bán"
    assert phu_tho.matching("van ban")[0].name == "Xã Vân Bán"


def test_a_former_name_finds_the_former_unit_and_its_successor(phu_tho):
    found = [(u.name, u.is_former) for u in phu_tho.matching("Tùng Khê")]
    assert found == [("Xã Tùng Khê", True), ("Xã Vân Bán", False)]


@pytest.mark.parametrize("code", ["08377", "8377"])
def test_a_code_finds_both_of_its_meanings_today_first(phu_tho, code):
    assert [u.short_name for u in phu_tho.matching(code)] == ["Vân Bán", "Tam Sơn"]


def test_words_are_found_from_their_beginning_only(province):
    names = {unit.name for unit in Unit.unscoped.all().matching("an")}
    assert names == {"Tỉnh An Giang", "Xã An Hoà", "Trường THPT An Hoà"}


def test_two_spellings_of_a_tone_are_one(province):
    assert province.an_hoa in Unit.unscoped.all().matching("An Hòa")


def test_two_former_names_are_never_joined(phu_tho):
    assert not phu_tho.matching("bán tam sơn").exists()


def test_nothing_typed_finds_everything(phu_tho):
    assert phu_tho.matching(" . ").count() == phu_tho.count()
