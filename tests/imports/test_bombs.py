"""Files made to hurt cost next to nothing, and long lists fit into little memory."""

import pytest

from bench.workbooks import BOMBS, measured, write_list
from campaign.portal.workbooks import DEFAULT_LIMITS

MUCH = 100
"""Megabytes a file may make a process grow by; bombs stay under ten."""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_or_read_right_within_little_memory(name, tmp_path):
    make, outcome = BOMBS[name]
    path = tmp_path / "bom.xlsx"
    path.write_bytes(make())
    cost = measured(path, size=64 * 1024 * 1024)
    assert cost.outcome == outcome
    assert cost.megabytes < MUCH


def test_a_long_and_wide_list_is_read_within_little_memory(tmp_path):
    path = tmp_path / "dai.xlsx"
    write_list(path, 4_000)
    cost = measured(path)
    assert cost.outcome == "4000 rows"
    assert cost.megabytes < MUCH


def test_a_list_of_a_hundred_thousand_rows_and_forty_columns_is_within_the_limits():
    assert DEFAULT_LIMITS.rows >= 100_000
    assert DEFAULT_LIMITS.cells >= 100_000 * 40
    assert DEFAULT_LIMITS.size == 25 * 1024 * 1024
