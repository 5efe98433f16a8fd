"""Many people, or one impatient finger, at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client

from classes.models import TrainingClass
from tests.classes.entry import class_entry

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _postgres():
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")


def send_all(person, forms):
    """Send forms at once, each through a connection of its own."""

    def send(sent):
        client = Client()
        client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
        try:
            return client.post("/classes/new/", sent).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(send, forms))


def test_ten_sendings_of_one_form_save_one_class(province, words, hoa):
    sent = class_entry(hoa, words)
    assert send_all(hoa, [sent] * 10) == [302] * 10
    assert TrainingClass.unscoped.count() == 1


def test_ten_classes_at_once_get_ten_codes(province, words, hoa):
    forms = [class_entry(hoa, words) for _time in range(10)]
    assert send_all(hoa, forms) == [302] * 10
    assert TrainingClass.unscoped.values("code").distinct().count() == 10
