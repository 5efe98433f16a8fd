"""What the pages of classes share."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from campaign.portal.access import Access
from classes.models import (
    TrainingClass,
)

State = TrainingClass.State
#: empty lines a form offers
BLANK_SESSIONS = 3


def crumbs(*steps: tuple[Any, str]) -> list[tuple[Any, str]]:
    """The way down to a page of classes."""
    return [(_("Classes"), reverse("classes:list") if steps else ""), *steps]


def knows_people(access: Access, training_class: TrainingClass) -> bool:
    """Whether the person may read the list of this class: it belongs to a unit of their own."""
    return access.people.covers(training_class.unit.path)
