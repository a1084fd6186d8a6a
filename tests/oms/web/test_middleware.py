"""NUL characters never reach a view."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from oms.web.middleware import TypedTextMiddleware
from tests.factories.staff import StaffFactory


def test_nul_is_taken_out_of_query_and_form_and_nothing_else():
    form = RequestFactory().post("/?q=a%00b&q=c", {"reason": "noise\0 at night", "row": ["1", "2\0"]})
    own = RequestFactory().post("/?q=%00", b"a\0b", content_type="text/plain")
    middleware = TypedTextMiddleware(lambda request: HttpResponse())

    middleware.process_view(form, lambda request: HttpResponse())
    middleware.process_view(own, csrf_exempt(lambda request: HttpResponse()))

    assert form.GET.getlist("q") == ["ab", "c"]
    assert form.POST.getlist("reason") == ["noise at night"]
    assert form.POST.getlist("row") == ["1", "2"]
    assert own.body == b"a\0b"


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["sign-in", "orders:order-list", "search"])
def test_a_page_asked_with_nul_answers(client, page):
    client.force_login(StaffFactory(is_superuser=True))
    assert client.get(reverse(page) + "?q=a%00b&status=%00").status_code in {200, 302}
