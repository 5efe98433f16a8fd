"""The cast everybody knows, in a small province; the same people as in the demo data.

Hoa works in An Hoà commune, Bảo in Bình Minh (the outsider), Tú belongs to the team of a hamlet of
An Hoà, Minh is in the education department, Hạnh is the focal officer, Lan leads the province and
changes nothing, Quân keeps the system, Thảo audits.
"""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts.access import Access
from accounts.models import Posting, User
from campaign.models import Audience, Topic
from units.models import Unit

PASSWORD = "mot-mat-khau-dai-2026"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that touch no database say the same on both shapes: the embedded one runs them."""
    if django_settings.IS_SQLITE:
        return
    kept = [
        item for item in items if item.get_closest_marker("django_db") or "db" in item.fixturenames
    ]  # type: ignore[attr-defined]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


@pytest.fixture(autouse=True, scope="session")
def _quickly_emptied() -> None:
    """PostgreSQL empties a hundred small tables row by row in a tenth of the time of TRUNCATE."""
    if connection.vendor != "postgresql":
        return

    def statements(style: Any, tables: list[str], **kwargs: Any) -> list[str]:
        quiet = "SET LOCAL session_replication_role = "
        rows = [f'DELETE FROM "{table}";' for table in tables]
        return [f"{quiet}replica;", *rows, f"{quiet}DEFAULT;"]

    connection.ops.sql_flush = statements


@pytest.fixture(autouse=True)
def _fresh_cache(settings: Any, tmp_path: Any) -> None:
    settings.JOBS_RUNNER = "inline"
    settings.EXPORT_ROOT = tmp_path / "exports"
    settings.JOBS_ROOT = tmp_path / "jobs"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.AXES_ENABLED = False
    cache.clear()


def plant(parent: Unit | None, level: str, kind: str, code: str, name: str, **more: Any) -> Unit:
    """Add one unit to the small province."""
    system = (
        Unit.CodeSystem.QD19_2025
        if level in (Unit.Level.PROVINCE, Unit.Level.COMMUNE)
        else Unit.CodeSystem.PORTAL
    )
    short = name.split(" ", 1)[1] if " " in name else name
    more.setdefault("short_name", short)
    return Unit.plant(
        parent=parent,
        level=level,
        kind=kind,
        code=code,
        code_system=system,
        name=name,
        valid_from=date(2025, 7, 1),
        **more,
    )


@pytest.fixture
def province(db: None) -> SimpleNamespace:
    """One province: two communes with two hamlets each, two departments, a school."""
    level, kind = Unit.Level, Unit.Kind
    root = plant(None, level.PROVINCE, kind.PROVINCE, "91", "Tỉnh An Giang")
    an_hoa = plant(root, level.COMMUNE, kind.COMMUNE, "30958", "Xã An Hoà")
    binh_minh = plant(root, level.COMMUNE, kind.WARD, "30952", "Phường Bình Minh")
    education = plant(
        root,
        level.DEPARTMENT,
        kind.DEPARTMENT,
        "SGDDT",
        "Sở Giáo dục và Đào tạo",
        short_name="Sở GD&ĐT",
    )
    science = plant(
        root,
        level.DEPARTMENT,
        kind.DEPARTMENT,
        "SKHCN",
        "Sở Khoa học và Công nghệ",
        short_name="Sở KH&CN",
    )
    return SimpleNamespace(
        root=root,
        an_hoa=an_hoa,
        binh_minh=binh_minh,
        education=education,
        science=science,
        hoa_ut=plant(an_hoa, level.HAMLET, kind.AP, "30958-01", "Ấp Hoà Út"),
        hoa_tao=plant(an_hoa, level.HAMLET, kind.AP, "30958-02", "Ấp Hoà Tạo"),
        khom_mot=plant(binh_minh, level.HAMLET, kind.KHOM, "30952-01", "Khóm Một"),
        khom_hai=plant(binh_minh, level.HAMLET, kind.KHOM, "30952-02", "Khóm Hai"),
        school=plant(
            education,
            level.ORGANISATION,
            kind.SCHOOL,
            "THPT-01",
            "Trường THPT An Hoà",
            short_name="THPT An Hoà",
        ),
    )


def person(username: str, full_name: str, role: str, unit: Unit, **more: Any) -> SimpleNamespace:
    """An account with one posting, a signed-in client and the access it gives."""
    user = User(username=username, full_name=full_name, **more)
    user.set_password(PASSWORD)
    user.set_keys()
    user.save()
    Posting.objects.create(user=user, unit=unit, role=role, starts_on=date(2025, 7, 1))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return SimpleNamespace(user=user, unit=unit, access=Access.of(user), client=client)


@pytest.fixture
def hoa(province: SimpleNamespace) -> SimpleNamespace:
    """Commune officer of An Hoà."""
    return person("hoa", "Nguyễn Thị Hoa", Posting.Role.COMMUNE_OFFICER, province.an_hoa)


@pytest.fixture
def bao(province: SimpleNamespace) -> SimpleNamespace:
    """Commune officer of Bình Minh: the outsider."""
    return person("bao", "Trần Quốc Bảo", Posting.Role.COMMUNE_OFFICER, province.binh_minh)


@pytest.fixture
def son(province: SimpleNamespace) -> SimpleNamespace:
    """Leader of An Hoà commune."""
    return person("son", "Lê Văn Sơn", Posting.Role.COMMUNE_LEADER, province.an_hoa)


@pytest.fixture
def tu(province: SimpleNamespace) -> SimpleNamespace:
    """Team member in Ấp Hoà Út."""
    return person("tu", "Danh Tú", Posting.Role.TEAM_MEMBER, province.hoa_ut)


@pytest.fixture
def minh(province: SimpleNamespace) -> SimpleNamespace:
    """Officer of the education department."""
    return person("minh", "Phạm Văn Minh", Posting.Role.DEPARTMENT_OFFICER, province.education)


@pytest.fixture
def nga(province: SimpleNamespace) -> SimpleNamespace:
    """Head of the education department."""
    return person("nga", "Võ Thị Nga", Posting.Role.DEPARTMENT_HEAD, province.education)


@pytest.fixture
def hanh(province: SimpleNamespace) -> SimpleNamespace:
    """Focal officer, in the department of science and technology."""
    return person("hanh", "Trần Thị Mỹ Hạnh", Posting.Role.FOCAL_OFFICER, province.science)


@pytest.fixture
def lan(province: SimpleNamespace) -> SimpleNamespace:
    """Provincial leader: sees everything, changes nothing."""
    return person("lan", "Đỗ Thị Lan", Posting.Role.PROVINCIAL_LEADER, province.root)


@pytest.fixture
def quan(province: SimpleNamespace) -> SimpleNamespace:
    """System administrator."""
    return person("quan", "Hồ Anh Quân", Posting.Role.SYSTEM_ADMIN, province.root)


@pytest.fixture
def thao(province: SimpleNamespace) -> SimpleNamespace:
    """Auditor."""
    return person("thao", "Đinh Thị Thảo", Posting.Role.AUDITOR, province.root)


@pytest.fixture
def words(db: None) -> SimpleNamespace:
    """An audience and a topic to record with."""
    elderly, _created = Audience.objects.get_or_create(
        code="elderly",
        defaults={"name_vi": "Người cao tuổi", "name_en": "Elderly", "group": "adults"},
    )
    vneid, _created = Topic.objects.get_or_create(
        code="vneid", defaults={"name_vi": "VNeID", "name_en": "VNeID"}
    )
    return SimpleNamespace(elderly=elderly, vneid=vneid)
