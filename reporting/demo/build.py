"""Builds the demonstration, finds out whether it is there, and takes it away again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from random import Random

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from activities.models import Activity
from campaign.models import CampaignSettings
from classes.models import TrainingClass
from reporting.demo import cast, classes, land, registers
from reporting.demo.activities import Activities
from reporting.demo.book import Book
from reporting.demo.calendar import Calendar
from reporting.demo.classes import Classes
from reporting.demo.names import Names
from reporting.demo.teams import Teams
from reporting.demo.wording import wording
from units.loading import load_province
from units.models import Unit

PROVINCE = "91"
SEED = "dinh hoa"

#: rows of these mean that somebody works here in earnest, unless they are marked as demonstration
MARKED = (
    "units.Unit", "units.CommunityTeam", "accounts.User", "classes.TrainingClass",
    "classes.Participant", "activities.Activity", "activities.ExemplaryModel",
    "activities.Solution",
)  # fmt: skip

#: what is emptied before the demonstration is built anew: what refers to others stands first
EMPTIED = (
    "classes.Attendance", "classes.Enrolment", "classes.SessionHeadcount", "classes.ClassSession",
    "classes.TrainingClass", "classes.Participant", "activities.Evidence",
    "activities.ActivityHeadcount", "activities.ActivitySite", "activities.Activity",
    "activities.ExemplaryModel", "activities.Solution", "reporting.ExternalRanking",
    "units.TeamMember", "units.CommunityTeam", "units.UnitProfile", "accounts.Posting",
    "campaign.ChangeEntry", "campaign.Submission", "campaign.Draft", "campaign.Job",
)  # fmt: skip


def is_built() -> bool:
    """Whether the demonstration province stands, cast and all."""
    return User.objects.filter(username="hoa", is_demo=True).exists()


def real_records() -> dict[str, int]:
    """How many records are not demonstration data, by kind; official units do not count."""
    found = {}
    for label in MARKED:
        model = apps.get_model(label)
        rows = getattr(model, "unscoped", model._default_manager).filter(is_demo=False)
        if model is Unit:
            rows = rows.filter(code_system=Unit.CodeSystem.PORTAL)
        if number := rows.count():
            found[str(model._meta.verbose_name_plural)] = number
    return found


@contextmanager
def written_in_bulk() -> Iterator[None]:
    """Leave out the marks of single changes while thousands of rows are written at once.

    Figures have to be worked out from all records afterwards.
    """
    from reporting import triggers

    triggers.remove(connection)
    try:
        yield
    finally:
        triggers.install(connection)


@transaction.atomic
def build(*, size: float = 1.0, today: date | None = None, password: str) -> dict[str, int]:
    """Build An Giang; returns how many rows of each table were written."""
    calendar = Calendar(today or timezone.localdate())
    random, names, book = Random(SEED), Names(SEED), Book()  # noqa: S311
    with written_in_bulk():
        load_province(PROVINCE, today=calendar.today)
        root = Unit.unscoped.get(
            level=Unit.Level.PROVINCE, code=PROVINCE, code_system=Unit.CodeSystem.QD19_2025
        )
        province = land.survey(root, random)
        land.settle_hamlets(province, names, random, size=size)
        land.found_bodies(province)
        land.count_people(province, book, random)
        users = cast.engage(cast.players(province), password)
        Teams(book, names, random, calendar.today).found(province)
        taught = Classes(province, book, names, random, calendar, users)
        taught.teach(size=size)
        Activities(province, book, random, calendar, taught.area_on, users).happen(size=size)
        registers.keep_models(province, book, random, calendar.today, size=size)
        registers.recognise_solutions(province, book, random, calendar.today, size=size)
        written = book.write()
        classes.merge_duplicates(random, size=size)
        mark_campaign()
    return written


def mark_campaign() -> None:
    """Say in the settings, and so on every page, that this is a demonstration."""
    words = wording("organisations")
    settings = CampaignSettings.objects.order_by("pk").first() or CampaignSettings()
    settings.agency_line = settings.agency_line or words["agency_line"]
    settings.theme_of_the_year = settings.theme_of_the_year or words["theme"]
    settings.is_demo = settings.keeps_sensitive_traits = True
    settings.save()
    CampaignSettings.forget()


@transaction.atomic
def clear() -> None:
    """Take the demonstration away. Official units and the vocabulary stay."""
    with written_in_bulk():
        for field in (TrainingClass.co_organisers, TrainingClass.other_topics,
                      Activity.co_organisers, Activity.teams_trained, Activity.audiences):  # fmt: skip
            field.through._base_manager.all()._raw_delete(using="default")
        for label in EMPTIED:
            apps.get_model(label)._base_manager.all()._raw_delete(using="default")
        User.objects.filter(is_demo=True).delete()
        mine = Unit.unscoped.filter(is_demo=True)
        for level in (Unit.Level.HAMLET, Unit.Level.ORGANISATION, Unit.Level.DEPARTMENT):
            mine.filter(level=level).delete()
        CampaignSettings.objects.filter(is_demo=True).delete()
        CampaignSettings.forget()
