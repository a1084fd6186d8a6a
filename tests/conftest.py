"""Fixtures every test may use."""

import os

import pytest
from celery import current_app
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.utils import translation

# Two test processes share one Redis, and ids: neither hears the other's events, nor spends what its API keys may,
# nor empties its cache in the middle of a test.
django_settings.REDIS_NAMES = f"test-{os.getpid()}"
django_settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A browser's last request or a live server's stream may still hold a session when the database is dropped."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True, scope="session")
def _no_broker():
    """Wake-ups go nowhere: a test calls the command itself. (Tests of the clockwork start a real worker.)"""
    current_app.conf.broker_url = "memory://"


@pytest.fixture(autouse=True)
def _plain_settings(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _english(settings):
    """Texts are compared in the language they are written in, unless a test asks for another."""
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
