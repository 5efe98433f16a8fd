"""Leaks planted on purpose: each takes one protection away, as real systems have lost theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from unittest.mock import patch

from django.core.cache import cache
from django.db import models
from django.db.models.sql.where import WhereNode
from django.http import HttpResponse
from rest_framework.views import APIView

from accounts import middleware
from accounts.access import Access
from accounts.models import User
from activities.models import Activity, Evidence, ExemplaryModel, Solution
from campaign.models import ChangeEntry, Draft, Job
from campaign.portal import desk, forms, history, lists, pages
from campaign.portal.api import ApiMixin, ScopedReadViewSet
from campaign.portal.scope import Scope, ScopedModel, ScopedQuerySet
from classes.models import ClassSession, Participant, TrainingClass
from reporting.models import Amendment, CompiledReport, Report, Snapshot, Target
from units.models import CommunityTeam, Unit, UnitProfile, UnitQuerySet


@dataclass(frozen=True)
class Plant:
    """One protection taken away, and where the walk must notice."""

    name: str
    leak: Callable[[], Any]
    names: tuple[str, ...]
    visitors: tuple[str, ...] = ("officer",)
    #: read, write (forms) or sweep (methods)
    by: str = "read"


@contextmanager
def swapped(*changes: tuple[Any, str, Any]) -> Iterator[None]:
    """Replace attributes for a while."""
    cache.clear()
    with ExitStack() as stack:
        for holder, name, value in changes:
            stack.enter_context(patch.object(holder, name, value))
        yield
    cache.clear()


def within_forgotten(model: type[models.Model]) -> Callable[[], Any]:
    """``Model.objects.within(scope)`` hands out every row."""
    real = ScopedQuerySet.within

    def within(self: Any, scope: Scope) -> Any:
        if self.model is not model:
            return real(self, scope)
        found = self.all()
        found._is_scoped = True
        return found

    return lambda: swapped((ScopedQuerySet, "within", within))


def everything(queryset: Any) -> Any:
    """Every row, counted as scoped."""
    found = queryset.all()
    found._is_scoped = True
    return found


def bare(queryset: Any) -> Any:
    """The same rows with the same columns, but of everybody."""
    found = queryset.all()
    found.query.where = WhereNode()
    found._is_scoped = True
    return found


def get_unscoped(queryset: Any, **lookup: Any) -> Any:
    """The row by its id alone."""
    return pages.get_scoped(bare(queryset), **lookup)


def get_with_side_effect(queryset: Any, **lookup: Any) -> Any:
    """A look that leaves a mark."""
    found = pages.get_scoped(queryset, **lookup)
    type(found).unscoped.filter(pk=found.pk).update(version=models.F("version") + 1)
    return found


def get_or_tell(queryset: Any, **lookup: Any) -> Any:
    """403 for what exists elsewhere, 404 for what does not."""
    from django.core.exceptions import PermissionDenied

    if queryset.model.unscoped.filter(**lookup).exists() and not queryset.filter(**lookup).exists():
        raise PermissionDenied
    return pages.get_scoped(queryset, **lookup)


def talkative_404(request: Any, exception: Any = None) -> HttpResponse:
    """A 404 page that knows more than it should."""
    pk = next((int(part) for part in request.path.split("/") if part.isdecimal()), 0)
    there = CommunityTeam.unscoped.filter(pk=pk).exists()
    return HttpResponse("not yours" if there else "nothing here", status=404)


def keep_open(form: Any, access: Any, scopes: Any) -> None:
    """Every related field offers every row."""
    real_keep(form, access, scopes)
    for field in form.fields.values():
        queryset = getattr(field, "queryset", None)
        if queryset is not None and issubclass(queryset.model, ScopedModel):
            field.queryset = queryset.model.unscoped.all()
            if hasattr(field, "short_list"):
                field.short_list = [(unit.pk, unit.name) for unit in field.queryset]


real_keep = forms.keep_in_scope


class OthersDrafts:
    """Drafts of anybody, but not one's own."""

    class objects:
        @staticmethod
        def filter(by: Any, form: str) -> Any:
            return Draft.objects.filter(form=form).exclude(by=by)


class AllJobs:
    """Files of everybody."""

    Status = Job.Status

    class objects:
        @staticmethod
        def filter(by: Any, **lookup: Any) -> Any:
            return Job.objects.filter(**lookup)


def rows_of_all(page: type[Any]) -> Callable[[Any], Any]:
    """A list that forgets the scope."""
    rows = page.rows
    return lambda self: bare(rows(self))


def open_class_modules() -> list[tuple[Any, str, Any]]:
    return [(import_module("classes.views.detail"), "knows_people", lambda access, found: True)]


def plain_initial(self: Any, request: Any, *args: Any, **kwargs: Any) -> None:
    """The API forgets its rule and the one-time password."""
    APIView.initial(self, request, *args, **kwargs)


def plants() -> list[Plant]:
    """All of them."""
    from accounts import services
    from activities.views import activities as activity_views
    from activities.views import evidence as evidence_views
    from activities.views import models as model_views
    from activities.views import solutions as solution_views
    from campaign import urls
    from classes import participant_views
    from reporting import views as reporting_views
    from reporting.targets import views as target_views
    from units import team_views
    from units import views as unit_views

    class_detail = import_module("classes.views.detail")  # the package exports views of that name
    class_entry = import_module("classes.views.entry")
    class_lists = import_module("classes.views.lists")
    phone = lists.Column(
        "secret",
        "x",
        lambda row: " ".join(row.enrolments.values_list("participant__full_name", flat=True)),
        on_screen=False,
    )
    scoped = [
        ("units", Unit, ("unit_dashboard",), ("officer",)),
        ("profiles", UnitProfile, ("units:edit_profile",), ("officer",)),
        ("teams", CommunityTeam, ("teams:list", "teams:detail"), ("officer",)),
        ("classes", TrainingClass, ("classes:list", "classes:detail"), ("officer",)),
        ("sessions", ClassSession, ("classes:session",), ("officer",)),
        ("people", Participant, ("participants:detail",), ("officer",)),
        ("activities", Activity, ("activities:list", "activities:detail"), ("officer",)),
        ("evidence", Evidence, ("activities:evidence_file",), ("officer",)),
        ("models", ExemplaryModel, ("activities:models", "activities:model"), ("department",)),
        ("solutions", Solution, ("activities:solutions", "activities:solution"), ("officer",)),
        ("reports", Report, ("reports:detail", "reports:list"), ("officer",)),
        ("snapshots", Snapshot, ("snapshots:detail",), ("officer",)),
        ("targets", Target, ("targets:list", "targets:detail"), ("officer",)),
        ("compiled reports", CompiledReport, ("compiled:detail",), ("province",)),
        ("amendments", Amendment, ("amendments:list",), ("officer",)),
    ]
    found = [
        Plant(f"{word} are read without their scope", within_forgotten(model), names, visitors)
        for word, model, names, visitors in scoped
    ]
    one = [
        (
            "the register lists everything",
            [(UnitQuerySet, "listed", lambda self, access: everything(self))],
            ("units:list", "units:suggest"),
            ("officer",),
        ),
        (
            "suggestions forget who asks",
            [
                (
                    unit_views,
                    "units_to_choose",
                    lambda *a, **k: Unit.unscoped.select_related("parent"),
                )
            ],
            ("units:suggest",),
            ("officer",),
        ),
        (
            "class pages fetch by id alone",
            [(class_detail, "get_scoped", get_unscoped)],
            ("classes:detail",),
            ("officer",),
        ),
        (
            "team pages fetch by id alone",
            [(team_views, "get_scoped", get_unscoped)],
            ("teams:detail",),
            ("officer",),
        ),
        (
            "people's pages fetch by id alone",
            [(participant_views, "get_scoped", get_unscoped)],
            ("participants:detail",),
            ("officer",),
        ),
        (
            "activity pages fetch by id alone",
            [(activity_views, "get_scoped", get_unscoped)],
            ("activities:detail",),
            ("officer",),
        ),
        (
            "evidence is handed out by id alone",
            [(evidence_views, "get_scoped", get_unscoped)],
            ("activities:evidence_file",),
            ("officer",),
        ),
        (
            "solution pages fetch by id alone",
            [(solution_views, "get_scoped", get_unscoped)],
            ("activities:solution",),
            ("officer",),
        ),
        (
            "the roster is shown to whoever sees the place",
            open_class_modules(),
            ("classes:detail",),
            ("officer", "province"),
        ),
        (
            "every viewer knows people",
            [
                (Access, "people", property(lambda self: Scope("people", self.view.paths))),
                (Access, "may", lambda self, rule: self.user is not None),
            ],
            ("participants:detail", "classes:people"),
            ("province",),
        ),
        (
            "files are handed out to anybody",
            [
                (desk, "_own", lambda request, key: Job.objects.get(key=key)),
                (desk.jobs, "may_still_have", lambda job, access: True),
            ],
            ("export", "export_file"),
            ("officer",),
        ),
        ("the list of files is everybody's", [(desk, "Job", AllJobs)], ("exports",), ("officer",)),
        (
            "drafts are everybody's",
            [(pages, "Draft", OthersDrafts)],
            ("classes:new",),
            ("officer",),
        ),
        (
            "the API forgets its scope",
            [(ScopedReadViewSet, "get_queryset", lambda self: self.model.unscoped.all())],
            ("communityteam-list", "trainingclass-detail", "activity-detail"),
            ("token",),
        ),
        (
            "the API forgets the one-time password",
            [(ApiMixin, "initial", plain_initial)],
            ("unit-list",),
            ("newcomer",),
        ),
        (
            "no view is held to its rule",
            [(middleware, "rule_of", lambda view: "public")],
            ("users:list", "changes"),
            ("officer",),
        ),
        (
            "forms offer every row",
            [(forms, "keep_in_scope", keep_open)],
            ("activities:edit",),
            ("officer",),
        ),
        (
            "accounts of all provinces are kept",
            [(services, "accounts_kept_by", lambda access: User.objects.all())],
            ("users:list", "users:edit"),
            ("system",),
        ),
        (
            "the log of changes is everybody's",
            [
                (
                    history,
                    "log_for",
                    lambda access, words="": ChangeEntry.objects.select_related("by"),
                )
            ],
            ("changes",),
            ("auditor",),
        ),
        (
            "the log names participants",
            [(history, "veiled", lambda entry, access: entry)],
            ("changes",),
            ("auditor",),
        ),
        (
            "a list forgets its scope",
            [(class_lists.TrainingClassList, "rows", rows_of_all(class_lists.TrainingClassList))],
            ("classes:list",),
            ("officer",),
        ),
        (
            "the kit forgets the scope of lists",
            [(lists.ListPage, "rows", lambda self: self.model.unscoped.all())],
            ("teams:list", "units:list"),
            ("officer",),
        ),
        (
            "a workbook has a column of people the page has not",
            [
                (
                    class_lists.TrainingClassList,
                    "columns",
                    [*class_lists.TrainingClassList.columns, phone],
                )
            ],
            ("classes:list",),
            ("officer",),
        ),
        (
            "a class is copied from others",
            [
                (
                    class_entry.TrainingClassPage,
                    "copied",
                    lambda self: TrainingClass.unscoped.filter(
                        pk=self.request.GET.get("copy") or 0
                    ).first(),
                )
            ],
            ("classes:new",),
            ("officer",),
        ),
        (
            "a dashboard opens for any unit",
            [(reporting_views, "_unit", lambda request, pk: Unit.unscoped.get(pk=pk))],
            ("unit_dashboard", "indicator"),
            ("officer",),
        ),
        (
            "403 tells that it exists",
            [(team_views, "get_scoped", get_or_tell)],
            ("teams:detail",),
            ("officer",),
        ),
        (
            "the 404 page tells that it exists",
            [(urls, "handler404", "tests.access.plants.talkative_404")],
            ("teams:detail",),
            ("officer",),
        ),
        (
            "looking changes the record",
            [(team_views, "get_scoped", get_with_side_effect)],
            ("teams:detail",),
            ("officer",),
        ),
    ]
    found += [
        Plant(name, lambda changes=changes: swapped(*changes), names, visitors)
        for name, changes, names, visitors in one
    ]
    written = [
        (
            "forms accept every row",
            [(forms, "keep_in_scope", keep_open)],
            ("activities:edit", "activities:model_edit", "activities:solution_edit"),
            "write",
        ),
        (
            "models are changed by id alone",
            [(model_views, "get_scoped", get_unscoped)],
            ("activities:model_end", "activities:model_resume"),
            "sweep",
        ),
        (
            "teams are ended by id alone",
            [(team_views, "get_scoped", get_unscoped)],
            ("teams:end",),
            "sweep",
        ),
        (
            "evidence is removed by id alone",
            [(evidence_views, "get_scoped", get_unscoped)],
            ("activities:evidence_remove",),
            "sweep",
        ),
        (
            "targets are taken back by id alone",
            [(target_views, "get_scoped", get_unscoped)],
            ("targets:remove",),
            "sweep",
        ),
    ]
    found += [
        Plant(name, lambda changes=changes: swapped(*changes), names, ("officer",), by)
        for name, changes, names, by in written
    ]
    return found
