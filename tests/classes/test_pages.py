"""The walking path of a class: listed, added, opened, attended."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from campaign.models import ChangeEntry
from campaign.periods import today
from classes.models import ClassSession, TrainingClass

pytestmark = pytest.mark.django_db


def d(day):
    return f"{day:%d/%m/%Y}"


def entry(client, url, **changes):
    """What the form at an address would send, with some answers changed."""
    page = client.get(url)
    assert page.status_code == 200, page.content.decode()[:3000]
    form = page.context["form"]
    data = {}
    for one in [form, *[r for s in page.context["formsets"].values() for r in s.forms]]:
        for bound in one:
            value = (
                bound.field.widget.format_value(bound.field.prepare_value(bound.value()))
                if bound.value() is not None
                else ""
            )
            if isinstance(value, (list, tuple)):
                value = [v for v in value if v not in (None, "")]
            data[bound.html_name] = value if value is not None else ""
    for part in page.context["formsets"].values():
        for bound in part.management_form:
            data[bound.html_name] = bound.value()
    data |= changes
    return {k: v for k, v in data.items() if v not in ("", None, []) and v is not False}


def new_class(person, words, **changes):
    """A class recorded through the form."""
    url = reverse("classes:new")
    data = entry(
        person.client,
        url,
        title="VNeID và dịch vụ công",
        topic=words.vneid.pk,
        audience=words.elderly.pk,
        **{"sessions-0-held_on": d(today())},
        **changes,
    )
    answer = person.client.post(url, data)
    assert answer.status_code == 302, errors_of(answer)
    return TrainingClass.unscoped.latest("pk")


def errors_of(answer):
    found = {}
    context = answer.context or {}
    if "form" in context:
        found |= context["form"].errors.get_json_data()
    for name, part in (context.get("formsets") or {}).items():
        found[name] = part.errors, part.non_form_errors()
    return found


def test_hoa_records_a_class_with_its_sessions(province, words, hoa):
    made = new_class(hoa, words, **{"sessions-1-held_on": d(today() + timedelta(days=2))})
    assert made.unit == province.an_hoa
    assert made.created_by == hoa.user
    assert re.fullmatch(rf"AHO-{made.starts_on:%y}-0001", made.code)
    assert "vneid va dich vu cong" in made.search_key
    assert [s.number for s in made.sessions.all()] == [1, 2]
    entries = ChangeEntry.objects.filter(model="classes.trainingclass", record_id=made.pk)
    assert [e.action for e in entries] == ["created"]


def test_the_list_the_class_and_its_attendance_open(province, words, hoa):
    made = new_class(hoa, words)
    assert made.title in hoa.client.get(reverse("classes:list")).content.decode()
    assert hoa.client.get(made.get_absolute_url()).status_code == 200
    session = made.sessions.get()
    url = reverse("classes:session", args=[made.pk, 1])
    data = entry(hoa.client, url, status="held", **{"headcounts-0-people": "33"})
    answer = hoa.client.post(url, data)
    assert answer.status_code == 302, errors_of(answer)
    session = ClassSession.unscoped.with_figures().get(pk=session.pk)
    assert (session.status, session.attended) == ("held", 33)
    for name in ("people", "attendance", "edit"):
        assert hoa.client.get(reverse(f"classes:{name}", args=[made.pk])).status_code == 200, name
