"""What no page is ever handed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse, QueryDict

NUL = "\0"


class TypedTextMiddleware:
    """Takes NUL characters out of what was typed or asked: no keyboard makes them, and PostgreSQL stores none.

    What is exempt from the check of forged forms reads its own body: the API, and uploads.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing yet: which view answers is not known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponse], *_arguments: object) -> None:
        """Read the query and the form once, before the view does."""
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = without_nul(request.GET)  # type: ignore[assignment]
        if getattr(view, "csrf_exempt", False) or request.method != "POST":
            return
        if any(NUL in text for _key, texts in request.POST.lists() for text in texts):
            request.POST = without_nul(request.POST)  # type: ignore[assignment]


def without_nul(typed: QueryDict) -> QueryDict:
    """The same keys and texts, without NUL characters."""
    clean = typed.copy()
    for key, texts in typed.lists():
        clean.setlist(key, [text.replace(NUL, "") for text in texts])
    return clean
