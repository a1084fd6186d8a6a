"""NUL characters never reach a view."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from oms.web.middleware import TypedTextMiddleware
from tests.factories.staff import StaffFactory


def test_nul_is_taken_out_of_query_and_form_and_nothing_else():
    seen = []
    middleware = TypedTextMiddleware(lambda request: seen.append(request) or HttpResponse())

    middleware(RequestFactory().post("/?q=a%00b&q=c", {"reason": "noise\0 at night", "row": ["1", "2\0"]}))
    middleware(RequestFactory().post("/?q=%00", b'{"a": "\\u0000"}', content_type="application/json"))

    form, other = seen
    assert form.GET.getlist("q") == ["ab", "c"]
    assert form.POST.dict() == {"reason": "noise at night", "row": "2"}
    assert form.POST.getlist("row") == ["1", "2"]
    assert other.body == b'{"a": "\\u0000"}'


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["sign-in", "orders:order-list", "search"])
def test_a_page_asked_with_nul_answers(client, page):
    client.force_login(StaffFactory(is_superuser=True))
    assert client.get(reverse(page) + "?q=a%00b&status=%00").status_code in {200, 302}
