import os

import pytest
from django.db import connection

from oms.env import database
from oms.lib.scratch import database_url, scratch_database
from oms.models import Branch


def tables_of(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_scratch_database_is_migrated_empty_and_gone_afterwards():
    home = connection.settings_dict["NAME"]
    Branch.objects.create(code="HOME", name="home")

    with scratch_database("scratch_test") as url:
        assert database(url)["NAME"] == "bench_scratch_test"
        assert os.environ["DATABASE_URL"] == url
        assert Branch.objects.count() == 0

    assert connection.settings_dict["NAME"] == home
    assert Branch.objects.get().code == "HOME"
    assert tables_of("bench_scratch_test") == 0


def test_database_url_names_the_same_database():
    facts = database(database_url())

    assert {key: facts[key] for key in ("NAME", "USER", "HOST")} == {
        key: connection.settings_dict[key] for key in ("NAME", "USER", "HOST")
    }
