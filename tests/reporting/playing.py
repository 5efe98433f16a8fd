"""Demonstrations that are built once for a module, and figures as their leaders read them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import transaction

from accounts.access import Access
from accounts.models import Posting
from campaign.periods import Kind, Period
from reporting.figures import figures
from reporting.lens import OWNER
from reporting.phrases import Frame, Live, render
from reporting.phrases.narrative import DEFAULTS
from units.models import Unit

YEAR_2025 = Period.of(Kind.YEAR, 2025)
PASSWORD = "mot-mat-khau-minh-hoa"


@contextmanager
def kept(blocker: Any) -> Iterator[None]:
    """Rows that stay for the tests of a module and are rolled back after them."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def demo(*args: str, **options: Any) -> str:
    """What the command says."""
    out = StringIO()
    call_command("demo", *args, stdout=out, **options)
    return out.getvalue()


def unit(code: str, level: str = Unit.Level.COMMUNE) -> Unit:
    """The unit that has an official code since 1 July 2025."""
    return Unit.unscoped.get(code=code, level=level, code_system=Unit.CodeSystem.QD19_2025)


def province(code: str) -> Unit:
    """The province with that code."""
    return unit(code, Unit.Level.PROVINCE)


def leader(root: Unit) -> Access:
    """The access of whoever leads a province of the demonstration."""
    posting = Posting.unscoped.filter(unit=root, role=Posting.Role.PROVINCIAL_LEADER).first()
    assert posting is not None
    return Access.of(posting.user)


def number(
    code: str, where: Unit, period: Period = YEAR_2025, axis: str = "owner", **only: Any
) -> Any:
    """One figure, as the leader of its province reads it."""
    root = Unit.unscoped.get(pk=where.ancestor_ids[0])
    found = figures(
        [code], axis=axis, units=[where], period=period, access=leader(root), where=only or None
    )
    return found[where.pk][code].value


def told(code: str, where: Unit, period: Period = YEAR_2025) -> tuple[str, str]:
    """One sentence for briefs in Vietnamese and English, as the leader of the province reads it."""
    frame = Frame.of(where, period, OWNER)
    live = Live(leader(Unit.unscoped.get(pk=where.ancestor_ids[0])))
    (texts,) = [one.texts for one in DEFAULTS if one.code == f"brief_{code}"]
    found = {name: render([texts[name]], frame, live, name) for name in ("vi", "en")}
    return "".join(p.text for p in found["vi"]), "".join(p.text for p in found["en"])


def below(root: Unit, lookup: str = "unit") -> dict[str, str]:
    """The condition that a record belongs to a subtree."""
    return {f"{lookup}__path__gte": root.path, f"{lookup}__path__lt": root.path_end}
