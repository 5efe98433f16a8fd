"""My work: what waits for somebody, as sentences with one button each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import models
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.models import CampaignSettings, Draft, ImportBatch, ImportLine, Job
from campaign.periods import Kind, Period
from campaign.portal.access import Access, PortalRequest
from campaign.portal.imports.rows import KEPT_OUT
from campaign.portal.imports.views import address_of
from campaign.portal.rules import rule
from classes.duplicates import Pairs
from classes.models import ClassSession, TrainingClass
from reporting.piles import SHOWN, Pile, Task
from reporting.reports import waiting
from units.models import CommunityTeam, TeamMember

FRESH = timedelta(days=2)
IMPORTS_WAIT = timedelta(days=14)


def day(value: date) -> str:
    """A day as people write it."""
    return date_format(value, "SHORT_DATE_FORMAT")


def sessions_without_attendance(access: Access, today: date) -> Pile:
    """Sessions that should have been held before today and say nothing of it."""
    late = (
        ClassSession.objects.within(access.edit)
        .filter(
            status=ClassSession.Status.PLANNED,
            held_on__lt=today,
            training_class__cancelled_at__isnull=True,
        )
        .select_related("training_class__place")
        .order_by("held_on", "pk")
    )
    tasks = [
        Task(
            _("Session %(number)s of “%(name)s” on %(day)s has no attendance.")
            % {"number": one.number, "name": one.training_class, "day": day(one.held_on)},
            str(one.training_class.place or ""),
            reverse("classes:session", args=[one.training_class_id, one.number]),
            _("Take attendance"),
        )
        for one in late[:SHOWN]
    ]
    return Pile(
        _("Attendance missing"),
        "calendar-x",
        "e",
        late.count(),
        tasks,
        f"{reverse('classes:list')}?status=missing",
    )


def classes_without_sessions(access: Access, today: date) -> Pile:
    """Classes nobody has planned a session for."""
    bare = (
        TrainingClass.objects.within(access.edit)
        .counted()
        .filter(sessions__isnull=True)
        .select_related("place")
        .order_by("starts_on", "pk")
    )
    tasks = [
        Task(
            _("“%(name)s” has no session yet.") % {"name": one},
            str(one.place or ""),
            reverse("classes:edit", args=[one.pk]),
            _("Plan sessions"),
        )
        for one in bare[:SHOWN]
    ]
    return Pile(
        _("Classes without sessions"),
        "calendar-plus",
        "w",
        bare.count(),
        tasks,
        reverse("classes:list"),
    )


def imports(access: Access, today: date) -> Pile:
    """Files that were checked and not saved, and saved ones with rows left to put right."""
    step = ImportBatch.Step
    lines = ImportLine.objects.filter(
        batch=models.OuterRef("pk"), outcome__in=[str(outcome) for outcome in KEPT_OUT]
    )
    waiting = (
        ImportBatch.objects.filter(by=access.user, created_at__date__gt=today - IMPORTS_WAIT)
        .annotate(is_wrong=models.Exists(lines), was_corrected=models.Exists(corrected()))
        .filter(
            models.Q(step__in=[step.MAPPING, step.CHECKED])
            | models.Q(step=step.DONE, is_wrong=True)
        )
        .exclude(was_corrected=True)
        .order_by("-pk")
    )
    tasks = [
        Task(
            _("“%(file)s” is checked and not saved yet.") % {"file": one.file_name}
            if one.step != step.DONE
            else _("“%(file)s”: some rows are to be put right.") % {"file": one.file_name},
            ngettext("%(count)s row", "%(count)s rows", one.rows_read)
            % {"count": localize(one.rows_read)},
            address_of(one),
            _("Go on"),
        )
        for one in waiting[:SHOWN]
    ]
    return Pile(
        _("Files brought in"), "import", "w", waiting.count(), tasks, reverse("imports:list")
    )


def corrected() -> models.QuerySet[ImportBatch]:
    """The files that correct another."""
    return ImportBatch.objects.filter(again=models.OuterRef("pk")).exclude(step="dropped")


def drafts(access: Access, today: date) -> Pile:
    """Forms begun and not saved."""
    own = Draft.objects.filter(by=access.user).order_by("-saved_at")
    tasks = [
        Task(
            _("Not saved yet: %(label)s") % {"label": one.label or one.url},
            _("Draft of %(at)s")
            % {"at": date_format(timezone.localtime(one.saved_at), "SHORT_DATETIME_FORMAT")},
            one.url,
            _("Continue"),
        )
        for one in own[:SHOWN]
    ]
    return Pile(_("Drafts"), "pencil", "m", own.count(), tasks)


def files(access: Access, today: date) -> Pile:
    """Workbooks that were made for the person in the last days."""
    ready = Job.objects.filter(
        by=access.user, status=Job.Status.DONE, ended_at__gte=timezone.now() - FRESH
    ).exclude(stored_as="")
    tasks = [
        Task(
            _("Ready: %(label)s") % {"label": one.label},
            one.file_name,
            reverse("export_file", args=[one.key]),
            _("Download"),
        )
        for one in ready[:SHOWN]
    ]
    return Pile(_("Files"), "download", "m", ready.count(), tasks, reverse("exports"))


def teams_without_leader(access: Access, today: date) -> Pile:
    """Active teams nobody leads today."""
    led = TeamMember.unscoped.serving_on(today).filter(role=TeamMember.Role.LEADER)
    headless = (
        CommunityTeam.objects.within(access.edit)
        .active_on(today)
        .exclude(pk__in=led.values("team_id"))
        .select_related("unit")
        .order_by("sort_key", "pk")
    )
    tasks = [
        Task(
            _("%(team)s has no leader.") % {"team": one},
            str(one.unit),
            reverse("teams:edit", args=[one.pk]),
            _("Name a leader"),
        )
        for one in headless[:SHOWN]
    ]
    return Pile(
        _("Teams without a leader"),
        "user-x",
        "w",
        headless.count(),
        tasks,
        f"{reverse('teams:list')}?gap=leader",
    )


def possible_duplicates(access: Access, today: date) -> Pile:
    """Rows of the register that may be one person; no names here, the page that has them logs it."""
    total = Pairs(access).count()
    sentence = ngettext(
        "%(count)s pair in the register may be one person.",
        "%(count)s pairs in the register may be one person.",
        total,
    )
    url = reverse("participants:duplicates")
    task = Task(sentence % {"count": localize(total)}, "", url, _("Compare"))
    return Pile(_("Possible duplicates"), "merge", "w", total, [task] if total else [])


PILES = (
    waiting.overdue,
    waiting.returned,
    waiting.to_sign,
    waiting.to_review,
    waiting.amended,
    waiting.due_soon,
    sessions_without_attendance,
    classes_without_sessions,
    teams_without_leader,
    possible_duplicates,
    imports,
    drafts,
    files,
)


def piles_of(access: Access) -> Iterator[Pile]:
    """What waits for the person, without the empty piles."""
    today = timezone.localdate()
    return (pile for make in PILES if (pile := make(access, today)).total)


@rule("enter")
def work(request: PortalRequest) -> HttpResponse:
    """The inbox: every sentence has one button; nothing waiting is said kindly."""
    piles = list(piles_of(request.access))
    total = sum(pile.total for pile in piles)
    month = Period.containing(timezone.localdate(), Kind.MONTH, CampaignSettings.current().scheme)
    context = {
        "piles": piles,
        "total": total,
        "month": month,
        "summary": ngettext(
            "%(count)s thing waits for you.", "%(count)s things wait for you.", total
        )
        % {"count": total},
    }
    return render(request, "reporting/work.html", context)
