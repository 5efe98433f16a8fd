"""Rows that may be one person, side by side: somebody who knows them says which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaign.models import ChangeEntry
from campaign.portal.access import Access, PortalRequest
from campaign.portal.pages import get_scoped
from campaign.portal.rules import rule
from classes import merging
from classes.duplicates import Pairs
from classes.models import Enrolment, Participant, ToldApart
from classes.participant_views import crumbs

PAGE = 20
LATELY = 8


@dataclass(frozen=True)
class Line:
    """One thing known of both people: its name, what each row says, whether they agree."""

    label: str
    values: tuple[str, str]
    compared: tuple[str, str] = ("", "")

    @property
    def agreement(self) -> str:
        """Same, different, or nothing to compare."""
        one, two = self.compared if any(self.compared) else self.values
        if not one or not two:
            return ""
        return "same" if one.casefold() == two.casefold() else "different"


@dataclass(frozen=True)
class Decision:
    """What somebody decided lately, and the address that takes it back."""

    at: datetime
    by: str
    sentence: str
    undo: str


def born(person: Participant) -> str:
    """The birth date, or the year, or nothing."""
    if person.birth_date:
        return date_format(person.birth_date, "SHORT_DATE_FORMAT")
    return str(person.birth_year or "")


def lines_of(one: Participant, two: Participant) -> list[Line]:
    """What is known of both, for the rows of the table."""
    years = (str(one.birth_year or ""), str(two.birth_year or ""))
    is_day_known = one.birth_date and two.birth_date
    said = {
        _("Sex"): lambda person: person.get_sex_display(),
        _("Phone"): lambda person: person.phone,
        _("Hamlet"): lambda person: person.hamlet.short_name if person.hamlet else "",
        _("Audience"): lambda person: str(person.audience or ""),
        _("Registering unit"): lambda person: person.unit.short_name,
    }
    return [
        Line(_("Full name"), (one.full_name, two.full_name)),
        Line(_("Born"), (born(one), born(two)), ("", "") if is_day_known else years),
        *(Line(label, (str(tell(one)), str(tell(two)))) for label, tell in said.items()),
    ]


def shown_people(pairs: list[tuple[int, int]], access: Access) -> dict[int, Any]:
    """The people of some pairs, with their classes and how often they came."""
    classes = Enrolment.objects.select_related("training_class").annotate(
        times=Count("attendances")
    )
    found = (
        Participant.objects.within(access.people)
        .filter(pk__in={pk for pair in pairs for pk in pair})
        .select_related("unit", "hamlet", "audience")
        .prefetch_related(
            Prefetch("enrolments", classes.order_by("-training_class__starts_on", "-pk"))
        )
    )
    people: dict[int, Any] = {person.pk: person for person in found}
    for person in people.values():
        person.times = sum(enrolment.times for enrolment in person.enrolments.all())
    return people


def decided_lately(access: Access) -> list[Decision]:
    """The latest answers of anybody to these questions, each with its way back."""
    apart = ToldApart.objects.within(access.people).standing()
    found = [
        Decision(
            told.at,
            told.by.full_name if told.by else "",
            _("%(one)s and %(two)s: two people") % {"one": told.first, "two": told.second},
            reverse("participants:ask_again", args=[told.pk]),
        )
        for told in apart.select_related("first", "second", "by")[:LATELY]
    ]
    merged = Participant.objects.within(access.people).filter(merged_into__isnull=False)
    rows = {row.pk: row for row in merged.order_by("-updated_at", "-pk")[:LATELY]}
    entries = ChangeEntry.objects.filter(
        model=Participant._meta.label_lower, record_id__in=rows, changes__has_key="joined"
    )
    latest = {e.record_id: e for e in entries.select_related("by").order_by("pk")}
    found += [
        Decision(
            entry.at,
            entry.by.full_name if entry.by else "",
            _("%(name)s: one person") % {"name": entry.record_label},
            reverse("participants:unmerge", args=[entry.pk]),
        )
        for entry in latest.values()
    ]
    return sorted(found, key=lambda decision: decision.at, reverse=True)[:LATELY]


@rule("people")
@require_http_methods(["GET", "HEAD", "POST"])
def duplicates(request: PortalRequest) -> HttpResponse:
    """Pairs of the own register that may be one person, the likeliest first; looks are logged."""
    if request.method == "POST":
        return answer(request)
    found: Any = Pairs(request.access)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    people = shown_people(list(page), request.access)
    pairs = [
        {"people": (people[one], people[two]), "lines": lines_of(people[one], people[two])}
        for one, two in page
        if one in people and two in people
    ]
    if pairs:
        ChangeEntry.objects.create(
            by=request.access.user,
            action=ChangeEntry.Action.VIEWED,
            model=Participant._meta.label_lower,
            record_id=0,
            record_label=_("Possible duplicates"),
            reason=_("%(count)s pairs shown, page %(page)s")
            % {"count": len(pairs), "page": page.number},
            door="page",
        )
    context = {
        "page": page,
        "pairs": pairs,
        "lately": decided_lately(request.access),
        "crumbs": crumbs((_("Possible duplicates"), "")),
    }
    return render(request, "participants/duplicates.html", context)


def answer(request: PortalRequest) -> HttpResponse:
    """Do what was said of one pair: which row stays, or that they are two people."""
    sent = [request.POST.get(name, "") for name in ("one", "two")]
    if not all(pk.isascii() and pk.isdecimal() and len(pk) < 19 for pk in sent):
        raise Http404
    one, two = map(int, sent)
    keep = {"one": (one, two), "two": (two, one)}.get(request.POST.get("answer", ""))
    try:
        if keep:
            entry = merging.merge_people(*keep, access=request.access)
            words = _("Merged: %(name)s is one person now.") % {"name": entry.record_label}
            undo = reverse("participants:unmerge", args=[entry.pk])
        else:
            told = merging.tell_apart(one, two, access=request.access)
            words = _("Two people: you will not be asked about %(name)s again.")
            words %= {"name": told.first}
            undo = reverse("participants:ask_again", args=[told.pk])
    except Participant.DoesNotExist as missing:
        raise Http404 from missing
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, words, extra_tags=f"undo:{undo}")
    return back(request)


def back(request: HttpRequest) -> HttpResponse:
    """To the page of pairs the answer came from, with the next pair in focus."""
    page = request.POST.get("page", "")
    query = f"?page={page}" if page.isascii() and page.isdecimal() else ""
    return redirect(f"{reverse('participants:duplicates')}{query}#answered")


@rule("people")
@require_POST
def ask_again(request: PortalRequest, pk: int) -> HttpResponse:
    """Take "not the same" back."""
    get_scoped(ToldApart.objects.within(request.access.people), pk=pk)
    told = merging.ask_again(pk, access=request.access)
    messages.success(
        request, _("Taken back: you are asked about %(name)s again.") % {"name": told.first}
    )
    return back(request)
