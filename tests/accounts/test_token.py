"""A token is worth what its person may see at that moment."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


def ask(key: str) -> int:
    """What the API answers to a program with this token."""
    return Client().get("/api/units/", headers={"authorization": f"Token {key}"}).status_code


def test_a_token_is_shown_once_and_works_until_it_is_withdrawn(hoa):
    page = hoa.client.post(reverse("api_token"), {"take": "1"}).content.decode()
    key = re.search(r"<code>(\w{40})</code>", page).group(1)
    assert key not in hoa.client.get(reverse("account")).content.decode()
    assert ask(key) == 200
    hoa.client.post(reverse("api_token"), {"withdraw": "1"})
    assert ask(key) == 401


def test_a_token_of_a_person_without_posting_shows_no_unit(hoa):
    page = hoa.client.post(reverse("api_token"), {"take": "1"}).content.decode()
    key = re.search(r"<code>(\w{40})</code>", page).group(1)
    hoa.user.postings.all().delete()
    answer = Client().get("/api/units/", headers={"authorization": f"Token {key}"})
    assert answer.json()["results"] == []
