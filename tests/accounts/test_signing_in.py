"""Signing in: one message, a lock that opens by itself, an own password, sessions that die."""

from __future__ import annotations

import re
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Posting, User
from accounts.passwords import ContextWordsValidator, one_time_password
from campaign.models import ChangeEntry
from tests.conftest import PASSWORD
from units.models import CommunityTeam, TeamMember

LOGIN = "/accounts/login/"
OWN = "bon-tu-khong-lien-quan-91"


def sign_in(
    username: str, password: str = PASSWORD, client: Client | None = None, **more: Any
) -> Any:
    return (client or Client()).post(LOGIN, {"username": username, "password": password}, **more)


def test_the_right_pair_leads_to_the_first_page(hoa: SimpleNamespace) -> None:
    response = sign_in("hoa")
    assert response.status_code == 302
    assert response.url == "/"


@pytest.mark.parametrize("typed", ["HOA", "  hoa "])
def test_case_and_spaces_of_a_user_name_do_not_matter(hoa: SimpleNamespace, typed: str) -> None:
    assert sign_in(typed).status_code == 302


@pytest.mark.parametrize("typed", ["0912345678", "+84 912 345 678", "0912.345.678"])
def test_the_phone_of_one_account_signs_in(hoa: SimpleNamespace, typed: str) -> None:
    User.objects.filter(pk=hoa.user.pk).update(phone="0912345678")
    assert sign_in(typed).status_code == 302


def test_a_shared_phone_signs_nobody_in(hoa: SimpleNamespace, bao: SimpleNamespace) -> None:
    User.objects.update(phone="0912345678")
    assert sign_in("0912345678").status_code == 422


def test_every_wrong_pair_gets_the_same_page(hoa: SimpleNamespace, bao: SimpleNamespace) -> None:
    User.objects.filter(pk=bao.user.pk).update(is_active=False)
    client = Client()
    client.get(LOGIN)

    def page_for(username: str, password: str) -> bytes:
        text = sign_in(username, password, client).content.decode()
        token = client.cookies["csrftoken"].value
        start = text.index('name="csrfmiddlewaretoken" value="')
        masked = text.replace(f'value="{username}"', "NAME").replace(token, "TOKEN")
        assert start > 0
        return re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", masked).encode()

    unknown = page_for("nobody", "wrong")
    assert page_for("hoa", "wrong") == unknown
    assert page_for("bao", PASSWORD) == unknown  # a closed account tells nobody that it exists


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password is worked out."""

    calls: ClassVar[list[str]] = []

    def encode(self, password: str, salt: str) -> str:
        self.calls.append(password)
        return super().encode(password, salt)


def test_an_unknown_name_costs_as_much_work_as_a_known_one(
    hoa: SimpleNamespace, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    counts = []
    for name in ("hoa", "nobody", "0999999999"):
        CountingHasher.calls.clear()
        sign_in(name, "wrong")
        counts.append(len(CountingHasher.calls))
    assert counts == [1, 1, 1]


def test_five_wrong_tries_lock_the_name_from_this_place_and_it_opens_by_itself(
    hoa: SimpleNamespace, bao: SimpleNamespace, settings: Any
) -> None:
    settings.AXES_ENABLED = True
    for _try in range(4):
        assert sign_in("hoa", "wrong").status_code == 422
    assert sign_in(" HOA", "wrong").status_code == 429  # variants of a name are one name
    response = sign_in("hoa")
    assert response.status_code == 429
    with translation.override("vi"):
        assert "15" in response.content.decode()
    assert sign_in("bao").status_code == 302  # the colleague behind the same address
    assert sign_in("hoa", REMOTE_ADDR="10.0.0.9").status_code == 302  # the same person elsewhere
    from axes.models import AccessAttempt

    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert sign_in("hoa").status_code == 302


def test_the_wait_shown_gets_shorter(hoa: SimpleNamespace, settings: Any) -> None:
    settings.AXES_ENABLED = True
    from axes.models import AccessAttempt

    for _try in range(5):
        sign_in("hoa", "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=11, seconds=30))
    client = Client()
    client.cookies["django_language"] = "en"
    assert "in 4 minutes" in sign_in("hoa", client=client).content.decode()


def test_an_address_of_another_site_is_not_followed_after_signing_in(hoa: SimpleNamespace) -> None:
    response = Client().post(
        LOGIN, {"username": "hoa", "password": PASSWORD, "next": "https://example.com/"}
    )
    assert response.url == "/"


def test_a_one_time_password_opens_only_the_page_to_choose_an_own_one(hoa: SimpleNamespace) -> None:
    User.objects.filter(pk=hoa.user.pk).update(must_change_password=True)
    client = Client()
    sign_in("hoa", client=client)
    for address in ("/", "/me/", "/manage/changes/", "/exports/"):
        assert client.get(address).url == "/accounts/password/"
    response = client.post(
        "/accounts/password/",
        {"old_password": PASSWORD, "new_password1": OWN, "new_password2": OWN},
    )
    assert response.url == "/"
    assert client.get("/me/").status_code == 200
    assert not User.objects.get(pk=hoa.user.pk).must_change_password
    assert sign_in("hoa", OWN).status_code == 302
    entry = ChangeEntry.objects.get(model="accounts.user", record_id=hoa.user.pk)
    assert entry.changes == {}  # that it changed, never to what


def test_the_one_time_password_cannot_stay(hoa: SimpleNamespace) -> None:
    User.objects.filter(pk=hoa.user.pk).update(must_change_password=True)
    response = hoa.client.post(
        "/accounts/password/",
        {"old_password": PASSWORD, "new_password1": PASSWORD, "new_password2": PASSWORD},
    )
    assert response.status_code == 422


@pytest.mark.parametrize(
    "password",
    [
        "ngan-qua",
        "123456789012",
        "angiang-2026!",
        "BinhDanHocVuSo91",
        "xaanhoa-12345",
        "nguyenthihoa9",
    ],
)
def test_weak_passwords_are_refused(hoa: SimpleNamespace, password: str) -> None:
    response = hoa.client.post(
        "/accounts/password/",
        {"old_password": PASSWORD, "new_password1": password, "new_password2": password},
    )
    assert response.status_code == 422


def test_context_words_do_not_spoil_a_long_passphrase(hoa: SimpleNamespace) -> None:
    check = ContextWordsValidator()
    check.validate("an giang mua nuoc noi ca linh", hoa.user)
    with pytest.raises(ValidationError):
        check.validate("An Giang 2026", hoa.user)
    check.validate("bon-tu-khong-lien-quan", None)


def test_one_time_passwords_are_readable_and_never_the_same() -> None:
    made = {one_time_password() for _n in range(500)}
    assert len(made) == 500
    assert all(len(p) == 19 and not set("0o1li") & set(p) for p in made)


def test_a_session_dies_on_signing_out(hoa: SimpleNamespace) -> None:
    client = Client()
    sign_in("hoa", client=client)
    key = client.cookies["sessionid"].value
    client.post("/accounts/logout/")
    thief = Client()
    thief.cookies["sessionid"] = key
    assert thief.get("/me/").url.startswith(LOGIN)


def test_the_session_key_changes_on_signing_in(hoa: SimpleNamespace) -> None:
    client = Client()
    session = client.session
    session["planted"] = 1
    session.save()
    planted = session.session_key
    sign_in("hoa", client=client)
    assert client.cookies["sessionid"].value != planted


def test_other_sessions_die_when_the_password_changes(hoa: SimpleNamespace) -> None:
    here, elsewhere = Client(), Client()
    sign_in("hoa", client=here)
    sign_in("hoa", client=elsewhere)
    here.post(
        "/accounts/password/",
        {"old_password": PASSWORD, "new_password1": OWN, "new_password2": OWN},
    )
    assert here.get("/me/").status_code == 200
    assert elsewhere.get("/me/").url.startswith(LOGIN)


def test_a_deactivated_account_is_out_at_the_next_request(hoa: SimpleNamespace) -> None:
    assert hoa.client.get("/me/").status_code == 200
    User.objects.filter(pk=hoa.user.pk).update(is_active=False)
    assert hoa.client.get("/me/").url.startswith(LOGIN)


def test_revocation_is_immediate_in_every_one_of_twenty_trials(quan: SimpleNamespace) -> None:
    """Administrator yesterday, nobody today: the very next request is refused."""
    posting = Posting.unscoped.get(user=quan.user)
    yesterday = timezone.localdate() - timedelta(days=1)
    for trial in range(20):
        assert quan.client.get("/manage/changes/").status_code == 200, trial
        if trial % 2:
            posting.ends_on = yesterday
        else:
            posting.role = Posting.Role.COMMUNE_OFFICER  # demoted
        posting.save()
        assert quan.client.get("/manage/changes/").status_code == 404, trial
        posting.ends_on, posting.role = None, Posting.Role.SYSTEM_ADMIN
        posting.save()


def test_the_sign_in_page_counts_the_register(province: SimpleNamespace) -> None:
    today = timezone.localdate()
    team = CommunityTeam.unscoped.create(unit=province.hoa_ut, name="Tổ A", founded_on=today)
    ended = CommunityTeam.unscoped.create(
        unit=province.hoa_tao, name="Tổ B", founded_on=date(2025, 7, 1), ended_on=today
    )
    TeamMember.unscoped.create(team=team, full_name="Danh Tú", joined_on=today)
    TeamMember.unscoped.create(team=ended, full_name="Thị Sa", joined_on=date(2025, 7, 1))
    counts = Client().get(LOGIN).context["counts"]
    assert counts == {"communes": 2, "teams": 1, "members": 1}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_sign_in_page_speaks_both_languages(db: None, language: str) -> None:
    client = Client()
    client.post(reverse("set_language_here"), {"language": language, "next": LOGIN})
    assert f'<html lang="{language}"' in client.get(LOGIN).content.decode()


def test_staying_signed_in_is_a_choice(hoa: SimpleNamespace) -> None:
    short, long = Client(), Client()
    sign_in("hoa", client=short)
    long.post(LOGIN, {"username": "hoa", "password": PASSWORD, "stays": "on"})
    assert short.session.get_expire_at_browser_close()
    assert not long.session.get_expire_at_browser_close()


def test_the_account_page_shows_all_postings(
    hoa: SimpleNamespace, province: SimpleNamespace
) -> None:
    Posting.objects.create(
        user=hoa.user,
        unit=province.binh_minh,
        role=Posting.Role.COMMUNE_OFFICER,
        starts_on=date(2024, 1, 1),
        ends_on=date(2025, 6, 30),
    )
    text = hoa.client.get("/me/").content.decode()
    assert "Phường Bình Minh" in text
    assert "30/06/2025" in text
