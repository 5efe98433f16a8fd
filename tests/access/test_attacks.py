"""What an attacker tries by hand: odd ids, page sizes, expired sessions, forms of others."""

import pytest
from django.test import Client, RequestFactory

from campaign.models import Draft
from campaign.portal.lists import ListPage
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
ODD_IDS = ["²", "１２", "9" * 5000, "-1", "1 or 1=1", "\x00", "1e3"]
NAMED_BY_ID = [
    "/dashboard/indicators/?unit=", "/dashboard/rows/classes/?unit=", "/classes/new/?copy=",
    "/activities/new/?type=", "/activities/new/?copy=", "/teams/new/?unit=", "/teams/new/?copy=",
    "/units/hamlets/new/?parent=", "/units/profiles/new/?unit=", "/classes/?unit=",
    "/api/figures/?indicator=classes&unit=",
]  # fmt: skip


@pytest.mark.parametrize("address", NAMED_BY_ID)
def test_an_odd_id_is_a_missing_id(province, words, hoa, address):
    for odd in ODD_IDS:
        path, _, query = address.partition("?")
        *others, last = query.split("&")
        data = dict(pair.split("=") for pair in others) | {last.removesuffix("="): odd}
        assert hoa.client.get(path, data).status_code in (200, 302, 400, 404), odd[:20]


@pytest.mark.parametrize(
    ("asked", "given"), [("0015999999", 50), ("15", 15), ("9" * 5000, 50), ("²", 50)]
)
def test_a_page_has_one_of_the_offered_sizes(asked, given):
    page = ListPage()
    page.params = RequestFactory().get("/", {"size": asked}).GET
    assert page.size() == given


def test_a_long_address_of_mail_is_refused_not_an_error(province, quan):
    sent = {
        "full_name": "Nguyễn Thử", "role": "commune_officer", "unit": province.an_hoa.pk,
        "starts_on": "01/07/2025", "email": f"a@{'b' * 62}.{'c' * 62}.{'d' * 62}.{'e' * 62}.com.vn",
    }  # fmt: skip
    assert quan.client.post("/manage/users/new/", sent).status_code == 422


def test_strangers_do_not_read_the_description_of_the_api(province, hoa):
    assert Client().get("/api/schema/").status_code == 401
    assert hoa.client.get("/api/schema/").status_code == 200


def expired(by: str, **fields: str) -> tuple[Client, str]:
    client = Client()
    sent = {
        "_draft_form": "classes.trainingclass:new", "_draft_url": "/classes/new/",
        "_draft_label": "Mở lớp", "_draft_by": by, "title": "Lớp chưa gửi được", **fields,
    }  # fmt: skip
    answer = client.post("/classes/new/", sent)
    assert answer.status_code == 302
    return client, answer.url


def sign_in(client: Client, where: str, name: str):
    client.get(where)
    return client.post(where, {"username": name, "password": PASSWORD, "stays": "on"})


def test_what_was_typed_after_the_session_ended_is_there_after_signing_in(province, words, hoa):
    client, where = expired("hoa")
    assert "Nội dung đã nhập được giữ lại" in client.get(where).content.decode()
    answer = client.post(where, {"username": "hoa", "password": PASSWORD, "next": "/classes/new/"})
    assert answer.url == "/classes/new/"
    assert "Lớp chưa gửi được" in client.get("/classes/new/").content.decode()


def test_what_one_person_typed_is_not_given_to_another(province, words, hoa, bao):
    client, where = expired("hoa")
    sign_in(client, where, "bao")
    assert not Draft.objects.exists()


def test_what_waits_for_signing_in_does_not_shorten_the_session(province, words, hoa):
    client, where = expired("hoa")
    sign_in(client, where, "hoa")
    assert client.session.get_expiry_age() > 3600


def test_a_huge_form_does_not_wait_in_an_anonymous_session(province):
    client, _where = expired("hoa", note="x" * 300_000)
    assert "unsent" not in client.session


def test_after_a_lost_action_one_comes_back_to_the_page_never_to_another_site(province):
    for referer, target in (
        ("http://testserver/classes/1/", "http%3A//testserver/classes/1/"),
        ("https://evil.example/", "next=/"),
    ):
        answer = Client().post("/classes/1/people/action/", {}, headers={"Referer": referer})
        assert answer.url.endswith(target)


def test_going_back_after_signing_out_shows_nothing(province, hoa):
    answer = hoa.client.post("/accounts/logout/")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
