"""Who came to a session."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from campaign.periods import today
from campaign.portal.forms import (
    ScopedForm,
    ScopedInlineFormSet,
    ScopedModelForm,
)
from classes.forms.days import check_day
from classes.models import (
    ClassSession,
    Enrolment,
    SessionHeadcount,
)
from classes.rules import check_people


class SessionForm(ScopedModelForm):
    """Attendance of one session: its day, whether it was held, and each person on the list."""

    status = forms.ChoiceField(
        label=_("Status"),
        widget=forms.RadioSelect,
        choices=[
            (ClassSession.Status.HELD, _("Held")),
            (ClassSession.Status.PLANNED, _("Not held yet")),
        ],
    )
    #: the enrolments that were ticked when the page was opened
    was = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = ClassSession
        fields = ["held_on", "starts_at", "hours", "status", "note"]
        widgets = {"held_on": forms.DateInput, "starts_at": forms.TimeInput(format="%H:%M")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        session: ClassSession = self.instance
        self.enrolments: list[Enrolment] = []
        if session.training_class.takes_roster and self.access.people:
            self.enrolments = list(
                session.training_class.enrolments.filter(
                    pk__in=Enrolment.objects.within(self.access.people).order_by().values("pk")
                )
                .select_related("participant__hamlet", "participant__audience")
                .order_by("participant__sort_key", "pk")
            )
        self.ticked = set(session.attendances.values_list("enrolment_id", flat=True))
        was_held = session.status == ClassSession.Status.HELD
        for enrolment in self.enrolments:
            known = "1" if enrolment.pk in self.ticked else ("0" if was_held else "")
            self.fields[f"p-{enrolment.pk}"] = forms.ChoiceField(
                choices=[("1", _("Present")), ("0", _("Absent"))],
                required=False,
                initial=known,
                label=enrolment.participant.full_name,
            )
        self.fields["was"].initial = ",".join(map(str, sorted(self.ticked)))
        if not was_held and session.held_on <= today():
            self.initial["status"] = ClassSession.Status.HELD

    @property
    def people(self) -> list[dict[str, Any]]:
        """Each person on the list with the answer that is chosen now."""
        return [
            {
                "enrolment": e,
                "person": e.participant,
                "name": f"p-{e.pk}",
                "value": str(self[f"p-{e.pk}"].value() or ""),
            }
            for e in self.enrolments
        ]

    def clean_held_on(self) -> date:
        check_day(self.cleaned_data["held_on"])
        return self.cleaned_data["held_on"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        day = cleaned.get("held_on")
        is_held = cleaned.get("status") == ClassSession.Status.HELD
        if is_held and day and day > today():
            self.add_error("held_on", _("A session in the future cannot have been held."))
        if not is_held and self.present:
            self.add_error("status", _("People are marked present: the session was held."))
        return cleaned

    @property
    def present(self) -> set[int]:
        """The enrolments marked present; "the rest was there" covers whoever has no mark."""
        rest = "rest_present" in self.data
        return {
            e.pk
            for e in self.enrolments
            if (mark := self.cleaned_data.get(f"p-{e.pk}", "")) == "1" or (rest and mark == "")
        }

    @property
    def was_ticked(self) -> set[int]:
        """The enrolments that were ticked when the page was opened."""
        listed = {e.pk for e in self.enrolments}
        raw = self.cleaned_data.get("was") or ""
        return {int(pk) for pk in re.findall(r"\d{1,15}", raw)} & listed


class BaseHeadcountFormSet(ScopedInlineFormSet):
    """People counted beyond the roster: no two lines describe the same group."""

    def clean(self) -> None:
        super().clean()
        seen: dict[tuple[Any, ...], int] = {}
        for number, row in enumerate(self.forms, start=1):
            cleaned = getattr(row, "cleaned_data", None)
            if not cleaned or cleaned.get("DELETE") or cleaned.get("people") is None:
                continue
            traits = ("audience", "sex", "age_band", "minority", "disability")
            key = tuple(cleaned.get(name) for name in traits)
            if key in seen:
                row.add_error(
                    "people", _("Line %(number)s counts the same group.") % {"number": seen[key]}
                )
            else:
                try:
                    check_people(cleaned["people"])
                except ValidationError as error:
                    row.add_error("people", error)
            seen[key] = number


def headcount_formset(extra: int) -> type[BaseHeadcountFormSet]:
    """The formset of the people counted, with some empty lines at its end."""
    return forms.inlineformset_factory(  # type: ignore[return-value]
        ClassSession,
        SessionHeadcount,
        formset=BaseHeadcountFormSet,
        fields=["people", "audience", "sex", "age_band", "minority", "disability"],
        extra=extra,
        can_delete=True,
        max_num=40,
        validate_max=True,
        widgets={"people": forms.TextInput(attrs={"inputmode": "numeric", "data-head": ""})},
    )


class ReasonForm(ScopedForm):
    """Why something is called off."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Shown in the history, e.g. flood, no power, merged with another class."),
    )
