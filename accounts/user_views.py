"""The accounts of others: list, one account, postings, closing and opening again."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import django_filters
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import services
from accounts.models import Posting, User
from accounts.user_forms import ClosingForm, EndPostingForm, PersonForm, PostingForm
from campaign.portal import history
from campaign.portal.access import PortalRequest
from campaign.portal.filters import ScopedFilterSet, SearchFilter
from campaign.portal.lists import Column, ListPage
from campaign.portal.pages import AlreadySent, claim_submission, get_scoped
from campaign.portal.rules import rule
from units.fields import UnitFilter


class UserFilters(ScopedFilterSet):
    """Search, role, unit with everything below it, and the state of the account."""

    q = SearchFilter(label=gettext_lazy("Name, user name or phone"))
    role = django_filters.ChoiceFilter(
        label=gettext_lazy("Role"),
        method="with_role",
        choices=Posting.Role.choices,
        empty_label=gettext_lazy("All"),
    )
    unit = UnitFilter(method="in_unit", label=gettext_lazy("Unit"))
    status = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        method="with_status",
        empty_label=gettext_lazy("All"),
        choices=[
            ("active", gettext_lazy("Active")),
            ("closed", gettext_lazy("Closed")),
            ("waiting", gettext_lazy("One-time password not used yet")),
            ("unposted", gettext_lazy("Without a posting in force")),
        ],
    )

    class Meta:
        model = User
        fields: list[str] = []

    def posted(self, **which: Any) -> Exists:
        """Accounts that hold such a posting today."""
        today = Posting.objects.within(self.access.manage).in_force()
        return Exists(today.filter(user=OuterRef("pk"), **which))

    def with_role(self, qs: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """People who serve in the role today."""
        return qs.filter(self.posted(role=value))

    def in_unit(self, qs: QuerySet[User], name: str, value: Any) -> QuerySet[User]:
        """People who serve the unit, or one below it, today."""
        if value is None:
            return qs
        return qs.filter(self.posted(unit__path__gte=value.path, unit__path__lt=value.path_end))

    def with_status(self, qs: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Accounts in a state."""
        if value == "waiting":
            return qs.filter(is_active=True, must_change_password=True)
        if value == "unposted":
            return qs.filter(is_active=True).exclude(self.posted())
        return qs.filter(is_active=value == "active")


def roles_of(user: User) -> str:
    """The roles somebody holds today."""
    return ", ".join(dict.fromkeys(p.get_role_display() for p in user.current_postings))  # type: ignore[attr-defined]


def units_of(user: User) -> str:
    """The units somebody serves today."""
    return ", ".join(dict.fromkeys(p.unit.name for p in user.current_postings))  # type: ignore[attr-defined]


def state_of(user: User) -> str:
    """The state of an account in a word."""
    if not user.is_active:
        return _("Closed")
    return _("One-time password") if user.must_change_password else _("Active")


class UserList(ListPage):
    """Accounts the person keeps."""

    access_rule = "users"
    model = User  # type: ignore[assignment]
    filters = UserFilters
    template = "users/list.html"
    row_template = "users/_row.html"
    title = gettext_lazy("Accounts")
    noun = gettext_lazy("accounts")
    default_sort = "name"
    file_slug = "tai-khoan"
    columns = [
        Column(
            "name",
            gettext_lazy("Full name"),
            lambda u: u.full_name,
            sort=("sort_key",),
            width=28,
            is_name=True,
        ),
        Column("username", gettext_lazy("User name"), lambda u: u.username, "code", ("username",)),
        Column("role", gettext_lazy("Role"), roles_of, width=26),
        Column("unit", gettext_lazy("Unit"), units_of, width=34),
        Column("phone", gettext_lazy("Phone"), lambda u: u.phone, "phone", width=14),
        Column("email", gettext_lazy("E-mail"), lambda u: u.email, on_screen=False, width=28),
        Column("state", gettext_lazy("State"), state_of),
        Column(
            "seen",
            gettext_lazy("Last sign-in"),
            lambda u: timezone.localtime(u.last_login).date() if u.last_login else None,
            "date",
            ("last_login",),
        ),
    ]

    def rows(self) -> models.QuerySet[Any]:
        held = Posting.objects.within(self.access.manage).in_force()
        current = held.select_related("unit").order_by("pk")
        return services.accounts_kept_by(self.access).prefetch_related(
            Prefetch("postings", queryset=current, to_attr="current_postings")
        )

    def totals(self, queryset: models.QuerySet[Any]) -> list[tuple[Any, int]]:
        return [
            (_("active accounts"), queryset.filter(is_active=True).count()),
            (_("closed"), queryset.filter(is_active=False).count()),
        ]

    def url_of(self, record: User) -> str:
        return reverse("users:edit", args=[record.pk])

    edit_url_of = url_of

    def more_context(self, page: Any) -> dict[str, Any]:
        for user in page:
            user.roles, user.units, user.state = roles_of(user), units_of(user), state_of(user)
        return {}


def _account(request: PortalRequest, pk: int) -> User:
    """The account, locked, if the person keeps it."""
    kept = services.accounts_kept_by(request.access)
    return get_scoped(kept.select_for_update(of=("self",)), pk=pk)


def _crumbs(label: str) -> list[tuple[str, str]]:
    return [(_("Accounts"), reverse("users:list")), (label, "")]


def _password_page(request: PortalRequest, user: User, password: str) -> HttpResponse:
    """The only time a one-time password is seen."""
    response = render(
        request,
        "users/password.html",
        {"account": user, "password": password, "crumbs": _crumbs(user.full_name)},
    )
    response["Cache-Control"] = "private, no-store"
    return response


@rule("users")
@transaction.atomic
def new(request: PortalRequest) -> HttpResponse:
    """Make one account with its first posting."""
    person = PersonForm(request.POST or None, access=request.access)
    posting = PostingForm(request.POST or None, access=request.access)
    if request.method == "POST" and all([person.is_valid(), posting.is_valid()]):
        try:
            claim_submission(request.POST.get("submission") or None, request.access)
        except (AlreadySent, ValidationError):
            return redirect("users:list")
        wanted = services.NewAccount(**person.cleaned_data, **posting.cleaned_data)
        user, password = services.create_account(wanted, access=request.access)
        return _password_page(request, user, password)
    context = {
        "holder": person,
        "posting": posting,
        "crumbs": _crumbs(_("Add an account")),
        "submission": str(uuid4()),
    }
    is_wrong = request.method == "POST"
    return render(request, "users/new.html", context, status=422 if is_wrong else 200)


def _page(request: PortalRequest, user: User, **forms: Any) -> HttpResponse:
    """One account: the person, postings, state, history."""
    access = request.access
    postings = user.postings.select_related("unit__parent").order_by("-starts_on", "-pk")
    context = {
        "account": user,
        "state": state_of(user),
        "postings": list(postings),
        "is_own": user.pk == access.user.pk,
        "holder": forms.get("person") or PersonForm(access=access, user=user),
        "posting": forms.get("posting") or PostingForm(access=access),
        "ending": forms.get("ending") or EndPostingForm(access=access),
        "entries": [
            {"entry": entry, "changes": history.in_words(entry)}
            for entry in history.history_of(user)[:30]
        ],
        "crumbs": _crumbs(user.full_name),
    }
    return render(request, "users/edit.html", context, status=422 if forms else 200)


@rule("users")
@transaction.atomic
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    """Who the person is; the page of one account."""
    user = _account(request, pk)
    if request.method != "POST":
        return _page(request, user)
    person = PersonForm(request.POST, access=request.access, user=user)
    if not person.is_valid():
        return _page(request, user, person=person)
    before = history.snapshot(user, services.PERSON_FIELDS)
    for name, value in person.cleaned_data.items():
        setattr(user, name, value)
    services.change_person(user, before, access=request.access)
    messages.success(request, _("Saved: %(name)s.") % {"name": user})
    return redirect("users:edit", pk=user.pk)


@rule("users")
@require_POST
@transaction.atomic
def add_posting(request: PortalRequest, pk: int) -> HttpResponse:
    """Post the person to one more unit."""
    user = _account(request, pk)
    form = PostingForm(request.POST, access=request.access)
    if not form.is_valid():
        return _page(request, user, posting=form)
    try:
        services.add_posting(user, access=request.access, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, user, posting=form)
    messages.success(request, _("Posting added. It holds from the next click on."))
    return redirect("users:edit", pk=user.pk)


@rule("users")
@require_POST
@transaction.atomic
def end_posting(request: PortalRequest, pk: int, posting_pk: int) -> HttpResponse:
    """End a posting after a day."""
    user = _account(request, pk)
    mine = Posting.objects.within(request.access.manage).filter(user=user).select_related("unit")
    posting = get_scoped(mine, pk=posting_pk)
    form = EndPostingForm(request.POST, access=request.access)
    if form.is_valid():
        try:
            services.end_posting(
                posting, last_day=form.cleaned_data["last_day"], access=request.access
            )
        except ValidationError as error:
            form.add_error(None, error)
    if form.errors:
        return _page(request, user, ending=form)
    messages.success(request, _("The posting ends as you said."))
    return redirect("users:edit", pk=user.pk)


@rule("users")
@transaction.atomic
def deactivate(request: PortalRequest, pk: int) -> HttpResponse:
    """Close an account, with a reason."""
    user = _account(request, pk)
    form = ClosingForm(request.POST or None, access=request.access)
    if user.is_active and request.method == "POST" and form.is_valid():
        try:
            services.deactivate(user, reason=form.cleaned_data["reason"], access=request.access)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("%(name)s is signed out everywhere.") % {"name": user})
            return redirect("users:edit", pk=user.pk)
    if not user.is_active:
        return redirect("users:edit", pk=user.pk)
    context = {"account": user, "form": form, "crumbs": _crumbs(user.full_name)}
    return render(request, "users/deactivate.html", context, status=422 if form.errors else 200)


@rule("users")
@require_POST
@never_cache
@transaction.atomic
def reactivate(request: PortalRequest, pk: int) -> HttpResponse:
    """Open an account again, with a one-time password."""
    user = _account(request, pk)
    if user.is_active:
        return redirect("users:edit", pk=user.pk)
    return _password_page(request, user, services.reactivate(user, access=request.access))


@rule("users")
@require_POST
@never_cache
@transaction.atomic
def reset(request: PortalRequest, pk: int) -> HttpResponse:
    """Give a one-time password to somebody who forgot theirs."""
    user = _account(request, pk)
    if not user.is_active or user.pk == request.access.user.pk:
        messages.error(request, _("Not for a closed account, nor for your own."))
        return redirect("users:edit", pk=user.pk)
    return _password_page(request, user, services.reset_password(user, access=request.access))
