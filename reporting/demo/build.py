"""Builds the demonstration, finds out whether it is there, and takes it away again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from random import Random
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Posting, User
from activities.models import Activity
from campaign.models import CampaignSettings
from classes.models import TrainingClass
from reporting import triggers
from reporting.closing import guard
from reporting.demo import cast, classes, declared, land, registers, targets
from reporting.demo.activities import Activities
from reporting.demo.book import Book
from reporting.demo.calendar import Calendar
from reporting.demo.classes import Classes
from reporting.demo.names import Names
from reporting.demo.reports import Reports
from reporting.demo.scenarios import Scenario
from reporting.demo.stage import Stage
from reporting.demo.teams import Teams
from reporting.demo.wording import wording
from reporting.models import ReportTemplate
from units.loading import load_province
from units.models import CommunityTeam, Unit

PROVINCE = "91"
SEED = "dinh hoa"
#: from this size on all approved reports of the last months are frozen
WHOLE = 0.5

#: rows of these mean that somebody works here in earnest, unless they are marked as demonstration
MARKED = (
    "units.Unit", "units.CommunityTeam", "accounts.User", "classes.TrainingClass",
    "classes.Participant", "activities.Activity", "activities.ExemplaryModel",
    "activities.Solution",
)  # fmt: skip

#: what is emptied before the demonstration is built anew: what refers to others stands first
EMPTIED = (
    "reporting.Reminder", "reporting.Notification",
    "reporting.Amendment", "reporting.AmendmentMark", "reporting.UnlockWindow",
    "reporting.CompiledText", "reporting.CompiledReport", "reporting.PeriodLock",
    "reporting.ReportEvent", "reporting.Snapshot",
    "reporting.ReportComment", "reporting.ReportAnswer", "reporting.ReportText",
    "reporting.Report", "reporting.ReportingCycle",
    "reporting.TemplateQuestion", "reporting.TemplateSection", "reporting.ReportTemplate",
    "classes.Attendance", "classes.Enrolment", "classes.SessionHeadcount", "classes.ClassSession",
    "classes.TrainingClass", "classes.Participant", "activities.Evidence",
    "activities.ActivityHeadcount", "activities.ActivitySite", "activities.Activity",
    "activities.ExemplaryModel", "activities.Solution", "reporting.ExternalRanking",
    "reporting.DeclaredFigure", "reporting.Target",
    "units.TeamMember", "units.CommunityTeam", "units.UnitProfile",
    "campaign.ChangeEntry", "campaign.Submission", "campaign.Draft", "campaign.Job",
)  # fmt: skip


#: many-to-many tables of records
LINKS: tuple[Any, ...] = (
    TrainingClass.co_organisers,
    TrainingClass.other_topics,
    Activity.co_organisers,
    Activity.teams_trained,
    Activity.audiences,
    ReportTemplate.units,
)


def is_demonstration() -> bool:
    """Whether the settings say that this database is a demonstration."""
    return CampaignSettings.objects.filter(is_demo=True).exists()


def is_built() -> bool:
    """Whether the demonstration province stands, cast and all."""
    return User.objects.filter(username="hoa", is_demo=True).exists()


def is_used(province: str = PROVINCE) -> bool:
    """Whether a province holds any demonstration records already."""
    root = Unit.unscoped.filter(
        level=Unit.Level.PROVINCE, code=province, code_system=Unit.CodeSystem.QD19_2025
    ).first()
    if root is None:
        return False
    subtree = {"unit__path__gte": root.path, "unit__path__lt": root.path_end, "is_demo": True}
    return any(
        model.unscoped.filter(**subtree).exists()
        for model in (CommunityTeam, TrainingClass, Activity)
    )


def is_played(scenario: Scenario) -> bool:
    """Whether a scenario stands; the large demonstration holds all of An Giang's."""
    if scenario.province == PROVINCE and is_built():
        return True
    return User.objects.filter(username=scenario.name, is_demo=True).exists()


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

    Figures have to be worked out from all records afterwards. Closed periods stand open meanwhile.
    """
    _settle_constraints()
    triggers.remove(connection)
    guard.remove(connection)
    yield
    _settle_constraints()
    triggers.install(connection)
    guard.install(connection)


def _settle_constraints() -> None:
    """Check foreign keys now: PostgreSQL keeps its triggers while checks are waiting."""
    if connection.vendor == "postgresql":
        connection.check_constraints()


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
        declared.declare(province, book, Random(SEED), calendar.today)  # noqa: S311
        plans = targets.plans(book, calendar.today)
        written = book.write()
        written["Target"] = targets.set_targets(province, plans)
        classes.double_people(random, size=size)
        mark_campaign(root)
    return written


@transaction.atomic
def report(*, size: float = 1.0, now: datetime | None = None) -> dict[str, int]:
    """Let units hand in the reports of the last months, once there are figures to report."""
    root = Unit.unscoped.get(
        level=Unit.Level.PROVINCE, code=PROVINCE, code_system=Unit.CodeSystem.QD19_2025
    )
    random = Random(SEED)  # noqa: S311
    return Reports(root, now or timezone.now(), random, is_small=size < WHOLE).write()


@transaction.atomic
def play(scenario: Scenario, password: str) -> dict[str, int]:
    """Set a scenario up on its province; returns how many rows of each table were written."""
    stage = Stage(scenario.name, scenario.province)
    scenario.play(stage)
    written = stage.finish(password)
    mark_campaign(stage.root)
    return written


def mark_campaign(root: Unit) -> None:
    """Say in the settings, and so on every page, that this is a demonstration."""
    words = wording("organisations")
    settings = CampaignSettings.objects.order_by("pk").first() or CampaignSettings()
    line = words["agency_line"].format(province=root.name.upper())
    settings.agency_line = settings.agency_line or line
    settings.theme_of_the_year = words["theme"]
    settings.is_demo = settings.keeps_sensitive_traits = True
    settings.save()
    CampaignSettings.forget()


@transaction.atomic
def clear() -> None:
    """Take the demonstration away. Official units, the vocabulary and real accounts stay."""
    with written_in_bulk():
        for field in LINKS:
            _empty(field.through)
        for label in EMPTIED:
            _empty(apps.get_model(label))
        mine = Unit.unscoped.filter(is_demo=True)
        Posting.unscoped.filter(Q(user__is_demo=True) | Q(unit__in=mine)).delete()
        User.objects.filter(is_demo=True).delete()
        for level in (Unit.Level.HAMLET, Unit.Level.ORGANISATION, Unit.Level.DEPARTMENT):
            mine.filter(level=level).delete()
        CampaignSettings.objects.filter(is_demo=True).delete()
        CampaignSettings.forget()


def _empty(model: Any) -> None:
    model._base_manager.all()._raw_delete(using=connection.alias)
