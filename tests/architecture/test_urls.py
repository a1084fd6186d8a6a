"""Every address asks who is there."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.factories.staff import StaffFactory

pytestmark = pytest.mark.django_db

# What anybody may open: the sign-in itself, the switches on it, liveness for the container, the API's own documents
# (the API's orders ask for a signature instead of a session).
OPEN = {"sign-in", "sign-in-code", "language", "theme", "sign-out", "logout", "health"}
SIGNED = ("api/",)
EVERYBODYS = ("/search/", "/notices/", "/jobs/", "/settings/", "/views/", "/approvals/")
SAMPLES = {"int": "1", "slug": "x", "str": "x", "path": "x", "uuid": "00000000-0000-0000-0000-000000000000"}


def patterns(resolver, prefix=""):
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, path)
        elif isinstance(entry, URLPattern):
            yield path, entry


def address(path):
    plain = re.sub(r"<(?:(\w+):)?\w+>", lambda m: SAMPLES.get(m[1] or "str", "1"), path)
    plain = re.sub(r"\(\?P<\w+>[^)]*\)", "x", plain)
    return "/" + plain.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "").lstrip("/")


def closed_addresses():
    for path, entry in patterns(get_resolver()):
        if (entry.name or "") not in OPEN and not path.startswith(SIGNED):
            yield address(path)


def is_refused(answer):
    if answer.status_code == 302:
        return answer["Location"].startswith(("/sign-in/", "/admin/login/"))
    # 404 and 405: the row or the method is refused before the person is asked; nothing was shown.
    return answer.status_code in {401, 403, 404, 405}


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_gets_in_without_signing_in(method):
    client = Client()
    answers = {url: getattr(client, method)(url) for url in closed_addresses()}

    assert len(answers) > 20
    assert {url: answer.status_code for url, answer in answers.items() if not is_refused(answer)} == {}


def test_a_signed_in_person_without_a_role_sees_no_business_page():
    client = Client()
    client.force_login(StaffFactory())
    closed = [url for url in closed_addresses() if url != "/" and not url.startswith(EVERYBODYS)]
    answers = {url: client.get(url) for url in closed}

    assert len(answers) > 20
    assert {url: answer.status_code for url, answer in answers.items() if not is_refused(answer)} == {}


def test_every_link_in_a_template_and_every_redirect_leads_somewhere():
    """``{% url … as x %}`` fails silently, and a page that is rarely opened fails late."""
    names = set(_names(get_resolver()))
    root = Path(__file__).parents[2]
    linked = [
        (name, path.name)
        for path in (root / "templates").rglob("*.html")
        for name in re.findall(r"{% url '([^']+)'", path.read_text("utf-8"))
    ]
    sent = [
        (name, path.name)
        for floor in ("oms", "inventory", "orders", "interception", "hotel")
        for path in (root / floor).rglob("*.py")
        for name in re.findall(r"\b(?:reverse|redirect)\(\s*\"([a-z-]+(?::[a-z-]+)?)\"", path.read_text("utf-8"))
    ]

    assert len(linked) > 100  # the look finds them at all
    assert sorted({each for each in linked + sent if each[0] not in names and not each[0].startswith("admin:")}) == []


def _names(resolver, space=""):
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _names(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif pattern.name:
            yield f"{space}{pattern.name}"
