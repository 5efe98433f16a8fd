"""People who use the portal, and the postings that say what each of them may do and where."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaign.portal.scope import ScopedModel, ScopedQuerySet, open_manager, scoped_manager
from campaign.text import fold, given_name, person_sort_key
from units.models import Unit


class PortalUserManager(UserManager):
    """Makes accounts; there is no first and last name, only the full one."""

    def _create_user(
        self, username: str, email: str | None, password: str | None, **extra: object
    ) -> User:  # type: ignore[override]
        user = self.model(username=User.normalize_username(username), email=email or "", **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user  # type: ignore[return-value]


class User(AbstractBaseUser, PermissionsMixin):
    """One person's account. What the person may do comes from postings, never from the account."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Density(models.TextChoices):
        COMPACT = "compact", _("Compact")
        ROOMY = "roomy", _("Roomy")

    username = models.CharField(
        _("user name"),
        max_length=60,
        unique=True,
        error_messages={"unique": _("Somebody else already has this user name.")},
    )
    full_name = models.CharField(_("full name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=15, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    language = models.CharField(_("language"), max_length=2, default="vi")
    theme = models.CharField(_("theme"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    density = models.CharField(
        _("rows of lists"), max_length=7, choices=Density.choices, default=Density.COMPACT
    )
    is_demo = models.BooleanField(default=False, editable=False)
    date_joined = models.DateTimeField(_("created at"), auto_now_add=True)
    search_key = models.CharField(max_length=250, editable=False, default="")
    sort_key = models.CharField(max_length=400, editable=False, default="")

    objects = PortalUserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["sort_key", "pk"]

    def __str__(self) -> str:
        return self.full_name or self.username

    def clean(self) -> None:
        super().clean()
        self.set_keys()

    def set_keys(self) -> None:
        """Work out how the account is searched and sorted."""
        self.search_key = fold(f"{self.full_name} {self.username} {self.phone}")[:250]
        self.sort_key = person_sort_key(self.full_name)[:400]

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return given_name(self.full_name)

    @property
    def is_staff(self) -> bool:
        """Only a system administrator enters Django's admin."""
        return self.is_active and (
            self.is_superuser
            or Posting.unscoped.in_force()
            .filter(user=self, role=Posting.Role.SYSTEM_ADMIN)
            .exists()
        )


class PostingQuerySet(ScopedQuerySet):
    """Which postings."""

    def in_force(self, day: date | None = None) -> Self:
        """Postings that hold on a day (today unless told), of units that still exist."""
        day = day or timezone.localdate()
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)


class Posting(ScopedModel):
    """A person serves a unit in a role from a date until a date."""

    class Role(models.TextChoices):
        SYSTEM_ADMIN = "system_admin", _("System administrator")
        FOCAL_OFFICER = "focal_officer", _("Focal officer")
        DEPARTMENT_OFFICER = "department_officer", _("Department officer")
        DEPARTMENT_HEAD = "department_head", _("Head of department")
        COMMUNE_OFFICER = "commune_officer", _("Commune officer")
        COMMUNE_LEADER = "commune_leader", _("Commune leader")
        TEAM_MEMBER = "team_member", _("Team member")
        PROVINCIAL_LEADER = "provincial_leader", _("Provincial leader")
        AUDITOR = "auditor", _("Auditor")

    #: the levels of units each role can be posted to
    SERVES: ClassVar[dict[str, tuple[str, ...]]] = {
        Role.SYSTEM_ADMIN: (Unit.Level.PROVINCE,),
        Role.PROVINCIAL_LEADER: (Unit.Level.PROVINCE,),
        Role.AUDITOR: (Unit.Level.PROVINCE,),
        Role.FOCAL_OFFICER: (Unit.Level.DEPARTMENT,),
        Role.DEPARTMENT_OFFICER: (Unit.Level.DEPARTMENT, Unit.Level.ORGANISATION),
        Role.DEPARTMENT_HEAD: (Unit.Level.DEPARTMENT, Unit.Level.ORGANISATION),
        Role.COMMUNE_OFFICER: (Unit.Level.COMMUNE,),
        Role.COMMUNE_LEADER: (Unit.Level.COMMUNE,),
        Role.TEAM_MEMBER: (Unit.Level.HAMLET, Unit.Level.COMMUNE),
    }

    scope_kinds: ClassVar[tuple[str, ...]] = ("manage",)

    user = models.ForeignKey(
        User, models.CASCADE, related_name="postings", verbose_name=_("person")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="postings", verbose_name=_("unit"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    starts_on = models.DateField(_("from"), default=timezone.localdate)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    title = models.CharField(_("position"), max_length=120, blank=True)

    objects: ClassVar[Any] = scoped_manager(PostingQuerySet)
    unscoped: ClassVar[Any] = open_manager(PostingQuerySet)

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="posting_ends_after_it_begins",
                violation_error_message=_("A posting cannot end before it begins."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}, {self.unit}"

    def clean(self) -> None:
        """A role belongs to certain levels of units: no commune officer of a province."""
        if self.unit_id and self.role and self.unit.level not in self.SERVES[self.role]:
            raise ValidationError(
                {
                    "unit": _("%(role)s: not possible at this level (%(level)s).")
                    % {"role": self.get_role_display(), "level": self.unit.get_level_display()}
                }
            )

    @property
    def is_in_force(self) -> bool:
        """Whether the posting holds today."""
        return self.starts_on <= timezone.localdate() and not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether the posting has ended."""
        return self.ends_on is not None and self.ends_on < timezone.localdate()
