"""What people fill in about activities, models and solutions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from activities import own_fields
from activities.choices import MOST_TEAMS, PartnersField, TeamsField, TeamsOfField
from activities.models import (
    Activity,
    ActivityHeadcount,
    ActivityType,
    ExemplaryModel,
    Solution,
)
from campaign.portal.access import Access
from campaign.portal.forms import ScopedForm, ScopedInlineFormSet, ScopedModelForm
from campaign.portal.pages import id_in
from units.fields import UnitChoiceField
from units.models import CommunityTeam, Unit

FIRST_DAY = date(2020, 1, 1)
#: an announced event may be entered this long ahead
LONGEST_AHEAD = timedelta(days=366)
UNKNOWN = [("", _("Unknown"))]


def check_day(day: date, *, ahead: timedelta = timedelta(0)) -> None:
    """Refuse a day that is a typing error: before the campaign, or too far ahead."""
    if day < FIRST_DAY:
        raise ValidationError(_("That day is before %(day)s.") % {"day": f"{FIRST_DAY:%d/%m/%Y}"})
    if day > timezone.localdate() + ahead:
        message = _("This day has not come yet.") if not ahead else _("This day is too far ahead.")
        raise ValidationError(message)


def check_in_force(unit: Unit | None, day: date | None) -> None:
    """Refuse a unit that did not exist on the day, and name the unit that did."""
    if unit is None or day is None:
        return
    if unit.valid_to and day > unit.valid_to:
        successors = [
            one.successor.name
            for one in unit.successions.select_related("successor").order_by("-is_default", "pk")
        ]
        if successors:
            message = gettext("%(unit)s existed until %(day)s. From then on choose %(successor)s.")
        else:
            message = gettext("%(unit)s existed until %(day)s.")
        raise ValidationError(
            message
            % {
                "unit": unit.name, "day": f"{unit.valid_to:%d/%m/%Y}",
                "successor": ", ".join(dict.fromkeys(successors)),
            }
        )  # fmt: skip
    if unit.valid_from and day < unit.valid_from:
        former = [one.predecessor.name for one in unit.predecessions.select_related("predecessor")]
        if former:
            message = gettext("%(unit)s exists from %(day)s. Before that choose %(former)s.")
        else:
            message = gettext("%(unit)s exists from %(day)s.")
        raise ValidationError(
            message
            % {
                "unit": unit.name, "day": f"{unit.valid_from:%d/%m/%Y}",
                "former": ", ".join(dict.fromkeys(former)),
            }
        )  # fmt: skip


def check_start(day: date) -> None:
    """Refuse a day no activity or model can have; an announced one may lie ahead."""
    check_day(day, ahead=LONGEST_AHEAD)


def check_end(last: date, first: date | None) -> None:
    """Refuse an activity that ends before it begins."""
    if first and last < first:
        raise ValidationError(_("An activity cannot end before it begins."), code="too_early")


def check_reached(reached: int, visited: int | None) -> None:
    """Refuse more households guided than were visited."""
    if visited is not None and reached > visited:
        raise ValidationError(_("More households reached than visited."), code="more")


def check_taken_place(day: date) -> None:
    """Refuse people counted at an activity that lies ahead."""
    if day > timezone.localdate():
        raise ValidationError(
            gettext("People are counted once the activity has taken place. Its day is %(day)s.")
            % {"day": f"{day:%d/%m/%Y}"},
            code="future",
        )


def check_recognised(recognised: date, started: date | None) -> None:
    """Refuse a model that was recognised before there was one."""
    check_day(recognised)
    if started and recognised < started:
        raise ValidationError(_("A model is recognised after it has started."), code="too_early")


def check_ended(ended: date, started: date | None) -> None:
    """Refuse an end that has not come, or before the start."""
    check_day(ended)
    if started and ended < started:
        raise ValidationError(_("A model cannot end before it starts."), code="too_early")


class InForceMixin:
    """A form whose units must exist on the day of the record."""

    day_field: ClassVar[str]

    def check_units(self: Any, *names: str) -> None:
        """Check the named unit fields against the day, beside the field that is wrong."""
        day = self.cleaned_data.get(self.day_field)
        for name in names:
            self.ask(name, check_in_force, self.cleaned_data.get(name), day)

    def ask(self: Any, name: str, rule: Callable[..., None], *values: Any) -> None:
        """Ask a rule about values; its refusal stands beside a field."""
        try:
            rule(*values)
        except ValidationError as error:
            self.add_error(name, error)


class ActivityForm(InForceMixin, ScopedModelForm):
    """One activity; what it asks beyond the common fields depends on its type."""

    day_field = "starts_on"
    scopes: ClassVar[dict[str, str]] = {"team": "edit"}

    unit = UnitChoiceField(scope="edit", former=True, label=_("Organising unit"))
    place = UnitChoiceField(
        scope="places", former=True, label=_("Hamlet or commune"), required=False
    )
    co_organisers = PartnersField(
        label=_("Co-organisers"),
        required=False,
        help_text=_("Credited, never added to figures. Ctrl + click chooses several."),
    )
    teams_trained = TeamsField(label=_("Teams trained"))
    teams_of = TeamsOfField()

    class Meta:
        model = Activity
        fields = (
            "type", "title", "unit", "starts_on", "ends_on", "place", "venue", "mode", "topic",
            "team", "audiences", "co_organisers", "chaired_by", "teams_trained",
            "households_visited", "households_reached", "items", "is_at_least", "note",
        )  # fmt: skip
        widgets = {
            "type": forms.HiddenInput,
            "audiences": forms.CheckboxSelectMultiple,
            "note": forms.Textarea(attrs={"rows": 3}),
        }
        labels = {"venue": _("Venue")}
        localized_fields = ("households_visited", "households_reached", "items")

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, access=access, **kwargs)
        self.kind = self._kind()
        self._ask_for_columns()
        self._narrow_teams()
        specs = own_fields.kept_in_extra(self.kind.fields if self.kind else [])
        for spec in specs:
            name = own_fields.PREFIX + spec["key"]
            self.fields[name] = own_fields.form_field(spec)
            self.initial.setdefault(name, self.instance.extra.get(spec["key"]))

    def _kind(self) -> ActivityType | None:
        chosen = id_in(self["type"].value())
        found = ActivityType.objects.filter(pk=chosen).first() if chosen else None
        return found or (self.instance.type if self.instance.pk else None)

    def _ask_for_columns(self) -> None:
        """Keep the columns the type asks for, and those that hold something already."""
        asked = own_fields.asked_columns(self.kind.fields if self.kind else [])
        for name in own_fields.COLUMNS:
            if name in asked:
                # Teams may also come from whole units: ``clean`` asks for one or the other.
                self.fields[name].required = asked[name] and name != "teams_trained"
            elif not self._holds(name):
                del self.fields[name]
                if name == "teams_trained":
                    del self.fields["teams_of"]
        self.needs_teams = bool(asked.get("teams_trained"))
        if "team" in self.fields and not self.fields["team"].queryset.exists():  # type: ignore[attr-defined]
            del self.fields["team"]

    def _holds(self, name: str) -> bool:
        if not self.instance.pk:
            return False
        if name == "teams_trained":
            return self.instance.teams_trained.exists()
        return getattr(self.instance, name) not in (None, "")

    def _narrow_teams(self) -> None:
        field = self.fields.get("teams_trained")
        if field is None:
            return
        if field.queryset.count() > MOST_TEAMS:  # type: ignore[attr-defined]
            trained = self.instance.teams_trained if self.instance.pk else None
            kept = list(trained.values_list("pk", flat=True)) if trained else []
            field.queryset = field.queryset.filter(pk__in=kept)  # type: ignore[attr-defined]

    # --- what the template shows in one card ---------------------------------------------

    @property
    def own_names(self) -> str:
        """The fields this type asks for, by name, for the card that carries the type's name."""
        columns = [name for name in own_fields.COLUMNS if name in self.fields]
        if "teams_of" in self.fields:
            columns.append("teams_of")
        extra = [name for name in self.fields if name.startswith(own_fields.PREFIX)]
        return " ".join([*columns, *extra])

    @property
    def record_fields(self) -> list[str]:
        """The fields of the record this form changes, own fields included."""
        return [*super().record_fields, "extra"]

    # --- checks --------------------------------------------------------------------------

    def clean_starts_on(self) -> date:
        check_start(self.cleaned_data["starts_on"])
        return self.cleaned_data["starts_on"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.check_units("unit", "place")
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        visited, reached = cleaned.get("households_visited"), cleaned.get("households_reached")
        if last is not None:
            self.ask("ends_on", check_end, last, first)
        if reached is not None:
            self.ask("households_reached", check_reached, reached, visited)
        self._add_teams(cleaned)
        self._keep_own_fields(cleaned)
        return cleaned

    def _add_teams(self, cleaned: dict[str, Any]) -> None:
        if "teams_trained" not in self.fields:
            return
        chosen = list(cleaned.get("teams_trained") or [])
        day = cleaned.get("starts_on")
        for unit in cleaned.get("teams_of") or []:
            teams = CommunityTeam.objects.within(self.access.view).filter(
                unit__path__gte=unit.path, unit__path__lt=unit.path_end
            )
            chosen += teams.active_on(day) if day else []
        if self.needs_teams and not chosen and day and "teams_of" not in self.errors:
            self.add_error("teams_of", _("Choose the teams that were trained."))
        cleaned["teams_trained"] = list({team.pk: team for team in chosen}.values())

    def _keep_own_fields(self, cleaned: dict[str, Any]) -> None:
        specs = own_fields.kept_in_extra(self.kind.fields if self.kind else [])
        answers = {s["key"]: cleaned.get(own_fields.PREFIX + s["key"]) for s in specs}
        self.instance.extra = {
            key: value for key, value in answers.items() if value not in (None, "", False)
        }
        cleaned["extra"] = self.instance.extra


class HeadcountFormSet(ScopedInlineFormSet):
    """Who came, by audience, sex, age, minority, disability; what is blank is unknown."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["audience"].empty_label = _("Unknown")
        for name in ("sex", "age_band", "minority", "disability"):
            words = [choice for choice in form.fields[name].choices if choice[0]]
            form.fields[name].choices = [*UNKNOWN, *words]
        form.fields["people"].widget.attrs["inputmode"] = "numeric"
        for name in ("audience", "sex", "age_band", "minority", "disability", "people"):
            question = form.fields[name]
            question.widget.attrs.setdefault("aria-label", capfirst(question.label))

    def clean(self) -> None:
        super().clean()
        seen: dict[tuple[Any, ...], int] = {}
        for number, form in enumerate(self.forms, start=1):
            if not form.has_changed() and not form.instance.pk:
                continue
            if self._should_delete_form(form) or form.errors:  # type: ignore[attr-defined]
                continue
            traits = ("audience", "sex", "age_band", "minority", "disability")
            cell = tuple(str(form.cleaned_data.get(name) or "") for name in traits)
            if cell in seen:
                form.add_error(
                    "people",
                    gettext("The same people as in row %(row)s. Put them into one row.")
                    % {"row": seen[cell]},
                )
            seen.setdefault(cell, number)

    @property
    def people(self) -> int:
        """The total: the sum of the rows that stay."""
        return sum(
            form.cleaned_data.get("people") or 0  # type: ignore[misc]
            for form in self.forms
            if getattr(form, "cleaned_data", None) and not self._should_delete_form(form)  # type: ignore[attr-defined]
        )


def headcount_formset(record: Activity | None, access: Access, data: Any = None) -> Any:
    """The cross-tab of an activity: its cells and room for more."""
    made = forms.inlineformset_factory(
        Activity, ActivityHeadcount, formset=HeadcountFormSet,
        fields=("audience", "sex", "age_band", "minority", "disability", "people"),
        localized_fields=("people",), extra=1 if record else 2, max_num=300, absolute_max=400,
    )  # fmt: skip
    return made(
        data, instance=record or Activity(), prefix="headcounts", access=access,
        queryset=ActivityHeadcount.objects.within(access.edit).select_related("audience"),
    )  # fmt: skip


class ReasonForm(forms.Form):
    """Why something that was reported is called off."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        min_length=5,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays with the record, for everybody who may see it."),
    )


class ExemplaryModelForm(InForceMixin, ScopedModelForm):
    """One exemplary model."""

    day_field = "started_on"

    unit = UnitChoiceField(scope="edit", former=True, label=_("Organising unit"))
    place = UnitChoiceField(scope="places", former=True, label=_("Place"), required=False)

    class Meta:
        model = ExemplaryModel
        fields = (
            "name", "kind", "unit", "place", "started_on", "recognised_on", "decision_number",
            "description",
        )  # fmt: skip
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}

    def clean_started_on(self) -> date:
        check_start(self.cleaned_data["started_on"])
        return self.cleaned_data["started_on"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.check_units("unit", "place")
        if recognised := cleaned.get("recognised_on"):
            self.ask("recognised_on", check_recognised, recognised, cleaned.get("started_on"))
        return cleaned


class EndModelForm(forms.Form):
    """The day from which a model is no longer kept up."""

    ended_on = forms.DateField(label=_("Ended on"))
    reason = forms.CharField(label=_("Reason"), max_length=300, min_length=5)

    def __init__(self, *args: Any, record: ExemplaryModel, **kwargs: Any) -> None:
        self.record = record
        super().__init__(*args, **kwargs)

    def clean_ended_on(self) -> date:
        check_ended(self.cleaned_data["ended_on"], self.record.started_on)
        return self.cleaned_data["ended_on"]


class SolutionForm(InForceMixin, ScopedModelForm):
    """One recognised solution."""

    day_field = "recognised_on"

    unit = UnitChoiceField(scope="edit", former=True, label=_("Unit"))

    class Meta:
        model = Solution
        fields = ("name", "field", "unit", "authors", "recognised_on", "decision_number", "uses_it")

    def clean_recognised_on(self) -> date:
        day = self.cleaned_data["recognised_on"]
        check_day(day)
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.check_units("unit")
        return cleaned


class PhotosInput(forms.ClearableFileInput):
    """A file box that takes several files."""

    allow_multiple_selected = True


class EvidenceForm(ScopedForm):
    """Photos and PDF files that show what took place."""

    uploads = forms.Field(
        label=_("Photos or PDF files"),
        widget=PhotosInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
        help_text=_(
            "JPEG, PNG, WebP or PDF, up to 10 MB each. The place and time a phone writes into "
            "photos are removed. Do not send pictures of identity cards or lists with citizens' "
            "identity numbers."
        ),
    )
    caption = forms.CharField(label=_("Caption"), max_length=200, required=False)
