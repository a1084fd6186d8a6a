"""The API's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from orders.intake.api.problems import Problem, problem_response

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The interactive API page: signs requests in the browser, with a key that stays there."""
    return render(request, "orders/intake/api_docs.html")


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """An address below /api/v1 that is none."""
    return problem_response(request, Problem(404, "no_such_address", _("There is nothing at this address.")))
