"""Keeping accounts: made with a one-time password, posted, closed, opened; many at once."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from rest_framework.authtoken.models import Token

from accounts.models import Posting, User
from accounts.services import name_for
from campaign.models import ChangeEntry
from tests.conftest import PASSWORD, plant
from units.models import Unit

OTP = re.compile(r"\b(?:[a-z2-9]{4}-){3}[a-z2-9]{4}\b")
HEAD = "Họ và tên\tTên đăng nhập\tĐiện thoại\tEmail\tĐơn vị\tVai trò\tChức vụ"


def sign_in(username: str, password: str, client: Client | None = None) -> Any:
    return (client or Client()).post(
        "/accounts/login/", {"username": username, "password": password}
    )


def test_names_are_made_from_names() -> None:
    assert name_for("Trần Thị Mỹ Hạnh", []) == "hanh.ttm"
    assert name_for("Trần Thị Mỹ Hạnh", ["hanh.ttm", "hanh.ttm2"]) == "hanh.ttm3"
    assert name_for("Đỗ An", []) == "an.d"
    assert len(name_for("Y", [])) >= 2
    assert name_for("H'Bia Niê", []) == "nie.h"


def test_an_account_is_made_with_a_one_time_password_seen_once(
    quan: SimpleNamespace, province: SimpleNamespace
) -> None:
    sent = {
        "full_name": "Trần Thị Mỹ Duyên",
        "username": "",
        "phone": "+84 912 000 111",
        "email": "",
        "role": "commune_officer",
        "unit": province.an_hoa.pk,
        "title": "",
        "starts_on": f"{timezone.localdate():%d/%m/%Y}",
        "submission": "6b0c1c2e-5f0e-4d4a-9a52-1f5a5a1c0002",
    }
    response = quan.client.post("/manage/users/new/", sent)
    password = OTP.search(response.content.decode()).group()  # type: ignore[union-attr]
    assert "no-store" in response["Cache-Control"]
    duyen = User.objects.get(username="duyen.ttm")
    assert (duyen.phone, duyen.must_change_password) == ("0912000111", True)
    client = Client()
    assert sign_in("duyen.ttm", password, client).status_code == 302
    assert client.get("/").url == "/accounts/password/"
    assert quan.client.post("/manage/users/new/", sent).url == "/manage/users/"
    assert User.objects.filter(full_name="Trần Thị Mỹ Duyên").count() == 1
    log = str(list(ChangeEntry.objects.values()))
    assert "duyen.ttm" in log
    assert password not in log


def test_a_role_belongs_to_its_level_of_units(
    quan: SimpleNamespace, province: SimpleNamespace
) -> None:
    response = quan.client.post(
        "/manage/users/new/",
        {
            "full_name": "Nguyễn An",
            "role": "commune_officer",
            "unit": province.root.pk,
            "starts_on": "01/09/2025",
        },
    )
    assert response.status_code == 422
    assert "unit" in response.context["posting"].errors
    assert not User.objects.filter(full_name="Nguyễn An").exists()


@pytest.mark.parametrize(
    "address", ["", "new/", "many/", "many/template/", "{pk}/", "{pk}/deactivate/"]
)
def test_only_those_who_keep_accounts_meet_them(
    hoa: SimpleNamespace,
    hanh: SimpleNamespace,
    lan: SimpleNamespace,
    thao: SimpleNamespace,
    quan: SimpleNamespace,
    address: str,
) -> None:
    address = f"/manage/users/{address.format(pk=hoa.user.pk)}"
    for person in (hoa, hanh, lan, thao):
        assert person.client.get(address).status_code == 404
    assert quan.client.get(address).status_code == 200


def test_the_person_can_be_put_right_and_the_log_says_so(
    quan: SimpleNamespace, hoa: SimpleNamespace, bao: SimpleNamespace
) -> None:
    address = f"/manage/users/{hoa.user.pk}/"
    person = {"full_name": "Nguyễn Thị Hoa", "username": "bao", "phone": "", "email": ""}
    assert quan.client.post(address, person).status_code == 422  # the name is taken
    quan.client.post(address, person | {"username": "hoa", "phone": "0912345678"})
    assert User.objects.get(pk=hoa.user.pk).search_key.endswith("0912345678")
    entry = ChangeEntry.objects.get(model="accounts.user", record_id=hoa.user.pk)
    assert entry.changes == {"phone": ["", "0912345678"]}
    assert entry.by == quan.user


def test_a_new_posting_holds_at_once_and_an_ended_one_no_more(
    quan: SimpleNamespace, hoa: SimpleNamespace, province: SimpleNamespace
) -> None:
    address = f"/manage/users/{hoa.user.pk}/postings/"
    assert hoa.client.get("/manage/changes/").status_code == 404
    sent = {"role": "auditor", "unit": province.root.pk, "starts_on": "01/09/2025"}
    assert quan.client.post(address, sent).status_code == 302
    assert hoa.client.get("/manage/changes/").status_code == 200
    assert quan.client.post(address, sent).status_code == 422  # not twice
    posting = Posting.unscoped.get(user=hoa.user, role="auditor")
    yesterday = f"{timezone.localdate() - timedelta(days=1):%d/%m/%Y}"
    quan.client.post(f"{address}{posting.pk}/", {"last_day": yesterday})
    assert hoa.client.get("/manage/changes/").status_code == 404


def test_a_posting_that_never_held_is_taken_away(
    quan: SimpleNamespace, hoa: SimpleNamespace, province: SimpleNamespace
) -> None:
    today = timezone.localdate()
    posting = Posting.objects.create(
        user=hoa.user, unit=province.root, role="auditor", starts_on=today
    )
    quan.client.post(
        f"/manage/users/{hoa.user.pk}/postings/{posting.pk}/",
        {"last_day": f"{today - timedelta(days=1):%d/%m/%Y}"},
    )
    assert not Posting.unscoped.filter(pk=posting.pk).exists()


def test_a_posting_of_somebody_else_is_not_ended_through_this_account(
    quan: SimpleNamespace, hoa: SimpleNamespace, bao: SimpleNamespace
) -> None:
    foreign = Posting.unscoped.get(user=bao.user)
    response = quan.client.post(
        f"/manage/users/{hoa.user.pk}/postings/{foreign.pk}/", {"last_day": "01/09/2025"}
    )
    assert response.status_code == 404


def test_a_closed_account_is_out_at_once_and_comes_back_without_its_old_sessions(
    quan: SimpleNamespace, hoa: SimpleNamespace
) -> None:
    Token.objects.create(user=hoa.user)
    address = f"/manage/users/{hoa.user.pk}"
    assert quan.client.post(f"{address}/deactivate/", {"reason": ""}).status_code == 422
    quan.client.post(f"{address}/deactivate/", {"reason": "Chuyển công tác"})
    assert hoa.client.get("/me/").url.startswith("/accounts/login/")
    assert sign_in("hoa", PASSWORD).status_code == 422
    assert not Token.objects.exists()
    assert User.objects.filter(pk=hoa.user.pk).exists()  # closed, never deleted
    response = quan.client.post(f"{address}/reactivate/")
    password = OTP.search(response.content.decode()).group()  # type: ignore[union-attr]
    assert hoa.client.get("/me/").url.startswith("/accounts/login/")
    assert sign_in("hoa", password).status_code == 302
    reasons = ChangeEntry.objects.filter(record_id=hoa.user.pk).values_list("action", flat=True)
    assert set(reasons) == {"cancelled", "restored"}


def test_nobody_closes_or_demotes_themselves(quan: SimpleNamespace) -> None:
    address = f"/manage/users/{quan.user.pk}"
    assert quan.client.post(f"{address}/deactivate/", {"reason": "x"}).status_code == 422
    posting = Posting.unscoped.get(user=quan.user)
    response = quan.client.post(f"{address}/postings/{posting.pk}/", {"last_day": "01/09/2025"})
    assert response.status_code == 422
    assert quan.client.get("/manage/users/").status_code == 200


def test_a_reset_ends_every_session(quan: SimpleNamespace, hoa: SimpleNamespace) -> None:
    response = quan.client.post(f"/manage/users/{hoa.user.pk}/reset/")
    password = OTP.search(response.content.decode()).group()  # type: ignore[union-attr]
    assert hoa.client.get("/me/").url.startswith("/accounts/login/")
    assert sign_in("hoa", PASSWORD).status_code == 422
    assert sign_in("hoa", password).status_code == 302


def test_the_list_filters_by_role_unit_and_state(
    quan: SimpleNamespace,
    hoa: SimpleNamespace,
    bao: SimpleNamespace,
    tu: SimpleNamespace,
    province: SimpleNamespace,
) -> None:
    def listed(**query: Any) -> set[str]:
        return {user.username for user in quan.client.get("/manage/users/", query).context["page"]}

    User.objects.filter(pk=bao.user.pk).update(is_active=False)
    assert listed() == {"quan", "hoa", "bao", "tu"}
    assert listed(role="commune_officer") == {"hoa", "bao"}
    assert listed(unit=province.an_hoa.pk) == {"hoa", "tu"}
    assert listed(status="closed") == {"bao"}
    assert listed(q="nguyen hoa") == {"hoa"}


# --- Many at once ---------------------------------------------------------------------------


def paste(client: Client, *rows: str, head: str = HEAD) -> Any:
    text = "\n".join([head, *rows])
    return client.post("/manage/users/many/", {"step": "read", "text": text})


def sent_back(response: Any, **fixes: str) -> dict[str, str]:
    """What the browser sends from the page of rows, with some cells put right."""
    rows = response.context["rows"]
    sent = {
        "rows-TOTAL_FORMS": str(len(rows.forms)),
        "rows-INITIAL_FORMS": "0",
        "step": "create",
        "submission": response.context["submission"],
    }
    for number, form in enumerate(rows.forms):
        for bound in form:
            if bound.name != "DELETE":
                sent[f"rows-{number}-{bound.name}"] = bound.value() or ""
    return sent | fixes


def test_rows_are_read_checked_put_right_and_made_together(
    quan: SimpleNamespace, hoa: SimpleNamespace, province: SimpleNamespace
) -> None:
    page = paste(
        quan.client,
        "Trần Thị Mỹ Duyên\t\t912000111\t\t30958\tCommune officer\tCông chức VH-XH",
        "Lê Văn Tám\thoa\t12345\tkhong-phai-thu\tXã Không Có\tngười gác cổng\t",
        "Danh Sa\t\t\t\tẤp Hoà Út\tteam_member\t",
        "Trần Thị Mỹ Duyên\t\t\t\tBình Minh\tcommune_leader\t",
    )
    rows = page.context["rows"]
    assert set(rows.forms[1].errors) == {"username", "phone", "email", "role", "unit"}
    assert page.context["wrong"] == 1
    assert not User.objects.filter(full_name="Danh Sa").exists()
    refused = quan.client.post("/manage/users/many/", sent_back(page))
    assert refused.status_code == 422
    assert not User.objects.filter(full_name="Danh Sa").exists()  # all rows or none
    fixed = {
        "rows-1-username": "",
        "rows-1-phone": "",
        "rows-1-email": "",
        "rows-1-role": "auditor",
        "rows-1-unit": "91",
    }
    done = quan.client.post("/manage/users/many/", sent_back(page, **fixed))
    made = {line["username"]: line for line in done.context["lines"]}
    assert set(made) == {"duyen.ttm", "tam.lv", "sa.d", "duyen.ttm2"}
    assert Posting.unscoped.get(user__username="sa.d").unit == province.hoa_ut
    assert Posting.unscoped.get(user__username="duyen.ttm").title == "Công chức VH-XH"
    assert not OTP.search(done.content.decode())  # the page itself shows no password


def test_the_sheet_of_one_time_passwords_is_handed_out_once(
    quan: SimpleNamespace, province: SimpleNamespace
) -> None:
    page = paste(quan.client, "Danh Sa\t\t\t\t30958-01\tteam_member\t")
    done = quan.client.post("/manage/users/many/", sent_back(page))
    sealed = {"sheet": done.context["sheet"]}
    response = quan.client.post("/manage/users/many/sheet/", sealed)
    assert response["Content-Disposition"].startswith("attachment")
    sheet = load_workbook(BytesIO(response.content)).worksheets[0]
    row = next(r for r in sheet.iter_rows(values_only=True) if r[0] == "Danh Sa")
    assert row[3] == "sa.d"
    assert OTP.fullmatch(row[4])
    assert sign_in("sa.d", row[4]).status_code == 302
    again = quan.client.post("/manage/users/many/sheet/", sealed)
    assert again.status_code == 302
    kept = str(list(ChangeEntry.objects.values())) + str(dict(quan.client.session))
    assert row[4] not in kept
    assert not User.objects.filter(password__contains=row[4]).exists()


def test_a_sheet_of_somebody_else_is_not_handed_out(
    quan: SimpleNamespace, province: SimpleNamespace
) -> None:
    page = paste(quan.client, "Danh Sa\t\t\t\t30958-01\tteam_member\t")
    sealed = quan.client.post("/manage/users/many/", sent_back(page)).context["sheet"]
    other = Client()
    other.force_login(quan.user, backend="django.contrib.auth.backends.ModelBackend")
    assert other.post("/manage/users/many/sheet/", {"sheet": sealed}).status_code == 302
    forged = other.post("/manage/users/many/sheet/", {"sheet": sealed[:-2] + "xx"})
    assert forged.status_code == 404


def test_the_same_rows_sent_twice_are_made_once(
    quan: SimpleNamespace, province: SimpleNamespace
) -> None:
    page = paste(quan.client, "Danh Sa\t\t\t\t30958-01\tteam_member\t")
    sent = sent_back(page)
    quan.client.post("/manage/users/many/", sent)
    assert quan.client.post("/manage/users/many/", sent).url == "/manage/users/"
    assert User.objects.filter(full_name="Danh Sa").count() == 1


def test_a_row_can_be_left_out(quan: SimpleNamespace, province: SimpleNamespace) -> None:
    page = paste(quan.client, "Danh Sa\t\t\t\t30958-01\tteam_member\t", "Sai\t\t\t\tx\ty\t")
    sent = sent_back(page) | {"rows-1-DELETE": "on"}
    done = quan.client.post("/manage/users/many/", sent)
    assert [line["username"] for line in done.context["lines"]] == ["sa.d"]


def test_rows_without_a_heading_are_read_in_the_stated_order(
    quan: SimpleNamespace, province: SimpleNamespace
) -> None:
    text = "Danh Sa\tsa.danh\t0912000111\t\t30958-01\tteam_member\t"
    page = quan.client.post("/manage/users/many/", {"step": "read", "text": text})
    assert page.context["wrong"] == 0
    assert page.context["rows"].forms[0].cleaned_data["username"] == "sa.danh"


def test_the_empty_sheet_can_be_filled_in_and_sent_back(
    quan: SimpleNamespace, province: SimpleNamespace
) -> None:
    content = quan.client.get("/manage/users/many/template/").content
    upload = SimpleUploadedFile("tai-khoan.xlsx", content)
    page = quan.client.post("/manage/users/many/", {"step": "read", "file": upload})
    assert page.status_code == 200
    assert page.context["wrong"] == 0


@pytest.mark.parametrize(
    "sent", [{"text": ""}, {"text": "chỉ một ô"}, {"text": "Họ và tên\tĐiện thoại\nAn\t1"}]
)
def test_a_sheet_that_cannot_be_read_says_why(quan: SimpleNamespace, sent: dict[str, str]) -> None:
    response = quan.client.post("/manage/users/many/", {"step": "read", **sent})
    if response.status_code == 422:
        assert response.context["form"].non_field_errors()
    else:
        assert response.context["wrong"]


def test_several_units_of_one_name_must_be_told_apart(
    quan: SimpleNamespace, province: SimpleNamespace
) -> None:
    plant(province.binh_minh, Unit.Level.HAMLET, Unit.Kind.AP, "30952-03", "Ấp Hoà Út")
    page = paste(quan.client, "Danh Sa\t\t\t\tẤp Hoà Út\tteam_member\t")
    assert "30952-03" in str(page.context["rows"].forms[0].errors["unit"])


def test_the_access_of_twenty_people_ends_with_their_posting(
    quan: SimpleNamespace, hoa: SimpleNamespace, province: SimpleNamespace
) -> None:
    """Ended through the page, each of twenty times refused at the very next request."""
    for trial in range(20):
        posting = Posting.objects.create(
            user=hoa.user, unit=province.root, role="auditor", starts_on=date(2025, 7, 1)
        )
        assert hoa.client.get("/manage/changes/").status_code == 200, trial
        quan.client.post(
            f"/manage/users/{hoa.user.pk}/postings/{posting.pk}/", {"last_day": "01/09/2025"}
        )
        assert hoa.client.get("/manage/changes/").status_code == 404, trial
