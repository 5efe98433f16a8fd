"""The ownership tree: provinces, communes, hamlets, departments, schools; their history; teams."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, LPad
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.models import VersionedModel
from campaign.portal.access import Access
from campaign.portal.scope import (
    PATH_STEP,
    ScopedModel,
    ScopedQuerySet,
    next_path,
    open_manager,
    path_of,
    scoped_manager,
)
from campaign.text import fold, person_sort_key, sort_key, strip_unit_prefix


class UnitQuerySet(ScopedQuerySet):
    """Which units."""

    def in_force(self, day: date | None = None) -> Self:
        """Units that exist on a day (today unless told)."""
        day = day or timezone.localdate()
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_to__isnull=True) | Q(valid_to__gte=day),
        )

    def communes(self) -> Self:
        """Communes, wards and special zones."""
        return self.filter(level=Unit.Level.COMMUNE)

    def hamlets(self) -> Self:
        """Units below the commune: thôn, ấp, bản, khóm, khu phố, tổ dân phố..."""
        return self.filter(level=Unit.Level.HAMLET)

    def departments(self) -> Self:
        """Departments, branches and mass organisations of the province."""
        return self.filter(level=Unit.Level.DEPARTMENT)

    def listed(self, access: Access) -> Self:
        """Units somebody may look up: all in view, and the province's communes and departments.

        Names and codes of communes and departments are a public register; hamlets, schools and
        everything recorded on a unit are not.
        """
        public = (Unit.Level.PROVINCE, Unit.Level.COMMUNE, Unit.Level.DEPARTMENT)
        listed = self.filter(
            access.view.q("path") | (access.register.q("path") & Q(level__in=public))
        )
        listed._is_scoped = True
        return listed

    def below(self, unit: Unit) -> Self:
        """The unit and everything under it."""
        return self.filter(path__gte=unit.path, path__lt=unit.path_end)

    def matching(self, words: str) -> Self:
        """Units found by name, former name or code, the likeliest first.

        Marks, case and the word for the kind of unit do not matter to what is found, only to the
        order: what has the typed marks comes first, then what exists before what does not.
        """
        phrase, bare, key = _search_words(words)
        if not phrase:
            return self
        found = Q(search_key__contains=f" {bare}")
        is_code = Q(code__iexact=words.strip())
        if phrase.isdecimal() and len(phrase) in (3, 4):  # a zero that Excel took away
            is_code |= Q(code=phrase.zfill(5))
        rank = Case(
            When(is_code | Q(sort_key=key), then=0),
            When(sort_key__startswith=key, then=1),
            When(
                Q(search_key__startswith=f" {phrase} |") | Q(search_key__contains=f" | {bare} |"),
                then=2,
            ),
            default=3,
            output_field=models.IntegerField(),
        )
        former = Case(
            When(valid_to__lt=timezone.localdate(), then=1),
            default=0,
            output_field=models.IntegerField(),
        )
        return (
            self.filter(found | is_code)
            .annotate(search_rank=rank, search_former=former)
            .order_by("search_rank", "search_former", "sort_key", "pk")
        )


#: words for hamlets that also begin place names ("Bản Giang", "Làng Mô"): never dropped in search
_HAMLET_WORDS = frozenset(
    {"ban", "lang", "bon", "buon", "khom", "thon", "xom", "ap", "to dan pho", "khu pho"}
)
_SHORT_FOR = {
    "p": "phuong", "x": "xa", "tt": "thi tran", "tx": "thi xa", "tp": "thanh pho",
    "kp": "khu pho", "tdp": "to dan pho",
}  # fmt: skip


def _search_words(words: str) -> tuple[str, str, str]:
    """What was typed: folded, folded without the word for its kind, and its marked sort key."""
    first, _space, rest = fold(words).partition(" ")
    phrase = f"{_SHORT_FOR[first]} {rest}" if rest and first in _SHORT_FOR else fold(words)
    bare = strip_unit_prefix(phrase) or phrase
    dropped = phrase.removesuffix(bare).strip()
    if bare.isdecimal() or dropped in _HAMLET_WORDS:  # "Phường 1", "Bản Giang"
        bare = phrase
    marked = words.split()[-len(bare.split()) :] if bare else []
    return phrase, bare, sort_key(" ".join(marked))


class Unit(VersionedModel, ScopedModel):
    """One unit that answers for records: a province, commune, hamlet, department, school...

    A unit is a row with its own id. Its official code identifies it only together with the code
    system and a date: after 1 July 2025 most codes name another unit than before
    (Decision 19/2025/QĐ-TTg).
    """

    class Level(models.TextChoices):  # type: ignore[name-defined]
        PROVINCE = "province", _("Province")
        COMMUNE = "commune", _("Commune level")
        HAMLET = "hamlet", _("Hamlet level")
        DEPARTMENT = "department", _("Department or branch")
        ORGANISATION = "organisation", _("School or other organisation")

    class Kind(models.TextChoices):  # type: ignore[name-defined]
        PROVINCE = "province", _("Province")
        CITY = "centrally_run_city", _("Centrally run city")
        COMMUNE = "commune", _("Commune")
        WARD = "ward", _("Ward")
        TOWNSHIP = "township", _("Township")
        SPECIAL_ZONE = "special_zone", _("Special zone")
        DISTRICT = "district", _("District without communes")
        THON = "thon", _("Village (thôn)")
        AP = "ap", _("Hamlet (ấp)")
        BAN = "ban", _("Village (bản)")
        BUON = "buon", _("Village (buôn)")
        LANG = "lang", _("Village (làng)")
        XOM = "xom", _("Hamlet (xóm)")
        KHOM = "khom", _("Quarter (khóm)")
        KHU_PHO = "khu_pho", _("Neighbourhood (khu phố)")
        KHU = "khu", _("Area (khu)")
        TIEU_KHU = "tieu_khu", _("Sub-area (tiểu khu)")
        TO_DAN_PHO = "to_dan_pho", _("Residential group (tổ dân phố)")
        DEPARTMENT = "department", _("Department")
        PARTY_BODY = "party_body", _("Party body")
        MASS_ORGANISATION = "mass_organisation", _("Front or mass organisation")
        POLICE = "police", _("Police")
        SCHOOL = "school", _("School")
        SERVICE_CENTRE = "service_centre", _("Public administrative service centre")
        ENTERPRISE = "enterprise", _("Enterprise")
        OTHER = "other", _("Other organisation")

    class CodeSystem(models.TextChoices):  # type: ignore[name-defined]
        QD19_2025 = "QD19/2025", _("Decision 19/2025 (from 1 July 2025)")
        QD124_2004 = "QD124/2004", _("Decision 124/2004 (until 30 June 2025)")
        PORTAL = "portal", _("This portal")

    unit_field: ClassVar[str] = ""
    scope_kinds: ClassVar[tuple[str, ...]] = (
        "view",
        "edit",
        "manage",
        "people",
        "places",
        "targets",
    )

    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent unit"),
    )
    path = models.CharField(_("path"), max_length=70, unique=True, editable=False)
    level = models.CharField(_("level"), max_length=12, choices=Level.choices)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    code_system = models.CharField(_("code system"), max_length=12, choices=CodeSystem.choices)
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("official name"), max_length=150)
    short_name = models.CharField(_("short name"), max_length=150)
    former_area = models.CharField(
        _("area before 1 July 2025"),
        max_length=200,
        blank=True,
        help_text=_("District and province the unit belonged to before the rearrangement."),
    )
    valid_from = models.DateField(_("exists from"), null=True, blank=True)
    valid_to = models.DateField(_("exists until"), null=True, blank=True)
    latitude = models.DecimalField(
        _("latitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    longitude = models.DecimalField(
        _("longitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    area_km2 = models.DecimalField(
        _("area (km²)"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    contact_name = models.CharField(_("head or contact"), max_length=120, blank=True)
    contact_phone = models.CharField(_("phone"), max_length=20, blank=True)
    is_demo = models.BooleanField(_("demonstration data"), default=False, editable=False)
    search_key = models.TextField(editable=False, default="")
    sort_key = models.CharField(max_length=400, editable=False, default="")

    objects: ClassVar[Any] = scoped_manager(UnitQuerySet)
    unscoped: ClassVar[Any] = open_manager(UnitQuerySet)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["sort_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code_system", "code", "level"],
                name="unit_code_in_its_system",
                violation_error_message=_("Another unit already has this code."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
                name="unit_ends_after_it_begins",
                violation_error_message=_("A unit cannot end before it begins."),
            ),
        ]
        indexes = [models.Index(fields=["level", "path"]), models.Index(fields=["code"])]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("units:detail", args=[self.pk])

    @property
    def path_end(self) -> str:
        """The first path after this unit's subtree."""
        return next_path(self.path)

    @property
    def is_former(self) -> bool:
        """Whether the unit no longer exists today."""
        return self.valid_to is not None and self.valid_to < timezone.localdate()

    @property
    def ancestor_ids(self) -> list[int]:
        """Ids of the units above, the province first, then this unit itself."""
        return [int(self.path[i : i + PATH_STEP]) for i in range(0, len(self.path), PATH_STEP)]

    def set_keys(self, former_names: Iterable[str] = ()) -> None:
        """Work out the folded search key and the Vietnamese sort key from the names and code.

        The search key is one phrase for each name, so that a search never joins two of them.
        """
        names = [self.name, self.short_name, *former_names, self.code]
        self.search_key = "".join(f" {phrase} |" for phrase in dict.fromkeys(map(fold, names)))
        self.sort_key = sort_key(self.short_name or self.name)[:400]

    def former_names(self) -> list[str]:
        """Names this unit had before, and names of the units it took over."""
        own = UnitEvent.unscoped.filter(unit=self).exclude(name_before="")
        taken = UnitSuccession.unscoped.filter(successor=self)
        return [
            *own.values_list("name_before", flat=True),
            *taken.values_list("predecessor__name", flat=True),
        ]

    def remember_name(self, former: str, on: date) -> None:
        """Keep a former official name in the timeline, and so in the search."""
        UnitEvent.unscoped.update_or_create(
            unit=self,
            kind=UnitEvent.Kind.RENAMED,
            effective_on=on,
            defaults={"name_before": former, "name_after": self.name},
        )

    @classmethod
    def plant(cls, *, parent: Unit | None, **fields: object) -> Unit:
        """Add a unit under its parent, with its path and keys. Units are made here or in bulk."""
        fields.setdefault("short_name", fields.get("name"))
        former_names = fields.pop("former_names", None)
        unit = cls(parent=parent, path=cls.unrooted_path(), **fields)
        unit.set_keys(former_names or ())  # type: ignore[arg-type]
        unit.save(force_insert=True)
        unit.take_root()
        return unit

    @staticmethod
    def unrooted_path() -> str:
        """What stands for the path until the row has an id."""
        return f"new{uuid4().hex}"

    def take_root(self) -> None:
        """Store the path of a unit that was just inserted."""
        self.path = path_of(self.parent.path if self.parent else "", self.pk)
        type(self).unscoped.filter(pk=self.pk).update(path=self.path)

    def next_code(self) -> str:
        """The portal's code for the next unit below this one: the own code and a number."""
        start = f"{self.code}-"
        taken = type(self).unscoped.filter(
            code_system=self.CodeSystem.PORTAL, code__startswith=start
        )
        ends = [code.removeprefix(start) for code in taken.values_list("code", flat=True)]
        return f"{start}{max((int(e) for e in ends if e.isdecimal()), default=0) + 1:02d}"

    @classmethod
    def plant_many(
        cls, units: Iterable[Unit], *, former_names: dict[str, list[str]] | None = None
    ) -> list[Unit]:
        """Add many units whose parents exist already: two statements a thousand units.

        ``former_names`` are names by the code of the unit that had them. Call it inside a
        transaction, level by level, for a tree.
        """
        batch = list(units)
        for unit in batch:
            unit.short_name = unit.short_name or unit.name
            unit.path = cls.unrooted_path()
            unit.set_keys((former_names or {}).get(unit.code, ()))
        cls.unscoped.bulk_create(batch, batch_size=500)
        above = cls.unscoped.filter(pk=OuterRef("parent_id")).values("path")[:1]
        own = LPad(Cast("pk", models.CharField()), PATH_STEP, Value("0"))
        for start in range(0, len(batch), 500):
            ids = [unit.pk for unit in batch[start : start + 500]]
            cls.unscoped.filter(pk__in=ids).update(
                path=Concat(Coalesce(Subquery(above), Value("")), own)
            )
        for unit in batch:
            unit.path = path_of(unit.parent.path if unit.parent else "", unit.pk)
        return batch


class UnitProfile(VersionedModel, ScopedModel):
    """What is known of a unit in one year: people, households, and the flags of its area."""

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "edit", "manage")

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="profiles", verbose_name=_("unit"))
    year = models.PositiveSmallIntegerField(_("year"))
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    households = models.PositiveIntegerField(_("households"), null=True, blank=True)
    adults = models.PositiveIntegerField(_("people aged 15 and over"), null=True, blank=True)
    elderly = models.PositiveIntegerField(_("people aged 60 and over"), null=True, blank=True)
    ethnic_minority = models.PositiveIntegerField(
        _("people of ethnic minorities"), null=True, blank=True
    )
    staff = models.PositiveIntegerField(_("officials and employees"), null=True, blank=True)
    is_mountain = models.BooleanField(_("mountain"), default=False)
    is_border = models.BooleanField(_("border"), default=False)
    is_island = models.BooleanField(_("island"), default=False)
    is_minority_majority = models.BooleanField(_("ethnic-minority majority"), default=False)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("unit profile")
        verbose_name_plural = _("unit profiles")
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "year"],
                name="one_profile_a_year",
                violation_error_message=_("This unit already has figures for that year."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit} ({self.year})"

    @property
    def is_remote(self) -> bool:
        """Mountain, border or island: the areas the equity gap is measured for."""
        return self.is_mountain or self.is_border or self.is_island


class UnitEvent(ScopedModel):
    """Something that changed a unit on a date: founded, renamed, of another type, merged."""

    class Kind(models.TextChoices):
        FOUNDED = "founded", _("Established")
        RENAMED = "renamed", _("Renamed")
        RETYPED = "retyped", _("Changed type")
        MERGED_INTO = "merged_into", _("Merged")
        RECEIVED = "received", _("Received units")

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "manage")

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="events", verbose_name=_("unit"))
    kind = models.CharField(_("event"), max_length=12, choices=Kind.choices)
    effective_on = models.DateField(_("effective on"))
    name_before = models.CharField(_("name before"), max_length=150, blank=True)
    name_after = models.CharField(_("name after"), max_length=150, blank=True)
    decision = models.CharField(_("decision or resolution"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("unit event")
        verbose_name_plural = _("unit events")
        ordering = ["effective_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind", "effective_on"], name="one_event_of_a_kind_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit}: {self.get_kind_display()}"


class UnitSuccession(ScopedModel):
    """A former unit went, whole or in part, to a successor on a date."""

    class Extent(models.TextChoices):
        WHOLE = "whole", _("In whole")
        PART = "part", _("In part")

    unit_field: ClassVar[str] = "successor"
    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "manage")

    predecessor = models.ForeignKey(
        Unit, models.CASCADE, related_name="successions", verbose_name=_("former unit")
    )
    successor = models.ForeignKey(
        Unit, models.CASCADE, related_name="predecessions", verbose_name=_("successor")
    )
    effective_on = models.DateField(_("effective on"))
    extent = models.CharField(_("extent"), max_length=5, choices=Extent.choices)
    is_default = models.BooleanField(
        _("default successor"),
        default=True,
        help_text=_("The former unit hangs under this successor in the tree."),
    )
    decision = models.CharField(_("decision or resolution"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("succession of units")
        verbose_name_plural = _("successions of units")
        ordering = ["effective_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor", "effective_on"], name="one_succession_a_pair"
            )
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"


class TeamQuerySet(ScopedQuerySet):
    """Which teams."""

    def active_on(self, day: date) -> Self:
        """Teams founded on or before the day and not ended by then."""
        return self.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day), founded_on__lte=day)

    def with_members_on(self, day: date) -> Self:
        """Teams with ``members_on``, the members serving on a day, and ``leader``, a name."""
        serving = TeamMember.unscoped.serving_on(day).filter(team=models.OuterRef("pk")).order_by()
        counted = serving.values("team").annotate(people=models.Count("pk")).values("people")
        leading = serving.filter(role=TeamMember.Role.LEADER).order_by("joined_on", "pk")
        members = models.Subquery(counted, output_field=models.IntegerField())
        return self.annotate(
            members_on=Coalesce(members, 0),
            leader=models.Subquery(leading.values("full_name")[:1]),
        )


class CommunityTeam(VersionedModel, ScopedModel):
    """A community digital technology team (guidance 793/BTTTT-THH): neighbours who help neighbours.

    The owner unit is the hamlet it serves, or the commune when it serves several.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="teams", verbose_name=_("unit"))
    name = models.CharField(_("team name"), max_length=150)
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    decided_on = models.DateField(_("decision date"), null=True, blank=True)
    founded_on = models.DateField(_("active from"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    ended_reason = models.CharField(_("reason for ending"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    is_demo = models.BooleanField(_("demonstration data"), default=False, editable=False)
    search_key = models.CharField(max_length=300, editable=False, default="")
    sort_key = models.CharField(max_length=400, editable=False, default="")

    objects: ClassVar[Any] = scoped_manager(TeamQuerySet)
    unscoped: ClassVar[Any] = open_manager(TeamQuerySet)

    class Meta:
        verbose_name = _("community digital technology team")
        verbose_name_plural = _("community digital technology teams")
        ordering = ["sort_key", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("founded_on")),
                name="team_ends_after_it_begins",
                violation_error_message=_("A team cannot end before it begins."),
            )
        ]
        indexes = [models.Index(fields=["founded_on", "ended_on"])]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("teams:detail", args=[self.pk])

    def clean(self) -> None:
        self.search_key = fold(f"{self.name} {self.decision_number}")[:300]
        self.sort_key = sort_key(self.name)[:400]


class MemberQuerySet(ScopedQuerySet):
    """Which memberships."""

    def serving_on(self, day: date) -> Self:
        """Members who joined on or before the day, had not left, of a team active that day."""
        return self.filter(
            Q(left_on__isnull=True) | Q(left_on__gt=day),
            Q(team__ended_on__isnull=True) | Q(team__ended_on__gt=day),
            joined_on__lte=day,
            team__founded_on__lte=day,
        )


class TeamMember(VersionedModel, ScopedModel):
    """One person's membership in one team, from a date until a date."""

    class Role(models.TextChoices):
        LEADER = "leader", _("Team leader")
        DEPUTY = "deputy", _("Deputy leader")
        MEMBER = "member", _("Member")

    class Background(models.TextChoices):
        HAMLET_HEAD = "hamlet_head", _("Hamlet head")
        PARTY_CELL = "party_cell", _("Party cell")
        YOUTH_UNION = "youth_union", _("Youth Union")
        WOMEN_UNION = "women_union", _("Women's Union")
        FATHERLAND_FRONT = "fatherland_front", _("Fatherland Front")
        POLICE = "police", _("Police")
        TEACHER = "teacher", _("Teacher")
        TELECOM = "telecom", _("Telecom staff")
        OFFICIAL = "official", _("Commune official")
        ELDER = "elder", _("Respected elder")
        FARMER = "farmer", _("Farmers' Association")
        OTHER = "other", _("Other")

    class Sex(models.TextChoices):
        FEMALE = "f", _("Female")
        MALE = "m", _("Male")

    unit_field: ClassVar[str] = "team__unit"

    team = models.ForeignKey(
        CommunityTeam, models.CASCADE, related_name="members", verbose_name=_("team")
    )
    full_name = models.CharField(_("full name"), max_length=120)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices, blank=True)
    birth_year = models.PositiveSmallIntegerField(_("birth year"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=15, blank=True)
    role = models.CharField(_("role"), max_length=8, choices=Role.choices, default=Role.MEMBER)
    background = models.CharField(
        _("background"), max_length=16, choices=Background.choices, default=Background.OTHER
    )
    joined_on = models.DateField(_("joined on"))
    left_on = models.DateField(_("left on"), null=True, blank=True)
    search_key = models.CharField(max_length=200, editable=False, default="")
    sort_key = models.CharField(max_length=400, editable=False, default="")

    objects: ClassVar[Any] = scoped_manager(MemberQuerySet)
    unscoped: ClassVar[Any] = open_manager(MemberQuerySet)

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        ordering = ["sort_key", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")),
                name="member_leaves_after_joining",
                violation_error_message=_("A member cannot leave before joining."),
            )
        ]
        indexes = [models.Index(fields=["joined_on", "left_on"])]

    def __str__(self) -> str:
        return self.full_name

    def clean(self) -> None:
        self.search_key = fold(self.full_name)[:200]
        self.sort_key = person_sort_key(self.full_name)[:400]
