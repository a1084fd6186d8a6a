"""Language and time zone of the person who asks; the second factor where the role needs one."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING

from django.http import HttpResponse, HttpResponseRedirect
from django.middleware.locale import LocaleMiddleware as DjangoLocaleMiddleware
from django.urls import reverse
from django.utils import timezone, translation

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

LocaleMiddleware = DjangoLocaleMiddleware
WITHOUT_FACTOR = {"second-factor", "sign-out", "language", "theme"}


class StaffMiddleware:
    """After sign-in the person's own language and time zone win over the browser's and the server's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate the person's language and time zone for this request."""
        staff = request.user
        if not staff.is_authenticated:
            return self.get_response(request)
        if staff.language:
            translation.activate(staff.language)
            request.LANGUAGE_CODE = staff.language
        try:
            timezone.activate(zoneinfo.ZoneInfo(staff.time_zone))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            timezone.deactivate()
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Send those who must have a second factor to set it up before anything else."""
        staff = request.user
        if not staff.is_authenticated or staff.is_verified() or not staff.must_have_factor:
            return None
        if request.resolver_match and request.resolver_match.view_name in WITHOUT_FACTOR:
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401)
        return HttpResponseRedirect(reverse("second-factor"))
