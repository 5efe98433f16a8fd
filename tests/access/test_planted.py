"""A4: the matrix finds every leak that is planted, or it proves nothing."""

from __future__ import annotations

from django.urls import clear_url_caches

from tests.access.matrix import Reader, Walk, is_walked_here, undone
from tests.access.plants import Plant, plants
from tests.access.providers import PAGES, PROVIDERS
from tests.access.writes import Writer


def notice(world, plant: Plant) -> Walk:
    """Walk the part of the matrix where the leak is, with the leak open."""
    with undone(), plant.leak():
        if plant.by == "read":
            return Reader(world, PROVIDERS, PAGES).read(names=plant.names, visitors=plant.visitors)
        writer = Writer(world, PROVIDERS)
        if plant.by == "write":
            return writer.write(actors=plant.visitors, names=plant.names)
        return writer.sweep(actors=plant.visitors, names=plant.names)


def test_every_planted_leak_is_found(world):
    found, missed, cells = [], [], 0
    for plant in plants():
        if not is_walked_here(plant.name):
            continue
        walk = notice(world, plant)
        clear_url_caches()
        cells += walk.cells
        noticed = [finding for finding in walk.findings if "answered 500" not in finding]
        (found if noticed else missed).append(plant.name)
    print(f"\nplanted leaks found: {len(found)} of {len(found) + len(missed)}, in {cells} cells")
    assert not missed, f"not found: {missed}"
    assert len(found) >= 15
