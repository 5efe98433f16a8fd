"""Every address is found, has a rule, and says which record its parameters name."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path

from campaign.portal.rules import RULES
from tests.access.discovery import addresses, without_a_rule
from tests.access.providers import PAGES, PROVIDERS


def forgotten(request):
    """A view nobody gave a rule."""
    return HttpResponse("open")


urlpatterns = [
    path("", include("campaign.urls")),
    path("forgotten/", include([path("<int:pk>/", forgotten, name="forgotten")])),
]


def test_every_address_has_a_rule_of_the_vocabulary():
    assert without_a_rule() == []
    assert {address.rule for address in addresses()} <= set(RULES)


def test_an_address_without_a_rule_is_named():
    assert without_a_rule(__name__) == ["forgotten"]


@pytest.mark.django_db
def test_a_view_without_a_rule_is_refused_when_it_is_asked(client):
    client.raise_request_exception = False
    with override_settings(ROOT_URLCONF=__name__):
        answer = client.get("/forgotten/1/")
    assert answer.status_code == 500
    assert b"open" not in answer.content


def test_every_parameter_has_a_provider_and_every_provider_an_address():
    named = {a.name for a in addresses() if a.params and not a.is_admin}
    assert named - set(PROVIDERS) == set(), "say in providers.py which record these name"
    assert set(PROVIDERS) <= {a.name for a in addresses()}, "these addresses are gone"
    assert set(PAGES) <= {a.name for a in addresses()}


def test_names_of_addresses_are_unique():
    names = [a.name for a in addresses() if not a.is_admin]
    assert len(names) == len(set(names))
    assert "" not in names
