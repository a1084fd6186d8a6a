"""RFC 9457 problem documents."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.utils import translation
from ninja import Schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from orders.intake.schema import FieldError

CONTENT_TYPE = "application/problem+json"


class FieldProblem(Schema):
    """What is wrong with one field; ``field`` is a path like ``lines.0.quantity``."""

    field: str
    code: str
    message: str


class ProblemDocument(Schema):
    """RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class Problem(Exception):
    """A request that is refused: HTTP status, stable code, text for people, and the fields concerned.

    ``after``: seconds until it may be sent again, for a 429.
    """

    def __init__(
        self, status: int, code: str, detail: object, errors: Sequence[FieldError] = (), *, after: int = 1
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.errors, self.after = status, code, detail, errors, after


def field_problems(errors: Sequence[FieldError]) -> list[dict[str, str]]:
    """Findings, in the language that is active."""
    return [{"field": error.field, "code": error.code, "message": str(error)} for error in errors]


def problem_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as a document in the reader's language."""
    with translation.override(translation.get_language_from_request(request)):
        document: dict[str, Any] = {
            "type": f"urn:oms:problem:{problem.code}",
            "title": HTTPStatus(problem.status).phrase,
            "status": problem.status,
            "detail": str(problem.detail),
            "errors": field_problems(problem.errors),
        }
    response = HttpResponse(json.dumps(document, ensure_ascii=False), content_type=CONTENT_TYPE, status=problem.status)
    response["Cache-Control"] = "no-store"
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "OMS-HMAC-SHA256"
    if problem.status == HTTPStatus.TOO_MANY_REQUESTS:
        response["Retry-After"] = str(problem.after)
    return response
