"""Forms of community teams: the team and its members on one page; ending a team."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms import inlineformset_factory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access
from campaign.portal.forms import ScopedForm, ScopedInlineFormSet, ScopedModelForm
from campaign.text import BadPhone, clean_name, normal_phone
from units.fields import UnitChoiceField
from units.models import CommunityTeam, TeamMember
from units.team_rules import (
    SERVED,
    check_birth_year,
    check_ending,
    check_founding,
    check_has_come,
    check_leaving,
    check_one_leader,
)


class TeamForm(ScopedModelForm):
    """One team: whom it serves, and the decision it stands on."""

    unit = UnitChoiceField(levels=SERVED, label=_("Serves the hamlet or commune"))

    class Meta:
        model = CommunityTeam
        fields = ["unit", "name", "decision_number", "decided_on", "founded_on", "note"]
        help_texts = {
            "decision_number": _("As on paper, with its year and issuer."),
            "founded_on": _("From this day the team counts. Usually the day of the decision."),
            "note": _(
                "Reconstituted? Put the new decision above and say here what changed; "
                "the earlier decision stays in the history."
            ),
        }

    def clean_name(self) -> str:
        """The name without stray spaces."""
        return clean_name(self.cleaned_data["name"])

    def clean_founded_on(self) -> date:
        """A day that has come, before the end of a team that ended."""
        day: date = self.cleaned_data["founded_on"]
        check_has_come(day)
        check_founding(day, self.instance.ended_on)
        return day

    def clean_decided_on(self) -> date | None:
        """A day that has come."""
        day: date | None = self.cleaned_data["decided_on"]
        if day:
            check_has_come(day)
        return day


class MemberForm(ScopedModelForm):
    """One member: who, in which role, from which day until which day."""

    version = None  # type: ignore[assignment]
    submission = None  # type: ignore[assignment]

    class Meta:
        model = TeamMember
        fields = [
            "full_name",
            "role",
            "background",
            "sex",
            "birth_year",
            "phone",
            "joined_on",
            "left_on",
        ]
        widgets = {"phone": forms.TextInput(attrs={"inputmode": "tel"})}

    def __init__(self, *args: Any, access: Access | None = None, **kwargs: Any) -> None:
        self.access = access  # type: ignore[assignment]  # the formset narrows the row
        super(ScopedModelForm, self).__init__(*args, **kwargs)
        self.fields["joined_on"].required = False
        self.fields["birth_year"].widget = forms.TextInput(attrs={"inputmode": "numeric"})

    def clean_full_name(self) -> str:
        """The name without stray spaces."""
        return clean_name(self.cleaned_data["full_name"])

    def clean_phone(self) -> str:
        """The phone as ten digits."""
        try:
            return normal_phone(self.cleaned_data["phone"])
        except BadPhone as bad:
            raise ValidationError(bad.message, code=bad.code) from bad

    def clean_birth_year(self) -> int | None:
        """A year in which a member of a team can have been born."""
        year: int | None = self.cleaned_data["birth_year"]
        if year is not None:
            check_birth_year(year)
        return year

    def clean_joined_on(self) -> date | None:
        """A day that has come."""
        return self._come("joined_on")

    def clean_left_on(self) -> date | None:
        """A day that has come."""
        return self._come("left_on")

    def _come(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        if day:
            check_has_come(day)
        return day


class MemberFormSet(ScopedInlineFormSet):
    """The members of one team, former ones included."""

    founded_on: date | None = None

    def __init__(self, *args: Any, founded_on: date | None = None, **kwargs: Any) -> None:
        self.founded_on = founded_on
        super().__init__(*args, **kwargs)

    def clean(self) -> None:
        """Who has no day of joining joined with the team; one leader at a time."""
        super().clean()
        members: list[TeamMember] = []
        for form in self.forms:
            row = getattr(form, "cleaned_data", None)
            if not row or not row.get("full_name"):
                continue
            if not row.get("joined_on"):
                if self.founded_on is None:
                    form.add_error("joined_on", _("Say from which day."))
                    continue
                row["joined_on"] = form.instance.joined_on = self.founded_on
            try:
                if row.get("left_on"):
                    check_leaving(row["left_on"], row["joined_on"])
                members.append(form.instance)
            except ValidationError as error:
                form.add_error("left_on", error)
        check_one_leader(members)

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> TeamMember:
        """A changed member is a new version: whoever works from an older one is told."""
        stored = TeamMember.objects.within(self.access.edit).get(pk=obj.pk)
        form.instance.version = stored.version + 1
        saved: TeamMember = super().save_existing(form, obj, commit=commit)
        names = form._meta.fields
        before, after = history.snapshot(stored, names), history.snapshot(saved, names)
        history.record_change(
            saved, ChangeEntry.Action.CHANGED, access=self.access,
            changes=history.differences(before, after),
        )  # fmt: skip
        return saved


MemberRows = inlineformset_factory(
    CommunityTeam,
    TeamMember,
    form=MemberForm,
    formset=MemberFormSet,
    can_delete=False,
    extra=0,
    max_num=200,
)


class EndTeamForm(ScopedForm):
    """When and why a team stops. It stays on record; figures of earlier days do not change."""

    REASONS: ClassVar[int] = 200

    ended_on = forms.DateField(
        label=_("Ended on"),
        initial=timezone.localdate,
        help_text=_("The team no longer counts from this day on."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASONS,
        help_text=_("For example: merged with the team of the neighbouring hamlet."),
    )

    def __init__(self, *args: Any, team: CommunityTeam, **kwargs: Any) -> None:
        self.team = team
        super().__init__(*args, **kwargs)

    def clean_ended_on(self) -> date:
        """A day since the team was founded, and not in the future."""
        day: date = self.cleaned_data["ended_on"]
        check_ending(day, self.team.founded_on)
        return day
