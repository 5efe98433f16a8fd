"""The class and its schedule."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaign.periods import today
from campaign.portal.access import Access
from campaign.portal.forms import (
    ScopedInlineFormSet,
    ScopedModelForm,
)
from campaign.text import clean_name
from classes.forms.days import check_day
from classes.models import (
    ClassSession,
    TrainingClass,
)
from classes.rules import (
    LONGEST_STEP,
    MOST_LAID_OUT,
    MOST_PEOPLE,
    MOST_SESSIONS,
    check_capacity,
    check_hours,
    check_team_on,
    check_title,
)
from classes.services import check_unit_on
from units.fields import UnitChoiceField
from units.models import Unit

PLACES = (Unit.Level.COMMUNE, Unit.Level.HAMLET)


class CoOrganisersField(forms.ModelMultipleChoiceField):
    """Communes and departments of the province, by the public register."""

    is_scoped = True

    def use(self, access: Access, current: Any = None) -> None:
        """Offer the units anybody of the province may look up."""
        levels = (Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)
        listed = Unit.objects.get_queryset().listed(access).filter(level__in=levels)  # type: ignore[attr-defined]
        self.queryset = listed.order_by("level", "sort_key", "pk")


class TrainingClassForm(ScopedModelForm):
    """One class: what is taught to whom, when and where, and how people are counted."""

    scopes: ClassVar[dict[str, str]] = {"team": "edit"}

    unit = UnitChoiceField(
        scope="edit",
        label=_("Organising unit"),
        help_text=_("The unit that answers for this class."),
    )
    place = UnitChoiceField(
        scope="places",
        levels=PLACES,
        former=True,
        required=False,
        label=_("Place (commune, hamlet)"),
        help_text=_("The commune or hamlet where people meet. Empty: the whole province, online."),
    )
    co_organisers = CoOrganisersField(
        queryset=Unit.objects.none(),
        required=False,
        label=_("Co-organisers"),
        help_text=_("Credited, never added to figures."),
    )
    lay_out_count = forms.IntegerField(
        label=_("Number of sessions"),
        min_value=1,
        max_value=MOST_LAID_OUT,
        required=False,
    )
    lay_out_every = forms.IntegerField(
        label=_("Every … days"),
        min_value=1,
        max_value=LONGEST_STEP,
        required=False,
    )
    lay_out_time = forms.TimeField(label=_("At"), required=False)

    class Meta:
        model = TrainingClass
        fields = [
            "form",
            "title",
            "topic",
            "other_topics",
            "audience",
            "mode",
            "unit",
            "starts_on",
            "place",
            "venue_kind",
            "venue",
            "team",
            "trainers",
            "capacity",
            "co_organisers",
            "counting",
            "is_at_least",
            "note",
        ]
        widgets = {
            "form": forms.RadioSelect,
            "counting": forms.RadioSelect,
            "starts_on": forms.DateInput,
            "note": forms.Textarea(attrs={"rows": 2}),
            "other_topics": forms.CheckboxSelectMultiple,
        }
        help_texts = {
            "starts_on": _("Day, month, year, e.g. 05/03/2026."),
            "capacity": _("How many people there is room for."),
            "trainers": _("Who teaches; several names with commas."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = self.fields["team"]
        team.queryset = team.queryset.select_related("unit")  # type: ignore[attr-defined]
        team.label_from_instance = lambda t: f"{t.name} · {t.unit.short_name}"  # type: ignore[attr-defined]
        self.fields["capacity"].max_value = MOST_PEOPLE  # type: ignore[attr-defined]

    def clean_title(self) -> str:
        title = clean_name(self.cleaned_data["title"])
        check_title(title)
        return title

    def clean_starts_on(self) -> date:
        check_day(self.cleaned_data["starts_on"])
        return self.cleaned_data["starts_on"]

    def clean_capacity(self) -> int | None:
        capacity = self.cleaned_data["capacity"]
        check_capacity(capacity)
        return capacity

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        day = cleaned.get("starts_on")
        if day:
            self._check_on(day)
        try:
            check_team_on(cleaned.get("team"), day)
        except ValidationError as error:
            self.add_error("team", error)
        if cleaned.get("topic") in list(cleaned.get("other_topics") or []):
            cleaned["other_topics"] = [t for t in cleaned["other_topics"] if t != cleaned["topic"]]
        return cleaned

    def _check_on(self, day: date) -> None:
        for name in ("unit", "place"):
            unit = self.cleaned_data.get(name)
            kept = self.instance.pk and getattr(self.instance, f"{name}_id") == getattr(
                unit, "pk", 0
            )
            if unit is None or (kept and name not in self.changed_data):
                continue
            try:
                check_unit_on(unit, day)
            except ValidationError as error:
                self.add_error(name, error)


class SessionRowForm(forms.ModelForm):  # noqa: TID251  (a row: the formset keeps it in scope)
    """One line of the schedule."""

    class Meta:
        model = ClassSession
        fields = ["held_on", "starts_at", "hours"]
        widgets = {"held_on": forms.DateInput, "starts_at": forms.TimeInput(format="%H:%M")}

    def clean_held_on(self) -> date:
        day = self.cleaned_data["held_on"]
        check_day(day)
        held = self.instance.pk and self.instance.status == ClassSession.Status.HELD
        if held and day > today():
            raise ValidationError(_("This session was held; it cannot move to the future."))
        return day

    def clean_hours(self) -> Any:
        hours = self.cleaned_data["hours"]
        check_hours(hours)
        return hours


class BaseSessionFormSet(ScopedInlineFormSet):
    """The schedule of a class: sessions get their numbers in the order of their days."""

    def clean(self) -> None:
        super().clean()
        seen: dict[tuple[Any, Any], int] = {}
        for number, row in enumerate(self.forms, start=1):
            if not hasattr(row, "cleaned_data"):
                continue
            if row.cleaned_data.get("DELETE"):
                self._check_removal(row)
                continue
            key = (row.cleaned_data.get("held_on"), row.cleaned_data.get("starts_at"))
            if key[0] is None:
                continue
            if key in seen:
                row.add_error(
                    "held_on",
                    _("Line %(number)s has the same day and time.") % {"number": seen[key]},
                )
            seen[key] = number

    def _check_removal(self, row: Any) -> None:
        session = row.instance
        if session.pk and (
            session.status != ClassSession.Status.PLANNED or session.attendances.exists()
        ):
            raise ValidationError(
                _("Session %(number)s was held or called off: cancel it on the page of the class."),
                params={"number": session.number},
            )

    def save_new_objects(self, commit: bool = True) -> Any:
        """Number new sessions by day, after those the class has."""
        last = max((s.number for s in self.instance.sessions.all()), default=0)
        fresh = [
            row
            for row in self.extra_forms
            if row.has_changed() and not (self.can_delete and self._should_delete_form(row))  # type: ignore[attr-defined]
        ]
        fresh.sort(
            key=lambda row: (row.cleaned_data["held_on"], str(row.cleaned_data["starts_at"]))
        )
        for number, row in enumerate(fresh, start=last + 1):
            row.instance.number = number
        return super().save_new_objects(commit)

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        form.instance.version += 1
        return super().save_existing(form, obj, commit)


def session_formset(extra: int) -> type[BaseSessionFormSet]:
    """The formset of a schedule with some empty lines at its end."""
    return forms.inlineformset_factory(  # type: ignore[return-value]
        TrainingClass,
        ClassSession,
        form=SessionRowForm,
        formset=BaseSessionFormSet,
        extra=extra,
        can_delete=True,
        max_num=MOST_SESSIONS,
        validate_max=True,
    )
