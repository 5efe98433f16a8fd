"""Exemplary models that are kept up, and innovative solutions that were recognised."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from activities.models import ExemplaryModel, ModelKind, Solution, SolutionField
from campaign.text import fold
from reporting.demo.book import Book
from reporting.demo.calendar import SPAN
from reporting.demo.land import Land, said
from reporting.demo.sums import scaled
from reporting.demo.wording import wording
from units.models import Unit

MODELS, FEWEST_MODELS = 164, 59
SOLUTIONS, FEWEST_SOLUTIONS = 48, 26
FIELDS_OF = {
    "SNNMT": ("crop_production", "fisheries", "livestock", "irrigation", "land", "environment"),
    "SGDDT": ("education",),
    "SKHCN": ("science_technology", "digital_government", "cyber_security"),
    "SYT": ("health",),
    "SVHTTDL": ("culture", "tourism", "communication"),
    "SNV": ("home_affairs", "administrative_reform"),
    "SCT": ("industry_trade", "trade_promotion"),
    "CAT": ("security",),
    "VPUBND": ("administrative_services",),
}


def add_model(
    book: Book, unit: Unit, kind: ModelKind, name: str, day: date, **more: object
) -> ExemplaryModel:
    """Put down a model of the movement."""
    model = ExemplaryModel(
        unit=unit,
        kind=kind,
        name=name[:200],
        started_on=day,
        is_demo=True,
        search_key=fold(name)[:300],
        **more,
    )
    return book.add(model)


def add_solution(
    book: Book, unit: Unit, field: SolutionField, name: str, day: date, **more: object
) -> Solution:
    """Put down a recognised solution."""
    solution = Solution(
        unit=unit,
        field=field,
        name=name[:200],
        recognised_on=day,
        is_demo=True,
        search_key=fold(name)[:300],
        **more,
    )
    return book.add(solution)


def _named(name: str, place: Unit) -> str:
    named = name.format(place=said(place))
    return f"{named[0].upper()}{named[1:]}"


def keep_models(land: Land, book: Book, random: Random, today: date, *, size: float) -> None:
    """Models of communes and schools; a few have ended since."""
    kinds = {kind.code: kind for kind in ModelKind.objects.all()}
    names = wording("activities")["models"]
    weights = [area.population**0.7 * area.zeal for area in land.areas]
    ended = 0
    for n in range(scaled(MODELS, size, least=FEWEST_MODELS) + 4):
        area = random.choices(land.areas, weights)[0]
        code = random.choice(list(names))
        place = random.choice((area.commune, random.choice(area.hamlets)))
        started = today - timedelta(days=int(random.triangular(5, SPAN.days, 200)))
        if area.is_quiet:
            started = min(started, today - timedelta(days=200))
        model = add_model(
            book,
            area.commune,
            kinds[code],
            _named(names[code], place),
            started,
            place=place,
            recognised_on=started + timedelta(days=30) if n % 3 == 0 else None,
        )
        if model.recognised_on and model.recognised_on > today:
            model.recognised_on = None
        if ended < 4 and (today - started).days > 200:
            model.ended_on, ended = today - timedelta(days=60), ended + 1


def recognise_solutions(
    land: Land, book: Book, random: Random, today: date, *, size: float
) -> None:
    """Solutions of departments, each recognised by a decision on a day."""
    fields = {field.code: field for field in SolutionField.objects.all()}
    words = wording("activities")["solutions"]
    pairs = [(body, code) for body, codes in FIELDS_OF.items() for code in codes]
    for n in range(scaled(SOLUTIONS, size, least=FEWEST_SOLUTIONS)):
        body, code = pairs[n % len(pairs)]
        field = fields[code]
        add_solution(
            book,
            land.bodies[body],
            field,
            random.choice(words["names"]).format(field=field.name_vi.lower()),
            today - timedelta(days=random.randint(3, SPAN.days - 30)),
            decision_number=words["decision"].format(number=random.randint(900, 2900)),
            uses_it=random.random() < 0.85,
        )
