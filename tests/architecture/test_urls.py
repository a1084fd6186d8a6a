"""Every address asks who is there."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db

# What anybody may open: the sign-in itself, the switches on it, liveness for the container, the API's own documents
# (the API's orders ask for a signature instead of a session).
OPEN = {"sign-in", "sign-in-code", "language", "theme", "sign-out", "health"}
SIGNED = ("api/",)
SAMPLES = {"int": "1", "slug": "x", "str": "x", "path": "x", "uuid": "00000000-0000-0000-0000-000000000000"}


def patterns(resolver, prefix=""):
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, path)
        elif isinstance(entry, URLPattern):
            yield path, entry


def address(path):
    import re

    plain = re.sub(r"<(?:(\w+):)?\w+>", lambda m: SAMPLES.get(m[1] or "str", "1"), path)
    plain = re.sub(r"\(\?P<\w+>[^)]*\)", "x", plain)
    return "/" + plain.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "").lstrip("/")


def closed_addresses():
    for path, entry in patterns(get_resolver()):
        name = entry.name or ""
        if name not in OPEN and not path.startswith(SIGNED):
            yield pytest.param(address(path), id=path or "/")


@pytest.mark.parametrize("url", list(closed_addresses()))
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_gets_in_without_signing_in(url, method):
    answer = getattr(Client(), method)(url)

    if answer.status_code == 302:
        assert settings.LOGIN_URL in answer["Location"] or answer["Location"].startswith("/sign-in/")
    else:
        # 405 and 404: the method or the row is refused before the person is asked; nothing was shown.
        assert answer.status_code in {401, 403, 404, 405}


@pytest.mark.parametrize("url", list(closed_addresses()))
def test_a_signed_in_person_without_a_role_sees_no_business_page(url):
    """Only the pages everybody has may answer 200."""
    from tests.factories.staff import StaffFactory

    client = Client()
    client.force_login(StaffFactory())
    everybodys = ("/search/", "/notices/", "/jobs/", "/settings/", "/views/", "/approvals/", "/work/")
    if url == "/" or url.startswith(everybodys):
        pytest.skip("everybody's own page")

    answer = client.get(url)

    assert answer.status_code in {302, 403, 404, 405}, answer.status_code
    if answer.status_code == 302:
        assert "sign-in" in answer["Location"]
