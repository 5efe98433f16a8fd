"""One world for the whole package; every cell is undone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from reporting import rollups
from tests.access.world import Builder, World


@pytest.fixture(scope="package")
def _quick_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    root = Path(tmp_path_factory.mktemp("access"))
    for name in ("django.request", "django.security"):  # thousands of refusals are expected here
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with (
        override_settings(
            JOBS_RUNNER="inline",
            EXPORT_ROOT=root / "exports",
            MEDIA_ROOT=root / "media",
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
            AXES_ENABLED=False,
        ),
        patch("django.test.client.store_rendered_templates"),
    ):  # nobody asks for contexts here
        yield
    for name in ("django.request", "django.security"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.fixture(autouse=True)
def _fresh_cache(_quick_settings: None) -> None:
    """Instead of the fixture of the same name above: settings hold for the package."""
    cache.clear()


@pytest.fixture(scope="package")
def built(_quick_settings: None, django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The world, built once and taken down at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = Builder().build()
        settle()
        yield world
        transaction.set_rollback(True)


@pytest.fixture
def world(db: None, built: World) -> Iterator[World]:
    """The world; whatever a test changes is undone after it."""
    with transaction.atomic():
        yield built
        transaction.set_rollback(True)


def settle() -> None:
    """Let the rollups know of the planted records, as the settler does every few seconds."""
    rollups.settle_all()
