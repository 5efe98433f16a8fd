"""The admin: for system administrators, on the portal's scoping, into the portal's log."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import Posting, User
from campaign.models import CampaignSettings, ChangeEntry, Topic


def pages() -> list[str]:
    """The list and the form of everything registered."""
    names = []
    for model in admin.site._registry:
        info = (model._meta.app_label, model._meta.model_name)
        names.append("admin:{}_{}_changelist".format(*info))
    return names


def test_signed_out_people_sign_in_on_the_portals_own_page(db: None) -> None:
    for address in ("/admin/", "/admin/login/", "/admin/accounts/user/"):
        assert Client().get(address).url.startswith("/accounts/login/?next=/admin/")


def test_everybody_else_meets_a_404(
    hoa: SimpleNamespace, hanh: SimpleNamespace, lan: SimpleNamespace, thao: SimpleNamespace
) -> None:
    for person in (hoa, hanh, lan, thao):
        for address in ("/admin/", "/admin/login/", "/admin/accounts/user/", "/admin/nowhere/"):
            assert person.client.get(address).status_code == 404


def test_the_administrator_opens_every_list(
    quan: SimpleNamespace, hoa: SimpleNamespace, words: SimpleNamespace
) -> None:
    assert quan.client.get("/admin/").status_code == 200
    ours = [
        name
        for name in pages()
        if not name.startswith(("admin:auth", "admin:axes", "admin:authtoken"))
    ]
    for name in ours:
        response = quan.client.get(reverse(name), {"q": "a"})
        assert response.status_code == 200, name


@pytest.mark.parametrize("name", ["is_superuser", "password", "groups", "user_permissions"])
def test_access_cannot_be_given_past_the_postings(
    quan: SimpleNamespace, hoa: SimpleNamespace, name: str
) -> None:
    address = reverse("admin:accounts_user_change", args=[hoa.user.pk])
    form = quan.client.get(address).context["adminform"].form
    assert name not in form.fields


def test_a_change_in_the_admin_is_in_the_log(quan: SimpleNamespace, hoa: SimpleNamespace) -> None:
    address = reverse("admin:accounts_user_change", args=[hoa.user.pk])
    quan.client.post(
        address,
        {
            "username": "hoa",
            "full_name": "Nguyễn Thị Hoa",
            "phone": "0912345678",
            "email": "",
            "language": "vi",
        },
    )
    entry = ChangeEntry.objects.get(record_id=hoa.user.pk, model="accounts.user")
    assert (entry.door, entry.changes) == ("admin", {"phone": ["", "0912345678"]})


def test_nothing_is_deleted_in_the_admin(quan: SimpleNamespace, hoa: SimpleNamespace) -> None:
    for name, pk in (
        ("accounts_user", hoa.user.pk),
        ("units_unit", hoa.unit.pk),
        ("accounts_posting", Posting.unscoped.get(user=hoa.user).pk),
    ):
        response = quan.client.post(reverse(f"admin:{name}_delete", args=[pk]), {"post": "yes"})
        assert response.status_code == 403
    assert User.objects.filter(pk=hoa.user.pk).exists()


def test_a_posting_of_the_wrong_level_is_refused_here_too(
    quan: SimpleNamespace, hoa: SimpleNamespace, province: SimpleNamespace
) -> None:
    response = quan.client.post(
        reverse("admin:accounts_posting_add"),
        {
            "user": hoa.user.pk,
            "unit": province.root.pk,
            "role": "commune_officer",
            "starts_on": "01/09/2025",
            "title": "",
        },
    )
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["unit"]


def test_settings_and_words_are_kept_here(quan: SimpleNamespace, words: SimpleNamespace) -> None:
    sent = {
        "agency_line": "UBND tỉnh",
        "product_name_vi": "Bình dân học vụ số",
        "product_name_en": "Digital Literacy for All",
        "period_scheme": "calendar",
        "theme_of_the_year": "",
        "team_label_vi": "Tổ chuyển đổi số cộng đồng",
        "team_label_en": "Team",
    }
    settings = CampaignSettings.objects.first()
    address = (
        reverse("admin:campaign_campaignsettings_change", args=[settings.pk])
        if settings
        else reverse("admin:campaign_campaignsettings_add")
    )
    assert quan.client.post(address, sent).status_code == 302
    assert CampaignSettings.current().team_label_vi == "Tổ chuyển đổi số cộng đồng"
    topic = Topic.objects.get(code="vneid")
    form = quan.client.get(reverse("admin:campaign_topic_change", args=[topic.pk]))
    assert "code" not in form.context["adminform"].form.fields
