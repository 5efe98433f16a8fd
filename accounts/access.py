"""The only place that turns a person into access: postings in force today become scopes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from accounts.models import Posting, User
from campaign.portal.scope import PATH_STEP, Scope

Role = Posting.Role

#: what each role may do inside the unit it is posted to (docs/architecture.md has the table)
VIEWS = frozenset(Role)
ENTERS = frozenset(
    {
        Role.FOCAL_OFFICER,
        Role.DEPARTMENT_OFFICER,
        Role.DEPARTMENT_HEAD,
        Role.COMMUNE_OFFICER,
        Role.COMMUNE_LEADER,
        Role.TEAM_MEMBER,
    }
)
KNOWS_PEOPLE = ENTERS
WORK_EVERYWHERE = frozenset({Role.FOCAL_OFFICER, Role.DEPARTMENT_OFFICER, Role.DEPARTMENT_HEAD})
KEEPS_UNITS = frozenset({Role.SYSTEM_ADMIN, Role.FOCAL_OFFICER, Role.COMMUNE_OFFICER})
KEEPS_ACCOUNTS = frozenset({Role.SYSTEM_ADMIN})
SEES_PROVINCE = frozenset(
    {Role.SYSTEM_ADMIN, Role.FOCAL_OFFICER, Role.PROVINCIAL_LEADER, Role.AUDITOR}
)
WRITES_REPORTS = ENTERS - {Role.TEAM_MEMBER}
SIGNS_REPORTS = frozenset({Role.COMMUNE_LEADER, Role.DEPARTMENT_HEAD})
REVIEWS_REPORTS = frozenset({Role.FOCAL_OFFICER})
SETS_TARGETS = frozenset({Role.FOCAL_OFFICER})
SETS_TARGETS_BENEATH = frozenset({Role.COMMUNE_OFFICER, Role.COMMUNE_LEADER})
READS_LOG = frozenset({Role.SYSTEM_ADMIN, Role.AUDITOR})


def _roots(paths: Iterable[str]) -> tuple[str, ...]:
    """The outermost of some subtrees, sorted, each once."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not (kept and path.startswith(kept[-1])):
            kept.append(path)
    return tuple(kept)


@dataclass(frozen=True)
class Access:
    """What one person may do right now. Worked out anew for every request and every job."""

    user: User | None = None
    #: (role, path of the unit, path the role sees)
    grants: tuple[tuple[str, str, str], ...] = field(default=())
    #: what the person is, for the page header
    role_label: str = ""
    #: the units the person is posted to, the first posting first
    unit_ids: tuple[int, ...] = field(default=())

    @classmethod
    def of(cls, user: User | None) -> Access:
        """The access of a person today; nobody and the deactivated have none."""
        if user is None or not user.is_authenticated or not user.is_active:
            return NO_ACCESS
        rows = (
            Posting.unscoped.in_force()
            .filter(user=user)
            .select_related("unit__parent")
            .order_by("pk")
        )
        grants = []
        label = ""
        for posting in rows:
            unit = posting.unit
            path = unit.path
            # The focal officer serves a department but sees the province above it.
            wide = unit.parent.path if posting.role in SEES_PROVINCE and unit.parent else path
            grants.append((posting.role, path, wide))
            label = f"{posting.title or posting.get_role_display()} · {unit.short_name}"
        return cls(user, tuple(grants), label, tuple(posting.unit_id for posting in rows))

    def _paths(self, roles: frozenset[Role], *, wide: bool) -> tuple[str, ...]:
        return _roots(grant[2 if wide else 1] for grant in self.grants if grant[0] in roles)

    @cached_property
    def view(self) -> Scope:
        """What the person may see: own subtrees, and what others did on their territory."""
        return Scope("view", self._paths(VIEWS, wide=True), includes_place=True)

    @cached_property
    def edit(self) -> Scope:
        """What the person may change."""
        return Scope("edit", self._paths(ENTERS, wide=False))

    @cached_property
    def people(self) -> Scope:
        """Whose rosters (names, birth years, phones) the person may open."""
        return Scope("people", self._paths(KNOWS_PEOPLE, wide=False))

    @cached_property
    def report(self) -> Scope:
        """Whose reports the person fills: of the own unit."""
        return Scope("report", self._paths(WRITES_REPORTS, wide=False))

    @cached_property
    def sign(self) -> Scope:
        """Whose reports the person submits as the leader of the unit."""
        return Scope("sign", self._paths(SIGNS_REPORTS, wide=False))

    @cached_property
    def review(self) -> Scope:
        """Whose reports the person checks, returns and approves: those of the whole province."""
        return Scope("review", self._paths(REVIEWS_REPORTS, wide=True))

    @cached_property
    def manage(self) -> Scope:
        """Where the person keeps the register of units (hamlets, organisations)."""
        return Scope("manage", self._paths(KEEPS_UNITS, wide=True))

    @cached_property
    def places(self) -> Scope:
        """Where the person's records may have happened: own territory; for departments, all of it."""
        own = self._paths(ENTERS - WORK_EVERYWHERE, wide=False)
        return Scope("places", _roots(own + self._provinces(WORK_EVERYWHERE)))

    @cached_property
    def targets(self) -> Scope:
        """Whose targets the person sets: the focal officer those of the province and of every
        unit in it, a commune those of its hamlets; nobody below the province its own.
        """
        return Scope(
            "targets",
            self._paths(SETS_TARGETS, wide=True),
            beneath=self._paths(SETS_TARGETS_BENEATH, wide=False),
        )

    @cached_property
    def register(self) -> Scope:
        """The province whose register of communes and departments the person may look up."""
        return Scope("register", self._provinces(VIEWS))

    def _provinces(self, roles: frozenset[Role]) -> tuple[str, ...]:
        return _roots(grant[1][:PATH_STEP] for grant in self.grants if grant[0] in roles)

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles the person holds today, anywhere."""
        return frozenset(grant[0] for grant in self.grants)

    def may(self, rule: str) -> bool:
        """Whether the person passes a rule of ``campaign.portal.rules``."""
        if rule == "public":
            return True
        if self.user is None:
            return False
        needs = {
            "signed_in": None,
            "enter": ENTERS,
            "people": KNOWS_PEOPLE,
            "units": KEEPS_UNITS,
            "imports": ENTERS | KEEPS_UNITS,
            "users": KEEPS_ACCOUNTS,
            "targets": SETS_TARGETS | SETS_TARGETS_BENEATH,
            "province": SEES_PROVINCE,
            "report": WRITES_REPORTS,
            "review": REVIEWS_REPORTS,
            "audit": READS_LOG,
        }[rule]
        return needs is None or bool(self.roles & needs)


NO_ACCESS = Access()
