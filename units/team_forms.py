"""Forms of community teams: the team and its members on one page; ending a team."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms import inlineformset_factory
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.portal.access import Access
from campaign.portal.forms import ScopedForm, ScopedInlineFormSet, ScopedModelForm
from campaign.text import BadPhone, clean_name, normal_phone
from units.fields import UnitChoiceField
from units.models import CommunityTeam, TeamMember, Unit

OLDEST, YOUNGEST = 100, 14
SERVED = (Unit.Level.COMMUNE, Unit.Level.HAMLET)


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

    def clean(self) -> dict[str, Any]:
        """A team is not founded in the future, nor after it ended, nor before its decision."""
        cleaned = super().clean() or self.cleaned_data
        founded, decided = cleaned.get("founded_on"), cleaned.get("decided_on")
        if founded and founded > timezone.localdate():
            self.add_error("founded_on", _("This day is still to come."))
        if decided and decided > timezone.localdate():
            self.add_error("decided_on", _("This day is still to come."))
        ended = self.instance.ended_on
        if founded and ended and founded > ended:
            self.add_error("founded_on", _("The team ended before this day."))
        return cleaned


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
        year, now = self.cleaned_data["birth_year"], timezone.localdate().year
        if year is not None and not now - OLDEST <= year <= now - YOUNGEST:
            raise ValidationError(
                _("A year between %(first)s and %(last)s."),
                params={"first": str(now - OLDEST), "last": str(now - YOUNGEST)},
            )
        return year

    def clean(self) -> dict[str, Any]:
        """Nobody joins or leaves in the future."""
        cleaned = super().clean() or self.cleaned_data
        for name in ("joined_on", "left_on"):
            if cleaned.get(name) and cleaned[name] > timezone.localdate():
                self.add_error(name, _("This day is still to come."))
        return cleaned


class MemberFormSet(ScopedInlineFormSet):
    """The members of one team, former ones included."""

    founded_on: date | None = None

    def __init__(self, *args: Any, founded_on: date | None = None, **kwargs: Any) -> None:
        self.founded_on = founded_on
        super().__init__(*args, **kwargs)

    def clean(self) -> None:
        """Who has no day of joining joined with the team; one leader at a time."""
        super().clean()
        leaders: list[tuple[date, date]] = []
        for form in self.forms:
            row = getattr(form, "cleaned_data", None)
            if not row or not row.get("full_name"):
                continue
            if not row.get("joined_on"):
                if self.founded_on is None:
                    form.add_error("joined_on", _("Say from which day."))
                    continue
                row["joined_on"] = form.instance.joined_on = self.founded_on
            until = row.get("left_on") or date.max
            if until < row["joined_on"]:
                form.add_error("left_on", _("A member cannot leave before joining."))
            elif row.get("role") == TeamMember.Role.LEADER:
                leaders.append((row["joined_on"], until))
        leaders.sort()
        if any(later[0] < earlier[1] for earlier, later in pairwise(leaders)):
            raise ValidationError(_("Two members lead the team at the same time."))


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
        if day < self.team.founded_on:
            raise ValidationError(_("A team cannot end before it begins."))
        if day > timezone.localdate():
            raise ValidationError(_("This day is still to come."))
        return day
