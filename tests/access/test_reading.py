"""A1, A5, A8: nobody reads what they may not, or learns that it exists; reading writes nothing."""

from __future__ import annotations

import time

from tests.access.matrix import Reader
from tests.access.providers import PAGES, PROVIDERS


def test_nobody_reads_a_record_of_others(world, record_testsuite_property):
    start = time.monotonic()
    walk = Reader(world, PROVIDERS, PAGES).read()
    record_testsuite_property("cells read", walk.cells)
    print(
        f"\ncells walked by GET: {walk.cells} in {time.monotonic() - start:.0f} s, {walk.answers}"
    )
    assert not walk.findings, walk.report()
