"""Where a number of the report comes from: what it counts, of which days, and what it is now."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.periods import Period
from campaign.portal.access import Access
from campaign.portal.figures import delta, num
from reporting.compiled.content import Gathered, Part
from reporting.compiled.paper import numbers_in
from reporting.compiled.versions import Version
from reporting.declared.indicators import DECLARED_BY_CODE
from reporting.indicators import BY_CODE
from reporting.models import ReportingCycle
from reporting.phrases import Frame, Live, Number
from reporting.phrases.narrative import draft
from units.models import Unit

NAMED = 12


@dataclass(frozen=True)
class Source:
    """One number of the report, explained."""

    text: str
    label: str
    meaning: str
    #: whose, and of which days
    about: str
    #: how it stands beside the dashboard now: '' where there is nothing to compare
    now: str = ""
    is_same: bool = True
    url: str = ""
    names: tuple[str, ...] = ()


def source_of(key: str, version: Version, access: Access) -> Source | None:
    """The source of a number of the paper; None where the version has no such number."""
    section, _colon, place = key.partition(":")
    if section == "units":
        return _of_units(place, version)
    numbers = numbers_in(version.gathered.phrases.get(section, []))
    if not place.isdecimal() or int(place) >= len(numbers):
        return None
    number = numbers[int(place)]
    today = _now(section, int(place), number, version.row.cycle, access)
    now, is_same = _beside(number, today)
    label, meaning = _named(number)
    return Source(
        number.text, label, meaning, _about(number, version.gathered, access), now, is_same,
        number.url,
    )  # fmt: skip


def _named(number: Number) -> tuple[str, str]:
    if number.code in BY_CODE:
        about = BY_CODE[number.code]
        return str(about.label), str(about.meaning)
    if number.code in DECLARED_BY_CODE:
        return DECLARED_BY_CODE[number.code].name, _(
            "Declared by units, not counted by the portal."
        )
    return _("Units of the province"), _("Counted from the register of units and their records.")


def _about(number: Number, gathered: Gathered, access: Access) -> str:
    """``All of the province, 15/12/2025–14/01/2026, 102 units``."""
    period = Period.parse(number.period, gathered.scheme)
    if number.unit != gathered.unit:
        unit = Unit.objects.within(access.view).filter(pk=number.unit).first()
        return f"{unit.name if unit else ''}, {period.dates_label}".lstrip(", ")
    count = sum(part.now.get(number.code) is not None for part in gathered.parts)
    words = {"days": period.dates_label, "count": num(count)}
    if not count:
        return _("The whole province, %(days)s") % words
    return (
        ngettext(
            "The whole province, %(days)s, %(count)s unit",
            "The whole province, %(days)s, %(count)s units",
            count,
        )
        % words
    )


def _now(
    section: str, place: int, number: Number, cycle: ReportingCycle, access: Access
) -> Number | None:
    """The same number drafted from the figures of this moment."""
    row = cycle.template.sections.filter(code=section).first()
    frame = Frame.of(cycle.unit, cycle.days_meant)
    phrases = draft(section, frame, Live(access), "vi", row.phrases_vi if row else "")
    numbers = numbers_in(phrases)
    if place < len(numbers) and numbers[place].key == number.key:
        return numbers[place]
    same = [one for one in numbers if (one.key, one.unit) == (number.key, number.unit)]
    return same[0] if len(same) == 1 else None


def _beside(number: Number, today: Number | None) -> tuple[str, bool]:
    if today is None or today.value is None or number.value is None:
        return "", True
    gap = today.value - number.value
    if not gap:
        return _("Difference to the dashboard now: 0."), True
    digits = 0 if gap == gap.to_integral_value() else 1
    words = {"change": delta(gap, digits), "now": today.text}
    return _("The dashboard now says %(now)s (%(change)s).") % words, False


# --- Numbers of units ------------------------------------------------------------------------------


def _of_units(key: str, version: Version) -> Source | None:
    gathered = version.gathered
    asked = gathered.asked
    communes = [part for part in asked if part.is_commune]
    departments = [part for part in asked if not part.is_commune]
    known: dict[str, tuple[str, list[Part]]] = {
        "communes": (_("Communes that have reported"), communes),
        "departments": (_("Departments that have reported"), departments),
        "on_time": (_("Reports handed in on time"), [p for p in asked if p.is_on_time]),
        "approved": (_("Reports approved"), gathered.approved),
        "missing": (_("Units without an approved report"), gathered.missing),
        "changed": (_("Units that changed after approval"), gathered.changed),
    }
    if key not in known:
        return None
    label, parts = known[key]
    is_share = key in ("communes", "departments")
    done = [part for part in parts if part.is_handed_in] if is_share else parts
    text = f"{num(len(done))}/{num(len(parts))}" if is_share else num(len(done))
    named = [part for part in parts if part not in done] if is_share else done
    meaning = _("Not among them:") if is_share and named else ""
    names = [part.name for part in named[:NAMED]]
    if len(named) > NAMED:
        names.append(_("and %(count)s more") % {"count": num(len(named) - NAMED)})
    return Source(
        text, label, meaning, _("Reports of this cycle, when the version was compiled"),
        url=f"{reverse('compiled:detail', args=[version.row.pk])}?tab=4", names=tuple(names),
    )  # fmt: skip
