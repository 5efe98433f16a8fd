"""What must be true of a team and of its members, for forms and files alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.models import TeamMember, Unit

OLDEST, YOUNGEST = 100, 14
SERVED = (Unit.Level.COMMUNE, Unit.Level.HAMLET)


def check_has_come(day: date) -> None:
    """Nothing about a team happens in the future."""
    if day > timezone.localdate():
        raise ValidationError(_("This day is still to come."), code="to_come")


def check_founding(founded_on: date, ended_on: date | None) -> None:
    """A team is not founded after it ended."""
    if ended_on and founded_on > ended_on:
        raise ValidationError(_("The team ended before this day."), code="after_end")


def check_ending(ended_on: date, founded_on: date) -> None:
    """A team ends on a day since it was founded, which has come."""
    if ended_on < founded_on:
        raise ValidationError(_("A team cannot end before it begins."), code="before_founding")
    check_has_come(ended_on)


def check_birth_year(year: int) -> None:
    """A year in which a member of a team can have been born."""
    now = timezone.localdate().year
    if not now - OLDEST <= year <= now - YOUNGEST:
        raise ValidationError(
            _("A year between %(first)s and %(last)s."),
            code="birth_year",
            params={"first": str(now - OLDEST), "last": str(now - YOUNGEST)},
        )


def check_leaving(left_on: date, joined_on: date) -> None:
    """Nobody leaves before joining."""
    if left_on < joined_on:
        raise ValidationError(_("A member cannot leave before joining."), code="before_joining")


def check_one_leader(members: Iterable[TeamMember]) -> None:
    """A team has one leader at a time; one may follow the other on the same day."""
    terms = sorted(
        (member.joined_on, member.left_on or date.max)
        for member in members
        if member.role == TeamMember.Role.LEADER
    )
    if any(later[0] < earlier[1] for earlier, later in pairwise(terms)):
        raise ValidationError(_("Two members lead the team at the same time."), code="two_leaders")
