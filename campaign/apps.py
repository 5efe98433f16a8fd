from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class CampaignConfig(AppConfig):
    name = "campaign"
    verbose_name = _("Campaign")

    def ready(self) -> None:
        # whoever executes jobs knows their kinds before the first request loads the pages
        import campaign.portal.exports
        import campaign.portal.imports.batches  # noqa: F401
        from campaign.portal.amending import give_sqlite_its_functions

        connection_created.connect(give_sqlite_its_functions, dispatch_uid="amending")


class PortalAdminConfig(AdminConfig):
    default_site = "campaign.portal.admin.PortalAdminSite"
