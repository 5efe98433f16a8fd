"""The administrator looks classes up and meets no participant."""

import pytest
from django.contrib import admin

from classes.models import Attendance, Enrolment, Participant
from tests.classes.entry import new_class

pytestmark = pytest.mark.django_db


def test_the_administrator_looks_a_class_up_and_changes_nothing(province, words, hoa, quan):
    made = new_class(hoa, words)
    assert made.code in quan.client.get("/admin/classes/trainingclass/").content.decode()
    url = f"/admin/classes/trainingclass/{made.pk}/change/"
    assert quan.client.get(url).status_code == 200
    assert quan.client.post(url, {"title": "Khác"}).status_code == 403
    assert quan.client.get("/admin/classes/classsession/").status_code == 200
    assert hoa.client.get("/admin/classes/trainingclass/").status_code == 404


def test_people_are_not_in_the_admin():
    assert not {Participant, Attendance, Enrolment} & set(admin.site._registry)
