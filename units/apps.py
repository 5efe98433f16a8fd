from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UnitsConfig(AppConfig):
    name = "units"
    verbose_name = _("Units")

    def ready(self) -> None:
        import units.imports  # noqa: F401  (declares its kinds)
        from campaign.portal.search import register
        from units.search import find_teams, find_units

        register("units", find_units, order=10)
        register("teams", find_teams, order=30)
