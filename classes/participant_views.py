"""Pages of people who learn: found by search only, every look at them logged."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access, PortalRequest
from campaign.portal.pages import FormPage, get_scoped
from campaign.portal.rules import rule
from campaign.text import fold
from classes import merging
from classes.forms import ParticipantForm
from classes.models import Participant

PAGE = 50


def crumbs(*steps: tuple[Any, str]) -> list[tuple[Any, str]]:
    """The way down to a page of people."""
    return [(_("Participants"), reverse("participants:list") if steps else ""), *steps]


def found_people(words: str, access: Access) -> Any:
    """People of the own register whose name or phone holds every word typed."""
    rows = Participant.objects.within(access.people).distinct_people()
    for word in fold(words).split():
        rows = rows.filter(search_key__contains=word)
    return rows.select_related("hamlet", "unit", "audience").order_by("sort_key", "pk")


@rule("people")
def search(request: PortalRequest) -> HttpResponse:
    """Find a person. Nobody is listed before something is typed; the search is logged."""
    words = request.GET.get("q", "").strip()[:100]
    is_enough = len(fold(words).replace(" ", "")) >= 2
    page = None
    if is_enough:
        rows = found_people(words, request.access).annotate(classes=Count("enrolments"))
        page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
        ChangeEntry.objects.create(
            by=request.access.user,
            action=ChangeEntry.Action.VIEWED,
            model=Participant._meta.label_lower,
            record_id=0,
            record_label=words,
            reason=_("Search: %(count)s found") % {"count": page.paginator.count},
            door="search",
        )
    return render(
        request,
        "participants/list.html",
        {"q": words, "page": page, "is_enough": is_enough, "crumbs": crumbs()},
    )


@rule("people")
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    """One person: what is known, their classes and attendance, the history."""
    person = get_scoped(
        Participant.objects.within(request.access.people).select_related(
            "unit", "hamlet__parent", "audience", "merged_into"
        ),
        pk=pk,
    )
    history.record_change(
        person,
        ChangeEntry.Action.VIEWED,
        access=request.access,
        door="page",
        reason=_("Opened the person's page"),
    )
    enrolments = (
        person.enrolments.select_related("training_class__unit", "training_class__topic")
        .annotate(times=Count("attendances"))
        .order_by("-training_class__starts_on", "-pk")
    )
    changes = history.history_of(person).exclude(action=ChangeEntry.Action.VIEWED)[:30]
    return render(
        request,
        "participants/detail.html",
        {
            "learner": person,
            "enrolments": enrolments,
            "can_edit": request.access.edit.covers(person.unit.path) and not person.merged_into_id,
            "history": history.told(changes, Participant),
            "alike": alike(person, request.access) if not person.merged_into_id else [],
            "crumbs": crumbs((person.full_name, "")),
        },
    )


def alike(person: Participant, access: Access) -> list[Participant]:
    """Others of the own register with the same folded name and no other birth year."""
    folded = fold(person.full_name)
    rows = Participant.objects.within(access.people).distinct_people().exclude(pk=person.pk)
    rows = rows.filter(search_key__startswith=folded).select_related("hamlet", "unit")[:20]
    years = {person.birth_year, None}
    return [
        other
        for other in rows
        if fold(other.full_name) == folded
        and (person.birth_year is None or other.birth_year in years)
    ]


class ParticipantPage(FormPage):
    """Change what is known of a person."""

    access_rule = "people"
    model = Participant
    scope = "people"
    form_class = ParticipantForm
    template = "participants/form.html"
    title_new = gettext_lazy("New participant")
    title_edit = gettext_lazy("Edit participant")

    def get_record(self, pk: int | None) -> Participant:
        person = super().get_record(pk)
        if person is None or person.merged_into_id:
            raise Http404
        return person

    def before_save(self, record: Participant, form: Any) -> None:
        record.clean()

    def more_context(self) -> dict[str, Any]:
        url = self.record.get_absolute_url()
        return {"crumbs": crumbs((self.record.full_name, url), (_("Edit"), "")), "back_url": url}


@rule("people")
def merge(request: PortalRequest, pk: int) -> HttpResponse:
    """Say that two rows of the register are one person; the first stays."""
    rows = Participant.objects.within(request.access.people).distinct_people()
    rows = rows.select_related("unit", "hamlet").annotate(classes=Count("enrolments"))
    keep = get_scoped(rows, pk=pk)
    wanted = request.POST.get("with", request.GET.get("with", ""))
    if not wanted.isdecimal():
        raise Http404
    drop = get_scoped(rows, pk=wanted[:18])
    if request.method == "POST":
        try:
            entry = merging.merge_people(keep.pk, drop.pk, access=request.access)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(
                request,
                _("Merged: %(name)s is one person now.") % {"name": keep},
                extra_tags=f"undo:{reverse('participants:unmerge', args=[entry.pk])}",
            )
        return redirect(keep)
    return render(
        request,
        "participants/merge.html",
        {
            "keep": keep,
            "drop": drop,
            "pairs": [keep, drop],
            "crumbs": crumbs((keep.full_name, keep.get_absolute_url()), (_("Same person"), "")),
        },
    )


@rule("people")
@require_POST
def unmerge(request: PortalRequest, entry: int) -> HttpResponse:
    """Take a merge back."""
    found = get_scoped(
        ChangeEntry.objects.filter(changes__has_key="joined"),
        pk=entry,
        model=Participant._meta.label_lower,
    )
    get_scoped(Participant.objects.within(request.access.people), pk=found.record_id)
    try:
        person = merging.unmerge_people(entry, access=request.access)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("participants:list")
    messages.success(request, _("Taken back: %(name)s are two people again.") % {"name": person})
    return redirect(person)
