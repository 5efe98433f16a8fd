"""What happened to a unit, in the order of days: facts of public law, open to the register."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from units.models import Unit, UnitEvent, UnitSuccession


@dataclass
class Moment:
    """One day in the life of a unit: what happened, by which decision, from or to which units."""

    on: date
    what: str
    decision: str = ""
    links: list[tuple[Unit, str]] = field(default_factory=list)


def timeline_of(unit: Unit) -> list[Moment]:
    """Events, predecessors and successors of a unit, the latest first."""
    taken = list(unit.predecessions.select_related("predecessor").order_by("predecessor__sort_key"))
    given = list(unit.successions.select_related("successor").order_by("-is_default", "pk"))
    moments = []
    for event in unit.events.all():
        moment = Moment(event.effective_on, in_words(event), event.decision)
        if event.kind == UnitEvent.Kind.RECEIVED:
            moment.links = [
                (s.predecessor, extent_in_words(s)) for s in taken if _same_day(s, event)
            ]
        if event.kind == UnitEvent.Kind.MERGED_INTO:
            moment.links = [(s.successor, extent_in_words(s)) for s in given if _same_day(s, event)]
        moments.append(moment)
    if unit.valid_to and not given:
        moments.append(Moment(unit.valid_to, _("Ended")))
    moments.reverse()  # of one day, what came last stands first
    return sorted(moments, key=lambda moment: moment.on, reverse=True)


def _same_day(succession: UnitSuccession, event: UnitEvent) -> bool:
    return succession.effective_on == event.effective_on


def extent_in_words(succession: UnitSuccession) -> str:
    """Whole or in part, and for a split which successor the former unit hangs under."""
    extent = str(succession.get_extent_display())
    if succession.extent == UnitSuccession.Extent.PART and succession.is_default:
        return _("%(extent)s, main successor") % {"extent": extent}
    return extent


def in_words(event: UnitEvent) -> str:
    """The event as a sentence."""
    kind = UnitEvent.Kind
    names = {"before": event.name_before, "after": event.name_after}
    if event.kind in (kind.RENAMED, kind.RETYPED) and event.name_before:
        return _("%(before)s became %(after)s") % names
    if event.kind == kind.MERGED_INTO and event.name_after:
        return _("Merged into %(after)s") % names
    if event.kind == kind.RECEIVED:
        return _("Took over former units")
    return str(event.get_kind_display())
