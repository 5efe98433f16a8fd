"""Figures are tested in a province where things happen."""

import pytest

from tests.reporting.world import World


@pytest.fixture(autouse=True)
def _settled_at_once(settings):
    settings.SETTLE_MODE = "inline"


@pytest.fixture
def world(province):
    """The small province after a busy winter."""
    return World(province).fill()
