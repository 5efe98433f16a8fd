"""What may be said of a class, through whatever door it comes in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaign.text import clean_name
from units.models import CommunityTeam

MOST_SESSIONS = 60
MOST_LAID_OUT = 40
LONGEST_STEP = 60
MOST_PEOPLE = 100_000


def check_title(title: str) -> None:
    """Refuse a name that says nothing."""
    if len(clean_name(title)) < 3:
        raise ValidationError(_("Say in a few words what the class is about."), code="short")


def check_capacity(capacity: int | None) -> None:
    """Refuse a room no class has."""
    if capacity is not None and not 1 <= capacity <= MOST_PEOPLE:
        raise ValidationError(
            _("Between 1 and 100,000 people; leave empty if unknown."), code="range"
        )


def check_team_on(team: CommunityTeam | None, day: date | None) -> None:
    """Refuse a team that had ended when the class began."""
    if team and day and team.ended_on and team.ended_on <= day:
        raise ValidationError(_("This team had ended by the day the class starts."), code="ended")


def check_hours(hours: Decimal | None) -> None:
    """Refuse a session of no time, or of days."""
    if hours is not None and not 0 < hours <= 24:
        raise ValidationError(_("Between half an hour and 24 hours."), code="range")


def check_people(people: Any) -> None:
    """Refuse a count of one group at one session that cannot be right."""
    if people > MOST_PEOPLE:
        raise ValidationError(_("More than 100,000 people cannot be right."), code="range")
