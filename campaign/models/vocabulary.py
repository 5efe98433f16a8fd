"""Words the campaign counts by. They are data a province edits, with good defaults."""

from __future__ import annotations

from django.core.cache import cache
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from campaign.periods import Scheme


class Sex(models.TextChoices):
    """Sex as it is counted; blank is "unknown"."""

    FEMALE = "f", _("Female")
    MALE = "m", _("Male")


class AgeBand(models.TextChoices):
    """Age on the day of the event, in the bands the campaign reports; blank is "unknown"."""

    UNDER_16 = "u16", _("Under 16")
    FROM_16 = "16-24", _("16–24")
    FROM_25 = "25-44", _("25–44")
    FROM_45 = "45-59", _("45–59")
    FROM_60 = "60+", _("60 and over")


class Presence(models.TextChoices):
    """Whether a trait (ethnic minority, disability) is there; blank is "unknown"."""

    YES = "y", _("Yes")
    NO = "n", _("No")


class Mode(models.TextChoices):
    """How learners and instructors meet."""

    IN_PERSON = "in_person", _("In person")
    ONLINE = "online", _("Online")
    BLENDED = "blended", _("Blended")
    HOME_VISIT = "home_visit", _("At home")


def age_band_of(birth_year: int | None, on_year: int) -> str:
    """The age band of somebody born in ``birth_year`` during ``on_year`` ('' when unknown)."""
    if not birth_year:
        return ""
    age = on_year - birth_year
    for limit, band in (
        (16, AgeBand.UNDER_16),
        (25, AgeBand.FROM_16),
        (45, AgeBand.FROM_25),
        (60, AgeBand.FROM_45),
    ):
        if age < limit:
            return band.value
    return AgeBand.FROM_60.value


class VocabularyModel(models.Model):
    """A word with its two names. In-use words are archived, never deleted."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_vi = models.CharField(_("name (Vietnamese)"), max_length=150)
    name_en = models.CharField(_("name (English)"), max_length=150)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_archived = models.BooleanField(_("archived"), default=False)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if get_language() == "en" else self.name_vi


class Audience(VocabularyModel):
    """A target group of the campaign: officials, pupils, the elderly, traders..."""

    class Group(models.TextChoices):
        PUBLIC_SECTOR = "public_sector", _("Officials and public employees")
        LEARNERS = "learners", _("Pupils and students")
        ADULTS = "adults", _("Adult residents")
        WORKERS = "workers", _("Workers of enterprises and cooperatives")

    group = models.CharField(_("campaign group"), max_length=16, choices=Group.choices)

    class Meta(VocabularyModel.Meta):
        verbose_name = _("audience")
        verbose_name_plural = _("audiences")


class Topic(VocabularyModel):
    """What is taught or talked about: online public services, VNeID, cashless payment, AI..."""

    class Meta(VocabularyModel.Meta):
        verbose_name = _("topic")
        verbose_name_plural = _("topics")


class Headcount(models.Model):
    """People counted, not listed: one cell of a cross-tab. Blank traits mean "unknown"."""

    audience = models.ForeignKey(
        Audience,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("audience"),
    )
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices, blank=True)
    age_band = models.CharField(_("age"), max_length=6, choices=AgeBand.choices, blank=True)
    minority = models.CharField(
        _("ethnic minority"), max_length=1, choices=Presence.choices, blank=True
    )
    disability = models.CharField(
        _("disability"), max_length=1, choices=Presence.choices, blank=True
    )
    people = models.PositiveIntegerField(_("people"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.people)


class CampaignSettings(models.Model):
    """The one row that says how this province runs the campaign."""

    CACHE_KEY = "campaign-settings"

    agency_line = models.CharField(_("agency line"), max_length=200, blank=True)
    product_name_vi = models.CharField(max_length=100, default="Bình dân học vụ số")
    product_name_en = models.CharField(max_length=100, default="Digital Literacy for All")
    period_scheme = models.CharField(
        _("period scheme"),
        max_length=10,
        choices=[
            (Scheme.ADMIN.value, _("Administrative (15th to 14th)")),
            (Scheme.CALENDAR.value, _("Calendar months")),
        ],
        default=Scheme.ADMIN.value,
    )
    theme_of_the_year = models.CharField(_("theme of the year"), max_length=200, blank=True)
    team_label_vi = models.CharField(max_length=100, default="Tổ công nghệ số cộng đồng")
    team_label_en = models.CharField(max_length=100, default="Community digital technology team")
    keeps_sensitive_traits = models.BooleanField(
        _("record ethnicity and disability of persons"),
        default=False,
        help_text=_("Sensitive personal data (Law 91/2025/QH15): state the legal ground first."),
    )
    is_demo = models.BooleanField(_("demonstration data"), default=False)

    class Meta:
        verbose_name = _("campaign settings")
        verbose_name_plural = _("campaign settings")

    def __str__(self) -> str:
        return self.product_name

    @property
    def product_name(self) -> str:
        """The portal's name in the reader's language."""
        return self.product_name_en if get_language() == "en" else self.product_name_vi

    @property
    def team_label(self) -> str:
        """What this province calls its community teams, in the reader's language."""
        return self.team_label_en if get_language() == "en" else self.team_label_vi

    @property
    def scheme(self) -> Scheme:
        """The period scheme the province reports by."""
        return Scheme(self.period_scheme)

    @classmethod
    def current(cls) -> CampaignSettings:
        """The settings in force (defaults where none were saved)."""
        found = cache.get(cls.CACHE_KEY)
        if found is None:
            found = cls.objects.order_by("pk").first() or cls()
            cache.set(cls.CACHE_KEY, found, 30)
        return found

    @classmethod
    def forget(cls) -> None:
        """Drop the cached settings after they were changed."""
        cache.delete(cls.CACHE_KEY)
