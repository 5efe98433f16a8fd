"""What a dashboard looks at: one unit, one period, one axis, perhaps one audience.

A lens is read from the address and written back into every link, so that filters travel with the
reader and a shared link opens the same view (inside the receiver's scope).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaign.models import Audience, CampaignSettings
from campaign.periods import Kind, Period, today
from campaign.portal.access import Access
from units.models import Unit

OWNER, PLACE = "owner", "place"
AXIS_WORDS = {
    OWNER: gettext_lazy("by organising unit"),
    PLACE: gettext_lazy("by place"),
}
TERRITORY = {Unit.Level.PROVINCE, Unit.Level.COMMUNE, Unit.Level.HAMLET}


@dataclass(frozen=True)
class Lens:
    """One way of looking; ``audience`` is None for everybody."""

    unit: Unit
    period: Period
    axis: str
    access: Access
    audience: Audience | None = None

    @classmethod
    def of(cls, unit: Unit, params: Any, access: Access) -> Lens:
        """Read the lens from an address. A word that means nothing is a page that is not there."""
        scheme = CampaignSettings.current().scheme
        try:
            period = (
                Period.parse(params["period"], scheme)
                if params.get("period")
                else Period.containing(today(), Kind.QUARTER, scheme)
            )
            if params.get("from") and params.get("to"):
                period = period_between(params["from"], params["to"], scheme)
        except ValueError as error:
            raise Http404 from error
        axis = params.get("axis") or (PLACE if unit.level in TERRITORY else OWNER)
        if axis not in AXIS_WORDS:
            raise Http404
        audience = None
        if code := params.get("audience"):
            audience = Audience.objects.filter(code=code).first()
            if audience is None:
                raise Http404
        return cls(unit, period, axis, access, audience)

    @cached_property
    def where(self) -> dict[str, Any] | None:
        """The audience as a condition on figures."""
        return {"audience": self.audience.pk} if self.audience else None

    @cached_property
    def question(self) -> dict[str, Any]:
        """What every reader of figures asks with."""
        return {"axis": self.axis, "period": self.period, "access": self.access}

    def query(self, **more: Any) -> str:
        """The lens as a query string; defaults are left out."""
        parts: dict[str, Any] = {"period": self.period.code}
        if self.audience:
            parts["audience"] = self.audience.code
        if self.axis != (PLACE if self.unit.level in TERRITORY else OWNER):
            parts["axis"] = self.axis
        parts |= more
        return urlencode({k: v for k, v in parts.items() if v not in (None, "")})

    def with_(self, **changes: Any) -> Lens:
        """The same look with something changed."""
        return replace(self, **changes)

    def url(self, **more: Any) -> str:
        """This lens's page."""
        return f"{dashboard_url(self.unit)}?{self.query(**more)}"

    def url_of(self, unit: Unit) -> str:
        """The same look at another unit: the way down, filters kept."""
        parts: dict[str, Any] = {"period": self.period.code}
        if self.audience:
            parts["audience"] = self.audience.code
        if self.axis == OWNER and unit.level in TERRITORY:
            parts["axis"] = OWNER
        return f"{dashboard_url(unit)}?{urlencode(parts)}"

    def rows_url(self, code: str, unit: Unit | None = None, **more: Any) -> str:
        """The rows that make a number."""
        asked = {"unit": (unit or self.unit).pk, "period": self.period.code, "axis": self.axis}
        if self.audience:
            asked["audience"] = self.audience.code
        asked |= more
        return f"{reverse('rows', args=[code])}?{urlencode(asked)}"

    def indicator_url(self, code: str) -> str:
        """The page of one indicator, for all units beneath."""
        asked = {"unit": self.unit.pk, "period": self.period.code, "axis": self.axis}
        return f"{reverse('indicator', args=[code])}?{urlencode(asked)}"

    @cached_property
    def before(self) -> Lens:
        """What the lens is compared with: the period before; while one runs, as many days of it."""
        previous = self.period.previous()
        if self.period.is_over or not self.period.contains(today()):
            return self.with_(period=previous)
        elapsed = today() - self.period.start
        end = min(previous.start + elapsed, previous.end)
        return self.with_(period=Period.between(previous.start, end, previous.scheme))

    @property
    def before_words(self) -> str:
        """What the comparison is with, in words."""
        previous = self.period.previous()
        if self.before.period.code == previous.code:
            return str(previous.label)
        return _("the same days of %(period)s") % {"period": previous.label}

    # --- The period picker -----------------------------------------------------------------

    def period_links(self) -> dict[str, Any]:
        """Before, after, and the other kinds of period around the same last day."""
        anchor = min(self.period.end, today())
        scheme = self.period.scheme
        kinds = [
            (str(period.label), self.with_(period=period).url(), period.code == self.period.code)
            for kind in (Kind.WEEK, Kind.MONTH, Kind.QUARTER, Kind.HALF, Kind.NINE, Kind.YEAR)
            for period in [Period.containing(anchor, kind, scheme)]
        ]
        return {
            "label": str(self.period.label),
            "dates": self.period.dates_label,
            "previous": self.with_(period=self.period.previous()).url(),
            "next": self.with_(period=self.period.next()).url(),
            "kinds": kinds,
            "start": self.period.start,
            "end": self.period.end,
        }

    def in_words(self) -> str:
        """Period, scope and filter in one line, for the foot of a page and the top of a sheet."""
        who = self.audience.name if self.audience else _("all audiences")
        return (
            f"{self.unit.name} · {self.period.label} ({self.period.dates_label}) · {who} · "
            + str(AXIS_WORDS[self.axis])
        )


def dashboard_url(unit: Unit) -> str:
    """The page of one unit's figures."""
    if unit.level == Unit.Level.PROVINCE:
        return reverse("dashboard_of", args=[unit.pk])
    return reverse("unit_dashboard", args=[unit.pk])


def period_between(first: str, last: str, scheme: Any) -> Period:
    """A free range from two day-first dates; ValueError when they are none."""
    from django import forms
    from django.core.exceptions import ValidationError

    field = forms.DateField()
    try:
        start, end = field.clean(first), field.clean(last)
    except ValidationError as error:
        raise ValueError(first) from error
    if end < start:
        start, end = end, start
    return Period.between(start, end, scheme)
