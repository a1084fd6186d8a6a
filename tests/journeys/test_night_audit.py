"""The night auditor in a browser: what is in the way is mended, the date closes under their eyes, and opens again."""

from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from hotel.audit import services
from hotel.models import AuditRun, FolioEntry
from oms.jobs.services import run_job
from oms.lib.books import breaches
from oms.staff.roles import sync_roles
from tests.factories.staff import StaffFactory
from tests.hotel.audit.conftest import DAY, House
from tests.journeys.touring import violations

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house():
    """On yesterday's date: a guest who stays, one who should have left, one who has not come."""
    house = House(timezone.now().astimezone(ZoneInfo("Asia/Shanghai")).date() - 2 * DAY)
    house.check_in(house.rooms[0], 3, 100)
    house.check_in(house.rooms[1], 1, 200)
    services.run_audit(property_id=house.property.pk, by=None, clock=house.night)
    house.reserve(house.rooms[2], 1, 150)
    return house


@pytest.fixture
def auditor(house):
    sync_roles()
    auditor = StaffFactory(branches=[house.property.branch], language="en")
    auditor.groups.set(Group.objects.filter(name="duty_manager"))
    return auditor


def charged(house):
    return FolioEntry.objects.filter(business_date=house.today - DAY, department="room").count()


def test_a_date_is_mended_closed_followed_and_opened_again(page, sign_in, house, auditor):
    yesterday = house.today
    sign_in(auditor)
    page.goto("/hotel/audit/")
    page.get_by_text("1 check blocks it").wait_for()
    page.get_by_role("button", name="Extend one night").click()
    page.get_by_text("Nothing stops tonight's audit.").wait_for()

    page.get_by_role("button", name="Dry run").click()
    page.locator("#dry-run").get_by_text("300.00").first.wait_for()
    assert house.today == yesterday
    assert violations(page) == []

    page.get_by_role("button", name="Close the date").first.click()
    page.locator("dialog[open]").get_by_role("button", name="Close the date").click()
    page.wait_for_url("**/hotel/audit/runs/*/")
    run = AuditRun.objects.latest("pk")
    assert (run.status, house.today) == ("running", yesterday)
    assert violations(page) == []

    run_job(job_id=run.job_id, clock=timezone.now)  # the worker
    page.get_by_role("button", name="Reverse").wait_for()  # the page saw that it is done
    assert (house.today, charged(house)) == (yesterday + DAY, 2)
    assert page.locator("tbody tr", has_text="No-show").filter(has_text="ST").count() == 1

    page.get_by_role("button", name="Reverse").click()
    page.locator("dialog[open] [name=reason]").fill("An arrival came after midnight")
    page.locator("dialog[open]").get_by_role("button", name="Reverse").click()
    page.get_by_text("is open again").wait_for()
    assert house.today == yesterday
    assert breaches() == []
