"""People with a role at the desk and no hotel see nothing of the hotel; others do."""

import pytest
from django.contrib.auth.models import Group

from oms.staff.roles import sync_roles
from tests.factories.hotel import PropertyFactory
from tests.factories.staff import BranchFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["front_desk", "duty_manager", "housekeeping", "night_auditor"])
def test_a_role_without_a_hotel_shows_no_card_and_no_place_of_it(client, role):
    sync_roles()
    house = PropertyFactory()
    PropertyFactory(branch=(closed := BranchFactory()), is_active=False)
    there, nowhere = StaffFactory(branches=[house.branch]), StaffFactory(branches=[closed])
    for staff in (there, nowhere):
        staff.groups.set(Group.objects.filter(name=role))

    client.force_login(nowhere)
    page = client.get("/").content.decode()
    assert "/hotel/" not in page
    assert "guest, phone tail" not in page

    client.force_login(there)
    assert "/hotel/" in client.get("/").content.decode()
