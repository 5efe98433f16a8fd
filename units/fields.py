"""Choosing a unit among thousands: a short list to pick from, or a name or code to type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.forms.models import ModelChoiceIterator
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from campaign.portal.access import Access
from campaign.text import sort_key
from units.models import Unit, UnitQuerySet

SHORT_LIST = 200
"""The longest list people can pick from; above it they type."""

NAMED = 5
"""Candidates named when what was typed fits several units."""

SCOPES = ("view", "edit", "manage", "people", "places", "targets")


def units_to_choose(
    access: Access, scope: str, levels: tuple[str, ...] = (), *, former: bool = False
) -> UnitQuerySet:
    """The units a person may choose from; ``listed`` is everything they may look up."""
    if scope == "listed":
        units = Unit.objects.get_queryset().listed(access)  # type: ignore[attr-defined]
    else:
        units = Unit.objects.within(getattr(access, scope))
    if levels:
        units = units.filter(level__in=levels)
    if not former:
        units = units.in_force()
    return units.select_related("parent")


def unit_label(unit: Unit) -> str:
    """How a unit is named in a list: hamlets and schools with the unit above them."""
    within = (Unit.Level.HAMLET, Unit.Level.ORGANISATION)
    if unit.level in within and unit.parent is not None:
        return f"{unit.name} · {unit.parent.short_name}"
    return unit.name


class Typed(str):
    """What somebody typed instead of picking."""


class UnitInput(forms.TextInput):
    """A box to type a name or code in; a script offers suggestions and keeps the picked id.

    Two inputs travel: ``name`` with the id, ``name_text`` with what is seen. The text wins when
    it is no longer the label of the id, so the box also works without a script; an id alone
    (an address, a draft) works too.
    """

    template_name = "units/unit_input.html"

    def __init__(self, field: UnitChoiceField, attrs: dict[str, Any] | None = None) -> None:
        self.field = field
        super().__init__(attrs)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        pk, text = "", ""
        if isinstance(value, Typed):
            text = str(value)
        elif unit := self.field.unit_of(value):
            pk, text = str(unit.pk), unit_label(unit)
        context = super().get_context(f"{name}_text", text, attrs)
        context["widget"] |= {"id_name": name, "picked": pk}
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        pk = (data.get(name) or "").strip()
        text = data.get(f"{name}_text")
        if text is None:
            return pk
        unit = self.field.unit_of(pk)
        if unit is not None and text.strip() == unit_label(unit):
            return pk
        return Typed(text.strip()) if text.strip() else ""

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data and f"{name}_text" not in data


class UnitChoices(ModelChoiceIterator):
    """The choices of a short list, read once for all forms of a request."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        yield from self.field.short_list or ()  # type: ignore[attr-defined]

    def __len__(self) -> int:
        return len(self.field.short_list or ()) + (self.field.empty_label is not None)  # type: ignore[attr-defined]

    def __bool__(self) -> bool:
        return True


class UnitChoiceField(forms.ModelChoiceField):
    """One unit of a scope (one of ``SCOPES``, or ``listed``), in force today.

    A list to pick from up to 200 units; above that a box that takes a name, with or without
    marks, or a code, and names the candidates when several fit.
    """

    is_scoped = True
    iterator = UnitChoices
    default_error_messages = {
        "none": _(
            "No unit you may choose is called “%(text)s”. Type part of the name, or the code."
        ),
        "several": _(
            "“%(text)s” fits several units: %(names)s. Type the code of the one you mean."
        ),
    }

    def __init__(
        self,
        *,
        scope: str = "edit",
        levels: tuple[str, ...] = (),
        former: bool = False,
        **kwargs: Any,
    ) -> None:
        if scope not in (*SCOPES, "listed"):
            raise ValueError(f"There is no scope {scope!r}.")
        self.scope, self.levels, self.former = scope, tuple(levels), former
        self.current: int | None = None  # the unit a record has already
        self.short_list: list[tuple[int, str]] | None = None
        self._units: dict[str, Unit | None] = {}
        kwargs.setdefault("queryset", Unit.objects.none())
        super().__init__(**kwargs)

    def __deepcopy__(self, memo: Any) -> UnitChoiceField:
        copied = super().__deepcopy__(memo)
        copied._units = {}
        return copied

    def use(self, access: Access) -> None:
        """Offer, and accept, only what this person may choose, and what is chosen already."""
        offered = units_to_choose(access, self.scope, self.levels, former=self.former)
        key = (self.scope, self.levels, self.former)
        # Kept with the person's access, which lives as long as the request: a page with a
        # hundred of these boxes reads the list once.
        kept = access.__dict__.setdefault("_units_to_choose", {})
        if key not in kept:
            units = list(offered[: SHORT_LIST + 1])
            kept[key] = [(u.pk, unit_label(u)) for u in units] if len(units) <= SHORT_LIST else None
        self.short_list = kept[key]
        self.queryset = offered
        if self.current is not None:
            self._keep(access, int(self.current))
        if self.short_list is None:
            self._become_typed()

    def _keep(self, access: Access, current: int) -> None:
        """Go on accepting the unit a record already has, though it may have ended meanwhile."""
        everything = units_to_choose(access, "view", former=True)
        unit = everything.filter(pk=current).first()
        if unit is None:
            return
        inside = everything.filter(Q(pk=current) | Q(pk__in=self.queryset.order_by().values("pk")))  # type: ignore[union-attr]
        if self.short_list is not None and current not in dict(self.short_list):
            self.short_list = [*self.short_list, (unit.pk, unit_label(unit))]
        if not self.queryset.filter(pk=current).exists():  # type: ignore[union-attr]
            self.queryset = inside

    def _become_typed(self) -> None:
        attrs = {
            "data-unit": "",
            "data-suggest": reverse_lazy("units:suggest"),
            "data-scope": self.scope,
            "data-levels": ",".join(self.levels),
            "placeholder": _("Type a name or code"),
            "autocomplete": "off",
            "spellcheck": "false",
        }
        if self.former:
            attrs["data-former"] = "1"
        widget = UnitInput(self, attrs)
        widget.is_required = self.required
        self.widget = widget

    def unit_of(self, value: Any) -> Unit | None:
        """The unit behind an id, when it may be chosen."""
        text = str(value or "")
        if not text.isdecimal():
            return None
        if text not in self._units:
            self._units[text] = self.queryset.filter(pk=text[:18]).first()  # type: ignore[union-attr]
        return self._units[text]

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, Typed) else super().prepare_value(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if isinstance(data, Typed):
            return True
        return super().has_changed(initial, data)

    def label_from_instance(self, obj: Unit) -> str:
        return unit_label(obj)

    def to_python(self, value: Any) -> Unit | None:
        if isinstance(value, Typed):
            return self.find(str(value))
        if value in self.empty_values:
            return None
        if isinstance(value, Unit):
            value = value.pk
        unit = self.unit_of(value)
        if unit is None:
            raise ValidationError(
                self.error_messages["invalid_choice"],
                code="invalid_choice",
                params={"value": value},
            )
        return unit

    def find(self, text: str) -> Unit:
        """The one unit a typed name or code means."""
        text, _dot, above = text.partition(" · ")
        found = self.queryset.matching(text)  # type: ignore[union-attr]
        if above:
            parents = Unit.objects.get_queryset().matching(above).order_by()  # type: ignore[attr-defined]
            found = found.filter(parent__in=parents.values("pk"))
        units = list(found[:50])
        key = sort_key(text)
        for fits in (
            [u for u in units if u.code.casefold() == text.casefold()],
            [u for u in units if key in (sort_key(u.name), sort_key(unit_label(u)))],
            [u for u in units if u.sort_key == key],
            units,
        ):
            if len(fits) == 1:
                return fits[0]
            if fits:
                names = ", ".join(f"{unit_label(u)} ({u.code})" for u in fits[:NAMED])
                names += "…" if len(fits) > NAMED else ""
                params = {"text": text, "names": names}
                raise ValidationError(self.error_messages["several"], code="several", params=params)
        raise ValidationError(self.error_messages["none"], code="none", params={"text": text})


class UnitFilter(django_filters.Filter):
    """A list narrowed to a unit and everything below it: ``UnitFilter(field_name="place")``."""

    field_class = UnitChoiceField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("scope", "view")
        kwargs.setdefault("empty_label", _("All"))
        super().__init__(*args, **kwargs)

    def filter(self, qs: QuerySet[Any], value: Unit | None) -> QuerySet[Any]:
        if value is None:
            return qs
        path = f"{self.field_name}__path" if self.field_name else "path"
        return qs.filter(**{f"{path}__gte": value.path, f"{path}__lt": value.path_end})
