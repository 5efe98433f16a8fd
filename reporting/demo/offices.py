"""An officer and a leader in every commune and department: who reports, and who signs."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from django.contrib.auth.hashers import make_password

from accounts.models import Posting, User
from accounts.services import name_for
from reporting.demo.land import REARRANGED_ON
from reporting.demo.names import Names
from reporting.demo.wording import wording
from units.models import Unit

Role = Posting.Role

#: (role, its title in the words of the demonstration) of whoever reports, and whoever signs
OFFICES = {
    Unit.Level.COMMUNE: (
        (Role.COMMUNE_OFFICER, "officer_title"), (Role.COMMUNE_LEADER, "leader_title"),
    ),
    Unit.Level.DEPARTMENT: (
        (Role.DEPARTMENT_OFFICER, "department_officer_title"),
        (Role.DEPARTMENT_HEAD, "department_leader_title"),
    ),
}  # fmt: skip


class Offices:
    """Who serves which unit in which role."""

    def __init__(self, units: Iterable[Unit], names: Names, random: Random) -> None:
        self.units, self.names, self.random = list(units), names, random
        self.people: dict[tuple[int, str], User] = {
            (posting.unit_id, posting.role): posting.user
            for posting in Posting.unscoped.in_force().select_related("user").order_by("-pk")
        }
        self._fill()

    def officer(self, unit: Unit) -> User:
        """Who enters the unit's report."""
        return self.people[unit.pk, OFFICES[Unit.Level(unit.level)][0][0]]

    def leader(self, unit: Unit) -> User:
        """Who signs it."""
        return self.people[unit.pk, OFFICES[Unit.Level(unit.level)][1][0]]

    def _fill(self) -> None:
        words, taken = wording("reports"), set(User.objects.values_list("username", flat=True))
        nobody = make_password(None)
        users, postings = [], []
        for unit in self.units:
            for role, title in OFFICES[Unit.Level(unit.level)]:
                if (unit.pk, role) in self.people:
                    continue
                name = self.names.person(self.random.choice("fm"))
                username = name_for(name, taken)
                taken.add(username)
                user = User(
                    username=username, full_name=name, password=nobody, is_demo=True,
                    phone=self.names.phone(),
                )  # fmt: skip
                user.set_keys()
                users.append(user)
                self.people[unit.pk, role] = user
                postings.append(
                    Posting(
                        user=user, unit=unit, role=role, title=words[title],
                        starts_on=REARRANGED_ON,
                    )
                )  # fmt: skip
        User.objects.bulk_create(users, batch_size=500)
        Posting.unscoped.bulk_create(postings, batch_size=500)
