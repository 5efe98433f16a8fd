"""What must be true of units and their yearly figures, for forms and files alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from campaign.text import sort_key
from units.models import Unit, UnitProfile

FIRST_YEAR = 2015
PARTS_OF_PEOPLE = ("adults", "elderly", "ethnic_minority", "staff")


def check_year(year: int) -> None:
    """A year the campaign may need."""
    if not FIRST_YEAR <= year <= timezone.localdate().year + 1:
        raise ValidationError(_("Write a year from 2015 to next year."), code="year")


def check_parts(profile: UnitProfile) -> None:
    """No part of the people, and no number of households, is larger than the population."""
    wrong: dict[str, Any] = {}
    for name in (*PARTS_OF_PEOPLE, "households"):
        part = getattr(profile, name)
        if profile.population is not None and part is not None and part > profile.population:
            wrong[name] = ValidationError(_("More than the population."), code="part")
    if wrong:
        raise ValidationError(wrong)


def refuse_twin(unit: Unit, parent: Unit, siblings: Iterable[Unit]) -> None:
    """Two units of one name under one unit are one unit entered twice."""
    key = sort_key(unit.name)
    for twin in siblings:
        if twin is not unit and twin.pk != unit.pk and sort_key(twin.name) == key:
            words = {"name": twin.name, "code": twin.code, "parent": parent.name}
            message = _("%(parent)s already has “%(name)s” (%(code)s).") % words
            raise ValidationError(message, code="twin")
