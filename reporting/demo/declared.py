"""What communes and departments of the demonstration declare: made up, month by month."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from campaign.periods import Kind, Period
from reporting.demo.book import Book
from reporting.demo.land import Area, Land
from reporting.models import DeclaredFigure
from units.models import Unit

MONTHS = 3
DECLARES = 0.85
#: the commune all of whose documents are processed and signed online
ALL_ONLINE = "Định Hòa"
SOURCE = "Báo cáo kết quả thực hiện phong trào của UBND xã"


def add_declared(
    book: Book, unit: Unit, indicator: str, period: Period, value: int, source: str, **more: Any
) -> DeclaredFigure:
    """One declaration."""
    figure = DeclaredFigure(
        unit=unit, indicator=indicator, scheme=period.scheme, period=period.code, value=value,
        source=source, **more,
    )  # fmt: skip
    figure.clean()
    return book.add(figure)


def declare(land: Land, book: Book, random: Random, today: date) -> None:
    """The months that ended last, by most communes."""
    month = Period.containing(today, Kind.MONTH).previous()
    months: list[Period] = []
    for _number in range(MONTHS):
        months.insert(0, month)
        month = month.previous()
    for area in land.areas:
        if area.is_quiet or (area.name != ALL_ONLINE and random.random() > DECLARES):
            continue
        _commune(area, book, random, months)


def _commune(area: Area, book: Book, random: Random, months: list[Period]) -> None:
    adults = round(area.population * 0.74)
    accounts = round(adults * random.uniform(0.03, 0.08))
    verified = random.uniform(0.6, 0.8)
    skills = Random(f"skills of {area.name}")  # noqa: S311
    skilled, staff = skills.uniform(0.52, 0.84), max(20, area.population // 90)
    for place, month in enumerate(months):
        documents = random.randint(180, 620)
        online = documents if area.name == ALL_ONLINE else documents - random.choice((0, 3, 9, 21))
        grown = 1 + 0.08 * place
        for code, value, base in (
            ("platform_accounts", round(accounts * grown), None),
            ("digital_signatures", random.randint(4, 60), None),
            ("vneid_level_2", min(adults, round(adults * verified * (1 + 0.02 * place))), adults),
            ("adults_skilled", round(adults * min(0.97, skilled * (1 + 0.03 * place))), adults),
            ("officials_skilled", round(staff * min(1, 1.18 * skilled + 0.02 * place)), staff),
            ("documents_online", online, documents),
        ):
            add_declared(book, area.commune, code, month, value, SOURCE, denominator=base)
