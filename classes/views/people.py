"""The list of people of a class: a table to type and paste into, and what is done with the chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from campaign.models import AgeBand, ChangeEntry, Presence, Sex, age_band_of
from campaign.portal import history
from campaign.portal.access import Access, PortalRequest
from campaign.portal.figures import num, pct
from campaign.portal.grid import Figure, GridPage
from campaign.portal.imports.resource import ImportResource
from campaign.portal.imports.rows import Check
from campaign.portal.pages import get_scoped, id_in
from campaign.portal.rules import rule
from campaign.text import fold
from classes import services
from classes.forms import CompletionForm
from classes.models import Enrolment, Participant, TrainingClass
from classes.views.shared import crumbs, knows_people
from units.models import Unit

MOST_HAMLETS = 3
"""Hamlets the tally names."""


def _roster_class(request: PortalRequest, pk: int) -> TrainingClass:
    found = get_scoped(
        TrainingClass.objects.within(request.access.edit).select_related(
            "unit__parent", "audience", "place"
        ),
        pk=pk,
    )
    if not knows_people(request.access, found):
        raise Http404
    return found


class PeoplePage(GridPage):
    """Who is on the list of a class, and adding people, new or known."""

    access_rule = "people"
    kind = "participants"
    template = "classes/people.html"
    title = gettext_lazy("Participants")
    left_out = ("attended", "completed", "guardian")
    beside_labels = (gettext_lazy("Sessions"), gettext_lazy("Completed"))

    def get_holder(self, **kwargs: Any) -> TrainingClass:
        return _roster_class(self.request, kwargs["pk"])

    def context_of(self, holder: TrainingClass) -> dict[str, Any]:
        return {"training_class": holder.pk}

    def may_add(self) -> bool:
        return self.holder.takes_roster and not self.holder.is_cancelled

    def records(self, resource: ImportResource) -> Iterable[Any]:
        listed = self.holder.enrolments.order_by("participant__sort_key", "pk")
        pks = list(listed.values_list("pk", flat=True))
        known = resource.records_of(pks)
        return [known[pk] for pk in pks if pk in known]

    def beside(self, record: Any) -> dict[str, Any]:
        return {
            "url": reverse("participants:detail", args=[record.person]),
            "pick": record.pk,
            "more": [
                num(len(record.present)),
                date_format(record.completed_on, "DATE_FORMAT") if record.completed_on else "–",
            ],
        }

    def usual(self, resource: ImportResource) -> dict[str, str]:
        place = self.holder.place
        is_hamlet = place is not None and place.level == Unit.Level.HAMLET
        return {
            "audience": self.holder.audience.name if self.holder.audience else "",
            "hamlet": place.name if is_hamlet and place else "",
        }

    def tally(self, found: Check) -> list[Figure]:
        """People, women, elders, and where they live."""
        people = [line.record.traits if line.record else as_traits(line.values) for line in found]
        total = len(people)
        women = sum(traits.get("sex") == Sex.FEMALE for traits in people)
        year = self.holder.starts_on.year
        elders = sum(
            age_band_of(traits.get("birth_year"), year) == AgeBand.FROM_60 for traits in people
        )
        figures = [
            (_("Participants"), num(total), ""),
            (_("Women"), num(women), pct(women / total * 100, 0) if total else ""),
            (_("Aged 60 and over"), num(elders), ""),
        ]
        minority = sum(traits.get("minority") == Presence.YES for traits in people)
        if minority:
            figures.append((_("Ethnic minority"), num(minority), ""))
        return figures + self._hamlets(people)

    def _hamlets(self, people: Iterable[dict[str, Any]]) -> list[Figure]:
        """How many of the people live in each of the hamlets most of them come from."""
        counts = Counter(v["hamlet"] for v in people if isinstance(v.get("hamlet"), int))
        named = Unit.objects.within(self.access.places).in_bulk(list(counts))
        most = [(named[pk], count) for pk, count in counts.most_common() if pk in named]
        return [(unit.name, num(count), "") for unit, count in most[:MOST_HAMLETS]]

    def get(self, request: PortalRequest, **kwargs: Any) -> HttpResponse:
        history.record_change(
            self.holder,
            ChangeEntry.Action.VIEWED,
            access=self.access,
            door="page",
            reason=_("Opened the list of the class"),
        )
        return super().get(request, **kwargs)

    def more_context(self) -> dict[str, Any]:
        found, query = self.holder, self.request.GET.get("q", "").strip()
        return {
            "q": query,
            "known": find_people(query, found, self.access) if query else None,
            "completion": CompletionForm(access=self.access),
            "crumbs": crumbs((found.code, found.get_absolute_url()), (_("Participants"), "")),
        }


def as_traits(values: dict[str, Any]) -> dict[str, Any]:
    """What is said of a person whose row is not right yet, under the names of the register."""
    birth = values.get("birth")
    return {**values, "birth_year": birth[0] if isinstance(birth, tuple) else None}


def find_people(words: str, found: TrainingClass, access: Access) -> list[Participant]:
    """People of the own register who are not on the list yet, by name or phone."""
    rows = (
        Participant.objects.within(access.people).distinct_people().select_related("hamlet", "unit")
    )
    for word in fold(words).split():
        rows = rows.filter(search_key__contains=word)
    listed = found.enrolments.order_by().values("participant_id")
    return list(rows.exclude(pk__in=listed).order_by("sort_key", "pk")[:30])


@rule("people")
@require_POST
def enrol(request: PortalRequest, pk: int) -> HttpResponse:
    """Put known people on the list."""
    _roster_class(request, pk)
    chosen = [id_in(key) for key in request.POST.getlist("pick") if id_in(key)]
    try:
        count = len(services.enrol(pk, chosen, access=request.access))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(
            request,
            ngettext(
                "%(count)s person was added to the list.",
                "%(count)s people were added to the list.",
                count,
            )
            % {"count": count},
        )
    return redirect("classes:people", pk=pk)


@rule("people")
@require_POST
def roster_action(request: PortalRequest, pk: int) -> HttpResponse:
    """What is done with the chosen people of a list: completed, not completed, taken off."""
    _roster_class(request, pk)
    chosen = [id_in(key) for key in request.POST.getlist("pick") if id_in(key)]
    action = request.POST.get("action", "")
    try:
        if action == "remove":
            _remove(request, pk, chosen)
        elif action in ("complete", "reopen"):
            _complete(request, pk, chosen, is_done=action == "complete")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("classes:people", pk=pk)


def _remove(request: PortalRequest, pk: int, chosen: list[int]) -> None:
    rows = Enrolment.objects.within(request.access.edit).filter(training_class_id=pk, pk__in=chosen)
    kept = []
    count = 0
    for enrolment in rows:
        try:
            services.remove_enrolment(enrolment.pk, access=request.access)
            count += 1
        except ValidationError as error:
            kept += error.messages
    if kept:
        messages.warning(request, " ".join(kept))
    if count:
        messages.success(
            request,
            ngettext(
                "%(count)s person was taken off the list.",
                "%(count)s people were taken off the list.",
                count,
            )
            % {"count": count},
        )


def _complete(request: PortalRequest, pk: int, chosen: list[int], *, is_done: bool) -> None:
    day = None
    if is_done:
        form = CompletionForm(request.POST, access=request.access)
        if not form.is_valid():
            raise ValidationError([error for errors in form.errors.values() for error in errors])
        day = form.cleaned_data["completed_on"]
    count = services.complete(pk, chosen, completed_on=day, access=request.access)
    if is_done:
        words = ngettext(
            "%(count)s person completed the class on %(day)s.",
            "%(count)s people completed the class on %(day)s.",
            count,
        )
        messages.success(request, words % {"count": count, "day": date_format(day, "DATE_FORMAT")})  # type: ignore[arg-type]
    else:
        words = ngettext(
            "%(count)s person is marked as not completed.",
            "%(count)s people are marked as not completed.",
            count,
        )
        messages.success(request, words % {"count": count})
