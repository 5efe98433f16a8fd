from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClassesConfig(AppConfig):
    name = "classes"
    verbose_name = _("Classes")

    def ready(self) -> None:
        import classes.imports  # noqa: F401  (declares its kinds)
        from campaign.portal.search import register
        from classes.search import find_classes, find_participants

        register("classes", find_classes, order=20)
        register("participants", find_participants, order=50)
