from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = _("Reporting")

    def ready(self) -> None:
        import reporting.imports  # noqa: F401  (declares its kinds)

        pre_migrate.connect(lift_triggers, sender=self, dispatch_uid="reporting-triggers")
        post_migrate.connect(keep_triggers, sender=self, dispatch_uid="reporting-triggers")


def lift_triggers(using: str, plan: Any = (), **kwargs: Any) -> None:
    """Lift the triggers while tables change: SQLite rebuilds a table under another name."""
    from reporting.triggers import remove

    if plan and connections[using].vendor == "sqlite":
        remove(connections[using])


def keep_triggers(using: str, **kwargs: Any) -> None:
    """Put the triggers back: SQLite drops them whenever a migration rebuilds a table."""
    from reporting.triggers import install

    install(connections[using])
