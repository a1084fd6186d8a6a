"""The request as a page sees it once somebody has signed in: for annotations only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from oms.staff.models import Staff


class StaffRequest(HttpRequest):
    """A request of a signed-in person, through the htmx middleware."""

    user: Staff
    htmx: HtmxDetails
