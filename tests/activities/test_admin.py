"""The administration of words and records: for the system administrator, without deleting."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from activities.models import ActivityType
from campaign.models import CampaignSettings, Topic

WORDS = [
    "activities_activitytype", "activities_modelkind", "activities_solutionfield",
    "campaign_audience", "campaign_topic",
]  # fmt: skip


@pytest.mark.parametrize("name", [*WORDS, "campaign_campaignsettings", "activities_activity"])
def test_only_the_system_administrator_opens_it(quan, hoa, lan, talk, name):
    address = reverse(f"admin:{name}_changelist")
    assert quan.client.get(address).status_code == 200
    assert hoa.client.get(address).status_code == 404
    assert lan.client.get(address).status_code == 404


@pytest.mark.parametrize("name", WORDS)
def test_words_are_archived_and_never_deleted(quan, types, name):
    Topic.objects.get_or_create(code="ai", defaults={"name_vi": "AI", "name_en": "AI"})
    page = quan.client.get(reverse(f"admin:{name}_changelist"))
    first = page.context["cl"].queryset.first()
    delete = reverse(f"admin:{name}_delete", args=[first.pk])
    assert quan.client.post(delete, {"post": "yes"}).status_code in (403, 404)
    assert type(first).objects.filter(pk=first.pk).exists()


def own(kind, fields):
    return {
        "code": kind.code, "name_vi": kind.name_vi, "name_en": kind.name_en,
        "counts_as": kind.counts_as, "position": "5", "fields": json.dumps(fields),
    }  # fmt: skip


def test_own_fields_are_changed_as_data(quan, hoa, types):
    kind = types["contest"]
    change = reverse("admin:activities_activitytype_change", args=[kind.pk])
    fields = [{"key": "winners", "label_vi": "Số giải", "label_en": "Winners", "type": "number"}]
    assert quan.client.post(change, own(kind, fields)).status_code == 302
    page = hoa.client.get(reverse("activities:new"), {"type": "contest"})
    assert 'name="own_winners"' in page.content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        [{"key": "Bad key", "type": "number", "label_vi": "a", "label_en": "a"}],
        [{"key": "a", "type": "colour", "label_vi": "a", "label_en": "a"}],
        [{"key": "a", "type": "choice", "label_vi": "a", "label_en": "a"}],
        [{"key": "a", "type": "text", "label_vi": "a"}],
        [{"key": "unit", "type": "column"}],
        [{"key": "items", "type": "text", "label_vi": "a", "label_en": "a"}],
        {"key": "a"},
    ],
)
def test_own_fields_that_could_not_be_shown_are_refused(quan, types, fields):
    kind = types["contest"]
    before = kind.fields
    change = reverse("admin:activities_activitytype_change", args=[kind.pk])
    assert quan.client.post(change, own(kind, fields)).status_code == 200
    assert ActivityType.objects.get(pk=kind.pk).fields == before


def test_there_is_one_row_of_settings_and_a_change_holds_at_once(quan, db):
    add = reverse("admin:campaign_campaignsettings_add")
    row = CampaignSettings.objects.create(product_name_vi="Cũ")
    assert CampaignSettings.current().product_name_vi == "Cũ"
    assert quan.client.get(add).status_code == 403
    change = reverse("admin:campaign_campaignsettings_change", args=[row.pk])
    sent = {
        "product_name_vi": "Mới", "product_name_en": "New", "period_scheme": "calendar",
        "team_label_vi": "Tổ", "team_label_en": "Team",
    }  # fmt: skip
    quan.client.post(change, sent)
    assert CampaignSettings.current().product_name_vi == "Mới"


def test_records_are_looked_up_and_not_changed_there(quan, talk):
    change = reverse("admin:activities_activity_change", args=[talk.pk])
    assert quan.client.get(change).status_code == 200
    assert quan.client.post(change, {"title": "x"}).status_code == 403
    talk.refresh_from_db()
    assert talk.title != "x"
