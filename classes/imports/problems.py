"""What rows of people are refused for, and how people are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.portal.imports.fields import CLEARED
from campaign.portal.imports.rows import Fix, Unclear, shown
from campaign.text import sort_key
from classes.imports.rosters import TRAITS, Home, Listed
from classes.models import Participant


def told_of(person: Participant, hamlets: Mapping[int, str]) -> str:
    """What tells somebody of the register from others of the same name."""
    hamlet = hamlets.get(person.hamlet_id or 0, "")
    said = [shown(person.birth_date or person.birth_year), hamlet, person.phone]
    return " · ".join(filter(None, said))


def too_many_sessions(home: Home, count: int) -> Unclear:
    """More sessions than were held."""
    held = len(home.held)
    message = ngettext(
        "Class %(code)s has held %(held)s session; the file says %(count)s.",
        "Class %(code)s has held %(held)s sessions; the file says %(count)s.",
        held,
    )
    fixes = [Fix(str(held), str(held))] if held else [Fix(_("Leave it empty"), "")]
    return Unclear(
        message % {"code": home.code, "held": held, "count": count},
        code="more_sessions", text=str(count), fixes=fixes,
    )  # fmt: skip


def fewer_sessions(record: Listed, count: int) -> Unclear:
    """Fewer sessions than somebody was ticked at."""
    ticked = len(record.present)
    message = ngettext(
        "%(person)s is ticked at %(ticked)s session. Take ticks away on the attendance sheet.",
        "%(person)s is ticked at %(ticked)s sessions. Take ticks away on the attendance sheet.",
        ticked,
    )
    return Unclear(
        message % {"person": record, "ticked": ticked},
        code="fewer_sessions", text=str(count), fixes=[Fix(str(ticked), str(ticked))],
    )  # fmt: skip


def stated_traits(values: Mapping[str, Any]) -> list[str]:
    """The traits of a person a row says something about."""
    said = [name for name in TRAITS if name in values and name != "full_name"]
    if birth := values.get("birth"):
        said.append("birth_year")
        if birth is CLEARED or birth[1] is not None:
            said.append("birth_date")
    return said


def better_name(kept: str, written: str) -> str:
    """The name as the file writes it, unless it only lacks the marks that are kept already."""
    if kept and (written.isascii() or sort_key(written) == sort_key(kept)):
        return kept
    return written
