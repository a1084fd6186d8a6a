"""The admin site: same sign-in, same second factor, same look of the tab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _
from django_otp import user_has_device

if TYPE_CHECKING:
    from django.http import HttpResponse  # noqa: TID251 (type)


# Apps of others that have no Chinese of their own, and their models.
APPS = {"axes": _("Sign-in attempts"), "otp_static": _("Backup codes"), "otp_totp": _("Authenticator apps")}
MODELS = {
    "AccessAttempt": _("Failed sign-ins that count"),
    "AccessAttemptExpiration": _("When they stop counting"),
    "AccessFailureLog": _("Failed sign-ins"),
    "AccessLog": _("Sign-ins and sign-outs"),
    "StaticDevice": _("Sets of backup codes"),
    "TOTPDevice": _("Enrolled phones"),
}


class OmsAdminSite(admin.AdminSite):
    """Plain Django admin for those with ``is_staff``; who has a second factor must have used it."""

    site_title = "OMS"
    site_header = _("OMS administration")
    index_title = _("Master data and accounts")
    enable_nav_sidebar = True

    def has_permission(self, request: Any) -> bool:
        """As Django, and verified where a device is enrolled."""
        allowed = super().has_permission(request)
        return allowed and (request.user.is_verified() or not user_has_device(request.user))

    def get_app_list(self, request: Any, app_label: str | None = None) -> list[dict[str, Any]]:
        """As Django, with every name in the reader's language."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = APPS.get(app["app_label"], app["name"])
            for model in app["models"]:
                model["name"] = MODELS.get(model["object_name"], model["name"])
        return apps

    def login(self, request: Any, extra_context: dict | None = None) -> HttpResponse:
        """There is one sign-in page. Who is signed in already and may not come here is told so, not sent round."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or request.get_full_path())
