"""Real provinces are loaded whole, with what they were before, and only once."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaign.text import fold
from units import kinds
from units.codes import UnknownCode, resolve_code, restored
from units.kinds import split_name
from units.loading import former_code, load_province, province_codes, table
from units.models import Unit, UnitEvent, UnitSuccession

BEFORE, AFTER = date(2025, 6, 1), date(2025, 7, 1)


def communes(code):
    province = Unit.unscoped.get(code=code, level="province", code_system="QD19/2025")
    return Unit.unscoped.below(province).communes().in_force(AFTER)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "count"), [("91", 102), ("68", 124), ("14", 75), ("25", 148), ("15", 99), ("01", 126)]
)
def test_a_province_has_its_communes(code, count):
    loaded = load_province(code)
    assert loaded.communes == count == communes(code).count()


@pytest.mark.django_db
def test_all_provinces_load_and_loading_again_writes_nothing():
    call_command("load_units", all=True, verbosity=0)
    today = Unit.unscoped.filter(code_system="QD19/2025")
    assert today.filter(level="province").count() == 34
    assert today.communes().count() == 3321
    assert Unit.unscoped.filter(code_system="QD124/2004", level="province").count() == 63
    assert Unit.unscoped.filter(code_system="QD124/2004", level="commune").count() == 10_040
    assert UnitSuccession.unscoped.filter(predecessor__level="commune").count() == 10_602
    with CaptureQueriesContext(connection) as queries:
        again = [load_province(code) for code in province_codes()]
    assert sum(loaded.written for loaded in again) == 0
    written = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []
    broken = [u for u in Unit.unscoped.all() if not u.path.endswith(f"{u.pk:07d}")]
    assert broken == []


@pytest.mark.django_db
def test_paths_follow_the_parents():
    load_province("91")
    for unit in Unit.unscoped.select_related("parent").exclude(parent=None):
        assert unit.path == f"{unit.parent.path}{unit.pk:07d}"


@pytest.mark.django_db
def test_what_somebody_changed_survives_loading_again():
    load_province("91")
    unit = communes("91").first()
    Unit.unscoped.filter(pk=unit.pk).update(contact_name="Ms Thu", name="Xã Khác")
    load_province("91")
    unit.refresh_from_db()
    assert (unit.contact_name, unit.name) == ("Ms Thu", "Xã Khác")


@pytest.mark.django_db
def test_a_former_commune_hangs_under_its_default_successor_with_its_former_area():
    load_province("91")
    old = Unit.unscoped.filter(code_system="QD124/2004", former_area__contains="Gò Quao").first()
    assert old.former_area == "Huyện Gò Quao, Tỉnh Kiên Giang"
    assert old.valid_to == date(2025, 6, 30)
    assert old.successions.get(is_default=True).successor == old.parent
    assert old.path.startswith(old.parent.path)
    assert UnitEvent.unscoped.filter(unit=old, kind="merged_into").exists()
    kinds = set(UnitEvent.unscoped.filter(unit=old.parent).values_list("kind", flat=True))
    assert {"founded", "received"} <= kinds


@pytest.mark.django_db
def test_former_provinces_are_former_units_of_the_new_one():
    load_province("91")
    assert resolve_code("91", on=BEFORE, level="province").name == "Tỉnh Kiên Giang"
    assert resolve_code("89", on=BEFORE, level="province").parent.name == "Tỉnh An Giang"
    assert resolve_code("91", on=AFTER, level="province").name == "Tỉnh An Giang"


@pytest.mark.django_db
def test_a_code_names_another_unit_before_and_after_the_rearrangement():
    load_province("25")
    assert resolve_code("08377", on=BEFORE).short_name == "Tam Sơn"
    assert resolve_code("08377", on=date(2025, 6, 30)).short_name == "Tam Sơn"
    assert resolve_code("08377", on=AFTER).short_name == "Vân Bán"
    with pytest.raises(UnknownCode):
        resolve_code("08377", on=None)
    with pytest.raises(UnknownCode):
        resolve_code("99999", on=AFTER)


@pytest.mark.django_db
def test_zeros_a_spreadsheet_took_away_come_back():
    load_province("15")
    assert resolve_code("2989", on=AFTER).code == "02989"
    assert resolve_code(2989, on=AFTER).code == "02989"
    assert restored("1", "province") == "01"


@pytest.mark.django_db
def test_an_island_district_without_communes_goes_by_its_district_code():
    load_province("31")
    assert resolve_code("318", on=BEFORE).kind == Unit.Kind.DISTRICT


def test_1794_codes_meant_a_unit_of_another_name():
    today = {row["code"]: row["short_name"] for row in table("communes_2025.csv")}
    before = {former_code(r): r["old_name"] for r in table("commune_merge_2025.csv.gz")}
    reused = sorted(set(today) & set(before))
    words = tuple(f"{word} " for _level, word in kinds.words().values())

    def short(name):
        return next((name.removeprefix(word) for word in words if name.startswith(word)), name)

    as_written = [c for c in reused if fold(short(before[c])) != fold(today[c])]
    assert (len(reused), len(as_written)) == (3316, 1794)
    # The table writes two townships with a capital letter ("Thị Trấn Óc Eo"); read as meant:
    other = [c for c in reused if fold(split_name(before[c])[1]) != fold(today[c])]
    assert set(as_written) - set(other) == {"30688", "32191"}


@pytest.mark.django_db
def test_a_commune_became_a_ward_on_its_day():
    load_province("75", today=date(2026, 4, 29))
    loc_ninh = Unit.unscoped.get(code="25270", code_system="QD19/2025")
    assert loc_ninh.kind == Unit.Kind.COMMUNE
    assert load_province("75", today=date(2026, 4, 30)).changed == 11
    loc_ninh.refresh_from_db()
    assert (loc_ninh.kind, loc_ninh.name) == (Unit.Kind.WARD, "Phường Lộc Ninh")
    event = loc_ninh.events.get(kind="retyped")
    assert (event.name_before, event.decision) == ("Xã Lộc Ninh", "237/NQ-UBTVQH16")
    assert loc_ninh in Unit.unscoped.all().matching("xã lộc ninh")
    assert load_province("75", today=date(2026, 4, 30)).written == 0


@pytest.mark.django_db
def test_a_province_that_does_not_exist_is_named_in_the_error():
    with pytest.raises(CommandError, match="99"):
        call_command("load_units", province=["99"])
