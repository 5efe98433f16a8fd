"""What a person's browser would send from a form of the portal."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.urls import reverse

from campaign.periods import today
from classes.models import TrainingClass


def written(day: date) -> str:
    """A day as people type it."""
    return f"{day:%d/%m/%Y}"


def value_of(bound: Any) -> Any:
    """What a box holds when the page is opened."""
    value = bound.field.prepare_value(bound.value())
    if value is None:
        return ""
    shown = bound.field.widget.format_value(value)
    if isinstance(shown, (list, tuple)):
        return [str(one) for one in shown if one not in (None, "")]
    return "" if shown is None or shown is False else shown


def entry(client: Any, url: str, **changes: Any) -> dict[str, Any]:
    """What the form at an address would send, with some answers changed."""
    page = client.get(url)
    assert page.status_code == 200, (url, page.status_code)
    parts = page.context["formsets"].values()
    rows = [row for part in parts for row in part.forms]
    sent = {
        bound.html_name: value_of(bound) for form in [page.context["form"], *rows] for bound in form
    }
    for part in parts:
        sent |= {bound.html_name: bound.value() for bound in part.management_form}
    sent |= changes
    return {name: value for name, value in sent.items() if value not in ("", None, [])}


def bare(answer: Any) -> tuple[int, str]:
    """An answer without what differs from one request to the next: its address and its token."""
    page = answer.content.decode().replace(answer.request["PATH_INFO"], "…")
    return answer.status_code, re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", page)


def problems(answer: Any) -> dict[str, Any]:
    """Every error a refused form shows."""
    context = answer.context or {}
    found = dict(context["form"].errors) if "form" in context else {}
    for name, part in (context.get("formsets") or {}).items():
        found |= {f"{name}-{n}": dict(e) for n, e in enumerate(part.errors) if e}
        if part.non_form_errors():
            found[name] = part.non_form_errors()
    return found


def class_entry(person: Any, words: Any, **changes: Any) -> dict[str, Any]:
    """A whole new class with one session today."""
    fields = {
        "title": "VNeID và dịch vụ công",
        "topic": words.vneid.pk,
        "audience": words.elderly.pk,
        "sessions-0-held_on": written(today()),
        **changes,
    }
    return entry(person.client, reverse("classes:new"), **fields)


def new_class(person: Any, words: Any, **changes: Any) -> TrainingClass:
    """A class recorded through the form."""
    answer = person.client.post(reverse("classes:new"), class_entry(person, words, **changes))
    assert answer.status_code == 302, problems(answer)
    return TrainingClass.unscoped.latest("pk")
