"""The search box finds what belongs to the person, and the public register; nothing else."""

from datetime import date

from units.models import CommunityTeam


def labels(answer):
    return {hit.label for group in answer.context["groups"] for hit in group.hits}


def test_units_and_teams_are_found_in_scope_only(province, hoa, bao):
    team = CommunityTeam(unit=province.hoa_ut, name="Tổ Hoà Út", founded_on=date(2025, 8, 1))
    team.clean()
    team.save()
    found = labels(hoa.client.get("/search/", {"q": "hoa ut"}))
    assert found == {"Ấp Hoà Út", "Tổ Hoà Út"}
    assert labels(bao.client.get("/search/", {"q": "hoa ut"})) == set()
    assert labels(bao.client.get("/search/", {"q": "AN HÒA"})) == {"Xã An Hoà"}


def test_each_group_shows_six(province, hanh):
    from tests.conftest import plant

    for number in range(9):
        plant(province.an_hoa, "hamlet", "ap", f"30958-1{number}", f"Ấp Thứ {number}")
    page = hanh.client.get("/search/", {"q": "ap thu"})
    (units,) = page.context["groups"]
    assert len(units.hits) == 7
    assert page.content.decode().count("Ấp Thứ") == 6
    assert "/units/?q=ap+thu" in page.content.decode()


def test_leaders_and_auditors_get_no_rosters(province, lan, thao):
    for person in (lan, thao):
        page = person.client.get("/search/", {"q": "an"})
        assert "users" not in {group.icon for group in page.context["groups"]}


def test_an_empty_or_strange_question_is_answered_calmly(hoa):
    for words in ("", " ", "%", "_", "' OR 1=1", "x" * 500):
        assert hoa.client.get("/search/", {"q": words}).status_code == 200
