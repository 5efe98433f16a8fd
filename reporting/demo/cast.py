"""The people everybody signs in as: Hoa, Bảo, Sơn, Tú, Minh, Nga, Hạnh, Lan, Quân, Thảo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import make_password

from accounts.models import Posting, User
from reporting.demo.land import REARRANGED_ON, Land
from reporting.demo.wording import wording
from units.models import Unit


@dataclass(frozen=True)
class Player:
    """Somebody of the cast: who, in which role, where."""

    username: str
    full_name: str
    role: str
    unit: Unit
    title: str


def players(land: Land) -> list[Player]:
    """The cast with the units they serve in the demonstration province."""
    units = {land.root.code: land.root} | land.bodies
    units |= {area.name: area.commune for area in land.areas}
    units |= {hamlet.short_name: hamlet for hamlet in land.area("Định Hòa").hamlets}
    return [
        Player(one["username"], one["name"], one["role"], units[one["unit"]], one["title"])
        for one in wording("organisations")["cast"]
    ]


def engage(
    cast: Iterable[Player], password: str, *, since: date = REARRANGED_ON
) -> dict[str, User]:
    """Give everybody an account and a posting. The password is hashed once: it is the same."""
    hashed = make_password(password)
    users = {}
    for player in cast:
        user = User(
            username=player.username,
            full_name=player.full_name,
            password=hashed,
            is_demo=True,
            must_change_password=False,
        )
        user.set_keys()
        user.save(force_insert=True)
        Posting.unscoped.create(
            user=user, unit=player.unit, role=player.role, starts_on=since, title=player.title
        )
        users[player.username] = user
    return users
