"""The Django admin, behind our own sign-in."""

from django.contrib.admin.apps import AdminConfig


class OmsAdminConfig(AdminConfig):
    """Replaces the site; everything else is Django's."""

    default_site = "oms.staff.admin_site.OmsAdminSite"
