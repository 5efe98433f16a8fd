"""Environment variables, read once and loudly: a value that makes no sense stops the start."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The variable as text, or ``default`` where it is not set."""
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool) -> bool:
    """The variable as yes or no; anything else is refused."""
    raw = os.environ.get(name)
    if raw is None:
        return default
    value = raw.strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={raw!r}: say yes or no.")


def number(name: str, *, default: int, least: int = 0) -> int:
    """The variable as a whole number of at least ``least``."""
    raw = os.environ.get(name)
    if raw is None or not raw.strip():
        return default
    try:
        value = int(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={raw!r}: a whole number is needed.") from error
    if value < least:
        raise ImproperlyConfigured(f"{name}={value}: at least {least} is needed.")
    return value


def words(name: str, *, default: tuple[str, ...] = ()) -> list[str]:
    """The variable as a list of words separated by commas."""
    raw = os.environ.get(name)
    if raw is None:
        return list(default)
    return [word.strip() for word in raw.split(",") if word.strip()]
