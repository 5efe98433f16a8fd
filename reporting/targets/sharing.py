"""Sharing out on a page: a proposal to look at and correct, then saved; or a table to paste into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View

from campaign.portal.access import Access, PortalRequest
from campaign.portal.figures import num, pct
from campaign.portal.grid import Figure, GridPage
from campaign.portal.imports.pasted import Pasted
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import KEPT_OUT, Check
from reporting.models import Target
from reporting.targets.forms import ShareForm
from reporting.targets.reading import bases_of, measured
from reporting.targets.rules import Basis
from reporting.targets.splitting import (
    Part,
    Split,
    parts_of,
    save_split,
    split,
    units_beneath,
)
from reporting.targets.views import crumbs, is_number, shared_by
from units.fields import unit_label
from units.models import Unit

Rule = Target.Rule


def rules_for(target: Target) -> list[tuple[str, Any]]:
    """The ways to share a target out; a percentage is not divided by population."""
    rules = (
        [Rule.POPULATION, Rule.EQUAL, Rule.MANUAL]
        if is_number(target)
        else [Rule.EQUAL, Rule.MANUAL]
    )
    return [(rule.value, rule.label) for rule in rules]


class SplitPage(View):
    """A target shared out over the units beneath: proposed, corrected by hand, saved."""

    access_rule = "targets"
    request: Any

    @property
    def access(self) -> Access:
        """On whose behalf the target is shared out."""
        return self.request.access

    def get(self, request: PortalRequest, pk: int) -> HttpResponse:
        """The proposal by a rule."""
        target = shared_by(pk, self.access)
        return self.show(split(target, self.rule_of(target), self.access))

    def rule_of(self, target: Target) -> str:
        """The rule the address or the form names; the first there is."""
        known = dict(rules_for(target))
        asked = self.request.POST.get("rule") or self.request.GET.get("rule") or next(iter(known))
        if asked not in known:
            raise Http404
        return str(asked)

    def show(
        self, found: Split, forms: dict[int, ShareForm] | None = None, **more: Any
    ) -> HttpResponse:
        """Render the proposal."""
        target = found.parent
        forms = forms or {part.unit.pk: self.form_of(part) for part in found.parts}
        mine = [part for part in found.parts if self.access.targets.covers(part.unit.path)]
        context = {
            "title": _("Share the target out"),
            "record": target,
            "split": found,
            "rows": [(part, forms[part.unit.pk]) for part in mine],
            "rules": rules_for(target),
            "rule": found.rule,
            "is_number": is_number(target),
            "known": sum(not part.is_new for part in mine),
            "crumbs": crumbs((str(target), target.get_absolute_url()), (_("Share out"), "")),
            **more,
        }
        return render(self.request, "targets/split.html", context, status=422 if more else 200)

    def form_of(self, part: Part, data: Any = None) -> ShareForm:
        """The box of one unit's share."""
        value = part.value
        if value is not None and value == value.to_integral_value():
            value = Decimal(int(value))
        return ShareForm(
            data, access=self.access, prefix=f"u{part.unit.pk}", initial={"value": value}
        )

    def post(self, request: PortalRequest, pk: int) -> HttpResponse:
        """Save the shares as they stand in the boxes."""
        target = shared_by(pk, self.access)
        found = split(target, self.rule_of(target), self.access)
        mine = [part for part in found.parts if self.access.targets.covers(part.unit.path)]
        forms = {part.unit.pk: self.form_of(part, request.POST) for part in found.parts}
        if not all([forms[part.unit.pk].is_valid() for part in mine]):  # noqa: C419  (every box says what is wrong)
            return self.show(found, forms, wrong=True)
        values = {
            pk: value for part in mine
            if (value := forms[pk := part.unit.pk].cleaned_data["value"]) is not None
        }  # fmt: skip
        stored = save_split(
            target, _rule_kept(found, values), values, self.access,
            replaces="replaces" in request.POST,
        )  # fmt: skip
        words = ngettext(
            "%(count)s target was saved.", "%(count)s targets were saved.", len(stored)
        )
        messages.success(request, words % {"count": num(len(stored))})
        return redirect(target.get_absolute_url())


def _rule_kept(found: Split, values: dict[int, Decimal]) -> str:
    """The rule, if the shares are as it proposed them; else they were set by hand."""
    proposed = {part.unit.pk: part.value for part in found.parts if part.unit.pk in values}
    return found.rule if proposed == values else str(Rule.MANUAL)


class SharesPage(GridPage):
    """The targets of the units beneath as a table: one row a unit, typed or pasted from Excel."""

    access_rule = "targets"
    kind = "target"
    template = "targets/grid.html"
    title = gettext_lazy("Targets of the units beneath")
    beside_labels = (gettext_lazy("People"), gettext_lazy("Reached"), gettext_lazy("% of target"))
    fixed = "unit"

    def get_holder(self, **kwargs: Any) -> Target:
        return shared_by(kwargs["pk"], self.access)

    def context_of(self, holder: Target) -> dict[str, Any]:
        return {"parent": holder.pk}

    def units(self) -> list[Unit]:
        """The rows of the table: the units beneath whose targets the person sets."""
        if not hasattr(self, "_units"):
            beneath = units_beneath(self.holder.unit, self.access)
            self._units = [u for u in beneath if self.access.targets.covers(u.path)]
            known = list(parts_of(self.holder, self._units, self.access).values())
            self._people = bases_of(self._units, Basis.POPULATION, self.holder.ends_on)
            self._progress = {p.target.unit_id: p for p in measured(known, access=self.access)}
        return self._units

    def records(self, resource: ImportResource) -> Iterable[Target]:
        units = self.units()
        known = {target.unit_id: target for target in resource.get_queryset()}
        return [known.get(unit.pk) or Target(unit=unit) for unit in units]

    def saved_row(self, resource: ImportResource, record: Target) -> dict[str, Any]:
        """A unit's target; for a unit without one, a row that waits for it."""
        if record.pk:
            return super().saved_row(resource, record)
        given = {"unit": unit_label(record.unit)}
        return {"key": "", "given": given, "cells": given, **self.beside(record)}

    def beside(self, record: Target) -> dict[str, Any]:
        self.units()
        progress = self._progress.get(record.unit_id)
        return {
            "url": record.get_absolute_url() if record.pk else "",
            "more": [
                num(self._people.get(record.unit_id)),
                num(progress.value if progress else None),
                pct(progress.percent) if progress else "–",
            ],
        }

    def places(self, resource: ImportResource, read: Pasted) -> list[int | None]:
        """The row of the unit a pasted row names."""
        if "unit" not in read.columns:
            return []
        reader: Any = resource.columns()["unit"].widget
        rows = {unit.pk: place for place, unit in enumerate(self.units())}
        found = []
        for row in read.rows:
            named = [unit for unit in reader.named(row.get("unit", "")) if unit.pk in rows]
            found.append(rows[named[0].pk] if len(named) == 1 else None)
        return found

    def tally(self, found: Check) -> list[Figure]:
        """What the units come to, beside the target above."""
        lines = [line for line in found if line.record and line.outcome not in KEPT_OUT]
        return self.compared([Decimal(line.record.value) for line in lines])

    def compared(self, values: Sequence[Decimal]) -> list[Figure]:
        """What some shares come to, beside the target above."""
        told = [(_("Units with a target"), num(len(values)), "/ " + num(len(self.units())))]
        if not is_number(self.holder):
            return told
        given, wanted = sum(values, Decimal(0)), self.holder.value
        missing = wanted - given
        told += [
            (_("Units together"), num(given), ""),
            (_("Target of the unit above"), num(wanted), ""),
            (_("Missing") if missing >= 0 else _("Too much"), num(abs(missing)), ""),
        ]
        return told

    def more_context(self) -> dict[str, Any]:
        step = (str(self.holder), self.holder.get_absolute_url())
        known = parts_of(self.holder, self.units(), self.access).values()
        return {
            "crumbs": crumbs(step, (self.title, "")),
            "tally": self.compared([target.value for target in known]),
        }
