from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class CampaignConfig(AppConfig):
    name = "campaign"
    verbose_name = _("Campaign")


class PortalAdminConfig(AdminConfig):
    default_site = "campaign.portal.admin.PortalAdminSite"
