"""Fixtures every test may use."""

import pytest
from celery import current_app
from django.conf import settings as django_settings
from django.core.cache import cache
from django.utils import translation

# Two test processes must not empty each other's cache in the middle of a test.
django_settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


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
