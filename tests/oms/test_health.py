"""The page that monitoring asks."""

import pytest

pytestmark = pytest.mark.django_db


def test_health_is_public_and_good(client):
    response = client.get("/health/")

    assert (response.status_code, response.json()) == (200, {"database": True, "redis": True})


def test_health_names_what_does_not_answer(client, settings):
    settings.REDIS_URL = "unix:///nowhere.sock"

    response = client.get("/health/")

    assert (response.status_code, response.json()) == (503, {"database": True, "redis": False})
