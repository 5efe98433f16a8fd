"""Figures that are read straight from a register: teams, members, models, solutions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce, Substr

from activities.models import ExemplaryModel, Solution
from campaign.periods import today
from campaign.portal.scope import PATH_STEP, Scope
from reporting.figures.questions import Question, by_length
from reporting.indicators import Kind, indicator
from reporting.models import Axis
from units.models import CommunityTeam, TeamMember, Unit

CODES = ("teams", "team_members", "models", "solutions", "solution_fields")


def day_of(question: Question) -> date:
    """The day a stock is taken: the end of the period, or today while it runs."""
    return min(question.period.end, today())


def records(code: str, question: Question, day: date | None = None) -> QuerySet[Any]:
    """The rows of a register that count, with ``owner`` and ``at``: the paths they count for.

    A stock is taken on ``day``; by itself at the end of the period, or today while it runs.
    """
    day = day or day_of(question)
    if code == "teams":
        rows, owner = CommunityTeam.unscoped.active_on(day), "unit__path"
    elif code == "team_members":
        rows, owner = TeamMember.unscoped.serving_on(day), "team__unit__path"
    elif code == "models":
        running = Q(ended_on__isnull=True) | Q(ended_on__gt=day)
        rows, owner = ExemplaryModel.unscoped.filter(
            running, started_on__lte=day, cancelled_at__isnull=True
        ), "unit__path"  # fmt: skip
    else:
        rows, owner = Solution.unscoped.filter(
            recognised_on__range=(question.period.start, question.period.end),
            cancelled_at__isnull=True,
        ), "unit__path"  # fmt: skip
    at: Any = F(owner)
    if code == "models" and question.axis == Axis.PLACE.value:
        at = Coalesce("place__path", Substr("unit__path", 1, PATH_STEP))
    rows = rows.annotate(owner=F(owner), at=at)
    if question.owners is not None:
        rows = rows.filter(Scope("view", question.owners).q("owner"))
    return rows


def counted(code: str, units: Sequence[Unit], question: Question) -> dict[int, int]:
    """How many rows of a register count for each unit. A stock that is empty is zero."""
    is_stock = indicator(code).kind is Kind.STOCK
    if is_stock and question.period.start > today():
        return {}
    found = {unit.pk: 0 for unit in units} if is_stock else {}
    number = Count("field", distinct=True) if code == "solution_fields" else Count("pk")
    rows = records(code, question).order_by()
    for length, ids in by_length(units):
        heads = rows.annotate(head=Substr("at", 1, length)).values("head")
        for row in heads.annotate(number=number):
            if row["head"] in ids:
                found[ids[row["head"]]] = row["number"]
    return found
