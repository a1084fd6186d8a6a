"""What every page needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from oms.web.navigation import chip_of, navigation
from oms.web.search import hint_for
from oms.web.strips import strip_for

if TYPE_CHECKING:
    from django.http import HttpRequest

THEME_COOKIE = "oms_theme"
THEMES = ("auto", "light", "dark")


def page(request: HttpRequest) -> dict[str, Any]:
    """Variables of base.html. Nothing is asked of the database before a template uses it: fragments stay cheap."""
    return {"frame": SimpleLazyObject(lambda: _frame(request))}


def _frame(request: Any) -> dict[str, Any]:
    staff: Any = getattr(request, "user", None)
    signed_in = staff is not None and staff.is_authenticated
    cookie = request.COOKIES.get(THEME_COOKIE, "auto")
    theme = staff.theme if signed_in else cookie if cookie in THEMES else "auto"
    frame = {
        "lang": {"zh-hans": "zh-CN"}.get(get_language() or "", get_language() or "en"),
        "theme": theme,
        "theme_now": "dark" if theme == "dark" else "light",
        "density": staff.density if signed_in else "regular",
        "keys": "on" if not signed_in or staff.single_keys else "off",
        "languages": settings.LANGUAGES,
        "language": get_language(),
        "live": settings.LIVE_URL,
        "signed_in": signed_in,
        "company": settings.COMPANY,
    }
    if signed_in:
        from oms.notices.queries import bell_of

        side = navigation(request)
        frame |= {"navigation": side.groups, "businesses": side.businesses, "bell": bell_of(staff)}
        frame["chip"] = chip_of(request, side.business)
        frame["search_hint"] = hint_for(staff, side.business)
        frame["strip"] = strip_for(request, side.business)
        frame["side"] = "rail" if side.business == "hotel" else "full"
    return frame
