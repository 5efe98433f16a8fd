"""What the settings promise: production refuses to start half-open, and stands the deploy check."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "PORTAL_PRODUCTION": "yes",
    "SECRET_KEY": "k9!vR2#pL7@wQ4$zT8%nB5^xC1&mD6*fG3(hJ0)sA-yU6+eW3=oI5",
    "ALLOWED_HOSTS": "portal.example.org",
}


def manage(tmp_path: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` in a process of its own, with nothing but this environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**kept, "PORTAL_VAR_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_deploy_check_finds_nothing_to_warn_of_in_production(tmp_path):
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"PORTAL_DEBUG": "yes"}, "PORTAL_DEBUG"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short-key"}, "SECRET_KEY"),
        ({"SECRET_KEY": "development-only-key-never-used-in-production"}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "portal.example.org,*"}, "ALLOWED_HOSTS"),
        ({"PORTAL_PRODUCTION": "perhaps"}, "PORTAL_PRODUCTION"),
    ],
)
def test_production_refuses_to_start_with_an_open_door(tmp_path, wrong, named):
    done = manage(tmp_path, "check", **{**PRODUCTION, **wrong})
    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr
    assert named in done.stderr


def test_without_any_setting_the_portal_starts_with_debug_off(tmp_path):
    done = manage(tmp_path, "diffsettings", "--all")
    assert "DEBUG = False" in done.stdout
    assert "IS_PRODUCTION = False" in done.stdout
