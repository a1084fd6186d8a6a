"""The API's own way in: machines that sign each request need no session, form token, language or trace."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpRequest, HttpResponse  # noqa: TID251 -- this is where HTTP comes in

SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class MachineHandler(WSGIHandler):
    """Django's handler without middleware, with the headers that a machine's answer needs."""

    def load_middleware(self, is_async: bool = False) -> None:
        """No middleware."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(self._get_safe_response)

    def _get_safe_response(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)  # type: ignore[attr-defined]  # missing in the stubs
        for name, value in SAFE_HEADERS.items():
            response.headers.setdefault(name, value)
        if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            response._has_been_logged = True  # noqa: SLF001 -- Django's own mark: a refusal is the sender's news, not ours
        if not response.streaming:
            response.headers["Content-Length"] = str(len(response.content))
        return response


def with_machines(pages: Callable[..., Iterable[bytes]], *prefixes: str) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that answers addresses below ``prefixes`` without middleware, all others by ``pages``."""
    machines = MachineHandler()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        handler = machines if environ["PATH_INFO"].startswith(prefixes) else pages
        return handler(environ, start_response)

    return application
