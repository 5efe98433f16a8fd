"""What people type about classes, sessions, attendance and the people who learn."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from campaign.models import Audience, CampaignSettings, Presence, Sex
from campaign.periods import today
from campaign.portal.access import Access
from campaign.portal.forms import (
    ScopedForm,
    ScopedInlineFormSet,
    ScopedModelForm,
)
from campaign.text import BadPhone, clean_name, fold, normal_phone
from classes.models import (
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from classes.services import check_unit_on
from units.fields import UnitChoiceField
from units.models import CommunityTeam, Unit

FIRST_DAY = date(2020, 1, 1)
FURTHEST_AHEAD = timedelta(days=730)
OLDEST = 115
PLACES = (Unit.Level.COMMUNE, Unit.Level.HAMLET)


def check_day(day: date | None) -> None:
    """Refuse a date no class of this campaign can have."""
    if day is not None and not FIRST_DAY <= day <= today() + FURTHEST_AHEAD:
        raise ValidationError(
            _(
                "Not in %(year)s: classes are recorded from 2020 to two years ahead."
            ),
            code="range",
            params={"year": str(day.year)},
        )


class CoOrganisersField(forms.ModelMultipleChoiceField):
    """Communes and departments of the province, by the public register."""

    is_scoped = True

    def use(self, access: Access, current: Any = None) -> None:
        """Offer the units anybody of the province may look up."""
        levels = (Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)
        listed = Unit.objects.get_queryset().listed(access).filter(level__in=levels)
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
        label=_("Place"),
        help_text=_("The commune or hamlet where people meet. Empty: the whole province, online."),
    )
    co_organisers = CoOrganisersField(
        queryset=Unit.objects.none(),
        required=False,
        label=_("Co-organisers"),
        help_text=_("Credited, never added to figures."),
    )
    lay_out_count = forms.IntegerField(
        label=_("Sessions"),
        min_value=1,
        max_value=40,
        required=False,
    )
    lay_out_every = forms.IntegerField(
        label=_("Every … days"),
        min_value=1,
        max_value=60,
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
        self.fields["capacity"].max_value = 100_000  # type: ignore[attr-defined]

    def clean_title(self) -> str:
        title = clean_name(self.cleaned_data["title"])
        if len(title) < 3:
            raise ValidationError(_("Say in a few words what the class is about."))
        return title

    def clean_starts_on(self) -> date:
        check_day(self.cleaned_data["starts_on"])
        return self.cleaned_data["starts_on"]

    def clean_capacity(self) -> int | None:
        capacity = self.cleaned_data["capacity"]
        if capacity is not None and not 1 <= capacity <= 100_000:
            raise ValidationError(_("Between 1 and 100,000 people; leave empty if unknown."))
        return capacity

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        day = cleaned.get("starts_on")
        if day:
            self._check_on(day)
        team: CommunityTeam | None = cleaned.get("team")
        if team and day and team.ended_on and team.ended_on <= day:
            self.add_error("team", _("This team had ended by the day the class starts."))
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
        if hours is not None and not 0 < hours <= 24:
            raise ValidationError(_("Between half an hour and 24 hours."))
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
                _(
                    "Session %(number)s was held or called off: cancel it on the page of the class."
                ),
                params={"number": session.number},
            )

    def save_new_objects(self, commit: bool = True) -> Any:
        """Number new sessions by day, after those the class has."""
        last = max((s.number for s in self.instance.sessions.all()), default=0)
        fresh = [
            row
            for row in self.extra_forms
            if row.has_changed() and not (self.can_delete and self._should_delete_form(row))
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
    return forms.inlineformset_factory(
        TrainingClass,
        ClassSession,
        form=SessionRowForm,
        formset=BaseSessionFormSet,
        extra=extra,
        can_delete=True,
        max_num=60,
        validate_max=True,
    )


# --- attendance ---------------------------------------------------------------------------------


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
            elif cleaned["people"] > 100_000:
                row.add_error("people", _("More than 100,000 people cannot be right."))
            seen[key] = number


def headcount_formset(extra: int) -> type[BaseHeadcountFormSet]:
    """The formset of the people counted, with some empty lines at its end."""
    return forms.inlineformset_factory(
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


# --- people -------------------------------------------------------------------------------------


class BirthField(forms.CharField):
    """A year of birth or a full date of birth: what people know."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Birth year or date"))
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 10)
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> tuple[int | None, date | None]:
        text = super().clean(value).strip()
        if not text:
            return None, None
        if re.fullmatch(r"\d{4}", text):
            self._check(int(text), text)
            return int(text), None
        match = re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", text)
        if not match:
            raise ValidationError(_("Write the year (1968) or the date (21/01/1968)."))
        day, month, year = map(int, match.groups())
        try:
            born = date(year, month, day)
        except ValueError:
            raise ValidationError(
                _("%(day)s is not a real date."), params={"day": f"{day:02d}/{month:02d}/{year}"}
            ) from None
        self._check(year, text)
        if born > today():
            raise ValidationError(_("A date of birth lies in the past."))
        return year, born

    def _check(self, year: int, text: str) -> None:
        if not today().year - OLDEST <= year <= today().year:
            raise ValidationError(
                _("Born in %(year)s? Check the year."), params={"year": str(year)}
            )

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%d/%m/%Y}" if isinstance(value, date) else value


def clean_phone(text: str) -> str:
    """A mobile number as ten digits, or the reason why it is none."""
    try:
        return normal_phone(text)
    except BadPhone as error:
        raise ValidationError(error.message, code=error.code) from error


def clean_person_name(text: str) -> str:
    """A name as it was typed, tidied; refuses what cannot be one."""
    name = clean_name(text)
    if name and (len(name) < 2 or any(c.isdigit() for c in name)):
        raise ValidationError(_("A name has letters and no digits."))
    return name


class PersonRowForm(ScopedForm):
    """One person to put on the list of a class."""

    full_name = forms.CharField(label=_("Full name"), max_length=120)
    birth = BirthField()
    sex = forms.ChoiceField(label=_("Sex"), choices=[("", "—"), *Sex.choices], required=False)
    hamlet = UnitChoiceField(
        scope="places", levels=(Unit.Level.HAMLET,), required=False, label=_("Hamlet")
    )
    audience = forms.ModelChoiceField(Audience.objects.all(), required=False, label=_("Audience"))
    phone = forms.CharField(
        label=_("Phone"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    minority = forms.ChoiceField(
        label=_("Ethnic minority"), choices=[("", "—"), *Presence.choices], required=False
    )
    disability = forms.ChoiceField(
        label=_("Disability"), choices=[("", "—"), *Presence.choices], required=False
    )
    #: what to do when somebody like this is known: "" (ask), "new", or the id of the person
    same_as = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidates: list[Participant] = []
        if not CampaignSettings.current().keeps_sensitive_traits:
            del self.fields["minority"], self.fields["disability"]

    def clean_full_name(self) -> str:
        return clean_person_name(self.cleaned_data["full_name"])

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])

    def clean_same_as(self) -> str:
        choice = self.cleaned_data["same_as"].strip()
        return choice if choice == "new" or choice.isdecimal() else ""

    def values(self) -> dict[str, Any]:
        """The fields of the person, as the register keeps them."""
        year, born = self.cleaned_data["birth"]
        names = ("full_name", "sex", "hamlet", "audience", "phone", "minority", "disability")
        kept = {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}
        return {**kept, "birth_year": year, "birth_date": born}


def known_people(
    name: str, year: int | None, hamlet: Unit | None, access: Access
) -> QuerySet[Participant]:
    """People of the own register who may be this person: same folded name, no other birth year."""
    folded = fold(name)
    found = Participant.objects.within(access.people).distinct_people()
    found = found.filter(search_key__startswith=folded)
    if year:
        found = found.filter(birth_year__in=[year]) | found.filter(birth_year__isnull=True)
    return found.select_related("hamlet", "unit").order_by("sort_key", "pk")


class BasePersonFormSet(forms.BaseFormSet):
    """Several people at once; whoever is known already is asked about, never doubled in silence."""

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        self.access = access
        super().__init__(*args, form_kwargs={"access": access}, **kwargs)

    def clean(self) -> None:
        seen: dict[tuple[Any, ...], int] = {}
        for number, row in enumerate(self.forms, start=1):
            cleaned = getattr(row, "cleaned_data", None)
            if not cleaned or not cleaned.get("full_name") or "birth" not in cleaned:
                continue
            key = (fold(cleaned["full_name"]), cleaned["birth"], cleaned.get("hamlet"))
            if key in seen:
                row.add_error(
                    "full_name", _("The same person as in line %(number)s.") % {"number": seen[key]}
                )
            seen.setdefault(key, number)
            self._ask_about(row, cleaned)

    def _ask_about(self, row: Any, cleaned: dict[str, Any]) -> None:
        name, (year, _born) = cleaned["full_name"], cleaned["birth"]
        folded = fold(name)
        row.candidates = [
            person
            for person in known_people(name, year, cleaned.get("hamlet"), self.access)[:20]
            if fold(person.full_name) == folded
            and not (cleaned.get("hamlet") and person.hamlet and person.hamlet != cleaned["hamlet"])
        ][:5]
        choice = cleaned.get("same_as", "")
        known = {str(person.pk) for person in row.candidates}
        if row.candidates and choice != "new" and choice not in known:
            row.add_error("same_as", _("Somebody with this name is known already. Same person?"))
        elif choice not in known:
            cleaned["same_as"] = "new"


PersonFormSet = forms.formset_factory(
    PersonRowForm, formset=BasePersonFormSet, extra=10, max_num=100, absolute_max=100
)


class ParticipantForm(ScopedModelForm):
    """What is known of one person: only what a class needs, never an identity number."""

    unit = UnitChoiceField(scope="edit", label=_("Registering unit"))
    hamlet = UnitChoiceField(
        scope="places", levels=(Unit.Level.HAMLET,), required=False, label=_("Hamlet")
    )
    birth = BirthField(help_text=_("The year is enough, e.g. 1968."))

    class Meta:
        model = Participant
        fields = [
            "full_name",
            "sex",
            "unit",
            "hamlet",
            "audience",
            "phone",
            "guardian",
            "minority",
            "disability",
        ]

    field_order = ["full_name", "birth", "sex", "unit", "hamlet", "audience", "phone", "guardian"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["birth"] = self.instance.birth_date or self.instance.birth_year or ""
        if not CampaignSettings.current().keeps_sensitive_traits:
            del self.fields["minority"], self.fields["disability"]

    @property
    def record_fields(self) -> list[str]:
        return [*super().record_fields, "birth_year", "birth_date"]

    def clean_full_name(self) -> str:
        return clean_person_name(self.cleaned_data["full_name"])

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])

    def clean_guardian(self) -> str:
        return clean_person_name(self.cleaned_data["guardian"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "birth" in cleaned:
            year, born = cleaned["birth"]
            cleaned["birth_year"], cleaned["birth_date"] = year, born
            self.instance.birth_year, self.instance.birth_date = year, born
        return cleaned


class CompletionForm(ScopedForm):
    """The day on which the chosen people completed the class."""

    completed_on = forms.DateField(label=_("Completed on"), initial=today)
