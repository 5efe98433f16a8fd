"""Who is responsible for a report: people, by the postings in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Q

from accounts.access import REVIEWS_REPORTS, SIGNS_REPORTS, WRITES_REPORTS
from accounts.models import Posting, User
from campaign.portal.scope import PATH_STEP
from reporting.reminders.stuck import Stuck, Whose

WRITERS = WRITES_REPORTS - SIGNS_REPORTS
EVERY_ROLE = WRITES_REPORTS | SIGNS_REPORTS | REVIEWS_REPORTS


class Responsible:
    """The people of some units, and the focal officers of their provinces: one query."""

    def __init__(self, stuck: Iterable[Stuck], day: date) -> None:
        units = {one.report.unit_id: one.report.unit for one in stuck}
        self.by_unit: dict[int, dict[str, list[User]]] = defaultdict(lambda: defaultdict(list))
        self.focal: dict[str, list[User]] = defaultdict(list)
        provinces = {unit.path[:PATH_STEP] for unit in units.values()}
        wanted = Q(unit__in=units, role__in=EVERY_ROLE) | Q(role__in=REVIEWS_REPORTS)
        postings = (
            Posting.unscoped.in_force(day)
            .filter(wanted, user__is_active=True)
            .select_related("user", "unit")
            .order_by("user__sort_key", "user_id", "pk")
        )
        for posting in postings:
            province = posting.unit.path[:PATH_STEP]
            if posting.role in REVIEWS_REPORTS and province in provinces:
                _add(self.focal[province], posting.user)
            _add(self.by_unit[posting.unit_id][_part(posting.role)], posting.user)

    def of(self, stuck: Stuck) -> Sequence[User]:
        """Whose turn it is; where nobody holds that post, whoever else answers for the unit."""
        unit = stuck.report.unit
        if stuck.whose is Whose.FOCAL:
            return self.focal[unit.path[:PATH_STEP]]
        officers = self.by_unit[unit.pk][Whose.OFFICER]
        leaders = self.by_unit[unit.pk][Whose.LEADER]
        if stuck.whose is Whose.UNIT:
            return list(dict.fromkeys([*officers, *leaders]))
        if stuck.whose is Whose.LEADER:
            return leaders or officers
        return officers or leaders


def _part(role: str) -> Whose:
    return Whose.LEADER if role in SIGNS_REPORTS else Whose.OFFICER


def _add(people: list[User], user: User) -> None:
    if user not in people:
        people.append(user)
