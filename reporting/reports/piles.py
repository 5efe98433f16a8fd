"""Reports that wait for somebody: the piles of "my work", and the conditions of the list."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from reporting.models import Report

State = Report.State
SOON = timedelta(days=7)
BEGUN = (State.OPEN, State.DRAFT)


def in_pile(name: str, now: datetime) -> Q:
    """The condition of one pile."""
    return {
        "overdue": Q(state__in=BEGUN, due_at__lt=now),
        "due": Q(due_at__gte=now)
        & (Q(state=State.DRAFT) | Q(state=State.OPEN, due_at__lt=now + SOON)),
        "returned": Q(state=State.RETURNED),
        "to_sign": Q(state=State.PROPOSED),
        "to_review": Q(state=State.SUBMITTED),
        "done": Q(state__in=Report.FROZEN),
    }[name]
