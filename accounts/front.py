"""What the sign-in page says of the campaign: three public counts, computed from the register."""

from __future__ import annotations

from django.core.cache import cache
from django.utils import timezone

from units.models import CommunityTeam, TeamMember, Unit

KEY = "front-counts"
KEPT_FOR = 600  # seconds


def front_counts() -> dict[str, int]:
    """Communes in force, active teams and serving members today: totals of the province only."""
    found = cache.get(KEY)
    if found is None:
        today = timezone.localdate()
        found = {
            "communes": Unit.unscoped.in_force(today).communes().count(),
            "teams": CommunityTeam.unscoped.active_on(today).count(),
            "members": TeamMember.unscoped.serving_on(today).count(),
        }
        cache.set(KEY, found, KEPT_FOR)
    return found
