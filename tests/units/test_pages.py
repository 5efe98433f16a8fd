"""The register of units on screen: public facts for all, everything else for those in scope."""

import io
from datetime import date

import openpyxl
import pytest
from django.urls import reverse

from campaign.models import ChangeEntry
from tests.conftest import plant
from units.loading import load_province
from units.models import Unit, UnitEvent, UnitProfile


def body(answer):
    return answer.content.decode()


def names(answer):
    return {unit.name for unit in answer.context["page"]}


@pytest.fixture
def figures(province):
    UnitProfile.objects.bulk_create(
        [
            UnitProfile(unit=province.an_hoa, year=2025, population=41_873, is_border=True),
            UnitProfile(unit=province.binh_minh, year=2025, population=38_417, is_island=True),
        ]
    )
    Unit.unscoped.filter(pk=province.binh_minh.pk).update(
        contact_name="Trần Kín Tiếng", contact_phone="0900000123"
    )


def test_the_list_has_the_register_but_no_foreign_hamlets(province, hoa):
    page = hoa.client.get("/units/")
    assert {"Phường Bình Minh", "Xã An Hoà", "Ấp Hoà Út"} <= names(page)
    assert "Khóm Một" not in body(page)
    assert "Trường THPT An Hoà" not in body(page)


def test_figures_of_others_are_neither_shown_nor_filtered_by(province, figures, hoa, hanh):
    assert "41.873" in body(hoa.client.get("/units/"))
    assert "38.417" not in body(hoa.client.get("/units/"))
    assert names(hoa.client.get("/units/?area=is_border")) == {"Xã An Hoà"}
    assert names(hoa.client.get("/units/?area=is_island")) == set()
    assert names(hanh.client.get("/units/?area=is_island")) == {"Phường Bình Minh"}


def test_the_list_is_narrowed_by_search_level_and_commune(province, hanh):
    get = hanh.client.get
    assert names(get("/units/?q=hoa+ut")) == {"Ấp Hoà Út"}
    assert names(get("/units/?level=department")) == {
        "Sở Giáo dục và Đào tạo", "Sở Khoa học và Công nghệ",
    }  # fmt: skip
    assert names(get(f"/units/?commune={province.binh_minh.pk}&level=hamlet")) == {
        "Khóm Một", "Khóm Hai",
    }  # fmt: skip
    tabs = {tab["label"]: tab["count"] for tab in get("/units/").context["tabs"]}
    assert sum(count for label, count in tabs.items() if count) == 2 * 10


def test_former_units_are_shown_when_asked_for(province, hanh):
    plant(province.root, "commune", "commune", "99999", "Xã Đã Sáp Nhập", valid_to=date(2025, 8, 1))
    assert "Xã Đã Sáp Nhập" not in names(hanh.client.get("/units/"))
    assert names(hanh.client.get("/units/?state=former")) == {"Xã Đã Sáp Nhập"}
    assert "Xã Đã Sáp Nhập" in names(hanh.client.get("/units/?state=all"))
    assert "Xã Đã Sáp Nhập" in names(hanh.client.get("/units/?q=99999"))


def test_the_export_keeps_codes_as_text_and_hides_what_the_page_hides(province, figures, hoa):
    answer = hoa.client.get("/units/?format=xlsx&sort=code")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "30958" in cells
    assert 41_873 in cells
    assert 38_417 not in cells
    assert "Khóm Một" not in cells


def test_a_list_costs_the_same_for_many_units(province, hanh, django_assert_max_num_queries):
    hanh.client.get("/units/")
    for number in range(40):
        plant(province.an_hoa, "hamlet", "ap", f"30958-2{number:02d}", f"Ấp Số {number}")
    with django_assert_max_num_queries(22):
        hanh.client.get("/units/")


def test_the_page_of_a_foreign_commune_has_public_facts_only(province, figures, hoa, bao):
    url = province.binh_minh.get_absolute_url()
    page = body(hoa.client.get(url))
    assert "Phường Bình Minh" in page
    for secret in ("Trần Kín Tiếng", "0900000123", "38.417", "Khóm Một", "Trần Quốc Bảo"):
        assert secret not in page
    own = body(bao.client.get(url))
    for shown in ("Trần Kín Tiếng", "0900000123", "38.417", "Khóm Một", "Trần Quốc Bảo"):
        assert shown in own


def test_foreign_hamlets_do_not_exist(province, hoa):
    assert hoa.client.get(province.khom_mot.get_absolute_url()).status_code == 404
    assert hoa.client.get(province.school.get_absolute_url()).status_code == 404


def test_the_timeline_says_what_was_taken_over_and_in_which_extent(db):
    from accounts.models import Posting
    from tests.conftest import person

    load_province("25")
    commune = Unit.unscoped.get(code="08377", code_system="QD19/2025")
    officer = person("kien", "Lê Kiên", Posting.Role.COMMUNE_OFFICER, commune)
    page = body(officer.client.get(commune.get_absolute_url()))
    assert "Xã Tam Sơn" in page
    assert "08374" in page
    former = Unit.unscoped.get(code="08380", code_system="QD124/2004")
    page = body(officer.client.get(former.get_absolute_url()))
    assert "Xã Vân Bán" in page
    assert "Huyện Cẩm Khê, Tỉnh Phú Thọ" in page


def test_a_commune_officer_adds_a_hamlet_which_gets_its_code(province, hoa):
    url = reverse("units:new_hamlet")
    assert hoa.client.get(f"{url}?parent={province.an_hoa.pk}").status_code == 200
    sent = {
        "parent": province.an_hoa.pk, "kind": "ap", "short_name": "Ấp Hoà Mới",
        "valid_from": "01/09/2025", "contact_name": "  Danh  Sà ", "contact_phone": "",
    }  # fmt: skip
    answer = hoa.client.post(url, sent)
    hamlet = Unit.unscoped.get(name="Ấp Hoà Mới")
    assert answer.url == hamlet.get_absolute_url()
    assert (hamlet.code, hamlet.short_name, hamlet.contact_name) == (
        "30958-03", "Hoà Mới", "Danh Sà",
    )  # fmt: skip
    assert hamlet.path == f"{province.an_hoa.path}{hamlet.pk:07d}"
    assert hamlet in Unit.objects.within(hoa.access.view).matching("hoa moi")
    assert ChangeEntry.objects.get(record_id=hamlet.pk).action == "created"
    assert hoa.client.post(url, sent).status_code == 422  # a second one of the same name


def test_nobody_adds_hamlets_elsewhere(province, bao, lan, tu, minh):
    url = reverse("units:new_hamlet")
    sent = {"parent": province.an_hoa.pk, "kind": "ap", "short_name": "Lạ"}
    assert bao.client.post(url, sent).status_code == 422
    for person in (lan, tu, minh):
        assert person.client.post(url, sent).status_code == 404
    assert not Unit.unscoped.filter(short_name="Lạ").exists()


def test_a_new_official_name_keeps_the_former_one_and_a_slip_does_not(province, hoa):
    url = reverse("units:edit", args=[province.hoa_ut.pk])
    sent = {"kind": "ap", "short_name": "Hoà Út Nhỏ", "version": 1}
    hoa.client.post(url, sent)
    assert not UnitEvent.unscoped.exists()
    sent |= {"short_name": "Thống Nhất", "renamed_on": "01/10/2025", "version": 2}
    hoa.client.post(url, sent)
    hamlet = Unit.unscoped.get(pk=province.hoa_ut.pk)
    assert hamlet.name == "Ấp Thống Nhất"
    event = UnitEvent.unscoped.get()
    assert (event.name_before, event.kind) == ("Ấp Hoà Út Nhỏ", "renamed")
    found = Unit.objects.within(hoa.access.view).matching("hoa ut nho")
    assert list(found) == [hamlet]


def test_departments_and_schools_are_kept_by_those_who_keep_the_province(province, hanh, hoa):
    url = reverse("units:new_body")
    sent = {"parent": province.root.pk, "kind": "department", "name": "Sở Y tế"}
    assert hoa.client.post(url, sent).status_code == 422
    assert hanh.client.post(url, sent).status_code == 302
    health = Unit.unscoped.get(name="Sở Y tế")
    assert (health.level, health.code, health.short_name) == ("department", "91-01", "Sở Y tế")
    sent = {"parent": health.pk, "kind": "school", "name": "Trường Cao đẳng Y tế"}
    hanh.client.post(url, sent)
    assert Unit.unscoped.get(name="Trường Cao đẳng Y tế").level == "organisation"


def test_a_name_set_by_law_is_not_edited_only_the_contact(province, hoa):
    url = reverse("units:edit", args=[province.an_hoa.pk])
    sent = {"contact_name": "Lê Văn Sơn", "contact_phone": "0900000001", "version": 1,
            "name": "Xã Khác", "short_name": "Khác"}  # fmt: skip
    assert hoa.client.post(url, sent).status_code == 302
    commune = Unit.unscoped.get(pk=province.an_hoa.pk)
    assert (commune.name, commune.contact_name) == ("Xã An Hoà", "Lê Văn Sơn")


def test_figures_of_a_year_are_added_once(province, hoa, bao):
    url = reverse("units:new_profile")
    sent = {"unit": province.hoa_ut.pk, "year": "2025", "population": "1.200", "households": "300",
            "is_border": "on", "source": "Thống kê"}  # fmt: skip
    assert bao.client.post(url, sent).status_code == 422
    assert hoa.client.post(url, sent).status_code == 302
    assert UnitProfile.unscoped.get().population == 1200
    assert hoa.client.post(url, sent).status_code == 422
    sent |= {"year": "2026", "elderly": "5000"}
    assert hoa.client.post(url, sent).status_code == 422
    assert "1.200" in body(hoa.client.get(province.hoa_ut.get_absolute_url()))


def test_a_hamlet_ends_with_a_reason_and_comes_back(province, hoa, bao):
    url = reverse("units:end", args=[province.hoa_ut.pk])
    assert bao.client.post(url, {"valid_to": "01/09/2025", "reason": "x"}).status_code == 404
    assert hoa.client.post(url, {"valid_to": "01/09/2025", "reason": ""}).status_code == 422
    hoa.client.post(url, {"valid_to": "01/09/2025", "reason": "Sáp nhập vào ấp khác"})
    province.hoa_ut.refresh_from_db()
    assert province.hoa_ut.valid_to == date(2025, 9, 1)
    page = body(hoa.client.get(province.hoa_ut.get_absolute_url()))
    assert "Sáp nhập vào ấp khác" in page
    hoa.client.post(reverse("units:restore", args=[province.hoa_ut.pk]))
    province.hoa_ut.refresh_from_db()
    assert province.hoa_ut.valid_to is None


def test_communes_cannot_be_ended_by_hand(province, hanh):
    assert hanh.client.get(reverse("units:end", args=[province.an_hoa.pk])).status_code == 404
