from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActivitiesConfig(AppConfig):
    name = "activities"
    verbose_name = _("Activities")

    def ready(self) -> None:
        import activities.imports  # noqa: F401  (declares its kinds)
        from activities.search import find_activities
        from campaign.portal.search import register

        register("activities", find_activities, order=40)
