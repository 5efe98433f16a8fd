"""Activities people record, and files they send."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from activities.models import (
    Activity,
    ActivityHeadcount,
    ActivityType,
    ExemplaryModel,
    ModelKind,
    Solution,
    SolutionField,
)
from campaign.models import Audience
from campaign.vocabulary import sow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def types(db: None) -> dict[str, ActivityType]:
    """The types a province starts with, by code."""
    sow(ActivityType, ROOT / "activities/data/activity_types.json")
    sow(ModelKind, ROOT / "activities/data/model_kinds.csv")
    sow(SolutionField, ROOT / "activities/data/solution_fields.csv")
    sow(Audience, ROOT / "campaign/data/audiences.csv")
    return {one.code: one for one in ActivityType.objects.all()}


@pytest.fixture
def talk(province: Any, types: dict[str, ActivityType]) -> Activity:
    """A communication activity of An Hoà with 40 women and 25 people nothing is known of."""
    activity = make_activity(province.an_hoa, types["communication"], "Tuyên truyền VNeID")
    ActivityHeadcount.unscoped.create(activity=activity, sex="f", people=40)
    ActivityHeadcount.unscoped.create(activity=activity, people=25)
    return activity


def make_activity(unit: Any, kind: ActivityType, title: str, **more: Any) -> Activity:
    """An activity as the form would store it."""
    more.setdefault("starts_on", date(2026, 10, 5))
    more.setdefault("place", unit if unit.level in ("commune", "hamlet") else None)
    activity = Activity(unit=unit, type=kind, title=title, **more)
    activity.clean()
    activity.save()
    return activity


def make_model(unit: Any, name: str = "Chợ số An Hoà", **more: Any) -> ExemplaryModel:
    """An exemplary model as the form would store it."""
    more.setdefault("started_on", date(2026, 3, 1))
    more.setdefault("kind", ModelKind.objects.get(code="digital_market"))
    model = ExemplaryModel(unit=unit, place=unit, name=name, **more)
    model.clean()
    model.save()
    return model


def make_solution(unit: Any, name: str, field: str, **more: Any) -> Solution:
    """A recognised solution as the form would store it."""
    more.setdefault("recognised_on", date(2026, 5, 20))
    solution = Solution(unit=unit, name=name, field=SolutionField.objects.get(code=field), **more)
    solution.clean()
    solution.save()
    return solution


def typed(activity_type: ActivityType, unit: Any, **more: Any) -> dict[str, Any]:
    """What a browser sends for a new activity."""
    return {
        "type": activity_type.pk, "title": "Ra quân tuyên truyền", "unit": unit.pk,
        "place": unit.pk, "starts_on": "05/10/2026", "mode": "in_person",
        "headcounts-TOTAL_FORMS": "2", "headcounts-INITIAL_FORMS": "0",
        **{f"headcounts-{i}-{n}": "" for i in (0, 1) for n in
           ("audience", "sex", "age_band", "minority", "disability", "people")},
        **more,
    }  # fmt: skip


def photo_with_place(name: str = "IMG_0001.jpg") -> SimpleUploadedFile:
    """A JPEG as a phone writes it: with the place where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Phone Maker"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (10.0, 22.0, 33.0)
    gps[3], gps[4] = "E", (105.0, 26.0, 12.0)
    written = io.BytesIO()
    Image.new("RGB", (900, 600), (180, 40, 40)).save(written, "JPEG", exif=exif)
    return SimpleUploadedFile(name, written.getvalue(), content_type="image/jpeg")


def pdf(name: str = "bien-ban.pdf") -> SimpleUploadedFile:
    """A small harmless PDF."""
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    return SimpleUploadedFile(name, body, content_type="application/pdf")


def without_token(response: Any) -> bytes:
    """A page without the form tokens, which differ each time."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", response.content)
