"""Two clicks at the same moment: one activity."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from activities.models import Activity, ActivityHeadcount
from tests.activities.conftest import typed


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_at_once_is_one_activity(hoa, types, province):
    if connection.vendor != "postgresql":
        pytest.skip("the test database of SQLite lives in one thread")
    sent = typed(types["conference"], province.an_hoa, submission=str(uuid4()))
    sent["headcounts-0-people"] = "80"

    def click(_number):
        client = Client()
        client.force_login(hoa.user, backend="django.contrib.auth.backends.ModelBackend")
        try:
            answer = client.post(reverse("activities:new"), sent)
            return answer.status_code, answer.headers.get("Location")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as clicks:
        answers = set(clicks.map(click, range(4)))
    assert Activity.unscoped.count() == 1
    assert ActivityHeadcount.unscoped.count() == 1
    assert answers == {(302, Activity.unscoped.get().get_absolute_url())}
