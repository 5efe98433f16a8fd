"""What can happen to an account: made, changed, posted, closed, opened again. Each is logged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authtoken.models import Token

from accounts.models import Posting, User
from accounts.passwords import one_time_password
from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access
from campaign.text import fold
from units.models import Unit

PERSON_FIELDS = ("full_name", "username", "phone", "email", "language")
Action = ChangeEntry.Action


def accounts_kept_by(access: Access) -> QuerySet[User]:
    """Accounts somebody keeps: posted inside the manage scope, or posted nowhere yet.

    Who serves outside the scope today is kept there: a new password would open that access too.
    Superusers are kept by superusers.
    """
    postings = Posting.unscoped.filter(user=OuterRef("pk"))
    mine = Posting.objects.within(access.manage).filter(user=OuterRef("pk"))
    elsewhere = postings.in_force().exclude(access.manage.q("unit__path"))
    kept = User.objects.filter(Q(Exists(mine)) | ~Q(Exists(postings))).exclude(Exists(elsewhere))
    is_superuser = access.user is not None and access.user.is_superuser
    return kept if is_superuser else kept.filter(is_superuser=False)


def name_for(full_name: str, taken: Iterable[str]) -> str:
    """A user name from a person's name, not taken yet: Tran Thi My Hanh is hanh.ttm."""
    words = fold(full_name).split()
    if not words:
        return ""
    base = words[-1] + ("." + "".join(word[0] for word in words[:-1]) if words[:-1] else "")
    base, number, name = base[:50], 1, base[:50]
    taken = set(taken)
    while name in taken or len(name) < 3:
        number += 1
        name = f"{base}{number}"
    return name


@dataclass(frozen=True)
class NewAccount:
    """What is needed to make one account with its first posting."""

    full_name: str
    username: str
    unit: Unit
    role: str
    phone: str = ""
    email: str = ""
    title: str = ""
    starts_on: date | None = None


@transaction.atomic
def create_account(wanted: NewAccount, *, access: Access, door: str = "form") -> tuple[User, str]:
    """Make an account with a one-time password, which is returned and never stored in clear."""
    password = one_time_password()
    user = User(
        username=wanted.username,
        full_name=wanted.full_name,
        phone=wanted.phone,
        email=wanted.email,
        must_change_password=True,
    )
    user.set_password(password)
    user.set_keys()
    user.full_clean()
    user.save()
    changes = history.differences({}, history.snapshot(user, PERSON_FIELDS))
    history.record_change(user, Action.CREATED, access=access, changes=changes, door=door)
    add_posting(
        user,
        unit=wanted.unit,
        role=wanted.role,
        title=wanted.title,
        starts_on=wanted.starts_on or timezone.localdate(),
        access=access,
        door=door,
    )
    return user, password


def change_person(user: User, before: dict[str, Any], *, access: Access) -> None:
    """Store who the person is."""
    user.set_keys()
    user.save()
    changes = history.differences(before, history.snapshot(user, PERSON_FIELDS))
    if changes:
        history.record_change(user, Action.CHANGED, access=access, changes=changes)


def in_words(posting: Posting) -> str:
    """A posting as the log keeps it."""
    until = f"–{posting.ends_on:%d/%m/%Y}" if posting.ends_on else ""
    return f"{posting.role}, {posting.unit.name}, {posting.starts_on:%d/%m/%Y}{until}"


def add_posting(
    user: User,
    *,
    unit: Unit,
    role: str,
    title: str,
    starts_on: date,
    access: Access,
    door: str = "form",
) -> Posting:
    """Post a person to a unit in a role from a day."""
    posting = Posting(user=user, unit=unit, role=role, title=title, starts_on=starts_on)
    posting.full_clean()
    same = Posting.unscoped.filter(user=user, unit=unit, role=role)
    if same.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on)).exists():
        raise ValidationError(_("The person already serves this unit in this role."), code="same")
    posting.save()
    history.record_change(
        user,
        Action.CHANGED,
        access=access,
        door=door,
        changes={"postings": [None, in_words(posting)]},
    )
    return posting


@transaction.atomic
def end_posting(posting: Posting, *, last_day: date, access: Access) -> None:
    """End a posting after a day. One that would never have been in force is taken away."""
    if posting.user_id == access.user.pk and last_day < timezone.localdate():
        raise ValidationError(_("You cannot take your own access away at once."), code="own")
    before = in_words(posting)
    if last_day < posting.starts_on:
        after = None
        posting.delete()
    else:
        posting.ends_on = last_day
        posting.full_clean()
        posting.save()
        after = in_words(posting)
    history.record_change(
        posting.user, Action.CHANGED, access=access, changes={"postings": [before, after]}
    )


def yesterday() -> date:
    """The last day of access for somebody whose access ends at once."""
    return timezone.localdate() - timedelta(days=1)


def _give_one_time_password(user: User) -> str:
    """A new password hash ends every session of the person; tokens are withdrawn."""
    password = one_time_password()
    user.set_password(password)
    user.must_change_password = True
    Token.objects.filter(user=user).delete()
    return password


@transaction.atomic
def reset_password(user: User, *, access: Access) -> str:
    """Give a one-time password; sessions and tokens of the account end."""
    password = _give_one_time_password(user)
    user.save(update_fields=["password", "must_change_password"])
    history.record_change(user, Action.CHANGED, access=access, reason=_("One-time password given"))
    return password


@transaction.atomic
def deactivate(user: User, *, reason: str, access: Access) -> None:
    """Close an account: it is out at its next request. Its records keep its name."""
    if user.pk == access.user.pk:
        raise ValidationError(_("You cannot close your own account."), code="own")
    user.is_active = False
    user.save(update_fields=["is_active"])
    Token.objects.filter(user=user).delete()
    history.record_change(
        user, Action.CANCELLED, access=access, reason=reason, changes={"is_active": [True, False]}
    )


@transaction.atomic
def reactivate(user: User, *, access: Access) -> str:
    """Open an account again, with a one-time password: old sessions stay dead."""
    password = _give_one_time_password(user)
    user.is_active = True
    user.save(update_fields=["is_active", "password", "must_change_password"])
    history.record_change(
        user, Action.RESTORED, access=access, changes={"is_active": [False, True]}
    )
    return password
