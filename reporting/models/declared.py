"""Figures that come from elsewhere: declared by units, or given by others."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from campaign.models import VersionedModel
from campaign.periods import Period, Scheme
from campaign.portal.scope import ScopedModel, open_manager, scoped_manager
from campaign.text import fold
from reporting.declared.indicators import DECLARED_BY_CODE, DeclaredIndicator
from reporting.declared.indicators import choices as declared_choices
from units.models import Unit


class ExternalRanking(VersionedModel, ScopedModel):
    """A place given by somebody else: "15th of 126 on the national index, as of 30/09/2026"."""

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "edit", "manage")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="rankings", verbose_name=_("unit"))
    indicator_name_vi = models.CharField(_("ranked by (Vietnamese)"), max_length=200)
    indicator_name_en = models.CharField(_("ranked by (English)"), max_length=200)
    rank = models.PositiveIntegerField(_("rank"))
    of = models.PositiveIntegerField(_("out of"))
    as_of = models.DateField(_("as of"))
    source = models.CharField(_("source"), max_length=300)

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("ranking given by others")
        verbose_name_plural = _("rankings given by others")
        ordering = ["-as_of", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rank__gte=1, rank__lte=models.F("of")),
                name="rank_within_the_field",
                violation_error_message=_("The rank must lie between 1 and the number ranked."),
            ),
            models.UniqueConstraint(
                fields=["unit", "indicator_name_vi", "as_of"],
                name="one_ranking_a_day",
                violation_error_message=_("This ranking is already on record for that day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_name}: {self.rank}/{self.of}"

    @property
    def indicator_name(self) -> str:
        """What was ranked, in the reader's language."""
        return self.indicator_name_en if get_language() == "en" else self.indicator_name_vi


class DeclaredFigure(VersionedModel, ScopedModel):
    """A figure a unit declares of a period, with its source; never mixed with counted ones.

    ``value`` is the count, or the numerator of a rate.
    """

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="declared_figures", verbose_name=_("unit")
    )
    indicator = models.CharField(_("indicator"), max_length=40, choices=declared_choices)
    scheme = models.CharField(
        max_length=10, choices=Scheme.choices, default=Scheme.ADMIN, editable=False
    )
    period = models.CharField(_("period"), max_length=10)
    starts_on = models.DateField(editable=False)
    ends_on = models.DateField(editable=False)
    value = models.PositiveBigIntegerField(_("value, or numerator of a rate"))
    denominator = models.PositiveBigIntegerField(_("denominator"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)
    note = models.TextField(_("note"), blank=True)
    search_key = models.CharField(max_length=700, editable=False, default="")

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("declared figure")
        verbose_name_plural = _("declared figures")
        ordering = ["-ends_on", "indicator", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "indicator", "scheme", "period"],
                name="one_declaration_a_period",
                violation_error_message=_("The unit has declared this for that period already."),
            ),
            models.CheckConstraint(
                condition=models.Q(denominator__isnull=True)
                | models.Q(denominator__gte=models.F("value")),
                name="declared_part_within_its_whole",
                violation_error_message=_("The numerator is larger than the denominator."),
            ),
        ]
        indexes = [models.Index(fields=["starts_on", "ends_on"])]

    def __str__(self) -> str:
        return f"{self.about.name}, {self.unit.short_name}, {self.days_meant.label}"

    def get_absolute_url(self) -> str:
        return reverse("declared:detail", args=[self.pk])

    def clean(self) -> None:
        """Work out the days of the period, and what the search finds."""
        if not (self.period and self.indicator and self.unit_id):
            return  # what is missing is told beside its field
        self.starts_on, self.ends_on = self.days_meant.start, self.days_meant.end
        names = " ".join(self.about.names.values())
        self.search_key = fold(f"{names} {self.unit.name} {self.source}")[:700]

    def validate_constraints(self, exclude: Any = None) -> None:
        """Forms do not ask for the scheme, yet one declaration a period holds within it."""
        super().validate_constraints(exclude=set(exclude or ()) - {"scheme"})

    @property
    def about(self) -> DeclaredIndicator:
        """The indicator that is declared."""
        return DECLARED_BY_CODE[self.indicator]

    @property
    def days_meant(self) -> Period:
        """The period, in the scheme it was declared in."""
        return Period.parse(self.period, self.scheme)

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.ends_on - self.starts_on).days + 1

    def overlaps(self, other: DeclaredFigure) -> bool:
        """Whether two declarations share a day."""
        return self.starts_on <= other.ends_on and other.starts_on <= self.ends_on

    @property
    def in_words(self) -> str:
        """What was declared, as people read it."""
        return self.about.in_words(self.value, self.denominator)
