import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from orders.models import ApiKey
from tests.factories.intake import ApiKeyFactory
from tests.factories.inventory import ChannelFactory
from tests.factories.staff import BranchFactory, StaffFactory
from tests.orders.intake.signed import SignedClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch():
    return BranchFactory()


@pytest.fixture
def admin(client, branch):
    from django.contrib.auth.models import Permission

    person = StaffFactory(branches=[branch])
    person.user_permissions.set(Permission.objects.filter(codename__in=["add_apikey", "change_apikey"]))
    client.force_login(person)
    return person


def test_key_list_makes_a_key_and_shows_its_secret_once(client, admin, branch):
    channel = ChannelFactory(branch=branch)

    made = client.post(reverse("api-key-list"), {"name": "Shop", "channels": [channel.pk]})

    key, secret = ApiKey.objects.get(), made.context["secret"]
    assert (key.name, key.created_by, list(key.channels.all())) == ("Shop", admin, [channel])
    assert made.content.decode().count(secret) == 1
    assert "no-store" in made["Cache-Control"]
    assert secret not in client.get(reverse("api-key-list")).content.decode()
    shop = SignedClient(key=key)
    shop.secret = secret.encode()
    assert shop.get("/orders").status_code == 200


def test_key_list_offers_and_shows_only_what_is_the_persons(client, admin, branch):
    mine, foreign = ChannelFactory(branch=branch), ChannelFactory()
    own = ApiKeyFactory(channels=[mine])
    ApiKeyFactory(channels=[mine, foreign])

    page = client.get(reverse("api-key-list"))
    refused = client.post(reverse("api-key-list"), {"name": "Shop", "channels": [foreign.pk]})

    assert list(page.context["keys"]) == [own]
    assert list(page.context["form"].fields["channels"].queryset) == [mine]
    assert (refused.status_code, ApiKey.objects.count()) == (422, 2)


@pytest.mark.parametrize("keys", [1, 30])
def test_key_list_takes_few_queries(client, admin, branch, keys, django_assert_max_num_queries):
    channel = ChannelFactory(branch=branch)
    for _ in range(keys):
        ApiKeyFactory(channels=[channel])

    with django_assert_max_num_queries(12):
        client.get(reverse("api-key-list"))


def test_key_deactivate_ends_it(client, admin, branch):
    key = ApiKeyFactory(channels=[ChannelFactory(branch=branch)])
    foreign = ApiKeyFactory(channels=[ChannelFactory()])

    client.post(reverse("api-key-deactivate", args=[key.pk]))
    missing = client.post(reverse("api-key-deactivate", args=[foreign.pk]))

    key.refresh_from_db()
    foreign.refresh_from_db()
    assert (key.is_active, foreign.is_active, missing.status_code) == (False, True, 404)


def test_key_pages_need_the_permission(client):
    client.force_login(StaffFactory())

    assert client.get(reverse("api-key-list")).status_code == 403
    assert client.post(reverse("api-key-deactivate", args=[1])).status_code == 403


def test_create_api_key_prints_a_key_that_works():
    channel, out = ChannelFactory(code="SHOP"), StringIO()

    call_command("create_api_key", "--channel", "SHOP", "--json", stdout=out)

    printed = json.loads(out.getvalue())
    shop = SignedClient(key=ApiKey.objects.get(key=printed["key"]))
    shop.secret = printed["secret"].encode()
    assert shop.get("/orders?channel=SHOP").status_code == 200
    assert list(shop.key.channels.all()) == [channel]


def test_create_api_key_names_an_unknown_channel():
    with pytest.raises(CommandError, match=r"No channel NONE\."):
        call_command("create_api_key", "--channel", "NONE")
