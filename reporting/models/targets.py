"""Targets: what a unit is to reach in a period."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaign.models import Audience, VersionedModel
from campaign.periods import Period, Scheme
from campaign.portal.figures import num, pct
from campaign.portal.scope import ScopedModel, open_manager, scoped_manager
from campaign.text import fold
from reporting.targets.measures import Measure, choices, measure
from reporting.targets.rules import Basis, check_audience, check_basis, check_value
from units.models import Unit


class Target(VersionedModel, ScopedModel):
    """What one unit is to reach of one indicator in one period, perhaps of one audience.

    ``value`` is a number or a percentage; ``basis`` says of what. The year's target stands for
    itself: nothing is added up from those of its months. ``parent`` is the target of the unit
    above it was shared out from, by ``rule``.
    """

    class Rule(models.TextChoices):
        """How a target was shared out from the one above."""

        POPULATION = "population", _("By population")
        EQUAL = "equal", _("The same for each")
        MANUAL = "manual", _("By hand")

    Basis: ClassVar[Any] = Basis

    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "targets")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="targets", verbose_name=_("unit"))
    indicator = models.CharField(_("indicator"), max_length=40, choices=choices)
    scheme = models.CharField(
        max_length=10, choices=Scheme.choices, default=Scheme.ADMIN, editable=False
    )
    period = models.CharField(_("period"), max_length=24)
    starts_on = models.DateField(editable=False)
    ends_on = models.DateField(editable=False)
    audience = models.ForeignKey(
        Audience, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("audience"),
    )  # fmt: skip
    basis = models.CharField(
        _("measured as"), max_length=10, choices=Basis.choices, default=Basis.NUMBER
    )
    value = models.DecimalField(_("target"), max_digits=12, decimal_places=2)
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    document_date = models.DateField(_("document date"), null=True, blank=True)
    document_issuer = models.CharField(_("issued by"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="parts", editable=False,
        verbose_name=_("shared out from"),
    )  # fmt: skip
    rule = models.CharField(
        _("shared out"), max_length=10, choices=Rule.choices, blank=True, editable=False
    )
    search_key = models.CharField(max_length=700, editable=False, default="")

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ["-ends_on", "indicator", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "indicator", "scheme", "period", "audience"],
                condition=models.Q(audience__isnull=False),
                name="one_target_for_an_audience",
                violation_error_message=_("The unit has a target for this already."),
            ),
            models.UniqueConstraint(
                fields=["unit", "indicator", "scheme", "period"],
                condition=models.Q(audience__isnull=True),
                name="one_target_for_everybody",
                violation_error_message=_("The unit has a target for this already."),
            ),
            models.CheckConstraint(
                condition=models.Q(value__gt=0),
                name="target_above_zero",
                violation_error_message=_("Write a number above 0."),
            ),
        ]
        indexes = [
            models.Index(fields=["indicator", "starts_on", "ends_on"]),
            models.Index(fields=["starts_on", "ends_on"]),
        ]

    def __str__(self) -> str:
        return f"{self.about.name}, {self.unit.short_name}, {self.days_meant.label}"

    def get_absolute_url(self) -> str:
        return reverse("targets:detail", args=[self.pk])

    def clean(self) -> None:
        """Work out the days of the period and what the search finds; judge indicator and value."""
        if not (self.period and self.indicator and self.unit_id):
            return  # what is missing is told beside its field
        if self.value is not None:
            self.value = Decimal(self.value).quantize(Decimal("0.01"))
        self.starts_on, self.ends_on = self.days_meant.start, self.days_meant.end
        names = " ".join(self.about.names)
        self.search_key = fold(f"{names} {self.unit.name} {self.document}")[:700]
        self._judge()

    def _judge(self) -> None:
        checks: dict[str, Callable[[], None]] = {
            "basis": lambda: check_basis(self.about, self.basis),
            "audience": lambda: check_audience(self.about, self.audience_id),
        }
        if self.value is not None:
            checks["value"] = lambda: check_value(self.about, self.basis, self.value)
        wrong: dict[str, Any] = {}
        for name, check in checks.items():
            try:
                check()
            except ValidationError as error:
                wrong[name] = error
        if wrong:
            raise ValidationError(wrong)

    def stands_alone(self) -> None:
        """Say that the value was set by hand, though the target was shared out once."""
        if self.rule:
            self.rule = self.Rule.MANUAL

    def validate_constraints(self, exclude: Any = None) -> None:
        """Forms do not ask for the scheme, yet one target holds within it."""
        super().validate_constraints(exclude=set(exclude or ()) - {"scheme"})

    @property
    def about(self) -> Measure:
        """The indicator the target is set for."""
        return measure(self.indicator)

    @property
    def days_meant(self) -> Period:
        """The period, in the scheme the target was set in."""
        return Period.parse(self.period, self.scheme)

    @property
    def is_percent(self) -> bool:
        """Whether the value is a percentage of people, households or hamlets."""
        return self.basis not in (Basis.NUMBER, Basis.OWN)

    @property
    def in_words(self) -> str:
        """The target as people read it: "10.000 attendances", "80% of people aged 15 and over"."""
        if self.basis == Basis.NUMBER:
            return f"{num(self.value)} {self.about.noun}"
        if self.is_percent:
            return f"{percent(self.value)}{str(self.get_basis_display()).removeprefix('%')}"
        return self.in_short

    @property
    def in_short(self) -> str:
        """The target without what it is of, for a table that says so: "10.000", "80%"."""
        if self.basis == Basis.NUMBER:
            return num(self.value)
        return percent(self.value).removesuffix("%") + (self.about.sign or "%")

    @property
    def document(self) -> str:
        """The document that set it: number, day, issuer."""
        day = f"{self.document_date:%d/%m/%Y}" if self.document_date else ""
        return ", ".join(filter(None, (self.document_number, day, self.document_issuer)))


def percent(value: Decimal) -> str:
    """A percentage as it was written: 80%, 62,5%."""
    digits = (
        0 if value == value.to_integral_value() else -int(value.normalize().as_tuple().exponent)
    )
    return pct(value, digits)
