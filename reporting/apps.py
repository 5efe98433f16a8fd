from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, post_save, pre_migrate
from django.utils.translation import gettext_lazy as _


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = _("Reporting")

    def ready(self) -> None:
        import reporting.imports  # noqa: F401  (declares its kinds)
        from campaign.models import Holiday
        from campaign.portal import jobs, shell
        from campaign.portal.amending import closed_periods_are_known_by
        from reporting.closing import locks
        from reporting.compiled.delivery import send_reports
        from reporting.cycles.obligations import ensure_open, look_again
        from reporting.cycles.sowing import sow_on_loading
        from reporting.cycles.standing import overdue_for
        from reporting.models import ReportTemplate
        from reporting.reminders.digests import ensure_sent
        from reporting.reminders.sending import post_waiting
        from units.loading import province_loaded
        from units.models import Unit

        province_loaded.connect(sow_on_loading, dispatch_uid="reporting-templates")
        jobs.CHORES += [ensure_open, ensure_sent, post_waiting, send_reports]
        shell.COUNTS["cycles:list"] = overdue_for
        for model in (Unit, ReportTemplate, Holiday):
            post_save.connect(look_again, sender=model, dispatch_uid=f"owed-{model.__name__}")

        closed_periods_are_known_by(locks.KNOWN)
        pre_migrate.connect(lift_triggers, sender=self, dispatch_uid="reporting-triggers")
        post_migrate.connect(keep_triggers, sender=self, dispatch_uid="reporting-triggers")


def lift_triggers(using: str, plan: Any = (), **kwargs: Any) -> None:
    """Lift the triggers while tables change: SQLite rebuilds a table under another name."""
    from reporting import triggers
    from reporting.closing import frozen_rows, guard

    if plan and connections[using].vendor == "sqlite":
        triggers.remove(connections[using])
        frozen_rows.remove(connections[using])
        guard.remove(connections[using])


def keep_triggers(using: str, **kwargs: Any) -> None:
    """Put the triggers back: SQLite drops them whenever a migration rebuilds a table.

    Emptying a database tells of no plan of migrations; its tables stand as they stood.
    """
    if "plan" not in kwargs:
        return
    from reporting import triggers
    from reporting.closing import frozen_rows, guard

    triggers.install(connections[using])
    frozen_rows.install(connections[using])
    guard.install(connections[using])
