"""Reports that wait for somebody: the piles of "my work", and the conditions of the list."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, DateTimeField, F, IntegerField, Q, QuerySet, Value, When

from campaign.portal.access import Access
from reporting.models import Report

State = Report.State
SOON = timedelta(days=7)
BEGUN = (State.OPEN, State.DRAFT)


def in_pile(name: str, now: datetime) -> Q:
    """The condition of one pile."""
    return {
        "overdue": Q(state__in=BEGUN, due_at__lt=now),
        "due": Q(due_at__gte=now)
        & (
            Q(state=State.DRAFT)
            | Q(state=State.OPEN, due_at__lt=now + SOON)
            | Q(state=State.OPEN, cycle__template__is_request=True)
        ),
        "returned": Q(state=State.RETURNED),
        "to_sign": Q(state=State.PROPOSED),
        "to_review": Q(state=State.SUBMITTED),
        "done": Q(state__in=Report.FROZEN),
    }[name]


def by_urgency(rows: QuerySet[Any], access: Access, now: datetime) -> QuerySet[Any]:
    """Reports in the order in which they ask for something, beginning with what the reader decides.

    Within a pile the earliest deadline is first; what is done follows, the latest first, and
    reports of periods that are still far from due stand last.
    """
    names = ["overdue", "returned", "to_sign", "to_review", "due"]
    own = "to_review" if access.review else "to_sign" if access.sign else ""
    order = [own, *(name for name in names if name != own)] if own else names
    ranks = [When(in_pile(name, now), then=Value(rank)) for rank, name in enumerate(order)]
    done = When(in_pile("done", now), then=Value(len(order)))
    return rows.annotate(
        urgency=Case(
            *ranks, done, default=Value(len(order) + 1), output_field=IntegerField()
        ),
        waits_until=Case(
            When(in_pile("done", now), then=None), default=F("due_at"),
            output_field=DateTimeField(),
        ),
    ).order_by("urgency", "waits_until", "-due_at", "unit__sort_key", "pk")  # fmt: skip
