"""Units as people write them in files: today's map, the map before 1 July 2025, and hamlets."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from campaign.portal.imports.rows import Unclear
from tests.conftest import plant
from units.import_cells import UnitCell, exactly
from units.models import Unit, UnitSuccession

OLD, NEW = date(2025, 3, 5), date(2026, 3, 5)


@pytest.fixture
def merged(province: Any) -> dict[str, Unit]:
    """Communes before the rearrangement: one whose code is another's today, one of the same name."""

    def former(code: str, name: str, into: Unit) -> Unit:
        unit = Unit.plant(
            parent=into, level="commune", kind="commune", code=code, code_system="QD124/2004",
            name=name, short_name=name.split(" ", 1)[1], valid_to=date(2025, 6, 30),
        )  # fmt: skip
        UnitSuccession.unscoped.create(
            predecessor=unit, successor=into, effective_on=date(2025, 7, 1), extent="whole"
        )
        return unit

    return {
        "other": former("30952", "Xã Thới Quản", province.an_hoa),
        "same": former("30958", "Xã An Hoà", province.an_hoa),
    }


def reader(person: Any, **options: Any) -> UnitCell:
    cell = UnitCell("edit", former=True, within="commune", day="day")
    cell.use(person.access, {})
    cell.options = options
    return cell


def read(cell: UnitCell, text: str, **row: Any) -> Any:
    try:
        return cell.clean(text, row=row)
    except Unclear as unclear:
        return unclear.code, [(fix.label, fix.text) for fix in unclear.fixes]


@pytest.fixture
def whole(province: Any, merged: Any) -> Any:
    """Somebody who enters for both communes."""
    from accounts.models import Posting
    from tests.conftest import person

    return person("both", "Lê Thị Cả", Posting.Role.DEPARTMENT_OFFICER, province.root)


def test_a_code_that_names_two_units_is_asked_on_an_old_day(
    whole: Any, province: Any, merged: Any
) -> None:
    other = merged["other"]
    code, fixes = read(reader(whole), "30952", day="05/03/2025")
    assert code == "two_maps"
    assert [text for _label, text in fixes] == [exactly(other), exactly(province.binh_minh)]
    assert "Thới Quản" in fixes[0][0]
    assert "An Hoà" in fixes[0][0]
    assert read(reader(whole), fixes[0][1], day="05/03/2025") == other
    assert read(reader(whole), "30952", day=NEW) == province.binh_minh
    assert read(reader(whole), "30952") == province.binh_minh


def test_the_file_of_the_map_before_gives_the_unit_of_then_or_its_successor(
    whole: Any, province: Any, merged: Any
) -> None:
    before, today = reader(whole, map="before"), reader(whole, map="today")
    assert read(before, "30952", day=OLD) == merged["other"]
    assert read(before, "30952", day=NEW) == province.an_hoa
    assert read(before, "Thới Quản", day=NEW) == province.an_hoa
    assert read(today, "30952", day=OLD) == province.binh_minh


def test_a_former_name_is_its_successor_only_when_said(
    whole: Any, province: Any, merged: Any
) -> None:
    code, fixes = read(reader(whole), "xã Thới Quản", day=NEW)
    assert (code, fixes[0][1]) == ("former", exactly(province.an_hoa))
    assert read(reader(whole), fixes[0][1], day=NEW) == province.an_hoa
    assert read(reader(whole), "xã Thới Quản", day=OLD) == merged["other"]


def test_a_unit_that_only_went_on_is_the_one_of_its_day(
    whole: Any, province: Any, merged: Any
) -> None:
    assert read(reader(whole), "30958", day=OLD) == merged["same"]
    assert read(reader(whole), "Xã An Hoà", day=OLD) == merged["same"]
    assert read(reader(whole), "an hòa", day=NEW) == province.an_hoa


def test_a_hamlet_is_looked_for_in_the_commune_of_its_row(whole: Any, province: Any) -> None:
    in_an_hoa = plant(province.an_hoa, "hamlet", "ap", "30958-09", "Ấp 1")
    in_binh_minh = plant(province.binh_minh, "hamlet", "ap", "30952-09", "Ấp 1")
    code, fixes = read(reader(whole), "Ấp 1")
    assert (code, len(fixes)) == ("several", 2)
    assert read(reader(whole), fixes[0][1]) in (in_an_hoa, in_binh_minh)
    assert read(reader(whole), "ấp 1", commune="P. Bình Minh") == in_binh_minh
    assert read(reader(whole), "Ấp 1", commune="30958") == in_an_hoa
    assert read(reader(whole), "Ấp 1 · An Hoà") == in_an_hoa
    assert read(reader(whole), "Ấp 1, xã An Hòa") == in_an_hoa
    code, fixes = read(reader(whole), "Khóm Hai", commune="An Hoà")
    assert (code, len(fixes)) == ("elsewhere", 1)
    assert read(reader(whole), "Khóm Hai", commune="Sở GD&ĐT") == province.khom_hai
