import pytest
from django.urls import reverse

from tests.factories.staff import StaffFactory


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["http://127.0.0.1:8001/live/", "/live/", ""])
def test_pages_listen_exactly_where_the_setting_says(client, settings, address):
    settings.LIVE_URL = address
    client.force_login(StaffFactory(), backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(reverse("workbench")).content.decode()

    assert f'data-live-url="{address}"' in page
