"""What is done and what is left before a provincial report goes to be signed."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.periods import Period
from campaign.portal.figures import delta, num
from reporting.compiled.content import Gathered, Missing
from reporting.indicators import BY_CODE

DONE, WAITS, TO_WRITE = "done", "waits", "to_write"


@dataclass(frozen=True)
class Check:
    """One line of the list: what it is about, whether it is done, its number, and why it matters."""

    key: str
    state: str
    title: str
    detail: str
    number: int = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.state == DONE


def readiness(gathered: Gathered, missing: str, unwritten: list[str]) -> list[Check]:
    """Every line of the list, in the order of working; ``unwritten`` are headings with gaps."""
    found = [
        totals(gathered), approved(gathered), previous(gathered), overlap(gathered),
        waiting(gathered), not_handed_in(gathered, missing), narrative(unwritten),
    ]  # fmt: skip
    if gathered.returned:
        found.insert(-2, returned(gathered))
    return [*found, changed(gathered)] if gathered.changed else found


def totals(gathered: Gathered) -> Check:
    """Province = communes + departments + what the province did itself."""
    wrong = gathered.adds_up()
    if wrong:
        code, (whole, parts) = next(iter(wrong.items()))
        words = {
            "indicator": BY_CODE[code].label, "whole": num(whole), "parts": num(parts),
        }  # fmt: skip
        detail = _("%(indicator)s: province %(whole)s, units together %(parts)s") % words
        return Check("totals", WAITS, _("Totals do not agree"), detail, len(wrong))
    communes = sum(part.is_commune for part in gathered.parts)
    words = {"communes": num(communes), "departments": num(len(gathered.parts) - communes)}
    has_own = any(gathered.own.values())
    detail = (
        _("Province = %(communes)s communes + %(departments)s departments + its own work")
        if has_own
        else _("Province = %(communes)s communes + %(departments)s departments")
    )
    return Check("totals", DONE, _("Totals agree"), detail % words, len(gathered.additive))


def approved(gathered: Gathered) -> Check:
    """How many reports are approved."""
    count = len(gathered.approved)
    title = ngettext("%(count)s report approved", "%(count)s reports approved", count)
    detail = (
        _("The newest approved version of each is used") if count else _("None is approved yet")
    )
    state = DONE if count else WAITS
    return Check("approved", state, title % {"count": num(count)}, detail, count)


def previous(gathered: Gathered) -> Check:
    """Whether the period before is locked."""
    before = gathered.previous
    if not before:
        title = _("No period before this one")
        return Check("previous", DONE, title, _("This is the first cycle of the template"))
    label = str(Period.parse(before["period"], before["scheme"]).label)
    closed = parse_datetime(before["closed_at"]) if before["closed_at"] else None
    if closed is None:
        detail = _("%(period)s is still open") % {"period": label}
        return Check("previous", WAITS, _("The period before is not locked"), detail)
    words = {"period": label, "day": f"{timezone.localtime(closed):%d/%m/%Y}"}
    detail = _("%(period)s, locked on %(day)s") % words
    return Check("previous", DONE, _("The period before is locked"), detail)


def overlap(gathered: Gathered) -> Check:
    """How often people were met in two units: the province counts each once."""
    number = gathered.overlap()
    title = _("Nobody is counted twice")
    if not number:
        return Check("overlap", DONE, title, _("No person took part in two units"), 0)
    detail = ngettext(
        "%(count)s repeat between units is left out",
        "%(count)s repeats between units are left out",
        number,
    )
    return Check("overlap", DONE, title, detail % {"count": num(number)}, number)


def waiting(gathered: Gathered) -> Check:
    """How many reports wait for approval."""
    count = len(gathered.waiting)
    if not count:
        return Check("waiting", DONE, _("No report waits for approval"), _("All are looked at"))
    title = ngettext(
        "%(count)s report waits for approval", "%(count)s reports wait for approval", count
    )
    detail = _("Not in the report as approved figures")
    return Check("waiting", WAITS, title % {"count": num(count)}, detail, count)


def returned(gathered: Gathered) -> Check:
    """How many reports were sent back with a question and have not come again."""
    count = len(gathered.returned)
    title = ngettext("%(count)s report is returned", "%(count)s reports are returned", count)
    detail = _("Not in the report as approved figures")
    return Check("returned", WAITS, title % {"count": num(count)}, detail, count)


def not_handed_in(gathered: Gathered, missing: str) -> Check:
    """How many units have not reported, and what is said of them."""
    count = len(gathered.not_handed_in)
    if not count:
        return Check("missing", DONE, _("Every unit has reported"), _("None is missing"))
    title = ngettext("%(count)s unit has not reported", "%(count)s units have not reported", count)
    detail = str(Missing(missing).label)
    return Check("missing", WAITS, title % {"count": num(count)}, detail, count)


def narrative(unwritten: list[str]) -> Check:
    """How many passages are still to be written."""
    count = len(unwritten)
    if not count:
        title = _("Every passage is written")
        return Check("narrative", DONE, title, _("No placeholder is left"))
    title = ngettext("%(count)s passage to write", "%(count)s passages to write", count)
    detail = _("Section %(sections)s") % {"sections": ", ".join(dict.fromkeys(unwritten))}
    return Check("narrative", TO_WRITE, title % {"count": num(count)}, detail, count)


def changed(gathered: Gathered) -> Check:
    """Units whose records say something else than their approved report."""
    parts = gathered.changed
    title = ngettext(
        "%(count)s unit changed after approval", "%(count)s units changed after approval",
        len(parts),
    )  # fmt: skip
    part = parts[0]
    code, (before, after) = next(iter(part.changed.items()))
    words = {"unit": part.name, "indicator": BY_CODE[code].label}
    if isinstance(before, int) and isinstance(after, int):
        words["change"] = delta(after - before, 0)
        detail = _("%(unit)s: %(indicator)s %(change)s") % words
    else:
        detail = _("%(unit)s: %(indicator)s") % words
    return Check("changed", WAITS, title % {"count": num(len(parts))}, detail, len(parts))
